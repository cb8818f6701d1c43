#include "pool-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX (1u << 24)
#define SLOT_SIZE_MIN 2048u
#define SLOT_SIZE_MAX 65536u
#define TAIL_MAX ((size_t)1 << 40)

static bool valid(const struct xsn_pool_options *o)
{
	return o->slots >= 1 && o->slots <= SLOTS_MAX && o->slot_size >= SLOT_SIZE_MIN &&
	       o->slot_size <= SLOT_SIZE_MAX && !(o->slot_size & (o->slot_size - 1)) && o->tail_size <= TAIL_MAX &&
	       o->numa_node >= XSN_ANY_NODE && o->hugepages <= XSN_HUGEPAGES_ON;
}

static int allocate_tables(struct xsn_pool *pool)
{
	uint32_t i;

	pool->owner = calloc(pool->slots, sizeof(*pool->owner));
	pool->free = malloc(pool->slots * sizeof(*pool->free));
	if (!pool->owner || !pool->free)
		return -ENOMEM;
	for (i = 0; i < pool->slots; i++)
		pool->free[i] = pool->slots - 1 - i; /* slot 0 is handed out first */
	atomic_init(&pool->free_count, pool->slots);
	return 0;
}

static void free_tables(struct xsn_pool *pool)
{
	free(pool->owner);
	free(pool->free);
	free(pool);
}

int xsn_pool__create(const struct xsn_pool_options *options, struct xsn_pool **result)
{
	struct xsn_pool *pool;
	int error;

	if (!options || !result || !valid(options))
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	pool->slots = options->slots;
	pool->slot_size = options->slot_size;
	pool->slot_shift = (uint32_t)__builtin_ctz(options->slot_size);
	pool->size = (size_t)options->slots * options->slot_size + options->tail_size;
	error = allocate_tables(pool);
	if (!error)
		error = xsn_memory__map(&pool->memory, pool->size, options->numa_node, options->hugepages);
	if (error) {
		free_tables(pool);
		return error;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_mutex_init(&pool->umem_lock, NULL);
	atomic_init(&pool->references, 1);
	*result = pool;
	return 0;
}

struct xsn_pool *xsn_pool__ref(struct xsn_pool *pool)
{
	atomic_fetch_add_explicit(&pool->references, 1, memory_order_relaxed);
	return pool;
}

void xsn_pool__unref(struct xsn_pool *pool)
{
	if (!pool || atomic_fetch_sub_explicit(&pool->references, 1, memory_order_acq_rel) != 1)
		return;
	xsn_memory__unmap(&pool->memory);
	pthread_mutex_destroy(&pool->lock);
	pthread_mutex_destroy(&pool->umem_lock);
	free_tables(pool);
}

static uint32_t free_count(struct xsn_pool *pool)
{
	return atomic_load_explicit(&pool->free_count, memory_order_relaxed);
}

static void set_free_count(struct xsn_pool *pool, uint32_t count)
{
	atomic_store_explicit(&pool->free_count, count, memory_order_relaxed);
}

uint32_t xsn_pool__take(struct xsn_pool *pool, uint32_t *slots, uint32_t n, uint16_t owner)
{
	uint32_t count, taken, i;

	pthread_mutex_lock(&pool->lock);
	count = free_count(pool);
	taken = n < count ? n : count;
	for (i = 0; i < taken; i++) {
		uint32_t slot = pool->free[--count];

		xsn_owner__set(pool, slot, owner);
		/* Written and not read again: the array may be in memory that another thread writes to. */
		__atomic_store_n(&slots[i], slot, __ATOMIC_RELAXED);
	}
	set_free_count(pool, count);
	if (pool->slots - count > pool->peak)
		pool->peak = pool->slots - count;
	pool->allocations += taken;
	pool->failures += n - taken;
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

uint32_t xsn_pool__alloc(struct xsn_pool *pool, uint32_t *slots, uint32_t n)
{
	return xsn_pool__take(pool, slots, n, XSN_OWNER_CALLER);
}

/* Two threads that give the same slot away in the same moment (owner words are no locks) must not overrun the stack. */
static void put_locked(struct xsn_pool *pool, const uint32_t *slots, uint32_t n)
{
	uint32_t count = free_count(pool), i;

	for (i = 0; i < n && count < pool->slots; i++) {
		xsn_owner__set(pool, slots[i], XSN_OWNER_FREE);
		pool->free[count++] = slots[i];
	}
	set_free_count(pool, count);
}

/* Takes n slots out of the caller's hands and lays them above the stack; returns for how many that went well. Each is
 * read once, for the same reason as in xsn_pool__take. */
static uint32_t lay_above(struct xsn_pool *pool, const uint32_t *slots, uint32_t n)
{
	uint32_t *above = pool->free + free_count(pool), room = pool->slots - free_count(pool), i;

	for (i = 0; i < n && i < room; i++) {
		above[i] = __atomic_load_n(&slots[i], __ATOMIC_RELAXED);
		if (!xsn_owner__check_out(pool, above[i]))
			break;
	}
	return i;
}

int xsn_pool__free(struct xsn_pool *pool, const uint32_t *slots, uint32_t n)
{
	const uint32_t *above;
	uint32_t i;
	bool good;

	pthread_mutex_lock(&pool->lock);
	above = pool->free + free_count(pool);
	i = lay_above(pool, slots, n);
	good = i == n;
	if (good)
		put_locked(pool, above, n);
	else
		while (i--)
			xsn_owner__undo(pool, above[i]);
	pthread_mutex_unlock(&pool->lock);
	return good ? 0 : -EINVAL;
}

void xsn_pool__give(struct xsn_pool *pool, const uint32_t *slots, uint32_t n)
{
	pthread_mutex_lock(&pool->lock);
	put_locked(pool, slots, n);
	pthread_mutex_unlock(&pool->lock);
}

uint32_t xsn_pool__reclaim(struct xsn_pool *pool, uint16_t owner, uint16_t mask)
{
	uint32_t slot, found = 0;

	pthread_mutex_lock(&pool->lock);
	for (slot = 0; slot < pool->slots; slot++) {
		if ((xsn_owner__get(pool, slot) & mask) != owner)
			continue;
		put_locked(pool, &slot, 1);
		found++;
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

void *xsn_pool__memory(const struct xsn_pool *pool)
{
	return pool->memory.base;
}

size_t xsn_pool__size(const struct xsn_pool *pool)
{
	return pool->size;
}

size_t xsn_pool__tail_offset(const struct xsn_pool *pool)
{
	return (size_t)pool->slots * pool->slot_size;
}

uint32_t xsn_pool__slot_size(const struct xsn_pool *pool)
{
	return pool->slot_size;
}

uint32_t xsn_pool__page_size(const struct xsn_pool *pool)
{
	return pool->memory.page_size;
}

void xsn_pool__stats(struct xsn_pool *pool, struct xsn_pool_stats *stats)
{
	pthread_mutex_lock(&pool->lock);
	stats->slots = pool->slots;
	stats->used = pool->slots - free_count(pool);
	stats->peak = pool->peak;
	stats->allocations = pool->allocations;
	stats->failures = pool->failures;
	pthread_mutex_unlock(&pool->lock);
}

long xsn_pool__pages_on_nodes(const struct xsn_pool *pool, uint64_t *pages, uint32_t nodes)
{
	memset(pages, 0, nodes * sizeof(*pages));
	return xsn_memory__pages_on_nodes(&pool->memory, pages, nodes);
}
