/*
 * Errors as JavaScript sees them: an Error (or TypeError, RangeError) with `code` (the name of the errno), `operation`
 * and a message of one sentence that ends with the remedy, where one is known. All return NULL, so that a callback can
 * return what they return.
 */
#ifndef XSN_BINDING_ERROR_H
#define XSN_BINDING_ERROR_H

#include <errno.h>

#include "object.h"

/* `error` is -errno; `format` says what could not be done: "cannot open queue 3 of eth0". */
napi_value error__throw_errno(napi_env env, long error, const char *operation, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
napi_value error__throw(napi_env env, const char *code, const char *operation, const char *message);
napi_value error__throw_range(napi_env env, const char *format, ...) __attribute__((format(printf, 2, 3)));
napi_value error__throw_type(napi_env env, const char *message);
/* The value is no object of this class. */
napi_value error__throw_class(napi_env env, const char *class);
napi_value error__throw_closed(napi_env env, const char *class);
/* For a Node-API call that failed, unless it left an exception of its own. */
napi_value error__throw_status(napi_env env, const char *operation);

#endif
