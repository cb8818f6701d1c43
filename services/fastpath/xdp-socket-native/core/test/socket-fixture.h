/* What the socket tests share: a pool and a claimed socket at each end of the veth pair, and numbered frames. */
#ifndef XSN_SOCKET_FIXTURE_H
#define XSN_SOCKET_FIXTURE_H

#include "../socket.h"
#include "veth.h"

#define LINK_BURST 64u

struct link_end {
	struct xsn_pool *pool;
	struct xsn_socket *socket;
	struct xsn_socket_options options;
};

struct xsn_pool *link__pool(uint32_t slots, uint32_t slot_size);
/* Options for queue 0 of an end, all rings of `size`. */
struct xsn_socket_options link__options(const char *end, uint32_t size);
/* Opens and claims, waiting for a queue that is being given up. */
struct link_end link__open(struct xsn_pool *pool, const struct xsn_socket_options *options);
/* A pool of `slots` 2,048-byte slots with a socket of rings of `ring_size` at queue 0. */
struct link_end link__end(const char *end, uint32_t slots, uint32_t ring_size);
/* Closes; every slot must be back in the pool, which goes too. */
void link__close(struct link_end *end);

/* Sends `count` frames of `length` bytes, numbered from `first`, from slots of the pool; returns how many were taken. */
uint32_t link__send(struct link_end *from, uint32_t first, uint32_t count, uint32_t length);
/* Receives and recycles until nothing comes for 50 ms; every frame must be whole and numbered upwards. Returns packets. */
uint32_t link__drain(struct link_end *to);
/* Receives at least one frame, at most n, within 2 s. */
int link__receive(struct link_end *to, struct xsn_frame *frames, uint32_t n);
/* Completes until all that was sent has come back. */
void link__settle(struct link_end *from);

struct xsn_socket_stats link__stats(struct link_end *end);
uint32_t link__used(struct xsn_pool *pool);

#endif
