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

/* Adopts a core object that is named by a handle (argument 0 of a constructor): `core` with a reference, or NULL with
 * an exception pending. */
void *handle__adopt(struct call *call, const struct class *class);
/* Did the constructor get a handle instead of options? */
bool handle__given(const struct call *call);

#endif
