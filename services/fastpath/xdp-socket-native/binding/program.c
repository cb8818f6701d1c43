/* XdpProgram: core/program.h for JavaScript. Its maps are in program-maps.c. */
#include "program.h"

#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "error.h"
#include "value.h"

/* Of a verifier's log the end says what is wrong. */
#define LOG_LINES 12
#define LOG_BYTES 4096

void *loaded__ref(void *core)
{
	struct loaded *loaded = core;

	loaded->refs++;
	return loaded;
}

void loaded__unref(void *core)
{
	struct loaded *loaded = core;

	if (--loaded->refs)
		return;
	xsn_program__close(&loaded->program);
	free(loaded);
}

static void release(struct object *object, enum release why)
{
	struct loaded *loaded = object->core;

	if (why == RELEASE_CLOSED)
		xsn_program__close(&loaded->program);
	else if (why == RELEASE_THREAD_END)
		xsn_program__detach(loaded->program);
	loaded__unref(loaded);
}

const struct class program_class = {
	.name = "XdpProgram", .tag = {0x6a1d0a8c54cf4f04, 0x8d20f3b6a7e04c14}, .release = release};

/* The last lines of the log. */
static const char *log_end(const char *log)
{
	size_t length = strlen(log);
	const char *start = log + length;
	int lines = 0;

	while (start > log && log + length - start < LOG_BYTES) {
		if (start[-1] == '\n' && start != log + length && ++lines == LOG_LINES)
			break;
		start--;
	}
	return start;
}

napi_value program__throw(napi_env env, long error, const char *operation, const char *doing, const char *what,
			  const struct loaded *loaded)
{
	const char *log = log_end(loaded->log);

	if (*log)
		return error__throw_errno(env, error, operation, "cannot %s %s; the log ends with:\n%s\n", doing, what, log);
	return error__throw_errno(env, error, operation, "cannot %s %s", doing, what);
}

static napi_value load(napi_env env, napi_callback_info info)
{
	struct loaded *loaded;
	struct call call;
	int error;

	if (!call__method(env, info, &call))
		return NULL;
	loaded = call.object->core;
	error = xsn_program__load(loaded->program);
	if (error)
		return program__throw(env, error, "load_program", "load", "the program", loaded);
	return NULL;
}

static napi_value attach(napi_env env, napi_callback_info info)
{
	static const struct field fields[] = {
		FIELD(struct xsn_attachment, native, "native"),
		FIELD(struct xsn_attachment, dispatcher, "dispatcher"),
		FIELD(struct xsn_attachment, replaced, "replaced"),
	};
	struct xsn_attachment attachment;
	char interface[IF_NAMESIZE];
	struct loaded *loaded;
	struct call call;
	uint32_t mode;
	int error;

	if (!call__method(env, info, &call) ||
	    !value__string(env, call.arguments[0], "interface", interface, sizeof(interface)) ||
	    !value__u32(env, call.arguments[1], "mode", XSN_ATTACH_AUTO, XSN_ATTACH_GENERIC, &mode))
		return NULL;
	loaded = call.object->core;
	error = xsn_program__attach(loaded->program, interface, mode, &attachment);
	if (error)
		return program__throw(env, error, "attach_program", "attach the program to", interface, loaded);
	return result__object(env, &attachment, fields, sizeof(fields) / sizeof(fields[0]));
}

static napi_value detach(napi_env env, napi_callback_info info)
{
	struct loaded *loaded;
	struct call call;
	int error;

	if (!call__method(env, info, &call))
		return NULL;
	loaded = call.object->core;
	error = xsn_program__detach(loaded->program);
	if (error)
		return program__throw(env, error, "detach_program", "detach", "the program", loaded);
	return NULL;
}

/* The kernel gives up in the middle of many runs when this thread has a signal to handle. */
#define INTERRUPTIONS_MAX 64

static int run_on_packet(const struct xsn_program *program, const uint8_t *packet, uint32_t length, uint32_t repeat,
			 uint32_t *action, uint32_t *duration)
{
	int error = -EINTR;

	for (int attempt = 0; attempt < INTERRUPTIONS_MAX && error == -EINTR; attempt++)
		error = xsn_program__test_run(program, packet, length, repeat, action, duration);
	return error;
}

static napi_value test_run(napi_env env, napi_callback_info info)
{
	struct result {
		uint32_t action, duration;
	} result;
	static const struct field fields[] = {
		FIELD(struct result, action, "action"),
		FIELD(struct result, duration, "durationNs"),
	};
	struct call call;
	uint32_t repeat;
	uint8_t *packet;
	size_t length;
	int error;

	if (!call__method(env, info, &call) || !value__bytes(env, call.arguments[0], "packet", &packet, &length) ||
	    !value__u32(env, call.arguments[1], "repeat", 1, INT32_MAX, &repeat))
		return NULL;
	if (length < 14 || length > 65535)
		return error__throw_range(env, "packet has %zu bytes; it must have 14 to 65535", length);
	error = run_on_packet(((struct loaded *)call.object->core)->program, packet, (uint32_t)length, repeat,
			      &result.action, &result.duration);
	if (error)
		return error__throw_errno(env, error, "test_run", "cannot run the program on a packet (is it loaded?)");
	return result__object(env, &result, fields, sizeof(fields) / sizeof(fields[0]));
}

static struct loaded *create(napi_env env, napi_value options)
{
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	int error;

	if (!loaded)
		return (void *)error__throw_errno(env, -ENOMEM, "open_program", "cannot open the program");
	loaded->refs = 1;
	error = program_options__open(env, options, loaded);
	if (!error)
		return loaded;
	if (error < 0)
		program__throw(env, error, "open_program", "open", "the BPF object", loaded);
	free(loaded);
	return NULL;
}

static napi_value construct(napi_env env, napi_callback_info info)
{
	struct loaded *loaded;
	struct call call;

	if (!call__construct(env, info, &call))
		return NULL;
	loaded = create(env, call.arguments[0]);
	if (!loaded || !object__create(env, call.this, &program_class, loaded, true))
		return NULL;
	return call.this;
}

bool program_class__define(napi_env env, napi_value exports)
{
	const napi_property_descriptor methods[] = {
		METHOD("load", load),
		METHOD("attach", attach),
		METHOD("detach", detach),
		METHOD("testRun", test_run),
		METHOD("memory", program__memory),
		METHOD("setSocket", program__set_socket),
		METHOD("hashSet", program__hash_set),
		METHOD("hashDelete", program__hash_delete),
		METHOD("hashRead", program__hash_read),
		METHOD("setInner", program__set_inner),
	};

	return class__define(env, exports, &program_class, construct, methods, sizeof(methods) / sizeof(methods[0]));
}
