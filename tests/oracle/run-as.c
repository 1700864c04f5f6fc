/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Executes a program as somebody else, for run-scenario: `run-as WHO PROGRAM`, as root. It is started
 * inside the namespaces of a run, native or confined, so it changes both in the same way.
 *
 *	nobody   uid and gid 65534, no other groups, no capabilities
 *	userns   root of a child user namespace, where only ids 0 and 65534 are mapped, to themselves:
 *		 the owner of what root made, and yet without privilege over the IPC namespace
 *	shifted  root of a child user namespace whose ids are others outside: uid n is 100000 + n
 *	pidns    pid 1 of a child pid namespace, with a proc file system of its own
 *
 * In the new proc file system the namespace's views are what they were: whatever was mounted below
 * /proc is mounted there again. Natively nothing was.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif

#define NOBODY 65534
#define STATUS_FAILED 99
#define VIEWS_MAX 64

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "run-as: %s: %s\n", what, strerror(errno));
	exit(STATUS_FAILED);
}

static void need(int result, const char *what)
{
	if (result < 0)
		die(what);
}

static void become_nobody(void)
{
	need(setgroups(0, NULL), "setgroups");
	need(setresgid(NOBODY, NOBODY, NOBODY), "setresgid");
	need(setresuid(NOBODY, NOBODY, NOBODY), "setresuid");
}

static void write_map(pid_t pid, const char *which, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	need(fd, path);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

/* Only a process outside may write more than one line: a child, so that the caller stays the caller. */
static void enter_user_namespace(const char *map)
{
	pid_t self = getpid(), writer;
	int ready[2], status;
	char byte;

	need(pipe2(ready, O_CLOEXEC), "pipe");
	writer = fork();
	need(writer, "fork");
	if (writer == 0) {
		close(ready[1]);
		(void)!read(ready[0], &byte, 1);
		write_map(self, "uid_map", map);
		write_map(self, "gid_map", map);
		_exit(0);
	}
	need(unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)");
	close(ready[1]);
	close(ready[0]);
	if (waitpid(writer, &status, 0) < 0 || status != 0)
		die("the maps of the user namespace");
	need(setresgid(0, 0, 0), "setresgid");
	need(setresuid(0, 0, 0), "setresuid");
}

/* What is mounted below /proc, held open: the paths will lead elsewhere. */
struct view {
	char path[256];
	int tree;
};

static int open_views(struct view views[VIEWS_MAX])
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	int n = 0;

	if (!mounts)
		die("mountinfo");
	while (n < VIEWS_MAX && fgets(line, sizeof(line), mounts)) {
		struct view *v = &views[n];

		if (sscanf(line, "%*s %*s %*s %*s %255s", v->path) != 1 ||
		    strncmp(v->path, "/proc/", 6) != 0)
			continue;
		v->tree =
			(int)syscall(SYS_open_tree, AT_FDCWD, v->path, OPEN_TREE_CLONE | O_CLOEXEC);
		/* It may be hidden below a later mount. */
		if (v->tree >= 0)
			n++;
	}
	fclose(mounts);
	return n;
}

static void become_init(void)
{
	struct view views[VIEWS_MAX];
	int n, status;
	pid_t pid;

	need(unshare(CLONE_NEWNS | CLONE_NEWPID), "unshare(CLONE_NEWPID)");
	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	n = open_views(views);
	pid = fork();
	need(pid, "fork");
	if (pid > 0) {
		if (waitpid(pid, &status, 0) < 0)
			die("wait");
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	need(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
	need(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount proc");
	for (int i = 0; i < n; i++) {
		/* A path that the new /proc lacks (a process's) shows nothing of a namespace. */
		if (access(views[i].path, F_OK) == 0)
			need((int)syscall(SYS_move_mount, views[i].tree, "", AT_FDCWD,
					  views[i].path, MOVE_MOUNT_F_EMPTY_PATH),
			     views[i].path);
		close(views[i].tree);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: run-as nobody|userns|shifted|pidns PROGRAM [ARG...]\n");
		return 2;
	}
	if (strcmp(argv[1], "nobody") == 0) {
		become_nobody();
	} else if (strcmp(argv[1], "userns") == 0) {
		enter_user_namespace("0 0 1\n65534 65534 1\n");
	} else if (strcmp(argv[1], "shifted") == 0) {
		enter_user_namespace("0 100000 1000000\n");
	} else if (strcmp(argv[1], "pidns") == 0) {
		become_init();
	} else {
		fprintf(stderr, "run-as: who is %s?\n", argv[1]);
		return 2;
	}
	execv(argv[2], argv + 2);
	die(argv[2]);
}
