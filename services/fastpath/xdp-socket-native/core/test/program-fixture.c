#include "program-fixture.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xdp/libxdp.h>

/* Only MUST: what CHECK counts belongs to one file. */
#include "test.h"

#define PATIENCE_MS 20000

char fixture_log[1 << 16];

static char object[512];
static int stack = -1;

static const struct timespec pause_between = { .tv_nsec = 200000 }; /* 200 us */

static struct sockaddr_in address(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

	to.sin_addr.s_addr = inet_addr("10.77.0.1");
	return to;
}

void fixture__create(const char *objects)
{
	struct sockaddr_in own = address(PORT);

	snprintf(object, sizeof(object), "%s/program-under-test.bpf.o", objects);
	MUST(system("ip netns add peer && ip link add name " INTERFACE " type veth peer name xb netns peer && "
		    "ip addr add 10.77.0.1/24 dev " INTERFACE " && ip link set " INTERFACE " up && "
		    "ip -n peer addr add 10.77.0.2/24 dev xb && ip -n peer link set xb up") == 0);
	stack = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(stack >= 0 && bind(stack, (struct sockaddr *)&own, sizeof(own)) == 0);
}

void fixture__delete(void)
{
	close(stack);
	MUST(system("ip link del " INTERFACE " && ip netns del peer") == 0);
}

struct xsn_program *fixture__load(const char *name)
{
	const uint16_t port = PORT;
	const struct xsn_constant constant = { "port", &port, sizeof(port) };
	const struct xsn_program_options options = { .file = object, .program = name, .constants = &constant,
						     .constant_count = 1, .log = fixture_log,
						     .log_size = sizeof(fixture_log) };
	struct xsn_program *program;

	MUST(xsn_program__open(&options, &program) == 0);
	MUST(xsn_program__load(program) == 0);
	return program;
}

volatile uint64_t *fixture__counters(struct xsn_program *program)
{
	void *memory;
	size_t size;

	MUST(xsn_program__map_memory(program, "counters", &memory, &size) == 0);
	return memory;
}

uint32_t fixture__attached(bool *native)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	MUST(bpf_xdp_query((int)if_nametoindex(INTERFACE), 0, &query) == 0);
	*native = query.attach_mode == XDP_ATTACHED_DRV;
	return query.prog_id;
}

static bool has_name(uint32_t id, const char *name)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int error, fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return false;
	error = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	return !error && !strncmp(info.name, name, sizeof(info.name) - 1);
}

uint32_t fixture__programs(const char *name)
{
	uint32_t id = 0, count = 0;

	while (!bpf_prog_get_next_id(id, &id))
		count += has_name(id, name);
	return count;
}

uint32_t fixture__maps(const char *name)
{
	uint32_t id = 0, count = 0;

	while (!bpf_map_get_next_id(id, &id)) {
		struct bpf_map_info info = { 0 };
		uint32_t size = sizeof(info);
		int fd = bpf_map_get_fd_by_id(id);

		if (fd < 0)
			continue; /* gone since */
		count += !bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(info.name, name);
		close(fd);
	}
	return count;
}

uint32_t fixture__on_interface(const char *name)
{
	struct xdp_multiprog *there = xdp_multiprog__get_from_ifindex((int)if_nametoindex(INTERFACE));
	struct xdp_program *each = NULL;
	uint32_t count = 0;

	if (libxdp_get_error(there))
		return 0;
	if (xdp_multiprog__is_legacy(there))
		count = !strcmp(xdp_program__name(xdp_multiprog__main_prog(there)), name);
	while ((each = xdp_multiprog__next_prog(each, there)))
		count += !strcmp(xdp_program__name(each), name);
	xdp_multiprog__close(there);
	return count;
}

static void send_forever(uint16_t port)
{
	struct sockaddr_in to = address(port);
	int namespace = open("/run/netns/peer", O_RDONLY | O_CLOEXEC), fd;

	MUST(namespace >= 0 && setns(namespace, CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	MUST(fd >= 0);
	for (;;) {
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
		nanosleep(&pause_between, NULL);
	}
}

pid_t fixture__send(uint16_t port)
{
	pid_t child = fork();

	MUST(child >= 0);
	if (!child)
		send_forever(port);
	return child;
}

void fixture__kill(pid_t child)
{
	int status;

	MUST(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child);
	MUST(WIFSIGNALED(status)); /* it had not ended before */
}

pid_t fixture__owner(const char *name, enum xsn_attach_mode mode)
{
	int ends[2];
	char ready = 0;
	pid_t child;

	MUST(pipe(ends) == 0);
	child = fork();
	MUST(child >= 0);
	if (!child) {
		struct xsn_attachment attachment;

		MUST(xsn_program__attach(fixture__load(name), INTERFACE, mode, &attachment) == 0);
		MUST(write(ends[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	MUST(read(ends[0], &ready, 1) == 1);
	close(ends[0]);
	return child;
}

bool fixture__grows(volatile uint64_t *counter, uint64_t n)
{
	const uint64_t goal = *counter + n;
	int tries = PATIENCE_MS * 5; /* of 200 us */

	while (*counter < goal && --tries)
		nanosleep(&pause_between, NULL);
	return *counter >= goal;
}

uint32_t fixture__stack(void)
{
	uint32_t count = 0;
	char byte;

	while (recv(stack, &byte, 1, MSG_DONTWAIT) == 1)
		count++;
	return count;
}

bool fixture__stack_gets_one(void)
{
	struct pollfd waiting = { .fd = stack, .events = POLLIN };

	return poll(&waiting, 1, PATIENCE_MS) == 1 && fixture__stack() > 0;
}
