/* The XDP program that counts replies (replies.bpf.c), loaded and attached; it goes with the process. */
#ifndef REPLY_COUNTER_H
#define REPLY_COUNTER_H

#include "replies.h"

struct reply_counter;

/* Exits with a message when it is impossible. */
struct reply_counter *reply_counter__open(const char *object_file, const char *interface,
					  const struct replies_config *config);
/* Hands replies that arrive on `queue` to an AF_XDP socket. */
void reply_counter__deliver(struct reply_counter *counter, unsigned int queue, int socket_fd);
/* Sum over all CPUs. */
struct replies_counters reply_counter__read(const struct reply_counter *counter);
void reply_counter__close(struct reply_counter *counter);

#endif
