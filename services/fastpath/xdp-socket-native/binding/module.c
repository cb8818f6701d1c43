#include "classes.h"
#include "error.h"
#include "handle.h"
#include "value.h"

bool handle__given(const struct call *call)
{
	napi_valuetype type;

	return napi_typeof(call->env, call->arguments[0], &type) == napi_ok && type == napi_number;
}

void *handle__adopt(struct call *call, const struct class *class)
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

NAPI_MODULE_INIT()
{
	if (!addon__init(env) || !pool_class__define(env, exports) || !socket_class__define(env, exports) ||
	    !exchange_class__define(env, exports) || !program_class__define(env, exports) ||
	    !inner_map_class__define(env, exports) || !ring_class__define(env, exports) ||
	    !thread__define(env, exports) || !probe__define(env, exports))
		return NULL;
	return exports;
}
