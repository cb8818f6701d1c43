/*
 * Sends UDP frames from AF_XDP sockets and counts the replies: the load of the benchmark and of the tests that account
 * for every packet. See generator-options.c for its options.
 *
 * `sent` are packets that the kernel has taken from the TX ring and given back. Of those, `link_dropped` were dropped by
 * the interface itself. Everything else arrived at the other end of the link. `cpu_seconds` is the CPU time of sending;
 * on a veth pair that is also where the other end's receive path and its XDP program run.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "generator-options.h"
#include "reply-counter.h"
#include "round-trips.h"
#include "sender.h"

/* The kernel gives back what it has sent within this time, or it is reported as unfinished. */
#define COMPLETION_NS 2000000000

static volatile sig_atomic_t stop, report;

static struct {
	struct generator_options options;
	struct frame_template template;
	struct sender *senders;
	struct reply_counter *replies;
	struct replies_counters replies_before;
	uint32_t dropped_before;
	uint64_t queued, sent;
	uint64_t started_ns, ended_ns, cpu_ns; /* of sending */
	struct round_trips *round_trips;
} generator;

static void on_signal(int number)
{
	if (number == SIGUSR2)
		report = 1;
	else
		stop = 1;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static uint64_t now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The interface's count of packets dropped on transmission; it wraps at 32 bits. */
static uint32_t link_dropped(const char *interface)
{
	struct ifaddrs *list;
	uint32_t dropped = 0;

	if (getifaddrs(&list))
		die("getifaddrs");
	for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
		if (entry->ifa_addr && entry->ifa_addr->sa_family == AF_PACKET && !strcmp(entry->ifa_name, interface))
			dropped = ((const struct rtnl_link_stats *)entry->ifa_data)->tx_dropped;
	}
	freeifaddrs(list);
	return dropped;
}

static void open_senders(void)
{
	const struct generator_options *options = &generator.options;

	generator.senders = calloc(options->queues, sizeof(*generator.senders));
	if (!generator.senders)
		die("calloc");
	/* With --rtt the second half of the frames receives. */
	for (uint32_t queue = 0; queue < options->queues; queue++)
		sender__open(&generator.senders[queue], options->interface, queue, options->rtt ? FRAMES / 2 : FRAMES);
}

/* Sends up to n packets through one queue. */
static void send_burst(struct sender *sender, uint32_t n)
{
	const uint64_t time_ns = generator.options.rtt ? now_ns() : 0;

	generator.queued += sender__send(sender, &generator.template, n, generator.queued, time_ns);
	generator.sent += sender__complete(sender);
}

static uint32_t due(uint64_t now)
{
	const struct generator_options *options = &generator.options;
	uint64_t n = BATCH;

	if (options->rate)
		n = (uint64_t)((now - generator.started_ns) * options->rate / 1e9) + 1 - generator.queued;
	if (options->count && n > options->count - generator.queued)
		n = options->count - generator.queued;
	return n > BATCH ? BATCH : n;
}

static uint64_t replies_so_far(void)
{
	return reply_counter__read(generator.replies).replies - generator.replies_before.replies;
}

static void print(void)
{
	const struct replies_counters now = reply_counter__read(generator.replies);
	const uint64_t end = generator.ended_ns ? generator.ended_ns : now_ns();
	const double seconds = (end - generator.started_ns) / 1e9;
	uint64_t invalid = 0;

	for (uint32_t i = 0; i < generator.options.queues; i++)
		invalid += sender__invalid(&generator.senders[i]);
	printf("{\"sent\":%" PRIu64 ",\"seconds\":%.6f,\"packets_per_second\":%.0f,\"replies\":%llu,"
	       "\"reply_bytes\":%llu,\"foreign\":%llu,\"link_dropped\":%" PRIu32 ",\"unfinished\":%" PRIu64
	       ",\"invalid\":%" PRIu64 ",\"cpu_seconds\":%.6f",
	       generator.sent, seconds, generator.sent / seconds, now.replies - generator.replies_before.replies,
	       now.bytes - generator.replies_before.bytes, now.foreign - generator.replies_before.foreign,
	       link_dropped(generator.options.interface) - generator.dropped_before,
	       generator.queued - generator.sent - invalid, invalid, generator.cpu_ns / 1e9);
	if (generator.round_trips)
		round_trips__print(generator.round_trips);
	printf("}\n");
	fflush(stdout);
}

static void send_all(void)
{
	const uint64_t count = generator.options.count;
	const uint64_t cpu_before = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	uint32_t queue = 0;

	generator.started_ns = now_ns();
	while (!stop && (!count || generator.queued < count)) {
		struct sender *sender = &generator.senders[queue];
		const uint32_t n = due(now_ns());

		if (report) {
			report = 0;
			print();
		}
		if (n)
			send_burst(sender, n);
		if (generator.round_trips)
			round_trips__receive(generator.round_trips, &sender->port, now_ns);
		queue = (queue + 1) % generator.options.queues;
	}
	generator.ended_ns = now_ns();
	generator.cpu_ns = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
}

/* Waits for what is still in the TX rings, then for the replies that are still under way. */
static void finish(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const uint64_t linger_ns = (uint64_t)generator.options.linger_ms * 1000000;
	uint64_t since = now_ns(), seen = 0;

	while (generator.sent < generator.queued && now_ns() - since < COMPLETION_NS) {
		for (uint32_t i = 0; i < generator.options.queues; i++)
			generator.sent += sender__complete(&generator.senders[i]);
	}
	since = now_ns();
	while (now_ns() - since < linger_ns) {
		const uint64_t replies = replies_so_far();

		if (generator.round_trips)
			round_trips__receive(generator.round_trips, &generator.senders[0].port, now_ns);
		else
			nanosleep(&pause, NULL);
		if (generator.round_trips ? round_trips__count(generator.round_trips) == generator.sent :
					    generator.options.expect_replies && replies >= generator.sent)
			break;
		if (replies != seen)
			since = now_ns();
		seen = replies;
	}
}

static void open_all(void)
{
	const struct generator_options *options = &generator.options;
	const struct replies_config config = {
		.port = options->frame.port,
		.first_port = options->frame.first_port,
		.ports = options->frame.flows,
		.deliver = options->rtt,
	};

	frame__init(&generator.template, &options->frame);
	generator.replies = reply_counter__open(options->replies_object, options->interface, &config);
	open_senders();
	if (options->rtt) {
		struct xsk_port *port = &generator.senders[0].port;

		generator.round_trips = round_trips__create(&generator.template, options->count);
		round_trips__fill(port);
		reply_counter__deliver(generator.replies, 0, port->fd);
	}
	generator.replies_before = reply_counter__read(generator.replies);
	generator.dropped_before = link_dropped(options->interface);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };

	generator.options = generator_options__parse(argc, argv);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	open_all();
	send_all();
	finish();
	print();
	for (uint32_t i = 0; i < generator.options.queues; i++)
		sender__close(&generator.senders[i]);
	reply_counter__close(generator.replies);
	return 0;
}
