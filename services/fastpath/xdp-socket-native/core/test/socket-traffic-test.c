/* Frames through sockets: what arrives, and what is counted when it does not. Who has which: socket-ownership-test.c. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "socket-fixture.h"
#include "test.h"

#define MANY 1000000u

static uint64_t kernel_drops(const struct xsn_socket_stats *stats)
{
	return stats->rx_dropped + stats->rx_invalid_descs + stats->rx_ring_full;
}

static void frames_arrive_whole(void)
{
	static const uint32_t lengths[] = { 60, 61, 64, 127, 128, 512, 1000, 1499, 1514 };
	static const enum xsn_copy_mode modes[] = { XSN_COPY_AUTO, XSN_COPY_ALWAYS };
	struct xsn_socket_options options = link__options("a", 256);
	struct link_end a, b = link__end("b", 1024, 256);
	uint32_t mode, i;

	for (mode = 0; mode < 2; mode++) {
		options.copy_mode = modes[mode];
		a = link__open(link__pool(1024, 2048), &options);
		for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			CHECK_EQUAL(link__send(&b, 0, 200, lengths[i]), 200);
			CHECK_EQUAL(link__drain(&a), 200);
		}
		CHECK_EQUAL(link__stats(&a).rx_packets, 200 * i);
		link__close(&a);
	}
	link__settle(&b);
	link__close(&b);
}

static void counts_packets_and_bytes(void)
{
	struct link_end a = link__end("a", 1024, 256), b = link__end("b", 1024, 256);
	struct xsn_socket_stats rx, tx;

	link__send(&b, 0, 100, 90);
	CHECK_EQUAL(link__drain(&a), 100);
	link__settle(&b);
	rx = link__stats(&a);
	tx = link__stats(&b);
	CHECK_EQUAL(rx.rx_packets, 100);
	CHECK_EQUAL(rx.rx_bytes, 9000);
	CHECK_EQUAL(tx.tx_packets, 100);
	CHECK_EQUAL(tx.tx_bytes, 9000);
	CHECK_EQUAL(tx.tx_completed, 100);
	CHECK_EQUAL(tx.tx_full + tx.tx_errors + tx.tx_pending + tx.completion_pending, 0);
	CHECK(tx.tx_kicks >= 2 && tx.tx_kicks <= 20);
	CHECK_EQUAL(rx.fill_pending, 256);
	link__close(&a);
	link__close(&b);
}

static void a_full_rx_ring_is_counted(void)
{
	struct xsn_socket_options options = link__options("a", 256);
	struct link_end a, b = link__end("b", 1024, 256);

	options.rx_size = 64;
	a = link__open(link__pool(1024, 2048), &options);
	CHECK_EQUAL(link__send(&b, 0, 200, 64), 200);
	link__settle(&b);
	CHECK_EQUAL(link__stats(&a).rx_pending, 64);
	CHECK_EQUAL(link__stats(&a).rx_ring_full, 136);
	CHECK_EQUAL(link__drain(&a), 64);
	link__close(&a);
	link__close(&b);
}

static void an_empty_fill_ring_is_counted(void)
{
	struct link_end a = link__end("a", 64, 256), b = link__end("b", 1024, 256);
	struct xsn_socket_stats stats;

	CHECK_EQUAL(link__send(&b, 0, 200, 64), 200);
	link__settle(&b);
	CHECK_EQUAL(link__drain(&a), 64);
	stats = link__stats(&a);
	CHECK_EQUAL(kernel_drops(&stats), 136);
	CHECK(stats.rx_fill_ring_empty_descs >= 136);
	CHECK(stats.fill_empty > 0);
	/* What was given back is in the fill ring again. */
	CHECK_EQUAL(link__send(&b, 0, 64, 64), 64);
	CHECK_EQUAL(link__drain(&a), 64);
	link__close(&a);
	link__close(&b);
}

static void slots_that_the_pool_gets_back_end_a_drought(void)
{
	struct xsn_pool *pool = link__pool(64, 2048);
	const struct xsn_socket_options options = link__options("a", 64);
	struct link_end a, b = link__end("b", 1024, 256);
	struct xsn_frame frame;
	uint32_t slots[64];

	CHECK_EQUAL(xsn_pool__alloc(pool, slots, 64), 64);
	a = link__open(pool, &options);
	CHECK_EQUAL(link__stats(&a).fill_pending, 0);
	CHECK_EQUAL(xsn_pool__free(pool, slots, 64), 0);
	CHECK_EQUAL(xsn_socket__receive(a.socket, &frame, 1), 0);
	CHECK_EQUAL(link__stats(&a).fill_pending, 64);
	CHECK_EQUAL(link__send(&b, 0, 10, 64), 10);
	CHECK_EQUAL(link__drain(&a), 10);
	link__close(&a);
	link__close(&b);
}

struct sender {
	pthread_t thread;
	struct link_end *end;
	uint32_t sent;
	_Atomic bool done;
};

static void *send_many(void *argument)
{
	struct sender *self = argument;
	uint32_t ready;

	MUST(xsn_socket__claim(self->end->socket) == 0);
	while (self->sent < MANY) {
		self->sent += link__send(self->end, self->sent, MANY - self->sent, 64);
		MUST(xsn_socket__wait(self->end->socket, -1, 1, &ready) >= 0);
	}
	link__settle(self->end);
	xsn_socket__release(self->end->socket);
	atomic_store(&self->done, true);
	return NULL;
}

static void every_one_of_a_million_is_received_or_counted(void)
{
	struct link_end a = link__end("a", 4096, 1024), b = link__end("b", 4096, 1024);
	struct sender sender = { .end = &b };
	struct xsn_socket_stats stats;
	uint32_t received = 0;

	xsn_socket__release(b.socket);
	MUST(pthread_create(&sender.thread, NULL, send_many, &sender) == 0);
	while (!atomic_load(&sender.done))
		received += link__drain(&a);
	received += link__drain(&a);
	MUST(pthread_join(sender.thread, NULL) == 0);
	stats = link__stats(&a);
	CHECK_EQUAL(sender.sent, MANY);
	CHECK_EQUAL(received, stats.rx_packets);
	CHECK_EQUAL(received + kernel_drops(&stats), MANY);
	CHECK(received > MANY / 100);
	printf("       %u received, %llu dropped by the kernel and counted\n", received,
	       (unsigned long long)kernel_drops(&stats));
	link__close(&a);
	link__close(&b);
}

static void a_burst_beyond_the_ring_and_the_budget_of_a_kick_is_sent(void)
{
	struct xsn_socket_options options = link__options("b", 64);
	struct link_end a = link__end("a", 4096, 2048), b;
	struct xsn_frame frames[1000];
	uint32_t slots[1000], i;

	b = link__open(link__pool(2048, 2048), &options);
	CHECK_EQUAL(xsn_pool__alloc(b.pool, slots, 1000), 1000);
	for (i = 0; i < 1000; i++)
		frames[i] = (struct xsn_frame){ .address = slots[i] * 2048ull, .length = 100 };
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 1000), 1000);
	link__settle(&b);
	CHECK_EQUAL(link__stats(&a).rx_pending, 1000);
	link__close(&a);
	link__close(&b);
}

/* A link that is down takes nothing: the ring fills, the rest is refused and counted, and all goes out later. */
static void backpressure_is_explicit_and_ends(void)
{
	struct link_end a = link__end("a", 1024, 256), b = link__end("b", 1024, 64);
	struct xsn_socket_stats stats;
	uint32_t ready;

	veth__sh("ip -n peer link set dev b down");
	CHECK_EQUAL(link__send(&b, 0, 100, 64), 64);
	stats = link__stats(&b);
	CHECK_EQUAL(stats.tx_pending, 64);
	CHECK_EQUAL(stats.tx_full, 36);
	CHECK(stats.tx_errors > 0);
	CHECK(stats.tx_kicks < 10);
	CHECK_EQUAL(xsn_socket__wait(b.socket, -1, 3, &ready), 0);
	veth__sh("ip -n peer link set dev b up");
	link__settle(&b);
	CHECK_EQUAL(link__stats(&b).tx_pending, 0);
	link__close(&a);
	link__close(&b);
}

static void run_all(void)
{
	RUN(frames_arrive_whole);
	RUN(counts_packets_and_bytes);
	RUN(a_full_rx_ring_is_counted);
	RUN(an_empty_fill_ring_is_counted);
	RUN(slots_that_the_pool_gets_back_end_a_drought);
	RUN(every_one_of_a_million_is_received_or_counted);
	RUN(a_burst_beyond_the_ring_and_the_budget_of_a_kick_is_sent);
	RUN(backpressure_is_explicit_and_ends);
}

int main(void)
{
	printf("native mode\n");
	veth__create(1500, false);
	run_all();
	veth__delete();
	printf("generic mode\n");
	veth__create(1500, true);
	run_all();
	veth__delete();
	return test_report();
}
