#ifndef GENERATOR_OPTIONS_H
#define GENERATOR_OPTIONS_H

#include "frames.h"

struct generator_options {
	const char *interface;
	const char *replies_object; /* replies.bpf.o; beside the program by default */
	uint32_t queues;
	uint64_t count;        /* 0: until SIGTERM or SIGINT */
	double rate;           /* packets/s, 0: as fast as it goes */
	uint32_t linger_ms;    /* how long to wait for one more reply */
	bool expect_replies;   /* ends the wait as soon as all are back */
	bool rtt;              /* receives and checks every reply, one by one */
	struct frame_options frame;
};

/* Prints the usage and exits with status 2 when the options are wrong. */
struct generator_options generator_options__parse(int argc, char **argv);

#endif
