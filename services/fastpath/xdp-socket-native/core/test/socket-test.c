/* The life of a socket: what create refuses, claims, closing from elsewhere, leaks. Frames: socket-traffic-test.c. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "socket-fixture.h"
#include "test.h"

#define CYCLES 1000

static int create_error(struct xsn_pool *pool, struct xsn_socket_options options)
{
	struct xsn_socket *socket = NULL;
	int error = xsn_socket__create(pool, &options, &socket);

	CHECK((error == 0) == (socket != NULL));
	xsn_socket__unref(socket);
	return error;
}

static void refuses_bad_options_with_their_errno(void)
{
	const struct xsn_socket_options good = link__options("a", 64);
	struct xsn_pool *pool = link__pool(64, 2048), *large = link__pool(4, 65536);
	struct xsn_socket_options o;

	o = good, o.interface = NULL;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.interface = "nowhere";
	CHECK_EQUAL(create_error(pool, o), -ENODEV);
	o = good, o.queue = 2;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.rx_size = 0;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.tx_size = 100;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.fill_size = 1u << 31;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.completion_size = 3;
	CHECK_EQUAL(create_error(pool, o), -EINVAL);
	o = good, o.copy_mode = XSN_ZERO_COPY; /* veth has none */
	CHECK_EQUAL(create_error(pool, o), -EOPNOTSUPP);
	CHECK_EQUAL(create_error(large, good), -EINVAL); /* slots larger than a page */
	CHECK_EQUAL(create_error(NULL, good), -EINVAL);
	CHECK_EQUAL(link__used(pool), 0);
	xsn_pool__unref(pool);
	xsn_pool__unref(large);
}

static void refuses_a_process_without_capabilities(void)
{
	int status = 0;
	pid_t child = fork();

	MUST(child >= 0);
	if (!child) {
		struct xsn_pool *pool = link__pool(64, 2048);

		MUST(setresuid(65534, 65534, 65534) == 0);
		_exit(create_error(pool, link__options("a", 64)) == -EPERM ? 0 : 1);
	}
	MUST(waitpid(child, &status, 0) == child);
	CHECK_EQUAL(status, 0);
}

static void refuses_a_queue_that_is_taken(void)
{
	struct link_end a = link__end("a", 128, 64);
	struct xsn_pool *other = link__pool(64, 2048);

	CHECK_EQUAL(create_error(a.pool, a.options), -EBUSY);
	CHECK_EQUAL(create_error(other, a.options), -EBUSY);
	link__close(&a);
	xsn_pool__unref(other);
}

static void reports_the_mode_in_force(void)
{
	struct link_end a = link__end("a", 128, 64);
	struct xsn_socket_info info;

	xsn_socket__info(a.socket, &info);
	CHECK(!info.zero_copy);
	CHECK(info.fd >= 0);
	CHECK(xsn_socket__pool(a.socket) == a.pool);
	xsn_socket__close(a.socket);
	xsn_socket__info(a.socket, &info);
	CHECK_EQUAL(info.fd, -1);
	link__close(&a);
}

static int socket_option(int fd, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) ? -errno : value;
}

static void busy_polling_is_on_when_asked_for(void)
{
	struct xsn_socket_options options = link__options("a", 64);
	struct xsn_socket_info info;
	struct link_end a;
	uint32_t us;

	for (us = 0; us <= 50; us += 50) {
		options.busy_poll_us = us;
		options.busy_poll_budget = 16;
		a = link__open(link__pool(128, 2048), &options);
		xsn_socket__info(a.socket, &info);
		CHECK_EQUAL(socket_option(info.fd, SO_BUSY_POLL), us);
		CHECK_EQUAL(socket_option(info.fd, SO_PREFER_BUSY_POLL), us > 0);
		link__close(&a);
	}
}

static void *try_calls(void *argument)
{
	struct xsn_socket *socket = argument;
	struct xsn_frame frame = { 0 };
	struct xsn_socket_stats stats;
	uint32_t ready;

	CHECK_EQUAL(xsn_socket__claim(socket), -EBUSY);
	CHECK_EQUAL(xsn_socket__receive(socket, &frame, 1), -EBUSY);
	CHECK_EQUAL(xsn_socket__transmit(socket, &frame, 1), -EBUSY);
	CHECK_EQUAL(xsn_socket__recycle(socket, &frame, 1), -EBUSY);
	CHECK_EQUAL(xsn_socket__complete(socket), -EBUSY);
	CHECK_EQUAL(xsn_socket__wait(socket, -1, 0, &ready), -EBUSY);
	CHECK_EQUAL(xsn_socket__stats(socket, &stats), 0);
	return NULL;
}

static void only_the_holder_of_the_claim_gets_in(void)
{
	struct link_end a = link__end("a", 128, 64);
	struct xsn_frame frame;
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, try_calls, a.socket) == 0);
	MUST(pthread_join(thread, NULL) == 0);
	CHECK_EQUAL(xsn_socket__claim(a.socket), -EBUSY);
	CHECK_EQUAL(xsn_socket__receive(a.socket, &frame, 1), 0);
	xsn_socket__release(a.socket);
	CHECK_EQUAL(xsn_socket__receive(a.socket, &frame, 1), -ENOTCONN);
	CHECK_EQUAL(xsn_socket__claim(a.socket), 0);
	link__close(&a);
}

static void after_close_every_call_says_so(void)
{
	struct link_end a = link__end("a", 128, 64);
	struct xsn_frame frame = { 0 };
	struct xsn_socket_stats stats;
	uint32_t ready;

	xsn_socket__close(a.socket);
	xsn_socket__close(a.socket);
	CHECK_EQUAL(xsn_socket__claim(a.socket), -EBADF);
	CHECK_EQUAL(xsn_socket__receive(a.socket, &frame, 1), -EBADF);
	CHECK_EQUAL(xsn_socket__transmit(a.socket, &frame, 1), -EBADF);
	CHECK_EQUAL(xsn_socket__recycle(a.socket, &frame, 1), -EBADF);
	CHECK_EQUAL(xsn_socket__complete(a.socket), -EBADF);
	CHECK_EQUAL(xsn_socket__wait(a.socket, -1, 0, &ready), -EBADF);
	CHECK_EQUAL(xsn_socket__stats(a.socket, &stats), -EBADF);
	CHECK_EQUAL(xsn_socket__recover(a.socket), 0);
	xsn_socket__release(a.socket);
	CHECK_EQUAL(xsn_socket__claim(a.socket), -EBADF);
	CHECK_EQUAL(link__used(a.pool), 0);
	link__close(&a);
}

static void a_wait_ends_when_another_descriptor_is_ready(void)
{
	struct link_end a = link__end("a", 128, 64);
	int event = eventfd(1, EFD_CLOEXEC);
	uint32_t ready = 0;

	MUST(event >= 0);
	CHECK_EQUAL(xsn_socket__wait(a.socket, event, -1, &ready), 1);
	CHECK_EQUAL(ready, 2);
	CHECK_EQUAL(xsn_socket__wait(a.socket, event, 0, &ready), 1);
	CHECK_EQUAL(ready, 2);
	CHECK_EQUAL(xsn_socket__wait(a.socket, -1, 0, &ready), 0);
	CHECK_EQUAL(xsn_socket__wait(a.socket, -1, 5, &ready), 0);
	close(event);
	link__close(&a);
}

struct waiter {
	pthread_t thread;
	struct xsn_socket *socket;
	pthread_barrier_t started;
	int result;
};

static void *wait_for_ever(void *argument)
{
	struct waiter *self = argument;
	uint32_t ready;

	MUST(xsn_socket__claim(self->socket) == 0);
	pthread_barrier_wait(&self->started);
	self->result = xsn_socket__wait(self->socket, -1, -1, &ready);
	return NULL;
}

static void closing_ends_a_wait_in_another_thread(void)
{
	struct link_end a = link__end("a", 128, 64);
	struct waiter waiter = { .socket = a.socket };

	xsn_socket__release(a.socket);
	pthread_barrier_init(&waiter.started, NULL, 2);
	MUST(pthread_create(&waiter.thread, NULL, wait_for_ever, &waiter) == 0);
	pthread_barrier_wait(&waiter.started);
	xsn_socket__close(a.socket);
	MUST(pthread_join(waiter.thread, NULL) == 0);
	CHECK_EQUAL(waiter.result, -EBADF);
	CHECK_EQUAL(link__used(a.pool), 0); /* the waiter took the socket down */
	pthread_barrier_destroy(&waiter.started);
	link__close(&a);
}

static void *call_until_closed(void *argument)
{
	struct waiter *self = argument;
	struct xsn_frame frames[8];

	MUST(xsn_socket__claim(self->socket) == 0);
	pthread_barrier_wait(&self->started);
	while ((self->result = xsn_socket__receive(self->socket, frames, 8)) >= 0)
		xsn_socket__complete(self->socket);
	return NULL;
}

static void *read_until_closed(void *argument)
{
	struct waiter *self = argument;
	struct xsn_socket_stats stats;

	pthread_barrier_wait(&self->started);
	while ((self->result = xsn_socket__stats(self->socket, &stats)) == 0)
		;
	return NULL;
}

/* Any moment will do for a close: inside a burst call, inside the statistics, between them. */
static void closing_under_load_is_safe(void)
{
	struct waiter worker, reader;
	struct link_end a;
	int i;

	for (i = 0; i < 100; i++) {
		a = link__end("a", 128, 64);
		xsn_socket__release(a.socket);
		worker = (struct waiter){ .socket = a.socket };
		reader = (struct waiter){ .socket = a.socket };
		pthread_barrier_init(&worker.started, NULL, 2);
		pthread_barrier_init(&reader.started, NULL, 2);
		MUST(pthread_create(&worker.thread, NULL, call_until_closed, &worker) == 0);
		MUST(pthread_create(&reader.thread, NULL, read_until_closed, &reader) == 0);
		pthread_barrier_wait(&worker.started);
		pthread_barrier_wait(&reader.started);
		xsn_socket__close(a.socket);
		MUST(pthread_join(worker.thread, NULL) == 0 && pthread_join(reader.thread, NULL) == 0);
		CHECK_EQUAL(worker.result, -EBADF);
		CHECK_EQUAL(reader.result, -EBADF);
		pthread_barrier_destroy(&worker.started);
		pthread_barrier_destroy(&reader.started);
		link__close(&a);
	}
}

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int n = 0;

	MUST(directory);
	while (readdir(directory))
		n++;
	closedir(directory);
	return n;
}

static long resident_pages(void)
{
	long size, resident = -1;
	FILE *file = fopen("/proc/self/statm", "re");

	MUST(file && fscanf(file, "%ld %ld", &size, &resident) == 2);
	fclose(file);
	return resident;
}

static void a_thousand_sockets_leave_nothing(void)
{
	struct xsn_pool *pool = link__pool(512, 2048);
	const struct xsn_socket_options options = link__options("a", 128);
	long pages = 0;
	int descriptors = open_descriptors(), i;

	for (i = 0; i < CYCLES; i++) {
		struct link_end a = link__open(xsn_pool__ref(pool), &options);

		link__close(&a);
		if (i == CYCLES / 10)
			pages = resident_pages();
	}
	CHECK_EQUAL(open_descriptors(), descriptors);
	/* The tables of one alone are more than half a page. AddressSanitizer must not keep what was freed (run.sh). */
	CHECK(resident_pages() - pages < CYCLES / 3);
	xsn_pool__unref(pool);
}

static void waiting_tells_that_the_interface_has_gone(void)
{
	struct link_end a = link__end("a", 128, 64);
	uint32_t ready;

	veth__sh("ip link del dev a");
	CHECK_EQUAL(xsn_socket__wait(a.socket, -1, 10, &ready), -ENETDOWN);
	link__close(&a);
}

int main(void)
{
	veth__create(1500, false);
	RUN(refuses_bad_options_with_their_errno);
	RUN(refuses_a_process_without_capabilities);
	RUN(refuses_a_queue_that_is_taken);
	RUN(reports_the_mode_in_force);
	RUN(busy_polling_is_on_when_asked_for);
	RUN(only_the_holder_of_the_claim_gets_in);
	RUN(after_close_every_call_says_so);
	RUN(a_wait_ends_when_another_descriptor_is_ready);
	RUN(closing_ends_a_wait_in_another_thread);
	RUN(closing_under_load_is_safe);
	RUN(a_thousand_sockets_leave_nothing);
	RUN(waiting_tells_that_the_interface_has_gone);
	veth__delete();
	return test_report();
}
