#include "frames.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <string.h>

#include "replies.h"

struct payload {
	uint32_t magic, number;
	uint64_t time_ns;
} __attribute__((packed));

static uint32_t add_bytes(uint32_t sum, const uint8_t *bytes, uint32_t n)
{
	for (uint32_t i = 0; i + 1 < n; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	return n & 1 ? sum + (bytes[n - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return sum + (sum >> 16);
}

static uint32_t ip_size(uint8_t family)
{
	return family == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

static uint32_t address_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

uint32_t frame__min_size(uint8_t family)
{
	return ETH_HLEN + ip_size(family) + sizeof(struct udphdr) + PAYLOAD_MIN;
}

static uint32_t pseudo_header_sum(const struct frame_options *options)
{
	const uint32_t n = address_size(options->family);
	uint32_t sum = IPPROTO_UDP + options->size - ETH_HLEN - ip_size(options->family);

	sum = add_bytes(sum, options->source, n);
	return add_bytes(sum, options->destination, n);
}

static void write_ipv4(const struct frame_options *options, uint8_t *at)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };

	ip.tot_len = htons(options->size - ETH_HLEN);
	memcpy(&ip.saddr, options->source, 4);
	memcpy(&ip.daddr, options->destination, 4);
	ip.check = htons(~fold(add_bytes(0, (const uint8_t *)&ip, sizeof(ip))));
	memcpy(at, &ip, sizeof(ip));
}

static void write_ipv6(const struct frame_options *options, uint8_t *at)
{
	struct ipv6hdr ip = { .version = 6, .hop_limit = 64, .nexthdr = IPPROTO_UDP };

	ip.payload_len = htons(options->size - ETH_HLEN - sizeof(ip));
	memcpy(&ip.saddr, options->source, 16);
	memcpy(&ip.daddr, options->destination, 16);
	memcpy(at, &ip, sizeof(ip));
}

void frame__init(struct frame_template *template, const struct frame_options *options)
{
	struct ethhdr eth = { .h_proto = htons(options->family == 4 ? ETH_P_IP : ETH_P_IPV6) };
	struct udphdr udp = { .dest = htons(options->port) };
	struct payload payload = { .magic = htonl(PAYLOAD_MAGIC) };

	memset(template, 0, sizeof(*template));
	template->options = *options;
	template->udp_offset = ETH_HLEN + ip_size(options->family);
	udp.len = htons(options->size - template->udp_offset);
	memcpy(eth.h_dest, options->destination_mac, ETH_ALEN);
	memcpy(eth.h_source, options->source_mac, ETH_ALEN);
	memcpy(template->frame, &eth, sizeof(eth));
	if (options->family == 4)
		write_ipv4(options, template->frame + ETH_HLEN);
	else
		write_ipv6(options, template->frame + ETH_HLEN);
	memcpy(template->frame + template->udp_offset, &udp, sizeof(udp));
	memcpy(template->frame + template->udp_offset + sizeof(udp), &payload, sizeof(payload));
	template->sum = add_bytes(pseudo_header_sum(options), template->frame + template->udp_offset,
				  options->size - template->udp_offset);
}

void frame__write(const struct frame_template *template, uint8_t *frame, uint32_t number, uint64_t time_ns)
{
	struct udphdr *udp = (struct udphdr *)(frame + template->udp_offset);
	struct payload *payload = (struct payload *)(udp + 1);
	const uint16_t port = template->options.first_port + number % template->options.flows;
	uint32_t sum = template->sum + port + (number >> 16) + (number & 0xffff);
	uint16_t check;

	memcpy(frame, template->frame, template->options.size);
	for (uint32_t shift = 0; shift < 64; shift += 16)
		sum += ntohs((time_ns >> shift) & 0xffff);
	check = ~fold(sum);
	udp->source = htons(port);
	udp->check = htons(check ? check : 0xffff); /* 0 would say that there is no checksum */
	payload->number = htonl(number);
	payload->time_ns = time_ns;
}

static bool headers_swapped(const struct frame_template *template, const uint8_t *frame)
{
	const struct frame_options *options = &template->options;
	const uint32_t n = address_size(options->family);
	const uint8_t *addresses = frame + template->udp_offset - 2 * n;

	return !memcmp(frame, options->source_mac, ETH_ALEN) &&
	       !memcmp(frame + ETH_ALEN, options->destination_mac, ETH_ALEN) &&
	       !memcmp(addresses, options->destination, n) && !memcmp(addresses + n, options->source, n);
}

static bool checksums_right(const struct frame_template *template, const uint8_t *frame)
{
	const struct frame_options *options = &template->options;
	const struct udphdr *udp = (const struct udphdr *)(frame + template->udp_offset);
	const uint32_t pseudo = pseudo_header_sum(options);

	if (options->family == 4 && fold(add_bytes(0, frame + ETH_HLEN, sizeof(struct iphdr))) != 0xffff)
		return false;
	return ntohs(udp->check) == fold(pseudo) ||
	       fold(add_bytes(pseudo, (const uint8_t *)udp, options->size - template->udp_offset)) == 0xffff;
}

bool frame__is_reply(const struct frame_template *template, const uint8_t *frame, uint32_t length, uint32_t *number,
		     uint64_t *time_ns)
{
	const struct frame_options *options = &template->options;
	const uint32_t payload_offset = template->udp_offset + sizeof(struct udphdr);
	const struct udphdr *udp = (const struct udphdr *)(frame + template->udp_offset);
	struct payload payload;

	if (length != options->size || !headers_swapped(template, frame) || !checksums_right(template, frame))
		return false;
	memcpy(&payload, frame + payload_offset, sizeof(payload));
	*number = ntohl(payload.number);
	*time_ns = payload.time_ns;
	return payload.magic == htonl(PAYLOAD_MAGIC) && udp->source == htons(options->port) &&
	       ntohs(udp->dest) == (uint16_t)(options->first_port + *number % options->flows) &&
	       !memcmp(frame + payload_offset + sizeof(payload), template->frame + payload_offset + sizeof(payload),
		       options->size - payload_offset - sizeof(payload));
}
