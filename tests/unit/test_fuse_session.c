/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has no native counterpart by path: the opener, closing and registrations, wake-ups of
 * poll(2), a session that ends, mounts. Needs root and /dev/fuse.
 */
#include "fuse_fixture.h"

#include <dirent.h>
#include <sys/epoll.h>
#include <sys/statvfs.h>

/* A queue made on the loop, as a trapped mq_open(2) does. */
struct made {
	const char *name;
	uint64_t ino;
};

static int open_queue(struct ipcns_fuse *f, uint64_t ino, const char *name, int oflags)
{
	int dirfd = -1;
	int fd = ipcns_fuse_open_queue(f, &dirfd, ino, name, oflags);

	if (dirfd >= 0)
		close(dirfd);
	return fd;
}

static void make_on_loop(struct world *w, void *arg)
{
	struct made *m = arg;
	const struct ipc_cred cred = {.caps = IPC_CAP_SYS_RESOURCE};
	aref mq;

	if (mqueue_create(&w->ns, &cred, m->name, strlen(m->name), 0600, NULL, UINT64_MAX, &mq) < 0)
		return;
	m->ino = mq_get(&w->ns, mq)->ino;
	mqueue_ref(&w->ns, mq); /* the open under way */
}

static uint64_t make(struct world *w, const char *name)
{
	struct made m = {.name = name};

	on_loop(w, make_on_loop, &m);
	assert_true(m.ino != 0);
	return m.ino;
}

static void unref_on_loop(struct world *w, void *arg)
{
	mqueue_unref(&w->ns, mqueue_by_ino(&w->ns, *(uint64_t *)arg));
}

static void unlink_on_loop(struct world *w, void *arg)
{
	mqueue_unlink(&w->ns, mqueue_by_ino(&w->ns, *(uint64_t *)arg));
}

static void unlink_by_name_on_loop(struct world *w, void *arg)
{
	const char *name = arg;

	mqueue_unlink(&w->ns, mqueue_find(&w->ns, name, strlen(name)));
}

static void send_on_loop(struct world *w, void *arg)
{
	struct ipc_slot *s = slot_alloc(&w->ns);

	if (ipc_msg_alloc(&w->ns.mq_body, 1, &s->u.mq.msg) == 0)
		mqueue_send(&w->ns, s, mqueue_by_ino(&w->ns, *(uint64_t *)arg), true);
	slot_free(&w->ns, s);
}

static void count_on_loop(struct world *w, void *arg)
{
	*(uint64_t *)arg = mqueue_count(&w->ns);
}

static uint64_t count(struct world *w)
{
	uint64_t n = UINT64_MAX;

	on_loop(w, count_on_loop, &n);
	return n;
}

/* The path that /proc shows for a descriptor. */
static const char *path_of(int fd)
{
	static char path[PATH_MAX];
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = 0;
	return path;
}

static void opener_finds_queues_by_number(void **state)
{
	struct world *w = *state;
	uint64_t ino = make(w, "q"), other;
	struct stat st;
	char name[64];
	int fd = open_queue(w->fuse, ino, "q", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_ino, ino);
	assert_int_equal(st.st_dev, ipcns_fuse_st_dev(w->fuse));
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_string_equal(path_of(fd), "/q");
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);

	/* The name has gone to another queue: the number still finds the first. */
	on_loop(w, unlink_on_loop, &ino);
	other = make(w, "q");
	assert_true(other != ino);
	int again = open_queue(w->fuse, ino, "q", O_RDONLY);

	assert_true(again >= 0);
	assert_int_equal(fstat(again, &st), 0);
	assert_int_equal(st.st_ino, ino);
	assert_int_equal(st.st_nlink, 0);
	close(again);
	again = open_queue(w->fuse, other, "q", O_RDONLY);
	assert_true(again >= 0);
	assert_string_equal(path_of(again), "/q");
	close(again);
	assert_int_equal(open_queue(w->fuse, other + 1, "q", O_RDONLY), -ENOENT);
	assert_int_equal(open_queue(w->fuse, MQ_ROOT_INO, NULL, O_RDONLY), -ENOENT);

	/* Nobody else finds a number, not even while the kernel remembers the name. */
	fd = open_queue(w->fuse, ino, NULL, O_RDONLY);
	assert_true(fd >= 0);
	snprintf(name, sizeof(name), ".ipcns-queue-%llu", (unsigned long long)ino);
	pid_t child = fork_child(w);

	if (child == 0) {
		enter_view(w, "mqueue");
		_exit(open(name, O_RDONLY) >= 0 ? 1 : errno);
	}
	assert_int_equal(exit_status(child), ENOENT);
	close(fd);
}

static void last_close_frees_an_unlinked_queue(void **state)
{
	struct world *w = *state;
	uint64_t ino = make(w, "q");
	int fd = open_queue(w->fuse, ino, "q", O_RDWR), copy = dup(fd);

	on_loop(w, unref_on_loop, &ino); /* the open is through */
	on_loop(w, unlink_on_loop, &ino);
	close(fd);
	assert_int_equal(count(w), 1);
	close(copy);
	assert_int_equal(count(w), 0); /* without any waiting */

	ino = make(w, "q");
	fd = open_queue(w->fuse, ino, "q", O_RDWR);
	on_loop(w, unref_on_loop, &ino);
	on_loop(w, unlink_on_loop, &ino);
	pid_t child = fork_child(w);

	if (child == 0) {
		pause();
		_exit(1);
	}
	close(fd);
	assert_int_equal(count(w), 1); /* the child has it */
	kill(child, SIGKILL);
	assert_int_equal(exit_status(child), 128 + SIGKILL);
	assert_int_equal(count(w), 0);
}

struct registering {
	uint64_t ino;
	uint32_t tgid;
	unsigned unregistered; /* out */
};

static void register_on_loop(struct world *w, void *arg)
{
	struct registering *r = arg;
	const struct mq_registration reg = {.notify = SIGEV_NONE, .sock = -1};

	mqueue_notify(&w->ns, mqueue_by_ino(&w->ns, r->ino), r->tgid, &reg);
}

static void unregistered_on_loop(struct world *w, void *arg)
{
	((struct registering *)arg)->unregistered = w->unregistered;
}

static unsigned unregistered(struct world *w)
{
	struct registering r;

	on_loop(w, unregistered_on_loop, &r);
	return r.unregistered;
}

static void *close_in_thread(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

static void closing_ends_a_registration(void **state)
{
	struct world *w = *state;
	struct registering r = {.ino = make(w, "q"), .tgid = (uint32_t)getpid()};
	int fd = open_queue(w->fuse, r.ino, "q", O_RDWR);
	char text[100];
	pthread_t thread;

	assert_true(fd >= 0);
	on_loop(w, register_on_loop, &r);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	assert_true(n > 0);
	text[n] = 0;
	unsigned pid = 0;

	assert_int_equal(sscanf(text, "QSIZE:0 NOTIFY:1 SIGNO:0 NOTIFY_PID:%u", &pid), 1);
	assert_int_equal(pid, getpid() + 100000); /* the hook's */

	/* Somebody else's close, by hand and by exit, ends nothing. */
	pid_t child = fork_child(w);

	if (child == 0)
		_exit(close(dup(fd)));
	assert_int_equal(exit_status(child), 0);
	assert_int_equal(unregistered(w), 0);

	/* Any close of this process does, of any descriptor, by any thread, before it returns. */
	int copy = dup(fd);

	assert_int_equal(pthread_create(&thread, NULL, close_in_thread, &copy), 0);
	pthread_join(thread, NULL);
	assert_int_equal(unregistered(w), 1);
	on_loop(w, register_on_loop, &r);
	copy = dup(fd);
	dup2(STDIN_FILENO, copy);
	assert_int_equal(unregistered(w), 2);
	close(copy);

	/* So does the end of the process. */
	child = fork_child(w);
	if (child == 0) {
		pause();
		_exit(1);
	}
	r.tgid = (uint32_t)child;
	on_loop(w, register_on_loop, &r);
	kill(child, SIGKILL);
	assert_int_equal(exit_status(child), 128 + SIGKILL);
	assert_int_equal(unregistered(w), 3);
	close(fd);
}

/* The child tells by a byte that it is about to wait. */
static void wait_until_asleep(int ready)
{
	char c;

	assert_int_equal(read(ready, &c, 1), 1);
	usleep(30000);
}

static int poll_and_epoll(int fd, int ready)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (write(ready, "", 1) != 1 || poll(&p, 1, 10000) != 1 || p.revents != POLLIN)
		return 1;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0 || epoll_wait(ep, &ev, 1, 1000) != 1)
		return 2;
	/* Edge-triggered: nothing more until something changes. */
	if (epoll_wait(ep, &ev, 1, 100) != 0)
		return 3;
	if (write(ready, "", 1) != 1 || epoll_wait(ep, &ev, 1, 10000) != 1 || ev.events != EPOLLIN)
		return 4;
	return 0;
}

static void change_of_a_queue_wakes_poll(void **state)
{
	struct world *w = *state;
	uint64_t ino = make(w, "q"), other = make(w, "other");
	int fd = open_queue(w->fuse, ino, "q", O_RDONLY), ready[2];

	assert_true(fd >= 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t child = fork_child(w);

	if (child == 0)
		_exit(poll_and_epoll(fd, ready[1]));
	wait_until_asleep(ready[0]);
	on_loop(w, send_on_loop, &other); /* not this one */
	on_loop(w, send_on_loop, &ino);
	wait_until_asleep(ready[0]);
	on_loop(w, send_on_loop, &ino);
	assert_int_equal(exit_status(child), 0);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

static void make_many(struct world *w, void *arg)
{
	const struct ipc_cred cred = {.caps = IPC_CAP_SYS_RESOURCE};
	char name[32];
	aref mq;

	for (int i = 0; i < *(int *)arg; i++) {
		int len = snprintf(name, sizeof(name), "queue.%d", i);

		mqueue_create(&w->ns, &cred, name, (size_t)len, 0600, NULL, UINT64_MAX, &mq);
	}
}

/* In a child: list all, newest first, while removing every third. */
static int list_many(int n)
{
	DIR *d = opendir(".");
	struct dirent *e;
	int want = n - 1, i;

	while ((e = readdir(d)) != NULL) {
		if (sscanf(e->d_name, "queue.%d", &i) != 1)
			continue;
		if (i != want--)
			return 1;
		if (i % 3 == 0 && unlink(e->d_name) < 0)
			return 2;
	}
	closedir(d);
	return want == -1 ? 0 : 3;
}

/* A creation that finds no room, in a child. Its exit status is the errno. */
static pid_t create_in_child(struct world *w, const char *name, bool node)
{
	pid_t child = fork_child(w);

	if (child == 0) {
		enter_view(w, "mqueue");
		/* The limit of queues does not hold for CAP_SYS_RESOURCE, which the fixture denies. */
		int r = node ? mknod(name, S_IFREG | 0600, 0) : open(name, O_CREAT | O_RDWR, 0600);

		_exit(r < 0 ? errno : 0);
	}
	return child;
}

struct wait_for {
	bool puts_off;
};

static void puts_off_on_loop(struct world *w, void *arg)
{
	((struct wait_for *)arg)->puts_off = ipcns_fuse_puts_off(w->fuse);
}

static void until_put_off(struct world *w)
{
	struct wait_for now = {false};

	for (int i = 0; i < 5000 && !now.puts_off; i++) {
		usleep(1000);
		on_loop(w, puts_off_on_loop, &now);
	}
	assert_true(now.puts_off);
}

static void full_on_loop(struct world *w, void *arg)
{
	ipc_limits(&w->ns)->mq_queues_max = 1;
	w->room_due = *(uint64_t *)arg;
}

static void room_back_on_loop(struct world *w, void *arg)
{
	ipcns_fuse_room_back(w->fuse, *(uint64_t *)arg);
}

static bool has_ended(pid_t child)
{
	siginfo_t si = {0};

	assert_int_equal(waitid(P_PID, (id_t)child, &si, WEXITED | WNOHANG | WNOWAIT), 0);
	return si.si_pid == child;
}

static void creation_waits_for_room(void **state)
{
	struct world *w = *state;
	uint64_t ino = make(w, "q");
	pid_t child;

	/* Nothing is due: refused at once. */
	on_loop(w, full_on_loop, &(uint64_t){0});
	assert_int_equal(exit_status(create_in_child(w, "file", false)), ENOSPC);

	/* Something is, and it comes. What else comes is not it. */
	on_loop(w, full_on_loop, &(uint64_t){7});
	for (int node = 0; node < 2; node++) {
		child = create_in_child(w, "file", node);
		until_put_off(w);
		on_loop(w, room_back_on_loop, &(uint64_t){6});
		until_put_off(w);
		assert_false(has_ended(child));
		on_loop(w, unlink_on_loop, &ino);
		on_loop(w, unref_on_loop, &ino);
		on_loop(w, room_back_on_loop, &(uint64_t){7});
		assert_int_equal(exit_status(child), 0);
		assert_int_equal(count(w), 1);
		on_loop(w, unlink_by_name_on_loop, "file");
		ino = make(w, "q");
	}

	/* It comes, and was not what would have helped. */
	child = create_in_child(w, "file", false);
	until_put_off(w);
	on_loop(w, room_back_on_loop, &(uint64_t){7});
	assert_int_equal(exit_status(child), ENOSPC);

	/* It does not come. */
	child = create_in_child(w, "file", false);
	until_put_off(w);
	usleep(600000);
	on_loop(w, room_back_on_loop, &(uint64_t){0});
	assert_int_equal(exit_status(child), ENOSPC);

	/* The session ends. */
	child = create_in_child(w, "file", false);
	until_put_off(w);
	on_loop(w, close_session, NULL);
	assert_int_not_equal(exit_status(child), 0);
}

static void long_directory(void **state)
{
	struct world *w = *state;
	int n = 3000;

	on_loop(w, make_many, &n);
	pid_t child = fork_child(w);

	if (child == 0) {
		enter_view(w, "mqueue");
		_exit(list_many(n));
	}
	assert_int_equal(exit_status(child), 0);
	assert_int_equal(count(w), n / 3 * 2);
}

static void ended_session_fails_cleanly(void **state)
{
	struct world *w = *state;
	uint64_t ino = make(w, "q");
	int fd = open_queue(w->fuse, ino, "q", O_RDWR), ready[2];
	char c;

	assert_true(fd >= 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t child = fork_child(w);

	if (child == 0) {
		struct stat st;

		enter_view(w, "mqueue");
		if (stat("q", &st) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (int i = 0; i < 1000 && stat("q", &st) == 0; i++)
			usleep(1000);
		int err = errno;

		_exit(err == ENOTCONN || err == ECONNABORTED ? 0 : 2);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	on_loop(w, close_session, NULL);
	assert_int_equal(exit_status(child), 0);
	assert_int_equal(read(fd, &c, 1), -1);
	assert_int_equal(errno, ENOTCONN);
	close(fd);
	close(ready[0]);
	close(ready[1]);
}

static int mounted_in_place(const struct world *w)
{
	char dev[64], sub[80];
	struct statvfs fs;

	snprintf(dev, sizeof(dev), "%s/dev", w->dir);
	snprintf(sub, sizeof(sub), "%s/mqueue", dev);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", w->dir, "tmpfs", 0, NULL) < 0)
		return 1;
	if (ipcns_mkdir_p(sub, 0755) < 0 || ipcns_mkdir_p(sub, 0755) < 0)
		return 2;
	int tree = ipcns_mount_clone(ipcns_fuse_mount_fd(w->fuse), "mqueue");

	if (tree < 0 || ipcns_mount_attach(tree, sub) < 0)
		return 3;
	close(tree);
	if (statvfs(sub, &fs) < 0 ||
	    (fs.f_flag & (ST_NOSUID | ST_NODEV | ST_NOEXEC)) != (ST_NOSUID | ST_NODEV | ST_NOEXEC))
		return 4;
	if (access(sub, W_OK) < 0 || chdir(sub) < 0 || access("q", R_OK) < 0)
		return 5;
	/* A file where a directory should be; a subtree that is not there. */
	if (ipcns_mkdir_p("q/dir", 0755) != -ENOTDIR || ipcns_mkdir_p("", 0755) != -ENOENT)
		return 6;
	return ipcns_mount_clone(ipcns_fuse_mount_fd(w->fuse), "no") == -ENOENT ? 0 : 7;
}

static void mounting_in_a_mount_namespace(void **state)
{
	struct world *w = *state;

	make(w, "q");
	pid_t child = fork_child(w);

	if (child == 0)
		_exit(mounted_in_place(w));
	assert_int_equal(exit_status(child), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opener_finds_queues_by_number),
		TEST(last_close_frees_an_unlinked_queue),
		TEST(closing_ends_a_registration),
		TEST(change_of_a_queue_wakes_poll),
		TEST(creation_waits_for_room),
		TEST(long_directory),
		TEST(ended_session_fails_cleanly),
		TEST(mounting_in_a_mount_namespace),
	};

	if (access("/dev/fuse", R_OK | W_OK) < 0 || geteuid() != 0) {
		printf("SKIP: needs root and /dev/fuse\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
