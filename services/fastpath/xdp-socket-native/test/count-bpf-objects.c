/* Prints how many BPF programs and maps the kernel has whose name is the argument. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int programs(const char *name)
{
	__u32 id = 0, size;
	int count = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		struct bpf_prog_info info = {0};
		int fd = bpf_prog_get_fd_by_id(id);

		size = sizeof(info);
		if (fd < 0)
			continue; /* gone since */
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && strcmp(info.name, name) == 0)
			count++;
		close(fd);
	}
	return count;
}

static int maps(const char *name)
{
	__u32 id = 0, size;
	int count = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		struct bpf_map_info info = {0};
		int fd = bpf_map_get_fd_by_id(id);

		size = sizeof(info);
		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && strcmp(info.name, name) == 0)
			count++;
		close(fd);
	}
	return count;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	printf("%d\n", programs(argv[1]) + maps(argv[1]));
	return 0;
}
