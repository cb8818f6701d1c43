/* Ring: the reading side of a BPF ring buffer. */
#include "classes.h"
#include "error.h"
#include "program.h"
#include "value.h"

static void release(struct object *object, enum release why)
{
	(void)why;
	xsn_ring__close(object->core);
}

const struct class ring_class = {
	.name = "Ring", .tag = {0x6a1d0a8c54cf4f06, 0x8d20f3b6a7e04c16}, .release = release};

static napi_value drain(napi_env env, napi_callback_info info)
{
	struct call call;
	uint8_t *out;
	size_t size;
	long written;

	if (!call__method(env, info, &call) || !value__bytes(env, call.arguments[0], "out", &out, &size))
		return NULL;
	written = xsn_ring__drain(call.object->core, out, size);
	if (written < 0)
		return error__throw_errno(env, written, "drain",
					  "cannot drain the ring into %zu bytes: its next record is longer", size);
	return result__double(env, (double)written);
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	struct object *program;
	struct xsn_ring *ring;
	char map[NAME_SIZE];
	struct call call;
	int error;

	if (!call__construct(env, info, &call))
		return NULL;
	program = object__of(env, call.arguments[0], &program_class);
	if (!program || !value__string(env, call.arguments[1], "map", map, sizeof(map)))
		return NULL;
	error = xsn_ring__open(((struct loaded *)program->core)->program, map, &ring);
	if (error)
		return error__throw_errno(env, error, "map", "cannot open ring buffer %s", map);
	return object__create(env, call.this, &ring_class, ring, true) ? call.this : NULL;
}

bool ring_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {METHOD("drain", drain)};

	return class__define(env, exports, &ring_class, construct, methods, 1);
}
