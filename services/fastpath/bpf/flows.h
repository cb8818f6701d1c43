/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The flow table. A flow may come by several CPUs, so its counters are added to atomically. */
#ifndef GUARD_FLOWS_H
#define GUARD_FLOWS_H

#include "counters.h"
#include "maps.h"
#include "packet.h"

enum flow_outcome { FLOW_KNOWN, FLOW_INSERTED, FLOW_FAILED };

static __always_inline __u32 action_of(const struct packet *p)
{
	return p->rank == NO_RANK ? GUARD_ALLOW : p->verdict & 3;
}

static __always_inline __u32 serial_of(const struct packet *p)
{
	return p->rank == NO_RANK ? 0 : p->serial;
}

static __always_inline void add_to_flow(struct guard_flow *flow, const struct packet *p, __u64 now)
{
	__sync_fetch_and_add(&flow->packets, 1);
	__sync_fetch_and_add(&flow->bytes, p->ip_length);
	if (p->reason != GUARD_NOT_DROPPED)
		__sync_fetch_and_add(&flow->dropped, 1);
	flow->last_ns = now;
	flow->action = action_of(p);
	flow->serial = serial_of(p);
}

/* Accounts a classified packet: enum flow_outcome. */
__noinline int record_flow(struct packet *p)
{
	struct guard_flow *flow;
	struct flow_key key;
	__u64 now;

	if (!p)
		return FLOW_FAILED;
	__builtin_memcpy(&key, p->key, sizeof(key));
	now = bpf_ktime_get_coarse_ns();
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow) {
		struct guard_flow first = {
			.packets = 1,
			.bytes = p->ip_length,
			.dropped = p->reason != GUARD_NOT_DROPPED,
			.first_ns = now,
			.last_ns = now,
			.action = action_of(p),
			.serial = serial_of(p),
		};

		if (!bpf_map_update_elem(&flows, &key, &first, BPF_NOEXIST))
			return FLOW_INSERTED;
		/* Another CPU was faster, or there is no room. */
		flow = bpf_map_lookup_elem(&flows, &key);
		if (!flow)
			return FLOW_FAILED;
	}
	add_to_flow(flow, p, now);
	return FLOW_KNOWN;
}

#endif
