/* Who has which frame: rings, the caller, other sockets on the pool. */
#define _GNU_SOURCE
#include "socket-fixture.h"
#include "test.h"

static void recover_takes_back_what_a_dead_holder_had(void)
{
	struct link_end a = link__end("a", 256, 256), b = link__end("b", 1024, 256);
	struct xsn_frame frames[8];

	CHECK_EQUAL(xsn_socket__recover(a.socket), 0);
	CHECK_EQUAL(link__send(&b, 0, 20, 64), 20);
	CHECK_EQUAL(link__receive(&a, frames, 8), 8);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, frames, 3), 0);
	xsn_socket__release(a.socket);
	CHECK_EQUAL(xsn_socket__claim(a.socket), 0);
	CHECK_EQUAL(xsn_socket__recover(a.socket), 5);
	CHECK_EQUAL(xsn_socket__recover(a.socket), 0);
	CHECK_EQUAL(link__stats(&a).recovered, 5);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, frames + 3, 1), -EINVAL);
	CHECK_EQUAL(link__drain(&a), 12); /* the RX ring has lost nothing */
	CHECK_EQUAL(link__stats(&a).fill_pending, 256);
	link__close(&a);
	link__close(&b);
}

static void refuses_frames_that_the_caller_does_not_have(void)
{
	struct link_end a = link__end("a", 256, 64), b = link__end("b", 1024, 256);
	struct xsn_frame frames[4], bad[4];
	uint32_t slot;

	CHECK_EQUAL(link__send(&b, 0, 4, 64), 4);
	CHECK_EQUAL(link__receive(&a, frames, 4), 4);
	memcpy(bad, frames, sizeof(bad));
	bad[3].address = frames[0].address + 1; /* the same slot */
	CHECK_EQUAL(xsn_socket__recycle(a.socket, bad, 4), -EINVAL);
	CHECK_EQUAL(xsn_socket__transmit(a.socket, bad, 4), -EINVAL);
	bad[3].address = 256 * 2048; /* behind the pool */
	CHECK_EQUAL(xsn_socket__recycle(a.socket, bad, 4), -EINVAL);
	CHECK_EQUAL(xsn_socket__transmit(a.socket, bad, 4), -EINVAL);
	bad[3].address = UINT64_MAX;
	CHECK_EQUAL(xsn_socket__recycle(a.socket, bad, 4), -EINVAL);
	bad[3].address = 0; /* in the fill ring or free, unless it is one of the four */
	CHECK_EQUAL(xsn_socket__recycle(a.socket, bad, 4), -EINVAL);
	CHECK_EQUAL(link__stats(&a).tx_packets, 0);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, frames, 2), 0);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, frames, 1), -EINVAL); /* twice */
	slot = (uint32_t)(frames[2].address / 2048);
	CHECK_EQUAL(xsn_pool__free(a.pool, &slot, 1), 0); /* what the caller has, it may give to the pool */
	CHECK_EQUAL(xsn_socket__recycle(a.socket, &frames[2], 1), -EINVAL);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, &frames[3], 1), 0);
	link__close(&a);
	link__close(&b);
}

static int transmit_error(struct link_end *end, struct xsn_frame frame)
{
	int result = xsn_socket__transmit(end->socket, &frame, 1);

	CHECK_EQUAL(link__stats(end).tx_packets, 0);
	return result;
}

static void refuses_descriptors_that_the_kernel_would_swallow(void)
{
	struct link_end b = link__end("b", 256, 64);
	struct xsn_frame frame;
	uint32_t slot;

	MUST(xsn_pool__alloc(b.pool, &slot, 1) == 1);
	frame = (struct xsn_frame){ .address = slot * 2048ull };
	CHECK_EQUAL(transmit_error(&b, frame), -EINVAL); /* empty */
	frame.length = 2049;
	CHECK_EQUAL(transmit_error(&b, frame), -EINVAL);
	frame.length = 100, frame.address = slot * 2048ull + 1949; /* leaves its slot */
	CHECK_EQUAL(transmit_error(&b, frame), -EINVAL);
	frame.address--, frame.options = 1u << 31;
	CHECK_EQUAL(transmit_error(&b, frame), -EINVAL);
	frame.options = 1; /* goes on, but nothing follows */
	CHECK_EQUAL(transmit_error(&b, frame), -EINVAL);
	frame.options = 0;
	CHECK_EQUAL(xsn_socket__transmit(b.socket, &frame, 1), 1);
	link__settle(&b);
	link__close(&b);
}

static void slots_of_the_pool_return_to_it_when_sent(void)
{
	struct link_end b = link__end("b", 128, 64);

	CHECK_EQUAL(link__used(b.pool), 64); /* the fill ring */
	CHECK_EQUAL(link__send(&b, 0, 64, 64), 64);
	link__settle(&b);
	CHECK_EQUAL(link__used(b.pool), 64);
	link__close(&b);
}

static void queues_on_one_pool_share_it_and_end_apart(void)
{
	struct xsn_pool *pool = link__pool(1024, 2048), *peer = link__pool(1024, 2048);
	struct xsn_socket_options a_options = link__options("a", 128), b_options = link__options("b", 128);
	struct link_end a[2], b[2];
	uint32_t queue;

	for (queue = 0; queue < 2; queue++) {
		a_options.queue = b_options.queue = queue;
		a_options.fill_size = 128u << queue; /* rings of their own sizes */
		a[queue] = link__open(queue ? xsn_pool__ref(pool) : pool, &a_options);
		b[queue] = link__open(queue ? xsn_pool__ref(peer) : peer, &b_options);
	}
	CHECK_EQUAL(link__stats(&a[1]).fill_pending, 256);
	for (queue = 0; queue < 2; queue++) {
		CHECK_EQUAL(link__send(&b[queue], 0, 100, 64), 100);
		CHECK_EQUAL(link__drain(&a[queue]), 100);
		CHECK_EQUAL(link__drain(&a[!queue]), 0);
	}
	/* The first one goes and comes back, while the second, which borrowed its UMEM, works on. */
	xsn_socket__unref(a[0].socket);
	CHECK(link__used(pool) >= 256 && link__used(pool) < 384); /* the second one's fill ring and stash */
	CHECK_EQUAL(link__send(&b[1], 0, 100, 64), 100);
	CHECK_EQUAL(link__drain(&a[1]), 100);
	a_options.queue = 0;
	a[0] = link__open(pool, &a_options);
	CHECK_EQUAL(link__send(&b[0], 0, 100, 64), 100);
	CHECK_EQUAL(link__drain(&a[0]), 100);
	for (queue = 0; queue < 2; queue++) {
		link__settle(&b[queue]);
		xsn_socket__unref(a[queue].socket);
		xsn_socket__unref(b[queue].socket);
	}
	CHECK_EQUAL(link__used(pool) + link__used(peer), 0);
	xsn_pool__unref(pool);
	xsn_pool__unref(pool);
	xsn_pool__unref(peer);
	xsn_pool__unref(peer);
}

/* Received on one queue, sent on the other: the frame changes hands, and what piles up finds its way to the pool. */
static void frames_move_between_sockets_of_a_pool(void)
{
	struct xsn_pool *pool = link__pool(512, 2048);
	struct xsn_socket_options options = link__options("a", 128);
	struct link_end from, to, b = link__end("b", 1024, 128);
	struct xsn_frame frames[LINK_BURST];
	uint32_t moved = 0, round;
	int n;

	from = link__open(pool, &options);
	options.queue = 1;
	to = link__open(pool, &options);
	for (round = 0; round < 50; round++) {
		CHECK_EQUAL(link__send(&b, 0, LINK_BURST, 64), LINK_BURST);
		while ((n = xsn_socket__receive(from.socket, frames, LINK_BURST)) > 0)
			moved += (uint32_t)xsn_socket__transmit(to.socket, frames, (uint32_t)n);
		link__settle(&to);
		(void)xsn_socket__receive(b.socket, frames, 0);
	}
	CHECK_EQUAL(moved, 50 * LINK_BURST);
	link__settle(&b);
	xsn_socket__unref(from.socket);
	xsn_socket__unref(to.socket);
	CHECK_EQUAL(link__used(pool), 0);
	xsn_pool__unref(pool);
	link__close(&b);
}

static void frames_in_hand_outlive_a_close(void)
{
	struct link_end a = link__end("a", 256, 64), b = link__end("b", 1024, 256);
	struct xsn_frame frames[4];
	uint32_t slot;

	CHECK_EQUAL(link__send(&b, 0, 4, 64), 4);
	CHECK_EQUAL(link__receive(&a, frames, 4), 4);
	xsn_socket__close(a.socket);
	CHECK_EQUAL(link__used(a.pool), 4);
	slot = (uint32_t)(frames[0].address / 2048);
	CHECK_EQUAL(xsn_pool__free(a.pool, &slot, 1), 0);
	CHECK_EQUAL(link__used(a.pool), 3);
	link__close(&a); /* the last reference brings the rest back */
	link__close(&b);
}

int main(void)
{
	veth__create(1500, false); /* with generic XDP, veth puts everything on queue 0 */
	RUN(recover_takes_back_what_a_dead_holder_had);
	RUN(refuses_frames_that_the_caller_does_not_have);
	RUN(refuses_descriptors_that_the_kernel_would_swallow);
	RUN(slots_of_the_pool_return_to_it_when_sent);
	RUN(queues_on_one_pool_share_it_and_end_apart);
	RUN(frames_move_between_sockets_of_a_pool);
	RUN(frames_in_hand_outlive_a_close);
	veth__delete();
	return test_report();
}
