/* What the generator and its XDP program (replies.bpf.c) share. */
#ifndef REPLIES_H
#define REPLIES_H

/* First bytes of each payload that the generator sends, in network order. */
#define PAYLOAD_MAGIC 0x78736e21

/* A reply comes from `port` to one of the ports from first_port on; both in host order. */
struct replies_config {
	unsigned int port, first_port, ports;
	unsigned int deliver; /* 0: count and drop; 1: also hand over to the AF_XDP socket of the queue */
};

struct replies_counters {
	unsigned long long replies, bytes; /* frames that carry our payload back, with their Ethernet header */
	unsigned long long foreign;        /* everything else: passed on to the stack */
};

#endif
