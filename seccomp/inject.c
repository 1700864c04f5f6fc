/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PTRACE_SEIZE and what follows from it. From the seizing on the task cannot leave its call without a
 * stop that is reported to us: the one that was asked for by PTRACE_INTERRUPT, or one for a signal
 * that came before (where the filter is one that signals take calls out of). So whoever was seen to
 * wait after it was seized is at the end of that very call when it stops first.
 */
#include "seccomp/inject.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "seccomp/inject_wait.h"
#include "seccomp/listener.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

/* How often, and after how long, a task is tried again that another thread of ours has. */
#define SEIZE_TRIES 2000
#define SEIZE_US 500

/* As long as the kernel's sigset_t, which is not the C library's. */
#define MASK_BYTES sizeof(uint64_t)

/* What a call gets when nobody is there to answer it: should we die before the stop, it is true. */
#define UNANSWERED (-ENOSYS)

#if defined(__x86_64__)

/* syscall and int $0x80 alike; a 32-bit program that uses sysenter returns behind an int $0x80, too. */
#define INSTRUCTION_BYTES 2

#define TRACE_OPTIONS PTRACE_O_TRACESYSGOOD
/* While its registers are ours. */
#define RUN_OPTIONS (TRACE_OPTIONS | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC)

/* i386's numbers by hand: <asm/unistd_32.h> cannot be included beside those of x86-64. */
static const struct {
	int native, compat;
} numbers[] = {
	[INJECT_MMAP] = {SYS_mmap, 192}, /* mmap2: offsets in pages */
	[INJECT_MUNMAP] = {SYS_munmap, 91},
	[INJECT_CLOSE] = {SYS_close, 6},
};

_Static_assert(sizeof(struct user_regs_struct) <= sizeof(struct inject_regs), "all registers");

bool inject_supported(void)
{
	return true;
}

static int get_regs(const struct injection *in, struct user_regs_struct *r)
{
	return ptrace(PTRACE_GETREGS, in->tid, NULL, r) < 0 ? -ESRCH : 0;
}

static int set_regs(const struct injection *in, const struct user_regs_struct *r)
{
	return ptrace(PTRACE_SETREGS, in->tid, NULL, r) < 0 ? -ESRCH : 0;
}

static bool is_behind_call(const struct injection *in, const struct user_regs_struct *r)
{
	return r->rip == in->ip && (int)r->orig_rax == in->nr;
}

static void load_call(const struct injection *in, struct user_regs_struct *r, enum inject_nr nr,
		      const uint64_t a[6])
{
	r->rip = in->ip - INSTRUCTION_BYTES;
	r->orig_rax = ~0ull; /* no call that could be restarted */
	if (in->compat) {
		r->rax = (uint64_t)numbers[nr].compat;
		r->rbx = a[0], r->rcx = a[1], r->rdx = a[2];
		r->rsi = a[3], r->rdi = a[4], r->rbp = a[5];
	} else {
		r->rax = (uint64_t)numbers[nr].native;
		r->rdi = a[0], r->rsi = a[1], r->rdx = a[2];
		r->r10 = a[3], r->r8 = a[4], r->r9 = a[5];
	}
}

/* What i386's calls return is 32 bits wide: an errno, or an address without a sign. */
static int64_t result_of(const struct injection *in, const struct user_regs_struct *r)
{
	const uint32_t low = (uint32_t)r->rax;

	if (!in->compat)
		return (int64_t)r->rax;
	return low > (uint32_t)-4096 ? (int64_t)(int32_t)low : (int64_t)low;
}

static void load_result(struct user_regs_struct *r, int64_t result)
{
	r->rax = (uint64_t)result;
	r->orig_rax = ~0ull;
}

/* Return: the status of a stop; -ESRCH: there will be none. */
static int next_stop(struct injection *in)
{
	int status;
	pid_t r;

	do
		r = waitpid(in->tid, &status, __WALL | __WNOTHREAD);
	while (r < 0 && errno == EINTR);
	if (r == in->tid && WIFSTOPPED(status))
		return status;
	in->over = true;
	return -ESRCH;
}

static int resume(const struct injection *in, int request, int sig)
{
	return ptrace((enum __ptrace_request)request, in->tid, NULL, (void *)(uintptr_t)sig) < 0
		       ? -ESRCH
		       : 0;
}

static bool is_event_stop(int status)
{
	return status >> 16 == PTRACE_EVENT_STOP;
}

/*
 * All signals are blocked while its registers are ours: a handler must not see them. One that was
 * being delivered goes back to where it came from, because it is blocked now (ptrace_signal()); what
 * cannot be blocked stops or kills, and neither looks at registers.
 */
static int block_signals(struct injection *in)
{
	const uint64_t all = ~0ull;

	if (in->ours)
		return 0;
	if (ptrace(PTRACE_GETSIGMASK, in->tid, (void *)MASK_BYTES, &in->mask) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, in->tid, NULL, (void *)(uintptr_t)RUN_OPTIONS) < 0 ||
	    ptrace(PTRACE_SETSIGMASK, in->tid, (void *)MASK_BYTES, &all) < 0)
		return -ESRCH;
	in->ours = true;
	return 0;
}

static void let_go(struct injection *in)
{
	if (in->ours) {
		(void)ptrace(PTRACE_SETSIGMASK, in->tid, (void *)MASK_BYTES, &in->mask);
		(void)ptrace(PTRACE_SETOPTIONS, in->tid, NULL, (void *)(uintptr_t)TRACE_OPTIONS);
	}
	in->ours = false;
	if (ptrace(PTRACE_DETACH, in->tid, NULL, NULL) == 0)
		in->over = true;
}

/*
 * A request has failed: it was killed. Until its tracer has waited for it nobody else can, neither its
 * parent nor a sibling that executes a program.
 */
static int is_gone(struct injection *in)
{
	while (!in->over && next_stop(in) >= 0)
		let_go(in);
	return -ESRCH;
}

/* Up to the stop that was asked for. */
static int await_stop(struct injection *in, bool block)
{
	for (;;) {
		int status = next_stop(in), r = 0;

		if (status < 0)
			return status;
		if (is_event_stop(status))
			return 0;
		if (block)
			r = block_signals(in);
		if (r == 0)
			r = resume(in, PTRACE_CONT, WSTOPSIG(status));
		if (r < 0)
			return r;
	}
}

/* Taken, but not who was meant: the number was another task's by then. It goes on as if nothing was. */
static int release_stranger(struct injection *in)
{
	if (ptrace(PTRACE_INTERRUPT, in->tid, NULL, NULL) == 0 && await_stop(in, false) == 0)
		let_go(in);
	return is_gone(in);
}

/*
 * By one of our own threads? Where signals take calls out of their wait, the next one may be here
 * already. (TracerPid is the number of the thread that traces.)
 */
static bool traced_by_us(pid_t tid)
{
	char path[48], line[128];
	int tracer = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	if (f)
		fclose(f);
	(void)snprintf(path, sizeof(path), "/proc/self/task/%d", tracer);
	return tracer > 0 && access(path, F_OK) == 0;
}

/* Return: 0; -ESRCH; -EPERM. */
static int seize(const struct injection *in)
{
	for (int tries = 0; tries < SEIZE_TRIES; tries++) {
		/* Before the try: who is let go just after it would else be taken for somebody else's. */
		const bool ours = tries == 0 || traced_by_us(in->tid);

		if (!listener_valid(in->listener, in->id))
			return -ESRCH;
		if (ptrace(PTRACE_SEIZE, in->tid, NULL, (void *)(uintptr_t)TRACE_OPTIONS) == 0)
			return 0;
		if (errno == ESRCH)
			return -ESRCH;
		if (!ours)
			return -EPERM;
		(void)usleep(SEIZE_US);
	}
	return -EPERM;
}

int inject_begin(struct injection *in, int listener, const struct seccomp_notif *n)
{
	int r;

	*in = (struct injection){
		.tid = (pid_t)n->pid,
		.listener = listener,
		.id = n->id,
		.ip = n->data.instruction_pointer,
		.nr = n->data.nr,
		.compat = n->data.arch == AUDIT_ARCH_I386,
	};
	r = seize(in);
	if (r < 0)
		return r;
	return listener_valid(listener, n->id) ? 0 : release_stranger(in);
}

int inject_stop(struct injection *in)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_INTERRUPT, in->tid, NULL, NULL) < 0)
		return is_gone(in);
	/* ENOENT: interrupted, it has left already, as it may where the filter lets it. */
	(void)listener_send(in->listener, in->id, UNANSWERED);
	if (await_stop(in, true) < 0 || get_regs(in, &r) < 0 || block_signals(in) < 0)
		return is_gone(in);
	if (!is_behind_call(in, &r)) {
		let_go(in);
		return is_gone(in);
	}
	memcpy(&in->regs, &r, sizeof(r));
	return 0;
}

/*
 * Is the stop the entrance of the call that was loaded? The instruction is in memory that other threads of
 * the program can write: in its place there can be a jump to anything by now, or an instruction that makes
 * calls of another ABI, where the same number is another call.
 */
static bool is_loaded_call(const struct injection *in, enum inject_nr nr)
{
	const uint32_t arch = in->compat ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
	const int wanted = in->compat ? numbers[nr].compat : numbers[nr].native;
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, in->tid, (void *)sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == arch &&
	       info.instruction_pointer == in->ip && info.entry.nr == (uint64_t)wanted;
}

/*
 * Who tampers with the call is killed, and not one step further: the next thing it does could be to execute
 * a setuid program, which must never see registers of ours. (As the tracer may trace anything, the kernel
 * would let the program have its rights.)
 */
static int kill_tamperer(struct injection *in)
{
	(void)kill(in->tid, SIGKILL);
	while (!in->over && next_stop(in) >= 0)
		(void)resume(in, PTRACE_CONT, 0);
	return -ESRCH;
}

/* The next stop of a task that runs with our registers. Return: its status; -ESRCH; -ETIMEDOUT. */
static int next_stop_of_ours(struct injection *in, int sig)
{
	return resume(in, PTRACE_SYSCALL, sig) < 0 ? -ESRCH : inject_wait(in->tid);
}

int inject_run(struct injection *in, enum inject_nr nr, const uint64_t args[6], int64_t *result)
{
	struct user_regs_struct r;

	memcpy(&r, &in->regs, sizeof(r));
	load_call(in, &r, nr, args);
	if (set_regs(in, &r) < 0)
		return is_gone(in);
	/* One stop at the call's begin, one at its end. */
	for (int seen = 0, sig = 0; seen < 2;) {
		int status = next_stop_of_ours(in, sig);

		if (status == -ETIMEDOUT)
			return kill_tamperer(in);
		if (status < 0)
			return is_gone(in);
		sig = 0;
		if (status >> 16 == PTRACE_EVENT_EXEC)
			return kill_tamperer(in);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (seen++ == 0 && !is_loaded_call(in, nr))
				return kill_tamperer(in);
		} else if (!is_event_stop(status)) {
			sig = WSTOPSIG(status); /* SIGSTOP; from the stop that follows it goes on */
		}
	}
	if (get_regs(in, &r) < 0)
		return is_gone(in);
	*result = result_of(in, &r);
	return 0;
}

void inject_end(struct injection *in, int64_t result)
{
	struct user_regs_struct r;

	memcpy(&r, &in->regs, sizeof(r));
	load_result(&r, result);
	(void)set_regs(in, &r);
	let_go(in);
	(void)is_gone(in);
}

void inject_refuse(struct injection *in, int64_t result)
{
	if (inject_stop(in) == 0)
		inject_end(in, result);
}

void inject_leave(struct injection *in)
{
	(void)release_stranger(in);
}

#else

bool inject_supported(void)
{
	return false;
}

int inject_begin(struct injection *in, int listener, const struct seccomp_notif *n)
{
	(void)in, (void)listener, (void)n;
	return -EPERM;
}

int inject_stop(struct injection *in)
{
	(void)in;
	return -ESRCH;
}

int inject_run(struct injection *in, enum inject_nr nr, const uint64_t args[6], int64_t *result)
{
	(void)in, (void)nr, (void)args, (void)result;
	return -ESRCH;
}

void inject_end(struct injection *in, int64_t result)
{
	(void)in, (void)result;
}

void inject_refuse(struct injection *in, int64_t result)
{
	(void)in, (void)result;
}

void inject_leave(struct injection *in)
{
	(void)in;
}

#endif
