/* XdpProgram: what is done about a program that is alone on the interface, where ours wants to be. */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

/* True if programs are linked to the dispatcher: their pins are in a bpffs that is not mounted here. */
static bool has_links(uint32_t dispatcher)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = { 0 };
		uint32_t size = sizeof(info);
		int error, fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		error = bpf_obj_get_info_by_fd(fd, &info, &size);
		close(fd);
		if (!error && info.type == BPF_LINK_TYPE_TRACING && info.tracing.target_obj_id == dispatcher)
			return true;
	}
	return false;
}

/* Ours, and its process is dead, or we would not be here. */
static int replace(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, struct xdp_multiprog *there,
		   uint32_t *replaced)
{
	enum xsn_attach_mode existing = xsn_dispatcher__mode(there);
	const struct xdp_program *old = xdp_multiprog__main_prog(there);
	bool at_once = mode == XSN_ATTACH_AUTO || mode == existing;
	int error = at_once ? xsn_legacy__replace(program, ifindex, existing, xdp_program__fd(old)) :
			      xdp_multiprog__detach(there);

	if (error)
		return error;
	++*replaced;
	return at_once;
}

int xsn_takeover(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, struct xdp_multiprog *there,
		 uint32_t *replaced)
{
	const struct xdp_program *old = xdp_multiprog__main_prog(there);

	if (old && xsn_dispatcher__is_ours(program, old))
		return replace(program, ifindex, mode, there, replaced);
	/* A dispatcher without programs is what a killed container leaves, whose bpffs went with it: it passes every
	 * packet, and can go. */
	if (old && !strcmp(xdp_program__name(old), "xdp_dispatcher") && !has_links(xdp_program__id(old)))
		return xdp_multiprog__detach(there);
	xsn_log__add("program %s is attached to this interface and leaves no room for others; detach it first",
		     old ? xdp_program__name(old) : "of the hardware");
	return -EBUSY;
}
