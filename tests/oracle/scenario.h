/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's scenario library.
 *
 * A scenario is one small program that defines scenario(); this library supplies main(). The
 * harness runs the program twice, natively in a fresh kernel IPC namespace and confined by
 * ipcnsctl, and compares what the two runs wrote to stdout. So the transcript *is* the check: print
 * every result that a rule of the interface determines, and nothing that it does not (no raw
 * times, pids, addresses).
 *
 * Invariants that make a transcript deterministic:
 *  - One line is one write(2); stdio is not used.
 *  - Lines of a forked child or a thread are HELD in shared memory and appear, each prefixed by the
 *    actor's role, when its parent calls sc_wait(), sc_wait_next(), sc_join() or sc_flush() for it.
 *    So two actors that run at the same moment never race for the transcript. sc_live() turns this
 *    off for an actor whose order is controlled otherwise.
 *  - Order between actors is made by sc_wait_parked() and by sc_post()/sc_await(), which never use
 *    the calls under test.
 *  - Every wait is bounded, and a monitor process outside the scenario's process group ends it after
 *    SC_WATCHDOG_MS: a hang is a failure with a message, never a hang.
 *
 * The library itself makes no SysV IPC and no POSIX mq call.
 */
#ifndef IPCNSD_TESTS_ORACLE_SCENARIO_H
#define IPCNSD_TESTS_ORACLE_SCENARIO_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SC_WATCHDOG_MS 15000 /* the whole program; less than the harness's own timeout */
#define SC_BOUND_MS 8000     /* one wait of this library */
#define SC_SETTLE_MS 30	     /* how long a thread must rest in one call to count as parked */
#define SC_CHECKPOINTS 64    /* numbers for sc_post() and sc_await() */
#define SC_ACTORS 64	     /* forked children and threads of one program, altogether */
#define SC_NOBODY 65534	     /* uid and gid of the unprivileged caller */

/* The program's own part. */

/* Runs as the actor "main", without prefix; the program exits 0 when it returns. */
void scenario(void);

/* Optional: where a program continues that called sc_exec_self(stage). Same role as before. */
void scenario_stage(const char *stage);

/* Transcript. */

/* One line (no newline in fmt), prefixed by the caller's role unless that is "main". */
void sc_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Ends the scenario as not runnable here: "SKIP: reason", status 77. Only main may call it. */
_Noreturn void sc_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The scenario itself (not the interface under test) went wrong, e.g. a wait ran out: says why and
 * what the actors had to say so far, ends the whole scenario with status 99.
 */
_Noreturn void sc_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints "label = value", or "label = -1 ENAME" for -1. Returns value, errno kept. */
long sc_result(const char *label, long value);

/* As sc_result() for pointers: "label = ok" or "label = -1 ENAME" for (void *)-1 and NULL. */
void *sc_result_ptr(const char *label, void *value);

/* Prints only "= ok" for anything but -1: for values that rightly differ between two runs. */
long sc_result_ok(const char *label, long value);

#define CALL(...) sc_result(#__VA_ARGS__, (errno = 0, (long)(__VA_ARGS__)))
#define CALL_Q(label, ...) sc_result((label), (errno = 0, (long)(__VA_ARGS__)))
#define CALLP(...) sc_result_ptr(#__VA_ARGS__, (errno = 0, (void *)(__VA_ARGS__)))
#define CALLP_Q(label, ...) sc_result_ptr((label), (errno = 0, (void *)(__VA_ARGS__)))
#define CALL_OK(...) sc_result_ok(#__VA_ARGS__, (errno = 0, (long)(__VA_ARGS__)))

/* Silent, for set-up that is not under test: -1 is a failed scenario. */
#define MUST(...) sc_must(#__VA_ARGS__, (errno = 0, (long)(__VA_ARGS__)))
long sc_must(const char *label, long value);

/* Symbolic names; static or thread-local storage, valid until the thread's next call. */
const char *sc_errname(int err);
const char *sc_signame(int sig);

/* "0", "self", "parent", "main", the role of a forked child, or "other". */
const char *sc_role(pid_t pid);

/* Actors. */

/*
 * Forks a child that runs fn(arg) and exits 0. Returns its pid in the parent; never fails (sc_fail).
 * Any process of the scenario may fork; who forked must wait.
 */
pid_t sc_fork(const char *role, void (*fn)(void *), void *arg);

/* Waits, prints the held lines, then "ROLE: exited 0" or "ROLE: killed SIGKILL". Wait status. */
int sc_wait(pid_t pid);

/* Waits for whichever child ends next, prints "next:" and then as sc_wait(). Returns its pid. */
pid_t sc_wait_next(void);

/* Prints what the actor (child pid or thread id) has said until now. */
void sc_flush(pid_t pid_or_tid);

/* From now on the calling actor's lines are written at once. Held ones come first. */
void sc_live(void);

/* Starts a thread as an actor; returns its kernel thread id (good for sc_wait_parked, tgkill). */
pid_t sc_thread(const char *role, void (*fn)(void *), void *arg);

/* Joins it, prints its held lines and "ROLE: joined". */
void sc_join(pid_t tid);

/* Replaces the calling process by this program again, at scenario_stage(stage). */
_Noreturn void sc_exec_self(const char *stage);

/* Becomes uid and gid SC_NOBODY with no groups and no capabilities. In a child only. */
void sc_become_nobody(void);

/* Order. */

/*
 * Returns once the thread rests inside an IPC call: natively asleep in it, confined waiting for the
 * reply to its notification; either for SC_SETTLE_MS without having run in between.
 */
void sc_wait_parked(pid_t pid_or_tid);

/* The same for the one system call nr (SYS_poll, SYS_read, ...), or any if nr is -1. */
void sc_wait_in(pid_t pid_or_tid, long nr);

/* Whether the thread still rests in an IPC call after SC_SETTLE_MS; prints "ROLE: parked|not parked". */
bool sc_still_parked(pid_t pid_or_tid);

/* Counting checkpoints 0..SC_CHECKPOINTS-1: await takes one post, and waits for it. */
void sc_post(unsigned int n);
void sc_await(unsigned int n);

/* Zeroed memory that forked children share with their ancestors; lost at exec. Never fails. */
void *sc_shared(size_t size);

/* Signals. */

/* kill(pid) or tgkill(own tgid, tid), with a line "signal NAME to ROLE" of the caller. */
void sc_kill(pid_t pid, int sig);
void sc_tkill(pid_t tid, int sig);

/* SIGSTOP resp. SIGCONT to a child, and wait until it has stopped resp. runs again. */
void sc_stop(pid_t pid);
void sc_cont(pid_t pid);

/* Installs a counting handler with these sa_flags (SA_RESTART or 0); sc_caught() is its count. */
void sc_catch(int sig, int sa_flags);
int sc_caught(int sig);

/* Time. */

long sc_mstime(void); /* CLOCK_MONOTONIC in milliseconds */
void sc_msleep(long ms);

/* Prints "label: >=MINms,<MAXms: yes" or "no" for the time since start (an sc_mstime()). */
void sc_say_elapsed(const char *label, long start, long min_ms, long max_ms);

/* "0", "now" (within two seconds), "past" or "future", for a time_t of an IPC object. */
const char *sc_when(time_t t);

/* Memory that faults. */

void *sc_bad_page(void);	    /* address of an unmapped page */
void *sc_ro_page(void);		    /* a zeroed page, read only */
void *sc_page_end(size_t bytes);    /* these many usable bytes, then an unmapped page */
void *sc_page_end_ro(size_t bytes); /* these many usable bytes, then a read-only page */

#endif
