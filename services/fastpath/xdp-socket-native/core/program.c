/* XdpProgram: reading, sizing, loading and unloading the object. */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

static int read_file(const char *path, void **bytes, size_t *size)
{
	FILE *file = fopen(path, "rbe");
	struct stat status;
	int error = 0;

	*bytes = NULL;
	if (!file || fstat(fileno(file), &status)) {
		error = -errno;
	} else if (!S_ISREG(status.st_mode) || !status.st_size) {
		error = -EINVAL;
	} else {
		*size = (size_t)status.st_size;
		*bytes = malloc(*size);
		if (!*bytes)
			error = -ENOMEM;
		else if (fread(*bytes, 1, *size, file) != *size)
			error = -EIO;
	}
	if (error)
		xsn_log__add("cannot read %s: %s", path, strerror(-error));
	if (file)
		fclose(file);
	return error;
}

/* Opens the bytes as an object of which only our program will be loaded. */
static int open_object(const struct xsn_program *program, struct bpf_object **object, struct bpf_program **xdp)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = program->name);
	struct bpf_program *each;

	*object = bpf_object__open_mem(program->elf, program->elf_size, &options);
	if (!*object)
		return -errno;
	*xdp = bpf_object__find_program_by_name(*object, program->name);
	if (!*xdp) {
		xsn_log__add("the object has no program named %s", program->name);
		return -ENOENT;
	}
	bpf_object__for_each_program(each, *object)
		bpf_program__set_autoload(each, each == *xdp);
	return 0;
}

static int size_map(struct bpf_object *object, const struct xsn_map_size *size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, size->name);
	int error;

	if (!map) {
		xsn_log__add("the object has no map named %s", size->name);
		return -ENOENT;
	}
	error = bpf_map__set_max_entries(map, size->max_entries);
	if (error)
		xsn_log__add("map %s cannot have %u entries", size->name, size->max_entries);
	return error;
}

static int configure(struct xsn_program *program, const struct xsn_program_options *options)
{
	uint32_t i;
	int error = read_file(options->file, &program->elf, &program->elf_size);

	if (!error)
		error = open_object(program, &program->object, &program->xdp);
	for (i = 0; i < options->map_count && !error; i++)
		error = size_map(program->object, &options->maps[i]);
	for (i = 0; i < options->constant_count && !error; i++)
		error = xsn_program__set_constant(program->object, &options->constants[i]);
	return error;
}

int xsn_program__open(const struct xsn_program_options *options, struct xsn_program **program)
{
	struct xsn_program *created;
	int error;

	*program = NULL;
	if (!options->file || !options->program)
		return -EINVAL;
	created = calloc(1, sizeof(*created));
	if (!created)
		return -ENOMEM;
	created->log = (struct xsn_log){ options->log, options->log_size };
	created->attached = (struct xsn_attached){ .link = -1, .owner = -1 };
	created->name = strdup(options->program);
	xsn_log__clear(&created->log);
	xsn_log__begin(&created->log);
	error = created->name ? configure(created, options) : -ENOMEM;
	xsn_log__end();
	if (error)
		xsn_program__close(&created);
	*program = created;
	return error;
}

/* Packets of several buffers: Linux 5.18. Before, a program that asks for them is refused, so ask with a small one. */
static bool kernel_has_frags(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_XDP_HAS_FRAGS);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "xsn_has_frags", "GPL", pass, 2, &options);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool built_for_frags(const struct bpf_program *xdp)
{
	return !strncmp(bpf_program__section_name(xdp), "xdp.frags", 9);
}

/* libbpf asks for frags by the name of the section, out of our sight and of libxdp's; a change of type makes it forget
 * the name, and then only the flags count. */
static void prepare(struct bpf_program *xdp, bool frags)
{
	bpf_program__set_type(xdp, BPF_PROG_TYPE_EXT);
	bpf_program__set_type(xdp, BPF_PROG_TYPE_XDP);
	bpf_program__set_expected_attach_type(xdp, BPF_XDP);
	bpf_program__set_flags(xdp, frags ? BPF_F_XDP_HAS_FRAGS : 0);
}

static int load(struct xsn_program *program)
{
	int error = xsn_program__note_templates(program);

	if (error)
		return error;
	program->frags = built_for_frags(program->xdp) && kernel_has_frags();
	prepare(program->xdp, program->frags);
	error = bpf_object__load(program->object);
	program->loaded = !error;
	return error;
}

int xsn_program__load(struct xsn_program *program)
{
	int error;

	if (program->loaded)
		return 0;
	xsn_log__clear(&program->log);
	xsn_log__begin(&program->log);
	error = load(program);
	xsn_log__end();
	return error;
}

int xsn_program__twin(const struct xsn_program *program, struct bpf_object **object)
{
	struct bpf_map *map, *ours = NULL;
	struct bpf_program *xdp;
	int error = open_object(program, object, &xdp);

	if (error)
		goto out;
	prepare(xdp, program->frags);
	/* Both come from the same bytes, so their maps come in the same order. */
	bpf_object__for_each_map(map, *object) {
		ours = bpf_object__next_map(program->object, ours);
		if (bpf_map__map_flags(ours) & BPF_F_RDONLY_PROG) {
			size_t size;
			const void *bytes = bpf_map__initial_value(ours, &size);

			error = bpf_map__set_initial_value(map, bytes, size);
		} else {
			error = bpf_map__reuse_fd(map, bpf_map__fd(ours));
		}
		if (error)
			goto out;
	}
out:
	if (error) {
		bpf_object__close(*object);
		*object = NULL;
	}
	return error;
}

void xsn_program__close(struct xsn_program **program)
{
	struct xsn_program *closed = *program;
	uint32_t i;

	if (!closed)
		return;
	*program = NULL;
	xsn_program__detach(closed);
	for (i = 0; i < closed->mapping_count; i++)
		munmap(closed->mappings[i].memory, closed->mappings[i].size);
	free(closed->mappings);
	free(closed->templates);
	bpf_object__close(closed->object);
	free(closed->elf);
	free(closed->name);
	free(closed);
}

int xsn_program__test_run(const struct xsn_program *program, const void *packet, uint32_t length, uint32_t repeat,
			  uint32_t *action, uint32_t *duration_ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = length, .repeat = (int)repeat);

	if (!program->loaded)
		return -EINVAL;
	if (bpf_prog_test_run_opts(bpf_program__fd(program->xdp), &options))
		return -errno;
	*action = options.retval;
	*duration_ns = options.duration;
	return 0;
}
