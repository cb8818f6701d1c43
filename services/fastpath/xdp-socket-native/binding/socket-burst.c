/* Bursts of XdpSocket: the caller's struct of arrays to and from the core's array of structs. */
#include "../core/socket.h"

#include <stdlib.h>

#include "error.h"
#include "socket.h"
#include "value.h"

/* Descriptors as the core has them, between its arrays of structs and the caller's struct of arrays. */
struct scratch {
	uint32_t size;
	struct xsn_frame frames[];
};

/* Room for n descriptors; NULL with an exception pending. It stays for the next call. */
static struct xsn_frame *frames_for(napi_env env, struct object *object, uint32_t n)
{
	struct scratch *scratch = object->extra;

	if (!scratch || scratch->size < n) {
		scratch = realloc(scratch, sizeof(*scratch) + n * sizeof(struct xsn_frame));
		if (!scratch)
			return (void *)error__throw_errno(env, -ENOMEM, "burst", "cannot take a burst of %u", n);
		scratch->size = n;
		object->extra = scratch;
	}
	return scratch->frames;
}

struct columns {
	uint64_t *integers; /* either this */
	double *doubles;    /* or this */
	uint32_t *lengths, *options;
	uint32_t size;
};

static bool read_columns(struct call *call, struct columns *columns)
{
	napi_typedarray_type type;
	size_t addresses, lengths, options;
	void *data;

	if (napi_get_typedarray_info(call->env, call->arguments[0], &type, &addresses, &data, NULL, NULL) != napi_ok ||
	    (type != napi_biguint64_array && type != napi_float64_array)) {
		error__throw_type(call->env, "addresses must be a BigUint64Array or a Float64Array");
		return false;
	}
	columns->integers = type == napi_biguint64_array ? data : NULL;
	columns->doubles = type == napi_biguint64_array ? NULL : data;
	if (!value__array(call->env, call->arguments[1], "lengths", napi_uint32_array, (void **)&columns->lengths,
			  &lengths) ||
	    !value__array(call->env, call->arguments[2], "options", napi_uint32_array, (void **)&columns->options, &options))
		return false;
	if (lengths < addresses)
		addresses = lengths;
	if (options < addresses)
		addresses = options;
	columns->size = addresses < SOCKET_BURST_MAX ? (uint32_t)addresses : SOCKET_BURST_MAX;
	return true;
}

static napi_value claimed_error(napi_env env)
{
	return error__throw(env, "EPERM", "claim", "this object has not claimed the socket; call claim() first");
}

napi_value socket__receive(napi_env env, napi_callback_info info)
{
	struct xsn_frame *frames;
	struct columns columns;
	struct call call;
	int count;

	if (!call__function(env, info, &call, 3) || !read_columns(&call, &columns))
		return NULL;
	if (!call.object->claimed)
		return claimed_error(env);
	if (columns.size == 0)
		return error__throw_range(env, "the arrays have no room: length 0, or detached");
	frames = frames_for(env, call.object, columns.size);
	if (!frames)
		return NULL;
	count = xsn_socket__receive(call.object->core, frames, columns.size);
	if (count < 0)
		return error__throw_errno(env, count, "receive", "cannot receive");
	for (int i = 0; i < count; i++) {
		if (columns.integers)
			columns.integers[i] = frames[i].address;
		else
			columns.doubles[i] = (double)frames[i].address;
		columns.lengths[i] = frames[i].length;
		columns.options[i] = frames[i].options;
	}
	return result__i32(env, count);
}

/* Arguments of transmit and recycle: the columns and how many of their rows. */
static struct xsn_frame *read_frames(struct call *call, uint32_t *count)
{
	struct columns columns;
	struct xsn_frame *frames;

	if (!read_columns(call, &columns) || !value__u32(call->env, call->arguments[3], "count", 0, columns.size, count))
		return NULL;
	if (!call->object->claimed)
		return (void *)claimed_error(call->env);
	frames = frames_for(call->env, call->object, *count ? *count : 1);
	for (uint32_t i = 0; frames && i < *count; i++) {
		/* NaN, negative and huge numbers become an address that no pool has. */
		double number = columns.integers ? 0 : columns.doubles[i];
		bool valid = number >= 0 && number < 9007199254740992.0;

		frames[i].address = columns.integers ? columns.integers[i] : valid ? (uint64_t)number : UINT64_MAX;
		frames[i].length = columns.lengths[i];
		frames[i].options = columns.options[i];
	}
	return frames;
}

napi_value socket__transmit(napi_env env, napi_callback_info info)
{
	struct xsn_frame *frames;
	struct call call;
	uint32_t count;
	int queued;

	if (!call__function(env, info, &call, 4))
		return NULL;
	frames = read_frames(&call, &count);
	if (!frames)
		return NULL;
	queued = xsn_socket__transmit(call.object->core, frames, count);
	if (queued < 0)
		return error__throw_errno(env, queued, "transmit", "cannot send %u descriptors", count);
	return result__i32(env, queued);
}

napi_value socket__recycle(napi_env env, napi_callback_info info)
{
	struct xsn_frame *frames;
	struct call call;
	uint32_t count;
	int error;

	if (!call__function(env, info, &call, 4))
		return NULL;
	frames = read_frames(&call, &count);
	if (!frames)
		return NULL;
	error = xsn_socket__recycle(call.object->core, frames, count);
	if (error < 0)
		return error__throw_errno(env, error, "recycle", "cannot recycle %u frames", count);
	return NULL;
}
