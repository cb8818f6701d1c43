/*
 * The gate of a socket: one thread, which has claimed it, works on the rings; any thread may read statistics; any
 * thread may close. What the kernel holds must stay until nobody is inside a call any more, and passing the gate
 * comes with every burst, so it costs two plain stores: the price of the ordering is paid by claim and close, which
 * make every thread of the process pass a memory barrier (membarrier(2)). Where the kernel refuses that call, each
 * passage has a fence of its own (`fenced`).
 */
#ifndef XSN_GATE_H
#define XSN_GATE_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define XSN_GATE_CLOSED UINTPTR_MAX

struct xsn_gate {
	_Atomic uintptr_t holder; /* thread that has claimed, 0 = none, XSN_GATE_CLOSED */
	_Atomic bool inside;      /* the holder is in a call; written by the holder only */
	_Atomic bool sealed;      /* closed, and every thread has seen it */
	_Atomic bool taken_down;
	_Atomic uint32_t readers;
	bool fenced;
};

void xsn_gate__init(struct xsn_gate *gate);
/* 0, -EBUSY (another claim, or the one before is still inside a call) or -EBADF. */
int xsn_gate__claim(struct xsn_gate *gate);
void xsn_gate__release(struct xsn_gate *gate);

/* Each returns true to exactly one caller: nobody is inside and nobody will be, so take down what is behind. */
bool xsn_gate__close(struct xsn_gate *gate);
bool xsn_gate__end_read(struct xsn_gate *gate);
bool xsn_gate__last(struct xsn_gate *gate);

/* 0 or -EBADF. */
int xsn_gate__begin_read(struct xsn_gate *gate);
/* Why this thread may not enter: -EBADF closed, -EBUSY claimed by another, -ENOTCONN not claimed. */
int xsn_gate__refusal(struct xsn_gate *gate);

static inline bool xsn_gate__is_closed(const struct xsn_gate *gate)
{
	return atomic_load(&gate->holder) == XSN_GATE_CLOSED;
}

static inline void xsn_gate__order(const struct xsn_gate *gate)
{
	if (gate->fenced)
		atomic_thread_fence(memory_order_seq_cst);
	else
		atomic_signal_fence(memory_order_seq_cst);
}

static inline bool xsn_gate__holds(const struct xsn_gate *gate)
{
	return atomic_load_explicit(&gate->holder, memory_order_relaxed) == (uintptr_t)pthread_self();
}

/* Leaves; true when the caller has to take down what is behind. */
static inline bool xsn_gate__leave(struct xsn_gate *gate)
{
	atomic_store_explicit(&gate->inside, false, memory_order_release);
	xsn_gate__order(gate);
	if (__builtin_expect(atomic_load_explicit(&gate->holder, memory_order_relaxed) != XSN_GATE_CLOSED, 1))
		return false;
	return xsn_gate__last(gate);
}

/* Only for a thread for which xsn_gate__holds is true. False: closed meanwhile; then leave. */
static inline bool xsn_gate__enter(struct xsn_gate *gate)
{
	atomic_store_explicit(&gate->inside, true, memory_order_relaxed);
	xsn_gate__order(gate);
	return __builtin_expect(xsn_gate__holds(gate), 1);
}

#endif
