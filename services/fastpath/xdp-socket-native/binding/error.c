#define _GNU_SOURCE

#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 6144

struct remedy {
	const char *operation; /* NULL: any */
	int error;
	const char *text;
};

/* First match wins. */
static const struct remedy remedies[] = {
	{"open_socket", EBUSY,
	 "another socket has this queue, or one that was closed a moment ago is not gone yet; try again after 100 ms, or "
	 "use openXdpSocket with retryMs"},
	{"open_socket", EOPNOTSUPP,
	 "the driver or this kernel has no zero-copy for it; use copyMode 'auto' or 'copy'"},
	{"open_socket", ENODEV, "there is no such interface in this network namespace"},
	{"open_socket", EPERM, "opening an AF_XDP socket needs CAP_NET_RAW and CAP_NET_ADMIN"},
	{"open_socket", ENOBUFS, "the memory cannot be locked; raise RLIMIT_MEMLOCK or give CAP_IPC_LOCK"},
	{"open_socket", EINVAL,
	 "the interface has no such queue, or a slot size other than 2048 or 4096 was given, or another slot size is in "
	 "use on this queue"},
	{"open_socket", EAFNOSUPPORT, "this kernel is built without AF_XDP (CONFIG_XDP_SOCKETS)"},
	{"claim", EBUSY, "another thread receives on this socket; it must release it first"},
	{"create_pool", EPERM,
	 "binding memory to a node is forbidden here; default seccomp profiles of containers allow mbind() and "
	 "get_mempolicy() with the capability SYS_NICE"},
	{"create_pool", ENOMEM,
	 "the node has not enough free memory, or not enough free hugepages; use fewer slots, another node, or reserve "
	 "hugepages with sysctl vm.nr_hugepages"},
	{"create_pool", EXDEV, "the kernel put pages on another node"},
	{"create_pool", EINVAL,
	 "there is no such NUMA node in the process's cpuset, or the slot size is no power of two from 2048 to 65536"},
	{"claim", EBADF, "the socket is closed"},
	{"attach_program", EALREADY, "this program is attached; detach it first"},
	{"attach_program", EADDRINUSE,
	 "a program of this name, of a process that is alive, is attached to this interface; end that process first"},
	{"attach_program", EBUSY,
	 "another program that cannot share the interface is attached; `ip link show` names it, `ip link set dev … xdp "
	 "off` removes it"},
	{"attach_program", EEXIST, "another program that cannot share the interface is attached; `ip link show` names it"},
	{"attach_program", EOPNOTSUPP, "the driver has no native XDP; use mode 'auto' or 'generic'"},
	{"attach_program", ENODEV, "there is no such interface in this network namespace"},
	{"attach_program", ENOENT, "there is no such file, or no such program in it"},
	{"attach_program", EPERM, "loading and attaching needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"},
	{"open_program", ENOENT, "there is no such file, program, map or constant; a BPF object is built by build.ts"},
	{"load_program", EPERM, "loading BPF needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"},
	{"open_program", EPERM, "loading BPF needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN"},
	{"free", EINVAL, "one of them is not in use, not of this pool, or named twice; none was freed"},
	{"recycle", EINVAL, "one of them is not in the caller's hands"},
	{"map", ENOENT, "the object has no such map, or the map has no such entry"},
	{"map", E2BIG, "the index is beyond the map's entries, or the map is full"},
	{"map", EPERM, "it needs CAP_BPF"},
	{"test_run", EPERM, "running a BPF program needs CAP_BPF and CAP_NET_ADMIN"},
};

static const char *remedy_of(const char *operation, int error)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		const struct remedy *remedy = &remedies[i];

		if (remedy->error == error && (!remedy->operation || !strcmp(remedy->operation, operation)))
			return remedy->text;
	}
	return NULL;
}

static void throw_with_operation(napi_env env, const char *code, const char *operation, const char *message)
{
	napi_value error, text, code_text, operation_text;

	if (napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) == napi_ok &&
	    napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_text) == napi_ok &&
	    napi_create_string_utf8(env, operation, NAPI_AUTO_LENGTH, &operation_text) == napi_ok &&
	    napi_create_error(env, code_text, text, &error) == napi_ok &&
	    napi_set_named_property(env, error, "operation", operation_text) == napi_ok)
		napi_throw(env, error);
	else
		error__throw_status(env, operation);
}

napi_value error__throw_errno(napi_env env, long error, const char *operation, const char *format, ...)
{
	int number = error < 0 ? (int)-error : (int)error;
	const char *name = strerrorname_np(number);
	const char *remedy = remedy_of(operation, number);
	char message[MESSAGE_MAX];
	size_t length;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	length = strlen(message);
	if (!remedy)
		remedy = strerrordesc_np(number);
	snprintf(message + length, sizeof(message) - length, ": %s: %s", name ? name : "EUNKNOWN",
		 remedy ? remedy : "unknown error");
	throw_with_operation(env, name ? name : "EUNKNOWN", operation, message);
	return NULL;
}

napi_value error__throw(napi_env env, const char *code, const char *operation, const char *message)
{
	throw_with_operation(env, code, operation, message);
	return NULL;
}

napi_value error__throw_range(napi_env env, const char *format, ...)
{
	char message[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
	return NULL;
}

napi_value error__throw_type(napi_env env, const char *message)
{
	napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
	return NULL;
}

napi_value error__throw_class(napi_env env, const char *class)
{
	char message[128];

	snprintf(message, sizeof(message), "this is not a %s", class);
	return error__throw_type(env, message);
}

napi_value error__throw_closed(napi_env env, const char *class)
{
	char message[128];

	snprintf(message, sizeof(message), "this %s is closed", class);
	return error__throw(env, "EBADF", "call", message);
}

napi_value error__throw_status(napi_env env, const char *operation)
{
	const napi_extended_error_info *info;
	bool pending = false;
	char message[256];

	/* First: every other call replaces what the failed one left. */
	napi_get_last_error_info(env, &info);
	snprintf(message, sizeof(message), "%s: %s", operation,
		 info && info->error_message ? info->error_message : "Node-API call failed");
	napi_is_exception_pending(env, &pending);
	if (!pending)
		napi_throw_error(env, "ERR_NAPI", message);
	return NULL;
}
