/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A namespace with its FUSE session, served by a thread as the daemon's loop would, for the tests of
 * fuse/. Tests reach into the namespace by on_loop(): a function that runs between two requests.
 *
 * Children are forked with a lifetime: they die with the test and never hold /dev/fuse, so a failing
 * test cannot leave anyone waiting.
 */
#ifndef TESTS_FUSE_FIXTURE_H
#define TESTS_FUSE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuse/mount.h"
#include "fuse/session.h"
#include "ipc/config.h"
#include "ipc/mqueue.h"

#define FIXTURE_TIMEOUT 60 /* s */

struct world {
	struct ipc_ns ns;
	struct ipcns_fuse *fuse;
	pthread_t loop;
	int control[2]; /* [0] ours, [1] the loop's */
	char dir[32];	/* an empty directory for mounts */
	unsigned unregistered;
	uint64_t room_due; /* what the hook of that name says */
	bool closed;
};

struct request {
	void (*fn)(struct world *w, void *arg);
	void *arg;
};

static inline int read_status(pid_t tid, const char *file, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -ESRCH;
	ssize_t n = read(fd, buf, size - 1);

	close(fd);
	buf[n > 0 ? n : 0] = 0;
	return n > 0 ? 0 : -ESRCH;
}

static inline int hook_identify(void *ctx, pid_t tid, struct ipc_cred *out)
{
	char buf[4096];
	const char *uid;
	int r = read_status(tid, "status", buf, sizeof(buf));

	(void)ctx;
	if (r < 0)
		return r;
	uid = strstr(buf, "\nUid:");
	if (!uid || sscanf(uid, "\nUid: %u", &out->uid) != 1)
		return -ESRCH;
	return 0;
}

static inline int hook_rlimit(void *ctx, pid_t tid, uint64_t *soft)
{
	char buf[4096];
	const char *line;
	unsigned long value;
	int r = read_status(tid, "limits", buf, sizeof(buf));

	(void)ctx;
	if (r < 0)
		return r;
	line = strstr(buf, "Max msgqueue size");
	if (!line || sscanf(line, "Max msgqueue size %lu", &value) != 1)
		return -ESRCH;
	*soft = value;
	return 0;
}

/* A reader's view of pids that no real one can be mistaken for. */
static inline uint32_t hook_pid(void *ctx, uint32_t tgid,
				const struct ipcns_fuse_reader *who)
{
	(void)ctx, (void)who;
	return tgid + 100000;
}

static inline uint64_t hook_room_due(void *ctx)
{
	return ((struct world *)ctx)->room_due;
}

static inline void world_poll(void *ctx, aref mq)
{
	struct world *w = ctx;

	if (w->fuse)
		ipcns_fuse_notify_poll(w->fuse, mq);
}

static inline void world_unregister(void *ctx, const struct mq_registration *reg)
{
	struct world *w = ctx;

	(void)reg;
	w->unregistered++;
}

static inline void *loop_main(void *arg)
{
	struct world *w = arg;
	struct pollfd p[2] = {{.fd = ipcns_fuse_fd(w->fuse), .events = POLLIN},
			      {.fd = w->control[1], .events = POLLIN}};
	struct request r;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents && ipcns_fuse_serve(w->fuse) < 0)
			p[0].fd = -1;
		if (!p[1].revents)
			continue;
		if (read(w->control[1], &r, sizeof(r)) != sizeof(r))
			return NULL;
		while (p[0].fd >= 0 && ipcns_fuse_serve(w->fuse) > 0)
			;
		r.fn(w, r.arg);
		if (w->closed)
			p[0].fd = -1;
		if (write(w->control[1], "", 1) != 1)
			return NULL;
	}
}

/* Run @fn on the loop's thread, after everything that was requested before; waits for its end. */
static inline void on_loop(struct world *w, void (*fn)(struct world *, void *), void *arg)
{
	const struct request r = {fn, arg};
	char c;

	assert_int_equal(write(w->control[0], &r, sizeof(r)), sizeof(r));
	assert_int_equal(read(w->control[0], &c, 1), 1);
}

static inline void close_session(struct world *w, void *arg)
{
	(void)arg;
	ipcns_fuse_close(w->fuse);
	w->fuse = NULL;
	w->closed = true;
}

static inline int world_begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char dir[] = "/dev/shm/test_fuse.XXXXXX";
	const struct ipc_env env = {
		.ctx = w, .mq_poll = world_poll, .mq_unregister = world_unregister};
	const struct ipcns_fuse_hooks hooks = {.ctx = w,
					       .identify = hook_identify,
					       .rlimit_msgqueue = hook_rlimit,
					       .pid_for_reader = hook_pid,
					       .room_due = hook_room_due};
	static const char *const names[] = {
		"ns",	       "calls",	     "msg.records",    "msg.bodies",
		"sem.records", "sem.bodies", "mqueue.records", "mqueue.bodies"};

	assert_non_null(w);
	assert_non_null(mkdtemp(dir));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ipc_ns_create(&w->ns, fd, &env), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		/* A build has files for the families that it has. */
		assert_true(unlinkat(fd, names[i], 0) == 0 || (!IPCNS_COMPLETE && errno == ENOENT));
	close(fd);
	strcpy(w->dir, dir);
	assert_int_equal(ipcns_fuse_open(&w->ns, &hooks, &w->fuse), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, w->control), 0);
	assert_int_equal(pthread_create(&w->loop, NULL, loop_main, w), 0);
	ipcns_fuse_set_opener(w->fuse, gettid());
	*state = w;
	return 0;
}

static inline int world_end(void **state)
{
	struct world *w = *state;

	if (!w->closed)
		on_loop(w, close_session, NULL);
	close(w->control[0]);
	pthread_join(w->loop, NULL);
	close(w->control[1]);
	ipc_ns_close(&w->ns);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

/* fork() for a test. Return: 0 in the child. */
static inline pid_t fork_child(const struct world *w)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(FIXTURE_TIMEOUT);
		if (w->fuse)
			close(ipcns_fuse_fd(w->fuse));
	}
	return child;
}

/* In a child: a mount namespace of its own, with @subtree of the session at w->dir. 0 or exits. */
static inline void enter_view(const struct world *w, const char *subtree)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(101);
	int tree = ipcns_mount_clone(ipcns_fuse_mount_fd(w->fuse), subtree);

	if (tree < 0 || ipcns_mount_attach(tree, w->dir) < 0 || chdir(w->dir) < 0)
		_exit(102);
	close(tree);
}

static inline int exit_status(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
