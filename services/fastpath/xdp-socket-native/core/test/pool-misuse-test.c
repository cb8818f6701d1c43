/* What callers may do wrong with a pool: its tables stay whole, and each slot is in one place. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "../pool.h"
#include "test.h"

#define SLOTS 4096 /* many, so that some microseconds lie between the check of the first and its use */
#define WRONG (2 * SLOTS)
#define ROUNDS 300

static struct xsn_pool *create(void)
{
	const struct xsn_pool_options options = { .slots = SLOTS, .slot_size = 2048, .numa_node = XSN_ANY_NODE };
	struct xsn_pool *pool = NULL;

	MUST(xsn_pool__create(&options, &pool) == 0);
	return pool;
}

static uint32_t used(struct xsn_pool *pool)
{
	struct xsn_pool_stats stats;

	xsn_pool__stats(pool, &stats);
	return stats.used;
}

/* Frees whatever is in the caller's hands, one by one; returns how many that were. */
static uint32_t free_each(struct xsn_pool *pool)
{
	uint32_t slot, freed = 0;

	for (slot = 0; slot < SLOTS; slot++)
		freed += xsn_pool__free(pool, &slot, 1) == 0;
	return freed;
}

/* Nothing is freed, and nothing is written behind the tables. */
static void more_slots_than_there_are(void)
{
	struct xsn_pool *pool = create();
	static uint32_t slots[3 * SLOTS];
	uint32_t i;

	CHECK_EQUAL(xsn_pool__alloc(pool, slots, SLOTS), SLOTS);
	for (i = SLOTS; i < 3 * SLOTS; i++)
		slots[i] = slots[i % SLOTS];
	CHECK_EQUAL(xsn_pool__free(pool, slots, 3 * SLOTS), -EINVAL);
	CHECK_EQUAL(used(pool), SLOTS);
	CHECK_EQUAL(xsn_pool__free(pool, slots + 1, SLOTS), 0); /* the last of these is the first of those */
	CHECK_EQUAL(used(pool), 0);
	xsn_pool__unref(pool);
}

struct scribbler {
	pthread_t thread;
	_Atomic uint32_t slots[SLOTS];
	_Atomic bool stop;
};

/* Waits until the array is filled, and a little longer each time, then spoils it. */
static void *scribble(void *argument)
{
	struct scribbler *self = argument;
	uint32_t i, turn;

	for (turn = 0; !atomic_load(&self->stop); turn++) {
		while (atomic_load(&self->slots[SLOTS - 1]) == WRONG && !atomic_load(&self->stop))
			sched_yield();
		for (i = 0; i < turn % 512; i++)
			atomic_signal_fence(memory_order_seq_cst);
		for (i = SLOTS; i-- > 0;)
			atomic_store_explicit(&self->slots[i], WRONG, memory_order_relaxed);
	}
	return NULL;
}

/* The array of a JavaScript caller may be shared memory: another thread changes it between a check and a use. */
static void an_array_that_changes_meanwhile(void)
{
	struct xsn_pool *pool = create();
	static struct scribbler scribbler;
	uint32_t *slots = (uint32_t *)scribbler.slots, round, taken;

	atomic_store(&scribbler.slots[SLOTS - 1], WRONG);
	MUST(pthread_create(&scribbler.thread, NULL, scribble, &scribbler) == 0);
	for (round = 0; round < ROUNDS; round++) {
		taken = xsn_pool__alloc(pool, slots, SLOTS);
		CHECK_EQUAL(taken, SLOTS);
		CHECK_EQUAL(xsn_pool__free(pool, slots, SLOTS) == 0 ? SLOTS : free_each(pool), taken);
	}
	atomic_store(&scribbler.stop, true);
	MUST(pthread_join(scribbler.thread, NULL) == 0);
	CHECK_EQUAL(used(pool), 0);
	xsn_pool__unref(pool);
}

int main(void)
{
	RUN(more_slots_than_there_are);
	RUN(an_array_that_changes_meanwhile);
	return test_report();
}
