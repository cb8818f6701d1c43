#include "bytes.h"
#include "packet.h"

#define BLOCK 64

typedef uint64_t lanes __attribute__((vector_size(16)));

static inline lanes load_lanes(const uint8_t *p)
{
	lanes words;

	memcpy(&words, p, sizeof(words));
	return words;
}

/* The compiler turns the lanes into SSE2 or NEON. */
static uint64_t add_blocks(const uint8_t *p, uint32_t blocks)
{
	const lanes low = { 0xffffffff, 0xffffffff };
	lanes even = { 0 }, odd = { 0 };

	for (; blocks > 0; blocks--, p += BLOCK) {
		for (uint32_t at = 0; at < BLOCK; at += sizeof(lanes)) {
			lanes words = load_lanes(p + at);

			even += words & low;
			odd += words >> 32;
		}
	}
	even += odd;
	return halves(even[0]) + halves(even[1]);
}

uint64_t xsn_checksum__add(uint64_t sum, const uint8_t *bytes, uint32_t n)
{
	uint32_t blocks = n / BLOCK;
	uint8_t few[8] = { 0 };

	if (n >= 8)
		return add_words(sum + add_blocks(bytes, blocks), bytes + blocks * BLOCK, bytes + n);
	memcpy(few, bytes, n);
	return sum + halves(load64(few));
}

uint16_t xsn_checksum__fold(uint64_t sum)
{
	return fold(sum);
}
