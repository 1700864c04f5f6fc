/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's scenario library: main(), the monitor and the shared state.
 *
 * The first process is the monitor: it stands outside the scenario's process group, so that it can
 * end everything when "main" ends or hangs. All state that more than one process needs lies in a
 * memfd, mapped before the first fork and found again after sc_exec_self() by its number in the
 * environment; it holds no pointers.
 */
#include <poll.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#include "scenario.h"
#include "scenario_priv.h"

#define SHARED_FD_MIN 200 /* out of the way of descriptor numbers a scenario may print */

void scenario_stage(const char *stage) __attribute__((weak));

static void map_state(int fd)
{
	sc_state = mmap(NULL, sizeof(*sc_state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sc_state == MAP_FAILED) {
		perror("oracle scenario: shared state");
		_exit(STATUS_FAILED);
	}
}

static void make_state(void)
{
	int low = memfd_create("oracle-scenario", 0);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD, SHARED_FD_MIN);
	char number[16];

	if (fd < 0 || ftruncate(fd, sizeof(*sc_state))) {
		perror("oracle scenario: shared state");
		_exit(STATUS_FAILED);
	}
	close(low);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("SC_FD", number, 1);
	map_state(fd);
}

/* Prints what was held and not shown: without it nobody could tell why a scenario hangs. */
static void dump_held(void)
{
	unsigned int count = atomic_load(&sc_state->count);

	for (unsigned int i = 0; i < count && i < SC_ACTORS; i++)
		sc_print_held(&sc_state->actors[i]);
}

static int monitor(pid_t main_pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, main_pid, 0);
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	bool hung;
	int status;

	if (pidfd < 0) {
		perror("oracle scenario: pidfd_open");
		kill(-main_pid, SIGKILL);
		return STATUS_FAILED;
	}
	hung = poll(&ended, 1, SC_WATCHDOG_MS) == 0;
	/* Leftovers, too: a scenario that forgot a child must not leave it on the machine. */
	kill(-main_pid, SIGKILL);
	while (waitpid(main_pid, &status, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < 1000 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		sc_msleep(1);
	if (hung || atomic_load(&sc_state->failed)) {
		dump_held();
		if (hung)
			sc_write_all("FAIL: hangs\n", 12);
		return STATUS_FAILED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_main(pid_t monitor_pid)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != monitor_pid)
		return STATUS_FAILED;
	sc_state->actors[0].pid = getpid();
	scenario();
	return 0;
}

int main(int argc, char **argv)
{
	const char *fd = getenv("SC_FD");
	const char *actor = getenv("SC_ACTOR");
	pid_t self = getpid();
	pid_t pid;

	if (!realpath("/proc/self/exe", sc_program)) {
		perror("oracle scenario: /proc/self/exe");
		return STATUS_FAILED;
	}
	if (argc == 2 && fd && actor) {
		map_state(atoi(fd));
		sc_become_actor((unsigned int)atoi(actor));
		if (!scenario_stage)
			sc_fail("exec: the scenario has no stages");
		scenario_stage(argv[1]);
		return 0;
	}
	make_state();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	atomic_store(&sc_state->count, 1);
	snprintf(sc_state->actors[0].role, sizeof(sc_state->actors[0].role), "main");
	sc_state->actors[0].live = true;
	pid = fork();
	if (pid < 0) {
		perror("oracle scenario: fork");
		return STATUS_FAILED;
	}
	if (pid == 0)
		_exit(run_main(self));
	setpgid(pid, pid);
	return monitor(pid);
}
