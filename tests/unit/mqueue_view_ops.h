/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program can do to an mqueue directory by path and descriptor, as a transcript.
 *
 * The same list runs on a native mount and on ours; every line must be equal. So nothing is printed
 * that may differ between two native runs: no descriptors, inode numbers, pids or absolute times.
 * Left out is what is known to differ: private mmap, splice, zero-length write, F_SETFL of O_DIRECT,
 * SEEK_END of a directory, a bad buffer at the end of a file, f_type.
 */
#ifndef TESTS_MQUEUE_VIEW_OPS_H
#define TESTS_MQUEUE_VIEW_OPS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OPS_NOBODY 65534
static FILE *ops_out;

static inline long ops_show(const char *what, long r)
{
	if (r < 0)
		fprintf(ops_out, "%s: %s\n", what, strerrorname_np(errno));
	else
		fprintf(ops_out, "%s: %ld\n", what, r);
	return r;
}

/* Shows a result that is a number, or the errno. */
#define SHOW(call) ops_show(#call, (long)(call))
/* Shows only whether a descriptor came. */
#define TRY_FD(call) ops_show_fd(#call, (call))

static inline int ops_show_fd(const char *what, int fd)
{
	fprintf(ops_out, "%s: %s\n", what, fd < 0 ? strerrorname_np(errno) : "fd");
	return fd;
}

static inline void ops_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

static inline void ops_stat(const char *what, const struct stat *st)
{
	fprintf(ops_out,
		"stat %s: mode %o nlink %lu uid %u gid %u size %ld blksize %ld blocks %ld\n", what,
		st->st_mode, (unsigned long)st->st_nlink, st->st_uid, st->st_gid, (long)st->st_size,
		(long)st->st_blksize, (long)st->st_blocks);
}

static inline void ops_stat_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		fprintf(ops_out, "stat %s: %s\n", path, strerrorname_np(errno));
	else
		ops_stat(path, &st);
}

/* Files are stamped with whole seconds. */
static inline void ops_next_second(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	usleep((useconds_t)(1000000 - now.tv_nsec / 1000 + 20000));
}

/* Which times @what changed. */
static inline void ops_times(const char *what, const char *file, const struct stat *before,
			     const struct stat *after)
{
	fprintf(ops_out, "times of %s after %s:%s%s%s\n", file, what,
		before->st_atim.tv_sec != after->st_atim.tv_sec ? " atime" : "",
		before->st_mtim.tv_sec != after->st_mtim.tv_sec ? " mtime" : "",
		before->st_ctim.tv_sec != after->st_ctim.tv_sec ? " ctime" : "");
	if (after->st_atim.tv_nsec || after->st_mtim.tv_nsec || after->st_ctim.tv_nsec)
		fprintf(ops_out, "finer than a second\n");
}

static inline void ops_list(void)
{
	DIR *d = opendir(".");
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		fprintf(ops_out, "entry %s type %d\n", e->d_name, e->d_type);
	closedir(d);
}

static inline void ops_read(int fd, size_t size)
{
	char buf[256];
	ssize_t n = read(fd, buf, size);

	if (n < 0)
		fprintf(ops_out, "read %zu: %s\n", size, strerrorname_np(errno));
	else
		fprintf(ops_out, "read %zu: \"%.*s\"\n", size, (int)n, buf);
}

static inline void ops_create_and_stat(void)
{
	ops_stat_path(".");
	umask(027);
	int fd = TRY_FD(open("q", O_CREAT | O_RDWR, 06666));

	ops_stat_path("q");
	umask(0);
	ops_close(TRY_FD(open("q", O_CREAT | O_EXCL | O_RDWR, 0600)));
	ops_close(TRY_FD(open("q", O_CREAT | O_RDONLY, 0600)));
	ops_close(TRY_FD(open("q", O_RDONLY | O_DIRECTORY)));
	ops_close(TRY_FD(open("q", O_RDONLY | O_DIRECT)));
	ops_close(TRY_FD(open("q", O_WRONLY | O_NONBLOCK | O_NOFOLLOW)));
	ops_close(TRY_FD(open(".", O_RDWR)));
	ops_close(TRY_FD(open(".", O_TMPFILE | O_RDWR, 0600)));
	ops_close(TRY_FD(open("missing", O_RDWR)));
	SHOW(mknod("node", S_IFREG | 0640, 0));
	ops_stat_path("node");
	SHOW(mknod("node", S_IFREG | 0640, 0));
	SHOW(mknod("fifo", S_IFIFO | 0600, 0));
	SHOW(mknod("dev", S_IFCHR | 0600, 0x103));
	ops_stat_path(".");
	SHOW(unlink("node"));
	SHOW(unlink("node"));
	SHOW(unlink("q"));
	ops_close(fd);
	ops_stat_path(".");
}

static inline void ops_names(void)
{
	char n255[256], n256[257];

	memset(n255, 'n', sizeof(n255));
	memset(n256, 'n', sizeof(n256));
	n255[255] = n256[256] = 0;
	ops_close(TRY_FD(open(n255, O_CREAT | O_RDWR, 0600)));
	SHOW(access(n255, F_OK));
	SHOW(unlink(n255));
	ops_close(TRY_FD(open(n256, O_CREAT | O_RDWR, 0600)));
	SHOW(access(n256, F_OK));
	SHOW(unlink(n256));
	SHOW(mknod(n256, S_IFREG, 0));
	SHOW(mkdir(n256, 0700));
	ops_close(TRY_FD(open("name with \xff bytes\n", O_CREAT | O_RDWR, 0600)));
	ops_list();
	SHOW(unlink("name with \xff bytes\n"));
	ops_close(TRY_FD(open("...", O_CREAT | O_RDWR, 0600)));
	SHOW(unlink("..."));
	SHOW(unlink("."));
	SHOW(unlink(".."));
	SHOW(rmdir("."));
}

static inline void ops_refused(void)
{
	ops_close(open("q", O_CREAT | O_RDWR, 0600));
	ops_close(open("r", O_CREAT | O_RDWR, 0600));
	SHOW(mkdir("d", 0700));
	SHOW(mkdir("q", 0700));
	SHOW(rmdir("q"));
	SHOW(rmdir("missing"));
	SHOW(rename("q", "new"));
	SHOW(rename("q", "r"));
	SHOW(rename("q", "q"));
	SHOW(rename("missing", "r"));
	SHOW(renameat2(AT_FDCWD, "q", AT_FDCWD, "new", RENAME_NOREPLACE));
	SHOW(renameat2(AT_FDCWD, "q", AT_FDCWD, "r", RENAME_NOREPLACE));
	SHOW(link("q", "new"));
	SHOW(link("q", "r"));
	SHOW(symlink("q", "new"));
	SHOW(symlink("q", "r"));
	SHOW(readlink("q", (char[8]){0}, 8));
	SHOW(listxattr("q", NULL, 0));
	SHOW(listxattr("q", (char[8]){0}, 8));
	SHOW(listxattr(".", NULL, 0));
	SHOW(getxattr("q", "user.a", NULL, 0));
	SHOW(getxattr("q", "security.a", NULL, 0));
	SHOW(setxattr("q", "user.a", "1", 1, 0));
	SHOW(setxattr("q", "trusted.a", "1", 1, 0));
	SHOW(removexattr("q", "user.a"));
	SHOW(setxattr("q", "system.posix_acl_access", "\2\0\0\0", 4, 0));
	SHOW(getxattr("q", "system.posix_acl_access", NULL, 0));
	SHOW(chmod("q", 0755));
	SHOW(execl("./q", "q", NULL));
	SHOW(unlink("q"));
	SHOW(unlink("r"));
}

static inline void ops_files(void)
{
	int fd = TRY_FD(open("q", O_CREAT | O_RDWR, 0600)), ro, dirfd, ep;
	struct pollfd p = {.fd = fd,
			   .events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLPRI};
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct iovec iov[2] = {{(char[3]){0}, 3}, {(char[70]){0}, 70}};
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buf[128];
	int n = -1;

	ops_read(fd, 100);
	ops_read(fd, 100);
	SHOW(lseek(fd, 0, SEEK_SET));
	ops_read(fd, 5);
	ops_read(fd, 1);
	SHOW(lseek(fd, 3, SEEK_CUR));
	ops_read(fd, 4);
	SHOW(lseek(fd, -1, SEEK_SET));
	SHOW(lseek(fd, 1000, SEEK_SET));
	ops_read(fd, 4);
	SHOW(lseek(fd, -10, SEEK_END));
	SHOW(lseek(fd, 0, SEEK_DATA));
	SHOW(lseek(fd, 90, SEEK_DATA));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(readv(fd, iov, 2));
	SHOW(pread(fd, buf, 10, 60));
	SHOW(pread(fd, buf, 0, 0));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(read(fd, nowhere, 10));
	SHOW(write(fd, "x", 1));
	SHOW(pwrite(fd, "x", 1, 5));
	SHOW(fsync(fd));
	SHOW(fdatasync(fd));
	SHOW(fallocate(fd, 0, 0, 10));
	SHOW(ioctl(fd, TCGETS, buf));
	SHOW(lseek(fd, 0, SEEK_SET));
	SHOW(ioctl(fd, FIONREAD, &n));
	fprintf(ops_out, "FIONREAD %d\n", n);
	SHOW(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	SHOW(flock(fd, LOCK_EX));
	SHOW(fcntl(fd, F_SETLK, &lock));
	SHOW(poll(&p, 1, 0));
	fprintf(ops_out, "revents %x\n", (unsigned)p.revents);
	ep = epoll_create1(EPOLL_CLOEXEC);
	SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	ev.events = 0;
	SHOW(epoll_wait(ep, &ev, 1, 0));
	fprintf(ops_out, "events %x\n", ev.events);
	close(ep);

	ro = TRY_FD(open("q", O_RDONLY));
	SHOW(write(ro, "x", 1));
	SHOW(ftruncate(ro, 0));
	SHOW(fcntl(ro, F_GETFL) & O_ACCMODE);
	ops_close(ro);

	/* Without its name a queue can be used, and opened again by descriptor. */
	SHOW(unlink("q"));
	ops_close(TRY_FD(open("q", O_RDWR)));
	struct stat st;

	SHOW(fstat(fd, &st));
	ops_stat("unlinked", &st);
	SHOW(lseek(fd, 0, SEEK_SET));
	ops_read(fd, 100);
	SHOW(fchmod(fd, 0640));
	SHOW(fstat(fd, &st));
	ops_stat("unlinked", &st);
	snprintf(buf, sizeof(buf), "/proc/self/fd/%d", fd);
	ro = open(buf, O_RDONLY);
	fprintf(ops_out, "reopen %s\n", ro < 0 ? strerrorname_np(errno) : "fd");
	close(fd);
	munmap(nowhere, 4096);
	ops_read(ro, 10);
	ops_close(ro);

	dirfd = open(".", O_RDONLY | O_DIRECTORY);
	SHOW(fsync(dirfd));
	SHOW(read(dirfd, buf, 10));
	close(dirfd);
	struct statvfs vfs;

	SHOW(statvfs(".", &vfs));
	fprintf(ops_out, "statvfs %lu %lu %lu %lu %lu\n", vfs.f_bsize, vfs.f_frsize,
		(unsigned long)vfs.f_blocks, (unsigned long)vfs.f_files, vfs.f_namemax);
}

/* Things done to a queue, each to one of its own: @path, open as @fd. */

static inline void ops_do_open(int fd, const char *path)
{
	(void)fd;
	ops_close(open(path, O_RDWR));
}

static inline void ops_do_read(int fd, const char *path)
{
	(void)path;
	ops_read(fd, 10);
}

static inline void ops_do_read_at_end(int fd, const char *path)
{
	(void)path;
	SHOW(lseek(fd, 500, SEEK_SET));
	ops_read(fd, 10);
}

static inline void ops_do_read_nothing(int fd, const char *path)
{
	(void)path;
	ops_read(fd, 0);
}

static inline void ops_do_write(int fd, const char *path)
{
	(void)path;
	SHOW(write(fd, "x", 1));
}

static inline void ops_do_poll(int fd, const char *path)
{
	(void)path;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	SHOW(poll(&p, 1, 0));
}

static inline void ops_do_chmod(int fd, const char *path)
{
	(void)fd;
	SHOW(chmod(path, 06755));
	ops_stat_path(path);
}

static inline void ops_do_chmod_chown(int fd, const char *path)
{
	SHOW(fchmod(fd, 06755));
	SHOW(chown(path, OPS_NOBODY, OPS_NOBODY));
	ops_stat_path(path);
}

static inline void ops_do_chown(int fd, const char *path)
{
	SHOW(fchown(fd, OPS_NOBODY, -1));
	ops_stat_path(path);
}

static inline void ops_do_chown_nothing(int fd, const char *path)
{
	(void)path;
	SHOW(fchown(fd, -1, -1));
}

static inline void ops_do_utimens(int fd, const char *path)
{
	(void)path;
	const struct timespec t[2] = {{1000000000, 5}, {1000000001, 6}};
	struct stat st;

	SHOW(futimens(fd, t));
	fstat(fd, &st);
	fprintf(ops_out, "%ld.%09ld %ld.%09ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec,
		st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static inline void ops_do_utimens_mtime(int fd, const char *path)
{
	(void)path;
	const struct timespec t[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};

	SHOW(futimens(fd, t));
}

static inline void ops_do_utimens_atime(int fd, const char *path)
{
	(void)path;
	const struct timespec t[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};

	SHOW(futimens(fd, t));
}

static inline void ops_do_truncate(int fd, const char *path)
{
	(void)fd;
	SHOW(truncate(path, 5));
	SHOW(truncate(path, -1));
	ops_stat_path(path);
}

static inline void ops_do_ftruncate(int fd, const char *path)
{
	SHOW(ftruncate(fd, 7));
	SHOW(lseek(fd, 0, SEEK_END));
	ops_stat_path(path);
}

static inline void ops_do_open_truncate(int fd, const char *path)
{
	ops_close(TRY_FD(open(path, O_RDWR | O_TRUNC)));
	ops_stat_path(path);
	ops_read(fd, 12);
}

static inline void ops_do_unlink(int fd, const char *path)
{
	(void)fd;
	SHOW(unlink(path));
}

static inline void ops_attributes(void)
{
	static const struct {
		const char *name;
		void (*fn)(int fd, const char *path);
	} ops[] = {
		{"open and close", ops_do_open},
		{"read", ops_do_read},
		{"read at the end", ops_do_read_at_end},
		{"read of nothing", ops_do_read_nothing},
		{"write", ops_do_write},
		{"poll", ops_do_poll},
		{"chmod", ops_do_chmod},
		{"chmod and chown", ops_do_chmod_chown},
		{"chown", ops_do_chown},
		{"chown of nothing", ops_do_chown_nothing},
		{"utimens", ops_do_utimens},
		{"utimens of mtime", ops_do_utimens_mtime},
		{"utimens of atime", ops_do_utimens_atime},
		{"truncate", ops_do_truncate},
		{"ftruncate", ops_do_ftruncate},
		{"O_TRUNC", ops_do_open_truncate},
		{"unlink", ops_do_unlink},
	};
	enum { N = sizeof(ops) / sizeof(ops[0]) };
	struct stat before, after;
	int fd[N];

	/* RLIMIT_MSGQUEUE is enough for nine of them at a time. */
	for (int first = 0; first < N; first += 8) {
		int last = first + 8 < N ? first + 8 : N;
		char name[16];

		for (int i = first; i < last; i++) {
			snprintf(name, sizeof(name), "op%d", i);
			fd[i] = open(name, O_CREAT | O_RDWR, 0600);
		}
		ops_next_second();
		for (int i = first; i < last; i++) {
			snprintf(name, sizeof(name), "op%d", i);
			fstat(fd[i], &before);
			ops[i].fn(fd[i], name);
			fstat(fd[i], &after);
			ops_times(ops[i].name, "queue", &before, &after);
			close(fd[i]);
			unlink(name);
		}
	}
}

/* Things done to the directory, one after the other. */

static inline void ops_do_create(void)
{
	ops_close(open("q", O_CREAT | O_RDWR, 0600));
}

static inline void ops_do_lookup(void)
{
	SHOW(access("missing", F_OK));
	SHOW(access("q", F_OK));
}

static inline void ops_do_chmod_dir(void)
{
	SHOW(truncate(".", 0));
	SHOW(chmod(".", 0755));
	SHOW(chown(".", 1, 2));
	ops_stat_path(".");
	SHOW(chown(".", 0, 0));
	SHOW(chmod(".", 01777));
}

static inline void ops_do_utimens_dir(void)
{
	const struct timespec t[2] = {{1000000000, 5}, {1000000001, 6}};

	SHOW(utimensat(AT_FDCWD, ".", t, 0));
}

static inline void ops_do_unlink_dir(void)
{
	SHOW(unlink("q"));
}

static inline void ops_directory_times(void)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} ops[] = {
		{"create", ops_do_create},	 {"list", ops_list},
		{"list again", ops_list},	 {"lookup", ops_do_lookup},
		{"chmod", ops_do_chmod_dir},	 {"list", ops_list},
		{"utimens", ops_do_utimens_dir}, {"list", ops_list},
		{"unlink", ops_do_unlink_dir},
	};
	struct stat before, after;

	stat(".", &before);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		ops_next_second();
		ops[i].fn();
		stat(".", &after);
		ops_times(ops[i].name, "directory", &before, &after);
		before = after;
	}
}

static inline void ops_listing(void)
{
	char name[16];
	DIR *d;
	struct dirent *e;
	int seen = 0;

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "q%d", i);
		ops_close(open(name, O_CREAT | O_RDWR, 0600));
	}
	SHOW(unlink("q3"));
	ops_close(open("q3", O_CREAT | O_RDWR, 0600));
	ops_list();
	/* Removing while reading must neither lose nor repeat. */
	d = opendir(".");
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && unlink(e->d_name) == 0)
			seen++;
	rewinddir(d);
	fprintf(ops_out, "removed %d\n", seen);
	while ((e = readdir(d)) != NULL)
		fprintf(ops_out, "entry %s\n", e->d_name);
	closedir(d);
	ops_stat_path(".");
}

static inline void ops_as_nobody(void)
{
	struct stat st;
	char name[16];
	int fd[16], n;

	SHOW(setgroups(0, NULL));
	SHOW(setgid(OPS_NOBODY));
	SHOW(setuid(OPS_NOBODY));
	ops_close(TRY_FD(open("root600", O_RDONLY)));
	ops_close(TRY_FD(open("root604", O_RDONLY)));
	ops_close(TRY_FD(open("root604", O_RDWR)));
	SHOW(access("root604", R_OK));
	SHOW(access("root604", W_OK));
	SHOW(stat("root600", &st));
	SHOW(unlink("root604"));
	SHOW(rename("root604", "x"));
	SHOW(chmod("root604", 0666));
	SHOW(chown("root604", OPS_NOBODY, OPS_NOBODY));
	SHOW(utimensat(AT_FDCWD, "root604", NULL, 0));
	SHOW(truncate("root604", 0));
	SHOW(mkdir("d", 0700));
	SHOW(chmod(".", 0777));
	ops_close(TRY_FD(open("mine", O_CREAT | O_RDWR, 0200)));
	ops_stat_path("mine");
	ops_close(TRY_FD(open("mine", O_RDONLY)));
	SHOW(chmod("mine", 02600));
	ops_stat_path("mine");
	SHOW(chown("mine", 0, -1));
	SHOW(unlink("mine"));
	SHOW(mknod("dev", S_IFCHR | 0600, 0x103));
	ops_list();
	/* RLIMIT_MSGQUEUE counts a user's queues, and a closed and unlinked one no more. */
	for (n = 0; n < 16; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		fd[n] = open(name, O_CREAT | O_RDWR, 0600);
		if (fd[n] < 0)
			break;
	}
	fprintf(ops_out, "%d queues: %s\n", n, strerrorname_np(errno));
	unlink("n0"); /* still open */
	ops_close(TRY_FD(open("more", O_CREAT | O_RDWR, 0600)));
	close(fd[0]);
	for (int i = 0; i < 100; i++) {
		int more = open("more", O_CREAT | O_EXCL | O_RDWR, 0600);

		if (more < 0 || close(more) < 0 || unlink("more") < 0) {
			fprintf(ops_out, "turn %d: %s\n", i, strerrorname_np(errno));
			break;
		}
	}
	while (n-- > 1) {
		snprintf(name, sizeof(name), "n%d", n);
		close(fd[n]);
		unlink(name);
	}
}

static inline void ops_permissions(void)
{
	umask(0);
	ops_close(open("root600", O_CREAT | O_RDWR, 0600));
	ops_close(open("root604", O_CREAT | O_RDWR, 0604));
	fflush(ops_out);
	pid_t child = fork();

	if (child == 0) {
		ops_as_nobody();
		fflush(ops_out);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	SHOW(chmod(".", 0755));
	fflush(ops_out);
	child = fork();
	if (child == 0) {
		SHOW(setuid(OPS_NOBODY));
		ops_close(TRY_FD(open("new", O_CREAT | O_RDWR, 0600)));
		SHOW(unlink("root604"));
		SHOW(mknod("new", S_IFREG, 0));
		fflush(ops_out);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	SHOW(chmod(".", 01777));
	SHOW(unlink("root600"));
	SHOW(unlink("root604"));
	ops_list();
}

/* All of it, in the mqueue directory @dir of the calling process, to @fd. */
static inline void mqueue_view_ops(const char *dir, int fd)
{
	const struct rlimit limit = {819200, 819200};

	ops_out = fdopen(fd, "w");
	SHOW(chdir(dir) == 0 ? 0 : -1);
	SHOW(setrlimit(RLIMIT_MSGQUEUE, &limit));
	ops_create_and_stat();
	ops_names();
	ops_refused();
	ops_files();
	ops_attributes();
	ops_directory_times();
	ops_listing();
	ops_permissions();
	SHOW(chdir("/"));
	fclose(ops_out);
}

#endif
