/*
 * libxdp runs on a thread with a descriptor table of its own (unshare(2)), which ends with the thread: libxdp up to
 * 1.3.1 forgets to close a descriptor for each program that it looks at. What it attaches is held by the interface and
 * by pins, not by descriptors.
 */
#include "program-internal.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

struct task {
	struct xsn_log *log;
	int (*run)(void *argument);
	void *argument;
	int result;
};

/* libxdp keeps state in static variables. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *run_task(void *argument)
{
	struct task *task = argument;
	/* Where that is forbidden (seccomp), the table is the process's, and an old libxdp leaves descriptors open. */
	bool own_table = !unshare(CLONE_FILES);

	xsn_log__begin(task->log);
	task->result = task->run(task->argument);
	xsn_log__end();
	/* pthread_join returns before the kernel drops the table, and with it our copies of everybody's descriptors. */
	if (own_table)
		(void)syscall(SYS_close_range, 0u, ~0u, 0u);
	return NULL;
}

int xsn_libxdp__run(struct xsn_log *log, int (*run)(void *argument), void *argument)
{
	struct task task = { log, run, argument, 0 };
	sigset_t all, before;
	pthread_t thread;
	int error;

	pthread_mutex_lock(&lock);
	/* Signals are for the threads of the process that expect them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, run_task, &task);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!error)
		pthread_join(thread, NULL);
	pthread_mutex_unlock(&lock);
	return error ? -error : task.result;
}
