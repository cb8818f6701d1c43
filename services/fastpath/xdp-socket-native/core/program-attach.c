/*
 * XdpProgram: attaching and detaching.
 *
 * Who owns what is attached: a process binds an abstract Unix socket named after interface and program. Such names
 * belong to the network namespace, as the interface does, and the kernel drops them when the process dies, however it
 * dies. So a program of our name on the interface, and nobody at the name, is a left-over.
 */
#include "capability.h"
#include "program-internal.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct task {
	struct xsn_program *program;
	int ifindex;
	enum xsn_attach_mode mode;
	struct xsn_attachment *attachment;
};

uint32_t xsn_modes(enum xsn_attach_mode wanted, enum xsn_attach_mode existing, enum xsn_attach_mode modes[2])
{
	if (wanted == XSN_ATTACH_AUTO && existing == XSN_ATTACH_AUTO) {
		modes[0] = XSN_ATTACH_NATIVE;
		modes[1] = XSN_ATTACH_GENERIC;
		return 2;
	}
	modes[0] = wanted == XSN_ATTACH_AUTO ? existing : wanted;
	return 1;
}

bool xsn_mode_refused(int error)
{
	return error != -EBUSY && error != -EEXIST && error != -EPERM && error != -ENODEV;
}

static int become_owner(struct xsn_program *program, int ifindex)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* The first byte stays 0: an abstract name. */
	int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "xdp-socket-native/%d/%s", ifindex,
			      program->name);
	int fd;

	if ((size_t)length >= sizeof(address.sun_path) - 1)
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length))) {
		int error = -errno;

		if (error == -EADDRINUSE)
			xsn_log__add("a living process has program %s on this interface", program->name);
		close(fd);
		return error;
	}
	program->attached.owner = fd;
	return 0;
}

static void give_up_ownership(struct xsn_program *program)
{
	close(program->attached.owner);
	program->attached = (struct xsn_attached){ .link = -1, .owner = -1 };
}

/* What is in force, asked from the kernel. */
static int read_back(const struct xsn_program *program, struct xsn_attachment *attachment)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int error = bpf_xdp_query(program->attached.ifindex, 0, &query);

	if (error)
		return error;
	attachment->native = query.drv_prog_id != 0;
	attachment->dispatcher = program->attached.dispatcher;
	attachment->frags = program->frags;
	return 0;
}

static int attach_task(void *argument)
{
	const struct task *task = argument;
	struct xsn_program *program = task->program;
	struct xsn_attachment *attachment = task->attachment;
	int error = xsn_dispatcher__attach(program, task->ifindex, task->mode, &attachment->replaced);

	if (!error)
		error = read_back(program, attachment);
	if (!error && attachment->dispatcher)
		attachment->frags = attachment->frags && xsn_dispatcher__frags(task->ifindex);
	return error;
}

static int detach_task(void *argument)
{
	return xsn_dispatcher__detach(argument);
}

static int detach(struct xsn_program *program)
{
	if (!program->attached.dispatcher)
		return xsn_legacy__detach(program);
	return xsn_libxdp__run(&program->log, detach_task, program);
}

static int attach(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode,
		  struct xsn_attachment *attachment)
{
	struct task task = { program, ifindex, mode, attachment };
	int error = become_owner(program, ifindex);

	if (error)
		return error;
	if (xsn_capability__effective(CAP_SYS_ADMIN)) {
		error = xsn_libxdp__run(&program->log, attach_task, &task);
	} else {
		error = xsn_legacy__attach_link(program, ifindex, mode);
		if (!error)
			error = read_back(program, attachment);
	}
	if (!error)
		return 0;
	if (program->attached.ifindex)
		detach(program);
	give_up_ownership(program);
	return error;
}

int xsn_program__attach(struct xsn_program *program, const char *interface, enum xsn_attach_mode mode,
			struct xsn_attachment *attachment)
{
	int ifindex, error;

	*attachment = (struct xsn_attachment){ 0 };
	if (program->attached.ifindex)
		return -EALREADY;
	ifindex = (int)if_nametoindex(interface);
	if (!ifindex)
		return -errno;
	error = xsn_program__load(program);
	if (error)
		return error;
	xsn_log__clear(&program->log);
	xsn_log__begin(&program->log);
	error = attach(program, ifindex, mode, attachment);
	xsn_log__end();
	return error;
}

int xsn_program__detach(struct xsn_program *program)
{
	int error;

	if (!program->attached.ifindex)
		return 0;
	xsn_log__clear(&program->log);
	xsn_log__begin(&program->log);
	error = detach(program);
	xsn_log__end();
	if (!error)
		give_up_ownership(program);
	return error;
}
