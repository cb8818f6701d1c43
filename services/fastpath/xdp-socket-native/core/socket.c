/* The life of a socket: creation, claims, references, closing. */
#include "socket.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "socket-internal.h"

#define RING_SIZE_MAX (1u << 20)

static bool is_ring_size(uint32_t n)
{
	return n && n <= RING_SIZE_MAX && !(n & (n - 1));
}

static bool valid(const struct xsn_socket_options *o)
{
	return o->interface && o->copy_mode <= XSN_ZERO_COPY && is_ring_size(o->rx_size) && is_ring_size(o->tx_size) &&
	       is_ring_size(o->fill_size) && is_ring_size(o->completion_size);
}

static struct xsn_socket *allocate(struct xsn_pool *pool, const struct xsn_socket_options *o)
{
	struct xsn_socket *s = aligned_alloc(alignof(struct xsn_socket), sizeof(*s));

	if (!s)
		return NULL;
	memset(s, 0, sizeof(*s));
	s->pool = xsn_pool__ref(pool);
	s->memory = pool->memory.base;
	s->slot_shift = pool->slot_shift;
	s->need_wakeup = o->need_wakeup;
	s->busy_poll = o->busy_poll_us > 0;
	s->fd = s->closing_fd = -1;
	/* A stash is for speed; in a small pool it must not keep much of it away from the others. */
	s->stash_limit = pool->slots / 16 < 16 ? 16 : pool->slots / 16;
	if (s->stash_limit > XSN_STASH_MAX)
		s->stash_limit = XSN_STASH_MAX;
	xsn_gate__init(&s->gate);
	atomic_init(&s->references, 1);
	return s;
}

static void give_number_back(struct xsn_socket *s)
{
	uint32_t id = s->owner >> XSN_OWNER_SHIFT;

	pthread_mutex_lock(&s->pool->umem_lock);
	s->pool->socket_ids[id / 64] &= ~(1ull << id % 64);
	pthread_mutex_unlock(&s->pool->umem_lock);
}

static void destroy(struct xsn_socket *s)
{
	if (s->owner) {
		xsn_pool__reclaim(s->pool, s->owner, XSN_OWNER_SOCKET);
		give_number_back(s);
	}
	if (s->closing_fd >= 0)
		close(s->closing_fd);
	xsn_pool__unref(s->pool);
	free(s);
}

int xsn_socket__create(struct xsn_pool *pool, const struct xsn_socket_options *options, struct xsn_socket **result)
{
	struct xsn_socket *s;
	int error = 0;

	if (!pool || !options || !result || !valid(options))
		return -EINVAL;
	s = allocate(pool, options);
	if (!s)
		return -ENOMEM;
	s->closing_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->closing_fd < 0)
		error = -errno;
	if (!error)
		error = xsn_socket__open(s, options);
	if (error) {
		xsn_socket__shut(s);
		destroy(s);
		return error;
	}
	xsn_socket__refill(s);
	xsn_socket__wake_rx(s, true);
	*result = s;
	return 0;
}

struct xsn_socket *xsn_socket__ref(struct xsn_socket *s)
{
	atomic_fetch_add_explicit(&s->references, 1, memory_order_relaxed);
	return s;
}

void xsn_socket__unref(struct xsn_socket *s)
{
	if (!s || atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) != 1)
		return;
	xsn_socket__close(s);
	destroy(s);
}

/* Frames in the caller's hands stay there: it may be writing to one at this moment. They go with the last reference. */
void xsn_socket__take_down(struct xsn_socket *s)
{
	xsn_socket__shut(s);
	s->stash_count = 0;
	xsn_pool__reclaim(s->pool, s->owner, XSN_OWNER_SOCKET | XSN_OWNER_CALLER);
}

void xsn_socket__close(struct xsn_socket *s)
{
	/* The last one inside may take the socket down at once; the event must be there for those who still wait. */
	(void)eventfd_write(s->closing_fd, 1); /* cannot fail: the counter is far from full */
	if (xsn_gate__close(&s->gate))
		xsn_socket__take_down(s);
}

int xsn_socket__claim(struct xsn_socket *s)
{
	return xsn_gate__claim(&s->gate);
}

void xsn_socket__release(struct xsn_socket *s)
{
	xsn_gate__release(&s->gate);
}

struct xsn_pool *xsn_socket__pool(const struct xsn_socket *s)
{
	return s->pool;
}
