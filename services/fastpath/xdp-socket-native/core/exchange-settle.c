#include "exchange-internal.h"

#define LOOK_AHEAD 4

#define unlikely(x) __builtin_expect(!!(x), 0)

struct tally {
	uint32_t replies, bytes, consumed, handler_error, reply_loop, tx_error;
	uint32_t sent, back; /* descriptors */
};

static inline void give_back(struct xsn_exchange *exchange, uint32_t first, uint32_t pieces, struct tally *tally)
{
	for (uint32_t i = 0; i < pieces; i++)
		exchange->back[tally->back++] = exchange->frames[first + i];
}

static inline void answer(struct xsn_exchange *exchange, uint32_t packet, uint32_t payload_length,
			  struct tally *tally)
{
	const struct xsn_held *held = &exchange->held[packet];
	struct xsn_frame *sent = &exchange->sent[tally->sent];
	uint8_t *frame = exchange->memory + held->at;
	uint32_t length, start, descriptors = 1;

	start = held->at + (exchange->untouched ?
				    xsn_packet__reflect(frame, &held->datagram, &length) :
				    xsn_packet__reply(frame, &held->datagram, payload_length, &length));
	if (unlikely(held->gathered))
		descriptors = xsn_frags__spread(exchange, held, start, length, sent);
	else
		*sent = (struct xsn_frame){ start, length, 0 };
	exchange->answered[tally->replies] = (uint16_t)packet;
	exchange->spread[tally->replies++] = (uint16_t)descriptors;
	tally->sent += descriptors;
	tally->bytes += length - held->datagram.ip_offset;
}

/* What the caller decided for each packet: a reply, or its frames back. */
static void judge(struct xsn_exchange *exchange, struct tally *tally)
{
	const uint32_t *reply_length = exchange->burst.reply_length;

	for (uint32_t i = 0; i < exchange->in_hand; i++) {
		const struct xsn_held *held = &exchange->held[i];
		/* Read once: the column is the caller's, and what is checked must be what is used. */
		uint32_t length = exchange->untouched ? held->datagram.payload_length :
							__atomic_load_n(&reply_length[i], __ATOMIC_RELAXED);

		__builtin_prefetch(exchange->memory + exchange->held[(i + LOOK_AHEAD) % XSN_BURST_MAX].at, 1);
		if (!unlikely(exchange->failed) && length <= held->capacity && !held->refused) {
			answer(exchange, i, length, tally);
			continue;
		}
		if (unlikely(exchange->failed))
			tally->handler_error++;
		else if (length == XSN_NO_REPLY)
			tally->consumed++;
		else if (length > held->capacity)
			tally->handler_error++;
		else
			tally->reply_loop++;
		give_back(exchange, held->first, held->pieces, tally);
	}
}

/* Takes the replies that the TX ring did not take out of the tally, and collects the slots that were not needed. */
static void sort_out(struct xsn_exchange *exchange, uint32_t queued, struct tally *tally)
{
	uint32_t replies = tally->replies, at = 0;

	for (uint32_t i = 0; i < replies; i++) {
		const struct xsn_held *held = &exchange->held[exchange->answered[i]];
		uint32_t used = exchange->spread[i];

		if (at + used <= queued) {
			give_back(exchange, held->first + used, held->pieces - used, tally);
		} else {
			for (uint32_t j = 0; j < used; j++)
				tally->bytes -= exchange->sent[at + j].length;
			tally->bytes += held->datagram.ip_offset;
			tally->replies--;
			tally->tx_error++;
			give_back(exchange, held->first, held->pieces, tally);
		}
		at += used;
	}
}

static void book(struct xsn_exchange_counters *counters, const struct tally *tally)
{
	if (tally->replies > 0) {
		xsn_count_up(&counters->tx_packets, tally->replies);
		xsn_count_up(&counters->tx_bytes, tally->bytes);
	}
	if (tally->back == 0)
		return;
	xsn_count_up(&counters->consumed, tally->consumed);
	xsn_count_up(&counters->handler_error, tally->handler_error);
	xsn_count_up(&counters->reply_loop, tally->reply_loop);
	xsn_count_up(&counters->tx_error, tally->tx_error);
}

/* A transmit that fails altogether has queued nothing: its replies are tx_error. */
int xsn_exchange__settle(struct xsn_exchange *exchange)
{
	struct tally tally = { 0 };
	int queued = 0;

	if (exchange->in_hand == 0)
		return 0;
	judge(exchange, &tally);
	if (tally.sent > 0)
		queued = xsn_socket__transmit(exchange->socket, exchange->sent, tally.sent);
	if (queued < 0)
		queued = 0;
	if ((uint32_t)queued < tally.sent || exchange->gathered > 0)
		sort_out(exchange, (uint32_t)queued, &tally);
	book(&exchange->counters, &tally);
	exchange->in_hand = 0;
	exchange->failed = exchange->untouched = false;
	return tally.back > 0 ? xsn_socket__recycle(exchange->socket, exchange->back, tally.back) : 0;
}
