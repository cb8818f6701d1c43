#define _GNU_SOURCE
#include "pool-memory.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* 5.14 */
#endif
#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

#define HUGE_PAGE_BITS 21
#define NODES_MAX 1024
#define PATH_SIZE 128

static long read_number(const char *path, const char *format)
{
	char line[256];
	long value = -1, found;
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, format, &found) == 1) {
			value = found;
			break;
		}
	}
	fclose(file);
	return value;
}

static long node_kilobytes(int node, const char *field)
{
	char path[PATH_SIZE], format[PATH_SIZE];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	snprintf(format, sizeof(format), "Node %%*d %s: %%ld", field);
	return read_number(path, format);
}

/*
 * Memory that is not there must be noticed before it is touched. With MPOL_BIND a page fault that the node cannot
 * serve wakes the OOM killer (4 KiB pages) or ends in SIGBUS (2 MiB pages), although other nodes have room.
 */
static int check_free(int node, size_t size, bool huge)
{
	long available, files, shared;
	char path[PATH_SIZE];

	if (huge) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/free_hugepages", node);
		available = read_number(path, "%ld");
		return available >= 0 && ((size_t)available << HUGE_PAGE_BITS) < size ? -ENOMEM : 0;
	}
	available = node_kilobytes(node, "MemFree");
	files = node_kilobytes(node, "FilePages");
	shared = node_kilobytes(node, "Shmem");
	if (available < 0)
		return 0; /* a kernel without NUMA has no such file */
	if (files > 0 && shared >= 0 && files > shared)
		available += files - shared; /* page cache, which makes room */
	return (size_t)available * 1024 < size ? -ENOMEM : 0;
}

/* ENOSYS of a kernel without NUMA is one node, of a seccomp profile a refusal. */
static int numa_error(int error)
{
	if (error != ENOSYS)
		return -error;
	return access("/sys/devices/system/node", F_OK) ? 0 : -EPERM;
}

static int bind_to_node(void *base, size_t size, int node)
{
	unsigned long mask[NODES_MAX / (8 * sizeof(long))] = { 0 };
	int error;

	if (node < 0 || node >= NODES_MAX - 1)
		return -EINVAL;
	mask[(size_t)node / (8 * sizeof(long))] = 1UL << ((size_t)node % (8 * sizeof(long)));
	if (!syscall(SYS_mbind, base, size, MPOL_BIND, mask, NODES_MAX, MPOL_MF_STRICT))
		return 0;
	error = numa_error(errno);
	return error || node == 0 ? error : -EINVAL;
}

static int populate(const struct xsn_memory *memory)
{
	volatile char *base = memory->base;
	size_t at;

	if (!madvise(memory->base, memory->mapped, MADV_POPULATE_WRITE))
		return 0;
	if (errno == EFAULT) /* hugepages that another process took first */
		return -ENOMEM;
	if (errno != EINVAL)
		return -errno;
	for (at = 0; at < memory->mapped; at += memory->page_size)
		base[at] = 0;
	return 0;
}

/* The binding is a promise of mbind(2); where the pages really are, only get_mempolicy(2) tells. */
static int verify_node(const struct xsn_memory *memory, int node)
{
	uint64_t pages[NODES_MAX] = { 0 };
	long total = xsn_memory__pages_on_nodes(memory, pages, NODES_MAX);

	if (total < 0)
		return (int)total;
	return pages[node] == (uint64_t)total ? 0 : -EXDEV;
}

static int place(struct xsn_memory *memory, int node, bool huge)
{
	int error;

	/* A child of fork(2) must not make copy-on-write move pages away from under the device. */
	if (madvise(memory->base, memory->mapped, MADV_DONTFORK))
		return -errno;
	if (node == XSN_ANY_NODE)
		return populate(memory);
	error = bind_to_node(memory->base, memory->mapped, node);
	if (!error)
		error = check_free(node, memory->mapped, huge);
	if (!error)
		error = populate(memory);
	return error ? error : verify_node(memory, node);
}

static int map_pages(struct xsn_memory *memory, size_t size, int node, bool huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS, error;

	memory->page_size = huge ? 1u << HUGE_PAGE_BITS : (uint32_t)sysconf(_SC_PAGESIZE);
	memory->mapped = (size + memory->page_size - 1) & ~((size_t)memory->page_size - 1);
	if (huge)
		flags |= MAP_HUGETLB | (HUGE_PAGE_BITS << MAP_HUGE_SHIFT);
	memory->base = mmap(NULL, memory->mapped, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory->base == MAP_FAILED)
		return errno == EINVAL ? -ENOMEM : -errno; /* EINVAL: the kernel has no 2 MiB pages at all */
	error = place(memory, node, huge);
	if (error)
		munmap(memory->base, memory->mapped);
	return error;
}

int xsn_memory__map(struct xsn_memory *memory, size_t size, int node, enum xsn_hugepages hugepages)
{
	int error = -ENOMEM;

	if (hugepages != XSN_HUGEPAGES_OFF)
		error = map_pages(memory, size, node, true);
	if (error == -ENOMEM && hugepages != XSN_HUGEPAGES_ON)
		error = map_pages(memory, size, node, false);
	return error;
}

void xsn_memory__unmap(struct xsn_memory *memory)
{
	munmap(memory->base, memory->mapped);
}

/*
 * A call for each page. move_pages(2) tells of many at once, but the default seccomp profiles of containers forbid it to
 * everybody; this one they allow with CAP_SYS_NICE, as they do mbind(2).
 */
long xsn_memory__pages_on_nodes(const struct xsn_memory *memory, uint64_t *pages, uint32_t nodes)
{
	size_t total = memory->mapped / memory->page_size, i;
	const unsigned long flags = MPOL_F_NODE | MPOL_F_ADDR;

	for (i = 0; i < total; i++) {
		char *page = (char *)memory->base + i * memory->page_size;
		int node = 0, error; /* node 0 it stays on a kernel without NUMA */

		if (syscall(SYS_get_mempolicy, &node, NULL, 0, page, flags)) {
			error = numa_error(errno);
			if (error)
				return error;
		}
		if (node >= 0 && (uint32_t)node < nodes)
			pages[node]++;
	}
	return (long)total;
}
