/*
 * Two veth ends for the tests: "a" here, "b" in the network namespace "peer", each with two queues and an XDP program
 * that redirects every frame to the socket of its queue. Runs inside scripts/in-network-namespace.sh.
 */
#ifndef XSN_TEST_VETH_H
#define XSN_TEST_VETH_H

#include "../socket.h"


/* Makes the pair anew; `mtu` of both. `generic` = XDP in generic mode on both ends. */
void veth__create(uint32_t mtu, bool generic);
void veth__delete(void);

/* Runs create in the namespace of the end that options->interface names ("a" or "b"), as often as the queue is still
 * being given up (-EBUSY); puts the socket into the XSKMAP. */
int veth__open(struct xsn_pool *pool, const struct xsn_socket_options *options, struct xsn_socket **socket);
/* Runs a command with ip(8) in it; ends the test program when it fails. */
void veth__sh(const char *command);

#endif
