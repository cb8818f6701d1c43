/*
 * XdpProgram without an interface: opening, loading, maps, ring, test run. Usage: program-test FOLDER, where
 * program-under-test.bpf.o is.
 */
#include "../program.h"

#include <dirent.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "test.h"

#define PORT 7000

static char object[512], text[1 << 16];

static struct xsn_program_options options_for(const char *name)
{
	text[0] = '\0';
	return (struct xsn_program_options){ .file = object, .program = name, .log = text, .log_size = sizeof(text) };
}

static struct xsn_program *loaded(const char *name)
{
	struct xsn_program_options options = options_for(name);
	struct xsn_program *program;

	MUST(xsn_program__open(&options, &program) == 0);
	MUST(xsn_program__load(program) == 0);
	return program;
}

static int descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	MUST(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static uint32_t action_of(const struct xsn_program *program, const uint8_t *packet, uint32_t length)
{
	uint32_t action = ~0u, duration;

	CHECK_EQUAL(xsn_program__test_run(program, packet, length, 1, &action, &duration), 0);
	return action;
}

static void refusals_of_open_say_why(void)
{
	const uint64_t wide = PORT;
	struct xsn_constant constant = { "port", &wide, sizeof(wide) };
	struct xsn_map_size size = { "nothing", 4 };
	struct xsn_program_options options = options_for("xsn_test_filter");
	struct xsn_program *program;
	int before = descriptors();

	options.file = "/nonexistent/x.o";
	CHECK_EQUAL(xsn_program__open(&options, &program), -ENOENT);
	CHECK(strstr(text, "/nonexistent/x.o") && !program);
	options.file = "/proc/self/exe"; /* an ELF file, but none of BPF */
	CHECK(xsn_program__open(&options, &program) < 0 && !program);
	CHECK(text[0]);
	options = options_for("xsn_test_nobody");
	CHECK_EQUAL(xsn_program__open(&options, &program), -ENOENT);
	CHECK(strstr(text, "xsn_test_nobody"));
	options = options_for("xsn_test_filter");
	options.constants = &constant;
	options.constant_count = 1;
	CHECK_EQUAL(xsn_program__open(&options, &program), -EINVAL);
	CHECK(strstr(text, "port has 2 bytes, not 8"));
	constant.name = "harbour";
	CHECK_EQUAL(xsn_program__open(&options, &program), -ENOENT);
	CHECK(strstr(text, "harbour"));
	options.constant_count = 0;
	options.maps = &size;
	options.map_count = 1;
	CHECK_EQUAL(xsn_program__open(&options, &program), -ENOENT);
	CHECK(strstr(text, "nothing"));
	CHECK_EQUAL(descriptors(), before);
}

static void verifier_says_why(void)
{
	struct xsn_program_options options = options_for("xsn_test_refused");
	char small[200] = "";
	struct xsn_program *program;

	MUST(xsn_program__open(&options, &program) == 0);
	CHECK(xsn_program__load(program) < 0);
	CHECK(strstr(text, "invalid access to packet"));
	xsn_program__close(&program);
	CHECK(!program);
	xsn_program__close(&program);

	options.log = small;
	options.log_size = sizeof(small);
	MUST(xsn_program__open(&options, &program) == 0);
	CHECK(xsn_program__load(program) < 0);
	CHECK(strlen(small) == sizeof(small) - 1 && strstr(small, "failed to load")); /* the end is kept */
	xsn_program__close(&program);
}

static void maps_are_sized_and_constants_set(void)
{
	const uint16_t port = PORT;
	const struct xsn_constant constant = { "port", &port, sizeof(port) };
	const struct xsn_map_size size = { "counters", 9 };
	struct xsn_program_options options = options_for("xsn_test_filter");
	struct xsn_program *program;
	uint8_t packet[64] = { [36] = PORT >> 8, [37] = PORT & 255 };
	uint64_t *counters, *again;
	size_t bytes;

	options.constants = &constant;
	options.constant_count = 1;
	options.maps = &size;
	options.map_count = 1;
	MUST(xsn_program__open(&options, &program) == 0);
	CHECK_EQUAL(xsn_program__map_memory(program, "counters", (void **)&counters, &bytes), -ENOENT);
	MUST(xsn_program__load(program) == 0);
	CHECK_EQUAL(xsn_program__load(program), 0);
	MUST(xsn_program__map_memory(program, "counters", (void **)&counters, &bytes) == 0);
	CHECK_EQUAL(bytes, 9 * sizeof(uint64_t));
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_DROP);
	packet[37]++;
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_PASS);
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_PASS);
	CHECK_EQUAL(counters[0], 1);
	CHECK_EQUAL(counters[1], 2);
	MUST(xsn_program__map_memory(program, "counters", (void **)&again, &bytes) == 0);
	CHECK(again == counters);
	xsn_program__close(&program);
}

static void memory_is_for_shared_arrays_only(void)
{
	struct xsn_program *program = loaded("xsn_test_filter");
	void *memory;
	size_t size;

	CHECK_EQUAL(xsn_program__map_memory(program, "unshared", &memory, &size), -EINVAL);
	CHECK_EQUAL(xsn_program__map_memory(program, "table", &memory, &size), -EINVAL);
	CHECK_EQUAL(xsn_program__map_memory(program, "nothing", &memory, &size), -ENOENT);
	CHECK_EQUAL(xsn_program__map_memory(program, "odds", &memory, &size), 0);
	CHECK_EQUAL(size, 16);
	CHECK_EQUAL(xsn_program__set_socket(program, "table", 0, 0), -EINVAL);
	CHECK(xsn_program__set_socket(program, "sockets", 0, 0) < 0); /* descriptor 0 is no XDP socket */
	CHECK(xsn_program__map_fd(program, "table") > 0);
	CHECK_EQUAL(xsn_program__map_fd(program, "nothing"), -ENOENT);
	xsn_program__close(&program);
}

/* Reads `map` into room for n entries and checks that each is one of 0..limit-1, once, with its value. */
static long read_and_check(const struct xsn_program *program, const char *map, uint32_t n, uint32_t limit)
{
	uint32_t *keys = malloc((n + 1) * sizeof(*keys));
	uint64_t *values = malloc((n + 1) * sizeof(*values));
	uint8_t *seen = calloc(limit, 1);
	long i, count;

	MUST(keys && values && seen);
	keys[n] = 0xabcdef;
	count = xsn_program__hash_read(program, map, keys, values, n);
	CHECK(count <= (long)n && keys[n] == 0xabcdef);
	for (i = 0; i < count; i++) {
		CHECK(keys[i] < limit && !seen[keys[i] % limit]++);
		CHECK_EQUAL(values[i], 3ull * keys[i]);
	}
	free(keys);
	free(values);
	free(seen);
	return count;
}

static void hash_maps_are_read_in_batches(void)
{
	struct xsn_program *program = loaded("xsn_test_filter");
	uint32_t key, room;
	uint64_t value;

	CHECK_EQUAL(read_and_check(program, "table", 16, 3000), 0);
	for (key = 0; key < 3000; key++) {
		value = 3 * key;
		CHECK_EQUAL(xsn_program__hash_set(program, "table", &key, &value), 0);
		if (key < 500)
			CHECK_EQUAL(xsn_program__hash_set(program, "recent", &key, &value), 0);
	}
	CHECK_EQUAL(read_and_check(program, "table", 3000, 3000), 3000);
	CHECK_EQUAL(read_and_check(program, "table", 5000, 3000), 3000);
	/* Any room is used up, though the kernel hands out whole buckets only. */
	for (room = 1; room < 200; room += 7)
		CHECK_EQUAL(read_and_check(program, "table", room, 3000), room);
	CHECK_EQUAL(read_and_check(program, "table", 2999, 3000), 2999);
	CHECK_EQUAL(read_and_check(program, "recent", 1024, 500), 500);
	key = 17;
	CHECK_EQUAL(xsn_program__hash_delete(program, "table", &key), 0);
	CHECK_EQUAL(xsn_program__hash_delete(program, "table", &key), -ENOENT);
	CHECK_EQUAL(read_and_check(program, "table", 3000, 3000), 2999);
	CHECK_EQUAL(xsn_program__hash_read(program, "counters", &key, &value, 1), -EINVAL);
	xsn_program__close(&program);
}

/* struct odd of the program: 12 bytes at multiples of 16. */
static void set_third_word(struct xsn_inner_map *inner, uint32_t element, uint32_t value)
{
	((uint32_t *)xsn_inner_map__memory(inner))[element * 4 + 2] = value;
}

static void inner_maps_of_any_size_are_swapped(void)
{
	struct xsn_program *program = loaded("xsn_test_generation");
	struct xsn_inner_map *small, *large, *none;
	uint8_t packet[64] = { 0 };
	int before = descriptors();

	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_TX);
	MUST(xsn_inner_map__create(program, "generations", 6, &small) == 0);
	MUST(xsn_inner_map__create(program, "generations", 100000, &large) == 0);
	CHECK_EQUAL(xsn_inner_map__size(large), 1600000);
	set_third_word(small, 5, XDP_DROP);
	set_third_word(large, 5, XDP_PASS);
	set_third_word(large, 99999, 1);
	CHECK_EQUAL(xsn_program__set_inner(program, "generations", 0, small), 0);
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_DROP);
	CHECK_EQUAL(xsn_program__set_inner(program, "generations", 0, large), 0);
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_PASS);
	xsn_inner_map__free(small);
	xsn_inner_map__free(large); /* the program still has it */
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_PASS);
	CHECK_EQUAL(xsn_program__set_inner(program, "generations", 0, NULL), 0);
	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_TX);
	CHECK_EQUAL(xsn_inner_map__create(program, "counters", 6, &none), -EINVAL);
	CHECK_EQUAL(xsn_inner_map__create(program, "nothing", 6, &none), -ENOENT);
	CHECK(xsn_inner_map__create(program, "generations", 0, &none) < 0 && !none);
	CHECK(xsn_inner_map__create(program, "generations", UINT32_MAX, &none) < 0 && !none);
	CHECK_EQUAL(descriptors(), before);
	xsn_program__close(&program);
}

static void emit(const struct xsn_program *program, uint8_t length, bool discard)
{
	uint8_t packet[64] = { length, discard, 'a', 'b', 'c', length };

	CHECK_EQUAL(action_of(program, packet, sizeof(packet)), XDP_PASS);
}

static void ring_gives_whole_records(void)
{
	struct xsn_program *program = loaded("xsn_test_record");
	struct xsn_ring *ring, *none;
	uint8_t out[64];
	int i;

	CHECK_EQUAL(xsn_ring__open(program, "counters", &none), -EINVAL);
	MUST(xsn_ring__open(program, "records", &ring) == 0);
	CHECK_EQUAL(xsn_ring__drain(ring, out, sizeof(out)), 0);
	emit(program, 13, false);
	emit(program, 0, true);
	emit(program, 4, false);
	emit(program, 40, false);
	CHECK_EQUAL(xsn_ring__drain(ring, out, 23), -EMSGSIZE);
	memset(out, 0xee, sizeof(out));
	CHECK_EQUAL(xsn_ring__drain(ring, out, sizeof(out)), 24 + 8); /* 13 and 4 bytes; 40 do not fit */
	CHECK(out[0] == 13 && out[4] == 13 && out[6] == 'a' && out[9] == 13 && out[17] == 0 && out[23] == 0);
	CHECK(out[24] == 4 && out[28] == 4 && out[30] == 'a' && out[31] == 'b' && out[32] == 0xee);
	CHECK_EQUAL(xsn_ring__drain(ring, out, sizeof(out)), 48);
	CHECK(out[0] == 40);
	/* Many times round a ring of 4096 bytes. */
	for (i = 0; i < 1000; i++) {
		emit(program, 33, false);
		CHECK_EQUAL(xsn_ring__drain(ring, out, sizeof(out)), 40);
		CHECK(out[0] == 33 && out[9] == 33);
	}
	xsn_program__close(&program);
	CHECK_EQUAL(xsn_ring__drain(ring, out, sizeof(out)), 0);
	xsn_ring__close(ring);
}

static void test_run_needs_a_loaded_program(void)
{
	struct xsn_program_options options = options_for("xsn_test_filter");
	struct xsn_program *program;
	uint8_t packet[64] = { 0 };
	uint32_t action, duration = 0;

	MUST(xsn_program__open(&options, &program) == 0);
	CHECK_EQUAL(xsn_program__test_run(program, packet, 64, 1, &action, &duration), -EINVAL);
	MUST(xsn_program__load(program) == 0);
	CHECK(xsn_program__test_run(program, packet, 13, 1, &action, &duration) < 0);
	CHECK_EQUAL(xsn_program__test_run(program, packet, 64, 1000, &action, &duration), 0);
	xsn_program__close(&program);
}

int main(int argc, char **argv)
{
	MUST(argc == 2);
	snprintf(object, sizeof(object), "%s/program-under-test.bpf.o", argv[1]);
	if (geteuid()) {
		printf("skipped: loading BPF programs needs root\n0 passed, 0 failed\n");
		return getenv("CI") ? 1 : 0;
	}
	RUN(refusals_of_open_say_why);
	RUN(verifier_says_why);
	RUN(maps_are_sized_and_constants_set);
	RUN(memory_is_for_shared_arrays_only);
	RUN(hash_maps_are_read_in_batches);
	RUN(inner_maps_of_any_size_are_swapped);
	RUN(ring_gives_whole_records);
	RUN(test_run_needs_a_loaded_program);
	return test_report();
}
