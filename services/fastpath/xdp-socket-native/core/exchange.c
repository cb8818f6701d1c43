#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "exchange-internal.h"

#define MTU_MIN 68 /* RFC 791 */
#define MTU_MAX 65535
#define RECEIVES_MAX 8 /* of one turn: bursts of nothing but bad packets */
/* Reading the clock twice costs 60 to 80 ns, which is much for a burst of two packets, so one burst of so many is
 * timed and stands for them all. A prime number: in step with no pattern of bursts. */
#define TIMED_OF 11

static void use_tail(struct xsn_exchange *exchange, size_t tail_at)
{
	const struct xsn_pool *pool = xsn_socket__pool(exchange->socket);
	size_t begin = xsn_pool__tail_offset(pool), size = xsn_pool__size(pool) - begin;

	if (tail_at < size)
		xsn_frags__use_tail(exchange, begin + tail_at, size - tail_at);
}

int xsn_exchange__create(struct xsn_socket *socket, const struct xsn_exchange_options *options,
			 struct xsn_exchange **result)
{
	const struct xsn_pool *pool = xsn_socket__pool(socket);
	struct xsn_exchange *exchange;
	struct xsn_socket_info info;

	if (options->burst < 1 || options->burst > XSN_BURST_MAX || options->mtu < MTU_MIN ||
	    options->mtu > MTU_MAX || options->tail_at % 64 != 0 ||
	    options->coalesce_us > XSN_COALESCE_US_MAX || xsn_pool__size(pool) > UINT32_MAX)
		return -EINVAL;
	exchange = calloc(1, sizeof(*exchange));
	if (!exchange)
		return -ENOMEM;
	xsn_socket__info(socket, &info);
	exchange->socket = xsn_socket__ref(socket);
	exchange->memory = xsn_pool__memory(pool);
	exchange->slot_size = xsn_pool__slot_size(pool);
	exchange->mtu = options->mtu;
	exchange->coalesce_ns = options->coalesce_us * 1000;
	exchange->limit = exchange->window = options->burst;
	if (info.frags && exchange->window < XSN_WINDOW_FRAGS)
		exchange->window = XSN_WINDOW_FRAGS;
	exchange->references = 1;
	use_tail(exchange, options->tail_at);
	for (uint32_t i = 0; i < XSN_BURST_MAX; i++)
		exchange->burst.index[i] = i;
	*result = exchange;
	return 0;
}

struct xsn_exchange *xsn_exchange__ref(struct xsn_exchange *exchange)
{
	__atomic_fetch_add(&exchange->references, 1, __ATOMIC_RELAXED);
	return exchange;
}

void xsn_exchange__unref(struct xsn_exchange *exchange)
{
	if (__atomic_sub_fetch(&exchange->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	xsn_socket__unref(exchange->socket);
	free(exchange);
}

static uint64_t accounted_for(const struct xsn_exchange_counters *c)
{
	return c->tx_packets + c->consumed + c->malformed + c->bad_checksum + c->too_long + c->handler_error +
	       c->reply_loop + c->tx_error + c->worker_lost;
}

/*
 * The last holder may have died between a call of the socket and counting what it did. The socket's own counters say
 * what happened; bytes of packets that were never opened stay unknown.
 */
static void catch_up(struct xsn_exchange *exchange, const struct xsn_socket_stats *stats)
{
	struct xsn_exchange_counters *counters = &exchange->counters;

	xsn_count_up(&counters->rx_packets, stats->rx_packets - exchange->rx_base - counters->rx_packets);
	xsn_count_up(&counters->tx_packets, stats->tx_packets - exchange->tx_base - counters->tx_packets);
	xsn_count_up(&counters->worker_lost, counters->rx_packets - accounted_for(counters));
}

int xsn_exchange__attach(struct xsn_exchange *exchange)
{
	struct xsn_socket_stats stats;
	int error = xsn_socket__claim(exchange->socket);

	if (error)
		return error;
	xsn_socket__recover(exchange->socket);
	error = xsn_socket__stats(exchange->socket, &stats);
	if (error) {
		xsn_socket__release(exchange->socket);
		return error;
	}
	if (exchange->unsettled)
		catch_up(exchange, &stats);
	exchange->rx_base = stats.rx_packets - exchange->counters.rx_packets;
	exchange->tx_base = stats.tx_packets - exchange->counters.tx_packets;
	exchange->in_hand = exchange->taken = exchange->opened = exchange->gathered = 0;
	exchange->failed = exchange->untouched = false;
	exchange->shown_at = 0;
	exchange->unsettled = exchange->attached = true;
	xsn_exchange__start_coalescing(exchange);
	return 0;
}

static void give_to_caller(struct xsn_exchange *exchange)
{
	uint64_t bursts = exchange->counters.bursts + 1;

	xsn_count_up(&exchange->counters.bursts, 1);
	if (bursts > 1 && bursts - exchange->timed < TIMED_OF)
		return;
	exchange->timed_for = bursts - exchange->timed;
	exchange->timed = bursts;
	exchange->shown_at = xsn_now_ns();
}

/* The caller is done with the burst in hand. */
static int take_back(struct xsn_exchange *exchange)
{
	if (exchange->shown_at != 0)
		xsn_count_up(&exchange->counters.busy_ns, (xsn_now_ns() - exchange->shown_at) * exchange->timed_for);
	exchange->shown_at = 0;
	return xsn_exchange__settle(exchange);
}

/* Packets that were received and never opened go back. A socket that was closed has them already. */
static void leave_unopened(struct xsn_exchange *exchange)
{
	uint32_t packets = 0, length;

	for (uint32_t at = exchange->opened; at < exchange->taken; packets++)
		at += xsn_frags__count(exchange, at, &length);
	if (packets == 0)
		return;
	xsn_count_up(&exchange->counters.rx_packets, packets);
	xsn_count_up(&exchange->counters.worker_lost, packets);
	(void)xsn_socket__recycle(exchange->socket, exchange->frames + exchange->opened,
				  exchange->taken - exchange->opened);
	exchange->opened = exchange->taken;
}

void xsn_exchange__detach(struct xsn_exchange *exchange, bool settle)
{
	if (!exchange->attached)
		return;
	if (settle) {
		(void)take_back(exchange); /* fails only on a closed socket, which has its frames already */
		leave_unopened(exchange);
		exchange->unsettled = false;
	}
	exchange->attached = false;
	xsn_socket__release(exchange->socket);
}

int xsn_exchange__turn(struct xsn_exchange *exchange, int also_fd, int timeout_ms)
{
	int packets = exchange->attached ? take_back(exchange) : -ENOTCONN;

	for (uint32_t receives = 0; packets == 0 && receives < RECEIVES_MAX; receives++) {
		uint32_t taken;

		packets = xsn_exchange__fetch(exchange, &taken);
		if (packets != 0 || taken > 0)
			continue;
		if (timeout_ms == 0)
			return 0;
		packets = xsn_exchange__wait(exchange, also_fd, timeout_ms);
		if (packets <= 0)
			return packets;
		packets = 0;
		timeout_ms = 0;
	}
	if (packets > 0)
		give_to_caller(exchange);
	return packets;
}

void xsn_exchange__fail(struct xsn_exchange *exchange)
{
	exchange->failed = exchange->in_hand > 0;
}

long xsn_exchange__reflect(struct xsn_exchange *exchange, int also_fd, int timeout_ms, uint32_t bursts)
{
	int packets = exchange->attached ? take_back(exchange) : -ENOTCONN;
	uint64_t before = exchange->counters.tx_packets;

	if (packets < 0)
		return packets;
	for (uint32_t i = 0; i < bursts; i++) {
		packets = xsn_exchange__turn(exchange, also_fd, timeout_ms);
		if (packets <= 0)
			break;
		exchange->untouched = true;
	}
	if (packets > 0)
		packets = take_back(exchange);
	return packets < 0 ? packets : (long)(exchange->counters.tx_packets - before);
}

struct xsn_burst *xsn_exchange__burst(struct xsn_exchange *exchange)
{
	return &exchange->burst;
}

const struct xsn_exchange_counters *xsn_exchange__counters(const struct xsn_exchange *exchange)
{
	return &exchange->counters;
}

struct xsn_socket *xsn_exchange__socket(const struct xsn_exchange *exchange)
{
	return exchange->socket;
}
