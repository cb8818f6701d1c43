/* What a socket tells about itself, to any thread. */
#include <string.h>
#include <sys/socket.h>

#include "socket-internal.h"

static int read_kernel(const struct xsn_socket *s, struct xsn_socket_stats *stats)
{
	struct xdp_statistics kernel = { 0 }; /* kernels before 5.9 fill the first half */
	socklen_t size = sizeof(kernel);

	if (getsockopt(s->fd, SOL_XDP, XDP_STATISTICS, &kernel, &size))
		return -errno;
	stats->rx_dropped = kernel.rx_dropped;
	stats->rx_invalid_descs = kernel.rx_invalid_descs;
	stats->tx_invalid_descs = kernel.tx_invalid_descs;
	stats->rx_ring_full = kernel.rx_ring_full;
	stats->rx_fill_ring_empty_descs = kernel.rx_fill_ring_empty_descs;
	stats->tx_ring_empty_descs = kernel.tx_ring_empty_descs;
	return 0;
}

/* The consumer is read first: it never overtakes the producer, so the difference is never negative. */
static uint32_t pending(const uint32_t *producer, const uint32_t *consumer)
{
	uint32_t consumed = __atomic_load_n(consumer, __ATOMIC_ACQUIRE);

	return __atomic_load_n(producer, __ATOMIC_ACQUIRE) - consumed;
}

static void read_own(const struct xsn_socket *s, struct xsn_socket_stats *stats)
{
	const struct xsn_counters *c = &s->counters;

	stats->rx_packets = xsn_counted(&c->rx_packets);
	stats->rx_bytes = xsn_counted(&c->rx_bytes);
	stats->tx_packets = xsn_counted(&c->tx_packets);
	stats->tx_bytes = xsn_counted(&c->tx_bytes);
	stats->tx_completed = xsn_counted(&c->tx_completed);
	stats->tx_kicks = xsn_counted(&c->tx_kicks);
	stats->tx_full = xsn_counted(&c->tx_full);
	stats->tx_errors = xsn_counted(&c->tx_errors);
	stats->fill_empty = xsn_counted(&c->fill_empty);
	stats->recovered = xsn_counted(&c->recovered);
	stats->rx_pending = pending(s->rx.producer, s->rx.consumer);
	stats->tx_pending = pending(s->tx.producer, s->tx.consumer);
	stats->fill_pending = pending(s->fill.producer, s->fill.consumer);
	stats->completion_pending = pending(s->completion.producer, s->completion.consumer);
}

int xsn_socket__stats(struct xsn_socket *s, struct xsn_socket_stats *stats)
{
	int error = xsn_socket__begin_read(s);

	memset(stats, 0, sizeof(*stats));
	if (!error) {
		read_own(s, stats);
		error = read_kernel(s, stats);
	}
	xsn_socket__end_read(s);
	return error;
}

void xsn_socket__info(struct xsn_socket *s, struct xsn_socket_info *info)
{
	info->zero_copy = s->zero_copy;
	info->frags = s->frags;
	info->fd = xsn_socket__begin_read(s) ? -1 : s->fd;
	xsn_socket__end_read(s);
}
