/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The bytes of a frame, and its Ethernet header with up to two VLAN tags. */
#ifndef GUARD_FRAME_H
#define GUARD_FRAME_H

#include <stddef.h>

#include <linux/if_ether.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "packet.h"

#define VLAN_TAG 4
#define MAX_TAGS 2
/* No header starts beyond: 9 extension headers of 2048 bytes fit. */
#define MAX_OFFSET 0x7fff

/* `length` bytes at `offset`, or NULL when the linear part of the frame ends before. */
static __always_inline const __u8 *bytes_at(struct xdp_md *ctx, __u32 offset, __u32 length)
{
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	const __u8 *at = (const __u8 *)(long)ctx->data;

	if (offset > MAX_OFFSET)
		return NULL;
	/* Once more for the verifier, which may not see that it was this register (Linux 6.1). */
	barrier_var(offset);
	at += offset & MAX_OFFSET;
	return at + length > end ? NULL : at;
}

static __always_inline __u32 word16(const __u8 *at)
{
	return bpf_ntohs(*(const __be16 *)at);
}

static __always_inline __u32 word32(const __u8 *at)
{
	return bpf_ntohl(*(const __be32 *)at);
}

/* Bytes of the frame that the program may read: all of it, or its first buffer. */
static __always_inline __u32 linear_length(struct xdp_md *ctx)
{
	const __u8 *start = (const __u8 *)(long)ctx->data;
	const __u8 *end = (const __u8 *)(long)ctx->data_end;

	__u64 length = end - start;

	barrier_var(length); /* else clang subtracts the lower halves only, which pointers do not have */
	return length;
}

/* Of the whole frame. Kernels without the helper (before 5.18) know no frames of several buffers. */
static __always_inline __u32 frame_length(struct xdp_md *ctx)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_xdp_get_buff_len))
		return bpf_xdp_get_buff_len(ctx);
	return linear_length(ctx);
}

/* The EtherType behind the tags, with p->ip_offset behind it; 0: the frame ends before. */
static __always_inline __u32 parse_ethernet(struct xdp_md *ctx, struct packet *p)
{
	const __u8 *at = bytes_at(ctx, 0, ETH_HLEN);
	__u32 offset = ETH_HLEN;
	__u32 type;

	if (!at)
		return 0;
	if (at[0] & 1)
		p->flags |= TO_GROUP;
	type = word16(at + 12);
	for (int tags = 0; tags < MAX_TAGS && (type == ETH_P_8021Q || type == ETH_P_8021AD); tags++) {
		at = bytes_at(ctx, offset, VLAN_TAG);
		if (!at)
			return 0;
		type = word16(at + 2);
		offset += VLAN_TAG;
	}
	p->ip_offset = offset;
	return type;
}

#endif
