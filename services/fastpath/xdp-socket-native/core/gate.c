#define _GNU_SOURCE
#include "gate.h"

#include <sys/syscall.h>
#include <unistd.h>

#define MEMBARRIER_PRIVATE_EXPEDITED (1 << 3)          /* linux/membarrier.h, 4.14 */
#define MEMBARRIER_REGISTER_PRIVATE_EXPEDITED (1 << 4)

void xsn_gate__init(struct xsn_gate *gate)
{
	atomic_init(&gate->holder, 0);
	atomic_init(&gate->inside, false);
	atomic_init(&gate->sealed, false);
	atomic_init(&gate->taken_down, false);
	atomic_init(&gate->readers, 0);
	gate->fenced = syscall(SYS_membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
}

/* After this, what a thread did before it passed the gate is seen here, or it sees what was done here. */
static void order_all_threads(const struct xsn_gate *gate)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (!gate->fenced) /* cannot fail: it is registered */
		(void)syscall(SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0, 0);
}

int xsn_gate__claim(struct xsn_gate *gate)
{
	uintptr_t self = (uintptr_t)pthread_self(), nobody = 0;

	if (!atomic_compare_exchange_strong(&gate->holder, &nobody, self))
		return nobody == XSN_GATE_CLOSED ? -EBADF : -EBUSY;
	order_all_threads(gate);
	if (!atomic_load(&gate->inside))
		return 0;
	xsn_gate__release(gate);
	return -EBUSY;
}

void xsn_gate__release(struct xsn_gate *gate)
{
	uintptr_t holder = atomic_load(&gate->holder);

	while (holder != XSN_GATE_CLOSED && !atomic_compare_exchange_weak(&gate->holder, &holder, 0))
		;
}

bool xsn_gate__last(struct xsn_gate *gate)
{
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load(&gate->sealed) && !atomic_load(&gate->inside) && !atomic_load(&gate->readers) &&
	       !atomic_exchange(&gate->taken_down, true);
}

bool xsn_gate__close(struct xsn_gate *gate)
{
	if (atomic_exchange(&gate->holder, XSN_GATE_CLOSED) == XSN_GATE_CLOSED)
		return false;
	order_all_threads(gate);
	atomic_store(&gate->sealed, true);
	return xsn_gate__last(gate);
}

int xsn_gate__begin_read(struct xsn_gate *gate)
{
	atomic_fetch_add(&gate->readers, 1);
	return xsn_gate__is_closed(gate) ? -EBADF : 0;
}

bool xsn_gate__end_read(struct xsn_gate *gate)
{
	atomic_fetch_sub(&gate->readers, 1);
	return xsn_gate__is_closed(gate) && xsn_gate__last(gate);
}

int xsn_gate__refusal(struct xsn_gate *gate)
{
	uintptr_t holder = atomic_load(&gate->holder);

	if (holder == XSN_GATE_CLOSED)
		return -EBADF;
	return holder ? -EBUSY : -ENOTCONN;
}
