#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../pool.h"
#include "test.h"

#define CYCLES 1000
#define HUGE_PAGE (2u << 20)

static const struct xsn_pool_options small = { .slots = 64, .slot_size = 2048, .numa_node = XSN_ANY_NODE };

static struct xsn_pool *create(struct xsn_pool_options options)
{
	struct xsn_pool *pool = NULL;

	MUST(xsn_pool__create(&options, &pool) == 0);
	return pool;
}

static struct xsn_pool_stats stats_of(struct xsn_pool *pool)
{
	struct xsn_pool_stats stats;

	xsn_pool__stats(pool, &stats);
	return stats;
}

static int create_error(struct xsn_pool_options options)
{
	struct xsn_pool *pool = NULL;
	int error = xsn_pool__create(&options, &pool);

	CHECK((error == 0) == (pool != NULL));
	xsn_pool__unref(pool);
	return error;
}

static void refuses_options_out_of_range(void)
{
	struct xsn_pool_options o;

	o = small, o.slots = 0;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.slots = (1u << 24) + 1;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.slot_size = 1024;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.slot_size = 3000;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.slot_size = 131072;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.tail_size = SIZE_MAX;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o = small, o.numa_node = -2;
	CHECK_EQUAL(create_error(o), -EINVAL);
	CHECK_EQUAL(xsn_pool__create(NULL, NULL), -EINVAL);
}

static void refuses_a_node_that_does_not_exist(void)
{
	struct xsn_pool_options o = small;

	o.numa_node = 1000;
	CHECK_EQUAL(create_error(o), -EINVAL);
	o.numa_node = 5000;
	CHECK_EQUAL(create_error(o), -EINVAL);
}

/* The process must be told, not killed: the memory of the node is looked at before a page is touched. */
static void refuses_more_memory_than_the_node_has(void)
{
	struct xsn_pool_options o = small;

	o.numa_node = 0;
	o.tail_size = (size_t)1 << 39;
	CHECK_EQUAL(create_error(o), -ENOMEM);
}

static void accepts_sizes_at_the_limits(void)
{
	struct xsn_pool_options o = small;

	o.slots = 1;
	CHECK_EQUAL(create_error(o), 0);
	o.slot_size = 65536;
	CHECK_EQUAL(create_error(o), 0);
	o.slots = 3;
	o.tail_size = 1;
	CHECK_EQUAL(create_error(o), 0);
}

static void lays_out_slots_and_tail(void)
{
	struct xsn_pool_options o = small;
	struct xsn_pool *pool;
	unsigned char *memory;

	o.tail_size = 5000;
	pool = create(o);
	memory = xsn_pool__memory(pool);
	CHECK_EQUAL(xsn_pool__tail_offset(pool), 64 * 2048);
	CHECK_EQUAL(xsn_pool__size(pool), 64 * 2048 + 5000);
	CHECK_EQUAL(xsn_pool__slot_size(pool), 2048);
	CHECK_EQUAL(xsn_pool__page_size(pool), sysconf(_SC_PAGESIZE));
	CHECK_EQUAL((uintptr_t)memory % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
	memset(memory, 0xa5, xsn_pool__size(pool));
	CHECK_EQUAL(memory[xsn_pool__size(pool) - 1], 0xa5);
	xsn_pool__unref(pool);
}

static void is_populated(void)
{
	struct xsn_pool *pool = create(small);
	unsigned char resident[64 * 2048 / 4096];
	size_t i;

	MUST(mincore(xsn_pool__memory(pool), 64 * 2048, resident) == 0);
	for (i = 0; i < 64 * 2048 / (size_t)sysconf(_SC_PAGESIZE); i++)
		CHECK(resident[i] & 1);
	xsn_pool__unref(pool);
}

static void every_page_is_on_the_node_asked_for(void)
{
	struct xsn_pool_options o = small;
	struct xsn_pool *pool;
	uint64_t pages[4] = { 9, 9, 9, 9 };
	long total;

	o.slots = 2000;
	o.numa_node = 0;
	pool = create(o);
	total = xsn_pool__pages_on_nodes(pool, pages, 4);
	CHECK_EQUAL(total, (2000 * 2048 + sysconf(_SC_PAGESIZE) - 1) / sysconf(_SC_PAGESIZE));
	CHECK_EQUAL(pages[0], total);
	CHECK_EQUAL(pages[1] + pages[2] + pages[3], 0);
	xsn_pool__unref(pool);
}

static void hands_out_every_slot_once(void)
{
	struct xsn_pool *pool = create(small);
	bool seen[64] = { false };
	uint32_t slots[100], i;

	CHECK_EQUAL(xsn_pool__alloc(pool, slots, 10), 10);
	CHECK_EQUAL(xsn_pool__alloc(pool, slots + 10, 90), 54);
	for (i = 0; i < 64; i++) {
		CHECK(slots[i] < 64 && !seen[slots[i]]);
		seen[slots[i] % 64] = true;
	}
	CHECK_EQUAL(xsn_pool__alloc(pool, slots, 1), 0);
	CHECK_EQUAL(xsn_pool__alloc(pool, slots, 0), 0);
	CHECK_EQUAL(stats_of(pool).slots, 64);
	CHECK_EQUAL(stats_of(pool).used, 64);
	CHECK_EQUAL(stats_of(pool).peak, 64);
	CHECK_EQUAL(stats_of(pool).allocations, 64);
	CHECK_EQUAL(stats_of(pool).failures, 37);
	xsn_pool__unref(pool);
}

static void last_in_is_first_out(void)
{
	struct xsn_pool *pool = create(small);
	uint32_t slots[3], again;

	xsn_pool__alloc(pool, slots, 3);
	CHECK_EQUAL(xsn_pool__free(pool, &slots[1], 1), 0);
	xsn_pool__alloc(pool, &again, 1);
	CHECK_EQUAL(again, slots[1]);
	CHECK_EQUAL(stats_of(pool).peak, 3);
	xsn_pool__unref(pool);
}

static void refuses_wrong_frees_as_a_whole(void)
{
	struct xsn_pool *pool = create(small);
	uint32_t slots[4], bad[4];

	xsn_pool__alloc(pool, slots, 4);
	memcpy(bad, slots, sizeof(bad));
	bad[3] = 64; /* foreign */
	CHECK_EQUAL(xsn_pool__free(pool, bad, 4), -EINVAL);
	bad[3] = UINT32_MAX;
	CHECK_EQUAL(xsn_pool__free(pool, bad, 4), -EINVAL);
	bad[3] = slots[0]; /* named twice */
	CHECK_EQUAL(xsn_pool__free(pool, bad, 4), -EINVAL);
	bad[3] = 40; /* never handed out */
	CHECK_EQUAL(xsn_pool__free(pool, bad, 4), -EINVAL);
	CHECK_EQUAL(stats_of(pool).used, 4);
	CHECK_EQUAL(xsn_pool__free(pool, slots, 4), 0);
	CHECK_EQUAL(xsn_pool__free(pool, slots, 1), -EINVAL); /* twice */
	CHECK_EQUAL(xsn_pool__free(pool, slots, 0), 0);
	CHECK_EQUAL(stats_of(pool).used, 0);
	xsn_pool__unref(pool);
}

static void hugepages_or_a_clear_no(void)
{
	struct xsn_pool_options o = small;
	struct xsn_pool *pool;
	int error;

	o.hugepages = XSN_HUGEPAGES_ON;
	error = create_error(o);
	CHECK(error == 0 || error == -ENOMEM);
	o.hugepages = XSN_HUGEPAGES_AUTO;
	o.numa_node = 0;
	pool = create(o);
	CHECK_EQUAL(xsn_pool__page_size(pool), error ? sysconf(_SC_PAGESIZE) : HUGE_PAGE);
	memset(xsn_pool__memory(pool), 1, xsn_pool__size(pool));
	xsn_pool__unref(pool);
}

static void the_last_reference_unmaps(void)
{
	struct xsn_pool *pool = create(small);
	unsigned char resident[32];
	void *memory = xsn_pool__memory(pool);

	CHECK(xsn_pool__ref(pool) == pool);
	xsn_pool__unref(pool);
	CHECK_EQUAL(mincore(memory, 64 * 2048, resident), 0);
	xsn_pool__unref(pool);
	CHECK_EQUAL(mincore(memory, 64 * 2048, resident), -1);
	xsn_pool__unref(NULL);
}

/* With copy-on-write, a page that the device writes to could become the child's. */
static void a_forked_child_does_not_see_the_memory(void)
{
	struct xsn_pool *pool = create(small);
	unsigned char resident[32];
	int status = 0;
	pid_t child = fork();

	MUST(child >= 0);
	if (!child)
		_exit(mincore(xsn_pool__memory(pool), 64 * 2048, resident) == -1 ? 0 : 1);
	MUST(waitpid(child, &status, 0) == child);
	CHECK_EQUAL(status, 0);
	xsn_pool__unref(pool);
}

struct churner {
	pthread_t thread;
	struct xsn_pool *pool;
	unsigned char mark;
	unsigned int errors;
};

static void *churn(void *argument)
{
	struct churner *self = argument;
	struct xsn_pool *pool = self->pool;
	unsigned char *memory = xsn_pool__memory(pool);
	uint32_t slots[7], n, i, round;

	for (round = 0; round < 20000; round++) {
		n = xsn_pool__alloc(pool, slots, 1 + round % 7);
		for (i = 0; i < n; i++)
			memory[slots[i] * 2048] = self->mark;
		for (i = 0; i < n; i++)
			self->errors += memory[slots[i] * 2048] != self->mark;
		self->errors += xsn_pool__free(pool, slots, n) != 0;
	}
	return NULL;
}

static void threads_never_share_a_slot(void)
{
	struct xsn_pool *pool = create(small);
	struct churner churners[4];
	int i;

	for (i = 0; i < 4; i++) {
		churners[i] = (struct churner){ .pool = pool, .mark = (unsigned char)i };
		MUST(pthread_create(&churners[i].thread, NULL, churn, &churners[i]) == 0);
	}
	for (i = 0; i < 4; i++) {
		MUST(pthread_join(churners[i].thread, NULL) == 0);
		CHECK_EQUAL(churners[i].errors, 0);
	}
	CHECK_EQUAL(stats_of(pool).used, 0);
	xsn_pool__unref(pool);
}

static long resident_pages(void)
{
	long size, resident = -1;
	FILE *file = fopen("/proc/self/statm", "re");

	MUST(file && fscanf(file, "%ld %ld", &size, &resident) == 2);
	fclose(file);
	return resident;
}

static void a_thousand_pools_leave_nothing(void)
{
	struct xsn_pool_options o = small;
	long before = 0, i;

	o.slots = 1024;
	for (i = 0; i < CYCLES; i++) {
		xsn_pool__unref(create(o));
		if (i == CYCLES / 10)
			before = resident_pages();
	}
	/* The tables of one alone are more than half a page. AddressSanitizer must not keep what was freed (run.sh). */
	CHECK(resident_pages() - before < CYCLES / 3);
}

int main(void)
{
	RUN(refuses_options_out_of_range);
	RUN(refuses_a_node_that_does_not_exist);
	RUN(refuses_more_memory_than_the_node_has);
	RUN(accepts_sizes_at_the_limits);
	RUN(lays_out_slots_and_tail);
	RUN(is_populated);
	RUN(every_page_is_on_the_node_asked_for);
	RUN(hands_out_every_slot_once);
	RUN(last_in_is_first_out);
	RUN(refuses_wrong_frees_as_a_whole);
	RUN(hugepages_or_a_clear_no);
	RUN(the_last_reference_unmaps);
	RUN(a_forked_child_does_not_see_the_memory);
	RUN(threads_never_share_a_slot);
	RUN(a_thousand_pools_leave_nothing);
	return test_report();
}
