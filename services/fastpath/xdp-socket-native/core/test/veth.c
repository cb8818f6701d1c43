#define _GNU_SOURCE
#include "veth.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define QUEUES 2
#define BUSY_TRIES 500
#define BUSY_PAUSE_NS 10000000 /* 10 ms */

static int map_fds[2] = { -1, -1 }; /* XSKMAPs of a and b */
static int home = -1, peer = -1;    /* network namespaces */

void veth__sh(const char *command)
{
	int status = system(command);

	if (status) {
		fprintf(stderr, "%s: status %d\n", command, status);
		exit(1);
	}
}

static void enter(int namespace)
{
	MUST(setns(namespace, CLONE_NEWNET) == 0);
}

/* return bpf_redirect_map(&map, context->rx_queue_index, XDP_PASS); */
static int load_redirect(int map_fd)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map_fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_XDP_HAS_FRAGS);

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "to_xsk", "GPL", code, sizeof(code) / sizeof(code[0]), &options);
}

static void attach(int end, const char *name, bool generic)
{
	int program_fd;

	map_fds[end] = bpf_map_create(BPF_MAP_TYPE_XSKMAP, "xsks", sizeof(int), sizeof(int), QUEUES, NULL);
	MUST(map_fds[end] >= 0);
	program_fd = load_redirect(map_fds[end]);
	MUST(program_fd >= 0);
	MUST(bpf_xdp_attach((int)if_nametoindex(name), program_fd, generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE,
			    NULL) == 0);
	close(program_fd);
}

void veth__create(uint32_t mtu, bool generic)
{
	char command[512];

	veth__sh("ip netns add peer");
	snprintf(command, sizeof(command),
		 "ip link add name a mtu %u numrxqueues 2 numtxqueues 2 type veth peer name b mtu %u numrxqueues 2 "
		 "numtxqueues 2 netns peer", mtu, mtu);
	veth__sh(command);
	/* No packets but ours: no IPv6 addresses, no ARP, no multicast. */
	veth__sh("ip link set dev a addrgenmode none arp off multicast off && ip link set dev a up");
	veth__sh("ip -n peer link set dev b addrgenmode none arp off multicast off && ip -n peer link set dev b up");
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	peer = open("/run/netns/peer", O_RDONLY | O_CLOEXEC);
	MUST(home >= 0 && peer >= 0);
	attach(0, "a", generic);
	enter(peer);
	attach(1, "b", generic);
	enter(home);
}

void veth__delete(void)
{
	int i;

	for (i = 0; i < 2; i++)
		close(map_fds[i]);
	close(home);
	close(peer);
	(void)system("ip link del dev a 2>/dev/null"); /* a test may have deleted it */
	veth__sh("ip netns del peer");
}

static int create_patiently(struct xsn_pool *pool, const struct xsn_socket_options *options,
			    struct xsn_socket **socket)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_NS };
	int tries = BUSY_TRIES, error;

	/* The kernel gives a queue up some time after the last socket has gone, and tells nobody. */
	while ((error = xsn_socket__create(pool, options, socket)) == -EBUSY && --tries)
		nanosleep(&pause, NULL);
	return error;
}

int veth__open(struct xsn_pool *pool, const struct xsn_socket_options *options, struct xsn_socket **socket)
{
	int at_peer = options->interface[0] == 'b', error, fd;
	struct xsn_socket_info info;

	if (at_peer)
		enter(peer);
	error = create_patiently(pool, options, socket);
	if (at_peer)
		enter(home);
	if (error)
		return error;
	xsn_socket__info(*socket, &info);
	fd = info.fd;
	return bpf_map_update_elem(map_fds[at_peer], &options->queue, &fd, BPF_ANY);
}
