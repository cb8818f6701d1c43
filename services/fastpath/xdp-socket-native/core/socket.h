/*
 * XdpSocket: an AF_XDP socket on one queue of one interface (Documentation/networking/af_xdp.rst), over a pool as
 * UMEM. Sockets that share a pool share its UMEM; each has its own RX, TX, fill and completion ring.
 *
 * Who owns what: a frame (a slot of the pool) is with the fill ring, with the RX ring, with the caller, or with the
 * TX and completion rings. The socket knows which frames the caller has, so that they come back when the caller
 * dies (xsn_socket__recover).
 *
 * One thread at a time may receive and send: it claims the socket. Every call from recover to wait fails with -ENOTCONN
 * without a claim and with -EBUSY when another thread has it. Statistics may be read from any thread. A socket
 * is counted by reference; close() makes every later call of any holder fail with -EBADF, and what the kernel holds
 * goes when nobody is inside a call any more.
 */
#ifndef XSN_SOCKET_H
#define XSN_SOCKET_H

#include "pool.h"

struct xsn_socket;

enum xsn_copy_mode { XSN_COPY_AUTO, XSN_COPY_ALWAYS, XSN_ZERO_COPY };

struct xsn_socket_options {
	const char *interface;
	uint32_t queue;
	enum xsn_copy_mode copy_mode;
	uint32_t rx_size, tx_size, fill_size, completion_size; /* descriptors, powers of two */
	bool need_wakeup;      /* XDP_USE_NEED_WAKEUP */
	bool frags;            /* XDP_USE_SG where the kernel has it (6.6); see xsn_socket_info.frags */
	uint32_t busy_poll_us; /* 0 = off; SO_PREFER_BUSY_POLL, SO_BUSY_POLL, SO_BUSY_POLL_BUDGET */
	uint32_t busy_poll_budget;
};

struct xsn_socket_info {
	bool zero_copy; /* from getsockopt(XDP_OPTIONS), never assumed */
	bool frags;
	int fd; /* -1 when closed */
};

struct xsn_frame {
	uint64_t address; /* offset of the first byte from the start of the pool's memory */
	uint32_t length;
	uint32_t options; /* XDP_PKT_CONTD: the frame goes on in the next descriptor */
};

struct xsn_socket_stats {
	uint64_t rx_packets, rx_bytes; /* taken from the RX ring; frames of several descriptors count once */
	uint64_t tx_packets, tx_bytes; /* put into the TX ring */
	uint64_t tx_completed;         /* descriptors that the kernel gave back */
	uint64_t tx_kicks, tx_full;    /* sendto calls; descriptors refused because the TX ring stayed full */
	uint64_t tx_errors;            /* kicks that the kernel refused (ENETDOWN, ...); the frames stay queued */
	uint64_t fill_empty;           /* refills that found no free slot in the pool */
	uint64_t recovered;            /* frames in the hands of a holder that died */
	/* XDP_STATISTICS: what the kernel counts */
	uint64_t rx_dropped, rx_invalid_descs, tx_invalid_descs;
	uint64_t rx_ring_full, rx_fill_ring_empty_descs, tx_ring_empty_descs;
	/* Descriptors in the rings at this moment */
	uint32_t rx_pending, tx_pending, fill_pending, completion_pending;
};

/* Returns 0 or -errno as socket(2), bind(2): -EBUSY (queue taken, or its last socket is closing: try again),
 * -EOPNOTSUPP (zero-copy asked for and not there), -ENODEV, -EINVAL, -EPERM. Fills the fill ring. */
int xsn_socket__create(struct xsn_pool *pool, const struct xsn_socket_options *options, struct xsn_socket **socket);
struct xsn_socket *xsn_socket__ref(struct xsn_socket *socket);
void xsn_socket__unref(struct xsn_socket *socket);
/*
 * Idempotent. Ends a wait in progress (within 2 ms). The kernel's part, and the slots it had, go when the last call in
 * progress has returned; frames in the caller's hands stay valid until the last reference goes or the caller gives
 * them to xsn_pool__free. With zero-copy the device may go on writing to its slots until the kernel has let go of the
 * queue (some 100 ms: until then create says -EBUSY): do not use the pool for something else before.
 */
void xsn_socket__close(struct xsn_socket *socket);

/* One claim at a time; -EBUSY when another thread has it, -EBADF when closed. */
int xsn_socket__claim(struct xsn_socket *socket);
void xsn_socket__release(struct xsn_socket *socket);
/* Takes every frame back that the last holder had in hand; returns how many packets of its last burst that were.
 * Call it after claim, before the first burst. */
uint32_t xsn_socket__recover(struct xsn_socket *socket);

/* Takes up to n frames (whole packets only) from the RX ring; they are the caller's until given to transmit or
 * recycle. Refills the fill ring. Never blocks. -EMSGSIZE: the next packet has more than n descriptors; 18 are the
 * most. */
int xsn_socket__receive(struct xsn_socket *socket, struct xsn_frame *frames, uint32_t n);
/*
 * Puts n descriptors into the TX ring and kicks the kernel until it has taken them (past its budget of 32 a call in
 * copy mode), bounded; what it has not taken then goes with the next call. Returns how many were queued, whole packets
 * only; the rest stays the caller's.
 * Frames may be received ones, also of another socket on the pool, or slots from xsn_pool__alloc, which return to the
 * pool when they are sent. -EINVAL, and nothing is queued, for one that the caller does not have or that the kernel
 * would refuse (empty, across the end of its slot, unknown options, more than 18 descriptors, a packet without end);
 * a burst larger than the ring may have been queued in part before that: then the number is returned.
 */
int xsn_socket__transmit(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);
/* Gives frames in the caller's hands to the fill ring. -EINVAL, and none is given, for one that it does not have. */
int xsn_socket__recycle(struct xsn_socket *socket, const struct xsn_frame *frames, uint32_t n);
/* Takes back what the kernel has sent. transmit and receive do it by themselves. */
int xsn_socket__complete(struct xsn_socket *socket);
/*
 * Waits until packets are there, `also_fd` (-1 = none) is readable, or the time is over (-1 = never): 1, 0, or -errno
 * (-ENETDOWN, once: the interface has gone). Bit 1 of *ready: packets, bit 2: also_fd. Packets in the ring end it
 * without a system call; also_fd is noticed up to 2 ms late, because a poll(2) of one descriptor is cheaper.
 */
int xsn_socket__wait(struct xsn_socket *socket, int also_fd, int timeout_ms, uint32_t *ready);

struct xsn_pool *xsn_socket__pool(const struct xsn_socket *socket);
void xsn_socket__info(struct xsn_socket *socket, struct xsn_socket_info *info);
int xsn_socket__stats(struct xsn_socket *socket, struct xsn_socket_stats *stats);

#endif
