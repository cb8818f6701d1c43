/*
 * A holder dies between any two steps of turn(): before or after each call of the socket, the way a longjmp leaves it.
 * The next one's books are right to the packet, and no slot is lost. The linker puts the wrappers in between.
 */
/* link: -Wl,--wrap=xsn_socket__receive,--wrap=xsn_socket__transmit,--wrap=xsn_socket__recycle */
#include <setjmp.h>

#include "exchange-rig.h"
#include "test.h"

#define PACKETS 12
#define TURNS 4
#define ROUNDS 4 /* so many that lost slots would run the pool dry */

int __real_xsn_socket__receive(struct xsn_socket *socket, struct xsn_frame *frames, uint32_t n);
int __real_xsn_socket__transmit(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);
int __real_xsn_socket__recycle(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);
int __wrap_xsn_socket__receive(struct xsn_socket *socket, struct xsn_frame *frames, uint32_t n);
int __wrap_xsn_socket__transmit(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);
int __wrap_xsn_socket__recycle(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);

static jmp_buf afterlife;
static uint32_t steps, die_at; /* 0 = lives on */
static struct rig rig;

static void step(void)
{
	if (die_at != 0 && ++steps == die_at)
		longjmp(afterlife, 1);
}

int __wrap_xsn_socket__receive(struct xsn_socket *socket, struct xsn_frame *frames, uint32_t n)
{
	int result;

	step();
	result = __real_xsn_socket__receive(socket, frames, n);
	step();
	return result;
}

int __wrap_xsn_socket__transmit(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n)
{
	int result;

	step();
	result = __real_xsn_socket__transmit(socket, frames, n);
	step();
	return result;
}

int __wrap_xsn_socket__recycle(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n)
{
	int result;

	step();
	result = __real_xsn_socket__recycle(socket, frames, n);
	step();
	return result;
}

static void send_some_of_each(void)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct frame_shape shape = rig__shape(i + 1, 30);

		if (i % 6 == 4)
			shape.checksum = FRAME_WRONG;
		if (i % 6 == 5)
			shape.source_port = shape.destination_port;
		rig__send(&rig, &shape);
	}
}

static void decide(int packets)
{
	for (int i = 0; i < packets; i++) {
		if (i % 4 == 2)
			continue;
		rig.burst->reply_length[i] = i % 4 == 3 ? rig.burst->capacity[i] + 1 : rig.burst->length[i];
	}
}

/* True if it ended by itself. */
static bool live(uint32_t until)
{
	if (setjmp(afterlife) != 0) {
		die_at = 0;
		return false;
	}
	steps = 0;
	die_at = until;
	for (uint32_t turn = 0; turn < TURNS; turn++)
		decide(xsn_exchange__turn(rig.exchange, -1, 0));
	die_at = 0;
	return true;
}

static void succeed(void)
{
	xsn_exchange__detach(rig.exchange, false);
	CHECK_EQUAL(xsn_exchange__attach(rig.exchange), 0);
	CHECK_EQUAL(rig__accounted(rig.counters), rig.counters->rx_packets);
	while (rig.counters->rx_packets < rig.sent)
		decide(rig__turn(&rig));
	rig__settle(&rig);
	rig__check_books(&rig, 0);
}

static void check_no_reply_is_left(void)
{
	struct xsn_socket_stats stats;

	MUST(xsn_socket__stats(rig.peer, &stats) == 0);
	CHECK_EQUAL(stats.rx_packets, rig.replies);
	CHECK_EQUAL(stats.rx_pending, 0);
}

/* Returns how many steps a life has. */
static uint32_t die_at_each_step(void)
{
	for (uint32_t until = 1;; until++) {
		bool lived;

		send_some_of_each();
		lived = live(until);
		succeed();
		rig__take_replies(&rig, rig.counters->tx_packets, NULL);
		check_no_reply_is_left();
		if (lived || checks_failed > 0)
			return until;
	}
}

static void books_are_right_whenever_a_holder_dies(void)
{
	static const uint32_t bursts[] = { 64, 5 }; /* the second leaves received packets unopened */

	for (uint32_t i = 0; i < 2; i++) {
		struct rig_options options = { .mtu = 1500, .burst = bursts[i] };

		rig__open(&rig, &options);
		for (uint32_t round = 0; round < ROUNDS && checks_failed == 0; round++)
			CHECK(die_at_each_step() > 10);
		CHECK(rig.counters->worker_lost > 0);
		xsn_exchange__detach(rig.exchange, true);
		rig__close(&rig);
	}
}

int main(void)
{
	RUN(books_are_right_whenever_a_holder_dies);
	return test_report();
}
