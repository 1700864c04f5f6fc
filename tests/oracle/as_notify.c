/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who sent, told to who is notified of a message: its real user id in the user namespace that
 * mq_notify(2) was called in, its pid in the pid namespace of the registered process (__do_notify());
 * and who is registered, told to who reads the queue's status.
 */
#include "as_util.h"

#define USER 5000

static volatile sig_atomic_t from_uid, from_pid, code;

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	from_uid = (int)si->si_uid;
	from_pid = si->si_pid;
	code = si->si_code;
}

struct party {
	const char *uids, *gids; /* NULL: stays in the user namespace */
	bool deeper;		 /* in a pid namespace of its own */
	uid_t uid;
	bool after; /* goes to the user namespace after it is registered */
};

static void go(const struct party *p)
{
	if (p->uids)
		as_enter(p->uids, p->gids);
}

static void register_and_wait(const struct party *p)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	sigset_t block, old;
	int fd;

	if (!p->after)
		go(p);
	MUST(sigaction(SIGUSR1, &action, NULL));
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &block, &old));
	fd = (int)MUST(raw_mq_open("q", O_RDWR, 0, NULL));
	MUST(raw_mq_notify(fd, &event));
	if (p->after)
		go(p);
	sc_post(1);
	while (code == 0)
		sigsuspend(&old);
	sc_say("told: uid %d pid %s code %d", (int)from_uid,
	       from_pid == 0	      ? "none"
	       : from_pid == getpid() ? "its own"
	       : p->deeper	      ? "a number"
				      : sc_role(from_pid),
	       (int)code);
}

/* The second of the namespace: the first is init, which needs a reason to take signals. */
static void run_as_party(const struct party *p, void (*fn)(const struct party *))
{
	pid_t pid;

	if (!p->deeper) {
		fn(p);
		return;
	}
	MUST(unshare(CLONE_NEWPID));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		fn(p);
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
}

static void send_it(const struct party *p)
{
	int fd;

	go(p);
	if (p->uid)
		MUST(setresuid(p->uid, p->uid, p->uid));
	fd = (int)MUST(raw_mq_open("q", O_WRONLY, 0, NULL));
	CALL(raw_mq_send(fd, "x", 1, 0, NULL));
}

static void registered(void *arg)
{
	run_as_party(arg, register_and_wait);
}

static void sender(void *arg)
{
	run_as_party(arg, send_it);
}

static void pair(const char *label, struct party to, struct party from)
{
	pid_t pid = sc_fork("registered", registered, &to);
	char text[128];
	int fd;
	ssize_t n;

	sc_say("%s", label);
	sc_await(1);
	fd = (int)MUST(open(MQ_DIR "/q", O_RDONLY));
	n = MUST(read(fd, text, sizeof(text) - 1));
	text[n] = 0;
	sc_say("status: %s",
	       strstr(text, "NOTIFY_PID:0 ") ? "nobody is registered" : "somebody is registered");
	close(fd);
	sc_wait(sc_fork("sender", sender, &from));
	sc_wait(pid);
	fd = (int)MUST(raw_mq_open("q", O_RDWR, 0, NULL));
	MUST(raw_mq_receive(fd, text, sizeof(text), NULL, NULL));
	close(fd);
}

void scenario(void)
{
	const struct party plain = {0}, user = {.uid = USER}, deep = {.deeper = true};
	const struct party elsewhere = {.uids = "7 0 1\n8 5000 1", .gids = "0 0 1"};
	const struct party both = {.uids = "7 0 1", .gids = "0 0 1", .deeper = true};
	const struct party later = {.uids = "7 0 1\n8 5000 1", .gids = "0 0 1", .after = true};
	const struct party inner_user = {.uids = "0 0 1\n9 5000 1", .gids = "0 0 1", .uid = 9};

	umask(0);
	as_user_namespaces_or_skip();
	mq_close(mq_make("/q", O_RDWR, 2, 8));
	pair("root to root", plain, plain);
	pair("a user to root", plain, user);
	pair("root to another user namespace", elsewhere, plain);
	pair("a user to another user namespace", elsewhere, user);
	pair("a user from one user namespace to another", elsewhere, inner_user);
	pair("a user to a namespace that does not know it", both, user);
	pair("a user, to who went away since", later, user);
	pair("from a user namespace", plain, inner_user);
	pair("to a pid namespace", deep, plain);
	pair("from a pid namespace", plain, deep);
	pair("from one pid namespace to another", deep, deep);
	pair("from both to both", both, both);
}
