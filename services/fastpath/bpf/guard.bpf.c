// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The traffic rules, enforced in XDP. A packet is parsed (parse.h), then judged if it is in scope (guard.h): by the
 * rules (rules.h) and their token buckets (rate.h). It is counted, by rule and in all (counters.h), and in its flow
 * (flows.h). What the rules allow goes to the AF_XDP socket of its queue if it is for our UDP port, to the network
 * stack if it is not. What ends here is shown to a capture (capture.h).
 */
#include "capture.h"
#include "counters.h"
#include "flows.h"
#include "maps.h"
#include "parse.h"
#include "rate.h"
#include "rules.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Whether it goes to our port at one of our addresses. Also true of one that is cut or malformed after its ports. */
__noinline int is_ours(struct packet *p, __u32 port)
{
	__u32 wanted = IPPROTO_UDP | HAS_PORTS;
	struct guard_address to = {};
	__be32 *words = (__be32 *)to.bytes;

	if (!p || (p->key[KEY_META] & ~IS_IPV6) != wanted || (p->key[KEY_PORTS] & 0xffff) != port)
		return 0;
	if (p->flags & TO_GROUP)
		return 0;
	if (p->key[KEY_META] & IS_IPV6) {
		/* ::ffff:a.b.c.d stands for IPv4 in the map, and would get round the rules for it: no address on a wire. */
		if (!p->key[KEY_DST] && !p->key[KEY_DST_REST] && p->key[KEY_DST_REST + 1] == 0xffff)
			return 0;
		words[0] = bpf_htonl(p->key[KEY_DST]);
		words[1] = bpf_htonl(p->key[KEY_DST_REST]);
		words[2] = bpf_htonl(p->key[KEY_DST_REST + 1]);
		words[3] = bpf_htonl(p->key[KEY_DST_REST + 2]);
	} else {
		words[2] = bpf_htonl(0xffff);
		words[3] = bpf_htonl(p->key[KEY_DST]);
	}
	return bpf_map_lookup_elem(&addresses, &to) != NULL;
}

/* Asks the rules, and counts what they say. */
static __always_inline void judge(struct packet *p, struct guard_totals *own, __u32 lane)
{
	classify(p);
	if (p->rank != NO_RANK) {
		__u32 action = p->verdict & 3;

		if (action == GUARD_DROP)
			p->reason = GUARD_RULE;
		else if (action == GUARD_RATE && !admit(p))
			p->reason = GUARD_RATE_LIMIT;
	}
	count_rule(own, lane, p);
}

/* Where an allowed packet goes: XDP_REDIRECT, XDP_PASS, or XDP_DROP with p->reason. */
static __always_inline int deliver(struct xdp_md *ctx, struct packet *p, int ours)
{
	if (!ours)
		return XDP_PASS;
	if (p->class == GUARD_FRAGMENT) {
		p->reason = GUARD_UNSUPPORTED;
		return XDP_DROP;
	}
	if (bpf_redirect_map(&xsks, ctx->rx_queue_index, XDP_DROP) == XDP_REDIRECT)
		return XDP_REDIRECT;
	p->reason = GUARD_NO_SOCKET;
	return XDP_DROP;
}

static __always_inline void count_flow(struct packet *p, struct guard_totals *own)
{
	int outcome = record_flow(p);

	if (outcome == FLOW_INSERTED)
		count(own, GUARD_FLOWS_INSERTED, 1);
	else if (outcome == FLOW_FAILED)
		count(own, GUARD_FLOWS_FAILED, 1);
}

static __always_inline void count_outcome(struct packet *p, struct guard_totals *own, int action)
{
	count(own, GUARD_JUDGED_PACKETS, 1);
	count(own, GUARD_JUDGED_BYTES, p->ip_length);
	if (action == XDP_REDIRECT) {
		count(own, GUARD_REDIRECTED, 1);
		return;
	}
	count(own, GUARD_DECIDED_PACKETS, 1);
	count(own, GUARD_DECIDED_BYTES, p->ip_length);
	if (action == XDP_PASS)
		count(own, GUARD_PASSED, 1);
	else
		count(own, GUARD_DROPS + (p->reason & 7), 1);
}

static __always_inline int decide(struct xdp_md *ctx, struct packet *p, struct guard_totals *own, __u32 lane,
				  int ours)
{
	int action = XDP_DROP;

	if (p->class > GUARD_FRAGMENT) {
		p->reason = p->class == GUARD_IS_UNSUPPORTED ? GUARD_UNSUPPORTED : GUARD_MALFORMED;
		return action;
	}
	judge(p, own, lane);
	if (p->reason == GUARD_NOT_DROPPED)
		action = deliver(ctx, p, ours);
	count_flow(p, own);
	return action;
}

SEC("xdp.frags")
int tripod_guard(struct xdp_md *ctx)
{
	const struct guard_control *settings;
	struct guard_totals *own;
	struct packet p = {};
	__u32 lane = own_lane();
	__u32 zero = 0;
	int ours, action;

	settings = bpf_map_lookup_elem(&control, &zero);
	own = bpf_map_lookup_elem(&totals, &lane);
	if (!settings || !own)
		return XDP_ABORTED;
	parse(ctx, &p);
	ours = p.class != GUARD_NOT_IP && is_ours(&p, settings->port);
	if (settings->scope == GUARD_DATA_PORT ? !ours
					       : p.class == GUARD_NOT_IP || (p.flags & NEIGHBOR_DISCOVERY)) {
		count(own, GUARD_IGNORED, 1);
		return XDP_PASS;
	}
	/* Once: a packet is judged by one generation of rules from beginning to end. */
	p.image = *(const volatile __u32 *)&settings->active;
	action = decide(ctx, &p, own, lane, ours);
	count_outcome(&p, own, action);
	if (settings->snap_length && action != XDP_REDIRECT && p.class <= GUARD_FRAGMENT)
		count(own, capture(ctx, &p, settings->snap_length) ? GUARD_CAPTURED : GUARD_CAPTURE_LOST, 1);
	return action;
}
