/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Worker processes as the parent sees them: start, command, end. Only the parent calls this file.
 *
 * Every child is this program again (for KIND_TRAP and KIND_SHIM: run by ipcnsctl) with the two ends of a pipe
 * pair as its standard input and output; what it says there is worker.c's protocol, and what goes
 * wrong between fork and exec is told in the same way.
 *
 * Nothing outlives the parent: descriptors are close-on-exec, so each worker sees the end of its
 * own input; children are told of the parent's death by signal; and the parent's own signals are
 * blocked except while it waits here, so each of them passes through bench_interrupted().
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A trapped worker with 10,000 objects or 1000 threads to set up must fit in. */
#define ANSWER_TIMEOUT_NS (60 * UINT64_C(1000000000))
/*
 * To remove its objects and exit at the end of its input: with leisure, or when we were asked to
 * stop or the worker is in trouble, about a batch's length. And the same after SIGTERM.
 */
#define EXIT_TIMEOUT_NS (10 * UINT64_C(1000000000))
#define HURRY_TIMEOUT_NS UINT64_C(500000000)
#define TERM_TIMEOUT_NS (3 * UINT64_C(1000000000))

static volatile sig_atomic_t caught;
static sigset_t wait_mask;

static void on_signal(int sig)
{
	caught = sig;
}

int child_catch_signals(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct sigaction old;

		/* nohup(1) and shells' background jobs ignore some, and that stays so */
		if (sigaction(sigs[i], NULL, &old) < 0)
			return -errno;
		if (old.sa_handler == SIG_IGN)
			continue;
		if (sigaction(sigs[i], &sa, NULL) < 0)
			return -errno;
		sigaddset(&mask, sigs[i]);
	}
	sa.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &sa, NULL) < 0 || sigprocmask(SIG_BLOCK, &mask, &wait_mask) < 0)
		return -errno;
	return 0;
}

int bench_interrupted(void)
{
	return caught;
}

/*
 * Wait for fd to be readable. 0, -ETIMEDOUT at the deadline, or, if the wait may be interrupted,
 * -EINTR.
 */
static int wait_readable(int fd, uint64_t deadline, bool interruptible)
{
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		uint64_t now = bench_now();
		uint64_t left = deadline > now ? deadline - now : 0;
		struct timespec ts = {.tv_sec = (time_t)(left / 1000000000u),
				      .tv_nsec = (long)(left % 1000000000u)};
		int n;

		if (interruptible && caught)
			return -EINTR;
		n = ppoll(&pfd, 1, &ts, interruptible ? &wait_mask : NULL);
		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

int bench_sleep(uint64_t ns)
{
	int err = wait_readable(-1, bench_now() + ns, true);

	return err == -ETIMEDOUT ? 0 : err;
}

/*
 * Become a task of a fresh kernel IPC namespace. Without CAP_SYS_ADMIN a user namespace of our own
 * gives it. mq_open(3) needs no mount; but where /dev/mqueue is one, it would still show the
 * queues of the namespace that we left, so it is covered, in a mount namespace that goes with us.
 */
static int enter_fresh_namespace(void)
{
	if (unshare(CLONE_NEWIPC | CLONE_NEWNS) < 0) {
		if (errno != EPERM)
			return -errno;
		if (unshare(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWNS) < 0)
			return -errno;
	}
	if (access("/dev/mqueue", F_OK) < 0)
		return 0;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return -errno;
	return 0;
}

/* The child between fork and exec; it never returns. */
static void __attribute__((noreturn))
exec_worker(enum bench_kind kind, const struct bench_case *c, const struct bench_options *opt,
	    const int in[2], const int out[2], pid_t parent)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	const bool confined = kind == KIND_TRAP || kind == KIND_SHIM;
	const char *argv[10];
	char count[16];
	int n = 0, err;

	snprintf(count, sizeof(count), "%u", opt->idle_count);
	/* ipcnsctl is to end its tree in good order; the others have nothing to put in order. */
	prctl(PR_SET_PDEATHSIG, confined ? SIGTERM : SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
		_exit(1);
	if (opt->pinned && sched_setaffinity(0, sizeof(opt->cpus), &opt->cpus) < 0) {
		dprintf(STDOUT_FILENO, "error cannot pin the worker: %s\n", strerror(errno));
		_exit(1);
	}
	err = kind == KIND_NATIVE ? enter_fresh_namespace() : 0;
	if (err) {
		dprintf(STDOUT_FILENO, "error no fresh IPC namespace: %s\n", strerror(-err));
		_exit(1);
	}
	if (confined) {
		argv[n++] = opt->ipcnsctl;
		argv[n++] = "run";
		if (kind == KIND_SHIM)
			argv[n++] = "--shim";
		argv[n++] = "--";
	}
	argv[n++] = opt->self;
	argv[n++] = kind == KIND_BARE ? "--bare-worker" : "--worker";
	argv[n++] = c->name;
	argv[n++] = "--count";
	argv[n++] = count;
	argv[n] = NULL;
	sigaction(SIGPIPE, &dfl, NULL);
	sigprocmask(SIG_SETMASK, &wait_mask, NULL);
	execv(argv[0], (char *const *)argv);
	dprintf(STDOUT_FILENO, "error cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(1);
}

/* Say in child->error how a worker that closed its pipe has ended. */
static void explain_end(struct bench_child *child)
{
	int status = 0;

	if (wait_readable(child->pidfd, bench_now() + TERM_TIMEOUT_NS, true)) {
		snprintf(child->error, sizeof(child->error), "the worker closed its output");
		return;
	}
	waitpid(child->pid, &status, 0);
	child->pid = 0;
	if (WIFSIGNALED(status))
		snprintf(child->error, sizeof(child->error), "the worker was killed by signal %d",
			 WTERMSIG(status));
	else
		snprintf(child->error, sizeof(child->error), "the worker ended with status %d",
			 WEXITSTATUS(status));
}

/* Read one line, without its end, into buf; an "error TEXT" line becomes -EREMOTEIO. */
static int read_answer(struct bench_child *child, char *buf, size_t size)
{
	uint64_t deadline = bench_now() + ANSWER_TIMEOUT_NS;
	size_t len = 0;

	for (;;) {
		int err = wait_readable(child->from, deadline, true);
		ssize_t got;

		if (err) {
			snprintf(child->error, sizeof(child->error),
				 err == -ETIMEDOUT ? "the worker does not answer" : "interrupted");
			return err;
		}
		/* Strictly one answer a command: there is nothing after the line. */
		got = read(child->from, buf + len, size - 1 - len);
		if (got <= 0) {
			explain_end(child);
			return -EPIPE;
		}
		len += (size_t)got;
		if (buf[len - 1] == '\n')
			break;
		if (len == size - 1) {
			snprintf(child->error, sizeof(child->error), "the worker talks nonsense");
			return -EPROTO;
		}
	}
	buf[len - 1] = '\0';
	if (!strncmp(buf, "error ", 6)) {
		snprintf(child->error, sizeof(child->error), "%s", buf + 6);
		return -EREMOTEIO;
	}
	return 0;
}

static int read_number(struct bench_child *child, const char *format, uint64_t *value)
{
	char line[192];
	int err = read_answer(child, line, sizeof(line));

	if (err)
		return err;
	if (sscanf(line, format, value) != 1) {
		snprintf(child->error, sizeof(child->error), "the worker talks nonsense");
		return -EPROTO;
	}
	return 0;
}

int child_start(struct bench_child *child, enum bench_kind kind, const struct bench_case *c,
		const struct bench_options *opt)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err;
	pid_t parent = getpid();
	uint64_t worker;

	*child = (struct bench_child){.pidfd = -1, .to = -1, .from = -1};
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		goto fail;
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		goto fail;
	}
	if (!child->pid)
		exec_worker(kind, c, opt, in, out, parent);
	close(in[0]);
	close(out[1]);
	child->to = in[1];
	child->from = out[0];
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0) {
		snprintf(child->error, sizeof(child->error), "pidfd_open: %s", strerror(errno));
		err = -errno;
	} else {
		err = read_number(child, "ready %" SCNu64, &worker);
	}
	if (err) {
		child_stop(child);
		return err;
	}
	child->worker = (pid_t)worker;
	return 0;
fail:
	err = -errno;
	snprintf(child->error, sizeof(child->error), "cannot start a worker: %s", strerror(-err));
	for (int i = 0; i < 2; i++) {
		if (in[i] >= 0)
			close(in[i]);
		if (out[i] >= 0)
			close(out[i]);
	}
	return err;
}

int child_run(struct bench_child *child, uint64_t n, uint64_t *ns)
{
	if (dprintf(child->to, "run %" PRIu64 "\n", n) < 0) {
		explain_end(child);
		return -EPIPE;
	}
	return read_number(child, "ns %" SCNu64, ns);
}

void child_stop(struct bench_child *child)
{
	static const int last[] = {SIGTERM, SIGKILL};
	uint64_t patience = caught || child->error[0] ? HURRY_TIMEOUT_NS : EXIT_TIMEOUT_NS;

	if (child->to >= 0)
		close(child->to);
	child->to = -1;
	for (size_t i = 0; child->pid && child->pidfd >= 0 && i < 2; i++) {
		if (!wait_readable(child->pidfd, bench_now() + patience, false))
			break;
		kill(child->pid, last[i]);
		patience = TERM_TIMEOUT_NS;
	}
	if (child->pid) {
		if (child->pidfd < 0)
			kill(child->pid, SIGTERM);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	child->pid = 0;
	if (child->from >= 0)
		close(child->from);
	if (child->pidfd >= 0)
		close(child->pidfd);
	child->from = child->pidfd = -1;
}
