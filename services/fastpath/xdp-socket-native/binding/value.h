/*
 * Reading arguments and writing results. Readers check type and range and return false with a TypeError or RangeError
 * pending; `name` is what the message calls the argument.
 */
#ifndef XSN_BINDING_VALUE_H
#define XSN_BINDING_VALUE_H

#include "object.h"

bool value__u32(napi_env env, napi_value value, const char *name, uint32_t minimum, uint32_t maximum, uint32_t *number);
bool value__i32(napi_env env, napi_value value, const char *name, int32_t minimum, int32_t *number);
bool value__size(napi_env env, napi_value value, const char *name, size_t *size);
bool value__bool(napi_env env, napi_value value, const char *name, bool *yes);
/* Refuses what does not fit into `size` bytes, and NUL bytes. */
bool value__string(napi_env env, napi_value value, const char *name, char *text, size_t size);
bool value__array(napi_env env, napi_value value, const char *name, napi_typedarray_type type, void **data,
		  size_t *length);
bool value__bytes(napi_env env, napi_value value, const char *name, uint8_t **data, size_t *length);

/* The same for properties of an options object. */
napi_value option__get(napi_env env, napi_value options, const char *name);
bool option__u32(napi_env env, napi_value options, const char *name, uint32_t minimum, uint32_t maximum,
		 uint32_t *number);
bool option__i32(napi_env env, napi_value options, const char *name, int32_t minimum, int32_t *number);
bool option__bool(napi_env env, napi_value options, const char *name, bool *yes);
bool option__string(napi_env env, napi_value options, const char *name, char *text, size_t size);

/* A member of a struct of the core and the property that it becomes. */
struct field {
	const char *name;
	size_t offset;
	size_t size; /* 4, 8, or 1 for bool */
};

#define FIELD(type, member, name) {name, offsetof(type, member), sizeof(((type *)0)->member)}

napi_value result__object(napi_env env, const void *values, const struct field *fields, size_t count);
napi_value result__i32(napi_env env, int32_t number);
napi_value result__double(napi_env env, double number);
napi_value result__bool(napi_env env, bool yes);

#endif
