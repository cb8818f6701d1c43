#include "socket-fixture.h"

#include "test.h"

#define PATIENCE_MS 2000
#define SILENCE_MS 50
#define SLOT_SIZE 2048u

struct xsn_pool *link__pool(uint32_t slots, uint32_t slot_size)
{
	const struct xsn_pool_options options = { .slots = slots, .slot_size = slot_size, .numa_node = XSN_ANY_NODE };
	struct xsn_pool *pool;

	MUST(xsn_pool__create(&options, &pool) == 0);
	return pool;
}

struct xsn_socket_options link__options(const char *end, uint32_t size)
{
	return (struct xsn_socket_options){ .interface = end, .rx_size = size, .tx_size = size, .fill_size = size,
					    .completion_size = size, .need_wakeup = true, .frags = true };
}

struct link_end link__open(struct xsn_pool *pool, const struct xsn_socket_options *options)
{
	struct link_end end = { .pool = pool, .options = *options };

	MUST(veth__open(pool, &end.options, &end.socket) == 0);
	MUST(xsn_socket__claim(end.socket) == 0);
	return end;
}

struct link_end link__end(const char *end, uint32_t slots, uint32_t ring_size)
{
	const struct xsn_socket_options options = link__options(end, ring_size);

	return link__open(link__pool(slots, SLOT_SIZE), &options);
}

void link__close(struct link_end *end)
{
	xsn_socket__unref(end->socket);
	CHECK_EQUAL(link__used(end->pool), 0);
	xsn_pool__unref(end->pool);
}

/* The number comes first, then bytes that depend on it and on their place. */
static void write_frame(unsigned char *frame, uint32_t number, uint32_t length)
{
	uint32_t i;

	memcpy(frame, &number, sizeof(number));
	for (i = sizeof(number); i < length; i++)
		frame[i] = (unsigned char)(number + i);
}

static bool is_frame(const unsigned char *frame, uint32_t *number, uint32_t length)
{
	uint32_t i;

	memcpy(number, frame, sizeof(*number));
	for (i = sizeof(*number); i < length; i++)
		if (frame[i] != (unsigned char)(*number + i))
			return false;
	return true;
}

static uint32_t prepare(struct link_end *from, struct xsn_frame *frames, uint32_t n, uint32_t first, uint32_t length)
{
	unsigned char *memory = xsn_pool__memory(from->pool);
	uint32_t slots[LINK_BURST], taken = xsn_pool__alloc(from->pool, slots, n), i;

	for (i = 0; i < taken; i++) {
		frames[i] = (struct xsn_frame){ .address = (uint64_t)slots[i] * xsn_pool__slot_size(from->pool),
						.length = length };
		write_frame(memory + frames[i].address, first + i, length);
	}
	return taken;
}

static void give_back(struct link_end *from, const struct xsn_frame *frames, uint32_t n)
{
	uint32_t i, slot;

	for (i = 0; i < n; i++) {
		slot = (uint32_t)(frames[i].address / xsn_pool__slot_size(from->pool));
		CHECK_EQUAL(xsn_pool__free(from->pool, &slot, 1), 0);
	}
}

uint32_t link__send(struct link_end *from, uint32_t first, uint32_t count, uint32_t length)
{
	struct xsn_frame frames[LINK_BURST];
	uint32_t sent = 0, n;
	int queued;

	while (sent < count) {
		n = count - sent < LINK_BURST ? count - sent : LINK_BURST;
		n = prepare(from, frames, n, first + sent, length);
		queued = xsn_socket__transmit(from->socket, frames, n);
		if (queued < 0)
			queued = 0;
		sent += (uint32_t)queued;
		give_back(from, frames + queued, n - (uint32_t)queued);
		if (!queued)
			break;
	}
	return sent;
}

static void check_numbers(struct link_end *to, const struct xsn_frame *frames, int n, int64_t *last)
{
	unsigned char *memory = xsn_pool__memory(to->pool);
	uint32_t number;
	int i;

	for (i = 0; i < n; i++) {
		CHECK(is_frame(memory + frames[i].address, &number, frames[i].length));
		CHECK(number > *last);
		*last = number;
	}
}

uint32_t link__drain(struct link_end *to)
{
	struct xsn_frame frames[LINK_BURST];
	uint32_t received = 0, ready;
	int64_t last = -1;
	int n;

	do {
		while ((n = xsn_socket__receive(to->socket, frames, LINK_BURST)) > 0) {
			check_numbers(to, frames, n, &last);
			CHECK_EQUAL(xsn_socket__recycle(to->socket, frames, (uint32_t)n), 0);
			received += (uint32_t)n;
		}
		CHECK_EQUAL(n, 0);
	} while (xsn_socket__wait(to->socket, -1, SILENCE_MS, &ready) == 1);
	return received;
}

int link__receive(struct link_end *to, struct xsn_frame *frames, uint32_t n)
{
	uint32_t ready;

	if (xsn_socket__wait(to->socket, -1, PATIENCE_MS, &ready) != 1)
		return 0;
	return xsn_socket__receive(to->socket, frames, n);
}

void link__settle(struct link_end *from)
{
	struct xsn_socket_stats stats;
	uint32_t ready, tries = PATIENCE_MS;

	do {
		CHECK_EQUAL(xsn_socket__complete(from->socket), 0);
		stats = link__stats(from);
	} while (stats.tx_completed < stats.tx_packets && tries-- &&
		 xsn_socket__wait(from->socket, -1, 1, &ready) >= 0);
	CHECK_EQUAL(stats.tx_completed, stats.tx_packets);
}

struct xsn_socket_stats link__stats(struct link_end *end)
{
	struct xsn_socket_stats stats;

	CHECK_EQUAL(xsn_socket__stats(end->socket, &stats), 0);
	return stats;
}

uint32_t link__used(struct xsn_pool *pool)
{
	struct xsn_pool_stats stats;

	xsn_pool__stats(pool, &stats);
	return stats.used;
}
