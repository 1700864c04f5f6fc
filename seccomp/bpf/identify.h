/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What task_bpf.c and identify.bpf.c say to each other: records in the program's .bss, which both
 * have mapped. Passing them that way instead of as the program's context spares copying them on the
 * hottest path there is.
 */
#ifndef SECCOMP_BPF_IDENTIFY_H
#define SECCOMP_BPF_IDENTIFY_H

#include <linux/types.h>

#define IDENTIFY_MAX_GROUPS 512
#define IDENTIFY_PID_LEVELS 32

/** Copying runs at the same time: one may sleep, and then holds up none but its lane. */
#define IDENTIFY_LANES 32
/** Longest copy, bytes. */
#define IDENTIFY_COPY_MAX 1032

/** struct identify_ctx - context of the copying program: which of the lanes has the question. */
struct identify_ctx {
	__u32 lane;
};

/** A listener's newest notifications, of which the one asked for is nearly always the newest. */
#define NOTIFICATIONS_WALKED 8
/** Filters above the one that has the listener. */
#define FILTERS_WALKED 16

/**
 * struct identify_io - question and answer of one run.
 * @tid, @fd, @id: the question; @fd < 0 asks for no descriptor, @id 0 for no notification.
 * @found: 0: no such thread, or it is exiting; then nothing below is meaningful.
 * @waits: the thread was waiting for the answer to notification @id when it was asked for; 0: no, or
 *     not found within NOTIFICATIONS_WALKED.
 * @copy_addr, @copy_len: question: the thread's memory to copy into @data; @copied: it was. If not, that
 *     says nothing about the memory.
 * @caps: the kernel's effective capability set, bit CAP_x.
 * @start: start_boottime of the group leader, ns.
 * @mm: what tells memories apart.
 * @undo_list: what tells lists of semaphore undo apart; 0: the thread shares its with nobody.
 * @exec_id: self_exec_id, which execve(2) changes.
 * @born: start_boottime of the thread itself, ns.
 * @fd_found: 0: the descriptor is not open.
 * @fd_dev: the kernel's internal dev_t (20 bits of minor), not the one of stat(2).
 * @nested: how many pid namespaces below the runner's own the thread is in (at most
 *     IDENTIFY_PID_LEVELS are told), with its and its leader's number in each.
 * @ngroups: all supplementary groups; the first IDENTIFY_MAX_GROUPS are in @groups.
 */
struct identify_io {
	__s32 tid, fd;
	__u64 id;
	__u64 copy_addr;
	__u32 copy_len;
	__u32 found, fd_found, waits, copied;
	__u32 tgid;
	__u32 uid, gid, euid, egid, fsuid, fsgid;
	__u32 umask;
	__u32 ipc_ns, user_ns, pid_ns;
	__u32 fd_flags, fd_dev, fd_mode;
	__u32 ngroups;
	__u64 caps, start, born, exec_id, undo_list, mm, fd_ino;
	__u32 nested;
	__u32 nested_ns[IDENTIFY_PID_LEVELS];
	__u32 nested_tgid[IDENTIFY_PID_LEVELS], nested_tid[IDENTIFY_PID_LEVELS];
	__u32 groups[IDENTIFY_MAX_GROUPS];
	__u8 data[IDENTIFY_COPY_MAX];
};

/**
 * struct group_io - question and answer of find_group: is @gid among the supplementary groups of
 * thread @tid? @known 0: there is no such thread.
 */
struct group_io {
	__s32 tid;
	__u32 gid;
	__u32 known, found;
};

/** As many as user namespaces can be nested (create_user_ns()). */
#define IDENTIFY_USER_LEVELS 32

/**
 * struct purses_io - question and answer of find_purses: who pays for what thread @tid makes, besides
 * itself: the makers of its user namespaces, from the inside out.
 * @found: how many; 0 also if there is no such thread.
 * @max: RLIMIT_MSGQUEUE of the maker when it made the namespace inside.
 */
struct purses_io {
	__s32 tid;
	__u32 found;
	__u32 user_ns[IDENTIFY_USER_LEVELS], uid[IDENTIFY_USER_LEVELS];
	__u64 max[IDENTIFY_USER_LEVELS];
};

/**
 * struct listener_io - question and answer of find_listener: was the filter with a listener that
 * thread @tid is under made with SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV? @known 0: there is no such
 * thread, or filter.
 */
struct listener_io {
	__s32 tid;
	__u32 known, killable;
};

/** So many files are looked at in one run. */
#define IDENTIFY_FILES 64

/**
 * struct files_io - question and answer of count_refs: how many references there are to the first @n
 * of the runner's own descriptors @fd; 0: it is not open.
 */
struct files_io {
	__u32 n;
	__s32 fd[IDENTIFY_FILES];
	__u64 refs[IDENTIFY_FILES];
};

/**
 * struct sharer_io - question and answer of find_sharer: a living thread but @not_tid whose undo
 * list is @undo_list. @tid 0: there is none.
 */
struct sharer_io {
	__u64 undo_list;
	__s32 not_tid;
	__s32 tid;
};

#endif
