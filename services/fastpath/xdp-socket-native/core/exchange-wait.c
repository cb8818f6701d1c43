/*
 * Waiting for the next burst, and not being woken for each packet of a stream.
 *
 * A card with interrupt moderation tells of packets together (ethtool's rx-usecs). A veth pair, and many a virtual
 * card, wakes us for every one of them, and a wake-up costs more than a packet does. So when QUICK_WAITS waits in a
 * row were over within coalesce_ns, the thread stops asking: it sleeps for coalesce_ns and then takes all that has
 * come. It goes back to waiting for the first packet when such a sleep brings fewer than WORTHWHILE packets. A packet
 * of a stream is thus late by coalesce_ns at most (and what the timer adds); one that comes alone is not.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <time.h>

#include "exchange-internal.h"

#define QUICK_WAITS 16
#define WORTHWHILE 3
#define TIMER_SLACK_NS 1000 /* the default, 50 us, is more than the whole sleep */

void xsn_exchange__start_coalescing(struct xsn_exchange *exchange)
{
	exchange->quick_waits = 0;
	if (exchange->coalesce_ns > 0)
		(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS); /* refused: sleeps are longer, and bring more */
}

static void nap(struct xsn_exchange *exchange)
{
	const struct timespec time = { .tv_nsec = exchange->coalesce_ns };

	exchange->rx_before_nap = exchange->counters.rx_packets;
	xsn_count_up(&exchange->counters.naps, 1);
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL); /* a signal ends it early: as good */
}

/* Whether the packets come so fast that a sleep pays, as far as the last waits tell. */
static bool is_stream(struct xsn_exchange *exchange)
{
	if (exchange->quick_waits < QUICK_WAITS)
		return false;
	if (exchange->quick_waits == QUICK_WAITS) { /* the first one has yet to show whether it pays */
		exchange->quick_waits++;
		return true;
	}
	if (exchange->counters.rx_packets - exchange->rx_before_nap >= WORTHWHILE)
		return true;
	exchange->quick_waits = 0;
	return false;
}

/* 1: packets came, 0: they did not, or -errno. */
static int wait_for_first(struct xsn_exchange *exchange, int also_fd, int timeout_ms)
{
	uint32_t ready = 0;
	int woken;

	xsn_count_up(&exchange->counters.waits, 1);
	woken = xsn_socket__wait(exchange->socket, also_fd, timeout_ms, &ready);
	return woken <= 0 ? woken : (int)(ready & 1);
}

int xsn_exchange__wait(struct xsn_exchange *exchange, int also_fd, int timeout_ms)
{
	uint64_t begin;
	int packets;

	if (exchange->coalesce_ns == 0)
		return wait_for_first(exchange, also_fd, timeout_ms);
	if (is_stream(exchange)) {
		nap(exchange);
		return 1;
	}
	begin = xsn_now_ns();
	packets = wait_for_first(exchange, also_fd, timeout_ms);
	if (packets > 0 && xsn_now_ns() - begin < exchange->coalesce_ns)
		exchange->quick_waits++;
	else
		exchange->quick_waits = 0;
	return packets;
}
