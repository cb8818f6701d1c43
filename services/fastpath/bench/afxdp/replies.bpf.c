/*
 * Counts the replies to the generator where they arrive, for a generator that receives them itself would be what is
 * measured. Sits on the generator's interface.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "replies.h"

const volatile struct replies_config config;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct replies_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

static __always_inline int is_reply(void *data, void *end)
{
	const struct ethhdr *eth = data;
	const struct udphdr *udp;
	const __u32 *magic;
	__u32 port;

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		const struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
			return 0;
		udp = (void *)(ip + 1);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_UDP)
			return 0;
		udp = (void *)(ip + 1);
	} else {
		return 0;
	}
	magic = (void *)(udp + 1);
	if ((void *)(magic + 1) > end)
		return 0;
	port = bpf_ntohs(udp->dest);
	return *magic == bpf_htonl(PAYLOAD_MAGIC) && udp->source == bpf_htons(config.port) &&
	       port - config.first_port < config.ports;
}

SEC("xdp")
int count_replies(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	const __u32 zero = 0;
	struct replies_counters *counter = bpf_map_lookup_elem(&counters, &zero);

	if (!counter)
		return XDP_ABORTED;
	if (!is_reply(data, end)) {
		counter->foreign++;
		return XDP_PASS;
	}
	counter->replies++;
	counter->bytes += end - data;
	if (config.deliver)
		return bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_DROP);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual MIT/GPL";
