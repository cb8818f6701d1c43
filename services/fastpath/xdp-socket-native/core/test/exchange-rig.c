#define _GNU_SOURCE
#include "exchange-rig.h"

#include <linux/if_xdp.h>
#include <sched.h>
#include <time.h>

#include "test.h"
#include "veth.h"

#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif

#define SLOTS 1024
#define SLOT_SIZE 2048
#define RING 256
#define FRAMES_MAX 64
#define PATIENCE_MS 5000

static struct xsn_pool *create_pool(size_t tail_size)
{
	struct xsn_pool_options options = { .slots = SLOTS, .slot_size = SLOT_SIZE, .tail_size = tail_size,
					    .numa_node = XSN_ANY_NODE };
	struct xsn_pool *pool;

	MUST(xsn_pool__create(&options, &pool) == 0);
	return pool;
}

static struct xsn_socket *open_socket(struct xsn_pool *pool, const char *end, uint32_t tx_size)
{
	struct xsn_socket_options options = { .interface = end, .rx_size = RING, .tx_size = tx_size,
					      .fill_size = RING, .completion_size = RING, .need_wakeup = true,
					      .frags = true };
	struct xsn_socket *socket;

	MUST(veth__open(pool, &options, &socket) == 0);
	return socket;
}

void rig__open(struct rig *rig, const struct rig_options *options)
{
	struct xsn_exchange_options exchange = { .burst = options->burst, .mtu = options->mtu };
	size_t tail = options->no_tail ? 0 : xsn_exchange__tail_size(options->burst, options->mtu, SLOT_SIZE);

	memset(rig, 0, sizeof(*rig));
	veth__create(options->mtu, options->generic);
	rig->pool = create_pool(tail);
	rig->peer_pool = create_pool(0);
	rig->socket = open_socket(rig->pool, "a", options->tx_size ? options->tx_size : RING);
	rig->peer = open_socket(rig->peer_pool, "b", RING);
	MUST(xsn_socket__claim(rig->peer) == 0);
	MUST(xsn_exchange__create(rig->socket, &exchange, &rig->exchange) == 0);
	rig->counters = xsn_exchange__counters(rig->exchange);
	rig->burst = xsn_exchange__burst(rig->exchange);
	MUST(xsn_exchange__attach(rig->exchange) == 0);
}

void rig__close(struct rig *rig)
{
	xsn_exchange__unref(rig->exchange);
	xsn_socket__close(rig->socket);
	xsn_socket__close(rig->peer);
	xsn_socket__unref(rig->socket);
	xsn_socket__unref(rig->peer);
	xsn_pool__unref(rig->pool);
	xsn_pool__unref(rig->peer_pool);
	veth__delete();
}

struct frame_shape rig__shape(uint32_t seed, uint32_t payload)
{
	return (struct frame_shape){ .family = seed % 2 ? 4 : 6, .source_port = (uint16_t)(1024 + seed % 60000),
				     .destination_port = 7, .payload = payload, .seed = seed };
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The kernel may deliver after sendto has returned; tests count on bursts that are there. */
static void await_arrival(const struct rig *rig)
{
	int64_t deadline = now_ms() + PATIENCE_MS;
	struct xsn_socket_stats stats;

	for (;;) {
		MUST(xsn_socket__stats(rig->socket, &stats) == 0);
		if (stats.rx_packets + stats.rx_pending >= rig->sent)
			return;
		MUST(now_ms() < deadline);
		sched_yield();
	}
}

void rig__send_bytes(struct rig *rig, const uint8_t *bytes, uint32_t length)
{
	struct xsn_frame frames[FRAMES_MAX];
	uint8_t *memory = xsn_pool__memory(rig->peer_pool);
	uint32_t slots[FRAMES_MAX], n = (length + SLOT_SIZE - 1) / SLOT_SIZE;

	MUST(n <= FRAMES_MAX && xsn_pool__alloc(rig->peer_pool, slots, n) == n);
	for (uint32_t i = 0; i < n; i++, bytes += SLOT_SIZE, length -= SLOT_SIZE) {
		frames[i].address = (uint64_t)slots[i] * SLOT_SIZE;
		frames[i].length = i + 1 < n ? SLOT_SIZE : length;
		frames[i].options = i + 1 < n ? XDP_PKT_CONTD : 0;
		memcpy(memory + frames[i].address, bytes, frames[i].length);
	}
	MUST(xsn_socket__transmit(rig->peer, frames, n) == (int)n);
	rig->sent++;
	await_arrival(rig);
}

void rig__send(struct rig *rig, const struct frame_shape *shape)
{
	static struct frame frame;

	frame__build(&frame, shape);
	rig__send_bytes(rig, frame.bytes, frame.length);
}

int rig__turn(struct rig *rig)
{
	uint64_t before = rig->counters->rx_packets;
	int packets;

	/* Bad packets alone also end a wait. */
	do {
		packets = xsn_exchange__turn(rig->exchange, -1, PATIENCE_MS);
	} while (packets == 0 && rig->counters->rx_packets != before && (before = rig->counters->rx_packets));
	MUST(packets > 0);
	return packets;
}

void rig__echo(struct rig *rig, int packets)
{
	for (int i = 0; i < packets; i++)
		rig->burst->reply_length[i] = rig->burst->length[i];
}

void rig__settle(struct rig *rig)
{
	CHECK_EQUAL(xsn_exchange__turn(rig->exchange, -1, 0), 0);
}

/* One packet in frames[first], put together. Returns the descriptors that it took. */
static uint32_t gather(const struct rig *rig, const struct xsn_frame *frames, uint8_t *bytes, uint32_t *length)
{
	const uint8_t *memory = xsn_pool__memory(rig->peer_pool);
	uint32_t n = 0;

	*length = 0;
	do {
		MUST(*length + frames[n].length <= FRAME_MAX);
		memcpy(bytes + *length, memory + frames[n].address, frames[n].length);
		*length += frames[n].length;
	} while (frames[n++].options & XDP_PKT_CONTD);
	return n;
}

static void check_reply(const uint8_t *bytes, uint32_t length)
{
	struct xsn_datagram datagram;

	CHECK_EQUAL(xsn_packet__parse(bytes, length, &datagram), XSN_UDP);
	CHECK_EQUAL(datagram.source_port, 7);
	CHECK(udp_checksum_holds(bytes + datagram.ip_offset, datagram.family, bytes + datagram.payload_offset - 8));
}

void rig__take_replies(struct rig *rig, uint64_t n, uint32_t *longest)
{
	static uint8_t bytes[FRAME_MAX];
	struct xsn_frame frames[FRAMES_MAX];
	uint32_t ready, length;

	while (rig->replies < n) {
		int taken = xsn_socket__receive(rig->peer, frames, FRAMES_MAX);

		MUST(taken >= 0);
		for (uint32_t at = 0; at < (uint32_t)taken; rig->replies++) {
			at += gather(rig, frames + at, bytes, &length);
			check_reply(bytes, length);
			if (longest && length > *longest)
				*longest = length;
		}
		if (taken > 0)
			MUST(xsn_socket__recycle(rig->peer, frames, (uint32_t)taken) == 0);
		else
			MUST(xsn_socket__wait(rig->peer, -1, PATIENCE_MS, &ready) == 1);
	}
	CHECK_EQUAL(rig->replies, n);
}

uint64_t rig__accounted(const struct xsn_exchange_counters *c)
{
	return c->tx_packets + c->consumed + c->malformed + c->bad_checksum + c->too_long + c->handler_error +
	       c->reply_loop + c->tx_error + c->worker_lost;
}

void rig__check_books(const struct rig *rig, uint64_t in_hand)
{
	CHECK_EQUAL(rig->counters->rx_packets, rig->sent);
	CHECK_EQUAL(rig__accounted(rig->counters) + in_hand, rig->counters->rx_packets);
}
