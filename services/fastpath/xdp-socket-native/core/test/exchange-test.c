/* The exchange over a real veth pair. Runs inside scripts/in-network-namespace.sh. Deaths: exchange-death-test.c. */
#define _GNU_SOURCE
#include <sys/eventfd.h>
#include <unistd.h>

#include "exchange-rig.h"
#include "test.h"
#include "veth.h"

static struct rig rig;
static const struct rig_options ordinary = { .mtu = 1500, .burst = 64 };

static void send_many(uint32_t n, uint32_t payload)
{
	for (uint32_t i = 0; i < n; i++) {
		struct frame_shape shape = rig__shape(i + 1, payload);

		rig__send(&rig, &shape);
	}
}

/* Every packet of `n` in hand, or so many bursts of them, echoed. */
static void echo_all(uint32_t n)
{
	for (uint32_t done = 0; done < n;) {
		int packets = rig__turn(&rig);

		rig__echo(&rig, packets);
		done += (uint32_t)packets;
	}
	rig__settle(&rig);
}

static void echo_every_length(const struct rig_options *options)
{
	uint64_t bytes = 0;

	rig__open(&rig, options);
	for (uint32_t payload = 0; payload <= 1452; payload += 4) {
		struct frame_shape shape = rig__shape(payload / 4, payload);

		rig__send(&rig, &shape);
		bytes += payload + (shape.family == 4 ? 28 : 48);
		if (payload % 200 != 0 && payload != 1452)
			continue;
		echo_all((uint32_t)(rig.sent - rig.counters->rx_packets));
		rig__take_replies(&rig, rig.sent, NULL);
	}
	rig__check_books(&rig, 0);
	CHECK_EQUAL(rig.counters->tx_packets, rig.sent);
	CHECK_EQUAL(rig.counters->rx_bytes, bytes);
	CHECK_EQUAL(rig.counters->tx_bytes, bytes);
	CHECK(rig.counters->bursts > 0 && rig.counters->busy_ns > 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void echoes_every_length(void)
{
	echo_every_length(&ordinary);
}

static void echoes_in_generic_mode(void)
{
	struct rig_options options = ordinary;

	options.generic = true;
	echo_every_length(&options);
}

static void columns_describe_the_packets(void)
{
	struct frame_shape shape = rig__shape(1, 100);
	const uint8_t *memory;
	static struct frame frame;

	rig__open(&rig, &ordinary);
	memory = xsn_pool__memory(rig.pool);
	shape.options = 8;
	shape.tags = 1;
	frame__build(&frame, &shape);
	rig__send(&rig, &shape);
	CHECK_EQUAL(rig__turn(&rig), 1);
	CHECK_EQUAL(rig.burst->length[0], 100);
	CHECK_EQUAL(rig.burst->index[0], 0);
	CHECK_EQUAL(rig.burst->reply_length[0], XSN_NO_REPLY);
	CHECK_EQUAL(rig.burst->capacity[0], 1500 - 28);
	CHECK_EQUAL(rig.burst->ip_length[0], frame.ip_length);
	CHECK_EQUAL(rig.burst->offset[0] - rig.burst->ip_offset[0], 28 + 8);
	CHECK(!memcmp(memory + rig.burst->offset[0], frame.bytes + frame.payload, 100));
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->consumed, 1);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void replies_may_be_longer_up_to_the_capacity(void)
{
	uint32_t longest = 0;

	rig__open(&rig, &ordinary);
	send_many(3, 10);
	CHECK_EQUAL(rig__turn(&rig), 3);
	rig.burst->reply_length[0] = rig.burst->capacity[0];
	rig.burst->reply_length[1] = rig.burst->capacity[1] + 1;
	rig.burst->reply_length[2] = 0;
	rig.burst->capacity[1] = XSN_NO_REPLY; /* the columns are the caller's: believed is none of them */
	rig.burst->offset[2] = XSN_NO_REPLY;
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->tx_packets, 2);
	CHECK_EQUAL(rig.counters->handler_error, 1);
	rig__take_replies(&rig, 2, &longest);
	CHECK_EQUAL(longest, 1514);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void bad_packets_are_counted_and_never_shown(void)
{
	struct frame_shape good = rig__shape(1, 20), bad = rig__shape(2, 20), zero = rig__shape(4, 20);

	rig__open(&rig, &ordinary);
	bad.checksum = FRAME_WRONG;
	zero.checksum = FRAME_ZERO;
	for (int i = 0; i < 10; i++) {
		rig__send(&rig, &bad);
		rig__send(&rig, &zero);
	}
	rig__send(&rig, &good);
	/* Frames shorter than an Ethernet header do not pass a veth; a cut IP header does. */
	rig__send_bytes(&rig, (const uint8_t[40]){ [0] = 2, [12] = 8, [13] = 0, [14] = 0x45 }, 40);
	CHECK_EQUAL(rig__turn(&rig), 1);
	rig__echo(&rig, 1);
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->bad_checksum, 20);
	CHECK_EQUAL(rig.counters->malformed, 1);
	rig__take_replies(&rig, 1, NULL);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void replies_that_could_loop_are_refused(void)
{
	struct frame_shape same = rig__shape(1, 20);
	static struct frame group;

	rig__open(&rig, &ordinary);
	same.source_port = same.destination_port;
	rig__send(&rig, &same);
	same.source_port++;
	frame__build(&group, &same);
	group.bytes[0] |= 1;
	rig__send_bytes(&rig, group.bytes, group.length);
	group.bytes[0] &= 0xfe;
	group.bytes[6] |= 1;
	rig__send_bytes(&rig, group.bytes, group.length);
	CHECK_EQUAL(rig__turn(&rig), 3);
	rig__echo(&rig, 3);
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->reply_loop, 3);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void a_failed_burst_sends_nothing(void)
{
	rig__open(&rig, &ordinary);
	send_many(5, 20);
	rig__echo(&rig, rig__turn(&rig));
	rig__check_books(&rig, 5);
	xsn_exchange__fail(rig.exchange);
	rig__settle(&rig);
	CHECK_EQUAL(rig.counters->handler_error, 5);
	xsn_exchange__fail(rig.exchange); /* nothing is in hand: the next burst is none of its business */
	send_many(5, 20);
	echo_all(5);
	rig__take_replies(&rig, 5, NULL);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

/* The interface is down, so the kernel takes no frame from the TX ring, which has room for 16. */
static void replies_without_room_are_tx_errors(void)
{
	struct rig_options small = ordinary;

	small.tx_size = 16;
	rig__open(&rig, &small);
	send_many(40, 20);
	CHECK_EQUAL(rig__turn(&rig), 40);
	veth__sh("ip link set dev a down");
	rig__echo(&rig, 40);
	xsn_exchange__detach(rig.exchange, true);
	CHECK_EQUAL(rig.counters->tx_packets, 16);
	CHECK_EQUAL(rig.counters->tx_error, 24);
	rig__check_books(&rig, 0);
	rig__close(&rig);
}

static void reflects(void)
{
	rig__open(&rig, &ordinary);
	send_many(2, 20);
	CHECK_EQUAL(rig__turn(&rig), 2); /* in hand of the caller, who leaves them: not answered */
	send_many(150, 60);
	CHECK_EQUAL(xsn_exchange__reflect(rig.exchange, -1, 0, 1000), 150);
	rig__take_replies(&rig, 150, NULL);
	CHECK_EQUAL(rig.counters->consumed, 2);
	send_many(150, 60);
	CHECK_EQUAL(xsn_exchange__reflect(rig.exchange, -1, 0, 1), 64);
	CHECK_EQUAL(xsn_exchange__reflect(rig.exchange, -1, 0, 1000), 86);
	rig__take_replies(&rig, 300, NULL);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void waits_end(void)
{
	int event = eventfd(1, EFD_CLOEXEC);

	MUST(event >= 0);
	rig__open(&rig, &ordinary);
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, 0), 0);
	CHECK_EQUAL(rig.counters->waits, 0);
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, 1), 0);
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, event, -1), 0); /* for ever, but for the event */
	CHECK_EQUAL(xsn_exchange__reflect(rig.exchange, event, -1, 1), 0);
	CHECK_EQUAL(rig.counters->waits, 3);
	xsn_socket__close(rig.socket);
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, -1), -EBADF);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
	close(event);
}

static void a_socket_closed_under_a_burst_loses_it_to_the_books(void)
{
	rig__open(&rig, &ordinary);
	send_many(6, 20);
	CHECK_EQUAL(rig__turn(&rig), 6);
	rig.burst->reply_length[0] = rig.burst->reply_length[1] = 1;
	xsn_socket__close(rig.socket);
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, 0), -EBADF);
	CHECK_EQUAL(rig.counters->tx_error, 2);
	CHECK_EQUAL(rig.counters->consumed, 4);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), -EBADF);
	rig__close(&rig);
}

static void holders_follow_each_other(void)
{
	rig__open(&rig, &ordinary);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), -EBUSY);
	send_many(7, 20);
	rig__echo(&rig, rig__turn(&rig));
	xsn_exchange__detach(rig.exchange, true); /* in good order: the replies leave */
	CHECK_EQUAL(xsn_exchange__turn(rig.exchange, -1, 0), -ENOTCONN);
	CHECK_EQUAL(xsn_exchange__reflect(rig.exchange, -1, 0, 1), -ENOTCONN);
	rig__take_replies(&rig, 7, NULL);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), 0);
	CHECK_EQUAL(rig.counters->worker_lost, 0);
	send_many(4, 20);
	rig__echo(&rig, rig__turn(&rig));
	xsn_exchange__detach(rig.exchange, false); /* dies */
	rig__check_books(&rig, 4);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), 0);
	CHECK_EQUAL(rig.counters->worker_lost, 4);
	rig__check_books(&rig, 0);
	send_many(3, 20);
	echo_all(3);
	rig__take_replies(&rig, 10, NULL);
	rig__check_books(&rig, 0);
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

static void refuses_options_out_of_range(void)
{
	static const struct xsn_exchange_options wrong[] = {
		{ .burst = 0, .mtu = 1500 },   { .burst = XSN_BURST_MAX + 1, .mtu = 1500 },
		{ .burst = 64, .mtu = 67 },    { .burst = 64, .mtu = 65536 },
		{ .burst = 64, .mtu = 1500, .tail_at = 8 },
	};

	rig__open(&rig, &ordinary);
	for (uint32_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct xsn_exchange *exchange;

		CHECK_EQUAL(xsn_exchange__create(rig.socket, &wrong[i], &exchange), -EINVAL);
	}
	xsn_exchange__detach(rig.exchange, true);
	rig__close(&rig);
}

int main(void)
{
	RUN(echoes_every_length);
	RUN(echoes_in_generic_mode);
	RUN(columns_describe_the_packets);
	RUN(replies_may_be_longer_up_to_the_capacity);
	RUN(bad_packets_are_counted_and_never_shown);
	RUN(replies_that_could_loop_are_refused);
	RUN(a_failed_burst_sends_nothing);
	RUN(replies_without_room_are_tx_errors);
	RUN(reflects);
	RUN(waits_end);
	RUN(a_socket_closed_under_a_burst_loses_it_to_the_books);
	RUN(holders_follow_each_other);
	RUN(refuses_options_out_of_range);
	return test_report();
}
