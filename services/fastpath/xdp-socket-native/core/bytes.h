/*
 * What reading and turning round packets share: numbers in network order at any alignment, and the parts of the
 * Internet checksum that are worth inlining. Private to the core.
 *
 * A sum is kept in the byte order of memory (RFC 1071, section 2 B) and in 64 bits, to which 32 bits at a time are
 * added: 2^32 of them have room without a carry to look after.
 */
#ifndef XSN_BYTES_H
#define XSN_BYTES_H

#include <stdint.h>
#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER 8
#define PROTOCOL_UDP 17
#define INLINE_LENGTH 96 /* bytes up to which calling xsn_checksum__add costs more than it saves */

static inline uint16_t swap16(uint16_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap16(value);
#else
	return value;
#endif
}

static inline uint32_t swap32(uint32_t value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(value);
#else
	return value;
#endif
}

static inline uint16_t read16(const uint8_t *p)
{
	uint16_t word;

	memcpy(&word, p, sizeof(word));
	return swap16(word);
}

static inline uint32_t read32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return swap32(word);
}

static inline void write32(uint8_t *p, uint32_t value)
{
	value = swap32(value);
	memcpy(p, &value, sizeof(value));
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* What 8 bytes in one register add to a sum. */
static inline uint64_t halves(uint64_t word)
{
	return (word & 0xffffffff) + (word >> 32);
}

/* The last n < 8 of the bytes before `end`, which are at least 8, as if zeroes followed them. */
static inline uint64_t last_bytes(const uint8_t *end, uint32_t n)
{
	uint64_t word = load64(end - 8);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word >> (56 - 8 * n) >> 8;
#else
	return word << (56 - 8 * n) << 8;
#endif
}

/* Of bytes before `end` that are at least 8 and end behind p. */
static inline uint64_t add_words(uint64_t sum, const uint8_t *p, const uint8_t *end)
{
	for (; end - p >= 8; p += 8)
		sum += halves(load64(p));
	return sum + halves(last_bytes(end, (uint32_t)(end - p)));
}

/* RFC 768 and RFC 8200, section 8.1: the same sum for both families. */
static inline uint64_t pseudo_header(const uint8_t *ip, uint8_t family, uint32_t udp_length)
{
	uint64_t sum = (uint64_t)swap16(PROTOCOL_UDP) + swap16((uint16_t)udp_length);

	if (family == 4)
		return sum + halves(load64(ip + 12));
	return sum + halves(load64(ip + 8)) + halves(load64(ip + 16)) + halves(load64(ip + 24)) +
	       halves(load64(ip + 32));
}

/* Adds the halves with their carry twice: each sum of a number and its rotation carries round its end. */
static inline uint16_t fold(uint64_t sum)
{
	uint32_t half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);

	return (uint16_t)~((half + (half << 16 | half >> 16)) >> 16);
}

#endif
