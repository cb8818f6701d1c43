/*
 * Opening: the kernel's calls behind a socket. libxdp's xsk_socket__create_shared is not used, because it keeps the
 * first socket on a UMEM open, and its queue taken, until the last one on that UMEM has gone, and gives all of them
 * fill rings of one size. The kernel has neither limit: any bound socket can lend its UMEM (XDP_SHARED_UMEM).
 */
#define _GNU_SOURCE
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket-internal.h"

#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4) /* 6.6 */
#endif
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69 /* 5.11 */
#endif
#ifndef SO_BUSY_POLL_BUDGET
#define SO_BUSY_POLL_BUDGET 70
#endif

static int register_umem(int fd, const struct xsn_pool *pool)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct xdp_umem_reg area = { 0 };

	area.addr = (uintptr_t)pool->memory.base;
	area.len = (uint64_t)pool->slots * pool->slot_size;
	area.chunk_size = pool->slot_size;
	if (!setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)))
		return 0;
	/* Pinned memory counts against RLIMIT_MEMLOCK for a process without CAP_IPC_LOCK. */
	if (errno != ENOBUFS || setrlimit(RLIMIT_MEMLOCK, &all))
		return -errno;
	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &area, sizeof(area)) ? -errno : 0;
}

static int set_busy_poll(int fd, const struct xsn_socket_options *o)
{
	int error;

	if (!o->busy_poll_us)
		return 0;
	error = xsn_set_option(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
	if (!error)
		error = xsn_set_option(fd, SOL_SOCKET, SO_BUSY_POLL, o->busy_poll_us);
	if (!error && o->busy_poll_budget)
		error = xsn_set_option(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, o->busy_poll_budget);
	return error;
}

static int bind_queue(struct xsn_socket *s, const struct xsn_umem_member *sibling)
{
	struct sockaddr_xdp address = { .sxdp_family = AF_XDP };

	address.sxdp_ifindex = (uint32_t)s->member.ifindex;
	address.sxdp_queue_id = s->member.queue;
	address.sxdp_flags = s->member.bind_flags;
	if (sibling) { /* its mode is inherited; flags of one's own are refused */
		address.sxdp_flags = XDP_SHARED_UMEM;
		address.sxdp_shared_umem_fd = (uint32_t)sibling->fd;
	}
	return bind(s->fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

static int try_open(struct xsn_socket *s, const struct xsn_socket_options *o, const struct xsn_umem_member *sibling)
{
	int error = 0;

	s->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return -errno;
	if (!sibling)
		error = register_umem(s->fd, s->pool);
	if (!error)
		error = xsn_socket__size_rings(s->fd, o);
	if (!error)
		error = xsn_socket__map_rings(s, o); /* before bind: kernels before 6.4 cannot map fill rings afterwards */
	if (!error)
		error = bind_queue(s, sibling);
	if (!error)
		return 0;
	xsn_socket__unmap_rings(s);
	close(s->fd);
	s->fd = -1;
	return error;
}

/* A sibling shares its UMEM when it was opened the same way; a mode is a property of the UMEM's registration. */
static const struct xsn_umem_member *find_sibling(const struct xsn_socket *s)
{
	const struct xsn_umem_member *m = s->pool->members;

	while (m && (m->ifindex != s->member.ifindex || m->bind_flags != s->member.bind_flags))
		m = m->next;
	return m;
}

static bool not_supported(int error)
{
	return error == -EINVAL || error == -EOPNOTSUPP;
}

static int open_with(struct xsn_socket *s, const struct xsn_socket_options *o, uint16_t flags)
{
	const struct xsn_umem_member *sibling;
	int error;

	s->member.bind_flags = flags;
	sibling = find_sibling(s);
	error = try_open(s, o, sibling);
	if (sibling && not_supported(error))
		error = try_open(s, o, NULL); /* this queue is unlike its sibling's: register the memory once more */
	return error;
}

/*
 * Modes, best first. The kernel would choose between zero-copy and copy by itself, but gives up zero-copy when the
 * driver cannot do frags in it; frames of one descriptor matter more.
 */
static int open_modes(struct xsn_socket *s, const struct xsn_socket_options *o)
{
	static const uint16_t modes[] = { XDP_ZEROCOPY | XDP_USE_SG, XDP_ZEROCOPY, XDP_COPY | XDP_USE_SG, XDP_COPY };
	const uint16_t wakeup = o->need_wakeup ? XDP_USE_NEED_WAKEUP : 0;
	int error = -EOPNOTSUPP;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const bool zero_copy = modes[i] & XDP_ZEROCOPY, frags = modes[i] & XDP_USE_SG;

		if ((frags && !o->frags) || (zero_copy ? o->copy_mode == XSN_COPY_ALWAYS
						       : o->copy_mode == XSN_ZERO_COPY))
			continue;
		error = open_with(s, o, modes[i] | wakeup);
		s->frags = frags;
		/* A driver says in its own way that it has no zero-copy; that a queue is taken, it says as EBUSY. */
		if (!error || error == -EBUSY ||
		    (!not_supported(error) && !(zero_copy && o->copy_mode == XSN_COPY_AUTO)))
			break;
	}
	return error;
}

static int read_mode(struct xsn_socket *s)
{
	struct xdp_options options = { 0 };
	socklen_t size = sizeof(options);

	if (getsockopt(s->fd, SOL_XDP, XDP_OPTIONS, &options, &size))
		return -errno;
	s->zero_copy = options.flags & XDP_OPTIONS_ZEROCOPY;
	return 0;
}

static int take_number(struct xsn_socket *s)
{
	uint32_t id;

	for (id = 1; id < XSN_POOL_SOCKETS; id++) {
		if (s->pool->socket_ids[id / 64] & 1ull << id % 64)
			continue;
		s->pool->socket_ids[id / 64] |= 1ull << id % 64;
		s->owner = (uint16_t)(id << XSN_OWNER_SHIFT);
		return 0;
	}
	return -ENOSPC;
}

int xsn_socket__open(struct xsn_socket *s, const struct xsn_socket_options *o)
{
	int error;

	s->member.ifindex = (int)if_nametoindex(o->interface);
	s->member.queue = o->queue;
	if (!s->member.ifindex)
		return -errno;
	pthread_mutex_lock(&s->pool->umem_lock);
	error = open_modes(s, o);
	if (!error)
		error = set_busy_poll(s->fd, o);
	if (!error)
		error = read_mode(s);
	if (!error)
		error = take_number(s);
	if (!error) {
		s->member.fd = s->fd;
		s->member.next = s->pool->members;
		s->pool->members = &s->member;
	}
	pthread_mutex_unlock(&s->pool->umem_lock);
	return error;
}

void xsn_socket__shut(struct xsn_socket *s)
{
	struct xsn_umem_member **link;

	pthread_mutex_lock(&s->pool->umem_lock);
	for (link = &s->pool->members; *link; link = &(*link)->next) {
		if (*link == &s->member) {
			*link = s->member.next;
			break;
		}
	}
	pthread_mutex_unlock(&s->pool->umem_lock);
	xsn_socket__unmap_rings(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}
