/*
 * XdpProgram beside others, behind libxdp's dispatcher. Usage: program-dispatcher-test FOLDER, where
 * program-under-test.bpf.o is; run it within scripts/in-network-namespace.sh. A kernel that refuses programs which
 * replace functions (BPF_PROG_TYPE_EXT) has no dispatcher, and the test is skipped there; with
 * XSN_REQUIRE_DISPATCHER=1 it fails instead.
 */
#include "program-fixture.h"

#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define FILTER "xsn_test_filter"
#define NEIGHBOUR "xsn_test_neighbour"

/* libxdp is asked on the side, because its older versions leave descriptors open. */
static uint32_t on_interface(const char *name)
{
	int status;
	pid_t child = fork();

	MUST(child >= 0);
	if (!child)
		_exit((int)fixture__on_interface(name));
	MUST(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return (uint32_t)WEXITSTATUS(status);
}

static struct xsn_program *attached(const char *name, enum xsn_attach_mode mode)
{
	struct xsn_program *program = fixture__load(name);
	struct xsn_attachment attachment;

	MUST(xsn_program__attach(program, INTERFACE, mode, &attachment) == 0);
	CHECK(attachment.dispatcher && attachment.frags);
	return program;
}

/* Ours drops packets to PORT; the neighbour sees the rest, before, while and after ours comes, is replaced, and goes. */
static void neighbour_sees_what_we_pass(void)
{
	struct xsn_program *neighbour = attached(NEIGHBOUR, XSN_ATTACH_NATIVE), *filter;
	volatile uint64_t *seen = fixture__counters(neighbour), *counters;
	pid_t dropped = fixture__send(PORT), passed = fixture__send(PORT + 1), owner;
	struct xsn_attachment attachment;

	CHECK(fixture__grows(seen, 20));
	filter = attached(FILTER, XSN_ATTACH_AUTO);
	counters = fixture__counters(filter);
	fixture__stack();
	CHECK(fixture__grows(&counters[0], 50) && fixture__grows(&counters[1], 50) && fixture__grows(seen, 50));
	CHECK_EQUAL(fixture__stack(), 0);
	CHECK(on_interface(FILTER) == 1 && on_interface(NEIGHBOUR) == 1);
	CHECK_EQUAL(xsn_program__detach(filter), 0);
	CHECK(fixture__stack_gets_one());
	CHECK(on_interface(FILTER) == 0 && on_interface(NEIGHBOUR) == 1);
	CHECK(fixture__grows(seen, 20));

	owner = fixture__owner(FILTER, XSN_ATTACH_AUTO);
	fixture__kill(owner);
	fixture__stack();
	CHECK_EQUAL(xsn_program__attach(filter, INTERFACE, XSN_ATTACH_AUTO, &attachment), 0);
	CHECK_EQUAL(attachment.replaced, 1);
	CHECK(fixture__grows(&counters[0], 50) && fixture__grows(seen, 50));
	CHECK_EQUAL(fixture__stack(), 0);
	CHECK(on_interface(FILTER) == 1 && on_interface(NEIGHBOUR) == 1);
	xsn_program__close(&filter);
	CHECK(fixture__grows(seen, 20));
	xsn_program__close(&neighbour);
	CHECK(on_interface(NEIGHBOUR) == 0);
	fixture__kill(dropped);
	fixture__kill(passed);
}

static void neighbour_comes_later(void)
{
	struct xsn_program *filter = attached(FILTER, XSN_ATTACH_NATIVE), *neighbour;
	volatile uint64_t *counters = fixture__counters(filter), *seen;
	pid_t dropped = fixture__send(PORT), passed = fixture__send(PORT + 1);

	fixture__stack();
	CHECK(fixture__grows(&counters[0], 20));
	neighbour = attached(NEIGHBOUR, XSN_ATTACH_AUTO);
	seen = fixture__counters(neighbour);
	CHECK(fixture__grows(seen, 20) && fixture__grows(&counters[0], 20));
	CHECK_EQUAL(fixture__stack(), 0);
	xsn_program__close(&filter);
	CHECK(fixture__stack_gets_one());
	CHECK(fixture__grows(seen, 20));
	xsn_program__close(&neighbour);
	fixture__kill(dropped);
	fixture__kill(passed);
}

static void mode_of_the_neighbour_counts(void)
{
	struct xsn_program *neighbour = attached(NEIGHBOUR, XSN_ATTACH_GENERIC), *filter = fixture__load(FILTER);
	struct xsn_attachment attachment;

	CHECK_EQUAL(xsn_program__attach(filter, INTERFACE, XSN_ATTACH_NATIVE, &attachment), -EBUSY);
	CHECK(strstr(fixture_log, "generic mode"));
	CHECK_EQUAL(on_interface(NEIGHBOUR), 1);
	CHECK_EQUAL(xsn_program__attach(filter, INTERFACE, XSN_ATTACH_AUTO, &attachment), 0);
	CHECK(!attachment.native && attachment.dispatcher);
	CHECK(on_interface(FILTER) == 1 && on_interface(NEIGHBOUR) == 1);
	xsn_program__close(&filter);
	xsn_program__close(&neighbour);
}

/* A killed container's bpffs goes with it, and its dispatcher stays on the interface without programs. */
static void empty_dispatcher_is_no_obstacle(void)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	pid_t owner = fixture__owner(FILTER, XSN_ATTACH_AUTO);
	struct xsn_program *filter = fixture__load(FILTER);
	struct xsn_attachment attachment;
	int error, tries = 1000;
	bool native;

	fixture__kill(owner);
	MUST(umount2("/sys/fs/bpf", MNT_DETACH) == 0 && mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) == 0);
	CHECK(fixture__attached(&native) != 0);
	/* The kernel takes the programs off some time after the file system has gone. */
	while ((error = xsn_program__attach(filter, INTERFACE, XSN_ATTACH_AUTO, &attachment)) == -EBUSY && --tries)
		nanosleep(&pause, NULL);
	CHECK_EQUAL(error, 0);
	CHECK(attachment.dispatcher);
	xsn_program__close(&filter);
	CHECK_EQUAL(fixture__attached(&native), 0);
}

int main(int argc, char **argv)
{
	const char *required = getenv("XSN_REQUIRE_DISPATCHER");
	struct xsn_attachment attachment;
	struct xsn_program *program;

	MUST(argc == 2);
	if (geteuid()) {
		printf("skipped: attaching XDP programs needs root\n0 passed, 0 failed\n");
		return getenv("CI") ? 1 : 0;
	}
	fixture__create(argv[1]);
	program = fixture__load(FILTER);
	MUST(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment) == 0);
	if (!attachment.dispatcher)
		printf("skipped: libxdp's dispatcher is not possible here: %s\n0 passed, 0 failed\n", fixture_log);
	xsn_program__close(&program);
	if (!attachment.dispatcher) {
		fixture__delete();
		return required && !strcmp(required, "1");
	}
	RUN(neighbour_sees_what_we_pass);
	RUN(neighbour_comes_later);
	RUN(mode_of_the_neighbour_counts);
	RUN(empty_dispatcher_is_no_obstacle);
	fixture__delete();
	return test_report();
}
