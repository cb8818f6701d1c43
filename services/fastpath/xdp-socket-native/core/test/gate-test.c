/* The gate: whoever passes it, nobody is inside when it says "take down", and it says so once. */
#include <sched.h>

#include "../gate.h"
#include "test.h"

#define ROUNDS 2000

struct trial {
	struct xsn_gate gate;
	pthread_barrier_t start;
	_Atomic int inside, down, down_while_inside;
	_Atomic unsigned int passages;
};

static void take_down(struct trial *trial)
{
	atomic_fetch_add(&trial->down, 1);
	if (atomic_load(&trial->inside))
		atomic_fetch_add(&trial->down_while_inside, 1);
}

static void visit(struct trial *trial)
{
	atomic_fetch_add(&trial->inside, 1);
	if (atomic_load(&trial->down))
		atomic_fetch_add(&trial->down_while_inside, 1);
	atomic_fetch_sub(&trial->inside, 1);
	atomic_fetch_add(&trial->passages, 1);
}

static void *work(void *argument)
{
	struct trial *trial = argument;
	bool entered = true;

	MUST(xsn_gate__claim(&trial->gate) == 0);
	pthread_barrier_wait(&trial->start);
	while (entered && xsn_gate__holds(&trial->gate)) {
		entered = xsn_gate__enter(&trial->gate);
		if (entered)
			visit(trial);
		if (xsn_gate__leave(&trial->gate))
			take_down(trial);
	}
	return NULL;
}

static void *read_statistics(void *argument)
{
	struct trial *trial = argument;
	int error = 0;

	pthread_barrier_wait(&trial->start);
	while (!error) {
		error = xsn_gate__begin_read(&trial->gate);
		if (!error)
			visit(trial);
		if (xsn_gate__end_read(&trial->gate))
			take_down(trial);
	}
	return NULL;
}

static void close_in_the_middle(bool fenced, int round)
{
	struct trial trial = { .passages = 0 };
	pthread_t worker, reader;

	xsn_gate__init(&trial.gate);
	trial.gate.fenced |= fenced;
	pthread_barrier_init(&trial.start, NULL, 3);
	MUST(pthread_create(&worker, NULL, work, &trial) == 0);
	MUST(pthread_create(&reader, NULL, read_statistics, &trial) == 0);
	pthread_barrier_wait(&trial.start);
	while (atomic_load(&trial.passages) < (unsigned int)(round % 8))
		sched_yield();
	if (xsn_gate__close(&trial.gate))
		take_down(&trial);
	MUST(pthread_join(worker, NULL) == 0 && pthread_join(reader, NULL) == 0);
	CHECK_EQUAL(trial.down, 1);
	CHECK_EQUAL(trial.down_while_inside, 0);
	pthread_barrier_destroy(&trial.start);
}

static void takes_down_once_and_when_empty(void)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		close_in_the_middle(false, i);
}

static void does_so_with_fences_too(void)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		close_in_the_middle(true, i);
}

static void says_why_it_is_shut(void)
{
	struct xsn_gate gate;

	xsn_gate__init(&gate);
	CHECK(!xsn_gate__holds(&gate));
	CHECK_EQUAL(xsn_gate__refusal(&gate), -ENOTCONN);
	CHECK_EQUAL(xsn_gate__claim(&gate), 0);
	CHECK(xsn_gate__holds(&gate));
	CHECK_EQUAL(xsn_gate__claim(&gate), -EBUSY);
	CHECK_EQUAL(xsn_gate__refusal(&gate), -EBUSY);
	xsn_gate__release(&gate);
	CHECK_EQUAL(xsn_gate__claim(&gate), 0);
	CHECK(xsn_gate__close(&gate));
	CHECK(!xsn_gate__close(&gate));
	CHECK_EQUAL(xsn_gate__refusal(&gate), -EBADF);
	xsn_gate__release(&gate);
	CHECK_EQUAL(xsn_gate__claim(&gate), -EBADF);
	CHECK(xsn_gate__is_closed(&gate));
}

/* A claim is not given on while the one who had it is still inside a call. */
static void no_new_claim_while_the_old_holder_is_inside(void)
{
	struct xsn_gate gate;

	xsn_gate__init(&gate);
	CHECK_EQUAL(xsn_gate__claim(&gate), 0);
	CHECK(xsn_gate__enter(&gate));
	xsn_gate__release(&gate);
	CHECK_EQUAL(xsn_gate__claim(&gate), -EBUSY);
	CHECK(!xsn_gate__leave(&gate));
	CHECK_EQUAL(xsn_gate__claim(&gate), 0);
}

int main(void)
{
	RUN(says_why_it_is_shut);
	RUN(no_new_claim_while_the_old_holder_is_inside);
	RUN(takes_down_once_and_when_empty);
	RUN(does_so_with_fences_too);
	return test_report();
}
