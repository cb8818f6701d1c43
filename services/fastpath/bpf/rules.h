/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tuple-space search over a rule image (guard.h), as classify.ts does it: one hash lookup per mask, until the best
 * rank of the remaining masks cannot beat the rule in hand. Masks are taken in blocks by functions that the verifier
 * checks once, whoever calls them and however often.
 */
#ifndef GUARD_RULES_H
#define GUARD_RULES_H

#include "maps.h"
#include "packet.h"

#define MASKS_PER_BLOCK 32
#define BLOCKS (GUARD_MAX_MASKS / MASKS_PER_BLOCK)

static __always_inline void *image_of(const struct packet *p)
{
	__u32 image = p->image;

	return bpf_map_lookup_elem(&rule_images, &image);
}

/* The chunk that holds item `number` of a section, whose items are 1 << (12 - shift) bytes long. */
static __always_inline __u8 *chunk_of(void *image, __u32 section, __u32 number, int shift)
{
	__u32 chunk = section + (number >> shift);
	struct guard_chunk *found = bpf_map_lookup_elem(image, &chunk);

	return found ? found->bytes : NULL;
}

/* Where it is in there. */
static __always_inline __u32 place_of(__u32 number, int shift)
{
	return (number & ((1 << shift) - 1)) << (12 - shift);
}

#define ROW_SHIFT(words) ((words) == GUARD_IPV4_WORDS ? 7 : 6)
#define ENTRY_SHIFT(words) ((words) == GUARD_IPV4_WORDS ? 7 : 6)
#define FILTER_SHIFT 9
#define CELL_SHIFT 9
#define RATE_SHIFT 7
#define CELLS_PER_FILTER_WORD_SHIFT 4

static __always_inline const struct guard_space *space_of(void *image, int words)
{
	const struct guard_header *header = (const void *)chunk_of(image, 0, 0, 0);

	if (!header)
		return NULL;
	return words == GUARD_IPV4_WORDS ? &header->ipv4 : &header->ipv6;
}

/* What word `i` of the key adds to the hash under a mask; see hash.ts. */
static __always_inline __u32 scramble(const struct packet *p, const struct guard_row *row,
				      const struct guard_space *space, int i)
{
	__u32 product = (p->key[i] & row->mask[i]) * space->secret[0];

	return ((product << 15) | (product >> 17)) * space->secret[i + 1];
}

/* The hash of three words, of an address or zero: prefixes that end in its first word leave nothing of these. */
static __always_inline __u32 scramble_rest(const struct packet *p, const struct guard_row *row,
					   const struct guard_space *space, int first)
{
	if (row->mask[first] == 0)
		return 0;
	return scramble(p, row, space, first) + scramble(p, row, space, first + 1) +
	       scramble(p, row, space, first + 2);
}

/* Of the packet's key under a mask. */
static __always_inline __u32 hash_masked(const struct packet *p, const struct guard_row *row,
					 const struct guard_space *space, int words)
{
	__u32 hash = row->seed;

	hash += scramble(p, row, space, KEY_META);
	hash += scramble(p, row, space, KEY_PORTS);
	hash += scramble(p, row, space, KEY_SRC);
	hash += scramble(p, row, space, KEY_DST);
	if (words == GUARD_IPV6_WORDS) {
		hash += scramble_rest(p, row, space, KEY_SRC_REST);
		hash += scramble_rest(p, row, space, KEY_DST_REST);
	}
	hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
	hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
	hash ^= hash >> 16;
	return hash ? hash : 1;
}

/* False: the table holds no key of this hash. */
static __always_inline bool may_hold(void *image, const struct guard_space *space, __u32 home, __u32 tag)
{
	__u32 word = home >> CELLS_PER_FILTER_WORD_SHIFT;
	__u8 *chunk = chunk_of(image, space->filter, word, FILTER_SHIFT);
	__u64 bits = (1ull << (tag >> 26)) | (1ull << ((tag >> 20) & 63));

	return chunk && (*(__u64 *)(chunk + place_of(word, FILTER_SHIFT)) & bits) == bits;
}

static __always_inline const struct guard_row *row_of(void *image, const struct guard_space *space,
						      __u32 mask, int words)
{
	__u8 *chunk = chunk_of(image, space->masks, mask, ROW_SHIFT(words));

	return chunk ? (const void *)(chunk + place_of(mask, ROW_SHIFT(words))) : NULL;
}

static __always_inline bool entry_equals(const struct guard_entry *entry, const struct guard_row *row,
					 const struct packet *p, int words)
{
	__u32 difference = 0;

#pragma unroll
	for (int i = 0; i < words; i++)
		difference |= (p->key[i] & row->mask[i]) ^ entry->key[i];
	barrier_var(difference); /* else clang bends the loop around it into one that the verifier takes for endless */
	return difference == 0;
}

static __always_inline void take_if_better(struct packet *p, const struct guard_entry *entry)
{
	if (entry->rank >= p->rank)
		return;
	p->rank = entry->rank;
	p->slot = entry->slot;
	p->serial = entry->serial;
	p->verdict = entry->verdict;
}

/* Takes the rule of an entry if its key is the packet's. */
static __always_inline bool try_entry(struct packet *p, void *image, const struct guard_space *space,
				      const struct guard_row *row, __u32 number, int words)
{
	__u8 *chunk = chunk_of(image, space->entries, number, ENTRY_SHIFT(words));
	const struct guard_entry *entry;

	if (!chunk)
		return false;
	entry = (const void *)(chunk + place_of(number, ENTRY_SHIFT(words)));
	if (!entry_equals(entry, row, p, words))
		return false;
	take_if_better(p, entry);
	return true;
}

/* Looks the packet up in the table of one mask, from the cell `home` on. */
static __always_inline int probe(struct packet *p, __u32 mask, __u32 home, __u32 tag, int words)
{
	void *image = image_of(p);
	const struct guard_space *space = image ? space_of(image, words) : NULL;
	const struct guard_row *row = space ? row_of(image, space, mask, words) : NULL;

	if (!row)
		return 0;
	for (__u32 i = 0; i < GUARD_PROBE_LIMIT; i++) {
		__u8 *chunk = chunk_of(image, space->cells, home + i, CELL_SHIFT);
		const struct guard_cell *cell;

		if (!chunk)
			break;
		cell = (const void *)(chunk + place_of(home + i, CELL_SHIFT));
		if (cell->tag == 0)
			break;
		if (cell->tag == tag && try_entry(p, image, space, row, cell->entry, words))
			break;
	}
	return 0;
}

__noinline int probe_ipv4(struct packet *p, __u32 mask, __u32 home, __u32 tag)
{
	return p ? probe(p, mask, home, tag, GUARD_IPV4_WORDS) : 0;
}

__noinline int probe_ipv6(struct packet *p, __u32 mask, __u32 home, __u32 tag)
{
	return p ? probe(p, mask, home, tag, GUARD_IPV6_WORDS) : 0;
}

/* Searches the masks from `first`, a multiple of MASKS_PER_BLOCK, on. 1: the search is over. */
static __always_inline int search_block(struct packet *p, __u32 first, int words)
{
	void *image = image_of(p);
	const struct guard_space *space = image ? space_of(image, words) : NULL;
	__u8 *rows;

	if (!space || first >= space->mask_count)
		return 1;
	/* A block does not cross chunks, which hold 128 or 64 rows. */
	rows = chunk_of(image, space->masks, first, ROW_SHIFT(words));
	if (!rows)
		return 1;
	rows += place_of(first & ~(MASKS_PER_BLOCK - 1u), ROW_SHIFT(words));
	for (int i = 0; i < MASKS_PER_BLOCK; i++) {
		const struct guard_row *row = (const void *)(rows + i * GUARD_ROW_SIZE(words));
		__u32 tag, home;

		if (first + i >= space->mask_count || row->best_rank >= p->rank)
			return 1;
		tag = hash_masked(p, row, space, words);
		home = row->first_cell + (tag & row->cell_mask);
		if (!may_hold(image, space, home, tag))
			continue;
		if (words == GUARD_IPV4_WORDS)
			probe_ipv4(p, first + i, home, tag);
		else
			probe_ipv6(p, first + i, home, tag);
	}
	return 0;
}

__noinline int search_ipv4(struct packet *p, __u32 first)
{
	return p ? search_block(p, first, GUARD_IPV4_WORDS) : 1;
}

__noinline int search_ipv6(struct packet *p, __u32 first)
{
	return p ? search_block(p, first, GUARD_IPV6_WORDS) : 1;
}

/* Leaves in p the first rule that matches, or NO_RANK. */
static __always_inline void classify(struct packet *p)
{
	p->rank = NO_RANK;
	if (p->key[KEY_META] & IS_IPV6) {
		for (int block = 0; block < BLOCKS; block++)
			if (search_ipv6(p, block * MASKS_PER_BLOCK))
				break;
	} else {
		for (int block = 0; block < BLOCKS; block++)
			if (search_ipv4(p, block * MASKS_PER_BLOCK))
				break;
	}
}

#endif
