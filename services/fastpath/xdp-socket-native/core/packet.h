/*
 * UDP in Ethernet frames: reading, checking and turning round. Pure functions over bytes: no memory of their own, no
 * byte read outside of the frame they are given, whatever it claims. RFC 768, 791, 8200, 1071, 1624; IEEE 802.1Q.
 */
#ifndef XSN_PACKET_H
#define XSN_PACKET_H

#include <stdbool.h>
#include <stdint.h>

enum xsn_parsed {
	XSN_UDP,         /* a whole UDP datagram: every field of xsn_datagram is valid */
	XSN_NOT_UDP,     /* another EtherType or protocol, a fragment, or more than 8 IPv6 extension headers */
	XSN_TRUNCATED,   /* ends before its headers do, or before the length that they claim */
	XSN_MALFORMED,   /* contradicts itself */
	XSN_BAD_CHECKSUM /* of the IPv4 header or of UDP; every field but `checksum` is valid here, too */
};

enum xsn_checksum {
	XSN_CHECKSUM_WHOLE,
	XSN_CHECKSUM_PARTIAL, /* of the pseudo header only, see xsn_packet__parse */
	XSN_CHECKSUM_NONE     /* IPv4 only */
};

struct xsn_datagram {
	uint32_t ip_offset;      /* from the start of the frame */
	uint32_t ip_length;      /* of the IP packet, by its own header; padding does not count */
	uint32_t payload_offset; /* from the start of the frame */
	uint32_t payload_length;
	uint16_t source_port, destination_port; /* host order */
	uint8_t family;          /* 4 or 6 */
	uint8_t checksum;        /* enum xsn_checksum: what the UDP header held */
};

/*
 * Parses a frame from its Ethernet header on: up to two VLAN tags (802.1Q, 802.1ad), IPv4 options, up to 8 IPv6
 * extension headers. Both checksums are verified; a UDP checksum that holds the sum of the pseudo header only is
 * accepted, because the sender's stack left the rest to a device that this frame never passed (CHECKSUM_PARTIAL in
 * skbuff.h: frames from the same machine, by veth). An IPv4 datagram may have none (0), an IPv6 one may not.
 * Checksums are looked at last: a frame that is no whole datagram is named by what its headers say.
 *
 * ip_offset and ip_length are valid whatever the result: for a frame that is not XSN_UDP, ip_length is what the IP
 * header claims if that is there, else all that lies behind the Ethernet header and its tags.
 */
enum xsn_parsed xsn_packet__parse(const uint8_t *frame, uint32_t length, struct xsn_datagram *datagram);

/*
 * Turns the datagram round in place: swaps MAC addresses, IP addresses and ports, sets the payload length, TTL 64 and
 * both checksums. IPv4 options and IPv6 extension headers do not travel back: the IP header moves up against the UDP
 * header. The payload stays where it is. VLAN tags, DSCP, flow label, IPv4 identification and DF stay as they came; ECN
 * is cleared, because what it said was about the way here.
 * `payload_length` bytes behind payload_offset must be there, and the IP packet must not exceed 65535 bytes.
 * Returns the offset of the new first byte of the frame; *length is its new length.
 */
uint32_t xsn_packet__reply(uint8_t *frame, const struct xsn_datagram *datagram, uint32_t payload_length,
			   uint32_t *length);

/* As xsn_packet__reply, with the payload exactly as it came: a whole checksum needs no second look at it. */
uint32_t xsn_packet__reflect(uint8_t *frame, const struct xsn_datagram *datagram, uint32_t *length);

/*
 * The Internet checksum (RFC 1071). add: n bytes added to `sum`, not folded; any n, any alignment; of several pieces
 * only the last may have an odd length. fold: the checksum as it is stored, in the byte order of memory; 0 for a sum
 * that holds a right checksum.
 */
uint64_t xsn_checksum__add(uint64_t sum, const uint8_t *bytes, uint32_t n);
uint16_t xsn_checksum__fold(uint64_t sum);

#endif
