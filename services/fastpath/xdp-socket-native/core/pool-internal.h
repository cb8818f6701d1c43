/*
 * What the pool shows to the sockets that use it as UMEM.
 *
 * Every slot has an owner word. It says whether the slot is free, which socket it belongs to, and whether the caller
 * has it in hand. It is written by the one who holds the slot, without a lock: handing a slot on is a plain store (the
 * atomics below are relaxed, and cost what plain memory costs).
 */
#ifndef XSN_POOL_INTERNAL_H
#define XSN_POOL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "pool-memory.h"

#define XSN_OWNER_FREE 0u
#define XSN_OWNER_CALLER 1u    /* in the caller's hands; with no socket's number: from xsn_pool__alloc */
#define XSN_OWNER_CONTINUED 2u /* received: not the first descriptor of its packet */
#define XSN_OWNER_POOLED 4u    /* in a TX ring, and goes back to the pool when it is sent */
#define XSN_OWNER_SHIFT 3      /* above: the number of the socket, 1 to XSN_POOL_SOCKETS */
#define XSN_OWNER_SOCKET (0xffffu << XSN_OWNER_SHIFT & 0xffffu)
#define XSN_POOL_SOCKETS 1024u

struct xsn_umem_member {
	struct xsn_umem_member *next;
	int fd, ifindex;
	uint32_t queue;
	uint16_t bind_flags;
};

struct xsn_pool {
	struct xsn_memory memory;
	uint32_t slots, slot_size, slot_shift;
	size_t size;
	_Atomic uint16_t *owner; /* one word a slot */
	_Atomic uint32_t references;

	pthread_mutex_t lock; /* of everything down to the next lock */
	uint32_t *free;       /* stack */
	_Atomic uint32_t free_count; /* written under the lock, read without it as a hint */
	uint32_t peak;
	uint64_t allocations, failures;

	pthread_mutex_t umem_lock; /* of the sockets on this pool; held while one binds or closes */
	struct xsn_umem_member *members;
	uint64_t socket_ids[XSN_POOL_SOCKETS / 64];
};

static inline uint16_t xsn_owner__get(const struct xsn_pool *pool, uint32_t slot)
{
	return atomic_load_explicit(&pool->owner[slot], memory_order_relaxed);
}

static inline void xsn_owner__set(struct xsn_pool *pool, uint32_t slot, uint16_t owner)
{
	atomic_store_explicit(&pool->owner[slot], owner, memory_order_relaxed);
}

/*
 * Takes a slot out of the caller's hands. Fails for a foreign slot and for one that the caller does not have, hence
 * for one that is named twice. xsn_owner__undo puts it back.
 */
static inline bool xsn_owner__check_out(struct xsn_pool *pool, uint64_t slot)
{
	uint16_t owner;

	if (slot >= pool->slots)
		return false;
	owner = xsn_owner__get(pool, (uint32_t)slot);
	if (__builtin_expect(!(owner & XSN_OWNER_CALLER), 0))
		return false; /* and its word is left to the thread that has it */
	xsn_owner__set(pool, (uint32_t)slot, owner & (uint16_t)~XSN_OWNER_CALLER);
	return true;
}

static inline void xsn_owner__undo(struct xsn_pool *pool, uint32_t slot)
{
	xsn_owner__set(pool, slot, xsn_owner__get(pool, slot) | XSN_OWNER_CALLER);
}

/* As xsn_pool__alloc and xsn_pool__free, for a holder that need not be checked: sets `owner`, marks as free. */
uint32_t xsn_pool__take(struct xsn_pool *pool, uint32_t *slots, uint32_t n, uint16_t owner);
void xsn_pool__give(struct xsn_pool *pool, const uint32_t *slots, uint32_t n);
/* Gives back every slot whose owner word, under `mask`, is `owner`. Returns how many. */
uint32_t xsn_pool__reclaim(struct xsn_pool *pool, uint16_t owner, uint16_t mask);

#endif
