/*
 * libbpf and libxdp have one print function for the whole process. Ours writes into the log of the call that runs on
 * this thread; what other users in this process print goes where it went before.
 */
#include "program-internal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xdp/libxdp.h>

static _Thread_local struct xsn_log *current;
static libbpf_print_fn_t libbpf_before;
static libxdp_print_fn_t libxdp_before;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void append(struct xsn_log *log, const char *text, size_t length)
{
	size_t used, room;

	if (!log->text || !log->size)
		return;
	/* The reason why the verifier refuses a program is at the end of what it says. */
	room = log->size - 1;
	if (length > room) {
		text += length - room;
		length = room;
	}
	used = strlen(log->text);
	if (used + length > room) {
		size_t dropped = used + length - room;

		memmove(log->text, log->text + dropped, used - dropped);
		used -= dropped;
	}
	memcpy(log->text + used, text, length);
	log->text[used + length] = '\0';
}

static void append_format(struct xsn_log *log, const char *format, va_list arguments)
{
	char *text;
	int length = vasprintf(&text, format, arguments);

	if (length < 0)
		return;
	append(log, text, (size_t)length);
	free(text);
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (!current)
		return libbpf_before ? libbpf_before(level, format, arguments) : 0;
	if (level != LIBBPF_DEBUG)
		append_format(current, format, arguments);
	return 0;
}

static int print_libxdp(enum libxdp_print_level level, const char *format, va_list arguments)
{
	if (!current)
		return libxdp_before ? libxdp_before(level, format, arguments) : 0;
	if (level != LIBXDP_DEBUG)
		append_format(current, format, arguments);
	return 0;
}

static void install(void)
{
	libbpf_before = libbpf_set_print(print_libbpf);
	libxdp_before = libxdp_set_print(print_libxdp);
}

void xsn_log__begin(struct xsn_log *log)
{
	pthread_once(&once, install);
	current = log;
}

void xsn_log__end(void)
{
	current = NULL;
}

void xsn_log__clear(struct xsn_log *log)
{
	if (log->text && log->size)
		log->text[0] = '\0';
}

void xsn_log__add(const char *format, ...)
{
	va_list arguments;

	if (!current)
		return;
	va_start(arguments, format);
	append_format(current, format, arguments);
	va_end(arguments);
	append(current, "\n", 1);
}
