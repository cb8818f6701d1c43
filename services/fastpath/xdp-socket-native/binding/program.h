/* What the files of the program class share. */
#ifndef XSN_BINDING_PROGRAM_H
#define XSN_BINDING_PROGRAM_H

#include "../core/program.h"
#include "object.h"

#define NAME_SIZE 64
#define LOG_SIZE (256 * 1024)

/*
 * A program and who refers to it: its JavaScript object, and ArrayBuffers over memory of its maps. All of them belong
 * to one thread. close() detaches the ArrayBuffers first, so it need not wait for the garbage collector.
 */
struct loaded {
	struct xsn_program *program;
	uint32_t refs;
	char log[LOG_SIZE];
};

void *loaded__ref(void *loaded);
void loaded__unref(void *loaded);

/* program-options.c: reads file, program, maps and constants and opens the object; -errno, or 1 with an exception
 * pending. */
int program_options__open(napi_env env, napi_value options, struct loaded *loaded);
/* Throws with the last lines of the log. */
napi_value program__throw(napi_env env, long error, const char *operation, const char *doing, const char *what,
			  const struct loaded *loaded);

/* program-maps.c */
napi_value program__memory(napi_env env, napi_callback_info info);
napi_value program__set_socket(napi_env env, napi_callback_info info);
napi_value program__hash_set(napi_env env, napi_callback_info info);
napi_value program__hash_delete(napi_env env, napi_callback_info info);
napi_value program__hash_read(napi_env env, napi_callback_info info);
napi_value program__set_inner(napi_env env, napi_callback_info info);

#endif
