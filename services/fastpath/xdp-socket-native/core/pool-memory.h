/* The memory of a pool: mapping, NUMA binding, population, and asking the kernel where the pages are. */
#ifndef XSN_POOL_MEMORY_H
#define XSN_POOL_MEMORY_H

#include "pool.h"

struct xsn_memory {
	void *base;
	size_t mapped; /* bytes, a multiple of page_size */
	uint32_t page_size;
};

/* Maps `size` bytes, populated and on `node` (XSN_ANY_NODE = anywhere). Returns 0 or -errno as xsn_pool__create. */
int xsn_memory__map(struct xsn_memory *memory, size_t size, int node, enum xsn_hugepages hugepages);
void xsn_memory__unmap(struct xsn_memory *memory);
/* Adds the pages of node n to pages[n], for n < nodes. Returns how many pages there are, or -errno. */
long xsn_memory__pages_on_nodes(const struct xsn_memory *memory, uint64_t *pages, uint32_t nodes);

#endif
