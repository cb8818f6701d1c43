/* Waiting for packets, and for whatever else ends a wait. */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "socket-internal.h"

#define READY_PACKETS 1u
#define READY_ALSO 2u
#define UNFINISHED_MS 1 /* how long to sleep while frames wait for a kick, or the fill ring for slots */
/* How long to sleep on the packets alone. Every further descriptor makes poll(2) dearer (about 100 ns each), and a busy
 * worker polls once every few packets: so also_fd, and the end of the socket, are noticed this much later. */
#define ALONE_MS 2

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool fill_is_empty(const struct xsn_socket *s)
{
	return s->fill.cached_prod == __atomic_load_n(s->fill.consumer, __ATOMIC_ACQUIRE);
}

/* Does what can be done before sleeping. True when something is left that no event would tell of. */
static bool prepare(struct xsn_socket *s)
{
	if (s->tx_outstanding)
		xsn_socket__collect(s);
	if (s->tx_unsent)
		xsn_socket__kick(s);
	xsn_socket__refill(s);
	if (s->busy_poll)
		xsn_socket__wake_rx(s, true); /* else poll(2) does it */
	return s->tx_unsent || fill_is_empty(s);
}

/* -ENETDOWN, once, when the interface has gone: poll(2) does not tell, there is just never a packet again. */
static int socket_error(const struct xsn_socket *s)
{
	int error = 0;
	socklen_t size = sizeof(error);

	return getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) ? -errno : -error;
}

/* One poll(2). 1 = ready, 0 = time over, -errno. */
static int sleep_once(struct xsn_socket *s, int also_fd, int timeout_ms, uint32_t *ready)
{
	struct pollfd fds[3] = { { .fd = s->fd, .events = POLLIN },
				 { .fd = s->closing_fd, .events = POLLIN },
				 { .fd = also_fd, .events = POLLIN } }; /* poll ignores a negative one */

	if (poll(fds, 3, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno; /* a signal ends the wait early, as if the time were over */
	if (fds[1].revents)
		return -EBADF;
	if (xsn_rx_available(s))
		*ready |= READY_PACKETS;
	if (fds[2].revents)
		*ready |= READY_ALSO;
	return *ready ? 1 : 0;
}

/* Sleeps in slices, because something is to be done that no event tells of. */
static int wait_in_slices(struct xsn_socket *s, int also_fd, int timeout_ms, uint32_t *ready)
{
	const int64_t deadline = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
	int64_t left;
	int result;

	do {
		left = deadline - now_ms();
		if (left < 0)
			left = 0;
		if (prepare(s) && left > UNFINISHED_MS)
			left = UNFINISHED_MS;
		result = sleep_once(s, also_fd, left > INT32_MAX ? -1 : (int)left, ready);
	} while (!result && now_ms() < deadline);
	return result;
}

/* The usual case: one system call, and no look at the clock. */
static bool wait_alone(struct xsn_socket *s, int timeout_ms)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };

	return poll(&fd, 1, timeout_ms) > 0 && xsn_rx_available(s);
}

static int wait_for_events(struct xsn_socket *s, int also_fd, int timeout_ms, uint32_t *ready)
{
	const int alone_ms = timeout_ms < 0 || timeout_ms > ALONE_MS ? ALONE_MS : timeout_ms;
	int result;

	if (prepare(s)) {
		result = wait_in_slices(s, also_fd, timeout_ms, ready);
	} else if (timeout_ms && wait_alone(s, alone_ms)) {
		*ready = READY_PACKETS;
		result = 1;
	} else {
		result = sleep_once(s, also_fd, timeout_ms < 0 ? -1 : timeout_ms - alone_ms, ready);
	}
	if (!result && timeout_ms)
		result = socket_error(s);
	return result;
}

int xsn_socket__wait(struct xsn_socket *s, int also_fd, int timeout_ms, uint32_t *ready)
{
	int result = xsn_socket__enter(s);

	*ready = 0;
	if (result)
		return result;
	if (xsn_rx_available(s)) {
		*ready = READY_PACKETS;
		result = 1;
	} else {
		result = wait_for_events(s, also_fd, timeout_ms, ready);
	}
	xsn_socket__leave(s);
	return result;
}
