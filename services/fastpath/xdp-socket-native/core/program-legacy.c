/* XdpProgram without dispatcher: the program is alone on its interface. */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

static uint32_t xdp_flags(enum xsn_attach_mode mode)
{
	return mode == XSN_ATTACH_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

static void attached(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, int link)
{
	program->attached.ifindex = ifindex;
	program->attached.id = program_id(bpf_program__fd(program->xdp));
	program->attached.mode = mode;
	program->attached.dispatcher = false;
	program->attached.link = link;
}

int xsn_legacy__replace(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, int old_fd)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = old_fd);
	int error = bpf_xdp_attach(ifindex, bpf_program__fd(program->xdp), xdp_flags(mode) | XDP_FLAGS_REPLACE,
				   &options);

	if (!error)
		attached(program, ifindex, mode, -1);
	return error;
}

int xsn_legacy__attach(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode)
{
	enum xsn_attach_mode modes[2];
	uint32_t i, count = xsn_modes(mode, XSN_ATTACH_AUTO, modes);
	int error = -EINVAL;

	for (i = 0; i < count; i++) {
		error = bpf_xdp_attach(ifindex, bpf_program__fd(program->xdp),
				       xdp_flags(modes[i]) | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
		if (!error)
			attached(program, ifindex, modes[i], -1);
		if (!error || !xsn_mode_refused(error))
			break;
	}
	return error;
}

int xsn_legacy__attach_link(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode)
{
	enum xsn_attach_mode modes[2];
	uint32_t i, count = xsn_modes(mode, XSN_ATTACH_AUTO, modes);
	int error = -EINVAL;

	for (i = 0; i < count; i++) {
		LIBBPF_OPTS(bpf_link_create_opts, options, .flags = xdp_flags(modes[i]));
		int link = bpf_link_create(bpf_program__fd(program->xdp), ifindex, BPF_XDP, &options);

		error = link < 0 ? link : 0;
		if (!error)
			attached(program, ifindex, modes[i], link);
		else
			xsn_log__add("cannot attach a link to interface %d: %s", ifindex, strerror(-error));
		if (!error || !xsn_mode_refused(error))
			break;
	}
	return error;
}

int xsn_legacy__detach(const struct xsn_program *program)
{
	const struct xsn_attached *at = &program->attached;
	LIBBPF_OPTS(bpf_xdp_attach_opts, options, .old_prog_fd = bpf_program__fd(program->xdp));
	int error;

	if (at->link >= 0) {
		close(at->link);
		return 0;
	}
	error = bpf_xdp_attach(at->ifindex, -1, xdp_flags(at->mode) | XDP_FLAGS_REPLACE, &options);
	/* Gone with its interface, or somebody put another program in its place. */
	return error == -ENODEV || error == -EEXIST || error == -ENOENT ? 0 : error;
}
