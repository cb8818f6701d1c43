/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What guard.bpf.c and its owner share: the names and layouts of the maps. src/port/afxdp/guard-layout.ts is the same
 * in TypeScript.
 */
#ifndef GUARD_H
#define GUARD_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define GUARD_KEY_WORDS 10
#define GUARD_IPV4_WORDS 4
#define GUARD_IPV6_WORDS 10

/* Masks that a family may have, as in compile-rules.ts. */
#define GUARD_MAX_MASKS 4096
/* Cells that a lookup looks at in the worst case, as in compiled-rules.ts. */
#define GUARD_PROBE_LIMIT 16

enum guard_scope {
	GUARD_DATA_PORT, /* UDP to our port at one of our addresses is judged, nothing else */
	GUARD_INTERFACE, /* every IP packet is judged */
};

struct guard_control {
	__u32 active;      /* which of rule_images is in force: 0 or 1 */
	__u32 scope;       /* enum guard_scope */
	__u32 port;        /* UDP port of the data plane */
	__u32 snap_length; /* bytes kept of a packet from the IP header on; 0 = no capture is running */
};

/* Why a packet was dropped; also what a capture record says. */
enum guard_reason {
	GUARD_NOT_DROPPED,
	GUARD_RULE,
	GUARD_RATE_LIMIT,
	GUARD_MALFORMED,
	GUARD_UNSUPPORTED,
	GUARD_NO_SOCKET,
	GUARD_REASONS,
};

/* Cells of `totals`. Every judged packet is either redirected or decided, every decided one either passed or dropped. */
enum guard_total {
	GUARD_JUDGED_PACKETS,
	GUARD_JUDGED_BYTES,
	GUARD_DECIDED_PACKETS,
	GUARD_DECIDED_BYTES,
	GUARD_PASSED,
	GUARD_REDIRECTED,
	GUARD_UNMATCHED_PACKETS, /* no rule had a say; those, and those that the rules counted, were classified */
	GUARD_UNMATCHED_BYTES,
	GUARD_IGNORED, /* not judged, given to the stack */
	GUARD_CAPTURED,
	GUARD_CAPTURE_LOST,
	GUARD_FLOWS_INSERTED,
	GUARD_FLOWS_FAILED,  /* packets that the flow table had no room for */
	GUARD_DROPS,         /* one cell for each enum guard_reason from here on, the first unused */
	GUARD_TOTALS = 24,   /* cells of a lane: whole cache lines */
};

struct guard_totals {
	__u64 cells[GUARD_TOTALS];
};

struct guard_rule_counters {
	__u64 packets, bytes, dropped;
};

struct guard_flow {
	__u64 packets, bytes, dropped;
	__u64 first_ns, last_ns; /* CLOCK_MONOTONIC, as coarse as the kernel's tick */
	__u32 action, serial;    /* what was decided about the newest packet; serial 0: by no rule */
};

/* An IPv4 address a.b.c.d is ::ffff:a.b.c.d. */
struct guard_address {
	__u8 bytes[16];
};

#define GUARD_CAPTURE_HEADER 64
/* Records come in these sizes, because the verifier wants a constant; the last one bounds the snap length. */
#define GUARD_CAPTURE_SMALL 128
#define GUARD_CAPTURE_MEDIUM 1536
#define GUARD_CAPTURE_LARGE 4096

struct guard_captured {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 key[GUARD_KEY_WORDS];
	__u32 ip_length;
	__u32 length; /* bytes of `data` that mean something */
	__u32 serial;
	__u16 queue;
	__u8 action, reason;
	__u8 data[]; /* from the IP header on */
};

/*
 * A rule image is one generation of rules in chunks, the elements of an array map: a header chunk, then the sections,
 * each from a chunk of its own on. Fields are 32-bit words in the byte order of the machine.
 *
 *   masks    a row per mask: struct guard_row and the words of the mask; 32 bytes for IPv4, 64 for IPv6
 *   filter   64 bits for every 16 cells: a key sets two bits in the word of its home cell. Nearly every lookup that
 *            would find nothing ends here, in an eighth of the memory that the cells take.
 *   cells    tag (the hash, never 0; 0 = empty) and number of the entry, as in compiled-rules.ts
 *   entries  struct guard_entry and the words of the masked key; 32 bytes for IPv4, 64 for IPv6
 *   rates    struct guard_rate, for rate_limit rules only; the same for both families
 */
#define GUARD_CHUNK 4096

struct guard_chunk {
	__u8 bytes[GUARD_CHUNK];
};

/* The numbers of first chunks, and what all masks of a family have in common. */
struct guard_space {
	__u32 mask_count;
	__u32 masks, filter, cells, entries;
	__u32 secret[1 + GUARD_KEY_WORDS];
};

struct guard_header {
	struct guard_space ipv4, ipv6;
	__u32 rates;
};

struct guard_row {
	__u32 best_rank;
	__u32 first_cell;
	__u32 cell_mask;
	__u32 seed;
	__u32 mask[];
};

struct guard_cell {
	__u32 tag, entry;
};

struct guard_entry {
	__u32 rank;
	__u32 slot;
	__u32 serial;
	__u32 verdict; /* bits 0-1 action, the others its place among the rates */
	__u32 key[];
};

struct guard_rate {
	__u64 interval, limit; /* in ticks of 1/16 ns, see token-bucket.ts */
	__u32 bucket;
	__u32 unused;
};

#define GUARD_ROW_SIZE(words) ((words) == GUARD_IPV4_WORDS ? 32 : 64)
#define GUARD_ENTRY_SIZE(words) ((words) == GUARD_IPV4_WORDS ? 32 : 64)
#define GUARD_RATE_SIZE 32

/* The numbers of fastpath.v1.Action. */
enum guard_action {
	GUARD_ALLOW = 1,
	GUARD_DROP = 2,
	GUARD_RATE = 3,
};

/* The numbers of Parsed in packet-parser.ts, and one more. */
enum guard_class {
	GUARD_COMPLETE,
	GUARD_FRAGMENT,
	GUARD_TRUNCATED,
	GUARD_IS_MALFORMED,
	GUARD_IS_UNSUPPORTED,
	GUARD_NOT_IP,
};

#endif
