/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: the workers.
 *
 * A worker waits in read(2) for its bell, makes the call it finds in shared memory, and rings the
 * conductor's. Its handlers count and return; SIGHUP is ignored. Threads of a process block
 * SIGRTMIN, as natively any thread might be taken for a queue's notification otherwise.
 */
#include <grp.h>
#include <pthread.h>
#include <sys/prctl.h>

#include "gen.h"

struct gen_shared *gen_shared;

static _Thread_local struct gen_worker *self;

static void count(int sig, siginfo_t *info, void *context)
{
	enum gen_signal which = sig == SIGUSR1	 ? SIGNAL_PLAIN
				: sig == SIGUSR2 ? SIGNAL_RESTART
						 : SIGNAL_NOTIFY;

	(void)context;
	if (which == SIGNAL_NOTIFY) {
		self->notify_code = info->si_code;
		self->notify_value = info->si_value.sival_int;
		self->notify_pid = info->si_pid;
	}
	atomic_fetch_add(&self->caught[which], 1);
}

static void catch_signals(void)
{
	static const int sigs[] = {SIGUSR1, SIGUSR2, 0};
	struct sigaction action = {.sa_sigaction = count};
	int i;

	sigemptyset(&action.sa_mask);
	for (i = 0; i < 3; i++) {
		int sig = sigs[i] ? sigs[i] : SIGRTMIN;

		action.sa_flags = SA_SIGINFO | (sig == SIGUSR2 ? SA_RESTART : 0);
		sigaction(sig, &action, NULL);
	}
	signal(SIGHUP, SIG_IGN);
}

static void make_call(struct gen_worker *w)
{
	w->result = 0;
	w->error = 0;
	w->text[0] = 0;
	atomic_store(&w->state, WORKER_CALLING);
	if (w->call.op == 0) {
		gen_other_make(w);
	} else {
		switch (w->call.family) {
		case GEN_MSG:
			gen_msg_make(w);
			break;
		case GEN_SEM:
			gen_sem_make(w);
			break;
		case GEN_SHM:
			gen_shm_make(w);
			break;
		default:
			gen_mq_make(w);
			break;
		}
	}
	atomic_store(&w->state, WORKER_DONE);
}

static void *work(void *arg)
{
	struct gen_worker *w = arg;
	char *pages;
	char bell;

	self = w;
	if (w->index != w->leader) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, SIGRTMIN);
		pthread_sigmask(SIG_BLOCK, &set, NULL);
	}
	pages = mmap(NULL, GEN_BUF + 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	if (pages == MAP_FAILED)
		_exit(97);
	mprotect(pages + GEN_BUF, 4096, PROT_NONE);
	mprotect(pages + GEN_BUF + 4096, 4096, PROT_READ);
	mprotect(pages + GEN_BUF + 8192, 4096, PROT_NONE);
	w->buf = pages;
	w->readonly = pages + GEN_BUF + 4096;
	atomic_store(&w->tid, (pid_t)syscall(SYS_gettid));
	for (;;) {
		ssize_t len = read(w->bell[0], &bell, 1);

		if (len == 0)
			_exit(0);
		if (len < 0)
			continue;
		make_call(w);
		while (write(gen_shared->done[1], "", 1) != 1)
			;
	}
}

static void become(int uid)
{
	if (uid == 0)
		return;
	if (setgroups(0, NULL) || setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) ||
	    setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid))
		_exit(96);
}

static bool of_process(int i, int leader)
{
	return gen_shared->worker[i].leader == leader;
}

static _Noreturn void run(int leader)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != gen_shared->conductor)
		_exit(98);
	/* What the conductor has open is chance, and the numbers of queue descriptors are compared. */
	syscall(SYS_close_range, GEN_FD, ~0U, 0);
	umask(0);
	become(gen_shared->worker[leader].uid);
	/* Changing the user cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self = &gen_shared->worker[leader];
	catch_signals();
	for (i = 0; i < gen_shared->workers; i++) {
		pthread_t thread;

		if (i != leader && of_process(i, leader) &&
		    pthread_create(&thread, NULL, work, &gen_shared->worker[i]))
			_exit(95);
	}
	work(&gen_shared->worker[leader]);
	_exit(0);
}

void gen_start(int leader)
{
	struct gen_proc *proc = &gen_shared->worker[leader].proc;
	pid_t pid;
	int i;

	memset(proc, 0, sizeof(*proc));
	memset(proc->mqd, -1, sizeof(proc->mqd));
	for (i = 0; i < gen_shared->workers; i++) {
		struct gen_worker *w = &gen_shared->worker[i];
		int j;

		if (!of_process(i, leader))
			continue;
		w->tid = 0;
		w->state = WORKER_IDLE;
		for (j = 0; j < GEN_SIGNALS; j++)
			w->caught[j] = 0;
	}
	pid = fork();
	if (pid == 0)
		run(leader);
	if (pid < 0 || gen_shared->pids == GEN_PIDS) {
		fprintf(stderr, "cannot start a worker: %s\n", strerror(errno));
		exit(99);
	}
	gen_shared->role[gen_shared->pids] = leader;
	gen_shared->pid[gen_shared->pids++] = pid;
	for (i = 0; i < gen_shared->workers; i++) {
		if (!of_process(i, leader))
			continue;
		gen_shared->worker[i].pid = pid;
		while (atomic_load(&gen_shared->worker[i].tid) == 0)
			usleep(50);
	}
}
