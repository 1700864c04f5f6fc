/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The few things that both users of BPF (task_bpf.c, signals_bpf.c) need around libbpf: loading
 * without chatter, running a program with the least overhead, and knowing how threads are numbered.
 */
#ifndef SECCOMP_BPF_LOAD_H
#define SECCOMP_BPF_LOAD_H

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h; nsfs.h of 6.18 makes it an ABI. */
#define BPF_INIT_PID_NS 0xEFFFFFFCu

typedef int bpf_load_quiet_fn(enum libbpf_print_level, const char *, va_list);

static inline int bpf_load_silent(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/**
 * bpf_load_begin() / bpf_load_end() - around open and load. libbpf writes the verifier's log to
 * stderr, and a load that fails is no error for us: another backend takes over. Its print function
 * is per process; the old one is put back.
 */
static inline bpf_load_quiet_fn *bpf_load_begin(void)
{
	return libbpf_set_print(bpf_load_silent);
}

static inline void bpf_load_end(bpf_load_quiet_fn *old)
{
	libbpf_set_print(old);
}

/** bpf_run() - run a SEC("syscall") program without context. Return: 0, or -1 and errno. */
static inline int bpf_run(union bpf_attr *attr)
{
	size_t size = offsetof(union bpf_attr, test.batch_size) + sizeof(attr->test.batch_size);

	return syscall(SYS_bpf, BPF_PROG_TEST_RUN, attr, size) ? -1 : 0;
}

/**
 * bpf_in_nested_pid_ns() - do notifications number threads otherwise than bpf_task_from_pid()?
 * Says yes when in doubt: bpf_task_from_vpid() is right everywhere, only newer (6.14).
 */
static inline bool bpf_in_nested_pid_ns(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) || st.st_ino != BPF_INIT_PID_NS;
}

#endif
