#include "memory.h"

#include <stdlib.h>

#include "error.h"

struct memory {
	void *data;
	napi_ref buffer; /* weak */
	struct memory *next;
};

struct hold {
	void (*unref)(void *);
	void *owner;
};

static void drop_hold(napi_env env, void *data, void *hint)
{
	struct hold *hold = hint;

	(void)env;
	(void)data;
	hold->unref(hold->owner);
	free(hold);
}

static struct memory *find(struct object *object, void *data)
{
	struct memory *memory = object->memories;

	while (memory && memory->data != data)
		memory = memory->next;
	return memory;
}

static napi_value existing(napi_env env, struct memory *memory)
{
	napi_value buffer = NULL;

	if (memory->buffer)
		napi_get_reference_value(env, memory->buffer, &buffer);
	return buffer;
}

static napi_value create(napi_env env, void *data, size_t size, struct hold *hold)
{
	napi_value buffer;
	napi_status status = napi_create_external_arraybuffer(env, data, size, drop_hold, hold, &buffer);

	if (status == napi_ok)
		return buffer;
	/* After this failure (memory longer than a buffer may be) Node runs the finalizer by itself. */
	if (status != napi_generic_failure)
		drop_hold(env, data, hold);
	if (status == napi_no_external_buffers_allowed)
		error__throw(env, "ENOTSUP", "memory",
			     "this runtime does not let addons share memory with JavaScript (its V8 has the memory "
			     "cage, as Electron's has); use Node.js");
	else
		error__throw_status(env, "memory");
	return NULL;
}

/* A weak reference to `buffer` for the next call. */
static bool remember(napi_env env, struct object *object, struct memory *memory, void *data, napi_value buffer)
{
	if (!memory) {
		memory = calloc(1, sizeof(*memory));
		if (!memory)
			return false;
		memory->data = data;
		memory->next = object->memories;
		object->memories = memory;
	}
	if (memory->buffer)
		napi_delete_reference(env, memory->buffer);
	memory->buffer = NULL;
	return napi_create_reference(env, buffer, 0, &memory->buffer) == napi_ok;
}

napi_value memory__get(napi_env env, struct object *object, void *data, size_t size, void *(*ref)(void *),
		       void (*unref)(void *), void *owner)
{
	struct memory *memory = find(object, data);
	napi_value buffer = memory ? existing(env, memory) : NULL;
	struct hold *hold;

	if (buffer)
		return buffer;
	hold = malloc(sizeof(*hold));
	if (!hold)
		return error__throw_errno(env, -ENOMEM, "memory", "cannot share memory");
	*hold = (struct hold){.unref = unref, .owner = ref(owner)};
	buffer = create(env, data, size, hold);
	if (!buffer)
		return NULL;
	if (!remember(env, object, memory, data, buffer)) {
		/* It could not be detached later, so nobody may see it. */
		napi_detach_arraybuffer(env, buffer);
		return error__throw_errno(env, -ENOMEM, "memory", "cannot share memory");
	}
	return buffer;
}

void memory__detach_all(napi_env env, struct object *object)
{
	for (struct memory *memory = object->memories; memory; memory = memory->next) {
		napi_value buffer = existing(env, memory);

		if (buffer)
			napi_detach_arraybuffer(env, buffer);
	}
	memory__forget_all(env, object);
}

void memory__forget_all(napi_env env, struct object *object)
{
	while (object->memories) {
		struct memory *memory = object->memories;

		object->memories = memory->next;
		if (memory->buffer)
			napi_delete_reference(env, memory->buffer);
		free(memory);
	}
}
