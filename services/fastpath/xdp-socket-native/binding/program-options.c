/* Options of XdpProgram: { file, program, maps: {name, entries}[], constants: {name, value: Uint8Array}[] }. */
#include <limits.h>
#include <string.h>

#include "error.h"
#include "program.h"
#include "value.h"

#define MAPS_MAX 32
#define CONSTANTS_MAX 64
#define CONSTANT_SIZE_MAX 1024

struct maps {
	uint32_t count;
	struct xsn_map_size sizes[MAPS_MAX];
	char names[MAPS_MAX][NAME_SIZE];
};

struct constants {
	uint32_t count;
	struct xsn_constant values[CONSTANTS_MAX];
	char names[CONSTANTS_MAX][NAME_SIZE];
	/* Copies: a getter of a later entry may detach an array of an earlier one. */
	uint8_t bytes[CONSTANTS_MAX][CONSTANT_SIZE_MAX];
};

static bool list_length(napi_env env, napi_value list, const char *name, uint32_t maximum, uint32_t *length)
{
	if (napi_get_array_length(env, list, length) != napi_ok) {
		error__throw_type(env, "maps and constants must be arrays");
		return false;
	}
	if (*length <= maximum)
		return true;
	error__throw_range(env, "%s has %u entries; at most %u are possible", name, *length, maximum);
	return false;
}

static bool read_maps(napi_env env, napi_value options, struct maps *maps)
{
	napi_value list = option__get(env, options, "maps"), entry;

	if (!list || !list_length(env, list, "maps", MAPS_MAX, &maps->count))
		return false;
	for (uint32_t i = 0; i < maps->count; i++) {
		struct xsn_map_size *size = &maps->sizes[i];

		if (napi_get_element(env, list, i, &entry) != napi_ok ||
		    !option__string(env, entry, "name", maps->names[i], NAME_SIZE) ||
		    !option__u32(env, entry, "entries", 1, UINT32_MAX, &size->max_entries))
			return false;
		size->name = maps->names[i];
	}
	return true;
}

static bool read_constants(napi_env env, napi_value options, struct constants *constants)
{
	napi_value list = option__get(env, options, "constants"), entry, bytes;

	if (!list || !list_length(env, list, "constants", CONSTANTS_MAX, &constants->count))
		return false;
	for (uint32_t i = 0; i < constants->count; i++) {
		struct xsn_constant *constant = &constants->values[i];
		uint8_t *value;

		if (napi_get_element(env, list, i, &entry) != napi_ok ||
		    !option__string(env, entry, "name", constants->names[i], NAME_SIZE))
			return false;
		bytes = option__get(env, entry, "value");
		if (!bytes || !value__bytes(env, bytes, "value of a constant", &value, &constant->size))
			return false;
		if (constant->size > CONSTANT_SIZE_MAX) {
			error__throw_range(env, "constant %s has %zu bytes; at most %d are possible", constants->names[i],
					   constant->size, CONSTANT_SIZE_MAX);
			return false;
		}
		if (constant->size)
			memcpy(constants->bytes[i], value, constant->size);
		constant->name = constants->names[i];
		constant->value = constants->bytes[i];
	}
	return true;
}

int program_options__open(napi_env env, napi_value options, struct loaded *loaded)
{
	char file[PATH_MAX], program[NAME_SIZE];
	struct constants constants;
	struct maps maps;

	if (!option__string(env, options, "file", file, sizeof(file)) ||
	    !option__string(env, options, "program", program, sizeof(program)) || !read_maps(env, options, &maps) ||
	    !read_constants(env, options, &constants))
		return 1;
	return xsn_program__open(&(struct xsn_program_options){.file = file,
							       .program = program,
							       .maps = maps.sizes,
							       .map_count = maps.count,
							       .constants = constants.values,
							       .constant_count = constants.count,
							       .log = loaded->log,
							       .log_size = sizeof(loaded->log)},
				 &loaded->program);
}
