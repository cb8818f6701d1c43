/* Frames for the tests, built byte by byte, with a checksum of their own: nothing of it is the core's. */
#ifndef XSN_TEST_FRAMES_H
#define XSN_TEST_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX 70000u

enum frame_checksum { FRAME_WHOLE, FRAME_PARTIAL, FRAME_ZERO, FRAME_WRONG };

struct frame_shape {
	uint8_t family;            /* 4 or 6 */
	uint8_t tags;              /* VLAN tags */
	uint8_t options;           /* IPv4: bytes of options, a multiple of 4 up to 40 */
	uint8_t extensions;        /* IPv6: extension headers, of mixed types and lengths */
	enum frame_checksum checksum;
	uint16_t source_port, destination_port;
	uint32_t payload;          /* bytes */
	uint32_t behind_datagram;  /* bytes that the IP packet has behind the UDP datagram */
	uint32_t padding;          /* bytes that the frame has behind the IP packet */
	uint32_t seed;             /* of addresses and payload */
};

struct frame {
	uint32_t ip, udp, payload, length; /* offsets, and bytes of all */
	uint32_t ip_length;
	uint8_t bytes[FRAME_MAX];
};

void frame__build(struct frame *frame, const struct frame_shape *shape);
/* Sets the checksum of the IPv4 header anew, after a test has changed it. */
void frame__sign_ipv4(struct frame *frame);

/* The checksum that the UDP header at `udp` should hold, whatever it holds. */
uint16_t udp_checksum_of(const uint8_t *ip, uint8_t family, const uint8_t *udp);
/* Whether it holds a whole and right one. */
bool udp_checksum_holds(const uint8_t *ip, uint8_t family, const uint8_t *udp);

/* The sum of RFC 1071 as its text says it: 16 bits after 16 bits. */
uint16_t naive_checksum(const uint8_t *bytes, uint32_t n);

/* A small generator with a state (xorshift), so that a failure can be had again. */
uint32_t next_random(uint32_t *state);

static inline void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

#endif
