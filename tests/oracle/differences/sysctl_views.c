/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The views of the IPC sysctls are files of FUSE: SEEK_END, sendfile and private mappings go by
 * what the VFS thinks of such files, writes obey RLIMIT_FSIZE, each write of an appending descriptor
 * begins at the beginning, changed times are not kept, access(2) believes in CAP_DAC_OVERRIDE, which
 * open(2) does not, and the first stat(2) after an O_TRUNC that
 * nothing was written after has the size that the VFS needs to know.
 */
#include <sys/resource.h>
#include <sys/sendfile.h>

#include "../sysctl_util.h"

#define MSGMAX "kernel/msgmax"

static void limited(void *arg)
{
	const struct rlimit none = {0, 0};
	int fd = (int)MUST(sysctl_open(MSGMAX, O_WRONLY));

	(void)arg;
	MUST(signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -1 : 0);
	MUST(setrlimit(RLIMIT_FSIZE, &none));
	CALL(write(fd, "4\n", 2));
}

static void capable(void *arg)
{
	(void)arg;
	sysctl_become_nobody_with(SYSCTL_CAP(CAP_DAC_OVERRIDE));
	CALL(faccessat(AT_FDCWD, "/proc/sys/" MSGMAX, W_OK, AT_EACCESS));
	CALL(open("/proc/sys/" MSGMAX, O_WRONLY));
}

void scenario(void)
{
	const struct timespec past[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	int fd = (int)MUST(sysctl_open(MSGMAX, O_RDONLY));
	int ends[2];
	struct stat st;

	MUST(pipe(ends));
	CALL(lseek(fd, 0, SEEK_END));
	MUST(lseek(fd, 0, SEEK_SET));
	CALL(sendfile(ends[1], fd, NULL, 100));
	CALLP(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	MUST(futimens(fd, past));
	MUST(fstat(fd, &st));
	sc_say("modified: %s", sc_when(st.st_mtime));
	close(fd);

	fd = (int)MUST(sysctl_open(MSGMAX, O_WRONLY | O_APPEND));
	CALL(write(fd, "5\n", 2));
	CALL(write(fd, "6\n", 2));
	close(fd);
	sysctl_show(MSGMAX);

	close((int)MUST(sysctl_open(MSGMAX, O_WRONLY | O_TRUNC)));
	MUST(stat("/proc/sys/" MSGMAX, &st));
	sc_say("size after O_TRUNC: %ld", (long)st.st_size);
	MUST(stat("/proc/sys/" MSGMAX, &st));
	sc_say("and then: %ld", (long)st.st_size);

	sc_wait(sc_fork("capable", capable, NULL));
	sc_wait(sc_fork("limited", limited, NULL));
	sysctl_show(MSGMAX);
}
