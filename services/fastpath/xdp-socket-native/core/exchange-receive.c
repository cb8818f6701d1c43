#include "exchange-internal.h"

/* Frames looked ahead: slots lie 2 or 4 KiB apart, so that few of a burst stay in the first-level cache. */
#define LOOK_AHEAD 4

#define unlikely(x) __builtin_expect(!!(x), 0)

struct tally {
	uint32_t packets, bytes, malformed, bad_checksum, too_long, back;
};

static inline void prefetch(const struct xsn_exchange *exchange, uint32_t frame)
{
	if (frame < exchange->taken)
		__builtin_prefetch(exchange->memory + exchange->frames[frame].address);
}

static void give_back(struct xsn_exchange *exchange, const struct xsn_held *held, struct tally *tally)
{
	for (uint32_t i = 0; i < held->pieces; i++)
		exchange->back[tally->back++] = exchange->frames[held->first + i];
}

/* MAC header and VLAN tags do not count in the MTU. */
static inline uint32_t reply_capacity(const struct xsn_exchange *exchange, const struct xsn_held *held)
{
	const struct xsn_datagram *datagram = &held->datagram;
	uint32_t headers = datagram->family == 4 ? 20 + 8 : 40 + 8;
	uint32_t in_mtu = exchange->mtu - headers;
	/* Not the offset of the payload's place: an empty payload at the end of its slot has none in it. */
	uint32_t in_slot = exchange->slot_size - (held->at & (exchange->slot_size - 1)) - datagram->payload_offset;

	if (unlikely(held->gathered))
		in_slot = xsn_frags__capacity(exchange, held, datagram->ip_offset + headers);
	return in_slot < in_mtu ? in_slot : in_mtu;
}

/* Its reply would loop, come from a group MAC address or go to one. */
static inline bool is_refused(const uint8_t *frame, const struct xsn_datagram *datagram)
{
	return datagram->source_port == datagram->destination_port || ((frame[0] | frame[6]) & 1);
}

static inline void show(struct xsn_exchange *exchange, struct xsn_held *held)
{
	const struct xsn_datagram *datagram = &held->datagram;
	struct xsn_burst *burst = &exchange->burst;
	uint32_t i = exchange->in_hand++;

	held->refused = is_refused(exchange->memory + held->at, datagram);
	held->capacity = reply_capacity(exchange, held);
	burst->offset[i] = held->at + datagram->payload_offset;
	burst->length[i] = datagram->payload_length;
	burst->capacity[i] = held->capacity;
	burst->reply_length[i] = XSN_NO_REPLY;
	burst->ip_offset[i] = held->at + datagram->ip_offset;
	burst->ip_length[i] = datagram->ip_length;
}

/* Opens one packet: shows it, or counts it and has its frames given back. */
static inline void open_packet(struct xsn_exchange *exchange, struct tally *tally)
{
	const struct xsn_frame *frame = &exchange->frames[exchange->opened];
	struct xsn_held *held = &exchange->held[exchange->in_hand];
	uint32_t length = frame->length;
	enum xsn_parsed parsed;

	held->at = (uint32_t)frame->address;
	held->first = (uint16_t)exchange->opened;
	held->pieces = 1;
	held->gathered = false;
	if (unlikely(frame->options & XDP_PKT_CONTD)) {
		held->pieces = (uint16_t)xsn_frags__count(exchange, held->first, &length);
		if (!xsn_frags__gather(exchange, held, length)) {
			tally->too_long++;
			tally->bytes += length - 14; /* of several slots: longer than an Ethernet header */
			give_back(exchange, held, tally);
			exchange->opened += held->pieces;
			return;
		}
	}
	exchange->opened += held->pieces;
	parsed = xsn_packet__parse(exchange->memory + held->at, length, &held->datagram);
	tally->bytes += held->datagram.ip_length;
	if (parsed == XSN_UDP) {
		show(exchange, held);
		return;
	}
	if (parsed == XSN_BAD_CHECKSUM)
		tally->bad_checksum++;
	else
		tally->malformed++;
	give_back(exchange, held, tally);
}

static void book(struct xsn_exchange_counters *counters, const struct tally *tally)
{
	xsn_count_up(&counters->rx_packets, tally->packets);
	xsn_count_up(&counters->rx_bytes, tally->bytes);
	if (tally->back == 0)
		return;
	xsn_count_up(&counters->malformed, tally->malformed);
	xsn_count_up(&counters->bad_checksum, tally->bad_checksum);
	xsn_count_up(&counters->too_long, tally->too_long);
}

int xsn_exchange__fetch(struct xsn_exchange *exchange, uint32_t *taken)
{
	struct tally tally = { 0 };
	int n;

	exchange->gathered = 0;
	if (exchange->opened == exchange->taken) {
		exchange->opened = exchange->taken = 0;
		n = xsn_socket__receive(exchange->socket, exchange->frames, exchange->window);
		if (n <= 0) {
			*taken = 0;
			return n;
		}
		exchange->taken = (uint32_t)n;
	}
	*taken = exchange->taken - exchange->opened;
	for (uint32_t i = 0; i < LOOK_AHEAD; i++)
		prefetch(exchange, exchange->opened + i);
	while (exchange->opened < exchange->taken && exchange->in_hand < exchange->limit) {
		prefetch(exchange, exchange->opened + LOOK_AHEAD);
		open_packet(exchange, &tally);
		tally.packets++;
	}
	book(&exchange->counters, &tally);
	n = tally.back > 0 ? xsn_socket__recycle(exchange->socket, exchange->back, tally.back) : 0;
	return n < 0 ? n : (int)exchange->in_hand;
}
