/* The classes of the addon, one file each; module.c puts them together. */
#ifndef XSN_BINDING_CLASSES_H
#define XSN_BINDING_CLASSES_H

#include "object.h"

extern const struct class pool_class, socket_class, exchange_class, program_class, inner_map_class, ring_class;

bool pool_class__define(napi_env env, napi_value exports);
bool socket_class__define(napi_env env, napi_value exports);
bool exchange_class__define(napi_env env, napi_value exports);
bool program_class__define(napi_env env, napi_value exports);
bool inner_map_class__define(napi_env env, napi_value exports);
bool ring_class__define(napi_env env, napi_value exports);
/* setThreadAffinity, threadAffinity, currentCpu */
bool thread__define(napi_env env, napi_value exports);
/* probeFeatures, probeDevice, probePrograms */
bool probe__define(napi_env env, napi_value exports);

struct xsn_inner_map;
struct xsn_inner_map *inner_map__core(const struct object *object);

struct object_function {
	const char *name;
	napi_callback callback;
};

/* The constructor of a class with handles. Argument 0 is a handle, and the core object that it names is adopted, or
 * `create` makes one from the arguments (NULL with an exception pending). Then the object gets its functions. */
napi_value object__construct(napi_env env, napi_callback_info info, const struct class *class,
			     void *(*create)(struct call *call), const struct object_function *functions, size_t count);

#endif
