/*
 * Memory of the core as ArrayBuffers. Each ArrayBuffer holds a reference on what its memory belongs to, so the memory
 * outlives every view of it; close() detaches them, which makes their length 0 and their bytes unreachable.
 */
#ifndef XSN_BINDING_MEMORY_H
#define XSN_BINDING_MEMORY_H

#include "object.h"

/*
 * The ArrayBuffer of this object over `size` bytes at `data`: the same one each time, as long as somebody refers to it.
 * A new one takes over a reference that `ref` returns and gives it up by `unref`. NULL with an exception pending.
 */
napi_value memory__get(napi_env env, struct object *object, void *data, size_t size, void *(*ref)(void *),
		       void (*unref)(void *), void *owner);
void memory__detach_all(napi_env env, struct object *object);
/* Forgets the ArrayBuffers without detaching them. */
void memory__forget_all(napi_env env, struct object *object);

#endif
