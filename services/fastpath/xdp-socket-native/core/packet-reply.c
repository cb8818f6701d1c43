#include "bytes.h"
#include "packet.h"

#define REPLY_TTL 64

static inline void swap_macs(uint8_t *frame)
{
	uint8_t destination[6];

	memcpy(destination, frame, 6);
	memcpy(frame, frame + 6, 6);
	memcpy(frame + 6, destination, 6);
}

/* Whole words are read, put together and written: mixed widths would wait for the store buffer. */
static inline void turn_ipv4(uint8_t *ip, uint32_t udp_length)
{
	uint32_t first = 0x45000000 | (read32(ip) & 0x00fc0000) | (IPV4_HEADER + udp_length);
	uint32_t second = read32(ip + 4) & 0xffff4000;
	uint32_t third = REPLY_TTL << 24 | PROTOCOL_UDP << 16;
	uint32_t source = read32(ip + 12), destination = read32(ip + 16);

	third |= fold((uint64_t)first + second + third + source + destination);
	write32(ip, first);
	write32(ip + 4, second);
	write32(ip + 8, third);
	write32(ip + 12, destination);
	write32(ip + 16, source);
}

static inline void turn_ipv6(uint8_t *ip, uint32_t udp_length)
{
	uint8_t source[16];

	write32(ip, read32(ip) & 0xffcfffff);
	write32(ip + 4, udp_length << 16 | PROTOCOL_UDP << 8 | REPLY_TTL);
	memcpy(source, ip + 8, 16);
	memcpy(ip + 8, ip + 24, 16);
	memcpy(ip + 24, source, 16);
}

static uint16_t udp_checksum(uint64_t pseudo, const struct xsn_datagram *datagram, const uint8_t *payload,
			     uint32_t payload_length)
{
	uint64_t sum = pseudo + swap16(datagram->source_port) + swap16(datagram->destination_port) +
		       swap16((uint16_t)(UDP_HEADER + payload_length));
	uint16_t checksum;

	if (payload_length >= 8 && payload_length < INLINE_LENGTH)
		sum = add_words(sum, payload, payload + payload_length);
	else
		sum = xsn_checksum__add(sum, payload, payload_length);
	checksum = fold(sum);
	return checksum == 0 ? 0xffff : swap16(checksum); /* 0 would say that there is none */
}

static inline uint32_t turn_round(uint8_t *frame, const struct xsn_datagram *datagram, uint32_t payload_length,
				  bool keep_checksum, uint32_t *length)
{
	uint32_t header = datagram->family == 4 ? IPV4_HEADER : IPV6_HEADER;
	uint32_t udp_length = UDP_HEADER + payload_length;
	uint8_t *payload = frame + datagram->payload_offset;
	uint8_t *ip = payload - UDP_HEADER - header;
	uint32_t shift = (uint32_t)(ip - frame) - datagram->ip_offset;
	uint16_t checksum;

	if (shift != 0)
		memmove(frame + shift, frame, datagram->ip_offset + header);
	checksum = keep_checksum ? read16(payload - 2) :
				   udp_checksum(pseudo_header(ip, datagram->family, udp_length), datagram,
						payload, payload_length);
	swap_macs(frame + shift);
	if (datagram->family == 4)
		turn_ipv4(ip, udp_length);
	else
		turn_ipv6(ip, udp_length);
	write32(payload - 8, (uint32_t)datagram->destination_port << 16 | datagram->source_port);
	write32(payload - 4, udp_length << 16 | checksum);
	*length = datagram->payload_offset + payload_length - shift;
	return shift;
}

uint32_t xsn_packet__reply(uint8_t *frame, const struct xsn_datagram *datagram, uint32_t payload_length,
			   uint32_t *length)
{
	return turn_round(frame, datagram, payload_length, false, length);
}

uint32_t xsn_packet__reflect(uint8_t *frame, const struct xsn_datagram *datagram, uint32_t *length)
{
	return turn_round(frame, datagram, datagram->payload_length, datagram->checksum == XSN_CHECKSUM_WHOLE, length);
}
