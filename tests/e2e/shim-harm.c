/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shim-harm SECONDS SEED: clients of libipcshim that do not behave, beside clients that do.
 *
 * Harm gets the memory of semaphore sets as the library does, and writes over it: values, pids, times,
 * marks, all of it; it tries to take the page away, asks with bad pointers and without room for a
 * descriptor, forks, and is killed in the middle. One set is harm's alone, to one it has the right
 * as others have; to a third it has none. On that third one workers count under a lock, and must
 * be right; on the shared one they may get any answer that the kernel gives, but must get one, and what
 * they are told must be a semaphore's.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>

#include "e2e.h"

/* ipc/sem_body.h; written down anew, as an attacker would. */
#define MAGIC 0x69706373656d3031
#define PAGE 4096
#define SEMS 4

struct offer {
	uint64_t key, dev, ino;
	int32_t fd;
	uint32_t layout;
	uint64_t lives[4];
};

static struct {
	volatile long counted;
	_Atomic long done[3];
	_Atomic int over, bodies;
} * world;

static int locked, shared, own;

static uint64_t random_of(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static int one(int id, int num, int op, int flags)
{
	struct sembuf sop = {(unsigned short)num, (short)op, (short)flags};

	return semop(id, &sop, 1);
}

static void lock(int op)
{
	while (one(locked, 0, op, 0) < 0)
		if (errno != EINTR)
			e2e_fail("the lock");
}

/* Who has no part in the harm done to the set that he works on. */
static void worker(void)
{
	while (!world->over) {
		lock(-1);
		world->counted++;
		lock(1);
		world->done[0]++;
	}
}

/* Who shares a set with harm. */
static void neighbour(void)
{
	unsigned short all[SEMS];
	uint64_t x = (uint64_t)getpid() * 7919;
	struct semid_ds ds;

	while (!world->over) {
		uint64_t r = random_of(&x);
		int num = (int)(r % SEMS), n;

		n = one(shared, num, (int)((r >> 8) % 5) - 2, IPC_NOWAIT);
		if (n < 0 && errno != EAGAIN && errno != ERANGE && errno != EINTR)
			e2e_fail("semop");
		world->done[1]++;
		if (r >> 16 & 63)
			continue;
		MUST(semctl(shared, 0, GETALL, all));
		for (int i = 0; i < SEMS; i++)
			CHECK(all[i] <= 32767);
		n = (int)MUST(semctl(shared, num, GETPID));
		CHECK(n == 0 || n > 1);
		MUST(semctl(shared, 0, IPC_STAT, &ds));
		CHECK(ds.sem_otime <= time(NULL));
		MUST(semctl(shared, num, SETVAL, (int)((r >> 24) % 3)));
	}
}

/* The answer is of no interest; the memory is. */
static char *get_body(int id, void *where, struct offer *o)
{
	struct sembuf sop = {0, 0, IPC_NOWAIT};
	char *map;

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	(void)!syscall(SYS_semtimedop, id, &sop, 1, NULL, MAGIC, where);
	if (where != o || o->fd < 0)
		return NULL;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, o->fd, 0);
	if (map == MAP_FAILED)
		e2e_fail("mmap");
	world->bodies++;
	return map;
}

/* The daemon looks at the page under its lock, and must never find it gone, nor wait for who takes it away. */
static void holes(const struct offer *o, char *body)
{
	for (int mode = 0; mode < 0x80; mode++)
		CHECK(fallocate(o->fd, mode, 0, PAGE) < 0);
	CHECK(madvise(body, PAGE, MADV_REMOVE) < 0);
	CHECK(madvise(body, PAGE, MADV_PAGEOUT) < 0);
	CHECK(madvise(body, PAGE, MADV_COLD) < 0);
	CHECK(madvise(body, PAGE, MADV_DONTNEED) < 0);
	CHECK(ftruncate(o->fd, 0) < 0);
	CHECK(ftruncate(o->fd, PAGE) < 0);
	CHECK(ftruncate(o->fd, 10 * PAGE) < 0);
	CHECK(write(o->fd, body, 8) < 0 && pwrite(o->fd, body, 8, 64) < 0);
	CHECK(fcntl(o->fd, F_ADD_SEALS, F_SEAL_WRITE) < 0);
}

static void overwrite(char *body, uint64_t *x, unsigned int how)
{
	uint64_t *word = (uint64_t *)(void *)(body + 64), r = random_of(x);

	for (int i = 0; i < SEMS; i++) {
		switch (how % 5) {
		case 0:
			word[i] = random_of(x); /* anything */
			break;
		case 1:
			word[i] &= ~0x8000ull; /* not frozen */
			break;
		case 2:
			word[i] = (word[i] & 0xffffff) | random_of(x) << 40; /* somebody else */
			break;
		case 3:
			word[i] ^= 0xffffff0000; /* another time */
			break;
		default:
			word[i] |= 0x8000; /* frozen */
			break;
		}
	}
	if (r % 4 == 0)
		for (int i = 0; i < 64; i++)
			body[random_of(x) % 64] = (char)r;
	if (r % 64 == 1)
		memset(body, (int)(r >> 32), PAGE);
}

static void bad_requests(int id, uint64_t *x)
{
	static void *const wrong[] = {NULL, (void *)8, (void *)-64, (void *)(UINTPTR_MAX >> 1)};
	char *end =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct offer o;
	struct rlimit none = {3, 3};

	CHECK(end != MAP_FAILED);
	MUST(mprotect(end + PAGE, PAGE, random_of(x) % 2 ? PROT_READ : PROT_NONE));
	(void)get_body(id, wrong[random_of(x) % 4], &o);
	(void)get_body(id, end + PAGE - random_of(x) % 48, &o);
	(void)get_body(id + (int)(random_of(x) % 3), &o, &o);
	if (random_of(x) % 4 == 0)
		MUST(setrlimit(RLIMIT_NOFILE, &none));
	(void)get_body(id, end, &o);
	MUST(munmap(end, 2 * PAGE));
}

/* Lives for some milliseconds, and is killed, or ends, in whatever it does. */
static void harm(uint64_t seed)
{
	int ids[] = {shared, own};
	uint64_t x = seed | 1;

	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	MUST(setresuid(65534, 65534, 65534));
	for (int rounds = (int)(random_of(&x) % 300); rounds; rounds--) {
		int id = ids[random_of(&x) % 2];
		struct offer o;
		char *body = get_body(id, &o, &o);

		CHECK(!get_body(locked, &o, &o));
		for (int i = 0; body && i < 50; i++) {
			overwrite(body, &x, (unsigned int)random_of(&x));
			if (i == 25 && random_of(&x) % 3 == 0) {
				o.fd = dup(o.fd);
				holes(&o, body);
				close(o.fd);
			}
			if (random_of(&x) % 8 == 0)
				(void)one(id, (int)(random_of(&x) % SEMS), 1, IPC_NOWAIT);
			if (random_of(&x) % 64 == 0)
				(void)semctl(own, 0, SETVAL, 1);
		}
		world->done[2]++;
		if (body) {
			MUST(munmap(body, PAGE));
			MUST(close_range(3, ~0u, 0));
		}
		if (random_of(&x) % 16 == 0)
			bad_requests(id, &x);
	}
	_exit(0);
}

static pid_t start(void (*fn)(void))
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
		fn();
		_exit(0);
	}
	return pid;
}

int main(int argc, char **argv)
{
	const int64_t end = e2e_ns() + (argc > 1 ? atoi(argv[1]) : 3) * 1000000000ll;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	struct semid_ds ds;
	pid_t workers[4];
	int status;

	world = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(world != MAP_FAILED);
	locked = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	shared = (int)MUST(semget(IPC_PRIVATE, SEMS, 0606));
	own = (int)MUST(semget(IPC_PRIVATE, SEMS, 0600));
	MUST(semctl(own, 0, IPC_STAT, &ds));
	ds.sem_perm.uid = 65534;
	MUST(semctl(own, 0, IPC_SET, &ds));
	MUST(semctl(locked, 0, SETVAL, 1));
	for (int i = 0; i < 4; i++)
		workers[i] = start(i < 2 ? worker : neighbour);
	printf("seed %llu\n", (unsigned long long)seed);
	while (e2e_ns() < end) {
		pid_t pid = (pid_t)MUST(fork());

		if (pid == 0)
			harm(random_of(&seed));
		if (random_of(&seed) % 2) {
			(void)poll(NULL, 0, (int)(random_of(&seed) % 20));
			kill(pid, SIGKILL);
		}
		MUST(waitpid(pid, &status, 0));
		CHECK((WIFEXITED(status) && !WEXITSTATUS(status)) ||
		      (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
	}
	world->over = 1;
	for (int i = 0; i < 4; i++) {
		MUST(waitpid(workers[i], &status, 0));
		if (status)
			e2e_fail("worker %d: status %d", i, status);
	}
	printf("%ld under the lock, %ld beside harm, %ld harms, %d bodies\n", world->done[0],
	       world->done[1], world->done[2], world->bodies);
	CHECK(world->counted == world->done[0] && world->done[0] && world->done[1]);
	CHECK(world->bodies);
	for (int id = locked, n = 0; n < 3; id = n == 0 ? shared : own, n++)
		MUST(semctl(id, 0, IPC_RMID));
	return 0;
}
