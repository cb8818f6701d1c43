#include "reply-counter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xsk-port.h"

struct reply_counter {
	struct bpf_object *object;
	struct bpf_link *link;
	int counters_fd, xsks_fd, cpus;
};

struct reply_counter *reply_counter__open(const char *object_file, const char *interface,
					  const struct replies_config *config)
{
	struct reply_counter *counter = calloc(1, sizeof(*counter));
	struct bpf_map *rodata;
	int result;

	if (!counter)
		die("calloc");
	counter->object = bpf_object__open_file(object_file, NULL);
	if (!counter->object)
		die(object_file);
	rodata = bpf_object__find_map_by_name(counter->object, ".rodata");
	if (!rodata || bpf_map__set_initial_value(rodata, config, sizeof(*config)))
		fail("replies.bpf.o is of another build");
	result = bpf_object__load(counter->object);
	if (result)
		die("bpf_object__load");
	/* A BPF link: the kernel takes the program off when this process ends, however it ends. */
	counter->link = bpf_program__attach_xdp(bpf_object__find_program_by_name(counter->object, "count_replies"),
						if_nametoindex(interface));
	if (!counter->link)
		die("attaching the reply counter");
	counter->counters_fd = bpf_object__find_map_fd_by_name(counter->object, "counters");
	counter->xsks_fd = bpf_object__find_map_fd_by_name(counter->object, "xsks");
	counter->cpus = libbpf_num_possible_cpus();
	return counter;
}

void reply_counter__deliver(struct reply_counter *counter, unsigned int queue, int socket_fd)
{
	if (bpf_map_update_elem(counter->xsks_fd, &queue, &socket_fd, 0))
		die("bpf_map_update_elem");
}

struct replies_counters reply_counter__read(const struct reply_counter *counter)
{
	struct replies_counters lanes[counter->cpus], sum = { 0 };
	const uint32_t zero = 0;

	if (bpf_map_lookup_elem(counter->counters_fd, &zero, lanes))
		die("bpf_map_lookup_elem");
	for (int i = 0; i < counter->cpus; i++) {
		sum.replies += lanes[i].replies;
		sum.bytes += lanes[i].bytes;
		sum.foreign += lanes[i].foreign;
	}
	return sum;
}

void reply_counter__close(struct reply_counter *counter)
{
	bpf_link__destroy(counter->link);
	bpf_object__close(counter->object);
	free(counter);
}
