/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Copies of packets that end in the kernel, for a capture that is running. */
#ifndef GUARD_CAPTURE_H
#define GUARD_CAPTURE_H

#include "flows.h"
#include "parse.h"

#define MIN_CAPTURE 8 /* a whole step; classified packets have that many bytes and more */

/* Bytes of the packet to keep: no more than `snap_length`, and what lies in the linear part of the frame. */
static __always_inline __u32 capture_length(struct xdp_md *ctx, const struct packet *p, __u32 snap_length)
{
	__u32 linear = linear_length(ctx) - p->ip_offset;
	__u32 length = p->ip_length < linear ? p->ip_length : linear;

	if (length > snap_length)
		length = snap_length;
	if (length > GUARD_CAPTURE_LARGE)
		length = GUARD_CAPTURE_LARGE;
	return length < MIN_CAPTURE ? MIN_CAPTURE : length;
}

/* Steps of 8 bytes; the last one overlaps the one before where the length is no multiple. */
static __always_inline bool copy_packet(struct xdp_md *ctx, __u32 from, __u8 *to, __u32 length, __u32 capacity)
{
	const __u8 *at = bytes_at(ctx, from, MIN_CAPTURE);
	const __u8 *end = (const __u8 *)(long)ctx->data_end;
	__u32 rest;

	if (!at || length < MIN_CAPTURE || length > capacity)
		return false;
	for (__u32 done = 0; done < capacity; done += 8) {
		if (done + 8 > length)
			break;
		if (at + done + 8 > end)
			return false;
		*(__u64 *)(to + done) = *(const __u64 *)(at + done);
	}
	rest = length - 8;
	at = bytes_at(ctx, from + rest, 8);
	if (!at || rest > capacity - 8)
		return false;
	*(__u64 *)(to + rest) = *(const __u64 *)at;
	return true;
}

static __always_inline int capture_into(struct xdp_md *ctx, const struct packet *p, __u32 length, __u32 capacity)
{
	struct guard_captured *record;

	record = bpf_ringbuf_reserve(&captured, GUARD_CAPTURE_HEADER + capacity, 0);
	if (!record)
		return 0;
	record->time_ns = bpf_ktime_get_ns();
	__builtin_memcpy(record->key, p->key, sizeof(record->key));
	record->ip_length = p->ip_length;
	record->length = length;
	record->serial = serial_of(p);
	record->queue = ctx->rx_queue_index;
	record->action = action_of(p);
	record->reason = p->reason;
	if (!copy_packet(ctx, p->ip_offset, (__u8 *)record + GUARD_CAPTURE_HEADER, length, capacity)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return 0;
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 1;
}

/* 1, or 0 when the ring has no room. */
__noinline int capture(struct xdp_md *ctx, struct packet *p, __u32 snap_length)
{
	__u32 length;

	if (!p)
		return 0;
	length = capture_length(ctx, p, snap_length);
	if (length <= GUARD_CAPTURE_SMALL)
		return capture_into(ctx, p, length, GUARD_CAPTURE_SMALL);
	if (length <= GUARD_CAPTURE_MEDIUM)
		return capture_into(ctx, p, length, GUARD_CAPTURE_MEDIUM);
	return capture_into(ctx, p, length, GUARD_CAPTURE_LARGE);
}

#endif
