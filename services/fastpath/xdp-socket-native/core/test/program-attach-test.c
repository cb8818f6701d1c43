/*
 * XdpProgram on an interface. Usage: program-attach-test FOLDER, where program-under-test.bpf.o is; run it within
 * scripts/in-network-namespace.sh. What needs libxdp's dispatcher is in program-dispatcher-test.c.
 */
#include "program-fixture.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define FILTER "xsn_test_filter"
#define NEIGHBOUR "xsn_test_neighbour"
#define CYCLES 200

static bool dispatcher_here;

/* Runs `test` in a process of its own; true if it failed nothing. */
static bool apart(void (*test)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	MUST(child >= 0);
	if (!child) {
		checks_failed = 0;
		test();
		exit(checks_failed > 0);
	}
	MUST(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool is_native_now(void)
{
	bool native;

	CHECK(fixture__attached(&native) != 0);
	return native;
}

static bool is_bare(void)
{
	bool native;

	return fixture__attached(&native) == 0;
}

static int descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	MUST(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Looks with libxdp, whose older versions leave descriptors open. */
static const char *looked_for;
static void is_once_on_interface(void)
{
	CHECK_EQUAL(fixture__on_interface(looked_for), 1);
}

static bool is_there_once(const char *name)
{
	looked_for = name;
	return apart(is_once_on_interface);
}

static void attach_in(enum xsn_attach_mode mode, bool native)
{
	struct xsn_program *program = fixture__load(FILTER);
	volatile uint64_t *counters = fixture__counters(program);
	struct xsn_attachment attachment, second;

	MUST(xsn_program__attach(program, INTERFACE, mode, &attachment) == 0);
	CHECK_EQUAL(attachment.native, native);
	CHECK_EQUAL(is_native_now(), native);
	CHECK_EQUAL(attachment.dispatcher, dispatcher_here);
	CHECK_EQUAL(attachment.frags, true);
	CHECK_EQUAL(attachment.replaced, 0);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, mode, &second), -EALREADY);
	CHECK(is_there_once(FILTER));
	CHECK(fixture__grows(counters, 20)); /* from the first packet on, the maps are those that we hold */
	fixture__stack();
	CHECK(fixture__grows(counters, 20));
	CHECK_EQUAL(fixture__stack(), 0);
	CHECK_EQUAL(xsn_program__detach(program), 0);
	CHECK_EQUAL(xsn_program__detach(program), 0);
	CHECK(is_bare());
	CHECK(fixture__stack_gets_one());
	/* The same program again, and close instead of detach. */
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, mode, &attachment), 0);
	CHECK(fixture__grows(counters, 20));
	xsn_program__close(&program);
	CHECK(is_bare());
}

static void attaches_in_each_mode(void)
{
	pid_t sender = fixture__send(PORT);

	attach_in(XSN_ATTACH_NATIVE, true);
	attach_in(XSN_ATTACH_GENERIC, false);
	attach_in(XSN_ATTACH_AUTO, true);
	fixture__kill(sender);
}

static void auto_is_generic_without_driver_support(void)
{
	struct xsn_program *program = fixture__load(FILTER);
	struct xsn_attachment attachment;

	/* The loopback interface has no native XDP. */
	CHECK(xsn_program__attach(program, "lo", XSN_ATTACH_NATIVE, &attachment) < 0);
	CHECK(fixture_log[0]);
	CHECK_EQUAL(xsn_program__attach(program, "lo", XSN_ATTACH_AUTO, &attachment), 0);
	CHECK(!attachment.native);
	xsn_program__close(&program);
}

static void interface_may_vanish(void)
{
	struct xsn_program *program = fixture__load(FILTER);
	struct xsn_attachment attachment;

	MUST(system("ip link add name xc type veth peer name xd") == 0);
	MUST(xsn_program__attach(program, "xc", XSN_ATTACH_NATIVE, &attachment) == 0);
	MUST(system("ip link del xc") == 0);
	CHECK_EQUAL(xsn_program__detach(program), 0);
	CHECK(system("! ls -d /sys/fs/bpf/xdp/dispatch-* 2>/dev/null") == 0); /* no pins are left */
	CHECK_EQUAL(xsn_program__attach(program, "xc", XSN_ATTACH_AUTO, &attachment), -ENODEV);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment), 0);
	xsn_program__close(&program);
}

static void living_owner_is_left_alone(void)
{
	struct xsn_program *program = fixture__load(FILTER);
	pid_t owner = fixture__owner(FILTER, XSN_ATTACH_AUTO), sender = fixture__send(PORT);
	struct xsn_attachment attachment;
	bool native;
	uint32_t before = fixture__attached(&native);

	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment), -EADDRINUSE);
	CHECK(strstr(fixture_log, "living process"));
	CHECK_EQUAL(fixture__attached(&native), before);
	fixture__kill(sender);
	fixture__kill(owner);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment), 0);
	CHECK_EQUAL(attachment.replaced, 1);
	xsn_program__close(&program);
	CHECK(is_bare());
}

/* While packets flow: the owner dies, another takes over, and not one packet passes to the stack. */
static void replace_after_kill(enum xsn_attach_mode left, enum xsn_attach_mode mode)
{
	struct xsn_program *program = fixture__load(FILTER);
	volatile uint64_t *counters = fixture__counters(program);
	struct xsn_attachment attachment;
	pid_t owner = fixture__owner(FILTER, left), sender;

	fixture__stack();
	sender = fixture__send(PORT);
	fixture__kill(owner);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, mode, &attachment), 0);
	CHECK_EQUAL(attachment.replaced, 1);
	CHECK(is_there_once(FILTER));
	CHECK(fixture__grows(counters, 50));
	if (left == mode || mode == XSN_ATTACH_AUTO)
		CHECK_EQUAL(fixture__stack(), 0);
	xsn_program__close(&program);
	CHECK(is_bare());
	CHECK(fixture__stack_gets_one()); /* so the stack would have got them */
	fixture__kill(sender);
}

static void killed_owner_is_replaced_without_gap(void)
{
	replace_after_kill(XSN_ATTACH_NATIVE, XSN_ATTACH_NATIVE);
	replace_after_kill(XSN_ATTACH_GENERIC, XSN_ATTACH_GENERIC);
	replace_after_kill(XSN_ATTACH_GENERIC, XSN_ATTACH_AUTO);
}

static void killed_owner_in_the_other_mode_is_replaced(void)
{
	replace_after_kill(XSN_ATTACH_NATIVE, XSN_ATTACH_GENERIC);
	replace_after_kill(XSN_ATTACH_GENERIC, XSN_ATTACH_NATIVE);
}

static void alone_without_bpffs(void)
{
	MUST(umount2("/sys/fs/bpf", MNT_DETACH) == 0);
	dispatcher_here = false;
	attaches_in_each_mode();
	killed_owner_is_replaced_without_gap();
	MUST(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) == 0);
}

static void works_without_bpffs(void)
{
	CHECK(apart(alone_without_bpffs));
}

static void drop_sys_admin(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1u << CAP_SYS_ADMIN);
	MUST(syscall(SYS_capset, &header, data) == 0);
}

static void attached_by_a_link(void)
{
	struct xsn_program *program;
	struct xsn_attachment attachment;
	pid_t owner, sender = fixture__send(PORT);
	volatile uint64_t *counters;

	drop_sys_admin();
	owner = fixture__owner(FILTER, XSN_ATTACH_NATIVE);
	CHECK(is_native_now());
	fixture__kill(owner);
	CHECK(is_bare()); /* the kernel took it off */
	program = fixture__load(FILTER);
	counters = fixture__counters(program);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment), 0);
	CHECK(attachment.native && !attachment.dispatcher);
	CHECK(fixture__grows(counters, 20));
	CHECK_EQUAL(xsn_program__detach(program), 0);
	CHECK(is_bare());
	xsn_program__close(&program);
	fixture__kill(sender);
}

static void works_without_sys_admin(void)
{
	CHECK(apart(attached_by_a_link));
}

static void somebody_elses_program_alone(void)
{
	struct xsn_program *other = fixture__load(NEIGHBOUR), *program = fixture__load(FILTER);
	struct xsn_attachment attachment;

	MUST(umount2("/sys/fs/bpf", MNT_DETACH) == 0); /* so that the other one is alone */
	MUST(xsn_program__attach(other, INTERFACE, XSN_ATTACH_NATIVE, &attachment) == 0);
	MUST(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) == 0);
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment), -EBUSY);
	CHECK(strstr(fixture_log, NEIGHBOUR));
	CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_GENERIC, &attachment), -EBUSY);
	CHECK(is_there_once(NEIGHBOUR));
	/* Somebody takes it off, and ours comes: detaching what is gone leaves ours alone. */
	MUST(bpf_xdp_attach((int)if_nametoindex(INTERFACE), -1, 0, NULL) == 0);
	MUST(xsn_program__attach(program, INTERFACE, XSN_ATTACH_NATIVE, &attachment) == 0);
	CHECK_EQUAL(xsn_program__detach(other), 0);
	CHECK(is_there_once(FILTER));
	xsn_program__close(&other);
	xsn_program__close(&program);
	CHECK(is_bare());
}

static void somebody_elses_program_alone_is_left_alone(void)
{
	CHECK(apart(somebody_elses_program_alone));
}

static bool falls_back_to(uint32_t programs, uint32_t maps)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int tries = 1000; /* the kernel frees them some time after the last reference */

	while ((fixture__programs(FILTER) > programs || fixture__maps("generations") > maps) && --tries)
		nanosleep(&pause, NULL);
	return tries > 0;
}

static void nothing_leaks(void)
{
	struct xsn_program *program;
	struct xsn_attachment attachment;
	uint32_t i, programs = fixture__programs(FILTER), maps = fixture__maps("generations");
	int open = descriptors();

	for (i = 0; i < CYCLES; i++) {
		program = fixture__load(FILTER);
		CHECK_EQUAL(xsn_program__attach(program, INTERFACE, XSN_ATTACH_NATIVE, &attachment), 0);
		CHECK_EQUAL(attachment.replaced, 0);
		if (i & 1)
			CHECK_EQUAL(xsn_program__detach(program), 0);
		xsn_program__close(&program);
	}
	CHECK_EQUAL(descriptors(), open);
	CHECK(falls_back_to(programs, maps));
	CHECK(is_bare());
}

int main(int argc, char **argv)
{
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
	dispatcher_here = attachment.dispatcher;
	xsn_program__close(&program);

	RUN(attaches_in_each_mode);
	RUN(auto_is_generic_without_driver_support);
	RUN(interface_may_vanish);
	RUN(living_owner_is_left_alone);
	RUN(killed_owner_is_replaced_without_gap);
	RUN(killed_owner_in_the_other_mode_is_replaced);
	RUN(works_without_bpffs);
	RUN(works_without_sys_admin);
	RUN(somebody_elses_program_alone_is_left_alone);
	RUN(nothing_leaks);
	fixture__delete();
	return test_report();
}
