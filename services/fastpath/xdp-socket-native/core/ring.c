/*
 * The reading side of a BPF ring buffer (Documentation/bpf/ringbuf.rst). By hand, because libbpf's consumer takes all
 * that is there and we stop where the caller's memory ends. The first page holds the consumer's position, which we
 * write; the second the producers'; then the data, mapped twice so that a record at the end goes on behind it.
 */
#include "program-internal.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>


struct xsn_ring {
	unsigned long *consumer;
	const unsigned long *producer;
	const char *data;
	size_t size; /* of the data, a power of two */
	size_t page;
};

int xsn_ring__open(const struct xsn_program *program, const char *map, struct xsn_ring **ring)
{
	const struct bpf_map *found = xsn_program__map(program, map);
	struct xsn_ring *opened;
	void *memory;

	*ring = NULL;
	if (!found)
		return -ENOENT;
	if (bpf_map__type(found) != BPF_MAP_TYPE_RINGBUF)
		return -EINVAL;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->size = bpf_map__max_entries(found);
	opened->page = (size_t)sysconf(_SC_PAGESIZE);
	memory = mmap(NULL, opened->page, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(found), 0);
	if (memory == MAP_FAILED)
		goto failed;
	opened->consumer = memory;
	memory = mmap(NULL, opened->page + 2 * opened->size, PROT_READ, MAP_SHARED, bpf_map__fd(found),
		      (off_t)opened->page);
	if (memory == MAP_FAILED)
		goto failed;
	opened->producer = memory;
	opened->data = (const char *)memory + opened->page;
	*ring = opened;
	return 0;
failed:
	{
		int error = -errno;

		xsn_ring__close(opened);
		return error;
	}
}

long xsn_ring__drain(struct xsn_ring *ring, void *out, size_t size)
{
	unsigned long position = *ring->consumer; /* nobody else writes it */
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	size_t written = 0;

	while (position < end) {
		const char *record = ring->data + (position & (ring->size - 1));
		uint32_t header = __atomic_load_n((const uint32_t *)record, __ATOMIC_ACQUIRE);
		uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		size_t needed = (sizeof(length) + length + 7) & ~(size_t)7;

		if (header & BPF_RINGBUF_BUSY_BIT)
			break; /* being written; those behind it wait their turn */
		if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
			char *to = (char *)out + written;

			if (needed > size - written) {
				if (!written)
					return -EMSGSIZE;
				break;
			}
			memcpy(to, &length, sizeof(length));
			memcpy(to + sizeof(length), record + BPF_RINGBUF_HDR_SZ, length);
			memset(to + sizeof(length) + length, 0, needed - sizeof(length) - length);
			written += needed;
		}
		position += (BPF_RINGBUF_HDR_SZ + length + 7) & ~7UL;
		/* From here on the producers may overwrite the record. */
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
	}
	return (long)written;
}

void xsn_ring__close(struct xsn_ring *ring)
{
	if (!ring)
		return;
	if (ring->consumer)
		munmap(ring->consumer, ring->page);
	if (ring->producer)
		munmap((void *)ring->producer, ring->page + 2 * ring->size);
	free(ring);
}
