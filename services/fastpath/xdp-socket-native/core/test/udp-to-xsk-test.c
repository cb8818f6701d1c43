/*
 * The default program, by BPF_PROG_TEST_RUN. Usage: udp-to-xsk-test FOLDER, where udp-to-xsk.bpf.o is. An AF_XDP socket
 * that is bound to nothing lies in its map: what goes to it is XDP_REDIRECT.
 */
#include "../program.h"

#include <linux/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

#define PORT 7000

static struct xsn_program *program;

struct packet {
	uint8_t bytes[128];
	uint32_t length;
};

static void put(struct packet *packet, const void *bytes, uint32_t length)
{
	memcpy(packet->bytes + packet->length, bytes, length);
	packet->length += length;
}

static void put_ethernet(struct packet *packet, uint16_t protocol)
{
	const uint8_t type[] = { protocol >> 8, protocol & 255 };

	put(packet, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02", 12);
	put(packet, type, 2);
}

static void put_vlan(struct packet *packet, uint16_t protocol)
{
	const uint8_t tag[] = { 0, 5, protocol >> 8, protocol & 255 };

	put(packet, tag, 4);
}

static void put_ipv4(struct packet *packet, uint32_t options, uint16_t fragment, uint8_t protocol)
{
	uint8_t header[60] = { 0x45 + options / 4, [6] = fragment >> 8, [7] = fragment & 255, [8] = 64, [9] = protocol };

	put(packet, header, 20 + options);
}

static void put_ipv6(struct packet *packet, uint8_t protocol)
{
	const uint8_t header[40] = { 0x60, [5] = 8, [6] = protocol, [7] = 64 };

	put(packet, header, sizeof(header));
}

static void put_udp(struct packet *packet, uint16_t port)
{
	const uint8_t header[8] = { 4, 0, port >> 8, port & 255, 0, 8 };

	put(packet, header, sizeof(header));
}

static uint32_t verdict(const struct packet *packet, uint32_t length)
{
	uint32_t action = ~0u, duration;

	CHECK_EQUAL(xsn_program__test_run(program, packet->bytes, length, 1, &action, &duration), 0);
	return action;
}

/* One packet of each kind that goes to the socket: no shorter one does, and none to another port. */
static void check_taken(const struct packet *headers)
{
	struct packet ours = *headers, other = *headers;
	uint32_t length;

	put_udp(&ours, PORT);
	put_udp(&other, PORT + 1);
	CHECK_EQUAL(verdict(&ours, ours.length), XDP_REDIRECT);
	CHECK_EQUAL(verdict(&other, other.length), XDP_PASS);
	for (length = 14; length < ours.length; length++)
		CHECK_EQUAL(verdict(&ours, length), XDP_PASS);
}

static void check_passed(const struct packet *headers)
{
	struct packet packet = *headers;

	put_udp(&packet, PORT);
	CHECK_EQUAL(verdict(&packet, packet.length), XDP_PASS);
}

static void ipv4_with_any_options_is_taken(void)
{
	uint32_t options;

	for (options = 0; options <= 40; options += 4) {
		struct packet packet = { .length = 0 };

		put_ethernet(&packet, 0x0800);
		put_ipv4(&packet, options, 0x4000, 17); /* do not fragment */
		check_taken(&packet);
	}
}

static void ipv6_is_taken(void)
{
	struct packet packet = { .length = 0 };

	put_ethernet(&packet, 0x86dd);
	put_ipv6(&packet, 17);
	check_taken(&packet);
}

static void two_vlan_tags_are_looked_through(void)
{
	struct packet one = { .length = 0 }, two = { .length = 0 }, three = { .length = 0 };

	put_ethernet(&one, 0x8100);
	put_vlan(&one, 0x0800);
	put_ipv4(&one, 0, 0, 17);
	check_taken(&one);
	put_ethernet(&two, 0x88a8);
	put_vlan(&two, 0x8100);
	put_vlan(&two, 0x86dd);
	put_ipv6(&two, 17);
	check_taken(&two);
	put_ethernet(&three, 0x88a8);
	put_vlan(&three, 0x8100);
	put_vlan(&three, 0x8100);
	put_vlan(&three, 0x0800);
	put_ipv4(&three, 0, 0, 17);
	check_passed(&three);
}

static void everything_else_is_for_the_stack(void)
{
	const uint16_t fragments[] = { 0x2000, 0x0001, 0x2001 };
	struct packet arp = { .length = 0 }, tcp = { .length = 0 }, extended = { .length = 0 };
	uint32_t i;

	put_ethernet(&arp, 0x0806);
	put_ipv4(&arp, 0, 0, 17);
	check_passed(&arp);
	put_ethernet(&tcp, 0x0800);
	put_ipv4(&tcp, 0, 0, 6);
	check_passed(&tcp);
	put_ethernet(&extended, 0x86dd);
	put_ipv6(&extended, 0); /* hop-by-hop options */
	check_passed(&extended);
	for (i = 0; i < 3; i++) {
		struct packet fragment = { .length = 0 };

		put_ethernet(&fragment, 0x0800);
		put_ipv4(&fragment, 0, fragments[i], 17);
		check_passed(&fragment);
	}
}

static void versions_that_contradict_the_frame_are_for_the_stack(void)
{
	struct packet four = { .length = 0 }, six = { .length = 0 }, shorter = { .length = 0 };

	put_ethernet(&four, 0x0800);
	put_ipv6(&four, 17);
	check_passed(&four);
	put_ethernet(&six, 0x86dd);
	put_ipv4(&six, 20, 0, 17);
	check_passed(&six);
	put_ethernet(&shorter, 0x0800);
	put_ipv4(&shorter, 0, 0, 17);
	shorter.bytes[14] = 0x44; /* a header of 16 bytes */
	check_passed(&shorter);
}

static void without_a_socket_the_stack_has_it(void)
{
	struct packet packet = { .length = 0 };

	put_ethernet(&packet, 0x86dd);
	put_ipv6(&packet, 17);
	check_passed(&packet);
}

int main(int argc, char **argv)
{
	const uint16_t port = PORT;
	const struct xsn_constant constant = { "port", &port, sizeof(port) };
	const struct xsn_map_size size = { "xsks", 4 };
	static char object[512], log[1 << 16];
	const struct xsn_program_options options = { .file = object, .program = "udp_to_xsk", .maps = &size,
						     .map_count = 1, .constants = &constant,
						     .constant_count = 1, .log = log, .log_size = sizeof(log) };

	int xsk;

	MUST(argc == 2);
	snprintf(object, sizeof(object), "%s/udp-to-xsk.bpf.o", argv[1]);
	if (geteuid()) {
		printf("skipped: loading BPF programs needs root\n0 passed, 0 failed\n");
		return getenv("CI") ? 1 : 0;
	}
	MUST(xsn_program__open(&options, &program) == 0 && xsn_program__load(program) == 0);
	RUN(without_a_socket_the_stack_has_it);
	xsk = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	MUST(xsk >= 0 && xsn_program__set_socket(program, "xsks", 0, xsk) == 0);
	RUN(ipv4_with_any_options_is_taken);
	RUN(ipv6_is_taken);
	RUN(two_vlan_tags_are_looked_through);
	RUN(everything_else_is_for_the_stack);
	RUN(versions_that_contradict_the_frame_are_for_the_stack);
	xsn_program__close(&program);
	close(xsk);
	return test_report();
}
