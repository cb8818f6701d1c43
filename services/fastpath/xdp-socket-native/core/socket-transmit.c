/* Sending: the TX ring, the kicks that make the kernel read it, and the completion ring. */
#include <sys/socket.h>

#include "socket-internal.h"

#define KICK_FRAMES 32u   /* in copy mode one sendto(2) sends this many at least, if it can */
#define KICKS_SPARE 4u    /* beyond those that the number of frames calls for */
#define GIVE_MAX 64u

/* Descriptors that the kernel has not read yet. */
static uint32_t tx_unread(const struct xsn_socket *s)
{
	return s->tx.cached_prod - __atomic_load_n(s->tx.consumer, __ATOMIC_ACQUIRE);
}

void xsn_socket__collect(struct xsn_socket *s)
{
	uint32_t available, i, slot, pooled[GIVE_MAX], pooled_count = 0;

	s->completion.cached_prod = __atomic_load_n(s->completion.producer, __ATOMIC_ACQUIRE);
	available = s->completion.cached_prod - s->completion.cached_cons;
	if (!available)
		return;
	for (i = 0; i < available; i++) {
		slot = (uint32_t)(*xsk_ring_cons__comp_addr(&s->completion, s->completion.cached_cons + i) >>
				  s->slot_shift);
		if (__builtin_expect(!(xsn_owner__get(s->pool, slot) & XSN_OWNER_POOLED), 1)) {
			xsn_socket__put(s, slot);
			continue;
		}
		pooled[pooled_count++] = slot;
		if (pooled_count == GIVE_MAX) {
			xsn_pool__give(s->pool, pooled, pooled_count);
			pooled_count = 0;
		}
	}
	if (pooled_count)
		xsn_pool__give(s->pool, pooled, pooled_count);
	s->completion.cached_cons += available;
	__atomic_store_n(s->completion.consumer, s->completion.cached_cons, __ATOMIC_RELEASE);
	xsn_socket__publish(s);
	s->tx_outstanding -= available;
	xsn_count(&s->counters.tx_completed, available);
}

/* False when kicking again cannot help now. */
static bool kick_once(struct xsn_socket *s)
{
	xsn_count(&s->counters.tx_kicks, 1);
	if (sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
		return true;
	/* EAGAIN: more frames than it sends in one call, or no room in the completion ring. EBUSY, ENOBUFS: the device
	 * is busy; a frame may have been dropped by it. */
	if (errno == EAGAIN || errno == EBUSY || errno == ENOBUFS)
		return true;
	xsn_count(&s->counters.tx_errors, 1);
	return false;
}

void xsn_socket__kick(struct xsn_socket *s)
{
	uint32_t unread = tx_unread(s), budget = unread / KICK_FRAMES + KICKS_SPARE, idle = 0, left;

	/* A kick that moved nothing may have found no room in the completion ring: make room and try once more. */
	while (unread && budget-- && idle < 2 && (!s->need_wakeup || xsk_ring_prod__needs_wakeup(&s->tx))) {
		if (!kick_once(s))
			break;
		xsn_socket__collect(s);
		left = tx_unread(s);
		idle = left == unread ? idle + 1 : 0;
		unread = left;
	}
	s->tx_unsent = unread > 0;
}

/* Whole packets among the first n descriptors. */
static uint32_t whole_packets(const struct xsn_frame *frames, uint32_t n)
{
	while (n && frames[n - 1].options & XDP_PKT_CONTD)
		n--;
	return n;
}

/*
 * What the kernel would refuse it also never gives back, so it is refused here: descriptors that leave their slot,
 * empty ones, unknown options, more descriptors than one packet may have.
 */
static bool is_valid(const struct xsn_socket *s, const struct xsn_frame *frame, uint32_t descriptors)
{
	uint64_t offset = frame->address & (((uint64_t)1 << s->slot_shift) - 1);

	return frame->length && offset + frame->length <= (uint64_t)1 << s->slot_shift &&
	       !(frame->options & (s->frags ? ~(uint32_t)XDP_PKT_CONTD : ~0u)) && descriptors <= XSN_DESCRIPTORS_MAX;
}

struct tx_burst {
	uint64_t packets, bytes;
	uint16_t others; /* bits by which owners differ from this socket */
};

/* Writes descriptors behind the TX ring's end, not yet visible to the kernel. All or none. */
static bool write_descriptors(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n, struct tx_burst *burst)
{
	uint32_t i, descriptors = 1;

	for (i = 0; i < n; i++) {
		uint64_t slot = frames[i].address >> s->slot_shift;
		struct xdp_desc *desc = xsk_ring_prod__tx_desc(&s->tx, s->tx.cached_prod + i);

		if (__builtin_expect(!is_valid(s, &frames[i], descriptors) ||
				     !xsn_owner__check_out(s->pool, slot), 0))
			break;
		burst->others |= xsn_owner__get(s->pool, (uint32_t)slot) ^ s->owner;
		desc->addr = frames[i].address;
		desc->len = frames[i].length;
		desc->options = frames[i].options;
		burst->bytes += frames[i].length;
		descriptors = frames[i].options & XDP_PKT_CONTD ? descriptors + 1 : 1;
		burst->packets += descriptors == 1;
	}
	if (i == n)
		return true;
	while (i--)
		xsn_owner__undo(s->pool, (uint32_t)(frames[i].address >> s->slot_shift));
	return false;
}

/* Frames of another socket become this one's; those from xsn_pool__alloc return to the pool when they are sent. */
static void adopt(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t slot = (uint32_t)(frames[i].address >> s->slot_shift);
		bool allocated = xsn_owner__get(s->pool, slot) == XSN_OWNER_FREE;

		xsn_owner__set(s->pool, slot, s->owner | (allocated ? XSN_OWNER_POOLED : 0));
	}
}

static int queue(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	struct tx_burst burst = { 0 };

	if (!write_descriptors(s, frames, n, &burst))
		return -EINVAL;
	if (burst.others & XSN_OWNER_SOCKET)
		adopt(s, frames, n);
	s->tx.cached_prod += n;
	__atomic_store_n(s->tx.producer, s->tx.cached_prod, __ATOMIC_RELEASE);
	s->tx_outstanding += n;
	s->tx_unsent = true;
	xsn_count(&s->counters.tx_packets, burst.packets);
	xsn_count(&s->counters.tx_bytes, burst.bytes);
	return (int)n;
}

/* Room in the TX ring, after a kick if there is less than n. */
static uint32_t make_room(struct xsn_socket *s, uint32_t n)
{
	uint32_t room = xsk_prod_nb_free(&s->tx, n);

	if (room < n && s->tx_unsent) {
		xsn_socket__kick(s);
		room = xsk_prod_nb_free(&s->tx, n);
	}
	return room < n ? room : n;
}

static int queue_all(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	uint32_t done = 0, part;
	int queued;

	/* More than the ring holds goes in several rounds, as long as each makes room for the next. */
	while (done < n) {
		part = whole_packets(frames + done, make_room(s, n - done));
		if (!part)
			break;
		queued = queue(s, frames + done, part);
		if (queued < 0)
			return done ? (int)done : queued;
		done += part;
		xsn_socket__kick(s);
	}
	if (done < n)
		xsn_count(&s->counters.tx_full, n - done);
	return (int)done;
}

int xsn_socket__transmit(struct xsn_socket *s, const struct xsn_frame *frames, uint32_t n)
{
	int result = xsn_socket__enter(s);

	if (result)
		return result;
	if (s->tx_outstanding)
		xsn_socket__collect(s);
	if (whole_packets(frames, n) == n)
		result = queue_all(s, frames, n);
	else
		result = -EINVAL; /* the last packet has no end */
	xsn_socket__leave(s);
	return result;
}

int xsn_socket__complete(struct xsn_socket *s)
{
	int error = xsn_socket__enter(s);

	if (error)
		return error;
	if (s->tx_unsent)
		xsn_socket__kick(s);
	xsn_socket__collect(s);
	xsn_socket__leave(s);
	return 0;
}
