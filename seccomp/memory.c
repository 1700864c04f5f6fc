/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mem and maps of procfs, used by position; PROCMAP_QUERY is newer than Debian 12's headers. */
#include "seccomp/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* struct procmap_query of linux/fs.h (6.11). */
struct vma_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start, vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};

#define QUERY_VMA _IOWR('f', 17, struct vma_query)
#define QUERY_WRITABLE 0x02
#define QUERY_COVERING_OR_NEXT 0x10
#define QUERY_FILE_BACKED 0x20

static int open_one(pid_t tid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == ENOENT ? -ESRCH : -errno;
}

int memory_open(struct task_memory *m, pid_t tid)
{
	m->maps = -1;
	m->mem = open_one(tid, "mem", O_RDWR);
	if (m->mem < 0)
		return m->mem;
	m->maps = open_one(tid, "maps", O_RDONLY);
	if (m->maps < 0) {
		int r = m->maps;

		memory_close(m);
		return r;
	}
	return 0;
}

void memory_close(struct task_memory *m)
{
	if (m->mem >= 0)
		close(m->mem);
	if (m->maps >= 0)
		close(m->maps);
	m->mem = m->maps = -1;
}

int memory_file_mapping(const struct task_memory *m, uint64_t addr, struct memory_mapping *out)
{
	/* The kernel refuses to give a part of a name. */
	char name[PATH_MAX];
	struct vma_query q = {
		.size = sizeof(q),
		.query_flags = QUERY_COVERING_OR_NEXT | QUERY_FILE_BACKED,
		.query_addr = addr,
		.vma_name_size = sizeof(name),
		.vma_name_addr = (uintptr_t)name,
	};

	int r = ioctl(m->maps, QUERY_VMA, &q);

	if (r < 0 && errno == ENAMETOOLONG) {
		q.vma_name_size = 0;
		q.vma_name_addr = 0;
		r = ioctl(m->maps, QUERY_VMA, &q);
	}
	if (r < 0)
		return errno == ENOENT || errno == ESRCH ? -errno : -EOPNOTSUPP;
	*out = (struct memory_mapping){
		.start = q.vma_start,
		.end = q.vma_end,
		.offset = q.vma_offset,
		.dev = makedev(q.dev_major, q.dev_minor),
		.ino = q.inode,
	};
	if (q.vma_name_size)
		(void)snprintf(out->name, sizeof(out->name), "%.*s", (int)sizeof(out->name) - 1,
			       name);
	return 0;
}

/* How many bytes from @addr on, at most @len, are in one writable mapping; or -EFAULT, -ESRCH. */
static ssize_t writable(const struct task_memory *m, uint64_t addr, size_t len)
{
	struct vma_query q = {
		.size = sizeof(q),
		.query_flags = QUERY_WRITABLE,
		.query_addr = addr,
	};

	if (ioctl(m->maps, QUERY_VMA, &q) < 0)
		return errno == ESRCH ? -ESRCH : -EFAULT;
	return q.vma_end - addr < len ? (ssize_t)(q.vma_end - addr) : (ssize_t)len;
}

int memory_write(const struct task_memory *m, uint64_t addr, const void *buf, size_t len)
{
	const char *from = buf;

	if (addr + len < addr || (addr + len) >> 63)
		return -EFAULT;
	while (len) {
		ssize_t room = writable(m, addr, len), n;

		if (room < 0)
			return (int)room;
		n = pwrite(m->mem, from, (size_t)room, (off_t)addr);
		if (n == 0)
			return -ESRCH; /* mem_rw(): the memory has no users any more */
		if (n < 0)
			return -errno;
		from += n;
		addr += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
