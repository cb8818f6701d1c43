/*
 * What the probe asks from the kernel. Usage: probe-test FOLDER, where program-under-test.bpf.o is; run it within
 * scripts/in-network-namespace.sh.
 */
#include "../probe.h"

#include <dirent.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "program-fixture.h"
#include "test.h"

static bool kernel_is_at_least(int major, int minor)
{
	struct utsname name;
	int has_major = 0, has_minor = 0;

	MUST(uname(&name) == 0 && sscanf(name.release, "%d.%d", &has_major, &has_minor) == 2);
	return has_major > major || (has_major == major && has_minor >= minor);
}

static void features_of_a_veth(void)
{
	struct xsn_xdp_features features;

	CHECK_EQUAL(xsn_probe__features("nonexistent", &features), -ENODEV);
	if (!kernel_is_at_least(6, 3)) {
		CHECK_EQUAL(xsn_probe__features(INTERFACE, &features), -EOPNOTSUPP);
		return;
	}
	MUST(xsn_probe__features(INTERFACE, &features) == 0);
	CHECK((features.bits & XSN_XDP_BASIC) && (features.bits & XSN_XDP_REDIRECT));
	CHECK((features.bits & XSN_XDP_RX_FRAGS) && !(features.bits & XSN_XDP_ZERO_COPY));
	MUST(xsn_probe__features("lo", &features) == 0);
	CHECK(!(features.bits & XSN_XDP_BASIC));
}

static void device_of_a_veth(void)
{
	struct xsn_device device;

	CHECK_EQUAL(xsn_probe__device(INTERFACE, &device), 0);
	CHECK(!strcmp(device.driver, "veth"));
	CHECK(device.rx + device.combined >= 1);
	CHECK_EQUAL(xsn_probe__device("nonexistent", &device), -ENODEV);
	CHECK_EQUAL(xsn_probe__device("a name that is too long for one", &device), -ENODEV);
}

static void programs_by_name(void)
{
	struct xsn_program *program = fixture__load("xsn_test_filter");
	struct xsn_attachment attachment;
	struct xsn_programs programs;

	MUST(xsn_probe__programs(INTERFACE, &programs) == 0);
	CHECK_EQUAL(programs.count, 0);
	CHECK_EQUAL(xsn_probe__programs("nonexistent", &programs), -ENODEV);
	MUST(xsn_program__attach(program, INTERFACE, XSN_ATTACH_GENERIC, &attachment) == 0);
	MUST(xsn_probe__programs(INTERFACE, &programs) == 0);
	CHECK_EQUAL(programs.count, 1);
	CHECK(!programs.native);
	CHECK_EQUAL(programs.dispatcher, attachment.dispatcher);
	CHECK(!strcmp(programs.programs[0].name, "xsn_test_filter") && programs.programs[0].id);
	xsn_program__close(&program);
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

static void asking_leaves_nothing_open(void)
{
	struct xsn_program *program = fixture__load("xsn_test_filter");
	struct xsn_xdp_features features;
	struct xsn_attachment attachment;
	struct xsn_programs programs;
	struct xsn_device device;
	int i, before = descriptors();

	MUST(xsn_program__attach(program, INTERFACE, XSN_ATTACH_AUTO, &attachment) == 0);
	for (i = 0; i < 10; i++) {
		CHECK_EQUAL(xsn_probe__programs(INTERFACE, &programs), 0);
		CHECK_EQUAL(xsn_probe__device(INTERFACE, &device), 0);
		(void)xsn_probe__features(INTERFACE, &features); /* older kernels answer no */
	}
	xsn_program__detach(program);
	CHECK_EQUAL(descriptors(), before);
	xsn_program__close(&program);
}

int main(int argc, char **argv)
{
	MUST(argc == 2);
	if (geteuid()) {
		printf("skipped: attaching XDP programs needs root\n0 passed, 0 failed\n");
		return getenv("CI") ? 1 : 0;
	}
	fixture__create(argv[1]);
	RUN(features_of_a_veth);
	RUN(device_of_a_veth);
	RUN(programs_by_name);
	RUN(asking_leaves_nothing_open);
	fixture__delete();
	return test_report();
}
