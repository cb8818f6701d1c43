#include "generator-options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xsk-port.h"

static const char usage[] =
	"Sends UDP frames from an AF_XDP socket and counts the replies.\n"
	"  --interface NAME    where to send; its own XDP program counts the replies (taken off at the end)\n"
	"  --dst-mac MAC       of the other end\n"
	"  --src A --dst A     IP addresses, of one family\n"
	"  --port N            destination port (7000)\n"
	"  --first-port N      first source port (1024)\n"
	"  --flows N           source ports, used in turn (1)\n"
	"  --size N            bytes of a frame from the Ethernet header on, no FCS (64; with IPv6 at least 78)\n"
	"  --count N           packets to send; 0 = until SIGTERM (0)\n"
	"  --rate N            packets/s; 0 = as fast as it goes (0)\n"
	"  --queues N          sends through queues 0 to N-1 by turns (1)\n"
	"  --linger-ms N       at the end, wait so long for one more reply (200)\n"
	"  --no-replies        none are expected: do not wait for all of them\n"
	"  --rtt               receive each reply, check it byte by byte and measure its time; needs --rate and --count\n"
	"  --replies-object F  replies.bpf.o (beside this program)\n"
	"SIGUSR2 prints the counters so far. The last line of the output is one JSON object.\n";

static _Noreturn void refuse(const char *what)
{
	fprintf(stderr, "generator: %s\n%s", what, usage);
	exit(2);
}

static double number(const char *name, const char *text, double min, double max)
{
	char message[96];
	char *end;
	const double value = strtod(text, &end);

	if (*text && !*end && value >= min && value <= max)
		return value;
	snprintf(message, sizeof(message), "--%s: a number from %.0f to %.0f", name, min, max);
	refuse(message);
}

static void parse_mac(const char *text, uint8_t *mac)
{
	if (!ether_aton_r(text, (struct ether_addr *)mac))
		refuse("--dst-mac: not a MAC address");
}

static uint8_t parse_address(const char *text, uint8_t *address)
{
	if (inet_pton(AF_INET, text, address) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, address) == 1)
		return 6;
	refuse("--src, --dst: not an IP address");
}

static void own_mac(const char *interface, uint8_t *mac)
{
	struct ifreq request = { 0 };
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		die(interface);
	memcpy(mac, request.ifr_hwaddr.sa_data, ETH_ALEN);
	close(fd);
}

static const char *beside_this_program(const char *name)
{
	static char path[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	char *slash;

	if (n < 0)
		die("/proc/self/exe");
	path[n] = 0;
	slash = strrchr(path, '/');
	strcpy(slash + 1, name);
	return path;
}

static void check(const struct generator_options *options, uint8_t source_family, const char *dst_mac)
{
	if (!options->interface || !dst_mac || !source_family || !options->frame.family)
		refuse("--interface, --dst-mac, --src and --dst are needed");
	if (source_family != options->frame.family)
		refuse("--src and --dst: two families");
	if (options->frame.size < frame__min_size(options->frame.family))
		refuse("--size: no room for the headers and 16 bytes");
	if (options->frame.first_port + options->frame.flows > 65536)
		refuse("--flows: more than there are ports from --first-port on");
	if (options->rtt && (!options->rate || !options->count || options->queues > 1))
		refuse("--rtt: needs --rate and --count, and uses one queue");
}

struct generator_options generator_options__parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "interface", required_argument, NULL, 'i' },  { "dst-mac", required_argument, NULL, 'm' },
		{ "src", required_argument, NULL, 's' },        { "dst", required_argument, NULL, 'd' },
		{ "port", required_argument, NULL, 'p' },       { "first-port", required_argument, NULL, 'f' },
		{ "flows", required_argument, NULL, 'n' },      { "size", required_argument, NULL, 'b' },
		{ "count", required_argument, NULL, 'c' },      { "rate", required_argument, NULL, 'r' },
		{ "queues", required_argument, NULL, 'q' },     { "linger-ms", required_argument, NULL, 'l' },
		{ "no-replies", no_argument, NULL, 'x' },       { "rtt", no_argument, NULL, 't' },
		{ "replies-object", required_argument, NULL, 'o' }, { 0 }
	};
	struct generator_options options = { .queues = 1, .linger_ms = 200, .expect_replies = true };
	struct frame_options *frame = &options.frame;
	const char *dst_mac = NULL;
	uint8_t source_family = 0;
	int c, at;

	*frame = (struct frame_options){ .port = 7000, .first_port = 1024, .flows = 1, .size = 64 };
	while ((c = getopt_long(argc, argv, "", names, &at)) != -1) {
		switch (c) {
		case 'i': options.interface = optarg; break;
		case 'm': parse_mac(dst_mac = optarg, frame->destination_mac); break;
		case 's': source_family = parse_address(optarg, frame->source); break;
		case 'd': frame->family = parse_address(optarg, frame->destination); break;
		case 'p': frame->port = number("port", optarg, 1, 65535); break;
		case 'f': frame->first_port = number("first-port", optarg, 1, 65535); break;
		case 'n': frame->flows = number("flows", optarg, 1, 65535); break;
		case 'b': frame->size = number("size", optarg, 1, FRAME_MAX); break;
		case 'c': options.count = number("count", optarg, 0, 1e15); break;
		case 'r': options.rate = number("rate", optarg, 0, 1e9); break;
		case 'q': options.queues = number("queues", optarg, 1, 64); break;
		case 'l': options.linger_ms = number("linger-ms", optarg, 0, 1e6); break;
		case 'x': options.expect_replies = false; break;
		case 't': options.rtt = true; break;
		case 'o': options.replies_object = optarg; break;
		default: refuse("unknown option");
		}
	}
	check(&options, source_family, dst_mac);
	own_mac(options.interface, frame->source_mac);
	if (!options.replies_object)
		options.replies_object = beside_this_program("replies.bpf.o");
	return options;
}
