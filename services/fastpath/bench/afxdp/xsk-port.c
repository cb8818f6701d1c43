#include "xsk-port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

/* The kernel frees the queue of a socket that was closed a little later: 1 s is long for it. */
#define BUSY_RETRIES 100
#define BUSY_PAUSE_NS 10000000

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static void check(int result, const char *what)
{
	if (!result)
		return;
	errno = -result;
	die(what);
}

void xsk_port__open(struct xsk_port *port, const char *interface, uint32_t queue)
{
	const struct xsk_umem_config umem_config = {
		.fill_size = RING_SIZE, .comp_size = RING_SIZE, .frame_size = FRAME_SIZE
	};
	const struct xsk_socket_config config = {
		.rx_size = RING_SIZE,
		.tx_size = RING_SIZE,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };
	const size_t size = (size_t)FRAMES * FRAME_SIZE;
	int result;

	/* libxdp does not clear the rings, and what is left in them counts as indices. */
	memset(port, 0, sizeof(*port));
	port->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (port->memory == MAP_FAILED)
		die("mmap");
	check(xsk_umem__create(&port->umem, port->memory, size, &port->fill, &port->completion, &umem_config),
	      "xsk_umem__create");
	for (int i = 0; i < BUSY_RETRIES; i++) {
		result = xsk_socket__create(&port->socket, interface, queue, port->umem, &port->rx, &port->tx, &config);
		if (result != -EBUSY)
			break;
		nanosleep(&pause, NULL);
	}
	check(result, "xsk_socket__create");
	port->fd = xsk_socket__fd(port->socket);
}

void xsk_port__close(struct xsk_port *port)
{
	xsk_socket__delete(port->socket);
	xsk_umem__delete(port->umem);
	munmap(port->memory, (size_t)FRAMES * FRAME_SIZE);
}

void xsk_port__fill(struct xsk_port *port)
{
	uint32_t at = 0;

	xsk_ring_prod__reserve(&port->fill, FRAMES, &at);
	for (uint32_t i = 0; i < FRAMES; i++)
		*xsk_ring_prod__fill_addr(&port->fill, at + i) = (uint64_t)i * FRAME_SIZE;
	xsk_ring_prod__submit(&port->fill, FRAMES);
}

void xsk_port__kick(struct xsk_port *port)
{
	for (;;) {
		if (sendto(port->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return;
		/* EBUSY: the device dropped one, the next may go. EINTR: a signal. */
		if (errno == ENOBUFS)
			return; /* no memory for packets at the moment: they stay in the ring for the next kick */
		if (errno != EAGAIN && errno != EBUSY && errno != EINTR)
			die("sendto");
	}
}
