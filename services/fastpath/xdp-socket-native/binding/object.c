#include "object.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "handle.h"
#include "memory.h"

/* libuv, which every runtime with napi_get_uv_event_loop exports; its headers are not needed for this. */
struct uv_loop_s;
int uv_backend_fd(const struct uv_loop_s *loop);

struct addon {
	struct object *objects;
	int loop_fd;
};

static void unlink_object(struct object *object)
{
	if (!object->addon)
		return;
	if (object->previous)
		object->previous->next = object->next;
	else
		object->addon->objects = object->next;
	if (object->next)
		object->next->previous = object->previous;
	object->addon = NULL;
}

/* Gives up the core object, once. */
static void release(struct object *object, enum release why)
{
	if (object->handle)
		handle__remove(object->handle);
	object->handle = 0;
	unlink_object(object);
	object->class->release(object, why);
	object->core = NULL;
}

static void unref(struct object *object)
{
	if (--object->refs == 0)
		free(object);
}

/* Runs before anything of this thread is torn down, and before any finalizer that the end of the thread causes. */
static void addon_cleanup(void *data)
{
	struct addon *addon = data;

	while (addon->objects)
		release(addon->objects, RELEASE_THREAD_END);
	free(addon);
}

bool addon__init(napi_env env)
{
	struct addon *addon = calloc(1, sizeof(*addon));
	struct uv_loop_s *loop;

	if (!addon) {
		error__throw_errno(env, -ENOMEM, "load", "cannot load");
		return false;
	}
	addon->loop_fd = napi_get_uv_event_loop(env, &loop) == napi_ok ? uv_backend_fd(loop) : -1;
	if (napi_set_instance_data(env, addon, NULL, NULL) != napi_ok ||
	    napi_add_env_cleanup_hook(env, addon_cleanup, addon) != napi_ok) {
		free(addon);
		error__throw_status(env, "load");
		return false;
	}
	return true;
}

static void finalize_object(napi_env env, void *data, void *hint)
{
	struct object *object = data;

	(void)hint;
	if (object->core)
		release(object, RELEASE_COLLECTED);
	memory__forget_all(env, object);
	unref(object);
}

static void finalize_function(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	unref(data);
}

struct object *object__create(napi_env env, napi_value this, const struct class *class, void *core, bool creator)
{
	struct object *object = calloc(1, sizeof(*object));
	struct addon *addon = NULL;

	if (!object || napi_get_instance_data(env, (void **)&addon) != napi_ok) {
		struct object nobody = {.class = class, .core = core, .creator = creator};

		class->release(&nobody, RELEASE_COLLECTED);
		free(object);
		error__throw_errno(env, -ENOMEM, class->name, "cannot create an object");
		return NULL;
	}
	*object = (struct object){
		.class = class, .core = core, .creator = creator, .loop_fd = addon->loop_fd, .refs = 1, .addon = addon};
	object->next = addon->objects;
	if (object->next)
		object->next->previous = object;
	addon->objects = object;
	if (napi_wrap(env, this, object, finalize_object, NULL, NULL) != napi_ok) {
		release(object, RELEASE_COLLECTED);
		unref(object);
		error__throw_status(env, class->name);
		return NULL;
	}
	if (napi_type_tag_object(env, this, &class->tag) != napi_ok) {
		error__throw_status(env, class->name);
		return NULL;
	}
	return object;
}

bool object__add_function(napi_env env, napi_value this, struct object *object, const char *name, napi_callback callback)
{
	napi_value function;

	if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, object, &function) != napi_ok ||
	    napi_add_finalizer(env, function, object, finalize_function, NULL, NULL) != napi_ok) {
		error__throw_status(env, name);
		return false;
	}
	object->refs++;
	if (napi_set_named_property(env, this, name, function) != napi_ok) {
		error__throw_status(env, name);
		return false;
	}
	return true;
}

void object__close(napi_env env, struct object *object)
{
	if (!object->core)
		return;
	memory__detach_all(env, object);
	release(object, RELEASE_CLOSED);
}

static napi_value close_method(napi_env env, napi_callback_info info)
{
	struct object *object;
	struct class *class;
	napi_value this;
	bool same = false;

	if (napi_get_cb_info(env, info, NULL, NULL, &this, (void **)&class) != napi_ok ||
	    napi_check_object_type_tag(env, this, &class->tag, &same) != napi_ok || !same ||
	    napi_unwrap(env, this, (void **)&object) != napi_ok)
		return error__throw_class(env, class->name);
	object__close(env, object);
	return NULL;
}

bool class__define(napi_env env, napi_value exports, const struct class *class, napi_callback constructor,
		   const napi_property_descriptor *methods, size_t count)
{
	napi_property_descriptor all[24];
	napi_value function;

	if (count >= sizeof(all) / sizeof(all[0]))
		return false;
	memcpy(all, methods, count * sizeof(*methods));
	all[count++] = (napi_property_descriptor)METHOD("close", close_method);
	for (size_t i = 0; i < count; i++)
		all[i].data = (void *)class;
	if (napi_define_class(env, class->name, NAPI_AUTO_LENGTH, constructor, (void *)class, count, all, &function) ==
		    napi_ok &&
	    napi_set_named_property(env, exports, class->name, function) == napi_ok)
		return true;
	error__throw_status(env, class->name);
	return false;
}

bool call__construct(napi_env env, napi_callback_info info, struct call *call)
{
	napi_value target = NULL;

	call->env = env;
	call->object = NULL;
	call->count = CALL_ARGUMENTS;
	if (napi_get_cb_info(env, info, &call->count, call->arguments, &call->this, NULL) != napi_ok ||
	    napi_get_new_target(env, info, &target) != napi_ok || !target) {
		error__throw_type(env, "this class needs new");
		return false;
	}
	return true;
}

struct object *object__of(napi_env env, napi_value value, const struct class *class)
{
	struct object *object;
	bool same = false;

	/* The tag says that the object is ours; without it the pointer of another addon could be taken for one. */
	if (napi_check_object_type_tag(env, value, &class->tag, &same) != napi_ok || !same ||
	    napi_unwrap(env, value, (void **)&object) != napi_ok) {
		error__throw_class(env, class->name);
		return NULL;
	}
	if (!object->core) {
		error__throw_closed(env, class->name);
		return NULL;
	}
	return object;
}

bool call__method(napi_env env, napi_callback_info info, struct call *call)
{
	struct class *class;

	call->env = env;
	call->count = CALL_ARGUMENTS;
	if (napi_get_cb_info(env, info, &call->count, call->arguments, &call->this, (void **)&class) != napi_ok) {
		error__throw_status(env, "call");
		return false;
	}
	call->object = object__of(env, call->this, class);
	return call->object != NULL;
}

bool call__function(napi_env env, napi_callback_info info, struct call *call, size_t arguments)
{
	call->env = env;
	call->count = arguments;
	if (napi_get_cb_info(env, info, &call->count, call->arguments, NULL, (void **)&call->object) != napi_ok) {
		error__throw_status(env, "call");
		return false;
	}
	if (!call->object->core) {
		error__throw_closed(env, call->object->class->name);
		return false;
	}
	return true;
}

napi_value object__handle(napi_env env, napi_callback_info info)
{
	struct object *object;
	struct call call;
	napi_value number;

	if (!call__method(env, info, &call))
		return NULL;
	object = call.object;
	if (!object->handle)
		object->handle = handle__add(object->class, object->core);
	if (!object->handle)
		return error__throw_errno(env, -ENFILE, "handle", "cannot give out a handle: all 65536 are in use");
	return napi_create_double(env, object->handle, &number) == napi_ok ? number : NULL;
}
