/* Maps of a program. The core takes bare pointers, so sizes are checked here, against what the kernel says of the map. */
#include <bpf/bpf.h>

#include "../core/socket.h"
#include "classes.h"
#include "error.h"
#include "memory.h"
#include "program.h"
#include "value.h"

struct map_call {
	struct call call;
	struct xsn_program *program;
	char name[NAME_SIZE];
};

static napi_value map_error(struct map_call *map, long error, const char *doing)
{
	return error__throw_errno(map->call.env, error, "map", "cannot %s map %s", doing, map->name);
}

/* Every method here begins with the map's name. */
static bool begin(napi_env env, napi_callback_info info, struct map_call *map)
{
	if (!call__method(env, info, &map->call) ||
	    !value__string(env, map->call.arguments[0], "map", map->name, sizeof(map->name)))
		return false;
	map->program = ((struct loaded *)map->call.object->core)->program;
	return true;
}

static bool map_sizes(struct map_call *map, struct bpf_map_info *info)
{
	uint32_t length = sizeof(*info);
	int fd = xsn_program__map_fd(map->program, map->name);

	*info = (struct bpf_map_info){0};
	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, info, &length) == 0)
		return true;
	map_error(map, fd < 0 ? fd : -errno, "use");
	return false;
}

/* Exactly `size` bytes. */
static bool exact_bytes(struct map_call *map, napi_value value, const char *name, size_t size, uint8_t **data)
{
	size_t length;

	if (!value__bytes(map->call.env, value, name, data, &length))
		return false;
	if (length == size)
		return true;
	error__throw_range(map->call.env, "%s has %zu bytes; in map %s it has %zu", name, length, map->name, size);
	return false;
}

napi_value program__memory(napi_env env, napi_callback_info info)
{
	struct map_call map;
	void *memory;
	size_t size;
	int error;

	if (!begin(env, info, &map))
		return NULL;
	error = xsn_program__map_memory(map.program, map.name, &memory, &size);
	if (error)
		return map_error(&map, error, "share the memory of");
	return memory__get(env, map.call.object, memory, size, loaded__ref, loaded__unref, map.call.object->core);
}

napi_value program__set_socket(napi_env env, napi_callback_info info)
{
	struct xsn_socket_info socket;
	struct object *object;
	struct map_call map;
	uint32_t queue;
	int error;

	if (!begin(env, info, &map) || !value__u32(env, map.call.arguments[1], "queue", 0, UINT16_MAX, &queue))
		return NULL;
	object = object__of(env, map.call.arguments[2], &socket_class);
	if (!object)
		return NULL;
	xsn_socket__info(object->core, &socket);
	error = xsn_program__set_socket(map.program, map.name, queue, socket.fd);
	return error ? map_error(&map, error, "put a socket into") : NULL;
}

napi_value program__hash_set(napi_env env, napi_callback_info info)
{
	struct bpf_map_info sizes;
	struct map_call map;
	uint8_t *key, *value;
	int error;

	if (!begin(env, info, &map) || !map_sizes(&map, &sizes) ||
	    !exact_bytes(&map, map.call.arguments[1], "key", sizes.key_size, &key) ||
	    !exact_bytes(&map, map.call.arguments[2], "value", sizes.value_size, &value))
		return NULL;
	error = xsn_program__hash_set(map.program, map.name, key, value);
	return error ? map_error(&map, error, "write to") : NULL;
}

napi_value program__hash_delete(napi_env env, napi_callback_info info)
{
	struct bpf_map_info sizes;
	struct map_call map;
	uint8_t *key;
	int error;

	if (!begin(env, info, &map) || !map_sizes(&map, &sizes) ||
	    !exact_bytes(&map, map.call.arguments[1], "key", sizes.key_size, &key))
		return NULL;
	error = xsn_program__hash_delete(map.program, map.name, key);
	/* What is not there is deleted. */
	return error && error != -ENOENT ? map_error(&map, error, "delete from") : NULL;
}

napi_value program__hash_read(napi_env env, napi_callback_info info)
{
	struct bpf_map_info sizes;
	size_t key_bytes, value_bytes;
	uint8_t *keys, *values;
	struct map_call map;
	uint32_t entries;
	long count;

	if (!begin(env, info, &map) || !map_sizes(&map, &sizes) ||
	    !value__bytes(env, map.call.arguments[1], "keys", &keys, &key_bytes) ||
	    !value__bytes(env, map.call.arguments[2], "values", &values, &value_bytes) ||
	    !value__u32(env, map.call.arguments[3], "entries", 0, UINT32_MAX, &entries))
		return NULL;
	if (key_bytes / sizes.key_size < entries || value_bytes / sizes.value_size < entries)
		return error__throw_range(env, "%u entries of map %s need %zu bytes of keys and %zu of values", entries,
					  map.name, (size_t)entries * sizes.key_size, (size_t)entries * sizes.value_size);
	count = entries ? xsn_program__hash_read(map.program, map.name, keys, values, entries) : 0;
	return count < 0 ? map_error(&map, count, "read") : result__double(env, (double)count);
}

napi_value program__set_inner(napi_env env, napi_callback_info info)
{
	struct object *object = NULL;
	struct map_call map;
	napi_valuetype type;
	uint32_t index;
	int error;

	if (!begin(env, info, &map) || !value__u32(env, map.call.arguments[1], "index", 0, UINT32_MAX, &index))
		return NULL;
	if (napi_typeof(env, map.call.arguments[2], &type) != napi_ok || type != napi_null) {
		object = object__of(env, map.call.arguments[2], &inner_map_class);
		if (!object)
			return NULL;
	}
	error = xsn_program__set_inner(map.program, map.name, index, object ? inner_map__core(object) : NULL);
	/* An empty place is empty. */
	if (!object && error == -ENOENT && xsn_program__map_fd(map.program, map.name) >= 0)
		error = 0;
	return error ? map_error(&map, error, "set an entry of") : NULL;
}
