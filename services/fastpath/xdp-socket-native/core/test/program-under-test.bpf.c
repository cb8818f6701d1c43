// SPDX-License-Identifier: MIT
/* What program-test.c and program-attach-test.c load. Packets are Ethernet, IPv4 without options, UDP. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct odd { /* 12 bytes: an array keeps them at multiples of 16 */
	__u32 words[3];
};

const volatile __u16 port = 0;
const volatile __u64 marker = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2); /* packets to the port (dropped), others (passed) */
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct odd);
} odds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unshared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
		__uint(max_entries, 1);
		__uint(key_size, sizeof(__u32));
		__uint(value_size, sizeof(struct odd)); /* clang does not describe types that only an inner map names */
	});
} generations SEC(".maps");

SEC("xdp.frags")
int xsn_test_filter(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	struct udphdr *udp = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	__u32 index = (void *)(udp + 1) > end || udp->dest != bpf_htons(port);
	__u64 *counter = bpf_map_lookup_elem(&counters, &index);

	if (counter)
		__sync_fetch_and_add(counter, 1);
	return index ? XDP_PASS : XDP_DROP;
}

/* Returns the byte that element 5 of generation 0 holds, or XDP_TX when there is none. */
SEC("xdp")
int xsn_test_generation(struct xdp_md *context)
{
	__u32 first = 0, fifth = 5;
	void *inner = bpf_map_lookup_elem(&generations, &first);
	struct odd *element = inner ? bpf_map_lookup_elem(inner, &fifth) : NULL;

	(void)context;
	return element ? element->words[2] : XDP_TX;
}

/* Writes a record of as many bytes as the packet's first byte says (up to 64), discarded if the second is set. */
SEC("xdp")
int xsn_test_record(struct xdp_md *context)
{
	__u8 *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	__u8 *record, copy[64];

	if (data + sizeof(copy) > end)
		return XDP_ABORTED;
	__builtin_memcpy(copy, data, sizeof(copy));
	if (data[1]) {
		record = bpf_ringbuf_reserve(&records, 24, 0);
		if (!record)
			return XDP_DROP;
		bpf_ringbuf_discard(record, 0);
		return XDP_PASS;
	}
	return bpf_ringbuf_output(&records, copy, copy[0] & 63, 0) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int xsn_test_refused(struct xdp_md *context)
{
	return *(volatile int *)(long)context->data; /* no check against data_end: the verifier says no */
}

/* Somebody else's program: counts what it sees and passes it. */
SEC("xdp.frags")
int xsn_test_neighbour(struct xdp_md *context)
{
	__u32 first = 0;
	__u64 *counter = bpf_map_lookup_elem(&counters, &first);

	(void)context;
	if (counter)
		__sync_fetch_and_add(counter, 1);
	return marker == 7 ? XDP_ABORTED : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
