/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The classic: a ring of slots in a segment, semaphores for free, full and lock, three producers
 * and two consumers; a message queue collects what the consumers counted.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "shm_common.h"

#define SLOTS 4
#define EACH 40
#define PRODUCERS 3
#define CONSUMERS 2
#define LAST 0xffffffffU

enum { FREE, FULL, LOCK };

struct ring {
	uint32_t head;
	uint32_t tail;
	uint32_t slots[SLOTS];
};

struct report {
	long type;
	uint32_t numbers[2];
};

static int shm_id;
static int sem_id;
static int msg_id;

static void enter(unsigned short what)
{
	struct sembuf ops[] = {{.sem_num = what, .sem_op = -1},
			       {.sem_num = LOCK, .sem_op = -1, .sem_flg = SEM_UNDO}};

	MUST(semop(sem_id, ops, 2));
}

static void leave(unsigned short what)
{
	struct sembuf ops[] = {{.sem_num = LOCK, .sem_op = 1, .sem_flg = SEM_UNDO},
			       {.sem_num = what, .sem_op = 1}};

	MUST(semop(sem_id, ops, 2));
}

static void put(struct ring *ring, uint32_t value)
{
	enter(FREE);
	ring->slots[ring->head++ % SLOTS] = value;
	leave(FULL);
}

static void producer(void *arg)
{
	uint32_t base = (uint32_t)(uintptr_t)arg * 1000;
	struct ring *ring = (void *)shm_map(shm_id);

	for (uint32_t i = 1; i <= EACH; i++)
		put(ring, base + i);
}

static void consumer(void *arg)
{
	struct report report = {.type = 1};
	struct ring *ring = (void *)shm_map(shm_id);

	(void)arg;
	for (;;) {
		uint32_t value;

		enter(FULL);
		value = ring->slots[ring->tail++ % SLOTS];
		leave(FREE);
		if (value == LAST)
			break;
		report.numbers[0]++;
		report.numbers[1] += value;
	}
	MUST(msgsnd(msg_id, &report, sizeof(report.numbers), 0));
}

void scenario(void)
{
	static const char *const roles[] = {"p0", "p1", "p2", "c0", "c1"};
	pid_t pids[PRODUCERS + CONSUMERS];
	uint32_t total[2] = {0};
	struct ring *ring;

	shm_id = shm_make(sizeof(struct ring), 0600);
	sem_id = (int)MUST(semget(IPC_PRIVATE, 3, 0600));
	msg_id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	MUST(semctl(sem_id, FREE, SETVAL, SLOTS));
	MUST(semctl(sem_id, LOCK, SETVAL, 1));
	ring = (void *)shm_map(shm_id);
	for (uintptr_t i = 0; i < PRODUCERS; i++)
		pids[i] = sc_fork(roles[i], producer, (void *)i);
	for (int i = PRODUCERS; i < PRODUCERS + CONSUMERS; i++)
		pids[i] = sc_fork(roles[i], consumer, NULL);
	for (int i = 0; i < PRODUCERS; i++)
		sc_wait(pids[i]);
	for (int i = 0; i < CONSUMERS; i++)
		put(ring, LAST);
	for (int i = PRODUCERS; i < PRODUCERS + CONSUMERS; i++)
		sc_wait(pids[i]);
	for (int i = 0; i < CONSUMERS; i++) {
		struct report report;

		CALL(msgrcv(msg_id, &report, sizeof(report.numbers), 0, IPC_NOWAIT));
		total[0] += report.numbers[0];
		total[1] += report.numbers[1];
	}
	sc_say("%u values, sum %u, head %u, tail %u", total[0], total[1], ring->head, ring->tail);
	sc_say("semaphores %d %d %d", semctl(sem_id, FREE, GETVAL), semctl(sem_id, FULL, GETVAL),
	       semctl(sem_id, LOCK, GETVAL));
	shm_nattch("segment", shm_id);
}
