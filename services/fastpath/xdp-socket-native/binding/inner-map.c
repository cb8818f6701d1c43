/* InnerMap: an inner array of an array of maps, whose memory JavaScript fills before the program sees it. */
#include <stdlib.h>

#include "classes.h"
#include "error.h"
#include "memory.h"
#include "program.h"
#include "value.h"

/* The map and who refers to it: its JavaScript object, and the ArrayBuffer; all in one thread. */
struct shared {
	struct xsn_inner_map *inner;
	uint32_t refs;
};

static void *ref(void *core)
{
	struct shared *shared = core;

	shared->refs++;
	return shared;
}

static void unref(void *core)
{
	struct shared *shared = core;

	if (--shared->refs)
		return;
	xsn_inner_map__free(shared->inner);
	free(shared);
}

static void release(struct object *object, enum release why)
{
	struct shared *shared = object->core;

	if (why == RELEASE_CLOSED) {
		/* The ArrayBuffer is detached: nothing but its finalizer refers to `shared` now. */
		xsn_inner_map__free(shared->inner);
		shared->inner = NULL;
	}
	unref(shared);
}

const struct class inner_map_class = {
	.name = "InnerMap", .tag = {0x6a1d0a8c54cf4f05, 0x8d20f3b6a7e04c15}, .release = release};

struct xsn_inner_map *inner_map__core(const struct object *object)
{
	return ((struct shared *)object->core)->inner;
}

static napi_value memory(napi_env env, napi_callback_info info)
{
	struct xsn_inner_map *inner;
	struct call call;

	if (!call__method(env, info, &call))
		return NULL;
	inner = inner_map__core(call.object);
	return memory__get(env, call.object, xsn_inner_map__memory(inner), xsn_inner_map__size(inner), ref, unref,
			   call.object->core);
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	struct object *program;
	struct shared *shared;
	char outer[NAME_SIZE];
	struct call call;
	uint32_t entries;
	int error;

	if (!call__construct(env, info, &call))
		return NULL;
	program = object__of(env, call.arguments[0], &program_class);
	if (!program || !value__string(env, call.arguments[1], "outer", outer, sizeof(outer)) ||
	    !value__u32(env, call.arguments[2], "entries", 1, UINT32_MAX, &entries))
		return NULL;
	shared = calloc(1, sizeof(*shared));
	error = shared ? xsn_inner_map__create(((struct loaded *)program->core)->program, outer, entries, &shared->inner)
		       : -ENOMEM;
	if (error) {
		free(shared);
		return error__throw_errno(env, error, "map", "cannot create an inner map of %s with %u entries", outer,
					  entries);
	}
	shared->refs = 1;
	return object__create(env, call.this, &inner_map_class, shared, true) ? call.this : NULL;
}

bool inner_map_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {METHOD("memory", memory)};

	return class__define(env, exports, &inner_map_class, construct, methods, 1);
}
