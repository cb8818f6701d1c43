/*
 * The netdev family of generic netlink (Documentation/netlink/specs/netdev.yaml, Linux 6.3): dev-get. By hand, since
 * no library of Debian 12 speaks it, nor do its headers name it.
 */
#include "probe.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NETDEV_CMD_DEV_GET = 1 };
enum { NETDEV_A_DEV_IFINDEX = 1, NETDEV_A_DEV_XDP_FEATURES = 3, NETDEV_A_DEV_XDP_ZC_MAX_SEGS = 4 };

/* Netlink puts messages and attributes at multiples of 4 bytes. */
struct message {
	struct nlmsghdr header;
	struct genlmsghdr generic;
	char attributes[8192];
};

static void start(struct message *message, uint16_t family, uint8_t command)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST;
	message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message->generic.cmd = command;
	message->generic.version = 1;
}

static void put(struct message *message, uint16_t type, const void *value, uint16_t size)
{
	const struct nlattr attribute = { .nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + size) };
	char *end = (char *)message + message->header.nlmsg_len;

	memcpy(end, &attribute, sizeof(attribute));
	memcpy(end + NLA_HDRLEN, value, size);
	message->header.nlmsg_len += NLMSG_ALIGN(attribute.nla_len);
}

/* Copies the attribute's value, as far as there is one of this size. */
static bool get(const struct message *message, uint16_t type, void *value, uint16_t size)
{
	const char *at = message->attributes, *end = (const char *)message + message->header.nlmsg_len;
	struct nlattr attribute;

	for (; at + NLA_HDRLEN <= end; at += NLMSG_ALIGN(attribute.nla_len)) {
		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < NLA_HDRLEN || at + attribute.nla_len > end)
			return false;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type && attribute.nla_len == NLA_HDRLEN + size) {
			memcpy(value, at + NLA_HDRLEN, size);
			return true;
		}
	}
	return false;
}

/* Sends the message; its answer takes its place. */
static int ask(int fd, struct message *message)
{
	ssize_t length;
	int error;

	if (send(fd, message, message->header.nlmsg_len, 0) < 0)
		return -errno;
	length = recv(fd, message, sizeof(*message), 0);
	if (length < 0)
		return -errno;
	if ((size_t)length < NLMSG_LENGTH(GENL_HDRLEN) || message->header.nlmsg_len > (size_t)length)
		return -EBADMSG;
	if (message->header.nlmsg_type != NLMSG_ERROR)
		return 0;
	memcpy(&error, &message->generic, sizeof(error));
	return error ? error : -EBADMSG;
}

static int find_family(int fd, uint16_t *family)
{
	struct message message;
	int error;

	start(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&message, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	error = ask(fd, &message);
	if (error)
		return error == -ENOENT ? -EOPNOTSUPP : error;
	return get(&message, CTRL_ATTR_FAMILY_ID, family, sizeof(*family)) ? 0 : -EBADMSG;
}

static int get_device(int fd, uint32_t ifindex, struct xsn_xdp_features *features)
{
	struct message message;
	uint16_t family;
	int error = find_family(fd, &family);

	if (error)
		return error;
	start(&message, family, NETDEV_CMD_DEV_GET);
	put(&message, NETDEV_A_DEV_IFINDEX, &ifindex, sizeof(ifindex));
	error = ask(fd, &message);
	if (error)
		return error;
	if (!get(&message, NETDEV_A_DEV_XDP_FEATURES, &features->bits, sizeof(features->bits)))
		return -EBADMSG;
	if (!get(&message, NETDEV_A_DEV_XDP_ZC_MAX_SEGS, &features->zero_copy_segments, sizeof(uint32_t)))
		features->zero_copy_segments = 0; /* before Linux 6.6, or without zero-copy */
	return 0;
}

int xsn_probe__features(const char *interface, struct xsn_xdp_features *features)
{
	uint32_t ifindex = if_nametoindex(interface);
	int fd, error;

	if (!ifindex)
		return -ENODEV;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;
	error = get_device(fd, ifindex, features);
	close(fd);
	return error;
}
