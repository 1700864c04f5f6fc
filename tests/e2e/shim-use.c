/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim-use WHAT: what libipcshim makes of a program. It prints one line, and what it is about can only be
 * seen from inside: whether operations are system calls.
 *
 *	calls	"fast" if a thousand operations were done without one, else "slow"
 *	fork	the same of a child, and of the parent afterwards
 *	map	how many sets' memory is mapped, and how many descriptors are open
 *	spin	says its set and whether it is fast, is busy with it until it fails, and says how
 *	filter	speed of a program that has a seccomp filter of its own, which allows everything
 *	jump	descriptors that are left open by a handler that jumps out of calls; and the speed then
 *	handler	children, forked in a handler from which they return to what it came upon, that were killed; and the
 *		parent's speed
 *	keep N	sets that are made, used and removed one after the other, N of them: "fast" if the last was
 */
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/time.h>

#include "e2e.h"

static int one(int id, int op)
{
	struct sembuf sop = {0, (short)op, 0};

	return semop(id, &sop, 1);
}

/* A trapped call waits for somebody: it gives up the processor. */
static const char *speed(int id)
{
	struct rusage before, after;

	for (int i = 0; i < 20; i++) {
		MUST(one(id, 1));
		MUST(one(id, -1));
	}
	MUST(getrusage(RUSAGE_SELF, &before));
	for (int i = 0; i < 500; i++) {
		MUST(one(id, 1));
		MUST(one(id, -1));
	}
	MUST(getrusage(RUSAGE_SELF, &after));
	CHECK(semctl(id, 0, GETVAL) == 0 && semctl(id, 0, GETPID) == getpid());
	return after.ru_nvcsw - before.ru_nvcsw < 100 ? "fast" : "slow";
}

static int count_maps(void)
{
	char line[400];
	int n = 0;
	FILE *f = fopen("/proc/self/maps", "r");

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "/secretmem") != NULL;
	fclose(f);
	return n;
}

static int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = -1; /* its own */

	CHECK(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

#define JUMP_SETS 1000

static sigjmp_buf out;
static volatile int made[JUMP_SETS];

static void jump_out(int sig)
{
	(void)sig;
	siglongjmp(out, 1);
}

/* Each call may be the one in which the set's memory is given. */
static int jumps(void)
{
	const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
	const int first = count_fds();
	volatile int sets = 0, n = 0;

	CHECK(signal(SIGALRM, jump_out) != SIG_ERR);
	(void)sigsetjmp(out, 1);
	if (n++ == 0)
		MUST(setitimer(ITIMER_REAL, &often, NULL));
	while (sets < JUMP_SETS && n < 3000) {
		made[sets] = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
		sets++;
		for (int i = 0; i < 4; i++)
			(void)one(made[sets - 1], 1);
	}
	MUST(setitimer(ITIMER_REAL, &never, NULL));
	for (int i = 0; i < sets; i++)
		MUST(semctl(made[i], 0, IPC_RMID));
	return count_fds() - first;
}

#define HANDLER_FORKS 300

static volatile int forked, killed, is_child;

static void fork_and_return(int sig)
{
	const struct itimerval never = {{0, 0}, {0, 0}};
	pid_t pid = (pid_t)MUST(fork());
	int status;

	(void)sig;
	if (pid == 0) {
		MUST(setitimer(ITIMER_REAL, &never, NULL));
		is_child = 1;
		return;
	}
	MUST(waitpid(pid, &status, 0));
	killed += status != 0;
	forked++;
}

static int forks_in_handlers(int id)
{
	const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};

	(void)speed(id);
	/* What a handler came upon is done twice, in the parent and in the child. */
	MUST(semctl(id, 0, SETVAL, 10000));
	CHECK(signal(SIGALRM, fork_and_return) != SIG_ERR);
	MUST(setitimer(ITIMER_REAL, &often, NULL));
	while (forked < HANDLER_FORKS) {
		/* Mostly such as need no call. */
		MUST(one(id, 1));
		MUST(one(id, -1));
		if (!is_child)
			continue;
		/* It is somebody whom the daemon knows, and who gets memory of his own. */
		for (int i = 0; i < 9; i++)
			MUST(one(id, 1));
		for (int i = 0; i < 9; i++)
			MUST(one(id, -1));
		CHECK(semctl(id, 0, GETPID) == getpid());
		CHECK(forked % 16 != 15 || count_maps() == 1);
		_exit(0);
	}
	MUST(setitimer(ITIMER_REAL, &never, NULL));
	MUST(semctl(id, 0, SETVAL, 0));
	return killed;
}

int main(int argc, char **argv)
{
	int id, first, status;

	CHECK(argc > 1);
	id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	if (strcmp(argv[1], "calls") == 0) {
		puts(speed(id));
	} else if (strcmp(argv[1], "fork") == 0) {
		printf("%s", speed(id));
		fflush(stdout);
		if (MUST(fork()) == 0) {
			CHECK(count_maps() == 0);
			printf(" %s", speed(id));
			fflush(stdout);
			_exit(0);
		}
		MUST(wait(&status));
		CHECK(status == 0);
		printf(" %s\n", speed(id));
	} else if (strcmp(argv[1], "map") == 0) {
		first = count_fds();
		(void)speed(id);
		printf("%d %d\n", count_maps(), count_fds() - first);
	} else if (strcmp(argv[1], "filter") == 0) {
		struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
		struct sock_fprog prog = {1, &allow};

		(void)speed(id);
		MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
		printf("%s", speed(id));
		fflush(stdout);
		if (MUST(fork()) == 0) {
			printf(" %s\n", speed(id));
			fflush(stdout);
			_exit(0);
		}
		MUST(wait(&status));
	} else if (strcmp(argv[1], "spin") == 0) {
		printf("set %d is %s\n", id, speed(id));
		fflush(stdout);
		while (one(id, 1) == 0 && one(id, -1) == 0)
			;
		puts(strerrorname_np(errno));
		return 0;
	} else if (strcmp(argv[1], "jump") == 0) {
		printf("%d", jumps());
		printf(" %s\n", speed(id));
	} else if (strcmp(argv[1], "handler") == 0) {
		printf("%d", forks_in_handlers(id));
		printf(" %s\n", speed(id));
	} else if (strcmp(argv[1], "keep") == 0) {
		const char *last = "none";

		CHECK(argc > 2);
		for (int i = atoi(argv[2]); i; i--) {
			MUST(semctl(id, 0, IPC_RMID));
			id = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
			last = speed(id);
		}
		puts(last);
	}
	MUST(semctl(id, 0, IPC_RMID));
	return 0;
}
