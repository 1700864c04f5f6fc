/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter: what becomes of each call of each ABI.
 *
 * First by really calling, in a child under the filter. Then by reading the installed program back
 * (PTRACE_SECCOMP_GET_FILTER) and running it here over all numbers, which also covers what this
 * kernel cannot call, as x32 mostly.
 *
 * Needs root; skips by exit status 77 where there is no listener to be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>

#include <cmocka.h>

#include "seccomp/filter.h"

#include "bpf_run.h"
#include "confined.h"
#include "other_archs.h"

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif
#define X32 0x40000000
#define I386_UNSHARE 310
#define NUMBERS 600
#define ANSWER 4711 /* ours to every trapped call */

static const int trapped[] = {
	SYS_msgget,    SYS_msgsnd,	  SYS_msgrcv,	 SYS_msgctl,	   SYS_semget,
	SYS_semop,     SYS_semtimedop,	  SYS_semctl,	 SYS_shmget,	   SYS_shmat,
	SYS_shmctl,    SYS_mq_open,	  SYS_mq_unlink, SYS_mq_timedsend, SYS_mq_timedreceive,
	SYS_mq_notify, SYS_mq_getsetattr,
};

/* i386: the multiplexer, mq_*, the direct System V calls but shmdt (398), and those with 64-bit
 * time. */
static const int i386_trapped[] = {117, 277, 278, 279, 280, 281, 282, 393, 394, 395,
				   396, 397, 399, 400, 401, 402, 418, 419, 420};

#define NI386 (sizeof(i386_trapped) / sizeof(i386_trapped[0]))

static bool among(int nr, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == nr)
			return true;
	return false;
}

#define AMONG(nr, list) among(nr, list, sizeof(list) / sizeof((list)[0]))

/* ---- real calls ---- */

struct plan {
	int installed; /* filter_install()'s answer, when negative */
	int second;    /* that of a second one */
	long real[sizeof(trapped) / sizeof(trapped[0])];
	long i386[NI386];
	long x32, getppid, i386_getppid, i386_shmdt, shmdt;
	bool i386_possible;
};

static struct plan *plan;

/* A system call of i386. Return: as the kernel gives it. */
static long int80(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static long result(long r)
{
	return r < 0 ? -errno : r;
}

static void make_calls(void)
{
	for (size_t i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++)
		plan->real[i] = result(syscall(trapped[i], -1, 0, 0, 0, 0, 0));
	for (size_t i = 0; plan->i386_possible && i < NI386; i++)
		plan->i386[i] = int80(i386_trapped[i], -1, -1, -1);
	plan->x32 = result(syscall(SYS_msgget | X32, 0, 0));
	plan->getppid = result(syscall(SYS_getppid));
	if (plan->i386_possible) {
		plan->i386_getppid = int80(64, 0, 0, 0);
		plan->i386_shmdt = int80(398, 8, 0, 0);
	}
	plan->shmdt = result(syscall(SYS_shmdt, 8));
}

/* A child under the real filter; it waits on @go until the test has looked at it. */
static pid_t start_filtered(int *listener, int *go)
{
	int sock[2], pipes[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock), 0);
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		char c;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(30);
		close(pipes[1]);
		int fd = filter_install(0);

		plan->installed = fd;
		if (fd < 0)
			_exit(1);
		plan->second = filter_install(0);
		if (send_fd(sock[1], fd))
			_exit(2);
		close(fd);
		if (read(pipes[0], &c, 1) != 1)
			_exit(3);
		make_calls();
		_exit(0);
	}
	close(sock[1]);
	close(pipes[0]);
	*listener = recv_fd(sock[0]);
	close(sock[0]);
	*go = pipes[1];
	return child;
}

/* A kernel without i386 answers ENOSYS, or kills. */
static bool have_i386(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(int80(20, 0, 0, 0) > 0 ? 0 : 1);
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void real_calls(void **state)
{
	int listener, go, status;
	uint64_t seen = 0;

	(void)state;
	memset(plan, 0, sizeof(*plan));
	plan->i386_possible = have_i386();
	pid_t child = start_filtered(&listener, &go);

	assert_true(listener >= 0);
	assert_int_equal(fcntl(listener, F_GETFD), FD_CLOEXEC);
	const struct confined c = {.pid = child, .listener = listener};
	struct seccomp_notif n;

	assert_int_equal(write(go, "", 1), 1);
	for (size_t i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++) {
		assert_int_equal(notif_recv(&c, &n, 10000), 0);
		assert_int_equal(n.data.arch, AUDIT_ARCH_X86_64);
		assert_int_equal(n.data.nr, trapped[i]);
		assert_int_equal(notif_send(&c, n.id, ANSWER + (int64_t)i, 0), 0);
		seen++;
	}
	for (size_t i = 0; plan->i386_possible && i < NI386; i++) {
		assert_int_equal(notif_recv(&c, &n, 10000), 0);
		assert_int_equal(n.data.arch, AUDIT_ARCH_I386);
		assert_int_equal(n.data.nr, i386_trapped[i]);
		assert_int_equal(notif_send(&c, n.id, ANSWER - (int64_t)i, 0), 0);
	}
	/* And nothing else: the next thing is its end. */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_not_equal(notif_recv(&c, &n, 0), 0);
	close(listener);
	close(go);
	assert_int_equal(seen, sizeof(trapped) / sizeof(trapped[0]));

	for (size_t i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++)
		assert_int_equal(plan->real[i], ANSWER + (long)i);
	for (size_t i = 0; plan->i386_possible && i < NI386; i++)
		assert_int_equal(plan->i386[i], ANSWER - (long)i);
	assert_int_equal(plan->x32, -ENOSYS);
	assert_int_equal(plan->getppid, getpid());
	assert_int_equal(plan->shmdt, -EINVAL); /* the kernel's own answer */
	if (plan->i386_possible) {
		assert_int_equal(plan->i386_getppid, getpid());
		assert_int_equal(plan->i386_shmdt, -EINVAL);
	} else {
		print_message("note: no int 0x80 on this kernel\n");
	}
	/* One listener per task. */
	assert_int_equal(plan->second, -EBUSY);
}

/* ---- the program itself ---- */

/* unshare(2) is trapped when it is about System V semaphores' undo or about IPC. */
static void check_unshare(const struct sock_filter *f, size_t len, uint32_t arch, int nr)
{
	static const struct {
		uint64_t flags;
		uint32_t action;
	} cases[] = {
		{0, SECCOMP_RET_ALLOW},
		{CLONE_SYSVSEM, SECCOMP_RET_USER_NOTIF},
		{CLONE_NEWIPC, SECCOMP_RET_USER_NOTIF},
		{CLONE_SYSVSEM | CLONE_NEWIPC, SECCOMP_RET_USER_NOTIF},
		{CLONE_NEWNS | CLONE_NEWIPC | CLONE_FS, SECCOMP_RET_USER_NOTIF},
		{~(uint64_t)(CLONE_SYSVSEM | CLONE_NEWIPC), SECCOMP_RET_ALLOW},
		{CLONE_NEWNS | CLONE_FILES, SECCOMP_RET_ALLOW},
	};
	struct seccomp_data d = {.nr = nr, .arch = arch};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d.args[0] = cases[i].flags;
		assert_int_equal(bpf_run(f, len, &d), cases[i].action);
	}
}

/* i386's ipc(2): whatever the sub-call and its version. */
static void check_multiplexer(const struct sock_filter *f, size_t len)
{
	struct seccomp_data d = {.nr = 117, .arch = AUDIT_ARCH_I386};

	for (uint64_t version = 0; version < 3; version++)
		for (uint64_t op = 0; op < 40; op++) {
			d.args[0] = version << 16 | op;
			assert_int_equal(bpf_run(f, len, &d), SECCOMP_RET_USER_NOTIF);
		}
}

static uint32_t action(const struct sock_filter *f, size_t len, uint32_t arch, int nr)
{
	struct seccomp_data d = {.nr = nr, .arch = arch};

	memset(d.args, 0xff, sizeof(d.args));
	uint32_t ones = bpf_run(f, len, &d);

	memset(d.args, 0, sizeof(d.args));
	assert_int_equal(bpf_run(f, len, &d), ones); /* arguments have no say */
	return ones;
}

static void expect(const struct sock_filter *f, size_t len, uint32_t arch, int nr, uint32_t want)
{
	uint32_t got = action(f, len, arch, nr);

	if (got != want)
		fail_msg("arch %#x, call %#x: %#x instead of %#x", arch, nr, got, want);
}

static void every_number_of_every_abi(void **state)
{
	static struct sock_filter prog[BPF_MAXINSNS];
	const uint32_t refused = SECCOMP_RET_ERRNO | ENOSYS;
	int listener, go, status;
	long len;

	(void)state;
	memset(plan, 0, sizeof(*plan));
	pid_t child = start_filtered(&listener, &go);

	assert_true(listener >= 0);
	assert_int_equal(ptrace(PTRACE_SEIZE, child, 0, 0), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, child, 0, 0), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status));
	len = ptrace(PTRACE_SECCOMP_GET_FILTER, child, 0, NULL);
	if (len > 0 && len <= BPF_MAXINSNS)
		assert_int_equal(ptrace(PTRACE_SECCOMP_GET_FILTER, child, 0, prog), len);
	int err = errno;

	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(listener);
	close(go);
	if (len < 0 && (err == EIO || err == EACCES || err == EINVAL)) {
		print_message("SKIP: the kernel does not give filters back: %s\n", strerror(err));
		skip();
	}
	assert_true(len > 0 && len <= BPF_MAXINSNS);

	for (int nr = 0; nr < NUMBERS; nr++) {
		bool ipc = AMONG(nr, trapped);

		if (nr != SYS_unshare)
			expect(prog, (size_t)len, AUDIT_ARCH_X86_64, nr,
			       ipc ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW);
		if (nr != I386_UNSHARE)
			expect(prog, (size_t)len, AUDIT_ARCH_I386, nr,
			       AMONG(nr, i386_trapped) ? SECCOMP_RET_USER_NOTIF
						       : SECCOMP_RET_ALLOW);
		/* x32: most have the numbers of x86-64; mq_notify (527) is one that has its own. */
		if (ipc && nr != SYS_mq_notify)
			expect(prog, (size_t)len, AUDIT_ARCH_X86_64, nr | X32, refused);
		/* What the filter does not know at all. */
		expect(prog, (size_t)len, AUDIT_ARCH_AARCH64, nr, refused);
		for (size_t i = 0; i < sizeof(other_archs) / sizeof(other_archs[0]); i++)
			expect(prog, (size_t)len, other_archs[i], nr, refused);
	}
	check_unshare(prog, (size_t)len, AUDIT_ARCH_X86_64, SYS_unshare);
	check_unshare(prog, (size_t)len, AUDIT_ARCH_I386, I386_UNSHARE);
	check_multiplexer(prog, (size_t)len);
	expect(prog, (size_t)len, AUDIT_ARCH_X86_64, 527 | X32, refused);
	expect(prog, (size_t)len, AUDIT_ARCH_X86_64, SYS_shmdt | X32, refused);
	expect(prog, (size_t)len, AUDIT_ARCH_X86_64, SYS_shmdt, SECCOMP_RET_ALLOW);
	expect(prog, (size_t)len, AUDIT_ARCH_X86_64, SYS_getpid | X32, SECCOMP_RET_ALLOW);
	struct seccomp_data d = {.nr = SYS_unshare | X32, .arch = AUDIT_ARCH_X86_64};

	assert_int_equal(bpf_run(prog, (size_t)len, &d), SECCOMP_RET_ALLOW);
	d.args[0] = CLONE_NEWIPC;
	assert_int_equal(bpf_run(prog, (size_t)len, &d), refused);
}

/* For programs that are outside the kernel IPC namespace with their segments: shmdt(2), too. */
static void for_injection(void **state)
{
	static struct sock_filter prog[BPF_MAXINSNS];
	int fd = filter_build(FILTER_X86_64, FILTER_INJECTED);

	(void)state;
	assert_true(fd >= 0);
	ssize_t bytes = pread(fd, prog, sizeof(prog), 0);
	size_t len = (size_t)bytes / sizeof(prog[0]);

	close(fd);
	assert_true(bytes > 0);
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (nr != SYS_unshare)
			expect(prog, len, AUDIT_ARCH_X86_64, nr,
			       AMONG(nr, trapped) || nr == SYS_shmdt ? SECCOMP_RET_USER_NOTIF
								     : SECCOMP_RET_ALLOW);
		if (nr != I386_UNSHARE)
			expect(prog, len, AUDIT_ARCH_I386, nr,
			       AMONG(nr, i386_trapped) || nr == 398 ? SECCOMP_RET_USER_NOTIF
								    : SECCOMP_RET_ALLOW);
	}
	expect(prog, len, AUDIT_ARCH_X86_64, SYS_shmdt | X32, SECCOMP_RET_ERRNO | ENOSYS);
}

/*
 * The program for an arm64 kernel, made on this one. Numbers are those of asm-generic for arm64, and
 * of arm's own table for 32-bit programs, which are not understood: for IPC they see a kernel without,
 * the rest of their calls goes on. x86's are not known to it at all.
 */
static void an_arm64_kernel(void **state)
{
	static const int arm64_trapped[] = {180, 181, 182, 183, 184, 185, 186, 187, 188,
					    189, 190, 191, 192, 193, 194, 195, 196};
	static const int arm_denied[] = {274, 275, 276, 277, 278, 279, 298, 299, 300, 301, 302,
					 303, 304, 305, 306, 307, 308, 312, 418, 419, 420};
	const int arm64_unshare = 97, arm_unshare = 337;
	const uint32_t refused = SECCOMP_RET_ERRNO | ENOSYS;
	static struct sock_filter prog[BPF_MAXINSNS];
	int fd = filter_build(FILTER_ARM64, 0);
	struct seccomp_data d = {.nr = arm_unshare, .arch = AUDIT_ARCH_ARM};

	(void)state;
	assert_true(fd >= 0);
	ssize_t bytes = pread(fd, prog, sizeof(prog), 0);
	size_t len = (size_t)bytes / sizeof(prog[0]);

	close(fd);
	assert_true(bytes > 0 && (size_t)bytes % sizeof(prog[0]) == 0);
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (nr != arm64_unshare)
			expect(prog, len, AUDIT_ARCH_AARCH64, nr,
			       AMONG(nr, arm64_trapped) ? SECCOMP_RET_USER_NOTIF
							: SECCOMP_RET_ALLOW);
		if (nr != arm_unshare)
			expect(prog, len, AUDIT_ARCH_ARM, nr,
			       AMONG(nr, arm_denied) ? refused : SECCOMP_RET_ALLOW);
		expect(prog, len, AUDIT_ARCH_X86_64, nr, refused);
		expect(prog, len, AUDIT_ARCH_I386, nr, refused);
		for (size_t i = 0; i < sizeof(other_archs) / sizeof(other_archs[0]); i++)
			if (other_archs[i] != AUDIT_ARCH_ARM)
				expect(prog, len, other_archs[i], nr, refused);
	}
	check_unshare(prog, len, AUDIT_ARCH_AARCH64, arm64_unshare);
	assert_int_equal(bpf_run(prog, len, &d), SECCOMP_RET_ALLOW);
	d.args[0] = CLONE_NEWIPC;
	assert_int_equal(bpf_run(prog, len, &d), refused);
	d.args[0] = CLONE_SYSVSEM | CLONE_NEWNS;
	assert_int_equal(bpf_run(prog, len, &d), refused);
}

/* The kernel demands CAP_SYS_ADMIN or no_new_privs, and the latter is never set here. */
static void without_privilege(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(100);
		int r = filter_install(0);

		if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
			_exit(101);
		_exit(r < 0 ? -r : 102);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EACCES);
}

/* Can a filter be had here at all? */
static int available(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		int r = filter_install(0);

		_exit(r < 0 ? -r : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return EIO;
	return WEXITSTATUS(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_calls),	     cmocka_unit_test(every_number_of_every_abi),
		cmocka_unit_test(for_injection),     cmocka_unit_test(an_arm64_kernel),
		cmocka_unit_test(without_privilege),
	};
	int err = geteuid() ? EPERM : available();

	if (err == EPERM || err == EBUSY || err == EACCES || err == ENOSYS) {
		printf("SKIP: no seccomp listener to be had here: %s\n", strerror(err));
		return SKIP_EXIT;
	}
	plan = shared_alloc(sizeof(*plan));
	if (!plan)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
