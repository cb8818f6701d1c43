/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the program knows about the packet in hand. It lies on the stack of guard() and goes from step to step. */
#ifndef GUARD_PACKET_H
#define GUARD_PACKET_H

#include "guard.h"

/* The ten words of packet-key.ts, by place. */
#define KEY_META 0
#define KEY_PORTS 1
#define KEY_SRC 2
#define KEY_DST 3
#define KEY_SRC_REST 4
#define KEY_DST_REST 7

#define PROTOCOL_BITS 0xff
#define HAS_PORTS 0x100
#define IS_IPV6 0x200

#define TO_GROUP 1          /* broadcast or multicast by its MAC address */
#define NEIGHBOR_DISCOVERY 2

struct packet {
	__u32 key[GUARD_KEY_WORDS];
	__u32 ip_offset; /* from the start of the frame */
	__u32 ip_length; /* by its own header; of one that cannot be parsed, what there is of it */
	__u32 class;     /* enum guard_class */
	__u32 flags;
	__u32 image;     /* which rule image judges it */
	/* Of the best rule found so far. */
	__u32 rank;
	__u32 slot;
	__u32 serial;
	__u32 verdict;   /* as in struct guard_entry */
	__u32 reason;    /* enum guard_reason */
};

#define NO_RANK 0xffffffffu

#endif
