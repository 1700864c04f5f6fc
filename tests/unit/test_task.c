/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp/task: is the caller identified rightly, by both backends, and is its memory copied as the
 * kernel would? Callers are real children; most stop in a real notification.
 *
 * usage: test_task bpf|proc [bench]
 */
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "seccomp/memory.h"
#include "seccomp/task.h"

#include "confined.h"

static enum task_backend backend;
static struct task_probe *probe;

static uint64_t ns_inum(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static uint64_t ns_inum_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return ns_inum(path);
}

static void open_probe(void)
{
	assert_int_equal(task_probe_open(backend, ns_inum("/proc/self/ns/user"), &probe), 0);
	assert_int_equal(task_probe_backend(probe), backend);
}

static int setup(void **state)
{
	(void)state;
	open_probe();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	task_probe_close(probe);
	return 0;
}

/* Starts @body, waits for its first trapped call, and identifies the caller with @fd. */
static void trap_and_identify(struct confined *c, int (*body)(void *), void *arg, int fd,
			      struct seccomp_notif *n, struct task_ident *id)
{
	assert_int_equal(confined_start(c, body, arg), 0);
	assert_int_equal(notif_recv(c, n, 5000), 0);
	memset(id, 0xff, sizeof(*id));
	assert_int_equal(task_identify(probe, n->pid, fd, id), 0);
	assert_int_equal(ioctl(c->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &n->id), 0);
}

static int call(void);

static int body_call(void *arg)
{
	(void)arg;
	return call();
}

/* One that the product makes is of the kind that loses nothing. Who has no filter has no listener. */
static void test_listener_killable(void **state)
{
	struct confined c = {.listener = -1};
	struct seccomp_notif n;
	struct task_ident id;
	const bool told = backend == TASK_BACKEND_BPF;

	(void)state;
	trap_and_identify(&c, body_call, NULL, -1, &n, &id);
	assert_int_equal(task_listener_killable(probe, (pid_t)n.pid), told ? 1 : -EOPNOTSUPP);
	assert_int_equal(task_listener_killable(probe, getpid()), told ? -ESRCH : -EOPNOTSUPP);
	confined_end(&c);
}

static int call(void)
{
	return syscall(SYS_msgrcv, 0, 0, 0, 0, 0) == 0 ? 0 : 1;
}

/* ---- credentials ---- */

static int body_creds(void *arg)
{
	gid_t groups[] = {7, 5, 6};

	(void)arg;
	umask(0137);
	if (unshare(CLONE_NEWIPC) || setgroups(3, groups) || setresgid(11, 12, 13) ||
	    setresuid(1000, 1001, 1002))
		return 2;
	return call();
}

static void test_creds(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_creds, NULL, -1, &n, &id);
	assert_int_equal(id.cred.tgid, c.pid);
	assert_int_equal(id.cred.tid, c.pid);
	assert_int_equal(id.cred.uid, 1000);
	assert_int_equal(id.cred.euid, 1001);
	assert_int_equal(id.cred.fsuid, 1001);
	assert_int_equal(id.cred.gid, 11);
	assert_int_equal(id.cred.egid, 12);
	assert_int_equal(id.cred.fsgid, 12);
	assert_int_equal(id.cred.umask, 0137);
	assert_int_equal(id.cred.caps, 0);
	assert_int_equal(id.ngroups, 3);
	assert_int_equal(id.cred.ngroups, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(id.cred.groups[i], 5 + i);
	assert_false(id.fd.ok);
	assert_int_equal(id.ipc_ns, ns_inum_of(c.pid, "ipc"));
	assert_int_not_equal(id.ipc_ns, ns_inum("/proc/self/ns/ipc"));
	assert_int_equal(id.user_ns, ns_inum("/proc/self/ns/user"));
	assert_int_equal(id.pid_ns, ns_inum("/proc/self/ns/pid"));
	confined_end(&c);
}

static int body_setuid_between(void *arg)
{
	(void)arg;
	if (call() || setresuid(-1, 4242, -1))
		return 2;
	return call();
}

static void test_creds_are_read_each_time(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_setuid_between, NULL, -1, &n, &id);
	assert_int_equal(id.cred.euid, 0);
	assert_int_equal(notif_send(&c, n.id, 0, 0), 0);
	assert_int_equal(notif_recv(&c, &n, 5000), 0);
	assert_int_equal(task_identify(probe, n.pid, -1, &id), 0);
	assert_int_equal(id.cred.euid, 4242);
	assert_int_equal(id.cred.uid, 0);
	confined_end(&c);
}

/* ---- does it still wait? ---- */

enum { CROWD = 20 };

static void *crowd_thread(void *arg)
{
	(void)arg;
	(void)call();
	return NULL;
}

/* Above the filter with the listener lies another, as in a container whose program sandboxes itself. */
static int body_crowd(void *arg)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {1, all};
	pthread_t t[CROWD];

	(void)arg;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return 2;
	for (int i = 0; i < CROWD; i++)
		if (pthread_create(&t[i], NULL, crowd_thread, NULL))
			return 3;
	for (int i = 0; i < CROWD; i++)
		pthread_join(t[i], NULL);
	return 0;
}

static bool told_to_wait(pid_t tid, uint64_t id)
{
	struct task_ident ident;

	const struct task_question q = {.tid = tid, .fd = -1, .id = id};

	assert_int_equal(task_ask(probe, &q, &ident), 0);
	return ident.waits;
}

static void test_waits(void **state)
{
	struct confined c = {.listener = -1};
	struct seccomp_notif n[CROWD];
	unsigned int known = 0;

	(void)state;
	assert_int_equal(confined_start(&c, body_crowd, NULL), 0);
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(notif_recv(&c, &n[i], 5000), 0);
	for (int i = 0; i < CROWD; i++) {
		known += told_to_wait(n[i].pid, n[i].id);
		assert_false(told_to_wait(n[i].pid, 0));
		assert_false(told_to_wait(n[i].pid, n[(i + 1) % CROWD].id));
		assert_false(told_to_wait(n[i].pid, n[i].id + CROWD));
		assert_false(told_to_wait(c.pid, n[i].id));
	}
	/* BPF looks at the newest only; where it does not know, NOTIF_ID_VALID does. */
	if (backend == TASK_BACKEND_BPF)
		assert_in_range(known, 1, CROWD - 1);
	else
		assert_int_equal(known, 0);
	if (known) {
		assert_true(told_to_wait(n[CROWD - 1].pid, n[CROWD - 1].id));
		/* Answered, it waits for nothing until it ends, if it is not gone already. */
		assert_int_equal(notif_send(&c, n[CROWD - 1].id, 0, 0), 0);
		const struct task_question q = {
			.tid = n[CROWD - 1].pid, .fd = -1, .id = n[CROWD - 1].id};
		struct task_ident ident;

		assert_true(task_ask(probe, &q, &ident) == -ESRCH || !ident.waits);
	}
	confined_end(&c);
}

/* ---- capabilities ---- */

static int body_caps(void *arg)
{
	static const cap_value_t keep[] = {CAP_IPC_OWNER, CAP_FOWNER, CAP_NET_ADMIN};
	cap_t caps = cap_init();

	(void)arg;
	if (cap_set_flag(caps, CAP_EFFECTIVE, 3, keep, CAP_SET) ||
	    cap_set_flag(caps, CAP_PERMITTED, 3, keep, CAP_SET) || cap_set_proc(caps))
		return 2;
	return call();
}

static void test_caps(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_caps, NULL, -1, &n, &id);
	assert_int_equal(id.cred.caps, IPC_CAP_OWNER | IPC_CAP_FOWNER);
	confined_end(&c);
}

static int body_user_ns(void *arg)
{
	(void)arg;
	/* All capabilities, but in a namespace of its own: there they count, and nowhere else. */
	return unshare(CLONE_NEWUSER) ? 2 : call();
}

static void test_other_user_ns_has_own_caps(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_user_ns, NULL, -1, &n, &id);
	assert_int_equal(id.user_ns, ns_inum_of(c.pid, "user"));
	assert_int_not_equal(id.user_ns, ns_inum("/proc/self/ns/user"));
	assert_int_equal(id.cred.user_ns, id.user_ns);
	assert_int_equal(id.cred.caps, IPC_CAP_DAC_OVERRIDE | IPC_CAP_FOWNER);
	assert_true(id.own_admin);
	confined_end(&c);
}

/* ---- groups ---- */

#define MANY 5000

static int body_groups(void *arg)
{
	int n = *(int *)arg;
	gid_t groups[MANY];

	for (int i = 0; i < n; i++)
		groups[i] = 100000 + 2 * i;
	return setgroups(n, groups) ? 2 : call();
}

static void check_groups(int n)
{
	struct confined c;
	struct seccomp_notif notif;
	struct task_ident id;
	int kept = n < IPC_MAX_GROUPS ? n : IPC_MAX_GROUPS;

	trap_and_identify(&c, body_groups, &n, -1, &notif, &id);
	assert_int_equal(id.ngroups, n);
	assert_int_equal(id.cred.ngroups, kept);
	for (int i = 0; i < kept; i++)
		assert_int_equal(id.cred.groups[i], 100000 + 2 * i);
	assert_int_equal(task_in_group(probe, notif.pid, 100000), n > 0);
	assert_int_equal(task_in_group(probe, notif.pid, 100000 + 2 * (n - 1)), n > 0);
	assert_int_equal(task_in_group(probe, notif.pid, 100000 + 2 * n), 0);
	assert_int_equal(task_in_group(probe, notif.pid, 100001), 0);
	confined_end(&c);
}

static void test_groups(void **state)
{
	static const int sizes[] = {0,	 1, IPC_MAX_GROUPS - 1, IPC_MAX_GROUPS, IPC_MAX_GROUPS + 1,
				    MANY};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_groups(sizes[i]);
}

/* ---- start time, threads, pid namespaces, death ---- */

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024] = {0};
	unsigned long long start = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	assert_int_equal(sscanf(strrchr(text, ')') + 2,
				"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
				"%*d %*d %*d %llu",
				&start),
			 1);
	return start;
}

static uint64_t number_of(pid_t pid)
{
	struct stat st;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	return st.st_ino;
}

static int thread_main(void *arg)
{
	(void)arg;
	return call();
}

static int body_thread(void *arg)
{
	static char stack[65536];
	int tid;

	(void)arg;
	prctl(PR_SET_NAME, "a) b (c 1 2");
	usleep(30000); /* the thread starts a tick later than its leader */
	tid = clone(thread_main, stack + sizeof(stack),
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL);
	if (tid < 0)
		return 2;
	pause();
	return 0;
}

static void test_thread_is_named_by_its_leader(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_thread, NULL, -1, &n, &id);
	assert_int_not_equal(n.pid, c.pid);
	assert_int_equal(id.cred.tid, n.pid);
	assert_int_equal(id.cred.tgid, c.pid);
	assert_int_equal(id.start_time, task_probe_backend(probe) == TASK_BACKEND_PROC
						? number_of(c.pid)
						: start_of(c.pid));
	confined_end(&c);
}

static int body_child_pid_ns(void *arg)
{
	pid_t pid;

	(void)arg;
	if (unshare(CLONE_NEWPID))
		return 2;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(call());
	}
	waitpid(pid, NULL, 0);
	return 0;
}

static void test_active_pid_ns(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;

	(void)state;
	trap_and_identify(&c, body_child_pid_ns, NULL, -1, &n, &id);
	assert_int_equal(id.cred.tgid, n.pid);
	assert_int_equal(id.pid_ns, ns_inum_of(n.pid, "pid"));
	assert_int_not_equal(id.pid_ns, ns_inum("/proc/self/ns/pid"));
	confined_end(&c);
}

static void test_dead(void **state)
{
	struct task_ident id;
	pid_t pid = fork();
	siginfo_t info;
	char byte;

	(void)state;
	assert_true(pid >= 0);
	if (!pid)
		_exit(0);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(task_identify(probe, pid, 0, &id), -ESRCH);
	assert_int_equal(task_read(pid, (uintptr_t)&byte, &byte, 1), -ESRCH);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(task_identify(probe, pid, 0, &id), -ESRCH);
	assert_int_equal(task_identify(probe, 0, 0, &id), -ESRCH);
	assert_int_equal(task_in_group(probe, pid, 0), -ESRCH);
	assert_int_equal(task_read(pid, (uintptr_t)&byte, &byte, 1), -ESRCH);
	struct task_memory m;

	assert_int_equal(memory_open(&m, pid), -ESRCH);
}

/* ---- a daemon in a pid namespace of its own ---- */

/* Exit status: 0 right, 1 wrong, 77 the backend does not work there. */
static int nested_check(void)
{
	struct task_probe *p;
	struct task_ident id;
	pid_t pid;
	int err = task_probe_open(backend, 0, &p);

	if (err == -EOPNOTSUPP || err == -EINVAL)
		return SKIP_EXIT;
	if (err)
		return 1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresuid(77, 77, 77))
			_exit(1);
		pause();
	}
	do {
		usleep(1000);
		err = task_identify(p, pid, -1, &id);
	} while (!err && id.cred.uid != 77 && id.cred.tgid == (uint32_t)pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	task_probe_close(p);
	return err || id.cred.uid != 77 || id.cred.tgid != (uint32_t)pid;
}

static void test_nested_daemon(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		/* A /proc of the new namespace: what a daemon in a container has. */
		if (unshare(CLONE_NEWPID | CLONE_NEWNS))
			_exit(1);
		pid = fork();
		if (!pid) {
			if (syscall(SYS_mount, "none", "/", NULL, 1 << 18 | 1 << 14, NULL) ||
			    syscall(SYS_mount, "proc", "/proc", "proc", 0, NULL))
				_exit(SKIP_EXIT);
			_exit(nested_check());
		}
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIP_EXIT) {
		printf("SKIP: no bpf_task_from_vpid() (6.14), or no new pid namespace\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- descriptors ---- */

static int body_files(void *arg)
{
	const char *path = arg;

	if (dup2(open(path, O_RDWR | O_NONBLOCK), 100) != 100 ||
	    dup2(open(path, O_PATH), 101) != 101 ||
	    dup3(open(path, O_WRONLY | O_APPEND), 102, O_CLOEXEC) != 102 ||
	    dup2(socket(AF_UNIX, SOCK_STREAM, 0), 103) != 103)
		return 2;
	return call();
}

static void check_fd(pid_t tid, int fd, const struct stat *st, uint32_t flags)
{
	struct task_ident id;

	assert_int_equal(task_identify(probe, tid, fd, &id), 0);
	assert_true(id.fd.ok);
	assert_int_equal(id.fd.ino, st->st_ino);
	assert_int_equal(id.fd.dev, st->st_dev);
	assert_int_equal(id.fd.flags & (O_ACCMODE | O_NONBLOCK | O_APPEND | O_PATH | O_CLOEXEC),
			 flags);
}

/* References to an open file: descriptors and mappings, split ones too, wherever they are. */
static void test_file_refs(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd[70];
	uint64_t refs[70];

	(void)state;
	for (int i = 0; i < 70; i++)
		fd[i] = memfd_create("refs", MFD_CLOEXEC);
	if (task_probe_backend(probe) != TASK_BACKEND_BPF) {
		assert_int_equal(task_file_refs(probe, fd, 1, refs), -EOPNOTSUPP);
		return;
	}
	assert_int_equal(ftruncate(fd[69], (off_t)(3 * page)), 0);

	char *p = mmap(NULL, 3 * page, PROT_READ, MAP_SHARED, fd[69], 0);

	assert_true(p != MAP_FAILED);
	close(fd[3]);
	assert_int_equal(task_file_refs(probe, fd, 70, refs), 0);
	for (int i = 0; i < 69; i++)
		assert_int_equal(refs[i], i != 3);
	assert_int_equal(refs[69], 2);
	assert_int_equal(munmap(p + page, page), 0);
	assert_int_equal(task_file_refs(probe, fd + 69, 1, refs), 0);
	assert_int_equal(refs[0], 3);

	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(0);
	}
	/* The child has a copy of the descriptor's place, too: one table, one reference. */
	assert_int_equal(task_file_refs(probe, fd + 69, 1, refs), 0);
	assert_int_equal(refs[0], 6);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	munmap(p, page);
	munmap(p + 2 * page, page);
	assert_int_equal(task_file_refs(probe, fd + 69, 1, refs), 0);
	assert_int_equal(refs[0], 1);
	for (int i = 0; i < 70; i++)
		if (i != 3)
			close(fd[i]);
}

static void check_no_fd(pid_t tid, int fd)
{
	struct task_ident id;

	memset(&id, 0xff, sizeof(id));
	assert_int_equal(task_identify(probe, tid, fd, &id), 0);
	assert_false(id.fd.ok);
}

static void test_files(void **state)
{
	char path[] = "/dev/shm/test_task.XXXXXX";
	int file = mkstemp(path);
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	struct stat st;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(fstat(file, &st), 0);
	trap_and_identify(&c, body_files, path, 100, &n, &id);
	unlink(path);
	assert_true(id.fd.ok);
	check_fd(n.pid, 100, &st, O_RDWR | O_NONBLOCK);
	check_fd(n.pid, 101, &st, O_PATH);
	check_fd(n.pid, 102, &st, O_WRONLY | O_APPEND);
	assert_int_equal(task_identify(probe, n.pid, 103, &id), 0);
	assert_true(id.fd.ok);
	assert_int_not_equal(id.fd.dev, st.st_dev);
	check_no_fd(n.pid, 104);
	check_no_fd(n.pid, 1000000);
	check_no_fd(n.pid, INT32_MAX);
	check_no_fd(n.pid, -1);
	check_no_fd(n.pid, INT32_MIN);
	close(file);
	confined_end(&c);
}

struct swap {
	_Atomic int go;
	int file[2];
};

/* A child that shares our target's table swaps fd 100 between two files as fast as it can. */
static int body_swapper(void *arg)
{
	struct swap *s = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (s->go) {
		dup2(s->file[0], 100);
		dup2(s->file[1], 100);
		close(100);
	}
	return 0;
}

static int body_swapped(void *arg)
{
	static char stack[65536];

	if (clone(body_swapper, stack + sizeof(stack), CLONE_VM | CLONE_FILES | SIGCHLD, arg) < 0)
		return 2;
	return call();
}

/* Whatever the race, the answer is one of the two files with its own flags, or no file. */
static void test_descriptor_race(void **state)
{
	struct swap *s = shared_alloc(sizeof(*s));
	unsigned int seen[3] = {0};
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	struct stat st[2];

	(void)state;
	assert_non_null(s);
	s->go = 1;
	for (int i = 0; i < 2; i++) {
		char path[] = "/dev/shm/test_task.XXXXXX";
		int file = mkstemp(path);

		assert_true(file >= 0);
		s->file[i] = open(path, i ? O_WRONLY : O_RDONLY);
		unlink(path);
		close(file);
		assert_int_equal(fstat(s->file[i], &st[i]), 0);
	}
	trap_and_identify(&c, body_swapped, s, -1, &n, &id);
	/* On a busy machine the swapper may need a while to get a processor at all. */
	time_t end = time(NULL) + 20;

	for (int i = 0; i < 20000 || (!(seen[0] && seen[1]) && time(NULL) < end); i++) {
		int which = 2;

		assert_int_equal(task_identify(probe, n.pid, 100, &id), 0);
		if (id.fd.ok) {
			which = id.fd.ino == st[1].st_ino;
			assert_int_equal(id.fd.ino, st[which].st_ino);
			assert_int_equal(id.fd.flags & O_ACCMODE, which ? O_WRONLY : O_RDONLY);
		}
		seen[which]++;
	}
	s->go = 0;
	confined_end(&c);
	close(s->file[0]);
	close(s->file[1]);
	assert_true(seen[0] && seen[1]);
}

/* ---- memory ---- */

#define PAGE 4096

struct memory {
	char *rw;   /* two pages, then a hole */
	char *ro;   /* a page that may only be read */
	char *none; /* a page that may not be touched */
};

static int body_memory(void *arg)
{
	(void)arg;
	return call();
}

static char *map(size_t pages, int prot)
{
	char *p = mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

/* Mapped before the fork, so that we know the child's addresses. */
static void map_memory(struct memory *m)
{
	m->ro = map(1, PROT_READ);
	m->none = map(1, PROT_NONE);
	m->rw = map(3, PROT_READ | PROT_WRITE);
	assert_int_equal(munmap(m->rw + 2 * PAGE, PAGE), 0);
	for (int i = 0; i < 2 * PAGE; i++)
		m->rw[i] = 'a' + i % 26;
}

static void test_memory(void **state)
{
	struct memory m;
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	char buf[3 * PAGE];
	uint64_t rw;

	(void)state;
	map_memory(&m);
	rw = (uintptr_t)m.rw;
	trap_and_identify(&c, body_memory, NULL, -1, &n, &id);

	assert_int_equal(task_read(n.pid, rw + 1, buf, 2 * PAGE - 1), 0);
	assert_memory_equal(buf, m.rw + 1, 2 * PAGE - 1);
	assert_int_equal(task_read(n.pid, rw + 1, buf, 2 * PAGE), -EFAULT);
	assert_int_equal(task_read(n.pid, rw + 2 * PAGE, buf, 1), -EFAULT);
	assert_int_equal(task_read(n.pid, 0, buf, 1), -EFAULT);
	assert_int_equal(task_read(n.pid, UINT64_MAX, buf, 1), -EFAULT);
	assert_int_equal(task_read(n.pid, UINT64_MAX - 1, buf, 4), -EFAULT);
	assert_int_equal(task_read(n.pid, 0xffffffffff600000, buf, 8), -EFAULT);
	assert_int_equal(task_read(n.pid, (uintptr_t)m.none, buf, 1), -EFAULT);
	assert_int_equal(task_read(n.pid, 0, buf, 0), 0);

	struct task_memory to;

	assert_int_equal(memory_open(&to, n.pid), 0);
	assert_int_equal(memory_write(&to, rw + 10, "0123456789", 10), 0);
	assert_int_equal(task_read(n.pid, rw + 9, buf, 12), 0);
	assert_memory_equal(buf, "j0123456789u", 12);
	assert_int_equal(memory_write(&to, (uintptr_t)m.ro, "x", 1), -EFAULT);
	assert_int_equal(task_read(n.pid, (uintptr_t)m.ro, buf, 1), 0);
	assert_int_equal(buf[0], 0);
	assert_int_equal(memory_write(&to, rw + 2 * PAGE - 4, "12345", 5), -EFAULT);
	assert_int_equal(memory_write(&to, 0, "x", 0), 0);
	confined_end(&c);
	/* Bound to that memory, whoever has the tid now. */
	assert_int_equal(memory_write(&to, rw, "x", 1), -ESRCH);
	memory_close(&to);
}

static void *sleeper(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static int body_two_threads(void *arg)
{
	pthread_t t;

	(void)arg;
	return pthread_create(&t, NULL, sleeper, NULL) ? 2 : call();
}

/* By the way, that is only where nobody can make it wait; elsewhere it is left to task_read(). */
static bool copied(const struct seccomp_notif *n, const void *addr, uint32_t len, char *buf)
{
	const struct task_question q = {.tid = (pid_t)n->pid,
					.fd = -1,
					.id = n->id,
					.addr = (uintptr_t)addr,
					.len = len,
					.data = buf};
	struct task_ident id;

	assert_int_equal(task_ask(probe, &q, &id), 0);
	assert_true(!id.copied || id.waits);
	return id.copied;
}

static void test_copy_by_the_way(void **state)
{
	const bool bpf = backend == TASK_BACKEND_BPF;
	struct memory m;
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	char buf[2 * TASK_COPY_MAX];
	char *file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(file, MAP_FAILED);
	map_memory(&m);
	trap_and_identify(&c, body_memory, NULL, -1, &n, &id);
	assert_int_equal(copied(&n, m.rw + 1, 6, buf), bpf);
	if (bpf)
		assert_memory_equal(buf, m.rw + 1, 6);
	assert_int_equal(copied(&n, m.rw + PAGE - 500, TASK_COPY_MAX, buf), bpf);
	if (bpf)
		assert_memory_equal(buf, m.rw + PAGE - 500, TASK_COPY_MAX);
	assert_false(copied(&n, m.rw, TASK_COPY_MAX + 1, buf));
	assert_false(copied(&n, m.rw + 2 * PAGE - 4, 5, buf));
	assert_int_equal(copied(&n, m.rw + 2 * PAGE - 4, 4, buf), bpf);
	assert_false(copied(&n, m.none, 1, buf));
	assert_false(copied(&n, file, 1, buf));
	assert_false(copied(&n, NULL, 1, buf));
	assert_false(copied(&n, (void *)UINT64_MAX, 1, buf));
	assert_false(copied(&n, (void *)0xffffffffff600000, 8, buf));
	n.id++; /* it does not wait for this one */
	assert_false(copied(&n, m.rw + 1, 6, buf));
	confined_end(&c);
	/* With a second thread, what is mapped there can change meanwhile. */
	trap_and_identify(&c, body_two_threads, NULL, -1, &n, &id);
	assert_false(copied(&n, m.rw + 1, 6, buf));
	confined_end(&c);
	munmap(file, PAGE);
}

static void test_strings(void **state)
{
	struct memory m;
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	char buf[2 * PAGE];
	uint64_t end;

	(void)state;
	map_memory(&m);
	memset(m.rw, 'n', 2 * PAGE);
	memcpy(m.rw + PAGE - 3, "across\0", 7);
	strcpy(m.rw + 2 * PAGE - 4, "end");
	end = (uintptr_t)m.rw + 2 * PAGE;
	trap_and_identify(&c, body_memory, NULL, -1, &n, &id);

	assert_int_equal(task_read_str(n.pid, (uintptr_t)m.rw + PAGE - 3, buf, sizeof(buf)), 6);
	assert_string_equal(buf, "across");
	/* The page behind is a hole: reading on into it would fault. */
	assert_int_equal(task_read_str(n.pid, end - 4, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "end");
	assert_int_equal(task_read_str(n.pid, end - 1, buf, sizeof(buf)), 0);
	assert_int_equal(task_read_str(n.pid, end - 4, buf, 4), 3);
	assert_int_equal(task_read_str(n.pid, end - 4, buf, 3), -ENAMETOOLONG);
	assert_int_equal(task_read_str(n.pid, end, buf, sizeof(buf)), -EFAULT);
	assert_int_equal(task_read_str(n.pid, 0, buf, 1), -EFAULT);
	struct task_memory to;

	assert_int_equal(memory_open(&to, n.pid), 0);
	assert_int_equal(memory_write(&to, end - 1, "x", 1), 0);
	memory_close(&to);
	assert_int_equal(task_read_str(n.pid, end - 4, buf, sizeof(buf)), -EFAULT);
	assert_int_equal(task_read_str(n.pid, end - 4, buf, 4), -ENAMETOOLONG);
	confined_end(&c);
}

static int body_rlimit(void *arg)
{
	struct rlimit lim = {12345, 54321};

	(void)arg;
	return setrlimit(RLIMIT_MSGQUEUE, &lim) ? 2 : call();
}

static void test_rlimit(void **state)
{
	struct confined c;
	struct seccomp_notif n;
	struct task_ident id;
	uint64_t soft;

	(void)state;
	trap_and_identify(&c, body_rlimit, NULL, -1, &n, &id);
	assert_int_equal(task_rlimit_msgqueue(id.cred.tgid, &soft), 0);
	assert_int_equal(soft, 12345);
	confined_end(&c);
	assert_int_equal(task_rlimit_msgqueue(c.pid, &soft), -ESRCH);
}

/* ---- measuring ---- */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void bench_one(const char *what, pid_t tid, int fd)
{
	enum { RUNS = 5000 };
	static uint64_t took[RUNS];
	struct task_ident id;

	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now_ns();

		if (task_identify(probe, tid, fd, &id))
			abort();
		took[i] = now_ns() - start;
	}
	qsort(took, RUNS, sizeof(took[0]), by_value);
	printf("%-24s median %6.2f us  p99 %6.2f us\n", what, took[RUNS / 2] / 1e3,
	       took[RUNS * 99 / 100] / 1e3);
}

static void bench(void)
{
	struct confined c;
	struct seccomp_notif n;
	int groups = 3;

	open_probe();
	if (confined_start(&c, body_groups, &groups) || notif_recv(&c, &n, 5000))
		abort();
	bench_one("identify", n.pid, -1);
	bench_one("identify with fd", n.pid, 0);
	bench_one("identify with closed fd", n.pid, 500);
	confined_end(&c);
	task_probe_close(probe);
}

static int skip_all(const char *why)
{
	printf("SKIP: %s\n", why);
	return SKIP_EXIT;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_creds),
		cmocka_unit_test(test_creds_are_read_each_time),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_listener_killable),
		cmocka_unit_test(test_file_refs),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_other_user_ns_has_own_caps),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_thread_is_named_by_its_leader),
		cmocka_unit_test(test_active_pid_ns),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_nested_daemon),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_descriptor_race),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_copy_by_the_way),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_rlimit),
	};
	int err;

	if (argc < 2 || (strcmp(argv[1], "bpf") && strcmp(argv[1], "proc"))) {
		fprintf(stderr, "usage: %s bpf|proc [bench]\n", argv[0]);
		return 2;
	}
	backend = strcmp(argv[1], "bpf") ? TASK_BACKEND_PROC : TASK_BACKEND_BPF;
	if (geteuid())
		return skip_all("needs root (it makes callers with other ids)");
	err = task_probe_open(backend, 0, &probe);
	if (err && backend == TASK_BACKEND_BPF) {
		printf("SKIP: the BPF backend does not load here: %s\n", strerror(-err));
		return SKIP_EXIT;
	}
	if (!err)
		task_probe_close(probe);
	if (argc > 2 && !strcmp(argv[2], "bench")) {
		bench();
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
