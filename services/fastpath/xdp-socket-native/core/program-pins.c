/*
 * libxdp's dispatcher finds the programs behind it by pins in bpffs, at
 * <bpffs>/xdp/dispatch-<ifindex>-<id of the dispatcher>/prog<n>-{prog,link}.
 */
#include "program-internal.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#define PINS_MAX 10 /* programs behind a dispatcher */

static const char *mount_point(void)
{
	const char *chosen = secure_getenv(XDP_BPFFS_ENVVAR);

	return chosen ? chosen : "/sys/fs/bpf";
}

/* <bpffs>/xdp */
static bool pins_folder(char *path, size_t size)
{
	return (size_t)snprintf(path, size, "%s/xdp", mount_point()) < size;
}

bool xsn_pins__prepare(void)
{
	struct statfs status;
	char path[PATH_MAX];

	if (statfs(mount_point(), &status) || status.f_type != BPF_FS_MAGIC)
		return false;
	return pins_folder(path, sizeof(path)) && (!mkdir(path, S_IRWXU) || errno == EEXIST);
}

static uint32_t pinned_id(const char *path)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int error, fd = bpf_obj_get(path);

	if (fd < 0)
		return 0;
	error = bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	return error ? 0 : info.id;
}

/* The folder of a dispatcher goes with its last program. */
static void forget_in(const char *folder, uint32_t program_id)
{
	char path[PATH_MAX + 32];
	int i;

	for (i = 0; i < PINS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/prog%d-prog", folder, i);
		if (pinned_id(path) != program_id)
			continue;
		unlink(path);
		snprintf(path, sizeof(path), "%s/prog%d-link", folder, i);
		unlink(path);
		rmdir(folder);
		return;
	}
}

void xsn_pins__forget(int ifindex, uint32_t program_id)
{
	char path[PATH_MAX - NAME_MAX - 1], prefix[32], folder[PATH_MAX];
	const struct dirent *entry;
	DIR *directory;

	snprintf(prefix, sizeof(prefix), "dispatch-%d-", ifindex);
	directory = pins_folder(path, sizeof(path)) ? opendir(path) : NULL;
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix))) {
			snprintf(folder, sizeof(folder), "%s/%s", path, entry->d_name);
			forget_in(folder, program_id);
		}
	closedir(directory);
}
