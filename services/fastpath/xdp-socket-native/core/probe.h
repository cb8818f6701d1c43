/*
 * What an interface can do for XDP, asked from the kernel. Only what needs a system call: the rest of the probe reads
 * /proc and /sys, in TypeScript.
 */
#ifndef XSN_PROBE_H
#define XSN_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#define XSN_PROGRAMS_MAX 10

/* Bits of xdp_features: enum netdev_xdp_act of linux/netdev.h, which Debian 12 does not have. */
#define XSN_XDP_BASIC (1u << 0)
#define XSN_XDP_REDIRECT (1u << 1)
#define XSN_XDP_ZERO_COPY (1u << 3)
#define XSN_XDP_RX_FRAGS (1u << 5)

struct xsn_xdp_features {
	uint64_t bits;
	uint32_t zero_copy_segments; /* most buffers of a packet with zero-copy; 0 = the kernel does not say */
};

struct xsn_device {
	char driver[32];
	uint32_t rx, tx, combined; /* channels in use, as ethtool -l shows them; 0 where the driver does not say */
};

struct xsn_programs {
	bool native, dispatcher;
	uint32_t count;
	struct {
		uint32_t id;
		char name[64];
	} programs[XSN_PROGRAMS_MAX]; /* in the order in which they run */
};

/* Asks the netdev family of generic netlink. -EOPNOTSUPP before Linux 6.3, -ENODEV. */
int xsn_probe__features(const char *interface, struct xsn_xdp_features *features);
/* By the ethtool ioctl. -ENODEV, -EOPNOTSUPP (a driver without a name). */
int xsn_probe__device(const char *interface, struct xsn_device *device);
/* Which XDP programs are attached. -ENODEV, -EPERM (CAP_SYS_ADMIN is needed where something is attached). */
int xsn_probe__programs(const char *interface, struct xsn_programs *programs);

#endif
