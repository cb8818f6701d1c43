/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Counters in memory that the owner reads at any time. A CPU that has a lane to itself needs no atomics. */
#ifndef GUARD_COUNTERS_H
#define GUARD_COUNTERS_H

#include "maps.h"
#include "packet.h"

static __always_inline __u32 own_lane(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return lanes_are_shared ? cpu % lanes : cpu;
}

static __always_inline void add(__u64 *cell, __u64 amount)
{
	if (lanes_are_shared)
		__sync_fetch_and_add(cell, amount);
	else
		*cell += amount;
}

static __always_inline void count(struct guard_totals *own, enum guard_total total, __u64 amount)
{
	add(&own->cells[total], amount);
}

/* Books a classified packet with the rule that decided it, or as unmatched. */
static __always_inline void count_rule(struct guard_totals *own, __u32 lane, const struct packet *p)
{
	__u32 index = lane * rule_slots + p->slot;
	struct guard_rule_counters *counters;

	counters = p->rank == NO_RANK ? NULL : bpf_map_lookup_elem(&rule_counters, &index);
	if (!counters) {
		count(own, GUARD_UNMATCHED_PACKETS, 1);
		count(own, GUARD_UNMATCHED_BYTES, p->ip_length);
		return;
	}
	add(&counters->packets, 1);
	add(&counters->bytes, p->ip_length);
	if (p->reason != GUARD_NOT_DROPPED)
		add(&counters->dropped, 1);
}

#endif
