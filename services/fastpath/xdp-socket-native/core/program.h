/*
 * XdpProgram: a BPF object file loaded by libbpf and attached through libxdp, so that other programs live beside it on
 * the same interface (libxdp's dispatcher, where /sys/fs/bpf is mounted). Maps are sized and constants set when it is
 * opened; array maps with BPF_F_MMAPABLE are memory that both sides share.
 *
 * The maps exist from load on and stay the same through attach and detach. Load, fill the maps, then attach: the first
 * packet finds them filled. Calls on one program come from one thread at a time.
 */
#ifndef XSN_PROGRAM_H
#define XSN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xsn_program;

enum xsn_attach_mode { XSN_ATTACH_AUTO, XSN_ATTACH_NATIVE, XSN_ATTACH_GENERIC };

struct xsn_map_size {
	const char *name;
	uint32_t max_entries;
};

struct xsn_constant { /* a `const volatile` variable of .rodata */
	const char *name;
	const void *value;
	size_t size;
};

struct xsn_program_options {
	const char *file;    /* BPF ELF object */
	const char *program; /* function name; the object's other programs are not loaded */
	const struct xsn_map_size *maps;
	uint32_t map_count;
	const struct xsn_constant *constants;
	uint32_t constant_count;
	/* Receives what libbpf, libxdp and the verifier say, from open to close; the caller's, and must live until close.
	 * A string; each call that can fail starts it anew. When it is too small, the end is kept. May be NULL. */
	char *log;
	size_t log_size;
};

struct xsn_attachment {
	bool native;     /* else generic; as the kernel reports it */
	bool dispatcher; /* others may attach beside it */
	bool frags;      /* packets of several buffers reach it: built as "xdp.frags", and nothing beside it forbids them */
	uint32_t replaced; /* programs of the same name that a killed process had left attached */
};

/*
 * Reads the object, sizes maps and sets constants; nothing is in the kernel yet. Returns 0 or -errno: -ENOENT (no such
 * file, program, map or constant), -EINVAL (not a BPF object, or a constant of another size).
 */
int xsn_program__open(const struct xsn_program_options *options, struct xsn_program **program);

/* Creates the maps and has the program verified. Idempotent. -EPERM, or what the verifier answers (mostly -EINVAL,
 * -EACCES, -E2BIG). A failed load cannot be repeated: close the program. */
int xsn_program__load(struct xsn_program *program);

/*
 * Attaches, loading first where that has not been done. Programs of the same name that a dead process left on the
 * interface go when ours is in place, so that no packet passes in between; only where the kernel refuses both at once
 * (the left-over is in the other mode) they go before. AUTO is native, then generic; beside a dispatcher, its mode.
 * The program is alone on the interface, without dispatcher, where bpffs is not mounted, where the kernel refuses
 * programs that replace functions (BPF_PROG_TYPE_EXT), and without CAP_SYS_ADMIN; in the last case the kernel takes it
 * off when the process ends. An existing program alone of our name is replaced as such.
 *
 * -ENODEV (no such interface), -EALREADY (attached), -EADDRINUSE (a living process of this network namespace has a
 * program of this name on the interface), -EBUSY (somebody else's program is there without dispatcher, or the
 * dispatcher is in the other mode), -EOPNOTSUPP and others (as the driver says).
 */
int xsn_program__attach(struct xsn_program *program, const char *interface, enum xsn_attach_mode mode,
			struct xsn_attachment *attachment);
/* Takes our program off and leaves the others. 0 also when it is not attached, or somebody else took it off. */
int xsn_program__detach(struct xsn_program *program);
/* Detaches, unmaps memory and unloads. Idempotent by way of setting *program to NULL. */
void xsn_program__close(struct xsn_program **program);

/* All below need a loaded program: -ENOENT when the map is not there, -EINVAL when it is of the wrong kind. */
int xsn_program__map_fd(const struct xsn_program *program, const char *map);
/* Maps the memory of an array map (BPF_F_MMAPABLE): bytes of one element after the other, each value rounded up to 8.
 * The same memory each time; it is unmapped by close. */
int xsn_program__map_memory(struct xsn_program *program, const char *map, void **memory, size_t *size);
/* Puts a socket at `queue` of an XSKMAP. */
int xsn_program__set_socket(const struct xsn_program *program, const char *map, uint32_t queue, int socket_fd);

/* Hash maps. Keys and values have the sizes of the map. */
int xsn_program__hash_set(const struct xsn_program *program, const char *map, const void *key, const void *value);
int xsn_program__hash_delete(const struct xsn_program *program, const char *map, const void *key);
/* Copies up to n entries into keys and values, one after the other (BPF_MAP_LOOKUP_BATCH). Returns how many. While the
 * map changes, an entry that comes or goes may or may not be among them. */
long xsn_program__hash_read(const struct xsn_program *program, const char *map, void *keys, void *values, uint32_t n);

/*
 * Array of maps: creates an inner array map of `entries` elements after the template of `outer`, whose memory the
 * caller fills before the program can see it. Setting it at `index` returns when no program runs that could still
 * read what was there before (the kernel waits for an RCU grace period).
 */
struct xsn_inner_map;
int xsn_inner_map__create(const struct xsn_program *program, const char *outer, uint32_t entries,
			  struct xsn_inner_map **inner);
void *xsn_inner_map__memory(struct xsn_inner_map *inner);
size_t xsn_inner_map__size(const struct xsn_inner_map *inner);
int xsn_program__set_inner(const struct xsn_program *program, const char *outer, uint32_t index,
			   const struct xsn_inner_map *inner); /* inner NULL = delete */
/* Unmaps and closes; the kernel keeps the map as long as a program can reach it. */
void xsn_inner_map__free(struct xsn_inner_map *inner);

/* BPF ring buffer (Documentation/bpf/ringbuf.rst): copies whole records into `out`, each preceded by its length in
 * 32 bits and padded to 8 bytes; those that do not fit stay. Returns bytes written, or -EMSGSIZE when not even the first
 * one fits into `size`. One thread at a time. The ring may outlive the program. */
struct xsn_ring;
int xsn_ring__open(const struct xsn_program *program, const char *map, struct xsn_ring **ring);
long xsn_ring__drain(struct xsn_ring *ring, void *out, size_t size);
void xsn_ring__close(struct xsn_ring *ring);

/* BPF_PROG_TEST_RUN on one packet of at least 14 bytes: *action = XDP_*, *duration_ns = mean of a run. Returns 0 or
 * -errno. Works on the loaded program, attached or not, and sees the same maps. */
int xsn_program__test_run(const struct xsn_program *program, const void *packet, uint32_t length, uint32_t repeat,
			  uint32_t *action, uint32_t *duration_ns);

#endif
