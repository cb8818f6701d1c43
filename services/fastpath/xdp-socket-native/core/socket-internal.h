/*
 * The inside of a socket. Everything above `gate` belongs to the one who is inside a burst call; the counters are
 * written by that one alone and read by anybody (relaxed atomics: a plain load and store, no lock prefix).
 */
#ifndef XSN_SOCKET_INTERNAL_H
#define XSN_SOCKET_INTERNAL_H

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <xdp/xsk.h>

#include "gate.h"
#include "pool-internal.h"
#include "socket.h"

#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0) /* 6.6 */
#endif

#define XSN_STASH_MAX 512u
#define XSN_DESCRIPTORS_MAX 18u /* of one packet in copy mode: the linear part of an skb and MAX_SKB_FRAGS */

struct xsn_ring_mapping {
	void *base;
	size_t size;
};

enum xsn_ring_kind { XSN_RING_FILL, XSN_RING_COMPLETION, XSN_RING_RX, XSN_RING_TX, XSN_RINGS };

struct xsn_counters {
	_Atomic uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_completed, tx_kicks, tx_full, tx_errors;
	_Atomic uint64_t fill_empty, recovered;
};

struct xsn_socket {
	struct xsk_ring_cons rx, completion;
	struct xsk_ring_prod tx, fill;
	struct xsn_pool *pool;
	char *memory;
	uint32_t slot_shift;
	uint16_t owner; /* number of this socket, as it stands in owner words */
	bool need_wakeup, busy_poll, frags, zero_copy;
	bool tx_unsent; /* the kernel has not yet taken all of the TX ring: kick again */
	int fd;
	uint32_t tx_outstanding; /* descriptors put into the TX ring and not yet seen in the completion ring */
	/* Free slots at hand, so that the pool's lock is hardly ever taken. For the pool they are in use. */
	uint32_t stash_count, stash_limit;
	uint32_t stash[XSN_STASH_MAX];
	struct xsn_counters counters;

	alignas(64) struct xsn_gate gate;
	_Atomic uint32_t references;
	int closing_fd; /* eventfd, readable when closed: ends wait() */
	struct xsn_umem_member member;
	struct xsn_ring_mapping mappings[XSN_RINGS];
};

static inline void xsn_count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline uint64_t xsn_counted(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* socket.c: gives the kernel's part back. Called once, when nobody is inside any more. */
void xsn_socket__take_down(struct xsn_socket *socket);

/*
 * Every call on the rings starts and ends with these. A thread that has not claimed the socket is refused, which
 * keeps memory safe whatever the callers do.
 */
static inline void xsn_socket__leave(struct xsn_socket *socket)
{
	if (__builtin_expect(xsn_gate__leave(&socket->gate), 0))
		xsn_socket__take_down(socket);
}

static inline int xsn_socket__enter(struct xsn_socket *socket)
{
	if (__builtin_expect(!xsn_gate__holds(&socket->gate), 0))
		return xsn_gate__refusal(&socket->gate);
	if (__builtin_expect(xsn_gate__enter(&socket->gate), 1))
		return 0;
	xsn_socket__leave(socket);
	return -EBADF;
}

static inline int xsn_socket__begin_read(struct xsn_socket *socket)
{
	return xsn_gate__begin_read(&socket->gate);
}

static inline void xsn_socket__end_read(struct xsn_socket *socket)
{
	if (xsn_gate__end_read(&socket->gate))
		xsn_socket__take_down(socket);
}

/* socket-map.c */
int xsn_set_option(int fd, int level, int name, uint32_t value);
int xsn_socket__size_rings(int fd, const struct xsn_socket_options *options);
int xsn_socket__map_rings(struct xsn_socket *socket, const struct xsn_socket_options *options);
void xsn_socket__unmap_rings(struct xsn_socket *socket);

/* socket-bind.c */
int xsn_socket__open(struct xsn_socket *socket, const struct xsn_socket_options *options);
void xsn_socket__shut(struct xsn_socket *socket);

/* socket-frames.c: the caller is inside the gate. */
/* Slots that came free: to the fill ring, else to the stash, else to the pool. */
void xsn_socket__put(struct xsn_socket *socket, uint32_t slot);
/* Makes what xsn_socket__put wrote to the fill ring visible to the kernel. */
void xsn_socket__publish(struct xsn_socket *socket);
/* Fills the fill ring from the stash and the pool, once a quarter of it is empty. */
void xsn_socket__refill(struct xsn_socket *socket);
/* Lets the kernel look at the fill ring, if it asked for that. `idle`: no packets are in the RX ring. */
void xsn_socket__wake_rx(struct xsn_socket *socket, bool idle);

/* socket-transmit.c: the caller is inside the gate. */
void xsn_socket__collect(struct xsn_socket *socket); /* takes the completion ring back */
void xsn_socket__kick(struct xsn_socket *socket);    /* has the TX ring sent; bounded */

static inline uint32_t xsn_rx_available(struct xsn_socket *socket)
{
	socket->rx.cached_prod = __atomic_load_n(socket->rx.producer, __ATOMIC_ACQUIRE);
	return socket->rx.cached_prod - socket->rx.cached_cons;
}

#endif
