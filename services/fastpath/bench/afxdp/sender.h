/* One queue that packets are sent through: a socket and the frames that are free to be written. */
#ifndef SENDER_H
#define SENDER_H

#include "frames.h"
#include "xsk-port.h"

struct sender {
	struct xsk_port port;
	uint64_t free[FRAMES];
	uint32_t free_count;
};

/* Sends from the first `frames` frames of its memory. Exits with a message when it is impossible. */
void sender__open(struct sender *sender, const char *interface, uint32_t queue, uint32_t frames);
void sender__close(struct sender *sender);
/* Sends up to n packets, numbered from `number` on; returns how many there was room for. */
uint32_t sender__send(struct sender *sender, const struct frame_template *template, uint32_t n, uint64_t number,
		      uint64_t time_ns);
/* Has the kernel send what is left in the ring, and takes back what it has sent: returns how many. */
uint32_t sender__complete(struct sender *sender);
/* Descriptors that the kernel refused. */
uint64_t sender__invalid(const struct sender *sender);

#endif
