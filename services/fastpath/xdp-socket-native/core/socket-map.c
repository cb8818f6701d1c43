/* The four rings of a socket: sizing them, and mapping what the kernel made. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/socket.h>

#include "socket-internal.h"

#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9 /* 6.17 */
#endif

#define TX_BUDGET_DEFAULT 32u
#define TX_BUDGET 256u

int xsn_set_option(int fd, int level, int name, uint32_t value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

int xsn_socket__size_rings(int fd, const struct xsn_socket_options *o)
{
	int error = xsn_set_option(fd, SOL_XDP, XDP_UMEM_FILL_RING, o->fill_size);

	if (!error)
		error = xsn_set_option(fd, SOL_XDP, XDP_UMEM_COMPLETION_RING, o->completion_size);
	if (!error)
		error = xsn_set_option(fd, SOL_XDP, XDP_RX_RING, o->rx_size);
	if (!error)
		error = xsn_set_option(fd, SOL_XDP, XDP_TX_RING, o->tx_size);
	/* Fewer kicks a burst, where the kernel has the option; xsn_socket__kick copes with either. */
	if (!error && o->tx_size > TX_BUDGET_DEFAULT)
		(void)xsn_set_option(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, o->tx_size < TX_BUDGET ? o->tx_size : TX_BUDGET);
	return error;
}

static int map_ring(struct xsn_socket *s, enum xsn_ring_kind kind, const struct xdp_ring_offset *offset,
		    size_t bytes, off_t page_offset)
{
	struct xsn_ring_mapping *mapping = &s->mappings[kind];

	mapping->size = offset->desc + bytes;
	mapping->base = mmap(NULL, mapping->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd,
			     page_offset);
	if (mapping->base != MAP_FAILED)
		return 0;
	mapping->base = NULL;
	return -errno;
}

void xsn_socket__unmap_rings(struct xsn_socket *s)
{
	int i;

	for (i = 0; i < XSN_RINGS; i++) {
		if (s->mappings[i].base)
			munmap(s->mappings[i].base, s->mappings[i].size);
		s->mappings[i].base = NULL;
	}
}

/* A producer's cached consumer runs ahead by the size of the ring: see xsk_prod_nb_free. */
static void use_producer(struct xsk_ring_prod *ring, char *base, const struct xdp_ring_offset *offset, uint32_t size)
{
	*ring = (struct xsk_ring_prod){ .cached_cons = size, .mask = size - 1, .size = size,
					.producer = (void *)(base + offset->producer),
					.consumer = (void *)(base + offset->consumer),
					.flags = (void *)(base + offset->flags), .ring = base + offset->desc };
}

static void use_consumer(struct xsk_ring_cons *ring, char *base, const struct xdp_ring_offset *offset, uint32_t size)
{
	*ring = (struct xsk_ring_cons){ .mask = size - 1, .size = size,
					.producer = (void *)(base + offset->producer),
					.consumer = (void *)(base + offset->consumer),
					.flags = (void *)(base + offset->flags), .ring = base + offset->desc };
}

int xsn_socket__map_rings(struct xsn_socket *s, const struct xsn_socket_options *o)
{
	struct xdp_mmap_offsets offsets;
	socklen_t size = sizeof(offsets);
	int error;

	if (getsockopt(s->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size))
		return -errno;
	if (size != sizeof(offsets))
		return -EOPNOTSUPP; /* before 5.4: rings without flags */
	error = map_ring(s, XSN_RING_FILL, &offsets.fr, o->fill_size * sizeof(uint64_t),
			 (off_t)XDP_UMEM_PGOFF_FILL_RING);
	if (!error)
		error = map_ring(s, XSN_RING_COMPLETION, &offsets.cr, o->completion_size * sizeof(uint64_t),
				 (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
	if (!error)
		error = map_ring(s, XSN_RING_RX, &offsets.rx, o->rx_size * sizeof(struct xdp_desc),
				 XDP_PGOFF_RX_RING);
	if (!error)
		error = map_ring(s, XSN_RING_TX, &offsets.tx, o->tx_size * sizeof(struct xdp_desc),
				 XDP_PGOFF_TX_RING);
	if (error)
		return error;
	use_producer(&s->fill, s->mappings[XSN_RING_FILL].base, &offsets.fr, o->fill_size);
	use_consumer(&s->completion, s->mappings[XSN_RING_COMPLETION].base, &offsets.cr, o->completion_size);
	use_consumer(&s->rx, s->mappings[XSN_RING_RX].base, &offsets.rx, o->rx_size);
	use_producer(&s->tx, s->mappings[XSN_RING_TX].base, &offsets.tx, o->tx_size);
	return 0;
}
