/* XdpProgram: shared memory, sockets and hash maps. */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct bpf_map *xsn_program__map(const struct xsn_program *program, const char *name)
{
	return program->loaded ? bpf_object__find_map_by_name(program->object, name) : NULL;
}

int xsn_program__map_fd(const struct xsn_program *program, const char *map)
{
	const struct bpf_map *found = xsn_program__map(program, map);

	return found ? bpf_map__fd(found) : -ENOENT;
}

static int map_new(struct xsn_program *program, const struct bpf_map *map, struct xsn_mapping **mapping)
{
	/* The kernel keeps the values of an array at multiples of 8 bytes. */
	size_t size = (((size_t)bpf_map__value_size(map) + 7) & ~(size_t)7) * bpf_map__max_entries(map);
	struct xsn_mapping *grown;
	void *memory;

	grown = realloc(program->mappings, (program->mapping_count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	program->mappings = grown;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory == MAP_FAILED)
		return -errno;
	*mapping = &grown[program->mapping_count++];
	**mapping = (struct xsn_mapping){ map, memory, size };
	return 0;
}

int xsn_program__map_memory(struct xsn_program *program, const char *map, void **memory, size_t *size)
{
	const struct bpf_map *found = xsn_program__map(program, map);
	struct xsn_mapping *mapping = NULL;
	uint32_t i;
	int error = 0;

	if (!found)
		return -ENOENT;
	if (bpf_map__type(found) != BPF_MAP_TYPE_ARRAY || !(bpf_map__map_flags(found) & BPF_F_MMAPABLE))
		return -EINVAL;
	for (i = 0; i < program->mapping_count && !mapping; i++)
		if (program->mappings[i].map == found)
			mapping = &program->mappings[i];
	if (!mapping)
		error = map_new(program, found, &mapping);
	if (error)
		return error;
	*memory = mapping->memory;
	*size = mapping->size;
	return 0;
}

int xsn_program__set_socket(const struct xsn_program *program, const char *map, uint32_t queue, int socket_fd)
{
	const struct bpf_map *found = xsn_program__map(program, map);

	if (!found)
		return -ENOENT;
	if (bpf_map__type(found) != BPF_MAP_TYPE_XSKMAP)
		return -EINVAL;
	return bpf_map_update_elem(bpf_map__fd(found), &queue, &socket_fd, BPF_ANY) ? -errno : 0;
}

static int find_hash(const struct xsn_program *program, const char *name, const struct bpf_map **map)
{
	*map = xsn_program__map(program, name);
	if (!*map)
		return -ENOENT;
	if (bpf_map__type(*map) != BPF_MAP_TYPE_HASH && bpf_map__type(*map) != BPF_MAP_TYPE_LRU_HASH)
		return -EINVAL;
	return 0;
}

int xsn_program__hash_set(const struct xsn_program *program, const char *map, const void *key, const void *value)
{
	const struct bpf_map *found;
	int error = find_hash(program, map, &found);

	if (error)
		return error;
	return bpf_map_update_elem(bpf_map__fd(found), key, value, BPF_ANY) ? -errno : 0;
}

int xsn_program__hash_delete(const struct xsn_program *program, const char *map, const void *key)
{
	const struct bpf_map *found;
	int error = find_hash(program, map, &found);

	if (error)
		return error;
	return bpf_map_delete_elem(bpf_map__fd(found), key) ? -errno : 0;
}

/* Where a batched read stands. The kernel hands out whole buckets only; `cursor` is the next one's number. */
struct hash_walk {
	int fd;
	uint32_t key_size, value_size;
	uint32_t cursor;
	bool started, ended;
};

/* Reads up to `room` entries: how many, or -ENOSPC when the next bucket alone has more. */
static long read_buckets(struct hash_walk *walk, void *keys, void *values, uint32_t room)
{
	uint32_t count = room, next = 0;

	if (bpf_map_lookup_batch(walk->fd, walk->started ? &walk->cursor : NULL, &next, keys, values, &count, NULL)) {
		if (errno != ENOENT)
			return -errno;
		walk->ended = true;
	}
	walk->started = true;
	walk->cursor = next;
	return count;
}

/* The next bucket has more entries than there is room for: reads it elsewhere and keeps what fits, which is the end. */
static long read_large_bucket(struct hash_walk *walk, char *keys, char *values, uint32_t room, uint32_t entries)
{
	uint32_t size = room;
	long count = -ENOSPC;

	/* A bucket cannot have more entries than the map, and one may come between two attempts. */
	while (count == -ENOSPC && size < 2 * entries) {
		char *memory;

		size *= 2;
		memory = malloc((size_t)size * (walk->key_size + walk->value_size));
		if (!memory)
			return -ENOMEM;
		count = read_buckets(walk, memory, memory + (size_t)size * walk->key_size, size);
		if (count > (long)room)
			count = room;
		if (count > 0) {
			memcpy(keys, memory, (size_t)count * walk->key_size);
			memcpy(values, memory + (size_t)size * walk->key_size, (size_t)count * walk->value_size);
		}
		free(memory);
	}
	return count;
}

long xsn_program__hash_read(const struct xsn_program *program, const char *map, void *keys, void *values, uint32_t n)
{
	const struct bpf_map *found;
	struct hash_walk walk;
	uint32_t total = 0;
	int error = find_hash(program, map, &found);

	if (error)
		return error;
	walk = (struct hash_walk){ .fd = bpf_map__fd(found), .key_size = bpf_map__key_size(found),
				   .value_size = bpf_map__value_size(found) };
	while (total < n && !walk.ended) {
		char *key = (char *)keys + (size_t)total * walk.key_size;
		char *value = (char *)values + (size_t)total * walk.value_size;
		long count = read_buckets(&walk, key, value, n - total);

		if (count == -ENOSPC)
			count = read_large_bucket(&walk, key, value, n - total, bpf_map__max_entries(found));
		if (count < 0)
			return count;
		total += (uint32_t)count;
	}
	return total;
}
