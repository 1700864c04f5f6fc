/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trapped calls as hostile programs make them: registers of any ABI and memory that reads differently
 * each time go through the daemon's own decoding, handlers and replies into ipc/. Names, structures,
 * operations and texts are the fuzzer's, and so are addresses that fault at once or half way.
 *
 * While memory is copied the daemon gives up its lock. Here, that is when others act: they make
 * calls, die, close descriptors, and remove what was just looked up. Each call is answered exactly
 * once, or its task is dead; and at the end of the input nothing is left.
 *
 * Programs get bodies of semaphore sets as libipcshim does, and do operations in them or write
 * anything at all.
 *
 * Not here, but made up: the kernel (listener, process_vm_readv), who calls, the opener's work, the
 * watch over holders of undo lists.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/mman.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "daemon/backing.h"
#include "daemon/calls.h"
#include "daemon/foreign_shm.h"
#include "daemon/holders.h"
#include "daemon/memories.h"
#include "daemon/mq_notify.h"
#include "daemon/opener.h"
#include "ipc/sem_share.h"
#include "ipc_check.h"
#include "seccomp/listener.h"
#include "seccomp/task_impl.h"

#define OPS_MAX 200
#define HANDLES 8u
#define JOBS 16u
#define BODIES 4u
#define FUSE_DEV 77u
#define NO_SOCKET 1000000 /* a number that no descriptor here has */

/* The programs' memory: 16 pages, one of them missing. */
#define MEM_START 0x10000u
#define MEM_HOLE 0x18000u
#define MEM_END 0x20000u
#define PAGE 0x1000u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct server srv = {.lock = {.mutex = PTHREAD_MUTEX_INITIALIZER, .turns = 0},
			    .own_pid_ns = 1,
			    .backing_ipc_ns = 2};
static struct server_listener listener;
static struct server_listener *listeners[1] = {&listener};
static struct input input;
static unsigned depth; /* calls that are being handled, one in the other's gap */

/* The call each process is in: its notification's id, or 0. */
static uint64_t waiting[PROCESSES], next_id;
static struct {
	uint64_t ino;
	uint32_t flags;
} handle[HANDLES];
static struct opener_job job[JOBS];
static unsigned jobs;
/* Of semaphore sets, as programs have mapped them; NULL: none. */
static struct sem_body *body[BODIES];

static void step(void);
static void remove_something(uint8_t which);

/* ---- the kernel: who waits, and memory ---- */

static int waiter(uint64_t id)
{
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (waiting[i] == id)
			return (int)i;
	return -1;
}

static void die(uint32_t i)
{
	world.process[i].dead = true;
	waiting[i] = 0;
}

bool listener_valid(int fd, uint64_t id)
{
	CHECK(fd == 3 && id);
	return waiter(id) >= 0;
}

int listener_send(int fd, uint64_t id, int64_t result)
{
	int who = waiter(id);

	CHECK(fd == 3 && id && result > -4096 && result <= INT32_MAX);
	if (who < 0)
		return -ENOENT;
	if (who && take8(&input) % 16 == 1) {
		die((uint32_t)who);
		return -ENOENT;
	}
	waiting[who] = 0;
	return 0;
}

int listener_continue(int fd, uint64_t id)
{
	return listener_send(fd, id, 0);
}

/* Others' turn, while who copies has given up the lock. */
static void gap(void)
{
	CHECK(pthread_mutex_trylock(&srv.lock.mutex) == 0);
	turn_lock_count(&srv.lock);
	uint8_t what = depth < 3 ? take8(&input) : 0;

	if (what % 8 == 1)
		step();
	else if (what % 8 == 2)
		remove_something(what / 8);
	turn_unlock(&srv.lock);
}

int listener_add_fd(int fd, uint64_t id, int srcfd)
{
	struct sem_body **place = &body[take8(&input) % BODIES];

	CHECK(fd == 3 && id);
	gap();
	if (waiter(id) < 0)
		return -ENOENT;
	if (take8(&input) % 16 == 1)
		return -EMFILE;
	void *map = mmap(NULL, SEM_BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, srcfd, 0);

	/* What says which bodies live; nobody can write there. */
	if (map == MAP_FAILED && errno == EPERM)
		return 51;
	CHECK(map != MAP_FAILED);
	if (*place)
		munmap(*place, SEM_BODY_SIZE);
	*place = map;
	return 50;
}

/* A client does an operation, as it should; or it writes over words, and over anything. */
static void scribble(void)
{
	struct sem_body *b = body[take8(&input) % BODIES];
	const _Atomic(uint64_t) key = take8(&input);
	const _Atomic(uint32_t) live = 1;
	const struct sem_view v = {b, &key, key, &live, 1};
	uint8_t how = take8(&input);

	if (!b)
		return;
	if (how % 4 == 0)
		(void)sem_body_op(&v, how / 4 % 8, (int16_t)take16(&input), how & 128,
				  world.now.tv_sec);
	else if (how % 4 == 1)
		b->word[how / 4 % 8] = take64(&input);
	else if (how % 4 == 2)
		b->word[how / 4 % 8] &= ~(uint64_t)SEM_WORD_FROZEN;
	else
		((uint8_t *)b)[take16(&input) % SEM_BODY_SIZE] = take8(&input);
}

unsigned __wrap_task_filters(pid_t tid);
unsigned __wrap_task_filters(pid_t tid)
{
	(void)tid;
	gap();
	return take8(&input) % 16 == 1;
}

bool __wrap_task_only_thread(pid_t tgid);
bool __wrap_task_only_thread(pid_t tgid)
{
	(void)tgid;
	return take8(&input) % 2;
}

/* How many bytes from @addr on there are. */
static size_t present(uint64_t addr, size_t len)
{
	uint64_t end = addr < MEM_HOLE ? MEM_HOLE : MEM_END;

	if (addr < MEM_START || addr >= MEM_END || (addr >= MEM_HOLE && addr < MEM_HOLE + PAGE))
		return 0;
	return len < end - addr ? len : (size_t)(end - addr);
}

ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long nto,
				const struct iovec *from, unsigned long nfrom, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long nto,
				const struct iovec *from, unsigned long nfrom, unsigned long flags)
{
	CHECK(pid >= 1 && pid <= (pid_t)PROCESSES && nto == 1 && nfrom == 1 && !flags);
	CHECK(to->iov_len == from->iov_len);
	gap();

	size_t n = present((uintptr_t)from->iov_base, from->iov_len);

	if (world.process[pid - 1].dead || n == 0) {
		errno = world.process[pid - 1].dead ? ESRCH : EFAULT;
		return -1;
	}
	static const uint8_t fill[] = {0, 'a', 1, 0xff};
	uint8_t how = take8(&input);
	size_t given = n < (how >> 2) ? n : (how >> 2);

	memset(to->iov_base, fill[how & 3], n);
	take(&input, to->iov_base, given);
	return (ssize_t)n;
}

int memories_write(struct server *s, const struct ipc_slot *slot, uint64_t addr, const void *buf,
		   size_t len)
{
	static uint8_t memory[MEM_END - MEM_START];
	const uint64_t id = slot_notif(slot)->id;

	turn_unlock(&s->lock);
	gap();
	size_t n = present(addr, len);

	if (n)
		memcpy(memory + (addr - MEM_START), buf, n);
	turn_lock(&s->lock);
	if (waiter(id) < 0)
		return -ESRCH;
	return n == len ? 0 : -EFAULT;
}

/* ---- who calls ---- */

int task_proc_open(struct task_probe **out)
{
	(void)out;
	return -EOPNOTSUPP;
}

enum task_backend __wrap_task_probe_backend(const struct task_probe *p);
enum task_backend __wrap_task_probe_backend(const struct task_probe *p)
{
	(void)p;
	return TASK_BACKEND_BPF;
}

int __wrap_task_ask(struct task_probe *p, const struct task_question *q, struct task_ident *out);
int __wrap_task_ask(struct task_probe *p, const struct task_question *q, struct task_ident *out)
{
	const pid_t tid = q->tid;
	const int fd = q->fd;
	const struct process *who = &world.process[tid - 1];

	(void)p;
	CHECK(tid >= 1 && tid <= (pid_t)PROCESSES);
	if (who->dead)
		return -ESRCH;
	memset(out, 0, offsetof(struct task_ident, tgid_numbers));
	out->tgid_numbers.count = out->tid_numbers.count = 0;
	out->cred = who->cred;
	out->start_time = who->start_time;
	out->undo = who->undo;
	out->ipc_ns = take8(&input) % 8 ? srv.backing_ipc_ns : 99;
	out->pid_ns = srv.own_pid_ns;
	out->exec_id = 1;
	out->copied = q->len && take8(&input) % 2 && task_read(tid, q->addr, q->data, q->len) == 0;
	out->waits = q->id && !who->dead && take8(&input) % 2;
	if (fd >= 0 && fd < (int)HANDLES && handle[fd].ino)
		out->fd = (struct task_fd){.ok = true,
					   .ino = handle[fd].ino,
					   .dev = FUSE_DEV,
					   .flags = handle[fd].flags};
	else if (fd == 9) /* some other file, with an inode number that we have, too */
		out->fd = (struct task_fd){.ok = true, .ino = MQ_FIRST_INO, .dev = 1, .flags = 2};
	out->own_admin = take8(&input) % 2;
	/* The socket of a SIGEV_THREAD is any descriptor. */
	if (out->fd.ok && take8(&input) % 2)
		out->fd.type = S_IFSOCK;
	return 0;
}

int __wrap_task_rlimit_memlock(pid_t tgid, uint64_t *soft);
int __wrap_task_rlimit_memlock(pid_t tgid, uint64_t *soft)
{
	(void)tgid;
	*soft = take8(&input) % 2 ? UINT64_MAX : 0;
	return 0;
}

int __wrap_task_rlimit_msgqueue(pid_t tgid, uint64_t *soft);
int __wrap_task_rlimit_msgqueue(pid_t tgid, uint64_t *soft)
{
	if (world.process[tgid - 1].dead)
		return -ESRCH;
	*soft = take8(&input) % 4 ? 819200 : 500;
	return 0;
}

bool __wrap_task_fds_full(pid_t tgid);
bool __wrap_task_fds_full(pid_t tgid)
{
	(void)tgid;
	return take8(&input) % 16 == 1;
}

int __wrap_getpriority(int which, id_t who);
int __wrap_getpriority(int which, id_t who)
{
	(void)which, (void)who;
	return (int)(take8(&input) % 5) - 2;
}

/* ---- the rest of the daemon ---- */

int server_listener_fd(const struct server *s, const struct ipc_slot *slot)
{
	(void)s;
	CHECK(slot->listener == 0);
	return 3;
}

void server_drain(struct server *s)
{
	struct ipc_slot *slot;

	while ((slot = ipc_next_completed(&s->ns)))
		reply_send(s, slot);
}

void server_drain_own(struct server *s, const struct server_listener *l)
{
	(void)l;
	server_drain(s);
}

int server_pid_in(struct server *s, uint32_t tgid, uint64_t pid_ns)
{
	(void)s, (void)pid_ns;
	return (int)tgid;
}

void server_show_perm(struct server *s, const struct task_ident *caller, struct kern_ipc_perm *perm)
{
	(void)s, (void)caller, (void)perm;
}

int server_take_ids(struct server *s, const struct task_ident *caller, uint32_t *uid, uint32_t *gid)
{
	(void)s, (void)caller;
	return *uid == UINT32_MAX || *gid == UINT32_MAX ? -EINVAL : 0;
}

/* ---- segments, of callers who are not where they are ---- */

static unsigned attaching;

static int some_segment(void)
{
	uint8_t what = take8(&input);

	return what % 4 ? what % 8 : -1;
}

int backing_find(int32_t key)
{
	int id = some_segment();

	CHECK(key != IPC_PRIVATE);
	return id < 0 ? -ENOENT : id;
}

int backing_make_segment(const struct kern_ipc_perm *perm, uint64_t size, int flags)
{
	int id = some_segment();

	(void)perm, (void)size;
	CHECK(!(flags & (0777 | IPC_CREAT | IPC_EXCL)));
	return id < 0 ? -EEXIST : id;
}

int backing_set(int id, const struct kern_ipc_perm *perm)
{
	CHECK(id >= 0 && perm->uid != UINT32_MAX && perm->gid != UINT32_MAX);
	return 0;
}

int backing_lock(int id, bool lock)
{
	(void)lock;
	CHECK(id >= 0);
	return 0;
}

int backing_remove(int id)
{
	CHECK(id >= 0);
	return 0;
}

int backing_limits(struct shm_limits *out)
{
	*out = (struct shm_limits){.shmmax = UINT64_MAX, .shmmni = 4096};
	return take8(&input);
}

int backing_usage(struct shm_usage *out)
{
	*out = (struct shm_usage){.used_ids = 3, .shm_tot = UINT64_MAX};
	return take8(&input);
}

int foreign_stat(struct foreign_shm *f, int id, bool by_index, struct shm_stat *out)
{
	uint8_t what = take8(&input);

	(void)f;
	if (id < 0 || what % 4 == 0)
		return -EINVAL;
	*out = (struct shm_stat){.perm = {.key = 5,
					  .id = id,
					  .uid = what % 3,
					  .gid = what % 5,
					  .cuid = what % 3,
					  .mode = (uint32_t)what * 2},
				 .size = UINT64_C(1) << what % 48,
				 .nattch = what};
	return by_index ? id & 0x7fff : id;
}

void foreign_begin(struct foreign_shm *f)
{
	(void)f;
}

void foreign_made(struct foreign_shm *f, int id, const struct ipc_cred *by)
{
	(void)f, (void)by;
	CHECK(id >= 0);
}

int foreign_remove(struct foreign_shm *f, int id)
{
	(void)f;
	CHECK(id >= 0);
	return 0;
}

int foreign_attach(struct foreign_shm *f, int id, bool rdonly)
{
	(void)f, (void)rdonly;
	CHECK(id >= 0);
	if (take8(&input) % 8 == 0)
		return -ENOMEM;
	attaching++;
	return NO_SOCKET;
}

void foreign_abandon(struct foreign_shm *f, int id, int fd)
{
	(void)f;
	CHECK(id >= 0 && fd == NO_SOCKET && attaching);
	attaching--;
}

/* The injector's: it answers. */
int foreign_submit(struct foreign_shm *f, struct ipc_slot *s)
{
	if (take8(&input) % 16 == 0)
		return -ENOMEM;
	CHECK(s->u.shm.listener >= 0 && !(s->u.shm.addr % PAGE));
	close(s->u.shm.listener);
	if (s->op == SLOT_SHM_ATTACH)
		foreign_abandon(f, s->u.shm.id, s->u.shm.fd);
	(void)listener_send(3, slot_notif(s)->id, 0);
	call_done(&srv, s);
	return 0;
}

int backing_totals(uint64_t *segments, uint64_t *bytes)
{
	*segments = *bytes = 0;
	return 0;
}

void server_usage_change(struct server *s)
{
	(void)s;
}

void server_note_user_ns(struct server *s, pid_t tid, uint64_t user_ns)
{
	(void)s, (void)tid, (void)user_ns;
}

void server_weigh(const struct server *s, struct task_ident *who)
{
	(void)s, (void)who;
}

void server_serve_fuse(struct server *s)
{
	(void)s;
}

uint64_t ipcns_fuse_st_dev(const struct ipcns_fuse *f)
{
	(void)f;
	return FUSE_DEV;
}

bool holders_any(const struct holders *h)
{
	(void)h;
	return true;
}

struct sem_holder holders_identity(const struct task_ident *ident)
{
	return ident->undo;
}

int holders_add(struct holders *h, const struct task_ident *ident)
{
	(void)h, (void)ident;
	return take8(&input) % 16 == 1 ? -ENOMEM : 0;
}

void holders_leave(struct holders *h, const struct task_ident *ident)
{
	(void)h;
	if (ident->undo.born)
		sem_undo_exit(&srv.ns, &ident->undo, ident->cred.tgid);
}

void holders_check(struct holders *h)
{
	(void)h;
}

void mq_notify_send(struct server_listener *l, struct mq_signal *n)
{
	(void)l, (void)n;
}

int mq_notify_bind(int sock)
{
	CHECK(sock == NO_SOCKET);
	return take8(&input) % 4 == 1 ? -EBADF : 0;
}

/* Registrations made are counted; the environment counts those that end. */
int __real_mqueue_notify(struct ipc_ns *ns, aref mq, uint32_t tgid,
			 const struct mq_registration *reg);
int __wrap_mqueue_notify(struct ipc_ns *ns, aref mq, uint32_t tgid,
			 const struct mq_registration *reg);
int __wrap_mqueue_notify(struct ipc_ns *ns, aref mq, uint32_t tgid,
			 const struct mq_registration *reg)
{
	int r = __real_mqueue_notify(ns, mq, tgid, reg);

	if (reg && r == 0)
		world.registered++;
	return r;
}

/* ---- the opener, which works when nobody has the lock ---- */

int opener_submit(struct opener *o, const struct opener_job *j)
{
	(void)o;
	if (jobs == JOBS)
		return -ENOMEM;
	job[jobs++] = *j;
	return 0;
}

int opener_take_fd(struct opener *o, int fd)
{
	(void)o;
	return fd;
}

void opener_settle(struct opener *o)
{
	(void)o;
}

/* As FUSE's open: the descriptor pins the queue. */
static int install(const struct opener_job *j)
{
	int who = waiter(j->notif_id);
	aref mq = mqueue_by_ino(&srv.ns, j->ino);

	CHECK(mq);
	CHECK(strnlen(j->name, sizeof(j->name)) <= MQ_NAME_MAX);
	if (who < 0)
		return -ENOENT;
	if (take8(&input) % 8 == 1)
		return -EMFILE;
	for (uint32_t h = 0; h < HANDLES; h++)
		if (!handle[h].ino) {
			mqueue_ref(&srv.ns, mq);
			handle[h].ino = j->ino;
			handle[h].flags = (uint32_t)j->oflags;
			waiting[who] = 0;
			return 0;
		}
	return -EMFILE;
}

static void work(void)
{
	for (unsigned i = 0; i < jobs; i++) {
		struct opener_job *j = &job[i];

		CHECK(depth == 0 && slot_get(&srv.ns, j->slot));
		if (j->kind == OPENER_OPEN)
			j->result = install(j);
		else if (j->kind == OPENER_SOCKET)
			j->result = take8(&input) % 4 == 1 ? -EBADF : NO_SOCKET;
		else if (j->kind == OPENER_SETFL && (uint32_t)j->fd < HANDLES && handle[j->fd].ino)
			handle[j->fd].flags =
				(handle[j->fd].flags & ~(uint32_t)O_NONBLOCK) | (uint32_t)j->oflags;
		else
			j->result = -EBADF;
		calls_mq_opened(&srv, j);
		server_drain(&srv);
	}
	jobs = 0;
}

static void close_handle(uint32_t h)
{
	if (!handle[h].ino)
		return;
	aref mq = mqueue_by_ino(&srv.ns, handle[h].ino);

	CHECK(mq);
	mqueue_flush(&srv.ns, mq, 1 + below(&input, PROCESSES));
	handle[h].ino = 0;
	mqueue_unref(&srv.ns, mq);
}

/* ---- what programs do ---- */

static const int numbers_x86_64[] = {29,  30,  31,  64,	 65,  65,  66,	66,  67,  68,
				     69,  69,  70,  70,	 71,  71,  220, 240, 240, 240,
				     241, 242, 242, 243, 243, 244, 244, 245, 272, 105};
static const int numbers_i386[] = {117, 117, 117, 117, 117, 117, 277, 277, 278,
				   279, 280, 281, 282, 310, 393, 394, 395, 396,
				   397, 398, 399, 400, 401, 402, 418, 419, 420};

static uint64_t some_address(void)
{
	uint8_t page = take8(&input);

	return MEM_START + (page % 18) * PAGE + (page >= 128 ? PAGE - take8(&input) : 0u);
}

static uint64_t some_argument(void)
{
	static const uint64_t values[] = {0,
					  0666 | IPC_CREAT,
					  0600 | IPC_CREAT | IPC_EXCL,
					  O_CREAT | O_RDWR,
					  O_RDWR,
					  O_CREAT | O_RDWR | O_NONBLOCK,
					  O_CREAT | O_EXCL | O_WRONLY,
					  O_NONBLOCK,
					  IPC_NOWAIT,
					  IPC_NOWAIT | 040000,
					  MSG_NOERROR,
					  020000,
					  UINT64_MAX,
					  INT32_MAX,
					  1ull << 31,
					  1ull << 32,
					  0x100,
					  0x101,
					  0x102,
					  1 << 16 | 12,
					  CLONE_SYSVSEM,
					  CLONE_NEWIPC,
					  32768,
					  32769};

	switch (below(&input, 5)) {
	case 0:
		return take8(&input) % 24;
	case 1:
		return values[take8(&input) % (sizeof(values) / sizeof(values[0]))];
	case 2:
	case 3:
		return some_address();
	default:
		return take8(&input) % 8 ? take8(&input) : take64(&input);
	}
}

static uint64_t some_id(void)
{
	uint8_t n = take8(&input);

	return (n & 7u) + 32768u * (n >> 3 & 3u);
}

static uint64_t flags_of(const uint16_t *list, size_t n)
{
	return list[take8(&input) % n];
}
#define ONE_OF(...)                               \
	flags_of((const uint16_t[]){__VA_ARGS__}, \
		 sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

/* Arguments that fit the call, so that more of them get far. */
static void sensible(enum ipc_call_nr nr, __u64 *arg)
{
	static const uint16_t get[] = {0, 0600 | IPC_CREAT, 0666 | IPC_CREAT,
				       0600 | IPC_CREAT | IPC_EXCL};

	switch (nr) {
	case CALL_MSGGET:
	case CALL_SEMGET:
		arg[0] = below(&input, 4);
		arg[1] = below(&input, 8);
		arg[nr == CALL_MSGGET ? 1 : 2] = flags_of(get, 4);
		break;
	case CALL_MSGSND:
	case CALL_MSGRCV:
		arg[0] = some_id();
		arg[1] = some_address();
		arg[2] = below(&input, 80);
		arg[3] =
			nr == CALL_MSGSND ? ONE_OF(0, IPC_NOWAIT) : (uint64_t)(int8_t)take8(&input);
		arg[4] = ONE_OF(0, IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, 040000 | IPC_NOWAIT);
		break;
	case CALL_MSGCTL:
	case CALL_SEMCTL:
		arg[0] = some_id();
		arg[1] = below(&input, 21);
		if (nr == CALL_SEMCTL) {
			arg[2] = arg[1];
			arg[1] = below(&input, 6);
		}
		arg[nr == CALL_MSGCTL ? 2 : 3] = some_address();
		break;
	case CALL_SEMTIMEDOP:
		arg[0] = some_id();
		arg[1] = some_address();
		arg[2] = 1 + below(&input, 24);
		arg[3] = below(&input, 4) ? 0 : some_address();
		arg[4] = below(&input, 2) ? 0 : SEM_OFFER_MAGIC;
		arg[5] = some_address();
		break;
	case CALL_MQ_OPEN:
		arg[0] = some_address();
		arg[1] = ONE_OF(O_CREAT | O_RDWR, O_RDWR, O_CREAT | O_WRONLY | O_NONBLOCK, O_RDONLY,
				O_CREAT | O_EXCL | O_RDWR, O_WRONLY | O_RDWR);
		arg[2] = 0600 | (take8(&input) & 077u);
		arg[3] = below(&input, 4) ? 0 : some_address();
		break;
	case CALL_MQ_UNLINK:
		arg[0] = some_address();
		break;
	case CALL_MQ_TIMEDSEND:
	case CALL_MQ_TIMEDRECEIVE:
		arg[0] = below(&input, HANDLES + 2);
		arg[1] = some_address();
		arg[2] = below(&input, 40);
		arg[3] = nr == CALL_MQ_TIMEDSEND ? below(&input, 6)
						 : (below(&input, 2) ? some_address() : 0);
		arg[4] = below(&input, 4) ? 0 : some_address();
		break;
	case CALL_MQ_NOTIFY:
	case CALL_MQ_GETSETATTR:
		arg[0] = below(&input, HANDLES + 2);
		arg[1] = below(&input, 2) ? some_address() : 0;
		arg[2] = below(&input, 2) ? some_address() : 0;
		break;
	default:
		break;
	}
}

static void call(void)
{
	uint32_t n = below(&input, PROCESSES);
	struct seccomp_notif *notif;
	struct ipc_slot *s;
	struct ipc_call decoded;

	while (n < PROCESSES && (world.process[n].dead || waiting[n]))
		n++;
	if (n == PROCESSES)
		return;
	s = slot_alloc(&srv.ns);
	CHECK(s);
	notif = (struct seccomp_notif *)(void *)s->notif;
	notif->id = ++next_id;
	notif->pid = n + 1;
	notif->data.instruction_pointer = 0x400000;
	uint8_t which = take8(&input), nr = take8(&input);

	if (which % 4 == 0) {
		notif->data.arch = AUDIT_ARCH_I386;
		notif->data.nr = numbers_i386[nr % (sizeof(numbers_i386) / sizeof(int))];
	} else if (which % 4 == 1) {
		notif->data.arch = AUDIT_ARCH_AARCH64;
		notif->data.nr = nr == 255 ? 97 : 180 + nr % 18;
	} else {
		notif->data.arch = AUDIT_ARCH_X86_64;
		notif->data.nr = numbers_x86_64[nr % (sizeof(numbers_x86_64) / sizeof(int))];
	}
	if (which < 200 && abi_decode(&notif->data, &decoded) == 0) {
		sensible(decoded.nr, notif->data.args);
	} else {
		for (int i = 0; i < 6; i++)
			notif->data.args[i] = some_argument();
	}
	if (which >= 250) {
		notif->data.nr = (int)take32(&input);
		notif->data.arch = take32(&input);
	}
	waiting[n] = next_id;
	struct call_ctx c;

	depth++;
	turn_unlock(&srv.lock);
	calls_begin(&c, &listener, s);
	listener.copies_by_read = 0;
	listener.other_segments = next_id % 2;
	turn_lock(&srv.lock);
	s->listener = 0;
	listener.slots++;
	s->state = SLOT_RECEIVED;
	calls_handle(&c);
	depth--;
}

static struct ipc_slot *nth_parked(uint32_t n)
{
	const struct slots_root *r = arena_root(&srv.ns.calls);

	for (slot_idx i = r->all; i; i = slot_get(&srv.ns, i)->all_next)
		if (slot_get(&srv.ns, i)->state == SLOT_PARKED && n-- == 0)
			return slot_get(&srv.ns, i);
	return NULL;
}

/* A signal, or a deadline. */
static void interrupt(void)
{
	struct ipc_slot *s = nth_parked(below(&input, 8));

	if (s) {
		reply_parked(&srv, s, take8(&input) % 2 ? -514 : -EAGAIN);
		server_drain(&srv);
	}
}

/* What the daemon does about a dead process; then its number is used again. */
static void bury(struct process *p)
{
	struct ipc_slot *s;

	for (uint32_t n = 0; (s = nth_parked(n));) {
		if (s->cred.tgid != p->cred.tgid) {
			n++;
			continue;
		}
		ipc_cancel(&srv.ns, s);
		reply_abandon(&srv, s);
	}
	for (uint32_t h = 0; h < HANDLES; h++)
		if (handle[h].ino)
			mqueue_flush(&srv.ns, mqueue_by_ino(&srv.ns, handle[h].ino), p->cred.tgid);
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (!world.process[i].dead && world.process[i].undo.list == p->undo.list &&
		    world.process[i].undo.born == p->undo.born)
			goto shared;
	sem_undo_exit(&srv.ns, &p->undo, p->cred.tgid);
shared:
	p->start_time += PROCESSES;
	p->undo = first_list(p);
	p->dead = false;
	server_drain(&srv);
}

/* What hurts most while somebody copies: his object goes. */
static void remove_something(uint8_t which)
{
	const struct ipc_cred *root = &world.process[0].cred;
	struct msg_stat m;
	struct sem_stat s;
	int32_t i = which / 4 % 4;
	aref mq;

	switch (which % 4) {
	case 0:
		if (msg_next(&srv.ns, &i, &m))
			CHECK(msg_ctl_rmid(&srv.ns, root, m.perm.id) == 0);
		break;
	case 1:
		if (sem_next(&srv.ns, &i, &s))
			CHECK(sem_ctl_rmid(&srv.ns, root, s.perm.id) == 0);
		break;
	case 2:
		mq = mqueue_first(&srv.ns);
		if (mq)
			mqueue_unlink(&srv.ns, mq);
		for (uint32_t h = 0; h < HANDLES; h++)
			close_handle(h);
		break;
	default:
		close_handle(which / 4 % HANDLES);
		break;
	}
	server_drain(&srv);
}

static void step(void)
{
	uint8_t what = take8(&input);
	uint32_t n = 1 + what / 16 % (PROCESSES - 1); /* the first lives for ever */

	switch (what % 16) {
	case 11:
		scribble();
		break;
	case 12:
		interrupt();
		break;
	case 13:
		if (!world.process[n].dead)
			die(n);
		else if (depth == 0)
			bury(&world.process[n]);
		break;
	case 14:
		close_handle(what / 16 % HANDLES);
		server_drain(&srv);
		break;
	case 15:
		world.now.tv_sec++;
		break;
	default:
		call();
		break;
	}
}

static void take_all_away(void)
{
	const struct ipc_cred *root = &world.process[0].cred;
	struct msg_stat m;
	struct sem_stat s;

	for (uint32_t i = 0; i < PROCESSES; i++)
		die(i);
	for (uint32_t i = 0; i < PROCESSES; i++) {
		bury(&world.process[i]);
		world.process[i].dead = true;
	}
	for (int32_t i = 0; msg_next(&srv.ns, &i, &m); i++)
		CHECK(msg_ctl_rmid(&srv.ns, root, m.perm.id) == 0);
	for (int32_t i = 0; sem_next(&srv.ns, &i, &s); i++)
		CHECK(sem_ctl_rmid(&srv.ns, root, s.perm.id) == 0);
	for (aref mq; (mq = mqueue_first(&srv.ns));)
		mqueue_unlink(&srv.ns, mq);
	for (uint32_t h = 0; h < HANDLES; h++)
		close_handle(h);
	server_drain(&srv);
	CHECK(listener.slots == 0);
	CHECK(attaching == 0);
	check_empty();
	for (uint32_t i = 0; i < BODIES; i++) {
		if (body[i])
			munmap(body[i], SEM_BODY_SIZE);
		body[i] = NULL;
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	world_create();
	srv.ns = world.ns; /* all of it are mappings that never move */
	srv.listener = listeners;
	listener.srv = &srv;
	listener.shim = true;
	srv.nlisteners = 1;
	/* Only to be handed on. */
	srv.foreign = (struct foreign_shm *)(void *)&srv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = (struct input){data, size};
	world_reset();
	memset(handle, 0, sizeof(handle));
	memset(waiting, 0, sizeof(waiting));
	memset(srv.barred, 0, sizeof(srv.barred));
	next_id = jobs = depth = 0;
	turn_lock(&srv.lock);
	for (int i = 0; i < OPS_MAX && input.left; i++) {
		step();
		work();
		check_world();
	}
	take_all_away();
	turn_unlock(&srv.lock);
	return 0;
}
