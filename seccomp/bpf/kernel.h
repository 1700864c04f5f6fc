/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel structures that our BPF programs look into, cut down to the members they read.
 *
 * Only for *.bpf.c. The offsets written by the compiler mean nothing: preserve_access_index makes
 * every access a CO-RE relocation, which libbpf resolves at load time against the running kernel's
 * own type information. So the machine that builds needs no /sys/kernel/btf and no vmlinux.h, and
 * one object serves every kernel that still has these members under these names. A member that is
 * missing fails the load, and the caller then takes the /proc backend.
 */
#ifndef SECCOMP_BPF_KERNEL_H
#define SECCOMP_BPF_KERNEL_H

#include <linux/types.h>
#include <stdbool.h>

#define VM_READ 0x00000001    /* include/linux/mm.h */
#define PF_EXITING 0x00000004 /* include/linux/sched.h: set before the thread leaves do_exit() */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct ns_common {
	unsigned int inum;
};

struct user_namespace;

/* What a user of a namespace has used up; those of the user who made the namespace are above it. */
struct ucounts {
	struct user_namespace *ns;
	kuid_t uid;
};

enum rlimit_type {
	UCOUNT_RLIMIT_MSGQUEUE = 1,
};

struct user_namespace {
	struct ns_common ns;
	struct ucounts *ucounts;
	long rlimit_max[2];
};

struct ipc_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct ipc_namespace *ipc_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[0];
};

struct group_info {
	int ngroups;
	kgid_t gid[0];
};

/*
 * Two 32-bit words before 6.3, one 64-bit word since: only its address is taken, and 8 bytes from
 * there are the same on a little-endian machine.
 */
typedef struct {
} kernel_cap_t;

struct cred {
	kuid_t uid, euid, fsuid;
	kgid_t gid, egid, fsgid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
	struct ucounts *ucounts;
	struct group_info *group_info;
};

struct fs_struct {
	int umask;
};

struct super_block {
	__u32 s_dev;
};

struct inode {
	__u16 i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
};

typedef struct {
	__s64 counter;
} atomic64_t;

typedef struct {
	atomic64_t refcnt;
} file_ref_t;

/* @f_ref: since 6.13, one less than there are. */
struct file {
	unsigned int f_flags;
	struct inode *f_inode;
	file_ref_t f_ref;
};

/* Before: as many as there are. (What follows three underscores libbpf does not look at.) */
struct file___counted {
	atomic64_t f_count;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct thread_info {
	unsigned long flags;
};

typedef struct {
	int counter;
} atomic_t;

/* @mm_users: whoever runs in it, and those who look into it for a moment. */
struct mm_struct {
	atomic_t mm_users;
};

struct vm_operations_struct;

/* @vm_ops: of a file, of anonymous shared memory (which is one), of huge pages; else NULL. */
struct vm_area_struct {
	unsigned long vm_start, vm_end;
	unsigned long vm_flags;
	const struct vm_operations_struct *vm_ops;
};

/*
 * With @snapshot the iterator holds a reference to the memory and hands out copies; before, it (and
 * bpf_find_vma()) looked into a memory that its last user may just be leaving.
 */
struct bpf_iter_task_vma_kern_data {
	struct vm_area_struct snapshot;
};

struct sem_undo_list;
struct task_struct;

struct list_head {
	struct list_head *next, *prev;
};

/* The three of kernel/seccomp.c. */
enum notify_state {
	SECCOMP_NOTIFY_SENT = 1,
};

struct seccomp_knotif {
	struct task_struct *task;
	__u64 id;
	enum notify_state state;
	struct list_head list;
};

struct notification {
	struct list_head notifications;
};

struct seccomp_filter {
	bool wait_killable_recv;
	struct seccomp_filter *prev;
	struct notification *notif;
};

struct seccomp {
	struct seccomp_filter *filter;
};

struct sysv_sem {
	struct sem_undo_list *undo_list;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	__u64 start_boottime;
	__u64 self_exec_id;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	const struct cred *real_cred;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct sysv_sem sysvsem;
	struct mm_struct *mm;
	struct seccomp seccomp;
};

struct kernel_siginfo;

#pragma clang attribute pop

/*
 * bpf_task_from_pid() counts in the initial pid namespace, bpf_task_from_vpid() (6.14) in that of
 * the process that runs the program. Both are weak: the loader picks one through use_vpid, and the
 * verifier drops the branch of the other, so a kernel without it still loads.
 */
extern struct task_struct *bpf_task_from_pid(__s32 pid) __attribute__((section(".ksyms"), weak));
extern struct task_struct *bpf_task_from_vpid(__s32 vpid) __attribute__((section(".ksyms"), weak));
/* Makes a pointer that was computed or copied one to a struct again, whose loads cannot fault. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __attribute__((section(".ksyms")));
/* All threads of the system, within an RCU section (6.7). */
struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned int flags)
	__attribute__((section(".ksyms"), weak));
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it)
	__attribute__((section(".ksyms"), weak));
extern void bpf_iter_task_destroy(struct bpf_iter_task *it)
	__attribute__((section(".ksyms"), weak));
struct bpf_iter_task_vma {
	__u64 opaque[1];
} __attribute__((aligned(8)));
extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, __u64 addr)
	__attribute__((section(".ksyms"), weak));
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it)
	__attribute__((section(".ksyms"), weak));
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it)
	__attribute__((section(".ksyms"), weak));
extern void bpf_rcu_read_lock(void) __attribute__((section(".ksyms"), weak));
extern void bpf_rcu_read_unlock(void) __attribute__((section(".ksyms"), weak));
extern void bpf_task_release(struct task_struct *task) __attribute__((section(".ksyms")));

#endif
