/* UDP frames of the generator: built once, then only source port, number and time change from one to the next. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX 1514
/* Payload: magic, number, time of sending; the rest is zero. */
#define PAYLOAD_MIN 16

struct frame_options {
	uint8_t source_mac[6], destination_mac[6];
	uint8_t family;                  /* 4 or 6 */
	uint8_t source[16], destination[16]; /* the first 4 bytes for IPv4 */
	uint16_t port, first_port;       /* host order */
	uint32_t flows;                  /* source ports from first_port on */
	uint32_t size;                   /* bytes from the Ethernet header on, without FCS */
};

struct frame_template {
	struct frame_options options;
	uint8_t frame[FRAME_MAX];
	uint32_t udp_offset;
	uint32_t sum; /* of everything that the UDP checksum covers and that never changes, not folded */
};

/* Smallest size of a frame of that family. */
uint32_t frame__min_size(uint8_t family);
void frame__init(struct frame_template *template, const struct frame_options *options);
/* Writes packet `number` (its flow is number % flows) with a correct checksum. */
void frame__write(const struct frame_template *template, uint8_t *frame, uint32_t number, uint64_t time_ns);
/*
 * Whether a frame is a faultless reply: addresses and ports swapped, payload as it was sent, checksums right (UDP's may
 * be that of the pseudo header alone, which a stack on the same machine leaves to a device). Gives number and time.
 */
bool frame__is_reply(const struct frame_template *template, const uint8_t *frame, uint32_t length, uint32_t *number,
		     uint64_t *time_ns);

#endif
