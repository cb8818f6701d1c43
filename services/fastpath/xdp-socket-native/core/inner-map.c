/* Inner arrays of an array of maps: made and filled on the side, then put in place at once. */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct xsn_inner_map {
	int fd;
	void *memory;
	size_t size;
};

static int find_outer(const struct xsn_program *program, const char *name, struct bpf_map **outer)
{
	*outer = xsn_program__map(program, name);
	if (!*outer)
		return -ENOENT;
	return bpf_map__type(*outer) == BPF_MAP_TYPE_ARRAY_OF_MAPS ? 0 : -EINVAL;
}

int xsn_program__note_templates(struct xsn_program *program)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, program->object) {
		const struct bpf_map *inner = bpf_map__inner_map(map);
		struct xsn_template *grown;

		if (!inner)
			continue;
		grown = realloc(program->templates, (program->template_count + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		program->templates = grown;
		grown[program->template_count++] = (struct xsn_template){
			map, bpf_map__type(inner), bpf_map__value_size(inner), bpf_map__map_flags(inner) };
	}
	return 0;
}

static const struct xsn_template *find_template(const struct xsn_program *program, const struct bpf_map *outer)
{
	const uint32_t needed = BPF_F_MMAPABLE | BPF_F_INNER_MAP;
	uint32_t i;

	for (i = 0; i < program->template_count; i++) {
		const struct xsn_template *found = &program->templates[i];

		if (found->outer == outer && found->type == BPF_MAP_TYPE_ARRAY && (found->flags & needed) == needed)
			return found;
	}
	return NULL;
}

/* The kernel compares an inner map with the template by type, sizes and flags; the number of entries may differ with
 * BPF_F_INNER_MAP alone. */
static int create(struct xsn_inner_map *inner, const struct xsn_template *template, uint32_t entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = template->flags);

	inner->fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xsn_inner", sizeof(uint32_t), template->value_size, entries,
				   &options);
	if (inner->fd < 0)
		return -errno;
	inner->size = (((size_t)template->value_size + 7) & ~(size_t)7) * entries;
	inner->memory = mmap(NULL, inner->size, PROT_READ | PROT_WRITE, MAP_SHARED, inner->fd, 0);
	return inner->memory == MAP_FAILED ? -errno : 0;
}

int xsn_inner_map__create(const struct xsn_program *program, const char *outer, uint32_t entries,
			  struct xsn_inner_map **inner)
{
	const struct xsn_template *template;
	struct bpf_map *found;
	int error = find_outer(program, outer, &found);

	*inner = NULL;
	if (error)
		return error;
	template = find_template(program, found);
	if (!template)
		return -EINVAL;
	*inner = calloc(1, sizeof(**inner));
	if (!*inner)
		return -ENOMEM;
	(*inner)->memory = MAP_FAILED;
	error = create(*inner, template, entries);
	if (error) {
		xsn_inner_map__free(*inner);
		*inner = NULL;
	}
	return error;
}

void *xsn_inner_map__memory(struct xsn_inner_map *inner)
{
	return inner->memory;
}

size_t xsn_inner_map__size(const struct xsn_inner_map *inner)
{
	return inner->size;
}

int xsn_program__set_inner(const struct xsn_program *program, const char *outer, uint32_t index,
			   const struct xsn_inner_map *inner)
{
	struct bpf_map *found;
	int error = find_outer(program, outer, &found);

	if (error)
		return error;
	if (!inner)
		return bpf_map_delete_elem(bpf_map__fd(found), &index) ? -errno : 0;
	return bpf_map_update_elem(bpf_map__fd(found), &index, &inner->fd, BPF_ANY) ? -errno : 0;
}

void xsn_inner_map__free(struct xsn_inner_map *inner)
{
	if (!inner)
		return;
	if (inner->memory != MAP_FAILED)
		munmap(inner->memory, inner->size);
	if (inner->fd >= 0)
		close(inner->fd);
	free(inner);
}
