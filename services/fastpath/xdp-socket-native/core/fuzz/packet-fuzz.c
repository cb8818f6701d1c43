/*
 * Fuzz target of the packet parser (libFuzzer): any bytes may be parsed at any length; what is a datagram is one again
 * after it was turned round, with its ends swapped. Checksums, which no mutation guesses, are repaired.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "../packet.h"
#include "../test/frames.h"

#define REQUIRE(condition)       \
	do {                     \
		if (!(condition)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bounds(uint32_t length, const struct xsn_datagram *d)
{
	REQUIRE(d->family == 4 || d->family == 6);
	REQUIRE(d->ip_offset + d->ip_length <= length);
	REQUIRE(d->payload_offset >= d->ip_offset + (d->family == 4 ? 28 : 48));
	REQUIRE(d->payload_offset + d->payload_length <= d->ip_offset + d->ip_length);
}

static void repair(uint8_t *frame, const struct xsn_datagram *d)
{
	uint8_t *ip = frame + d->ip_offset, *udp = frame + d->payload_offset - 8;

	if (d->family == 4) {
		put16(ip + 10, 0);
		put16(ip + 10, naive_checksum(ip, 4u * (ip[0] & 15)));
	}
	put16(udp + 6, udp_checksum_of(ip, d->family, udp));
}

/* What was a datagram stays one until its last byte is cut off; the bytes behind the cut must not be read. */
static void check_truncations(uint8_t *frame, uint32_t length, enum xsn_parsed whole, const struct xsn_datagram *d)
{
	struct xsn_datagram cut;

	for (uint32_t left = length; left-- > 0;) {
		enum xsn_parsed parsed;

		ASAN_POISON_MEMORY_REGION(frame + left, length - left);
		parsed = xsn_packet__parse(frame, left, &cut);
		REQUIRE(cut.ip_offset + cut.ip_length <= left);
		if (whole == XSN_UDP)
			REQUIRE(parsed == (left >= d->ip_offset + d->ip_length ? XSN_UDP : XSN_TRUNCATED));
	}
	ASAN_UNPOISON_MEMORY_REGION(frame, length);
}

static void check_reply(const uint8_t *frame, uint32_t length, const struct xsn_datagram *d, uint32_t reply_length,
			bool reflect)
{
	uint32_t room = d->payload_offset + reply_length, size = room > length ? room : length, start, left;
	uint8_t *bytes = malloc(size);
	struct xsn_datagram swapped;

	REQUIRE(bytes);
	memcpy(bytes, frame, length);
	memset(bytes + length, 0xa5, size - length);
	start = reflect ? xsn_packet__reflect(bytes, d, &left) : xsn_packet__reply(bytes, d, reply_length, &left);
	REQUIRE(start + left == room);
	REQUIRE(xsn_packet__parse(bytes + start, left, &swapped) == XSN_UDP);
	check_bounds(left, &swapped);
	REQUIRE(swapped.payload_length == reply_length && start + swapped.payload_offset == d->payload_offset);
	REQUIRE(swapped.source_port == d->destination_port && swapped.destination_port == d->source_port);
	REQUIRE(!memcmp(bytes + start, frame + 6, 6) && !memcmp(bytes + start + 6, frame, 6));
	REQUIRE(udp_checksum_holds(bytes + start + swapped.ip_offset, d->family, bytes + d->payload_offset - 8));
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t length = (uint32_t)size;
	uint8_t *frame = malloc(size);
	struct xsn_datagram d;
	enum xsn_parsed parsed;

	REQUIRE(frame || size == 0);
	if (size > 0)
		memcpy(frame, data, size);
	parsed = xsn_packet__parse(frame, length, &d);
	REQUIRE(d.ip_offset + d.ip_length <= length);
	if (parsed == XSN_BAD_CHECKSUM) {
		check_bounds(length, &d);
		repair(frame, &d);
		parsed = xsn_packet__parse(frame, length, &d);
		REQUIRE(parsed == XSN_UDP);
	}
	if (parsed == XSN_UDP) {
		check_bounds(length, &d);
		check_reply(frame, length, &d, d.payload_length, true);
		check_reply(frame, length, &d, data[size / 2] * 8u, false);
	}
	check_truncations(frame, length, parsed, &d);
	free(frame);
	return 0;
}
