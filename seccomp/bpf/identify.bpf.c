/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * identify: who is thread TID, and what is its descriptor FD?
 *
 * Run by task_bpf.c through BPF_PROG_RUN while TID is stopped in a seccomp notification; question
 * and answer lie in io (see identify.h).
 *
 * Everything is read as /proc shows it: real_cred, the namespaces of nsproxy, the pid namespace of
 * the thread's own pid. Pointers are followed without locks. That is safe, because the verifier
 * makes each load one that yields 0 instead of faulting, and it is right, because a thread's
 * credentials, namespaces and umask are changed by its own calls only (an umask or a descriptor
 * table shared by CLONE_FS or CLONE_FILES: by its siblings, who race with the call natively too).
 * A thread that dies meanwhile may give garbage: so at the end the notification is looked for, and
 * where that does not find it the caller asks NOTIF_ID_VALID afterwards.
 */
#include "kernel.h"
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "identify.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool use_vpid = false;
/* Depth of the pid namespace of the process that runs this. */
__u32 own_level;

struct identify_io quick, lanes[IDENTIFY_LANES];

/*
 * The same task, for reading. Of what a trusted one points to the verifier asks at each load, on
 * each path, whether it can be trusted, too, and for that searches all of the kernel's type
 * information for a name: that took longer than all the rest of a namespace's start.
 */
static struct task_struct *plain(const struct task_struct *task)
{
	return bpf_rdonly_cast(task, bpf_core_type_id_kernel(struct task_struct));
}

static void read_groups(struct identify_io *io, const struct cred *cred)
{
	struct group_info *info = cred->group_info;
	__u32 n = info->ngroups;

	io->ngroups = n;
	if (n > IDENTIFY_MAX_GROUPS)
		n = IDENTIFY_MAX_GROUPS;
	if (n)
		bpf_probe_read_kernel(io->groups, n * sizeof(io->groups[0]), &info->gid);
}

static void read_cred(struct identify_io *io, struct task_struct *task)
{
	const struct cred *cred = task->real_cred;

	io->uid = cred->uid.val;
	io->gid = cred->gid.val;
	io->euid = cred->euid.val;
	io->egid = cred->egid.val;
	io->fsuid = cred->fsuid.val;
	io->fsgid = cred->fsgid.val;
	io->user_ns = cred->user_ns->ns.inum;
	bpf_probe_read_kernel(&io->caps, sizeof(io->caps), &cred->cap_effective);
	read_groups(io, cred);
}

/* The @level-th entry of pid->numbers: the number and the namespace it counts in. */
static struct upid *upid_at(struct pid *pid, unsigned int level)
{
	__u64 at = (__u64)&pid->numbers + (__u64)level * bpf_core_type_size(struct upid);

	return bpf_rdonly_cast((void *)at, bpf_core_type_id_kernel(struct upid));
}

static void read_nested(struct identify_io *io, struct pid *tid, struct pid *tgid, __u32 own)
{
	__u32 n = tid->level - own;

	if (n > IDENTIFY_PID_LEVELS)
		n = IDENTIFY_PID_LEVELS;
	io->nested = n;
	for (__u32 i = 0; i < IDENTIFY_PID_LEVELS; i++) {
		if (i >= n)
			break;
		io->nested_ns[i] = upid_at(tid, own + 1 + i)->ns->ns.inum;
		io->nested_tid[i] = upid_at(tid, own + 1 + i)->nr;
		io->nested_tgid[i] = upid_at(tgid, own + 1 + i)->nr;
	}
}

static void read_pids(struct identify_io *io, struct task_struct *task)
{
	struct pid *pid = task->thread_pid;

	io->nested = 0;
	if (pid->level > own_level)
		read_nested(io, pid, task->group_leader->thread_pid, own_level);
	io->pid_ns = upid_at(pid, pid->level)->ns->ns.inum;
	if (use_vpid) {
		struct task_struct *self = plain(bpf_get_current_task_btf());

		pid = task->group_leader->thread_pid;
		io->tgid = upid_at(pid, self->thread_pid->level)->nr;
	} else {
		io->tgid = task->tgid;
	}
}

static struct file *file_at(struct task_struct *task, __u32 fd)
{
	struct fdtable *fdt = task->files->fdt;
	struct file *file = NULL;

	if (fd >= fdt->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), fdt->fd + fd);
	/* A pointer that was copied is a number to the verifier; now it is one to a struct again. */
	return bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file));
}

/*
 * A sibling may close the descriptor while we look, and its struct file may at once serve someone
 * else (SLAB_TYPESAFE_BY_RCU). Without holding a reference, the way to know that what was read was
 * the caller's is to find the same file in the same slot, and the same inode in it, afterwards.
 * Otherwise the descriptor counts as closed, which is what it just was.
 */
static void read_file(struct identify_io *io, struct task_struct *task, __u32 fd)
{
	struct file *file = file_at(task, fd);
	struct inode *inode;

	io->fd_found = 0;
	if (!file)
		return;
	inode = file->f_inode;
	if (!inode)
		return;
	io->fd_flags = file->f_flags;
	io->fd_ino = inode->i_ino;
	io->fd_mode = inode->i_mode;
	io->fd_dev = inode->i_sb->s_dev;
	if (file_at(task, fd) == file && file->f_inode == inode)
		io->fd_found = 1;
}

/* The filter of a chain that has a listener: so far the kernel allows one (has_duplicate_listener()). */
static struct seccomp_filter *listening_filter(struct task_struct *task)
{
	struct seccomp_filter *filter = task->seccomp.filter;

	for (int i = 0; i < FILTERS_WALKED && filter; i++) {
		if (filter->notif)
			return filter;
		filter = filter->prev;
	}
	return NULL;
}

static struct notification *notification_of(struct task_struct *task)
{
	struct seccomp_filter *filter = listening_filter(task);

	return filter ? filter->notif : NULL;
}

/*
 * What NOTIF_ID_VALID asks, without its system call: is there a notification of this id in the state
 * SENT? The list is walked from its tail, where new ones are, and without its mutex. An element that
 * leaves meanwhile leads nowhere: list_del() poisons it, and whatever its stack holds later is not
 * linked to one that has left before. So a match was in the list at some time since this began, and
 * that is all that NOTIF_ID_VALID could say, too.
 */
static bool waits_for(struct task_struct *task, __u64 id)
{
	struct notification *n = notification_of(task);
	const __u64 sent = bpf_core_enum_value(enum notify_state, SECCOMP_NOTIFY_SENT);

	if (!n)
		return false;
	__u64 at = (__u64)n->notifications.prev;

	for (int i = 0; i < NOTIFICATIONS_WALKED && at != (__u64)&n->notifications; i++) {
		struct seccomp_knotif *k = bpf_rdonly_cast(
			(void *)(at - bpf_core_field_offset(struct seccomp_knotif, list)),
			bpf_core_type_id_kernel(struct seccomp_knotif));

		if (k->id == id)
			return k->task == task && k->state == sent;
		at = (__u64)k->list.prev;
	}
	return false;
}

/* Is this memory anonymous and readable? Then its pages come from the kernel and from no file. */
static bool is_anonymous(struct task_struct *task, __u64 addr, __u32 len)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	bool yes = false;

	bpf_iter_task_vma_new(&it, task, addr);
	vma = bpf_iter_task_vma_next(&it);
	if (vma)
		yes = !vma->vm_ops && (vma->vm_flags & VM_READ) && vma->vm_start <= addr &&
		      addr + len <= vma->vm_end;
	bpf_iter_task_vma_destroy(&it);
	return yes;
}

/*
 * An argument of the call, where no one can make the copy wait, which could not be killed. The thread
 * waits for us, and its memory is its alone, so nothing else can be mapped there meanwhile; it can
 * only die, and then there is no memory to copy from. A page may have to come from swap; one of a
 * userfaultfd fails, as without FAULT_FLAG_ALLOW_RETRY. Whatever is not copied here
 * process_vm_readv(2) copies.
 */
static void copy_in(struct identify_io *io, struct task_struct *task)
{
	struct mm_struct *mm = plain(task)->mm;
	__u32 len = io->copy_len;

	if (!bpf_core_field_exists(struct bpf_iter_task_vma_kern_data, snapshot))
		return;
	if (!mm || len > IDENTIFY_COPY_MAX || !io->id || !waits_for(plain(task), io->id) ||
	    mm->mm_users.counter != 1 || !is_anonymous(task, io->copy_addr, len))
		return;
	if (bpf_copy_from_user_task(io->data, len, (void *)io->copy_addr, task, 0) == 0)
		io->copied = 1;
}

/*
 * Who else shares an undo list? Asked when the one that was watched is gone; the list lives as long
 * as somebody has it (exit_sem() drops it before a task becomes a zombie).
 */
struct sharer_io sharer;

#define BPF_TASK_ITER_ALL_THREADS 1

SEC("syscall")
int find_sharer(void *ctx)
{
	struct task_struct *task;
	struct bpf_iter_task it;

	sharer.tid = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, BPF_TASK_ITER_ALL_THREADS);
	while ((task = bpf_iter_task_next(&it))) {
		if ((__u64)task->sysvsem.undo_list != sharer.undo_list ||
		    task->pid == sharer.not_tid)
			continue;
		sharer.tid = task->pid;
		break;
	}
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

/* groups_search(), kernel/groups.c: they are sorted, and NGROUPS_MAX is 65536. */
struct group_io group;
/*
 * In memory, which the verifier does not follow: in registers, each turn would double the paths that
 * it walks, and loading take a second.
 */
volatile __u32 left, right;

static bool has_group(const struct group_info *info, __u32 gid)
{
	left = 0;
	right = info->ngroups;
	for (int i = 0; i < 17 && left < right; i++) {
		__u32 mid = (left + right) / 2, at = 0;

		bpf_probe_read_kernel(&at, sizeof(at),
				      (const void *)((__u64)&info->gid + (__u64)mid * sizeof(at)));
		if (at == gid)
			return true;
		if (gid > at)
			left = mid + 1;
		else
			right = mid;
	}
	return false;
}

SEC("syscall")
int find_group(void *ctx)
{
	struct task_struct *task;

	group.known = group.found = 0;
	if (use_vpid)
		task = bpf_task_from_vpid(group.tid);
	else
		task = bpf_task_from_pid(group.tid);
	if (!task)
		return 0;
	group.known = 1;
	group.found = has_group(plain(task)->real_cred->group_info, group.gid);
	bpf_task_release(task);
	return 0;
}

/* The way of inc_rlimit_ucounts(), kernel/ucount.c. */
struct purses_io purses;

static void read_purses(struct task_struct *task)
{
	struct ucounts *own = task->real_cred->ucounts;
	struct user_namespace *inside = own->ns;

	for (__u32 i = 0; i < IDENTIFY_USER_LEVELS; i++) {
		struct ucounts *maker = inside->ucounts;
		__u64 max = 0;

		if (!maker)
			break;
		bpf_probe_read_kernel(&max, sizeof(long),
				      &inside->rlimit_max[bpf_core_enum_value(
					      enum rlimit_type, UCOUNT_RLIMIT_MSGQUEUE)]);
		purses.max[i] = max;
		purses.uid[i] = maker->uid.val;
		inside = maker->ns;
		purses.user_ns[i] = inside->ns.inum;
		purses.found = i + 1;
	}
}

SEC("syscall")
int find_purses(void *ctx)
{
	struct task_struct *task;

	purses.found = 0;
	if (use_vpid)
		task = bpf_task_from_vpid(purses.tid);
	else
		task = bpf_task_from_pid(purses.tid);
	if (!task)
		return 0;
	read_purses(plain(task));
	bpf_task_release(task);
	return 0;
}

struct listener_io listener;

SEC("syscall")
int find_listener(void *ctx)
{
	struct seccomp_filter *filter;
	struct task_struct *task;

	listener.known = listener.killable = 0;
	if (use_vpid)
		task = bpf_task_from_vpid(listener.tid);
	else
		task = bpf_task_from_pid(listener.tid);
	if (!task)
		return 0;
	filter = listening_filter(plain(task));
	if (filter) {
		listener.known = 1;
		listener.killable = filter->wait_killable_recv;
	}
	bpf_task_release(task);
	return 0;
}

/*
 * A mapping holds a reference to its file, each part of it that has split off and each copy by fork(2)
 * one of its own; so does the descriptor by which the runner asks.
 */
struct files_io files;

static __u64 refs_of(struct task_struct *self, __s32 fd)
{
	struct file *file = fd < 0 ? NULL : file_at(self, fd);

	if (!file)
		return 0;
	if (bpf_core_field_exists(file->f_ref))
		return file->f_ref.refcnt.counter + 1;

	struct file___counted *old =
		bpf_rdonly_cast(file, bpf_core_type_id_kernel(struct file___counted));

	return old->f_count.counter;
}

SEC("syscall")
int count_refs(void *ctx)
{
	struct task_struct *self = plain(bpf_get_current_task_btf());

	for (__u32 i = 0; i < IDENTIFY_FILES && i < files.n; i++)
		files.refs[i] = refs_of(self, files.fd[i]);
	return 0;
}

/* Run once, by the process that will run identify. */
SEC("syscall")
int note_level(void *ctx)
{
	struct task_struct *self = plain(bpf_get_current_task_btf());

	own_level = self->thread_pid->level;
	return 0;
}

static void answer(struct identify_io *io, bool copy)
{
	struct task_struct *task, *t;

	if (use_vpid)
		task = bpf_task_from_vpid(io->tid);
	else
		task = bpf_task_from_pid(io->tid);
	io->found = 0;
	io->fd_found = 0;
	io->waits = 0;
	io->copied = 0;
	if (!task)
		return;
	t = plain(task);
	if (!(t->flags & PF_EXITING)) {
		io->found = 1;
		read_cred(io, t);
		read_pids(io, t);
		io->umask = t->fs->umask;
		io->ipc_ns = t->nsproxy->ipc_ns->ns.inum;
		io->start = t->group_leader->start_boottime;
		io->born = t->start_boottime;
		io->exec_id = t->self_exec_id;
		io->mm = (__u64)t->mm;
		io->undo_list = (__u64)t->sysvsem.undo_list;
		if (io->fd >= 0)
			read_file(io, t, io->fd);
		if (copy)
			copy_in(io, task);
		if (io->id && bpf_core_field_exists(struct seccomp_knotif, state))
			io->waits = waits_for(t, io->id);
	}
	bpf_task_release(task);
}

/* Without a context, for which the kernel allocates and copies. */
SEC("syscall")
int identify(void *ctx)
{
	answer(&quick, false);
	return 0;
}

SEC("syscall")
int identify_and_copy(struct identify_ctx *ctx)
{
	const __u32 lane = ctx->lane;

	if (lane < IDENTIFY_LANES)
		answer(&lanes[lane], true);
	return 0;
}
