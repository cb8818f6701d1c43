/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Token buckets as in token-bucket.ts, on the same cells. */
#ifndef GUARD_RATE_H
#define GUARD_RATE_H

#include "rules.h"

#define TICKS_PER_NS 16
/* A lost race is a token that somebody else took: who loses this many in a row is over the rate. */
#define TAKE_ATTEMPTS 64

static __always_inline bool take_token(__u32 bucket, __s64 now, __s64 interval, __s64 limit)
{
	__s64 *cell = bpf_map_lookup_elem(&buckets, &bucket);
	__s64 latest = now + limit - interval;

	if (!cell)
		return false;
	for (int attempt = 0; attempt < TAKE_ATTEMPTS; attempt++) {
		__s64 full = *(volatile __s64 *)cell;
		__s64 next = (full > now ? full : now) + interval;

		if (full > latest)
			return false;
		if (__sync_val_compare_and_swap(cell, full, next) == full)
			return true;
	}
	return false;
}

/* Takes a token for a packet that a rate_limit rule decides: 1, or 0 when there is none. */
__noinline int admit(struct packet *p)
{
	const struct guard_header *header;
	const struct guard_rate *rate;
	__u32 number;
	__u8 *chunk;
	void *image;

	if (!p)
		return 0;
	image = image_of(p);
	if (!image)
		return 0;
	header = (const void *)chunk_of(image, 0, 0, 0);
	if (!header)
		return 0;
	number = p->verdict >> 2;
	chunk = chunk_of(image, header->rates, number, RATE_SHIFT);
	if (!chunk)
		return 0;
	rate = (const void *)(chunk + place_of(number, RATE_SHIFT));
	return take_token(rate->bucket, bpf_ktime_get_ns() * TICKS_PER_NS, rate->interval, rate->limit);
}

#endif
