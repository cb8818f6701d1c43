#include "packet.h"

#include "bytes.h"

#define ETHERNET_HEADER 14
#define VLAN_TAG 4
#define MAX_VLAN_TAGS 2
#define MAX_EXTENSIONS 8

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8

#define PROTOCOL_HOP_BY_HOP 0
#define PROTOCOL_ROUTING 43
#define PROTOCOL_FRAGMENT 44
#define PROTOCOL_AUTHENTICATION 51
#define PROTOCOL_DESTINATION_OPTIONS 60
#define PROTOCOL_MOBILITY 135
#define PROTOCOL_HIP 139
#define PROTOCOL_SHIM6 140

/* Where the transport header starts and what it is. `end` is the end of the IP packet. */
struct transport {
	uint32_t at, end;
	uint32_t fragment_offset;
	bool is_fragment;
	uint8_t protocol;
};

static inline enum xsn_parsed check_udp(const uint8_t *frame, struct xsn_datagram *datagram)
{
	const uint8_t *udp = frame + datagram->payload_offset - UDP_HEADER;
	uint32_t udp_length = UDP_HEADER + datagram->payload_length;
	uint64_t sum = pseudo_header(frame + datagram->ip_offset, datagram->family, udp_length);
	uint16_t checksum;

	memcpy(&checksum, udp + 6, sizeof(checksum));
	if (checksum == 0) {
		datagram->checksum = XSN_CHECKSUM_NONE;
		return datagram->family == 4 ? XSN_UDP : XSN_BAD_CHECKSUM;
	}
	if ((checksum ^ fold(sum)) == 0xffff) {
		datagram->checksum = XSN_CHECKSUM_PARTIAL;
		return XSN_UDP;
	}
	datagram->checksum = XSN_CHECKSUM_WHOLE;
	sum = udp_length < INLINE_LENGTH ? add_words(sum, udp, udp + udp_length) :
					   xsn_checksum__add(sum, udp, udp_length);
	return fold(sum) == 0 ? XSN_UDP : XSN_BAD_CHECKSUM;
}

static inline bool ipv4_header_holds(const uint8_t *ip, uint32_t header_length)
{
	return fold(add_words(0, ip, ip + header_length)) == 0;
}

/* A UDP datagram fills its IP packet or is shorter; what lies behind it is not its payload. */
static inline enum xsn_parsed parse_udp(const uint8_t *frame, const struct transport *transport,
					struct xsn_datagram *datagram)
{
	const uint8_t *udp = frame + transport->at;
	uint32_t left = transport->end - transport->at;
	uint32_t udp_length;

	if (transport->protocol != PROTOCOL_UDP || transport->fragment_offset != 0)
		return XSN_NOT_UDP;
	/* A first fragment that hides its ports from filters (RFC 1858) is cut off, too. */
	if (left < UDP_HEADER)
		return XSN_TRUNCATED;
	if (transport->is_fragment)
		return XSN_NOT_UDP;
	udp_length = read16(udp + 4);
	if (udp_length < UDP_HEADER)
		return XSN_MALFORMED;
	if (udp_length > left)
		return XSN_TRUNCATED;
	datagram->source_port = read16(udp);
	datagram->destination_port = read16(udp + 2);
	datagram->payload_offset = transport->at + UDP_HEADER;
	datagram->payload_length = udp_length - UDP_HEADER;
	return XSN_UDP;
}

static inline enum xsn_parsed parse_ipv4(const uint8_t *frame, uint32_t length, struct xsn_datagram *datagram)
{
	const uint8_t *ip = frame + datagram->ip_offset;
	uint32_t left = length - datagram->ip_offset;
	struct transport transport = { 0 };
	uint32_t header_length, ip_length, fragmentation;
	enum xsn_parsed parsed;

	if (left > 0 && ip[0] >> 4 != 4)
		return XSN_MALFORMED;
	if (left < IPV4_HEADER)
		return XSN_TRUNCATED;
	header_length = 4 * (ip[0] & 0x0fu);
	ip_length = read16(ip + 2);
	if (header_length < IPV4_HEADER || ip_length < header_length)
		return XSN_MALFORMED;
	if (ip_length > left)
		return XSN_TRUNCATED;
	datagram->ip_length = ip_length;
	datagram->family = 4;
	fragmentation = read16(ip + 6) & 0x3fff;
	transport.at = datagram->ip_offset + header_length;
	transport.end = datagram->ip_offset + ip_length;
	transport.fragment_offset = fragmentation & 0x1fff;
	transport.is_fragment = fragmentation != 0;
	transport.protocol = ip[9];
	parsed = parse_udp(frame, &transport, datagram);
	if (parsed == XSN_UDP && !ipv4_header_holds(ip, header_length))
		return XSN_BAD_CHECKSUM;
	return parsed;
}

/* Bytes of the extension header at the cursor; 0: it is none, or lies in a later fragment; -1: cut off. */
static int extension_length(const uint8_t *frame, const struct transport *transport)
{
	if (transport->fragment_offset != 0)
		return 0;
	switch (transport->protocol) {
	case PROTOCOL_FRAGMENT:
		return 8;
	case PROTOCOL_HOP_BY_HOP:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DESTINATION_OPTIONS:
	case PROTOCOL_MOBILITY:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return transport->at + 2 > transport->end ? -1 : 8 * (frame[transport->at + 1] + 1);
	case PROTOCOL_AUTHENTICATION:
		return transport->at + 2 > transport->end ? -1 : 4 * (frame[transport->at + 1] + 2);
	default:
		return 0;
	}
}

/* Moves to the transport header (RFC 8200, section 4). XSN_UDP: it is there, whatever it may be. */
static enum xsn_parsed walk_extensions(const uint8_t *frame, struct transport *transport)
{
	for (uint32_t walked = 0; walked <= MAX_EXTENSIONS; walked++) {
		int length = extension_length(frame, transport);

		if (length == 0)
			return XSN_UDP;
		if (length < 0 || transport->at + (uint32_t)length > transport->end)
			return XSN_TRUNCATED;
		if (transport->protocol == PROTOCOL_FRAGMENT) {
			uint32_t fragmentation = read16(frame + transport->at + 2);

			transport->fragment_offset = fragmentation >> 3;
			/* An atomic fragment (RFC 6946) is a whole packet. */
			transport->is_fragment |= (fragmentation & 0xfff9) != 0;
		}
		transport->protocol = frame[transport->at];
		transport->at += (uint32_t)length;
	}
	return XSN_NOT_UDP;
}

static enum xsn_parsed parse_ipv6(const uint8_t *frame, uint32_t length, struct xsn_datagram *datagram)
{
	const uint8_t *ip = frame + datagram->ip_offset;
	uint32_t left = length - datagram->ip_offset;
	struct transport transport = { 0 };
	enum xsn_parsed parsed;
	uint32_t ip_length;

	if (left > 0 && ip[0] >> 4 != 6)
		return XSN_MALFORMED;
	if (left < IPV6_HEADER)
		return XSN_TRUNCATED;
	ip_length = IPV6_HEADER + read16(ip + 4);
	if (ip_length > left)
		return XSN_TRUNCATED;
	datagram->ip_length = ip_length;
	datagram->family = 6;
	transport.at = datagram->ip_offset + IPV6_HEADER;
	transport.end = datagram->ip_offset + ip_length;
	transport.protocol = ip[6];
	parsed = walk_extensions(frame, &transport);
	return parsed == XSN_UDP ? parse_udp(frame, &transport, datagram) : parsed;
}

enum xsn_parsed xsn_packet__parse(const uint8_t *frame, uint32_t length, struct xsn_datagram *datagram)
{
	uint32_t at = ETHERNET_HEADER;
	enum xsn_parsed parsed = XSN_NOT_UDP;
	uint16_t type;

	datagram->ip_offset = length < at ? length : at;
	datagram->ip_length = length - datagram->ip_offset;
	if (length < ETHERNET_HEADER)
		return XSN_TRUNCATED;
	type = read16(frame + 12);
	for (int tags = 0; tags < MAX_VLAN_TAGS && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ); tags++) {
		if (length < at + VLAN_TAG)
			return XSN_TRUNCATED;
		type = read16(frame + at + 2);
		at += VLAN_TAG;
	}
	datagram->ip_offset = at;
	datagram->ip_length = length - at;
	if (type == ETHERTYPE_IPV4)
		parsed = parse_ipv4(frame, length, datagram);
	else if (type == ETHERTYPE_IPV6)
		parsed = parse_ipv6(frame, length, datagram);
	return parsed == XSN_UDP ? check_udp(frame, datagram) : parsed;
}
