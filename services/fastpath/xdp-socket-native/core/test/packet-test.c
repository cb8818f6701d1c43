/* Which frames are datagrams, and which are what else. Replies and checksums: packet-reply-test.c. */
#include "../packet.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "test.h"

static struct frame frame;
static struct xsn_datagram datagram;

/* In memory of exactly its size, so that the sanitizer sees a read behind its end. */
static enum xsn_parsed parse(uint32_t length)
{
	uint8_t *copy = malloc(length);
	enum xsn_parsed parsed;

	MUST(length == 0 || copy);
	if (length > 0)
		memcpy(copy, frame.bytes, length);
	parsed = xsn_packet__parse(copy, length, &datagram);
	free(copy);
	return parsed;
}

static void check_fields(const struct frame_shape *shape)
{
	CHECK_EQUAL(datagram.family, shape->family);
	CHECK_EQUAL(datagram.ip_offset, frame.ip);
	CHECK_EQUAL(datagram.ip_length, frame.ip_length);
	CHECK_EQUAL(datagram.payload_offset, frame.payload);
	CHECK_EQUAL(datagram.payload_length, shape->payload);
	CHECK_EQUAL(datagram.source_port, shape->source_port);
	CHECK_EQUAL(datagram.destination_port, shape->destination_port);
}

static struct frame_shape shape_of(uint8_t family)
{
	return (struct frame_shape){ .family = family, .source_port = 40000, .destination_port = 7000,
				     .payload = 22, .seed = family };
}

static enum xsn_parsed parse_shape(const struct frame_shape *shape)
{
	frame__build(&frame, shape);
	return parse(frame.length);
}

static void every_length(void)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct frame_shape shape = shape_of(family);

		for (shape.payload = 0; shape.payload <= 1500; shape.payload++) {
			shape.seed++;
			CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
			CHECK_EQUAL(datagram.checksum, XSN_CHECKSUM_WHOLE);
			check_fields(&shape);
		}
	}
}

static void tags_options_and_extensions(void)
{
	for (uint8_t tags = 0; tags <= 2; tags++) {
		for (uint8_t options = 0; options <= 40; options += 4) {
			struct frame_shape shape = shape_of(4);

			shape.tags = tags;
			shape.options = options;
			CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
			check_fields(&shape);
		}
		for (uint8_t extensions = 0; extensions <= 8; extensions++) {
			struct frame_shape shape = shape_of(6);

			shape.tags = tags;
			shape.extensions = extensions;
			CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
			check_fields(&shape);
		}
	}
}

static void a_third_tag_is_another_ethertype(void)
{
	struct frame_shape shape = shape_of(4);

	shape.tags = 3;
	CHECK_EQUAL(parse_shape(&shape), XSN_NOT_UDP);
	CHECK_EQUAL(datagram.ip_offset, 22);
	CHECK_EQUAL(datagram.ip_length, frame.length - 22);
}

static void a_ninth_extension_header_is_too_many(void)
{
	struct frame_shape shape = shape_of(6);

	shape.extensions = 9;
	CHECK_EQUAL(parse_shape(&shape), XSN_NOT_UDP);
	CHECK_EQUAL(datagram.ip_length, frame.ip_length);
}

static void every_truncation(void)
{
	for (uint32_t kind = 0; kind < 6; kind++) {
		struct frame_shape shape = shape_of(kind % 2 ? 6 : 4);

		shape.tags = (uint8_t)(kind / 2);
		shape.options = kind >= 2 ? 12 : 0;
		shape.extensions = kind >= 2 ? 3 : 0;
		shape.padding = 9;
		frame__build(&frame, &shape);
		for (uint32_t length = 0; length < frame.length; length++) {
			bool whole = length >= frame.ip + frame.ip_length;

			CHECK_EQUAL(parse(length), whole ? XSN_UDP : XSN_TRUNCATED);
			if (!whole)
				CHECK_EQUAL(datagram.ip_offset + datagram.ip_length, length);
		}
	}
}

static void every_flipped_bit(void)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct frame_shape shape = shape_of(family);

		frame__build(&frame, &shape);
		/* No checksum covers the traffic class, flow label and hop limit of IPv6. */
		for (uint32_t bit = 8 * (frame.ip + (family == 4 ? 0 : 8)); bit < 8 * frame.length; bit++) {
			frame.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CHECK(parse(frame.length) != XSN_UDP);
			frame.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		CHECK_EQUAL(parse(frame.length), XSN_UDP);
	}
}

static void checksums_of_all_kinds(void)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		for (uint32_t payload = 0; payload < 200; payload++) {
			struct frame_shape shape = shape_of(family);

			shape.payload = payload;
			shape.seed = payload + 1;
			shape.checksum = FRAME_WRONG;
			CHECK_EQUAL(parse_shape(&shape), XSN_BAD_CHECKSUM);
			shape.checksum = FRAME_PARTIAL;
			CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
			CHECK_EQUAL(datagram.checksum, XSN_CHECKSUM_PARTIAL);
			shape.checksum = FRAME_ZERO;
			CHECK_EQUAL(parse_shape(&shape), family == 4 ? XSN_UDP : XSN_BAD_CHECKSUM);
			CHECK_EQUAL(datagram.checksum, XSN_CHECKSUM_NONE);
		}
	}
}

static void bytes_behind_the_datagram(void)
{
	for (uint32_t extra = 0; extra < 50; extra++) {
		struct frame_shape shape = shape_of(extra % 2 ? 6 : 4);

		shape.behind_datagram = extra;
		shape.padding = extra / 3;
		CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
		check_fields(&shape);
	}
}

static void udp_lengths_that_lie(void)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		struct frame_shape shape = shape_of(family);

		shape.padding = 100;
		frame__build(&frame, &shape);
		for (uint32_t length = 0; length < 8; length++) {
			put16(frame.bytes + frame.udp + 4, length);
			CHECK_EQUAL(parse(frame.length), XSN_MALFORMED);
		}
		for (uint32_t length = 8 + shape.payload + 1; length < 65536; length += 97) {
			put16(frame.bytes + frame.udp + 4, length);
			CHECK_EQUAL(parse(frame.length), XSN_TRUNCATED);
		}
	}
}

static void ipv4_headers_that_lie(void)
{
	struct frame_shape shape = shape_of(4);

	frame__build(&frame, &shape);
	for (uint32_t first = 0; first < 256; first++) {
		enum xsn_parsed parsed;

		frame.bytes[frame.ip] = (uint8_t)first;
		parsed = parse(frame.length);
		if (first >> 4 != 4 || (first & 15) < 5 || 4 * (first & 15) > frame.ip_length)
			CHECK_EQUAL(parsed, XSN_MALFORMED);
		else
			CHECK(first == 0x45 ? parsed == XSN_UDP : parsed != XSN_UDP);
	}
	frame.bytes[frame.ip] = 0x45;
	put16(frame.bytes + frame.ip + 2, 19);
	CHECK_EQUAL(parse(frame.length), XSN_MALFORMED);
	put16(frame.bytes + frame.ip + 2, frame.ip_length + 1);
	CHECK_EQUAL(parse(frame.length), XSN_TRUNCATED);
	CHECK_EQUAL(datagram.ip_length, frame.length - frame.ip);
}

static void ipv4_fragments(void)
{
	struct frame_shape shape = shape_of(4);

	frame__build(&frame, &shape);
	for (uint32_t fragmentation = 1; fragmentation < 0x4000; fragmentation += 7) {
		put16(frame.bytes + frame.ip + 6, fragmentation);
		frame__sign_ipv4(&frame);
		CHECK_EQUAL(parse(frame.length), XSN_NOT_UDP);
		CHECK_EQUAL(datagram.ip_length, frame.ip_length);
	}
	put16(frame.bytes + frame.ip + 6, 0x2000);
	put16(frame.bytes + frame.ip + 2, 20 + 7); /* a first fragment that hides its ports */
	frame__sign_ipv4(&frame);
	CHECK_EQUAL(parse(frame.length), XSN_TRUNCATED);
}

static void ipv6_fragments(void)
{
	struct frame_shape shape = shape_of(6);

	shape.extensions = 1;
	shape.seed = 3; /* a fragment header, atomic (RFC 6946) */
	CHECK_EQUAL(parse_shape(&shape), XSN_UDP);
	put16(frame.bytes + frame.ip + 40 + 2, 1);
	CHECK_EQUAL(parse(frame.length), XSN_NOT_UDP);
	put16(frame.bytes + frame.ip + 40 + 2, 8);
	CHECK_EQUAL(parse(frame.length), XSN_NOT_UDP);
}

static void other_protocols(void)
{
	for (uint32_t protocol = 0; protocol < 256; protocol++) {
		struct frame_shape shape = shape_of(4);

		frame__build(&frame, &shape);
		frame.bytes[frame.ip + 9] = (uint8_t)protocol;
		frame__sign_ipv4(&frame);
		CHECK_EQUAL(parse(frame.length), protocol == 17 ? XSN_UDP : XSN_NOT_UDP);
	}
	put16(frame.bytes + 12, 0x0806);
	CHECK_EQUAL(parse(frame.length), XSN_NOT_UDP);
	put16(frame.bytes + 12, 0x86dd); /* IPv4 behind the EtherType of IPv6 */
	CHECK_EQUAL(parse(frame.length), XSN_MALFORMED);
}

int main(void)
{
	RUN(every_length);
	RUN(tags_options_and_extensions);
	RUN(a_third_tag_is_another_ethertype);
	RUN(a_ninth_extension_header_is_too_many);
	RUN(every_truncation);
	RUN(every_flipped_bit);
	RUN(checksums_of_all_kinds);
	RUN(bytes_behind_the_datagram);
	RUN(udp_lengths_that_lie);
	RUN(ipv4_headers_that_lie);
	RUN(ipv4_fragments);
	RUN(ipv6_fragments);
	RUN(other_protocols);
	return test_report();
}
