/* Receiving, and the way of free slots: fill ring, stash, pool. */
#include <sys/socket.h>

#include "socket-internal.h"

static bool fill_has_room(struct xsn_socket *s)
{
	return xsk_prod_nb_free(&s->fill, 1) > 0;
}

static void push_fill(struct xsn_socket *s, uint32_t slot)
{
	*xsk_ring_prod__fill_addr(&s->fill, s->fill.cached_prod++) = (uint64_t)slot << s->slot_shift;
}

/* Half of the stash goes to the pool, so that the next one to come free finds room. */
static void spill(struct xsn_socket *s)
{
	uint32_t kept = s->stash_count / 2;

	xsn_pool__give(s->pool, s->stash + kept, s->stash_count - kept);
	s->stash_count = kept;
}

void xsn_socket__put(struct xsn_socket *s, uint32_t slot)
{
	if (__builtin_expect(fill_has_room(s), 1)) {
		push_fill(s, slot);
		return;
	}
	if (s->stash_count == s->stash_limit)
		spill(s);
	s->stash[s->stash_count++] = slot;
}

void xsn_socket__publish(struct xsn_socket *s)
{
	__atomic_store_n(s->fill.producer, s->fill.cached_prod, __ATOMIC_RELEASE);
}

static bool pool_has_slots(struct xsn_socket *s)
{
	return atomic_load_explicit(&s->pool->free_count, memory_order_relaxed) > 0;
}

/* Moves up to `room` slots from the stash to the fill ring; returns how much room is left. */
static uint32_t empty_stash(struct xsn_socket *s, uint32_t room)
{
	while (room && s->stash_count) {
		push_fill(s, s->stash[--s->stash_count]);
		room--;
	}
	return room;
}

void xsn_socket__refill(struct xsn_socket *s)
{
	const uint32_t quarter = s->fill.size / 4;
	uint32_t room = xsk_prod_nb_free(&s->fill, quarter + 1), n;

	if (room <= quarter && !s->stash_count)
		return; /* what the caller has in hand comes back by itself */
	room = empty_stash(s, room);
	if (room > quarter) {
		while (room && pool_has_slots(s)) {
			n = room < s->stash_limit ? room : s->stash_limit;
			s->stash_count = xsn_pool__take(s->pool, s->stash, n, s->owner);
			room = empty_stash(s, room);
		}
		if (room > quarter)
			xsn_count(&s->counters.fill_empty, 1);
	}
	xsn_socket__publish(s);
}

void xsn_socket__wake_rx(struct xsn_socket *s, bool idle)
{
	/* Busy polling has no interrupts: an empty ring means that the driver has to be driven from here. */
	if ((s->busy_poll && idle) || (s->need_wakeup && xsk_ring_prod__needs_wakeup(&s->fill)))
		(void)recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

/* Copies descriptors until n; returns how many, of them `*whole` up to the end of the last whole packet. */
static uint32_t copy_descriptors(struct xsn_socket *s, struct xsn_frame *frames, uint32_t n, uint32_t *whole)
{
	uint32_t i;

	*whole = 0;
	for (i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&s->rx, s->rx.cached_cons + i);

		frames[i].address = desc->addr;
		frames[i].length = desc->len;
		frames[i].options = desc->options;
		__builtin_prefetch(s->memory + desc->addr);
		if (!(desc->options & XDP_PKT_CONTD))
			*whole = i + 1;
	}
	return i;
}

static void hand_out(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	uint64_t packets = 0, bytes = 0;
	uint16_t continued = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		xsn_owner__set(s->pool, (uint32_t)(frames[i].address >> s->slot_shift),
			       s->owner | XSN_OWNER_CALLER | continued);
		bytes += frames[i].length;
		continued = frames[i].options & XDP_PKT_CONTD ? XSN_OWNER_CONTINUED : 0;
		packets += !continued;
	}
	xsn_count(&s->counters.rx_packets, packets);
	xsn_count(&s->counters.rx_bytes, bytes);
}

static int take_packets(struct xsn_socket *s, struct xsn_frame *frames, uint32_t n)
{
	uint32_t available = xsn_rx_available(s), copied, whole;

	if (!available)
		return 0;
	copied = copy_descriptors(s, frames, available < n ? available : n, &whole);
	/* A packet of more descriptors than the caller has room for would block the ring for ever. */
	if (!whole && copied == n)
		return -EMSGSIZE;
	hand_out(s, frames, whole);
	s->rx.cached_cons += whole;
	__atomic_store_n(s->rx.consumer, s->rx.cached_cons, __ATOMIC_RELEASE);
	return (int)whole;
}

int xsn_socket__receive(struct xsn_socket *s, struct xsn_frame *frames, uint32_t n)
{
	int received = xsn_socket__enter(s);

	if (received)
		return received;
	if (s->tx_outstanding)
		xsn_socket__collect(s);
	if (s->tx_unsent)
		xsn_socket__kick(s);
	if (n)
		received = take_packets(s, frames, n);
	xsn_socket__refill(s);
	xsn_socket__wake_rx(s, received == 0);
	xsn_socket__leave(s);
	return received;
}

/* Takes n frames out of the caller's hands, all or none. */
static bool check_out(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (__builtin_expect(!xsn_owner__check_out(s->pool, frames[i].address >> s->slot_shift), 0))
			break;
	if (i == n)
		return true;
	while (i--)
		xsn_owner__undo(s->pool, (uint32_t)(frames[i].address >> s->slot_shift));
	return false;
}

int xsn_socket__recycle(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	int error = xsn_socket__enter(s);
	uint32_t i, slot;

	if (error)
		return error;
	if (check_out(s, frames, n)) {
		for (i = 0; i < n; i++) {
			slot = (uint32_t)(frames[i].address >> s->slot_shift);
			xsn_owner__set(s->pool, slot, s->owner);
			xsn_socket__put(s, slot);
		}
		xsn_socket__publish(s);
	} else {
		error = -EINVAL;
	}
	xsn_socket__leave(s);
	return error;
}

uint32_t xsn_socket__recover(struct xsn_socket *s)
{
	uint32_t slot, packets = 0, frames = 0;

	if (xsn_socket__enter(s))
		return 0;
	for (slot = 0; slot < s->pool->slots; slot++) {
		uint16_t owner = xsn_owner__get(s->pool, slot);

		if ((owner & (XSN_OWNER_SOCKET | XSN_OWNER_CALLER)) != (s->owner | XSN_OWNER_CALLER))
			continue;
		packets += !(owner & XSN_OWNER_CONTINUED);
		frames++;
		xsn_owner__set(s->pool, slot, s->owner);
		xsn_socket__put(s, slot);
	}
	xsn_socket__publish(s);
	xsn_count(&s->counters.recovered, frames);
	xsn_socket__leave(s);
	return packets;
}
