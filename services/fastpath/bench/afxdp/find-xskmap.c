#include "find-xskmap.h"

#include <bpf/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "xsk-port.h"

#define MAPS_MAX 64

static bool is_xskmap(int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == BPF_MAP_TYPE_XSKMAP;
}

static int xskmap_of(int program_fd)
{
	uint32_t ids[MAPS_MAX];
	struct bpf_prog_info info = { .nr_map_ids = MAPS_MAX, .map_ids = (uint64_t)(uintptr_t)ids };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
		return -1;
	for (uint32_t i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		const int fd = bpf_map_get_fd_by_id(ids[i]);

		if (fd >= 0 && is_xskmap(fd))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

int find_xskmap(const char *interface)
{
	struct xdp_multiprog *attached = xdp_multiprog__get_from_ifindex(if_nametoindex(interface));
	struct xdp_program *program = NULL;
	int fd = -1;

	if (libxdp_get_error(attached))
		fail("no XDP program is attached to the interface");
	if (xdp_multiprog__is_legacy(attached))
		fd = xskmap_of(xdp_program__fd(xdp_multiprog__main_prog(attached)));
	while (fd < 0 && (program = xdp_multiprog__next_prog(program, attached)))
		fd = xskmap_of(xdp_program__fd(program));
	xdp_multiprog__close(attached);
	if (fd < 0)
		fail("the XDP program of the interface has no XSKMAP");
	return fd;
}
