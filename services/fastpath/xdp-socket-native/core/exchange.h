/*
 * UdpExchange: UDP over a socket, one call per burst. Each call sends the replies of the burst before, gives its other
 * frames back, and receives the next: datagrams only, checked and stripped of their headers. Between two calls the
 * burst is the caller's, as columns in `struct xsn_burst`, which both sides share.
 *
 * Every packet taken from the socket is counted once in rx_packets and once in what became of it:
 *
 *   rx_packets = tx_packets + consumed + malformed + bad_checksum + too_long + handler_error + reply_loop + tx_error
 *              + worker_lost + those in hand
 *
 * This holds whenever no call is under way, to the packet, also for a holder that died inside of one: the next attach
 * asks the socket what it really received and sent. It needs the socket for itself from attach to detach.
 *
 * Packets of several descriptors (frames longer than a slot) are put together in the tail of the pool and shown there;
 * their replies are taken apart again into the slots that they came in.
 */
#ifndef XSN_EXCHANGE_H
#define XSN_EXCHANGE_H

#include "packet.h"
#include "socket.h"

#define XSN_BURST_MAX 256
#define XSN_COALESCE_US_MAX 1000
#define XSN_NO_REPLY 0xffffffffu

/* Column i belongs to packet i. Offsets count from the start of the pool's memory. */
struct xsn_burst {
	uint32_t offset[XSN_BURST_MAX];       /* payload */
	uint32_t length[XSN_BURST_MAX];
	uint32_t capacity[XSN_BURST_MAX];     /* bytes that a reply may use: end of slot(s) and MTU bound it */
	uint32_t reply_length[XSN_BURST_MAX]; /* in: XSN_NO_REPLY; set by the caller */
	uint32_t index[XSN_BURST_MAX];        /* i */
	uint32_t ip_offset[XSN_BURST_MAX];
	uint32_t ip_length[XSN_BURST_MAX];
};

/* Only ever grows; read from any thread. */
struct xsn_exchange_counters {
	uint64_t rx_packets, rx_bytes;     /* IP packets: the bytes are IP lengths, as everywhere in counters */
	uint64_t tx_packets, tx_bytes;
	uint64_t consumed;                 /* the caller left them at XSN_NO_REPLY */
	uint64_t malformed, bad_checksum;  /* dropped, never shown to the caller; malformed: all but whole datagrams */
	uint64_t too_long;                 /* of several descriptors, without room in the tail: dropped, too */
	uint64_t handler_error;            /* replies beyond capacity, and bursts given up with xsn_exchange__fail */
	uint64_t reply_loop;               /* refused: replies to packets whose two ports are the same (CVE-2024-2169),
					      that came to a group MAC address, which may be no reply's source, or
					      from one, so that a reply would go to everybody */
	uint64_t tx_error;                 /* replies that the TX ring did not take */
	uint64_t worker_lost;              /* in the hands of a holder that died or left */
	uint64_t bursts;                   /* calls that brought packets */
	uint64_t busy_ns;                  /* time between them and the next call: the first and each 11th burst are
					      timed and stand for the others */
	uint64_t waits;                    /* calls that had to wait for a packet */
	uint64_t naps;                     /* and those that slept coalesce_us instead */
};

struct xsn_exchange;

struct xsn_exchange_options {
	uint32_t burst; /* packets a call brings at most, 1 to XSN_BURST_MAX */
	uint32_t mtu;   /* of the interface: largest IP packet that a reply may be, 68 to 65535 */
	/* Where in the pool's tail its share begins, a multiple of 64; exchanges on one pool must not overlap. The
	 * share is xsn_exchange__tail_size bytes, or what there is. */
	size_t tail_at;
	/* Under a stream of packets, how long the thread sleeps at a time instead of being woken for each: what interrupt
	 * moderation is in a card (see exchange-wait.c). 0 = never, at most XSN_COALESCE_US_MAX. */
	uint32_t coalesce_us;
};

/* Bytes of tail that an exchange wants for packets that do not fit into a slot, without VLAN tags or with two; 0 if
 * the MTU fits. Per packet of a burst a power of two that holds mtu + 32. */
size_t xsn_exchange__tail_size(uint32_t burst, uint32_t mtu, uint32_t slot_size);

/* Claims nothing yet. The exchange holds a reference to the socket. Its counters outlive every holder. Returns 0,
 * -EINVAL (an option out of range; a pool beyond the 4 GiB that columns can name), or -ENOMEM. */
int xsn_exchange__create(struct xsn_socket *socket, const struct xsn_exchange_options *options,
			 struct xsn_exchange **exchange);
struct xsn_exchange *xsn_exchange__ref(struct xsn_exchange *exchange);
void xsn_exchange__unref(struct xsn_exchange *exchange);

/* Claims the socket for this thread and books what the last holder had in hand as worker_lost. Returns 0 or -errno
 * as xsn_socket__claim. */
int xsn_exchange__attach(struct xsn_exchange *exchange);
/* Gives the socket up; a burst in hand is settled first when `settle`, else left for the successor to book. */
void xsn_exchange__detach(struct xsn_exchange *exchange, bool settle);

/*
 * Settles the burst in hand and receives the next: its size, 0 (none came within timeout_ms: 0 = do not wait, -1 = for
 * ever; or `also_fd` became readable; or nothing but bad packets came, several bursts of them), or -errno (-EBADF: the
 * socket was closed; -ENOTCONN: not attached).
 */
int xsn_exchange__turn(struct xsn_exchange *exchange, int also_fd, int timeout_ms);
/* The burst in hand, if any, has failed: no reply of it is sent. */
void xsn_exchange__fail(struct xsn_exchange *exchange);
/* Echoes everything natively until timeout_ms pass without a packet, also_fd is readable, or `bursts` bursts were
 * answered. Returns packets answered or -errno. */
long xsn_exchange__reflect(struct xsn_exchange *exchange, int also_fd, int timeout_ms, uint32_t bursts);

struct xsn_burst *xsn_exchange__burst(struct xsn_exchange *exchange);
const struct xsn_exchange_counters *xsn_exchange__counters(const struct xsn_exchange *exchange);
struct xsn_socket *xsn_exchange__socket(const struct xsn_exchange *exchange);

#endif
