/*
 * An exchange on end "a" of a veth pair and a plain socket on end "b", which sends datagrams and looks at what comes
 * back. Every packet sent is remembered, so that nothing can be lost unseen.
 */
#ifndef XSN_TEST_EXCHANGE_RIG_H
#define XSN_TEST_EXCHANGE_RIG_H

#include "../exchange.h"
#include "frames.h"

struct rig_options {
	uint32_t mtu, burst, tx_size;
	bool generic; /* XDP mode */
	bool no_tail; /* as if nobody had asked xsn_exchange__tail_size */
};

struct rig {
	struct xsn_pool *pool, *peer_pool;
	struct xsn_socket *socket, *peer;
	struct xsn_exchange *exchange;
	const struct xsn_exchange_counters *counters;
	struct xsn_burst *burst;
	uint64_t sent, replies; /* packets */
};

void rig__open(struct rig *rig, const struct rig_options *options);
void rig__close(struct rig *rig);

/* A datagram that differs with `seed`, whose payload begins with it. */
struct frame_shape rig__shape(uint32_t seed, uint32_t payload);
void rig__send(struct rig *rig, const struct frame_shape *shape);
void rig__send_bytes(struct rig *rig, const uint8_t *bytes, uint32_t length);
/* turn() until it brings packets; fails the test after some seconds without any. */
int rig__turn(struct rig *rig);
/* Has every packet in hand answered with its own payload. */
void rig__echo(struct rig *rig, int packets);
/* turn() without packets: settles what is in hand. */
void rig__settle(struct rig *rig);
/* Takes replies at the peer until there are `n` in all; checks each. Raises *longest, if not NULL, to the bytes of the
 * longest frame. */
void rig__take_replies(struct rig *rig, uint64_t n, uint32_t *longest);

uint64_t rig__accounted(const struct xsn_exchange_counters *counters);
/* Every packet sent has arrived, and each is in exactly one counter, but for those in hand. */
void rig__check_books(const struct rig *rig, uint64_t in_hand);

#endif
