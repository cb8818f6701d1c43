// SPDX-License-Identifier: MIT
/*
 * UDP to one port goes to the AF_XDP socket of its RX queue, everything else to the stack. IPv4 with options, IPv6
 * without extension headers, up to two VLAN tags. Fragments go to the stack: they are no whole datagrams.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN_TAGS 2
#define IP_FRAGMENT 0x3fff /* more fragments, or an offset */

struct vlan_tag {
	__be16 control;
	__be16 protocol;
};

const volatile __u16 port = 0; /* host order */

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

/* The transport header of an unfragmented UDP packet, or NULL. */
static __always_inline void *udp_of_ipv4(void *data, void *end)
{
	struct iphdr *ip = data;

	if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5 || ip->protocol != IPPROTO_UDP ||
	    (ip->frag_off & bpf_htons(IP_FRAGMENT)))
		return NULL;
	return data + ip->ihl * 4;
}

static __always_inline void *udp_of_ipv6(void *data, void *end)
{
	struct ipv6hdr *ip = data;

	if ((void *)(ip + 1) > end || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return NULL;
	return ip + 1;
}

static __always_inline void *find_udp(void *data, void *end)
{
	struct ethhdr *ethernet = data;
	__be16 protocol;
	int i;

	if ((void *)(ethernet + 1) > end)
		return NULL;
	protocol = ethernet->h_proto;
	data = ethernet + 1;
#pragma unroll
	for (i = 0; i < VLAN_TAGS; i++) {
		struct vlan_tag *tag = data;

		if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > end)
			return NULL;
		protocol = tag->protocol;
		data = tag + 1;
	}
	if (protocol == bpf_htons(ETH_P_IP))
		return udp_of_ipv4(data, end);
	return protocol == bpf_htons(ETH_P_IPV6) ? udp_of_ipv6(data, end) : NULL;
}

SEC("xdp.frags")
int udp_to_xsk(struct xdp_md *context)
{
	void *end = (void *)(long)context->data_end;
	struct udphdr *udp = find_udp((void *)(long)context->data, end);

	if (!udp || (void *)(udp + 1) > end || udp->dest != bpf_htons(port))
		return XDP_PASS;
	/* Without a socket for this queue the stack has it. */
	return bpf_redirect_map(&xsks, context->rx_queue_index, XDP_PASS);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
