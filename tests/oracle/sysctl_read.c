/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IPC sysctls of a fresh namespace, as files: type, mode, owner, size and text; a read gives
 * what fits, and nothing at any offset but the first. The same for root and for nobody.
 */
#include <poll.h>

#include "sysctl_util.h"

static void attributes(const char *name)
{
	struct stat st;
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	MUST(stat(path, &st));
	sc_say("%s: mode %06o owner %u:%u size %ld links %u blocks of %ld", name, st.st_mode,
	       st.st_uid, st.st_gid, (long)st.st_size, (unsigned)st.st_nlink, (long)st.st_blksize);
	CALL(access(path, R_OK));
	CALL(access(path, W_OK));
	CALL(access(path, X_OK));
}

static void say_read(const char *label, ssize_t n, const char *buf)
{
	if (n == -1)
		sc_result(label, -1);
	else
		sc_say("%s = %zd '%s'", label, n, sysctl_quoted(buf, (size_t)n));
}

static void reads(const char *name)
{
	int fd = sysctl_open(name, O_RDONLY);
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI};
	char buf[100];

	sc_say("%s:", name);
	say_read("two bytes", read(fd, buf, 2), buf);
	say_read("and on", read(fd, buf, sizeof(buf)), buf);
	CALL(lseek(fd, 0, SEEK_SET));
	say_read("none", read(fd, buf, 0), buf);
	say_read("all", read(fd, buf, sizeof(buf)), buf);
	CALL(lseek(fd, 0, SEEK_CUR));
	say_read("at the end", read(fd, buf, sizeof(buf)), buf);
	say_read("at 1", pread(fd, buf, sizeof(buf), 1), buf);
	say_read("at 0", pread(fd, buf, sizeof(buf), 0), buf);
	say_read("at 4096", pread(fd, buf, sizeof(buf), 4096), buf);
	CALL(poll(&p, 1, 0));
	sc_say("revents %#x", (unsigned)p.revents);
	CALL(fsync(fd));
	CALL(write(fd, "1", 1));
	CALL(ftruncate(fd, 0));
	close(fd);
}

static void all(void *arg)
{
	if (arg)
		sc_become_nobody();
	for (size_t i = 0; i < SYSCTLS; i++) {
		attributes(sysctl_names[i]);
		reads(sysctl_names[i]);
	}
}

void scenario(void)
{
	sc_wait(sc_fork("root", all, NULL));
	sc_wait(sc_fork("nobody", all, "nobody"));
}
