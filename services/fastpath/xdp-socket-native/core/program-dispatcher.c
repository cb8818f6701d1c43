/*
 * XdpProgram behind libxdp's dispatcher (https://github.com/xdp-project/xdp-tools, lib/libxdp/protocol.org): a program
 * that calls up to ten others in turn, each as long as the ones before returned XDP_PASS. Who comes or goes builds a
 * new dispatcher with the programs of the old one and puts it in the old one's place at once.
 */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#define PROGRAMS_MAX 10

static enum xdp_attach_mode libxdp_mode(enum xsn_attach_mode mode)
{
	return mode == XSN_ATTACH_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
}

enum xsn_attach_mode xsn_dispatcher__mode(const struct xdp_multiprog *there)
{
	return xdp_multiprog__attach_mode(there) == XDP_MODE_NATIVE ? XSN_ATTACH_NATIVE : XSN_ATTACH_GENERIC;
}

static const char *mode_name(enum xsn_attach_mode mode)
{
	return mode == XSN_ATTACH_NATIVE ? "native" : "generic";
}

int xsn_dispatcher__look(int ifindex, struct xdp_multiprog **there)
{
	long error;

	*there = xdp_multiprog__get_from_ifindex(ifindex);
	error = libxdp_get_error(*there);
	if (error)
		*there = NULL;
	return error == -ENOENT ? 0 : (int)error;
}

bool xsn_dispatcher__is_ours(const struct xsn_program *program, const struct xdp_program *other)
{
	return !strcmp(xdp_program__name(other), program->name);
}

/* The programs of our name but for `id`; returns how many. */
static uint32_t left_over(const struct xsn_program *program, const struct xdp_multiprog *there, uint32_t id,
			  struct xdp_program *programs[PROGRAMS_MAX])
{
	struct xdp_program *each = NULL;
	uint32_t count = 0;

	while ((each = xdp_multiprog__next_prog(each, there)))
		if (xsn_dispatcher__is_ours(program, each) && xdp_program__id(each) != id && count < PROGRAMS_MAX)
			programs[count++] = each;
	return count;
}

static int remove_left_over(const struct xsn_program *program, uint32_t *replaced)
{
	struct xdp_program *programs[PROGRAMS_MAX];
	struct xdp_multiprog *there;
	uint32_t count;
	int error = xsn_dispatcher__look(program->attached.ifindex, &there);

	if (error || !there)
		return error;
	count = left_over(program, there, program->attached.id, programs);
	if (count)
		error = xdp_program__detach_multi(programs, count, program->attached.ifindex,
						  xdp_multiprog__attach_mode(there), 0);
	if (!error)
		*replaced += count;
	xdp_multiprog__close(there);
	return error;
}

/* Where the dispatcher is not possible (a kernel that refuses BPF_PROG_TYPE_EXT), libxdp attaches the program alone. */
static bool is_alone(int ifindex, uint32_t id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	return !bpf_xdp_query(ifindex, 0, &query) && (query.drv_prog_id == id || query.skb_prog_id == id);
}

static int attach_in(struct xsn_program *program, struct xdp_program *xdp, int ifindex, enum xsn_attach_mode mode)
{
	int error = xdp_program__attach(xdp, ifindex, libxdp_mode(mode), 0);

	if (error)
		return error;
	/* Alone, it is always the first object's program, the one that we hold a descriptor of. */
	if (is_alone(ifindex, xdp_program__id(xdp)))
		return xsn_legacy__replace(program, ifindex, mode, xdp_program__fd(xdp));
	program->attached.ifindex = ifindex;
	program->attached.id = xdp_program__id(xdp);
	program->attached.mode = mode;
	program->attached.dispatcher = true;
	program->attached.link = -1;
	return 0;
}

static int join(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, enum xsn_attach_mode existing)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, options, .prog_name = program->name);
	enum xsn_attach_mode modes[2];
	uint32_t i, count = xsn_modes(mode, existing, modes);
	struct xdp_program *xdp;
	int error = xsn_program__twin(program, &options.obj);

	if (error)
		return error;
	xdp = xdp_program__create(&options);
	error = xdp ? xdp_program__set_chain_call_enabled(xdp, XDP_PASS, true) : -errno;
	for (i = 0; i < count && !error; i++) {
		error = attach_in(program, xdp, ifindex, modes[i]);
		if (!error || i + 1 == count || !xsn_mode_refused(error))
			break;
		error = 0;
	}
	xdp_program__close(xdp);
	bpf_object__close(options.obj);
	return error;
}

/* The kernel does not have native and generic programs on one interface: make room if all that is there was ours. */
static int make_room(const struct xsn_program *program, struct xdp_multiprog *there, enum xsn_attach_mode mode,
		     uint32_t *replaced)
{
	struct xdp_program *programs[PROGRAMS_MAX];
	uint32_t count = left_over(program, there, 0, programs);
	int error;

	if ((int)count != xdp_multiprog__program_count(there)) {
		xsn_log__add("other programs run in %s mode on this interface, so %s mode is not possible",
			     mode_name(xsn_dispatcher__mode(there)), mode_name(mode));
		return -EBUSY;
	}
	error = xdp_multiprog__detach(there);
	if (!error)
		*replaced += count;
	return error;
}

static int attach_beside(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode,
			 struct xdp_multiprog *there, uint32_t *replaced)
{
	enum xsn_attach_mode existing = there ? xsn_dispatcher__mode(there) : XSN_ATTACH_AUTO;
	int error = 0;

	if (there && mode != XSN_ATTACH_AUTO && mode != existing)
		error = make_room(program, there, mode, replaced);
	if (!error)
		error = join(program, ifindex, mode, existing);
	if (error || !program->attached.dispatcher)
		return error;
	error = remove_left_over(program, replaced);
	if (error) {
		xsn_dispatcher__detach(program);
		program->attached.ifindex = 0;
	}
	return error;
}

int xsn_dispatcher__attach(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, uint32_t *replaced)
{
	struct xdp_multiprog *there;
	int error = xsn_dispatcher__look(ifindex, &there), taken = 0;

	if (error)
		return error;
	if (there && xdp_multiprog__is_legacy(there)) {
		taken = xsn_takeover(program, ifindex, mode, there, replaced);
		xdp_multiprog__close(there);
		there = NULL;
	}
	if (taken)
		return taken < 0 ? taken : 0;
	if (xsn_pins__prepare())
		error = attach_beside(program, ifindex, mode, there, replaced);
	else
		error = xsn_legacy__attach(program, ifindex, mode);
	xdp_multiprog__close(there);
	return error;
}

int xsn_dispatcher__detach(const struct xsn_program *program)
{
	const struct xsn_attached *at = &program->attached;
	struct xdp_program *each = NULL;
	struct xdp_multiprog *there;
	int error = xsn_dispatcher__look(at->ifindex, &there);

	if (error && error != -ENODEV)
		return error;
	if (!there) {
		/* Gone with its interface, but for the pins. */
		xsn_pins__forget(at->ifindex, at->id);
		return 0;
	}
	while ((each = xdp_multiprog__next_prog(each, there)))
		if (xdp_program__id(each) == at->id)
			break;
	if (each)
		error = xdp_program__detach(each, at->ifindex, xdp_multiprog__attach_mode(there), 0);
	xdp_multiprog__close(there);
	return error;
}

bool xsn_dispatcher__frags(int ifindex)
{
	struct xdp_multiprog *there;
	bool frags = false;

	if (xsn_dispatcher__look(ifindex, &there) || !there)
		return false;
	frags = xdp_multiprog__xdp_frags_support(there);
	xdp_multiprog__close(there);
	return frags;
}
