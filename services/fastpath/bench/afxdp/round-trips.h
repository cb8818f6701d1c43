/* Replies received one by one: each is checked, and its time taken. */
#ifndef ROUND_TRIPS_H
#define ROUND_TRIPS_H

#include "frames.h"
#include "xsk-port.h"

struct round_trips;

/* Room for `count` packets. */
struct round_trips *round_trips__create(const struct frame_template *template, uint64_t count);
/* Gives the second half of the frames to the kernel for reception. */
void round_trips__fill(struct xsk_port *port);
/* Takes what has arrived; never waits. */
void round_trips__receive(struct round_trips *trips, struct xsk_port *port, uint64_t (*now_ns)(void));
uint64_t round_trips__count(const struct round_trips *trips);
/* Prints the members `checked`, `wrong`, `repeated` and `rtt_ns` of a JSON object, with a comma before them. */
void round_trips__print(struct round_trips *trips);

#endif
