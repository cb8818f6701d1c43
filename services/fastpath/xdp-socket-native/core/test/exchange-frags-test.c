/* Packets that do not fit into a slot. Runs inside scripts/in-network-namespace.sh; needs a kernel with XDP_USE_SG. */
#include "exchange-rig.h"
#include "test.h"

static struct rig rig;
static const struct rig_options jumbo = { .mtu = 9000, .burst = 8 };

static void send_one(uint32_t seed, uint32_t payload)
{
	struct frame_shape shape = rig__shape(seed, payload);

	rig__send(&rig, &shape);
}

static void long_packets_are_put_together_and_answered(void)
{
	uint32_t longest = 0;

	rig__open(&rig, &jumbo);
	for (uint32_t payload = 0; payload <= 8952; payload += 8) {
		send_one(payload / 8 + 1, payload);
		if (payload % 64 != 56 && payload != 8952)
			continue;
		while (rig.counters->rx_packets < rig.sent)
			rig__echo(&rig, rig__turn(&rig));
		rig__settle(&rig);
		rig__take_replies(&rig, rig.sent, &longest);
	}
	CHECK_EQUAL(longest, 14 + 40 + 8 + 8952);
	CHECK_EQUAL(rig.counters->tx_packets, rig.sent);
	CHECK_EQUAL(rig.counters->tx_bytes, rig.counters->rx_bytes);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void replies_take_the_slots_of_their_packet(void)
{
	uint32_t longest = 0;

	rig__open(&rig, &jumbo);
	send_one(1, 3000); /* two slots */
	send_one(3, 8972); /* as long as the MTU */
	send_one(5, 100);  /* one slot, of which the kernel leaves 256 bytes free before the frame */
	CHECK_EQUAL(rig__turn(&rig), 3);
	CHECK_EQUAL(rig.burst->capacity[0], 2 * 2048 - 42);
	CHECK_EQUAL(rig.burst->capacity[1], 9000 - 28);
	CHECK_EQUAL(rig.burst->capacity[2], 2048 - 256 - 42);
	rig.burst->reply_length[0] = rig.burst->capacity[0];
	rig.burst->reply_length[1] = 1; /* gives slots back that it does not need */
	rig.burst->reply_length[2] = rig.burst->capacity[2];
	rig__settle(&rig);
	rig__take_replies(&rig, 3, &longest);
	CHECK_EQUAL(longest, 2 * 2048);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void without_a_tail_they_are_counted_as_too_long(void)
{
	struct rig_options options = jumbo;
	struct frame_shape shape;

	options.no_tail = true;
	rig__open(&rig, &options);
	send_one(1, 5000);
	send_one(3, 100);
	send_one(5, 9000 - 28);
	CHECK_EQUAL(rig__turn(&rig), 1);
	rig__echo(&rig, 1);
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->too_long, 2);
	CHECK_EQUAL(rig.counters->rx_bytes, 5028 + 128 + 9000);
	rig__take_replies(&rig, 1, NULL);
	shape = rig__shape(7, 4000);
	shape.checksum = FRAME_WRONG;
	rig__send(&rig, &shape); /* too long comes first: it is not looked at */
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->too_long, 3);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

/* No lost slots: more packets than the pool has slots for, dropped, refused and answered. */
static void slots_come_back(void)
{
	rig__open(&rig, &jumbo);
	for (uint32_t i = 0; i < 1200; i++) {
		struct frame_shape shape = rig__shape(i, 7000);

		if (i % 3 == 0)
			shape.checksum = FRAME_WRONG;
		rig__send(&rig, &shape);
		if (i % 3 == 0) {
			CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, 0), 0);
			continue;
		}
		MUST(xsn_exchange__turn(rig.exchange, -1, 0) == 1);
		rig.burst->reply_length[0] = i % 3 == 1 ? 10 : XSN_NO_REPLY;
		if (i % 3 == 1)
			rig__settle(&rig);
		rig__take_replies(&rig, rig.counters->tx_packets, NULL);
	}
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->bad_checksum, 400);
	rig__take_replies(&rig, 400, NULL);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

/* A burst smaller than what was taken from the ring: the rest comes later, or is booked when its holder leaves. */
static void a_small_burst_leaves_packets_for_later(void)
{
	struct rig_options options = jumbo;

	options.burst = 4;
	rig__open(&rig, &options);
	for (uint32_t i = 0; i < 10; i++)
		send_one(i + 1, i % 2 ? 50 : 3000);
	CHECK_EQUAL(rig__turn(&rig), 4);
	rig__echo(&rig, 4);
	CHECK_EQUAL(rig__turn(&rig), 4);
	rig__echo(&rig, 4);
	xsn_exchange__detach(rig.exchange, true);
	CHECK_EQUAL(rig.counters->tx_packets, 8);
	CHECK_EQUAL(rig.counters->worker_lost, 2);
	rig__check_books(&rig, 0);
	rig__take_replies(&rig, 8, NULL);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), 0);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void tail_sizes(void)
{
	CHECK_EQUAL(xsn_exchange__tail_size(64, 1500, 2048), 0);
	CHECK_EQUAL(xsn_exchange__tail_size(64, 2048 - 256 - 22, 2048), 0);
	CHECK_EQUAL(xsn_exchange__tail_size(64, 2048 - 256 - 21, 2048), 64 * 2048);
	CHECK_EQUAL(xsn_exchange__tail_size(64, 9000, 4096), 64 * 16384);
	CHECK_EQUAL(xsn_exchange__tail_size(256, 65535, 4096), 256 * 131072);
}

static bool kernel_has_frags(void)
{
	struct rig_options options = { .mtu = 1500, .burst = 64 };
	struct xsn_socket_info info;

	rig__open(&rig, &options);
	xsn_socket__info(rig.socket, &info);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
	return info.frags;
}

int main(void)
{
	RUN(tail_sizes);
	if (!kernel_has_frags()) {
		printf("skipped: frames of several descriptors need Linux 6.6\n");
		return test_report();
	}
	RUN(long_packets_are_put_together_and_answered);
	RUN(replies_take_the_slots_of_their_packet);
	RUN(without_a_tail_they_are_counted_as_too_long);
	RUN(slots_come_back);
	RUN(a_small_burst_leaves_packets_for_later);
	return test_report();
}
