/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What /dev/mqueue is, when asked: statfs(2) and the list of mounts name FUSE. One that a program
 * mounts itself is the kernel's, of the namespace behind ours: always empty, and mq_open() does not
 * know its files.
 */
#include <sys/mount.h>
#include <sys/vfs.h>

#include "mq_common.h"

static void say_mount_type(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], type[64] = "none", where[256];

	if (!f)
		sc_fail("no /proc/self/mountinfo");
	while (fgets(line, sizeof(line), f)) {
		const char *after = strstr(line, " - ");

		if (after && sscanf(line, "%*s %*s %*s %*s %255s", where) == 1 &&
		    strcmp(where, MQ_DIR) == 0)
			(void)sscanf(after, " - %63s", type);
	}
	fclose(f);
	sc_say("mounted: %s", type);
}

void scenario(void)
{
	char dir[] = "/tmp/oracle-mqueue-XXXXXX", path[64];
	struct statfs fs;
	int fd;

	mq_make("/q", O_RDWR, 2, 8);
	MUST(statfs(MQ_DIR, &fs));
	sc_say("f_type %#lx", (long)fs.f_type);
	say_mount_type();

	if (!mkdtemp(dir))
		sc_fail("mkdtemp: %s", strerror(errno));
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount("mqueue", dir, "mqueue", 0, NULL));
	snprintf(path, sizeof(path), "%s/q", dir);
	CALL_Q("the queue, in a mount of one's own", access(path, F_OK));
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = (int)MUST(open(path, O_RDWR | O_CREAT, 0600));
	close(fd);
	CALL_OK(mq_open("/file", O_RDWR));
	(void)unlink(path);
	MUST(umount2(dir, MNT_DETACH));
	MUST(rmdir(dir));
}
