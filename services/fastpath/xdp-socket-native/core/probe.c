#include "probe.h"

#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xdp/libxdp.h>

static int ethtool(int fd, const char *interface, void *command)
{
	struct ifreq request = { .ifr_data = command };

	if (strlen(interface) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, interface, strlen(interface));
	return ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;
}

int xsn_probe__device(const char *interface, struct xsn_device *device)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int error, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*device = (struct xsn_device){ 0 };
	error = ethtool(fd, interface, &driver);
	if (!error)
		snprintf(device->driver, sizeof(device->driver), "%s", driver.driver);
	/* Many drivers of one queue do not know this one. */
	if (!error && !ethtool(fd, interface, &channels)) {
		device->rx = channels.rx_count;
		device->tx = channels.tx_count;
		device->combined = channels.combined_count;
	}
	close(fd);
	return error;
}

static void add(struct xsn_programs *programs, const struct xdp_program *program)
{
	uint32_t i = programs->count;

	if (!program || i == XSN_PROGRAMS_MAX)
		return;
	programs->programs[i].id = xdp_program__id(program);
	snprintf(programs->programs[i].name, sizeof(programs->programs[i].name), "%s", xdp_program__name(program));
	programs->count++;
}

struct look {
	int ifindex;
	struct xsn_programs *programs;
};

static int look(void *argument)
{
	const struct look *look = argument;
	struct xdp_multiprog *there = xdp_multiprog__get_from_ifindex(look->ifindex);
	struct xdp_program *each = NULL;
	long error = libxdp_get_error(there);

	if (error)
		return error == -ENOENT ? 0 : (int)error;
	look->programs->native = xdp_multiprog__attach_mode(there) == XDP_MODE_NATIVE;
	look->programs->dispatcher = !xdp_multiprog__is_legacy(there);
	if (!look->programs->dispatcher)
		add(look->programs, xdp_multiprog__main_prog(there));
	while ((each = xdp_multiprog__next_prog(each, there)))
		add(look->programs, each);
	xdp_multiprog__close(there);
	return 0;
}

int xsn_probe__programs(const char *interface, struct xsn_programs *programs)
{
	struct look task = { (int)if_nametoindex(interface), programs };
	struct xsn_log silent = { NULL, 0 };

	*programs = (struct xsn_programs){ 0 };
	return task.ifindex ? xsn_libxdp__run(&silent, look, &task) : -ENODEV;
}
