/* Replies are valid datagrams with the ends swapped, whatever came; and the checksum under all of it. */
#include "../packet.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "test.h"

#define FRAMES 120000

static struct frame_shape random_shape(uint32_t *state)
{
	struct frame_shape shape = { 0 };
	uint32_t r = next_random(state);

	shape.family = r & 1 ? 4 : 6;
	shape.tags = (r >> 1) % 3;
	shape.options = r & 0x10 ? (uint8_t)(4 * ((r >> 5) % 11)) : 0;
	shape.extensions = r & 0x200 ? (r >> 10) % 9 : 0;
	shape.checksum = (r >> 14) % 4 == 0 ? FRAME_PARTIAL : FRAME_WHOLE;
	if (shape.family == 4 && (r >> 16) % 4 == 0)
		shape.checksum = FRAME_ZERO;
	shape.payload = (r >> 18) % 8 == 0 ? next_random(state) % 1473 : next_random(state) % 64;
	shape.behind_datagram = (r >> 21) % 4 == 0 ? next_random(state) % 20 : 0;
	shape.padding = (r >> 23) % 4 == 0 ? next_random(state) % 50 : 0;
	shape.source_port = (uint16_t)next_random(state);
	shape.destination_port = (uint16_t)next_random(state);
	shape.seed = next_random(state);
	return shape;
}

static void check_swapped(const struct frame *frame, const struct frame_shape *shape, const uint8_t *reply,
			  const struct xsn_datagram *datagram)
{
	const uint8_t *ip = frame->bytes + frame->ip, *answer = reply + datagram->ip_offset;
	uint32_t size = shape->family == 4 ? 4 : 16, source = shape->family == 4 ? 12 : 8;

	CHECK(!memcmp(reply, frame->bytes + 6, 6) && !memcmp(reply + 6, frame->bytes, 6));
	CHECK(!memcmp(reply + 12, frame->bytes + 12, frame->ip - 12)); /* tags and EtherType */
	CHECK(!memcmp(answer + source, ip + source + size, size));
	CHECK(!memcmp(answer + source + size, ip + source, size));
	CHECK_EQUAL(datagram->source_port, shape->destination_port);
	CHECK_EQUAL(datagram->destination_port, shape->source_port);
	CHECK_EQUAL(datagram->ip_offset, frame->ip);
	/* datagram->checksum need not say so: now and then the whole sum is that of the pseudo header. */
	CHECK(udp_checksum_holds(answer, shape->family, reply + datagram->payload_offset - 8));
	CHECK_EQUAL(answer[shape->family == 4 ? 8 : 7], 64);
	if (shape->family == 4) {
		CHECK_EQUAL(answer[1], ip[1] & 0xfc);
		CHECK(!memcmp(answer + 4, ip + 4, 4)); /* identification, DF */
	} else {
		CHECK_EQUAL(answer[1], ip[1] & 0xcf);
		CHECK(!memcmp(answer + 2, ip + 2, 2)); /* flow label */
	}
}

/* Replies in memory of exactly the size that a reply may use. */
static void reply_to(struct frame *frame, const struct frame_shape *shape, uint32_t reply_length, bool reflect)
{
	uint32_t room = frame->payload + reply_length, length = 0, start;
	uint32_t size = room > frame->length ? room : frame->length;
	struct xsn_datagram datagram, swapped;
	uint8_t *bytes = malloc(size), *payload = malloc(reply_length + 1);

	MUST(bytes && payload);
	memcpy(bytes, frame->bytes, frame->length);
	CHECK_EQUAL(xsn_packet__parse(bytes, frame->length, &datagram), XSN_UDP);
	for (uint32_t i = 0; i < reply_length; i++)
		payload[i] = reflect ? bytes[frame->payload + i] : (uint8_t)(shape->seed * i >> 3);
	memcpy(bytes + frame->payload, payload, reply_length);
	start = reflect ? xsn_packet__reflect(bytes, &datagram, &length) :
			  xsn_packet__reply(bytes, &datagram, reply_length, &length);
	CHECK_EQUAL(start + length, frame->payload + reply_length);
	CHECK_EQUAL(xsn_packet__parse(bytes + start, length, &swapped), XSN_UDP);
	CHECK_EQUAL(swapped.ip_offset + swapped.ip_length, length);
	CHECK_EQUAL(swapped.payload_length, reply_length);
	CHECK_EQUAL(start + swapped.payload_offset, frame->payload);
	CHECK(!memcmp(bytes + frame->payload, payload, reply_length));
	check_swapped(frame, shape, bytes + start, &swapped);
	free(bytes);
	free(payload);
}

static void replies_parse_as_datagrams_with_swapped_ends(void)
{
	static struct frame frame;
	uint32_t state = 20240601;

	for (uint32_t i = 0; i < FRAMES && checks_failed == 0; i++) {
		struct frame_shape shape = random_shape(&state);
		uint32_t reply_length = next_random(&state) % 4 == 0 ? next_random(&state) % 1473 : shape.payload;

		frame__build(&frame, &shape);
		reply_to(&frame, &shape, reply_length, false);
		reply_to(&frame, &shape, shape.payload, true);
		if (checks_failed > 0)
			fprintf(stderr, "frame %u of the generator\n", i);
	}
}

static void largest_replies(void)
{
	static struct frame frame;
	struct frame_shape shape = { .family = 4, .payload = 65507, .seed = 1 };

	frame__build(&frame, &shape);
	reply_to(&frame, &shape, 65507, false);
	shape.family = 6;
	shape.payload = 65527;
	frame__build(&frame, &shape);
	reply_to(&frame, &shape, 65527, false);
}

/* A sum of 0 is sent as 0xffff: 0 would say that there is none. */
static void a_reply_always_has_a_checksum(void)
{
	static struct frame frame;
	struct frame_shape shape = { .family = 6, .payload = 2, .source_port = 1, .destination_port = 2, .seed = 5 };
	struct xsn_datagram datagram;
	uint32_t length, all_ones = 0;

	for (uint32_t word = 0; word < 65536; word++) {
		uint32_t start;

		frame__build(&frame, &shape);
		CHECK_EQUAL(xsn_packet__parse(frame.bytes, frame.length, &datagram), XSN_UDP);
		put16(frame.bytes + frame.payload, word);
		start = xsn_packet__reply(frame.bytes, &datagram, 2, &length);
		CHECK(frame.bytes[frame.udp + 6] || frame.bytes[frame.udp + 7]);
		all_ones += frame.bytes[frame.udp + 6] == 0xff && frame.bytes[frame.udp + 7] == 0xff;
		CHECK_EQUAL(xsn_packet__parse(frame.bytes + start, length, &datagram), XSN_UDP);
	}
	CHECK(all_ones > 0);
}

static void check_sum(const uint8_t *bytes, uint32_t n)
{
	uint16_t expected = naive_checksum(bytes, n), actual = xsn_checksum__fold(xsn_checksum__add(0, bytes, n));
	uint8_t stored[2];

	memcpy(stored, &actual, 2);
	CHECK_EQUAL(stored[0] << 8 | stored[1], expected);
}

static void checksums_equal_the_naive_one(void)
{
	uint32_t state = 7;

	for (uint32_t n = 0; n <= 400; n++) {
		for (uint32_t alignment = 0; alignment < 17; alignment++) {
			uint8_t *bytes = malloc(n + alignment + 1);

			MUST(bytes);
			for (uint32_t i = 0; i < n + alignment; i++)
				bytes[i] = (uint8_t)(next_random(&state) >> 9);
			check_sum(bytes + alignment, n);
			memset(bytes, 0xff, n + alignment);
			check_sum(bytes + alignment, n);
			memset(bytes, 0, n + alignment);
			check_sum(bytes + alignment, n);
			free(bytes);
		}
	}
}

static void checksums_of_pieces_and_of_much(void)
{
	static uint8_t bytes[FRAME_MAX];
	uint32_t state = 9;

	for (uint32_t i = 0; i < FRAME_MAX; i++)
		bytes[i] = (uint8_t)(next_random(&state) >> 9);
	for (uint32_t n = 65000; n < 65600; n++) {
		uint32_t even = n / 3 * 2;
		uint64_t sum = xsn_checksum__add(xsn_checksum__add(0, bytes, even), bytes + even, n - even);

		check_sum(bytes, n);
		CHECK_EQUAL(xsn_checksum__fold(sum), xsn_checksum__fold(xsn_checksum__add(0, bytes, n)));
	}
}

int main(void)
{
	RUN(checksums_equal_the_naive_one);
	RUN(checksums_of_pieces_and_of_much);
	RUN(replies_parse_as_datagrams_with_swapped_ends);
	RUN(largest_replies);
	RUN(a_reply_always_has_a_checksum);
	return test_report();
}
