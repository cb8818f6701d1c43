/*
 * A plain C echo over AF_XDP, what the addon is measured against: takes bursts of up to 64 frames, checks that each is
 * UDP for our port (EtherType, IP version, header length, fragment, protocol, port), swaps addresses and ports, and
 * sends it from where it lies. It verifies no checksum and needs to write none: a swap leaves the sums as they are.
 * When there is nothing to do it waits in poll(). `--drop` counts the packets instead of answering them.
 *
 * It joins the XDP program that somebody else has attached to the interface. Prints a JSON line when it is ready, one
 * for each SIGUSR2 (once it has caught up), and one at the end (SIGTERM).
 */
#include "find-xskmap.h"
#include "xsk-port.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct counters {
	uint64_t packets; /* answered, or with --drop read and dropped */
	uint64_t other;   /* not UDP for our port */
	uint64_t bursts, waits;
};

struct options {
	const char *interface;
	uint32_t queue;
	uint16_t port;
	bool drop;
};

static volatile sig_atomic_t stop, report;

static void on_signal(int number)
{
	if (number == SIGUSR2)
		report = 1;
	else
		stop = 1;
}

/* Returns the UDP header of a frame that is for us, else NULL. */
static struct udphdr *find_udp(uint8_t *frame, uint32_t length, uint16_t port_be)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame;
	uint8_t *ip = frame + sizeof(*eth);
	uint8_t *end = frame + length;
	struct udphdr *udp;

	if (length < sizeof(*eth) + sizeof(struct iphdr) + sizeof(*udp))
		return NULL;
	if (eth->h_proto == htons(ETH_P_IP)) {
		const struct iphdr *ipv4 = (const struct iphdr *)ip;

		if (ipv4->version != 4 || ipv4->ihl < 5 || ipv4->protocol != IPPROTO_UDP ||
		    (ipv4->frag_off & htons(0x3fff)))
			return NULL;
		udp = (struct udphdr *)(ip + ipv4->ihl * 4);
	} else if (eth->h_proto == htons(ETH_P_IPV6)) {
		if (((const struct ipv6hdr *)ip)->nexthdr != IPPROTO_UDP)
			return NULL;
		udp = (struct udphdr *)(ip + sizeof(struct ipv6hdr));
	} else {
		return NULL;
	}
	if ((uint8_t *)(udp + 1) > end || udp->dest != port_be)
		return NULL;
	return udp;
}

static void swap(void *a, void *b, size_t n)
{
	uint8_t kept[16];

	memcpy(kept, a, n);
	memcpy(a, b, n);
	memcpy(b, kept, n);
}

static void turn_round(uint8_t *frame, struct udphdr *udp)
{
	struct ethhdr *eth = (struct ethhdr *)frame;
	const uint16_t source = udp->source;

	swap(eth->h_dest, eth->h_source, ETH_ALEN);
	if (eth->h_proto == htons(ETH_P_IP)) {
		struct iphdr *ip = (struct iphdr *)(eth + 1);
		const uint32_t address = ip->saddr;

		ip->saddr = ip->daddr;
		ip->daddr = address;
	} else {
		struct ipv6hdr *ip = (struct ipv6hdr *)(eth + 1);

		swap(&ip->saddr, &ip->daddr, sizeof(ip->saddr));
	}
	udp->source = udp->dest;
	udp->dest = source;
}

/* Frames that the kernel has sent, and frames to give back, go to the fill ring. */
static void refill(struct xsk_port *port, const uint64_t *back, uint32_t count)
{
	uint32_t from, to;
	const uint32_t sent = xsk_ring_cons__peek(&port->completion, BATCH, &from);

	if (!sent && !count)
		return;
	if (!xsk_ring_prod__reserve(&port->fill, sent + count, &to))
		fail("the fill ring is full"); /* cannot be: see FRAMES */
	for (uint32_t i = 0; i < sent; i++) {
		const uint64_t address = *xsk_ring_cons__comp_addr(&port->completion, from + i);

		*xsk_ring_prod__fill_addr(&port->fill, to++) = address & ~(uint64_t)(FRAME_SIZE - 1);
	}
	for (uint32_t i = 0; i < count; i++)
		*xsk_ring_prod__fill_addr(&port->fill, to++) = back[i] & ~(uint64_t)(FRAME_SIZE - 1);
	xsk_ring_cons__release(&port->completion, sent);
	xsk_ring_prod__submit(&port->fill, sent + count);
}

/* Takes one burst. Returns its size. */
static uint32_t turn(struct xsk_port *port, const struct options *options, struct counters *counters)
{
	const uint16_t port_be = htons(options->port);
	uint64_t back[BATCH];
	uint32_t rx, tx = 0, replies = 0, dropped = 0;
	const uint32_t received = xsk_ring_cons__peek(&port->rx, BATCH, &rx);

	if (!received)
		return 0;
	if (!options->drop && !xsk_ring_prod__reserve(&port->tx, received, &tx))
		fail("the TX ring is full"); /* cannot be: see FRAMES */
	for (uint32_t i = 0; i < received; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&port->rx, rx + i);
		uint8_t *frame = port->memory + desc->addr;
		struct udphdr *udp = find_udp(frame, desc->len, port_be);

		if (udp && !options->drop) {
			turn_round(frame, udp);
			*xsk_ring_prod__tx_desc(&port->tx, tx + replies++) = *desc;
			continue;
		}
		counters->packets += udp != NULL;
		counters->other += udp == NULL;
		back[dropped++] = desc->addr;
	}
	xsk_ring_cons__release(&port->rx, received);
	if (replies) {
		port->tx.cached_prod -= received - replies; /* reserved for frames that get no reply */
		xsk_ring_prod__submit(&port->tx, replies);
		xsk_port__kick(port);
		counters->packets += replies;
	} else if (!options->drop) {
		port->tx.cached_prod -= received;
	}
	refill(port, back, dropped);
	counters->bursts++;
	return received;
}

/* kernel_dropped: the kernel had no frame to fill or no room in the RX ring. */
static void print(const struct xsk_port *port, const struct counters *counters)
{
	struct xdp_statistics kernel;
	socklen_t size = sizeof(kernel);

	if (getsockopt(port->fd, SOL_XDP, XDP_STATISTICS, &kernel, &size))
		die("XDP_STATISTICS");
	printf("{\"packets\":%" PRIu64 ",\"other\":%" PRIu64 ",\"bursts\":%" PRIu64 ",\"waits\":%" PRIu64
	       ",\"kernel_dropped\":%llu}\n",
	       counters->packets, counters->other, counters->bursts, counters->waits,
	       kernel.rx_dropped + kernel.rx_ring_full);
	fflush(stdout);
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "interface", required_argument, NULL, 'i' }, { "queue", required_argument, NULL, 'q' },
		{ "port", required_argument, NULL, 'p' },      { "drop", no_argument, NULL, 'd' },
		{ 0 }
	};
	struct options options = { .port = 7000 };
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'i': options.interface = optarg; break;
		case 'q': options.queue = atoi(optarg); break;
		case 'p': options.port = atoi(optarg); break;
		case 'd': options.drop = true; break;
		default: exit(2);
		}
	}
	if (!options.interface) {
		fprintf(stderr, "usage: %s --interface NAME [--queue N] [--port N] [--drop]\n", argv[0]);
		exit(2);
	}
	return options;
}

int main(int argc, char **argv)
{
	const struct options options = parse(argc, argv);
	const struct sigaction action = { .sa_handler = on_signal }; /* poll() ends with EINTR */
	struct counters counters = { 0 };
	struct xsk_port port;
	struct pollfd ready;

	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	xsk_port__open(&port, options.interface, options.queue);
	xsk_port__fill(&port);
	if (bpf_map_update_elem(find_xskmap(options.interface), &options.queue, &port.fd, 0))
		die("bpf_map_update_elem");
	ready = (struct pollfd){ .fd = port.fd, .events = POLLIN };
	print(&port, &counters);
	while (!stop) {
		if (turn(&port, &options, &counters))
			continue;
		if (report) {
			report = 0;
			print(&port, &counters);
		}
		counters.waits++;
		if (poll(&ready, 1, 1000) < 0 && errno != EINTR)
			die("poll");
	}
	print(&port, &counters);
	xsk_port__close(&port);
	return 0;
}
