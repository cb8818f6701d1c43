/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The frame from its Ethernet header to its ports: up to two VLAN tags, then what packet-parser.ts does, in the same
 * order and with the same results. What differs: an EtherType that contradicts the IP version is malformed here, and
 * headers that lie beyond the linear part of a frame of several buffers are out of reach: truncated.
 */
#ifndef GUARD_PARSE_H
#define GUARD_PARSE_H

#include <stdbool.h>

#include <linux/in.h>

#include "frame.h"

#define IPV4_MIN_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER 8
#define TCP_MIN_HEADER 20
#define MORE_FRAGMENTS 0x2000
#define MAX_EXTENSIONS 8

#define HOP_BY_HOP 0
#define ROUTING 43
#define FRAGMENT 44
#define AUTHENTICATION 51
#define DESTINATION_OPTIONS 60
#define MOBILITY 135
#define HIP 139
#define SHIM6 140
#define ICMPV6 58
#define ROUTER_SOLICITATION 133
#define REDIRECT 137

/* Where the transport header is. Offsets count from the start of the frame. */
struct transport {
	__u32 at, end;
	__u32 protocol;
	__u32 meta;            /* IS_IPV6 or 0 */
	__u32 hop_limit;
	__u32 fragment_offset;
	bool is_fragment;
};

static __always_inline __u32 parse_ipv4(struct xdp_md *ctx, struct packet *p, struct transport *t)
{
	const __u8 *ip = bytes_at(ctx, p->ip_offset, IPV4_MIN_HEADER);
	__u32 header_length, ip_length, fragmentation;

	if (!ip)
		return GUARD_TRUNCATED;
	header_length = 4 * (ip[0] & 0x0f);
	ip_length = word16(ip + 2);
	if (header_length < IPV4_MIN_HEADER || ip_length < header_length)
		return GUARD_IS_MALFORMED;
	if (p->ip_offset + ip_length > t->end)
		return GUARD_TRUNCATED;
	fragmentation = word16(ip + 6);
	t->fragment_offset = fragmentation & 0x1fff;
	t->is_fragment = fragmentation & (MORE_FRAGMENTS | 0x1fff);
	t->protocol = ip[9];
	t->meta = 0;
	t->at = p->ip_offset + header_length;
	t->end = p->ip_offset + ip_length;
	p->ip_length = ip_length;
	p->key[KEY_SRC] = word32(ip + 12);
	p->key[KEY_DST] = word32(ip + 16);
	return GUARD_COMPLETE;
}

/* Bytes of the extension header at t->at; 0: it is none, or lies in a later fragment; -1: cut off. */
static __always_inline int extension_length(struct xdp_md *ctx, const struct transport *t)
{
	const __u8 *at;

	if (t->fragment_offset)
		return 0;
	switch (t->protocol) {
	case FRAGMENT:
		return 8;
	case HOP_BY_HOP:
	case ROUTING:
	case DESTINATION_OPTIONS:
	case MOBILITY:
	case HIP:
	case SHIM6:
	case AUTHENTICATION:
		break;
	default:
		return 0;
	}
	at = bytes_at(ctx, t->at, 2);
	if (!at || t->at + 2 > t->end)
		return -1;
	return t->protocol == AUTHENTICATION ? 4 * (at[1] + 2) : 8 * (at[1] + 1);
}

/* Leaves protocol and place of the transport header in t (RFC 8200, section 4). */
static __always_inline __u32 walk_extensions(struct xdp_md *ctx, struct transport *t)
{
	for (int walked = 0; walked <= MAX_EXTENSIONS; walked++) {
		int length = extension_length(ctx, t);
		const __u8 *at;

		if (length == 0)
			return GUARD_COMPLETE;
		if (length < 0 || t->at + length > t->end)
			return GUARD_TRUNCATED;
		at = bytes_at(ctx, t->at, 8);
		if (!at)
			return GUARD_TRUNCATED;
		if (t->protocol == FRAGMENT) {
			__u32 fragmentation = word16(at + 2);

			t->fragment_offset = fragmentation >> 3;
			t->is_fragment |= (fragmentation & 0xfff9) != 0; /* an atomic one (RFC 6946) is a whole packet */
		}
		t->protocol = at[0];
		t->at += length;
	}
	return GUARD_IS_UNSUPPORTED;
}

static __always_inline __u32 parse_ipv6(struct xdp_md *ctx, struct packet *p, struct transport *t)
{
	const __u8 *ip = bytes_at(ctx, p->ip_offset, IPV6_HEADER);
	__u32 ip_length;

	if (!ip)
		return GUARD_TRUNCATED;
	ip_length = IPV6_HEADER + word16(ip + 4);
	if (p->ip_offset + ip_length > t->end)
		return GUARD_TRUNCATED;
	t->protocol = ip[6];
	t->hop_limit = ip[7];
	t->meta = IS_IPV6;
	t->at = p->ip_offset + IPV6_HEADER;
	t->end = p->ip_offset + ip_length;
	p->ip_length = ip_length;
	p->key[KEY_SRC] = word32(ip + 8);
	p->key[KEY_DST] = word32(ip + 24);
	for (int word = 0; word < 3; word++) {
		p->key[KEY_SRC_REST + word] = word32(ip + 12 + 4 * word);
		p->key[KEY_DST_REST + word] = word32(ip + 28 + 4 * word);
	}
	return walk_extensions(ctx, t);
}

/*
 * Without these packets no neighbour finds us. A true one was never forwarded: its hop limit is 255 (RFC 4861), so
 * nobody from far off comes by this way.
 */
static __always_inline bool is_neighbor_discovery(struct xdp_md *ctx, const struct transport *t)
{
	const __u8 *at;

	if (t->protocol != ICMPV6 || !t->meta || t->is_fragment || t->hop_limit != 255 || t->at >= t->end)
		return false;
	at = bytes_at(ctx, t->at, 1);
	return at && at[0] >= ROUTER_SOLICITATION && at[0] <= REDIRECT;
}

static __always_inline __u32 parse_transport(struct xdp_md *ctx, struct packet *p, const struct transport *t)
{
	__u32 left = t->end - t->at;
	__u32 needed = t->protocol == IPPROTO_TCP ? TCP_MIN_HEADER : UDP_HEADER;
	const __u8 *at;
	__u32 length;

	if ((t->protocol != IPPROTO_TCP && t->protocol != IPPROTO_UDP) || t->fragment_offset) {
		p->key[KEY_META] = t->protocol | t->meta;
		if (is_neighbor_discovery(ctx, t))
			p->flags |= NEIGHBOR_DISCOVERY;
		return t->is_fragment ? GUARD_FRAGMENT : GUARD_COMPLETE;
	}
	/* A first fragment that hides its ports from filters (RFC 1858) is cut off, too. */
	at = bytes_at(ctx, t->at, UDP_HEADER);
	if (left < needed || !at)
		return GUARD_TRUNCATED;
	p->key[KEY_META] = t->protocol | HAS_PORTS | t->meta;
	p->key[KEY_PORTS] = word32(at);
	if (t->is_fragment)
		return GUARD_FRAGMENT;
	if (t->protocol != IPPROTO_UDP)
		return GUARD_COMPLETE;
	length = word16(at + 4);
	if (length < UDP_HEADER)
		return GUARD_IS_MALFORMED;
	return length > left ? GUARD_TRUNCATED : GUARD_COMPLETE;
}

static __always_inline __u32 parse_ip(struct xdp_md *ctx, struct packet *p, __u32 version, __u32 end)
{
	struct transport t = { .end = end };
	const __u8 *first = bytes_at(ctx, p->ip_offset, 1);
	__u32 class;

	if (!first)
		return GUARD_TRUNCATED;
	if (first[0] >> 4 != version)
		return GUARD_IS_MALFORMED;
	class = version == 4 ? parse_ipv4(ctx, p, &t) : parse_ipv6(ctx, p, &t);
	return class == GUARD_COMPLETE ? parse_transport(ctx, p, &t) : class;
}

/* Fills key, ip_offset, ip_length, class and flags of p, which is zeroed. The key counts up to GUARD_FRAGMENT. */
__noinline int parse(struct xdp_md *ctx, struct packet *p)
{
	__u32 end, type;

	if (!p)
		return 0;
	type = parse_ethernet(ctx, p);
	p->class = GUARD_NOT_IP;
	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return 0;
	end = frame_length(ctx);
	p->class = parse_ip(ctx, p, type == ETH_P_IP ? 4 : 6, end);
	if (p->class > GUARD_FRAGMENT)
		p->ip_length = end - p->ip_offset;
	return 0;
}

#endif
