#include "frames.h"

#include <string.h>

uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint32_t naive_sum(uint32_t sum, const uint8_t *bytes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

uint16_t naive_checksum(const uint8_t *bytes, uint32_t n)
{
	return (uint16_t)~naive_sum(0, bytes, n);
}

static void fill(uint8_t *bytes, uint32_t n, uint32_t *state)
{
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(next_random(state) >> 8);
}

static uint32_t build_link(uint8_t *bytes, const struct frame_shape *shape, uint32_t *state)
{
	uint32_t at = 12;

	fill(bytes, 12, state);
	bytes[0] &= 0xfe; /* to one station */
	bytes[6] &= 0xfe;
	for (uint32_t i = 0; i < shape->tags; i++, at += 4) {
		put16(bytes + at, i + 1 < shape->tags ? 0x88a8 : 0x8100);
		put16(bytes + at + 2, next_random(state));
	}
	put16(bytes + at, shape->family == 4 ? 0x0800 : 0x86dd);
	return at + 2;
}

void frame__sign_ipv4(struct frame *frame)
{
	uint8_t *ip = frame->bytes + frame->ip;

	put16(ip + 10, 0);
	put16(ip + 10, naive_checksum(ip, 4u * (ip[0] & 15)));
}

static void build_ipv4(struct frame *frame, const struct frame_shape *shape, uint32_t *state)
{
	uint8_t *ip = frame->bytes + frame->ip;
	uint32_t header = 20u + shape->options;

	fill(ip, header, state);
	ip[0] = (uint8_t)(0x40 | header / 4);
	frame->udp = frame->ip + header;
	frame->ip_length = header + 8 + shape->payload + shape->behind_datagram;
	put16(ip + 2, frame->ip_length);
	put16(ip + 6, next_random(state) & 0x4000); /* DF, or not */
	ip[9] = 17;
	frame__sign_ipv4(frame);
}

/* Types in turn, among them the two with a length of their own way: AH, and an atomic fragment. */
static uint32_t build_extension(uint8_t *at, uint8_t type, uint32_t *state)
{
	uint32_t units = next_random(state) % 3;

	if (type == 44) {
		memset(at, 0, 8);
		return 8;
	}
	if (type == 51) {
		fill(at, 4 * (units + 2), state);
		at[1] = (uint8_t)units;
		return 4 * (units + 2);
	}
	fill(at, 8 * (units + 1), state);
	at[1] = (uint8_t)units;
	return 8 * (units + 1);
}

static void build_ipv6(struct frame *frame, const struct frame_shape *shape, uint32_t *state)
{
	static const uint8_t types[] = { 0, 43, 60, 44, 51, 135, 139, 140 };
	uint8_t *ip = frame->bytes + frame->ip, *next = ip + 6;
	uint32_t at = frame->ip + 40;

	fill(ip, 40, state);
	ip[0] = (uint8_t)(0x60 | (ip[0] & 15));
	for (uint32_t i = 0; i < shape->extensions; i++) {
		uint8_t type = types[(i + shape->seed) % sizeof(types)];

		*next = type;
		next = frame->bytes + at;
		at += build_extension(next, type, state);
	}
	*next = 17;
	frame->udp = at;
	frame->ip_length = at - frame->ip + 8 + shape->payload + shape->behind_datagram;
	put16(ip + 4, frame->ip_length - 40);
}

static uint16_t pseudo_sum(const uint8_t *ip, uint8_t family, uint32_t udp_length)
{
	uint8_t rest[4] = { 0, 17, (uint8_t)(udp_length >> 8), (uint8_t)udp_length };
	uint32_t sum = family == 4 ? naive_sum(0, ip + 12, 8) : naive_sum(0, ip + 8, 32);

	return (uint16_t)naive_sum(sum, rest, 4);
}

uint16_t udp_checksum_of(const uint8_t *ip, uint8_t family, const uint8_t *udp)
{
	uint32_t length = (uint32_t)udp[4] << 8 | udp[5];
	uint32_t sum = naive_sum(pseudo_sum(ip, family, length), udp, 6);
	uint16_t checksum = (uint16_t)~naive_sum(sum, udp + 8, length - 8);

	return checksum == 0 ? 0xffff : checksum;
}

bool udp_checksum_holds(const uint8_t *ip, uint8_t family, const uint8_t *udp)
{
	return udp_checksum_of(ip, family, udp) == (udp[6] << 8 | udp[7]);
}

static void build_udp(struct frame *frame, const struct frame_shape *shape, uint32_t *state)
{
	uint8_t *udp = frame->bytes + frame->udp;
	uint32_t length = 8 + shape->payload;
	uint16_t checksum;

	put16(udp, shape->source_port);
	put16(udp + 2, shape->destination_port);
	put16(udp + 4, length);
	fill(udp + 8, shape->payload + shape->behind_datagram + shape->padding, state);
	checksum = udp_checksum_of(frame->bytes + frame->ip, shape->family, udp);
	if (shape->checksum == FRAME_PARTIAL)
		checksum = pseudo_sum(frame->bytes + frame->ip, shape->family, length);
	if (shape->checksum == FRAME_ZERO)
		checksum = 0;
	if (shape->checksum == FRAME_WRONG)
		checksum = (uint16_t)(checksum ^ 0x0100);
	put16(udp + 6, checksum);
}

void frame__build(struct frame *frame, const struct frame_shape *shape)
{
	uint32_t state = shape->seed * 2654435761u + 1;

	frame->ip = build_link(frame->bytes, shape, &state);
	if (shape->family == 4)
		build_ipv4(frame, shape, &state);
	else
		build_ipv6(frame, shape, &state);
	frame->payload = frame->udp + 8;
	build_udp(frame, shape, &state);
	frame->length = frame->ip + frame->ip_length + shape->padding;
}
