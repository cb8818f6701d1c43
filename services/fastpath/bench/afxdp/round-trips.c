#include "round-trips.h"

#include <inttypes.h>
#include <stdlib.h>

struct round_trips {
	const struct frame_template *template;
	uint64_t *times_ns; /* by packet number, 0 = not there yet */
	uint64_t expected, checked, wrong, repeated;
};

struct round_trips *round_trips__create(const struct frame_template *template, uint64_t count)
{
	struct round_trips *trips = calloc(1, sizeof(*trips));

	if (!trips)
		die("calloc");
	trips->template = template;
	trips->expected = count;
	trips->times_ns = calloc(count, sizeof(*trips->times_ns));
	if (!trips->times_ns)
		die("calloc");
	return trips;
}

void round_trips__fill(struct xsk_port *port)
{
	const uint32_t half = FRAMES / 2;
	uint32_t at = 0;

	xsk_ring_prod__reserve(&port->fill, half, &at);
	for (uint32_t i = 0; i < half; i++)
		*xsk_ring_prod__fill_addr(&port->fill, at + i) = (uint64_t)(half + i) * FRAME_SIZE;
	xsk_ring_prod__submit(&port->fill, half);
}

static void check_reply(struct round_trips *trips, const uint8_t *frame, uint32_t length, uint64_t now)
{
	uint64_t sent_ns;
	uint32_t number;

	if (!frame__is_reply(trips->template, frame, length, &number, &sent_ns) || number >= trips->expected) {
		trips->wrong++;
	} else if (trips->times_ns[number]) {
		trips->repeated++;
	} else {
		trips->times_ns[number] = now - sent_ns;
		trips->checked++;
	}
}

void round_trips__receive(struct round_trips *trips, struct xsk_port *port, uint64_t (*now_ns)(void))
{
	uint32_t from, to = 0;
	const uint32_t n = xsk_ring_cons__peek(&port->rx, BATCH, &from);
	const uint64_t now = n ? now_ns() : 0;

	if (!n)
		return;
	if (!xsk_ring_prod__reserve(&port->fill, n, &to))
		fail("the fill ring is full"); /* cannot be: half of the frames fill half of it */
	for (uint32_t i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&port->rx, from + i);

		check_reply(trips, port->memory + desc->addr, desc->len, now);
		*xsk_ring_prod__fill_addr(&port->fill, to + i) = desc->addr & ~(uint64_t)(FRAME_SIZE - 1);
	}
	xsk_ring_cons__release(&port->rx, n);
	xsk_ring_prod__submit(&port->fill, n);
}

uint64_t round_trips__count(const struct round_trips *trips)
{
	return trips->checked;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t percentile(const uint64_t *sorted, uint64_t n, double share)
{
	return n ? sorted[(uint64_t)((n - 1) * share)] : 0;
}

void round_trips__print(struct round_trips *trips)
{
	uint64_t *sorted = malloc((trips->checked + 1) * sizeof(*sorted));
	uint64_t n = 0;

	if (!sorted)
		die("malloc");
	for (uint64_t i = 0; i < trips->expected && n < trips->checked; i++) {
		if (trips->times_ns[i])
			sorted[n++] = trips->times_ns[i];
	}
	qsort(sorted, n, sizeof(*sorted), by_value);
	printf(",\"checked\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"repeated\":%" PRIu64 ",\"rtt_ns\":{\"p50\":%" PRIu64
	       ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64 "}",
	       trips->checked, trips->wrong, trips->repeated, percentile(sorted, n, 0.5), percentile(sorted, n, 0.9),
	       percentile(sorted, n, 0.99), percentile(sorted, n, 1));
	free(sorted);
}
