/* What the files of XdpProgram share; not for others. */
#ifndef XSN_PROGRAM_INTERNAL_H
#define XSN_PROGRAM_INTERNAL_H

#include "program.h"

#include <bpf/libbpf.h>

/* Text of a caller, of which the end is kept when it is full. */
struct xsn_log {
	char *text;
	size_t size;
};

/* Shared memory of one map. */
struct xsn_mapping {
	const struct bpf_map *map;
	void *memory;
	size_t size;
};

/* What the inner maps of one array of maps must look like. libbpf forgets it when the object is loaded. */
struct xsn_template {
	const struct bpf_map *outer;
	enum bpf_map_type type;
	uint32_t value_size, flags;
};

/* What is needed to take the program off again. */
struct xsn_attached {
	int ifindex; /* 0 = not attached */
	uint32_t id; /* of the program that was attached */
	enum xsn_attach_mode mode; /* NATIVE or GENERIC */
	bool dispatcher;
	int link;  /* bpf_link that holds it, or -1 */
	int owner; /* socket that tells other processes that we live */
};

struct xsn_program {
	char *name;
	void *elf; /* the file as it was opened: attaching opens it a second time */
	size_t elf_size;
	struct bpf_object *object; /* owns the maps; its program is of type XDP and is the one for test_run */
	struct bpf_program *xdp;
	bool loaded;
	bool frags; /* loaded with BPF_F_XDP_HAS_FRAGS */
	struct xsn_log log;
	struct xsn_mapping *mappings;
	uint32_t mapping_count;
	struct xsn_template *templates;
	uint32_t template_count;
	struct xsn_attached attached;
};

/* Makes `log` the place where this thread's messages of libbpf and libxdp go, until end. */
void xsn_log__begin(struct xsn_log *log);
void xsn_log__end(void);
/* Empties it. */
void xsn_log__clear(struct xsn_log *log);
/* Adds a line of our own to the log in force. */
void xsn_log__add(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A second object from the same file that uses the maps of the first, not yet loaded: libxdp loads a program for the
 * dispatcher that it builds, and cannot take one that is loaded. The caller closes *object. */
int xsn_program__twin(const struct xsn_program *program, struct bpf_object **object);

/* The map, if the program is loaded and it is there. */
struct bpf_map *xsn_program__map(const struct xsn_program *program, const char *name);

/* program-constants.c: before the object is loaded. -ENOENT, -EINVAL (another size). */
int xsn_program__set_constant(struct bpf_object *object, const struct xsn_constant *constant);

/* inner-map.c: notes the templates of an object that is not yet loaded. */
int xsn_program__note_templates(struct xsn_program *program);

/* Modes to try one after the other; `existing` (AUTO = none) is the mode that is on the interface. Returns how many. */
uint32_t xsn_modes(enum xsn_attach_mode wanted, enum xsn_attach_mode existing, enum xsn_attach_mode modes[2]);
/* True for a failure after which the next mode is worth a try: the driver cannot do this one. */
bool xsn_mode_refused(int error);

/* libxdp-thread.c: runs a function on a thread with descriptors of its own, whose messages go to `log`. */
int xsn_libxdp__run(struct xsn_log *log, int (*run)(void *argument), void *argument);

/* program-legacy.c: one program alone on the interface. All fill program->attached but for `owner`. */
int xsn_legacy__attach(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode);
/* In the place of the program old_fd, at once. */
int xsn_legacy__replace(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, int old_fd);
/* Held by a descriptor, so that it goes with the process. */
int xsn_legacy__attach_link(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode);
int xsn_legacy__detach(const struct xsn_program *program);

/* program-dispatcher.c: within xsn_libxdp__run. Decides between dispatcher and alone. */
int xsn_dispatcher__attach(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, uint32_t *replaced);
int xsn_dispatcher__detach(const struct xsn_program *program);
/* True if the dispatcher over our program passes packets of several buffers on. */
bool xsn_dispatcher__frags(int ifindex);

struct xdp_multiprog;
struct xdp_program;
/* What is on the interface; *there = NULL if nothing. */
int xsn_dispatcher__look(int ifindex, struct xdp_multiprog **there);
enum xsn_attach_mode xsn_dispatcher__mode(const struct xdp_multiprog *there);
bool xsn_dispatcher__is_ours(const struct xsn_program *program, const struct xdp_program *other);

/* program-takeover.c: makes room where a program without dispatcher is on the interface. Returns 0 when the interface is
 * free now, 1 when ours is in its place already, or -EBUSY when it is somebody else's. */
int xsn_takeover(struct xsn_program *program, int ifindex, enum xsn_attach_mode mode, struct xdp_multiprog *there,
		 uint32_t *replaced);

/* program-pins.c: what libxdp keeps in bpffs. */
/* False without bpffs. Else its folder is there: libxdp makes it only once in the life of a process, and bpffs may have
 * been mounted anew. */
bool xsn_pins__prepare(void);
/* Removes what is pinned for a program whose interface is gone. */
void xsn_pins__forget(int ifindex, uint32_t program_id);

#endif
