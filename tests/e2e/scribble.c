/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scribble FAMILY SECONDS [SEED]
 *
 * Makes calls of FAMILY (msg, sem, shm, mq) with arguments taken at random from what is interesting
 * (ids that exist and that do not, sizes at and past limits, every command, pointers good, bad and
 * half good), from three processes at once, of which one is killed now and then. Nothing about the
 * results is checked: what serves the calls must only live, and work afterwards. Says the seed and
 * how many calls came back; the same seed makes the same calls in each process.
 */
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/time.h>

#include "e2e.h"

#define WORKERS 3
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t rnd;
static char *area; /* two good pages, one read-only page, then nothing */
static uint64_t *calls;

static uint64_t below(uint64_t n)
{
	return e2e_random(&rnd) % n;
}

static long pick(const long *of, size_t n)
{
	return below(8) == 0 ? (long)e2e_random(&rnd) : of[below(n)];
}
#define PICK(...) pick((const long[]){__VA_ARGS__}, COUNT(((const long[]){__VA_ARGS__})))

static void *pointer(void)
{
	switch (below(10)) {
	case 0:
		return NULL;
	case 1:
		return (void *)(uintptr_t)e2e_random(&rnd);
	case 2:
		return area + 4096 * 3 + below(4096);
	case 3: /* reaches into what is not there, or cannot be written */
		return area + 4096 * (2 + below(2)) - 1 - below(64);
	case 4:
		return area + 4096 * 2 + below(4096);
	case 5: /* the other half of the address space */
		return (void *)(uintptr_t)(0xffff800000000000ULL + below(1 << 20));
	default:
		return area + below(4096);
	}
}

/* The good pages: small numbers, ids, types and sizes among noise. */
static void stir(void)
{
	uint64_t *words = (uint64_t *)(void *)area;

	for (int i = 0; i < 16; i++) {
		uint64_t v = e2e_random(&rnd);

		words[below(8192 / sizeof(*words))] = below(2) ? v : v % 16;
	}
}

static long id(void)
{
	/* Low slots, first sequence numbers: most of them exist at some time. */
	return PICK(0, 0, 1, 1, 2, 3, 32768, 32769, 65536, -1, INT_MAX, INT_MIN);
}

static long key(void)
{
	return PICK(0x77, 0x78, 0x79, 0x77, IPC_PRIVATE);
}

static long get_flags(void)
{
	return PICK(0, 0600, IPC_CREAT | 0600, IPC_CREAT | 0666, IPC_CREAT | IPC_EXCL | 0600,
		    01777);
}

static long control(void)
{
	/* bits/ipc.h, linux/msg.h, linux/sem.h, linux/shm.h */
	return PICK(IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO, IPC_STAT | 0x100, IPC_SET | 0x100, 11,
		    12, 13, 14, 15, 16, 17, 18, 19, 20, -1);
}

static void one_msg(void)
{
	switch (below(8)) {
	case 0:
		syscall(SYS_msgget, key(), get_flags());
		break;
	case 1:
		syscall(SYS_msgctl, id(), control(), pointer());
		break;
	case 2:
	case 3:
	case 4:
		syscall(SYS_msgsnd, id(), pointer(),
			PICK(0, 1, 8, 64, 4096, 8192, 8193, -1, 1 << 30),
			below(4) ? IPC_NOWAIT : PICK(0, IPC_NOWAIT, MSG_NOERROR, -1));
		break;
	default:
		syscall(SYS_msgrcv, id(), pointer(), PICK(0, 1, 8, 64, 4096, 8192, 1 << 20, -1),
			PICK(0, 1, -1, -5, 3, LONG_MIN, LONG_MAX),
			PICK(IPC_NOWAIT, IPC_NOWAIT, IPC_NOWAIT | MSG_NOERROR,
			     MSG_EXCEPT | IPC_NOWAIT, 040000 | IPC_NOWAIT, 040000, 0, -1));
	}
}

static void one_sem(void)
{
	struct timespec *t = (void *)(area + 2048);

	*t = (struct timespec){PICK(0, 0, -1, LONG_MAX),
			       PICK(0, 1000, 1000000, 999999999, -1, 1L << 40)};
	switch (below(6)) {
	case 0:
		/* The largest sets are 2 MB each: few of them. */
		syscall(SYS_semget, key(), below(3000) ? PICK(0, 1, 2, 250, 32001, -1) : 32000,
			get_flags());
		break;
	case 1:
		syscall(SYS_semctl, id(), PICK(0, 1, 249, 250, -1, INT_MAX), control(),
			below(2) ? (long)pointer() : PICK(0, 1, 32767, 32768, -1));
		break;
	default:
		for (int i = 0; i < 4; i++) {
			struct sembuf *op = (struct sembuf *)(void *)area + i;

			op->sem_num = (unsigned short)PICK(0, 0, 1, 2, 249, 65535);
			op->sem_op = (short)PICK(0, 1, -1, 2, -2, 32767, -32768);
			op->sem_flg =
				(short)PICK(IPC_NOWAIT, IPC_NOWAIT, SEM_UNDO | IPC_NOWAIT, 0, -1);
		}
		syscall(SYS_semtimedop, id(), below(3) ? area : pointer(),
			PICK(0, 1, 2, 4, 500, 501, -1, UINT_MAX), below(4) ? (void *)t : pointer());
	}
}

static void one_shm(void)
{
	void *at;

	switch (below(6)) {
	case 0:
	case 1:
		syscall(SYS_shmget, key(), PICK(0, 1, 4096, 8192, 1 << 20, -1, LONG_MAX),
			get_flags());
		break;
	case 2:
		/* Never SHM_REMAP over what this program needs: that is no test of anybody else. */
		at = (void *)syscall(
			SYS_shmat, id(),
			below(2) ? NULL : (void *)(uintptr_t)PICK(0x100000000, 0x100000fff, -1),
			PICK(0, SHM_RDONLY, SHM_RND, SHM_EXEC, 0x10000) & ~(long)SHM_REMAP);
		if (at != (void *)-1 && below(4))
			syscall(SYS_shmdt, at);
		break;
	case 3:
		syscall(SYS_shmdt, below(2) ? (void *)0x100000000 : area + 4096 * 8);
		break;
	default:
		syscall(SYS_shmctl, id(), control(), pointer());
	}
}

static void one_mq(void)
{
	static const char *const names[] = {"one", "two", "", "a/b", ".", "..", "/slash"};
	struct timespec *t = (void *)(area + 2048);
	long fd = PICK(3, 4, 5, 6, 7, 0, 1, 2, 100, -1, INT_MAX);
	char *name = area + 3000;
	size_t n;

	*t = (struct timespec){PICK(0, 0, -1, LONG_MAX), PICK(0, 1000, 999999999, -1, 1L << 40)};
	switch (below(12)) {
	case 0:
	case 1:
		if (below(8) == 0) {
			n = (size_t)PICK(254, 255, 256, 4000) & 4095;
			memset(name = area, 'n', n);
			name[n] = 0;
		} else {
			strcpy(name, names[below(COUNT(names))]);
		}
		if (below(3) == 0) {
			syscall(SYS_mq_unlink, below(6) ? name : pointer());
			break;
		}
		fd = syscall(SYS_mq_open, below(6) ? name : pointer(),
			     PICK(O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_NONBLOCK, O_RDONLY,
				  O_WRONLY, O_CREAT | O_EXCL, 3, -1),
			     PICK(0600, 0, 0777, -1), below(3) ? NULL : pointer());
		if (fd > 7)
			close((int)fd);
		break;
	case 2:
		syscall(SYS_mq_getsetattr, fd, below(2) ? NULL : pointer(),
			below(2) ? NULL : pointer());
		break;
	case 3:
		syscall(SYS_mq_notify, fd, below(2) ? NULL : pointer());
		break;
	case 4:
		if (fd > 2 && fd < 8)
			close((int)fd);
		break;
	case 5:
		if (fd > 2 && fd < 8)
			(void)!read((int)fd, area, PICK(0, 1, 80) & 127);
		break;
	case 6:
	case 7:
	case 8:
		syscall(SYS_mq_timedsend, fd, pointer(), PICK(0, 1, 64, 8192, 8193, -1),
			PICK(0, 1, 32767, 32768, -1), below(6) ? (void *)t : pointer());
		break;
	default:
		syscall(SYS_mq_timedreceive, fd, pointer(), PICK(0, 1, 64, 8192, 8193, -1),
			below(2) ? NULL : pointer(), below(6) ? (void *)t : pointer());
	}
}

static void nothing(int sig)
{
	(void)sig;
}

static void work(void (*one)(void), uint64_t seed, int64_t end, uint64_t *count)
{
	struct sigaction sa = {.sa_handler = nothing};
	struct itimerval often = {{0, 5000}, {0, 5000}};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rnd = seed;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Whatever mq_notify() asks for is harmless; blocking calls end soon. */
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (sig != SIGSEGV && sig != SIGBUS)
			(void)sigaction(sig, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (e2e_ns() < end) {
		stir();
		for (int i = 0; i < 16; i++) {
			one();
			__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
		}
	}
	_exit(0);
}

static pid_t start(void (*one)(void), uint64_t seed, int64_t end, uint64_t *count)
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0)
		work(one, seed, end, count);
	return pid;
}

static void reserve(void)
{
	area = mmap(NULL, 4096 * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED);
	CHECK(mprotect(area + 4096 * 2, 4096, PROT_READ) == 0);
	/* Not unmapped: something else would take the place. */
	CHECK(mprotect(area + 4096 * 3, 4096, PROT_NONE) == 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*one)(void);
	} family[] = {{"msg", one_msg}, {"sem", one_sem}, {"shm", one_shm}, {"mq", one_mq}};
	void (*one)(void) = NULL;
	pid_t worker[WORKERS];
	unsigned long killed = 0, crashed = 0;

	for (size_t i = 0; argc > 2 && i < COUNT(family); i++)
		if (strcmp(argv[1], family[i].name) == 0)
			one = family[i].one;
	if (!one)
		return 2;

	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)e2e_ns() | 1, next = seed;
	int64_t end = e2e_ns() + atoll(argv[2]) * 1000000000LL;

	printf("%s: seed %#lx\n", argv[1], (unsigned long)seed);
	fflush(stdout);
	reserve();
	calls = e2e_shared(4096);
	for (int i = 0; i < WORKERS; i++)
		worker[i] = start(one, next++ * 0x9e3779b97f4a7c15ULL | 1, end, &calls[i * 8]);
	while (e2e_ns() < end) {
		int which = (int)(e2e_ns() / 1000 % WORKERS), status;

		e2e_usleep(30000);
		/* Dies in the middle of something, now and then; or of its own calls (a fault). */
		if (waitpid(worker[which], &status, WNOHANG) == 0) {
			if (e2e_ns() % 4)
				continue;
			kill(worker[which], SIGKILL);
			MUST(waitpid(worker[which], &status, 0));
			killed++;
		} else {
			crashed++;
		}
		worker[which] =
			start(one, next++ * 0x9e3779b97f4a7c15ULL | 1, end, &calls[which * 8]);
	}
	for (int i = 0; i < WORKERS; i++) {
		int64_t limit = e2e_ns() + 10000000000LL;

		while (waitpid(worker[i], NULL, WNOHANG) == 0) {
			if (e2e_ns() > limit)
				e2e_fail("worker %d does not come back from a call", i);
			e2e_usleep(10000);
		}
	}

	uint64_t total = calls[0] + calls[8] + calls[16];

	printf("%s: %lu calls, %lu workers killed, %lu ended by themselves\n", argv[1],
	       (unsigned long)total, killed, crashed);
	CHECK(total > 1000);
	return 0;
}
