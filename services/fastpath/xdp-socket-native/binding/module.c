#include "classes.h"
#include "error.h"
#include "handle.h"
#include "value.h"

static bool handle_given(const struct call *call)
{
	napi_valuetype type;

	return napi_typeof(call->env, call->arguments[0], &type) == napi_ok && type == napi_number;
}

/* The core object of the handle, with a reference, or NULL with an exception pending. */
static void *adopt(struct call *call, const struct class *class)
{
	double handle;
	void *core;

	if (napi_get_value_double(call->env, call->arguments[0], &handle) != napi_ok)
		return error__throw_type(call->env, "handle must be a number");
	core = handle__get(class, handle);
	if (!core)
		error__throw(call->env, "EBADF", "handle",
			     "this handle names no open object of its class: what gave it out is closed, or was "
			     "collected because nothing referred to it");
	return core;
}

napi_value object__construct(napi_env env, napi_callback_info info, const struct class *class,
			     void *(*create)(struct call *call), const struct object_function *functions, size_t count)
{
	struct object *object;
	struct call call;
	bool adopted;
	void *core;

	if (!call__construct(env, info, &call))
		return NULL;
	adopted = handle_given(&call);
	core = adopted ? adopt(&call, class) : create(&call);
	if (!core)
		return NULL;
	object = object__create(env, call.this, class, core, !adopted);
	if (!object)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!object__add_function(env, call.this, object, functions[i].name, functions[i].callback))
			return NULL;
	return call.this;
}

NAPI_MODULE_INIT()
{
	if (!addon__init(env) || !pool_class__define(env, exports) || !socket_class__define(env, exports) ||
	    !exchange_class__define(env, exports) || !program_class__define(env, exports) ||
	    !inner_map_class__define(env, exports) || !ring_class__define(env, exports) ||
	    !thread__define(env, exports) || !probe__define(env, exports))
		return NULL;
	return exports;
}
