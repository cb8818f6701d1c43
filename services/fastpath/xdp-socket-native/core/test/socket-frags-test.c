/* Packets of several descriptors (XDP_USE_SG, kernel 6.6): a 9,000-byte MTU over 2,048-byte slots. */
#define _GNU_SOURCE
#include "socket-fixture.h"
#include "test.h"

#define CONTINUED 1u /* XDP_PKT_CONTD */
#define PIECE 1700u

static bool has_frags(struct link_end *end)
{
	struct xsn_socket_info info;

	xsn_socket__info(end->socket, &info);
	return info.frags;
}

/* A packet of n pieces from the pool. */
static void make_packet(struct link_end *end, struct xsn_frame *frames, uint32_t n)
{
	unsigned char *memory = xsn_pool__memory(end->pool);
	uint32_t slots[32], i;

	MUST(n <= 32 && xsn_pool__alloc(end->pool, slots, n) == n);
	for (i = 0; i < n; i++) {
		frames[i] = (struct xsn_frame){ .address = slots[i] * 2048ull + 300, .length = PIECE,
						.options = i + 1 < n ? CONTINUED : 0 };
		memset(memory + frames[i].address, (int)i + 1, PIECE);
	}
}

static uint32_t total_length(const struct xsn_frame *frames, int n)
{
	uint32_t total = 0;

	while (n-- > 0)
		total += frames[n].length;
	return total;
}

/* Byte i of a packet that make_packet made, wherever the kernel cut it. */
static bool is_packet(struct link_end *end, const struct xsn_frame *frames, int n)
{
	unsigned char *memory = xsn_pool__memory(end->pool);
	uint32_t at = 0, i;
	int frame;

	for (frame = 0; frame < n; frame++)
		for (i = 0; i < frames[frame].length; i++, at++)
			if (memory[frames[frame].address + i] != at / PIECE + 1)
				return false;
	return true;
}

static void a_packet_of_several_descriptors_arrives_whole(void)
{
	struct link_end a = link__end("a", 512, 128), b = link__end("b", 512, 128);
	struct xsn_frame frames[32];
	int n;

	CHECK(has_frags(&a) && has_frags(&b));
	make_packet(&b, frames, 5);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 5), 5);
	n = link__receive(&a, frames, 32);
	CHECK(n >= 5);
	CHECK_EQUAL(total_length(frames, n), 5 * PIECE);
	CHECK(is_packet(&a, frames, n));
	CHECK(frames[0].options & CONTINUED);
	CHECK_EQUAL(frames[n - 1].options & CONTINUED, 0);
	CHECK_EQUAL(link__stats(&a).rx_packets, 1);
	CHECK_EQUAL(link__stats(&b).tx_packets, 1);
	CHECK_EQUAL(xsn_socket__recover(a.socket), 1); /* packets, not descriptors */
	CHECK_EQUAL(link__stats(&a).recovered, n);
	link__close(&a);
	link__close(&b);
}

static void a_burst_ends_at_the_end_of_a_packet(void)
{
	struct link_end a = link__end("a", 512, 128), b = link__end("b", 512, 128);
	struct xsn_frame frames[32];
	int each, n;

	make_packet(&b, frames, 5);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 5), 5);
	each = link__receive(&a, frames, 32);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, frames, (uint32_t)each), 0);
	make_packet(&b, frames, 5);
	make_packet(&b, frames + 5, 5);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 10), 10);
	CHECK_EQUAL(link__receive(&a, frames, (uint32_t)each - 1), -EMSGSIZE);
	n = xsn_socket__receive(a.socket, frames, (uint32_t)each * 2 - 1);
	CHECK_EQUAL(n, each);
	CHECK_EQUAL(xsn_socket__receive(a.socket, frames + n, 32 - (uint32_t)n), each);
	link__close(&a);
	link__close(&b);
}

static void a_packet_is_queued_whole_or_not_at_all(void)
{
	struct link_end b = link__end("b", 512, 4);
	struct xsn_frame frames[32];

	make_packet(&b, frames, 3);
	make_packet(&b, frames + 3, 3);
	veth__sh("ip -n peer link set dev b down");
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 6), 3);
	CHECK_EQUAL(link__stats(&b).tx_pending, 3);
	CHECK_EQUAL(link__stats(&b).tx_full, 3);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames + 3, 2), -EINVAL); /* no end */
	veth__sh("ip -n peer link set dev b up");
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames + 3, 3), 3);
	CHECK_EQUAL(xsn_socket__complete(b.socket), 0);
	CHECK_EQUAL(link__stats(&b).tx_packets, 2);
	link__close(&b);
}

static void more_descriptors_than_an_skb_has_are_refused(void)
{
	struct link_end b = link__end("b", 512, 64);
	struct xsn_frame frames[32];

	make_packet(&b, frames, 19);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 19), -EINVAL);
	CHECK_EQUAL(link__stats(&b).tx_packets, 0);
	CHECK_EQUAL(xsn_socket__recycle(b.socket, frames, 19), 0);
	link__close(&b);
}

/* Without frags, the kernel drops what does not fit a slot, and counts it. */
static void without_frags_large_packets_are_counted(void)
{
	struct xsn_socket_options options = link__options("a", 128);
	struct link_end a, b = link__end("b", 512, 128);
	struct xsn_frame frames[32];

	options.frags = false;
	a = link__open(link__pool(512, 2048), &options);
	CHECK(!has_frags(&a));
	make_packet(&b, frames, 5);
	CHECK_EQUAL(xsn_socket__transmit(b.socket, frames, 5), 5);
	CHECK_EQUAL(link__drain(&a), 0);
	CHECK_EQUAL(link__stats(&a).rx_dropped, 1);
	link__close(&a);
	link__close(&b);
}

int main(void)
{
	veth__create(9000, false);
	RUN(a_packet_of_several_descriptors_arrives_whole);
	RUN(a_burst_ends_at_the_end_of_a_packet);
	RUN(a_packet_is_queued_whole_or_not_at_all);
	RUN(more_descriptors_than_an_skb_has_are_refused);
	RUN(without_frags_large_packets_are_counted);
	veth__delete();
	return test_report();
}
