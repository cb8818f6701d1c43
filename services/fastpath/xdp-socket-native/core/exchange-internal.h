/* The inside of an exchange. All but `references` and the counters belongs to the holder. */
#ifndef XSN_EXCHANGE_INTERNAL_H
#define XSN_EXCHANGE_INTERNAL_H

#include <errno.h>
#include <linux/if_xdp.h>
#include <time.h>

#include "exchange.h"

#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0) /* 6.6 */
#endif

/* Descriptors asked for at least where packets may have several: more than one packet can have (64 KiB in slots of
 * 2048 bytes, each with 256 bytes of headroom). */
#define XSN_WINDOW_FRAGS 64
#define XSN_WINDOW_MAX XSN_BURST_MAX
/* Descriptors of one packet sent: the linear part of an skb and MAX_SKB_FRAGS. */
#define XSN_REPLY_DESCRIPTORS 18

/* A packet in hand. The caller can write to the columns, so what memory safety rests on is kept here as well. */
struct xsn_held {
	struct xsn_datagram datagram;
	uint32_t capacity;
	uint32_t at; /* of the frame, from the start of the pool's memory */
	uint16_t first, pieces; /* its descriptors in `frames` */
	bool gathered; /* its frame lies in the tail */
	bool refused;  /* gets no reply: see reply_loop */
};

struct xsn_exchange {
	struct xsn_burst burst;
	struct xsn_exchange_counters counters;

	struct xsn_socket *socket;
	uint8_t *memory;
	uint32_t slot_size, mtu, limit, window;
	uint32_t tail_at, tail_stride, tail_rooms;
	uint32_t references;

	bool attached;
	bool unsettled; /* attached and not yet detached in good order */
	bool failed;    /* the caller gave up the burst in hand */
	bool untouched; /* no payload of the burst in hand was written to */
	uint64_t rx_base, tx_base; /* what the socket had counted more than this exchange at attach */
	uint64_t shown_at;         /* when the burst in hand was given to the caller, ns; 0 = it is not timed */
	uint32_t coalesce_ns, quick_waits; /* see exchange-wait.c */
	uint64_t rx_before_nap;
	uint64_t timed, timed_for; /* the last burst that was timed, and how many it stands for */

	uint32_t in_hand;
	uint32_t taken, opened; /* descriptors in `frames`; those of them that were looked at */
	uint32_t gathered;      /* rooms of the tail in use */
	struct xsn_held held[XSN_BURST_MAX];
	struct xsn_frame frames[XSN_WINDOW_MAX];
	struct xsn_frame back[XSN_WINDOW_MAX]; /* to be recycled */
	struct xsn_frame sent[XSN_WINDOW_MAX]; /* to be transmitted */
	uint16_t answered[XSN_BURST_MAX];      /* packet of each reply in `sent` */
	uint16_t spread[XSN_BURST_MAX];        /* and its descriptors there */
};

/* Only the holder writes; others read at any time. */
static inline void xsn_count_up(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static inline uint64_t xsn_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* exchange-wait.c: for the thread that has just attached. */
void xsn_exchange__start_coalescing(struct xsn_exchange *exchange);
/* Waits: 1 (look into the ring), 0 (time over, or also_fd is readable), or -errno. */
int xsn_exchange__wait(struct xsn_exchange *exchange, int also_fd, int timeout_ms);

/* exchange-receive.c: takes what is there and opens it: packets in hand, or -errno. *taken: descriptors. */
int xsn_exchange__fetch(struct xsn_exchange *exchange, uint32_t *taken);

/* exchange-settle.c: sends the replies of the burst in hand and gives all its frames back. */
int xsn_exchange__settle(struct xsn_exchange *exchange);

/* exchange-frags.c: packets of several descriptors. */
/* Gives the exchange rooms in `size` bytes of tail from `at`. */
void xsn_frags__use_tail(struct xsn_exchange *exchange, size_t at, size_t size);
/* Descriptors of the packet that begins at frames[first]; *length: its bytes. */
uint32_t xsn_frags__count(const struct xsn_exchange *exchange, uint32_t first, uint32_t *length);
/* Puts it together in the tail: sets at and gathered. false: there is no room. */
bool xsn_frags__gather(struct xsn_exchange *exchange, struct xsn_held *held, uint32_t length);
/* Payload bytes that its reply may have, whose headers take header_length bytes: what its slots hold, and its room. */
uint32_t xsn_frags__capacity(const struct xsn_exchange *exchange, const struct xsn_held *held,
			     uint32_t header_length);
/* Spreads `length` bytes at `from` over its slots: writes descriptors to `sent` and returns how many. */
uint32_t xsn_frags__spread(struct xsn_exchange *exchange, const struct xsn_held *held, uint32_t from, uint32_t length,
			   struct xsn_frame *sent);

#endif
