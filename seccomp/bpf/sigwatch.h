/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What signals_bpf.c and sigwatch.bpf.c say to each other: events through a ring buffer, and
 * questions "what are the flags of these threads?" through a table in the program's .bss.
 */
#ifndef SECCOMP_BPF_SIGWATCH_H
#define SECCOMP_BPF_SIGWATCH_H

#include <linux/types.h>

enum sigwatch_kind { SIGWATCH_SIGNAL, SIGWATCH_EXIT };

/**
 * struct sigwatch_event - something happened to a process that has parked threads.
 * @tgid: the process, as the reader numbers it (the value stored in the tgids map).
 * @tid: the thread that was addressed or exits, as the initial pid namespace numbers it. For a
 *       @group signal the kernel may have picked another one.
 */
struct sigwatch_event {
	__u32 tgid, tid;
	__u16 sig;
	__u8 group;
	__u8 kind; /* enum sigwatch_kind */
};

#define SIGWATCH_BATCH 128
#define SIGWATCH_GONE (~(__u64)0) /* no such thread, or it is exiting */

/**
 * struct sigwatch_query - @n threads of @tid to look at; the answers are in @flags: the kernel's
 * thread_info.flags, or SIGWATCH_GONE. @tgid: the process as the initial pid namespace numbers it.
 */
struct sigwatch_query {
	__u32 n;
	__s32 tid[SIGWATCH_BATCH];
	__u32 tgid[SIGWATCH_BATCH];
	__u64 flags[SIGWATCH_BATCH];
};

#endif
