/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing the IPC sysctls in ways other than one write(2) of one number: at an offset (taken without
 * a look), in pieces, through vectors, more than a page; and what the files do not let happen to
 * themselves.
 */
#include <sys/uio.h>

#include "sysctl_util.h"

#define MSGMAX "kernel/msgmax"
#define PATH "/proc/sys/kernel/msgmax"

static void positions(int flags)
{
	int fd = sysctl_open(MSGMAX, flags);

	sc_say("flags %#x", (unsigned)flags & (O_ACCMODE | O_APPEND | O_TRUNC));
	CALL(write(fd, "100\n", 4));
	sysctl_show(MSGMAX);
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(write(fd, "200\n", 4));
	sysctl_show(MSGMAX);
	CALL(write(fd, "no number", 9));
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(lseek(fd, 0, SEEK_SET));
	CALL(write(fd, "300 400", 7));
	sysctl_show(MSGMAX);
	CALL(write(fd, "", 0));
	close(fd);
}

static void offsets(void)
{
	int fd = sysctl_open(MSGMAX, O_RDWR);
	struct iovec parts[] = {{"4", 1}, {"5", 1}, {"6 ", 2}};

	CALL(pwrite(fd, "1000", 4, 1));
	CALL(pwrite(fd, "x", 1, 100000));
	sysctl_show(MSGMAX);
	CALL(pwrite(fd, "1000", 4, 0));
	sysctl_show(MSGMAX);
	CALL(lseek(fd, 0, SEEK_CUR));
	CALL(pwritev(fd, parts, 3, 0));
	sysctl_show(MSGMAX);
	CALL(write(fd, sc_bad_page(), 4));
	CALL(read(fd, sc_bad_page(), 4));
	close(fd);
}

static void long_writes(void)
{
	static char text[70000];
	static const size_t sizes[] = {4095, 4096, 4097, 8192, 65536, 65537, 70000};

	memset(text, ' ', sizeof(text));
	memcpy(text, "77", 2);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = sysctl_open(MSGMAX, O_WRONLY);

		CALL(write(fd, text, sizes[i]));
		close(fd);
	}
	sysctl_show(MSGMAX);
	memset(text, ' ', 5000);
	memcpy(text + 4090, "123456789", 9);
	int fd = sysctl_open(MSGMAX, O_WRONLY);

	CALL_Q("a number across the end of the first page", write(fd, text, 5000));
	sysctl_show(MSGMAX);
	memset(text, ' ', 5000);
	memcpy(text + 4095, "9", 1);
	CALL_Q("one behind it", pwrite(fd, text, 5000, 0));
	memset(text, 'x', 5000);
	memcpy(text, "78 ", 3);
	CALL_Q("text behind the number", pwrite(fd, text, 5000, 0));
	sysctl_show(MSGMAX);
	close(fd);
}

static void as_a_file(void *arg)
{
	int fd;

	if (arg)
		sc_become_nobody();
	CALL(truncate(PATH, 0));
	CALL(truncate(PATH, 100));
	CALL(chmod(PATH, 0666));
	CALL(chmod(PATH, 0644));
	CALL(chown(PATH, 1, 1));
	CALL(chown(PATH, 0, 0));
	CALL(utimensat(AT_FDCWD, PATH, NULL, 0));
	CALL(open(PATH, O_RDWR | O_CREAT | O_EXCL, 0600));
	CALL(open(PATH, O_RDONLY | O_DIRECTORY));
	CALL(open(PATH "/x", O_RDONLY));
	CALL_OK(fd = open(PATH, O_RDWR | O_CREAT | O_TRUNC, 0600));
	if (fd != -1) {
		CALL(ftruncate(fd, 5));
		CALL(fchmod(fd, 0600));
		CALL(fallocate(fd, 0, 0, 10));
		CALLP(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
		close(fd);
	}
	CALL(access(PATH, W_OK));
	CALL(execl(PATH, PATH, (char *)NULL));
	sysctl_show(MSGMAX);
}

void scenario(void)
{
	sysctl_set(MSGMAX, "42");
	positions(O_WRONLY);
	positions(O_WRONLY | O_TRUNC);
	positions(O_RDWR | O_TRUNC | O_SYNC);
	offsets();
	long_writes();
	sc_wait(sc_fork("root", as_a_file, NULL));
	sc_wait(sc_fork("nobody", as_a_file, "nobody"));
}
