/*
 * BufferPool: fixed-size slots in one mapping that is bound to a NUMA node (mbind(2), MPOL_BIND), populated, and
 * verified by asking the kernel where the pages are (get_mempolicy(2)). It serves as the UMEM of AF_XDP sockets and as
 * a general slot pool. Behind the slots lies an optional tail that is no part of the UMEM: room in which frames of
 * several descriptors are put together.
 *
 * A pool is counted by reference: the memory goes with the last one, so that no holder (a socket in another thread,
 * an ArrayBuffer) ever sees it vanish. alloc and free take an internal lock, once per burst.
 *
 * A slot is in use from alloc to free, and also while a socket has it: in a ring, or in the small stash that spares a
 * socket the lock. A socket on the pool takes its slots by itself; frames received are in the caller's hands as if
 * they came from alloc.
 */
#ifndef XSN_POOL_H
#define XSN_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XSN_ANY_NODE (-1)

struct xsn_pool;

enum xsn_hugepages { XSN_HUGEPAGES_OFF, XSN_HUGEPAGES_AUTO, XSN_HUGEPAGES_ON };

struct xsn_pool_options {
	uint32_t slots;     /* 1 to 2^24 */
	uint32_t slot_size; /* bytes: a power of two, 2048 to 65536; as a UMEM 2048 or 4096 */
	size_t tail_size;   /* bytes behind the slots, 0 = none */
	int numa_node;      /* XSN_ANY_NODE, or the node on which every page must be */
	enum xsn_hugepages hugepages; /* AUTO falls back to 4 KiB pages, ON fails without 2 MiB ones */
};

struct xsn_pool_stats {
	uint32_t slots, used, peak;
	uint64_t allocations; /* slots handed out */
	uint64_t failures;    /* slots that were asked for and not there */
};

/*
 * Returns 0, or -errno: -EINVAL (an option out of range, a node that does not exist), -ENOMEM (also: the node has not
 * enough memory, no hugepages with ON), -EPERM, -EXDEV (pages ended up on another node than the one asked for).
 * *pool holds one reference.
 */
int xsn_pool__create(const struct xsn_pool_options *options, struct xsn_pool **pool);
struct xsn_pool *xsn_pool__ref(struct xsn_pool *pool);
void xsn_pool__unref(struct xsn_pool *pool);

/* Takes up to n free slots, last in first out; returns how many. A shortfall counts as failures. */
uint32_t xsn_pool__alloc(struct xsn_pool *pool, uint32_t *slots, uint32_t n);
/* Gives n slots back, of whatever origin. -EINVAL, and none is given back, if one of them is foreign, free, with a
 * socket, or named twice. */
int xsn_pool__free(struct xsn_pool *pool, const uint32_t *slots, uint32_t n);

void *xsn_pool__memory(const struct xsn_pool *pool);
/* Whole mapping in use: slots and tail. */
size_t xsn_pool__size(const struct xsn_pool *pool);
size_t xsn_pool__tail_offset(const struct xsn_pool *pool);
uint32_t xsn_pool__slot_size(const struct xsn_pool *pool);
/* Bytes of a page as the kernel has it: 4096 or 2 MiB. */
uint32_t xsn_pool__page_size(const struct xsn_pool *pool);
void xsn_pool__stats(struct xsn_pool *pool, struct xsn_pool_stats *stats);
/* Asks the kernel: pages[n] = pages on node n, for n < nodes. Returns the number of pages, or -errno. */
long xsn_pool__pages_on_nodes(const struct xsn_pool *pool, uint64_t *pages, uint32_t nodes);

#endif
