/* What the tests of attaching share: a veth pair "xa" here, "xb" in namespace "peer", and UDP from there. */
#ifndef XSN_PROGRAM_FIXTURE_H
#define XSN_PROGRAM_FIXTURE_H

#include "../program.h"

#include <sys/types.h>

#define INTERFACE "xa"
#define PORT 7000

/* Text of the last call on a program. */
extern char fixture_log[1 << 16];

void fixture__create(const char *objects);
void fixture__delete(void);

/* Opens a program of program-under-test.bpf.o that knows PORT, and loads it. */
struct xsn_program *fixture__load(const char *name);
/* Its map `counters`: xsn_test_filter counts and drops packets to PORT in the first. */
volatile uint64_t *fixture__counters(struct xsn_program *program);

/* Id of the program on the interface, 0 = none; *native as the kernel has it. */
uint32_t fixture__attached(bool *native);
/* Programs, and maps, of that name in the kernel. */
uint32_t fixture__programs(const char *name);
uint32_t fixture__maps(const char *name);
/* Programs of that name behind the interface, with or without dispatcher. */
uint32_t fixture__on_interface(const char *name);

/* Sends to `port` from the peer, some thousand packets per second, until killed. */
pid_t fixture__send(uint16_t port);
/* Kills that process and waits for its end. */
void fixture__kill(pid_t child);
/* A process that attaches a program and lives until it is killed. Returns when it has attached. */
pid_t fixture__owner(const char *name, enum xsn_attach_mode mode);

/* Waits until the counter has grown by n; false after 20 s. */
bool fixture__grows(volatile uint64_t *counter, uint64_t n);
/* Packets to PORT that the stack of this namespace has got since the last call. */
uint32_t fixture__stack(void);
/* Waits until the stack gets a packet to PORT; false after 20 s. */
bool fixture__stack_gets_one(void);

#endif
