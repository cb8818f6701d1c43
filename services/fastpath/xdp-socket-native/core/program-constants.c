/* Constants of a BPF object: `const volatile` variables, which the verifier knows the values of. */
#include "program-internal.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The variable's place in its section, by the type information of the object. */
static const struct btf_var_secinfo *find_variable(const struct btf *btf, const char *name, const char **section)
{
	uint32_t id, i, count = btf ? btf__type_cnt(btf) : 0;

	for (id = 1; id < count; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_var_secinfo *variables;

		if (!btf_is_datasec(type))
			continue;
		*section = btf__name_by_offset(btf, type->name_off);
		if (strncmp(*section, ".rodata", 7))
			continue;
		variables = btf_var_secinfos(type);
		for (i = 0; i < btf_vlen(type); i++) {
			const struct btf_type *variable = btf__type_by_id(btf, variables[i].type);

			if (!strcmp(btf__name_by_offset(btf, variable->name_off), name))
				return &variables[i];
		}
	}
	return NULL;
}

/* Puts the value into the section's initial content, of which libbpf shows us a copy that is not for writing. */
static int write_section(struct bpf_map *map, uint32_t offset, const struct xsn_constant *constant)
{
	size_t size;
	const void *content = bpf_map__initial_value(map, &size);
	char *changed;
	int error;

	if (!content || offset + constant->size > size)
		return -EINVAL;
	changed = malloc(size);
	if (!changed)
		return -ENOMEM;
	memcpy(changed, content, size);
	memcpy(changed + offset, constant->value, constant->size);
	error = bpf_map__set_initial_value(map, changed, size);
	free(changed);
	return error;
}

int xsn_program__set_constant(struct bpf_object *object, const struct xsn_constant *constant)
{
	const char *section;
	const struct btf_var_secinfo *place = find_variable(bpf_object__btf(object), constant->name, &section);
	struct bpf_map *map = place ? bpf_object__find_map_by_name(object, section) : NULL;

	if (!map) {
		xsn_log__add("the object has no constant (const volatile) named %s", constant->name);
		return -ENOENT;
	}
	if (place->size != constant->size) {
		xsn_log__add("constant %s has %u bytes, not %zu", constant->name, place->size, constant->size);
		return -EINVAL;
	}
	return write_section(map, place->offset, constant);
}
