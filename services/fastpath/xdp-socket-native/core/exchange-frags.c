/*
 * Packets of several descriptors (XDP_PKT_CONTD, Documentation/networking/af_xdp.rst): rare, hence copied. The caller
 * sees one frame in the tail of the pool, which is no part of the UMEM; a reply travels in the slots of its packet.
 */
#include <string.h>

#include "exchange-internal.h"

#define LINK_HEADERS 22   /* Ethernet and two VLAN tags */
#define SLOT_HEADROOM 256 /* XDP_PACKET_HEADROOM: where the kernel begins to write in a slot */
#define ROOM_EXTRA 32     /* link headers, rounded up */

static uint32_t room_for(uint32_t mtu)
{
	uint32_t room = 64;

	while (room < mtu + ROOM_EXTRA)
		room *= 2;
	return room;
}

size_t xsn_exchange__tail_size(uint32_t burst, uint32_t mtu, uint32_t slot_size)
{
	if (mtu + LINK_HEADERS + SLOT_HEADROOM <= slot_size)
		return 0;
	return (size_t)burst * room_for(mtu);
}

void xsn_frags__use_tail(struct xsn_exchange *exchange, size_t at, size_t size)
{
	uint32_t room = room_for(exchange->mtu);

	exchange->tail_at = (uint32_t)at;
	exchange->tail_stride = room;
	exchange->tail_rooms = size / room < exchange->limit ? (uint32_t)(size / room) : exchange->limit;
}

uint32_t xsn_frags__count(const struct xsn_exchange *exchange, uint32_t first, uint32_t *length)
{
	uint32_t at = first;

	*length = exchange->frames[at].length;
	while (exchange->frames[at].options & XDP_PKT_CONTD && at + 1 < exchange->taken)
		*length += exchange->frames[++at].length;
	return at + 1 - first;
}

bool xsn_frags__gather(struct xsn_exchange *exchange, struct xsn_held *held, uint32_t length)
{
	const struct xsn_frame *piece = &exchange->frames[held->first];
	uint8_t *to;

	if (length > exchange->tail_stride || exchange->gathered == exchange->tail_rooms)
		return false;
	held->at = exchange->tail_at + exchange->gathered++ * exchange->tail_stride;
	held->gathered = true;
	to = exchange->memory + held->at;
	for (uint32_t i = 0; i < held->pieces; to += piece->length, piece++, i++)
		memcpy(to, exchange->memory + piece->address, piece->length);
	return true;
}

uint32_t xsn_frags__capacity(const struct xsn_exchange *exchange, const struct xsn_held *held, uint32_t header_length)
{
	uint32_t pieces = held->pieces < XSN_REPLY_DESCRIPTORS ? held->pieces : XSN_REPLY_DESCRIPTORS;
	uint32_t in_slots = pieces * exchange->slot_size - header_length;
	uint32_t in_room = exchange->tail_stride - held->datagram.payload_offset;

	return in_slots < in_room ? in_slots : in_room;
}

uint32_t xsn_frags__spread(struct xsn_exchange *exchange, const struct xsn_held *held, uint32_t from, uint32_t length,
			   struct xsn_frame *sent)
{
	const struct xsn_frame *pieces = &exchange->frames[held->first];
	uint32_t slot_size = exchange->slot_size, n = 0;

	for (; length > 0; n++) {
		uint32_t part = length < slot_size ? length : slot_size;
		uint64_t slot = pieces[n].address & ~(uint64_t)(slot_size - 1);

		memcpy(exchange->memory + slot, exchange->memory + from, part);
		from += part;
		length -= part;
		sent[n] = (struct xsn_frame){ slot, part, length > 0 ? XDP_PKT_CONTD : 0 };
	}
	return n;
}
