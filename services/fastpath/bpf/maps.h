/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The maps and constants of guard.bpf.c. Sizes are what the owner sets before it loads the program. */
#ifndef GUARD_MAPS_H
#define GUARD_MAPS_H

#include "guard.h"

/* Counters exist once for each lane. A CPU has one to itself, as long as there are enough of them. */
const volatile __u32 lanes = 1;
const volatile __u32 lanes_are_shared = 1;
const volatile __u32 rule_slots = 1;

/* Sockets by RX queue. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_control);
} control SEC(".maps");

/* Sizes, not types: clang leaves the BTF of what only an inner map refers to incomplete. */
struct rule_image {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, GUARD_CHUNK);
};

/*
 * Two generations of rules. The owner fills the slot that is not in force, then turns control.active, then waits for
 * an RCU grace period, which no packet outlives: none sees half of one and half of the other.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct rule_image);
} rule_images SEC(".maps");

/* Two for each rule slot, see token-bucket.ts. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} buckets SEC(".maps");

/* Lane by lane, each with all rule slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_rule_counters);
} rule_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_totals);
} totals SEC(".maps");

struct flow_key {
	__u32 words[GUARD_KEY_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct guard_flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} captured SEC(".maps");

/* Our own addresses. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct guard_address);
	__type(value, __u8);
} addresses SEC(".maps");

#endif
