/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * leave NAMESPACE KEY QUEUE: root of a run tries to leave its IPC namespace, each way there is, also
 * into that of the file NAMESPACE, which has an object of each System V family with KEY and the
 * queue QUEUE. From wherever it gets to, it tries to find them by key, number and name, and to remove
 * all that it finds. It says what it reached; the script looks whether anything is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "e2e.h"

#define IDS 40 /* the first ones of a namespace are small */

static const char *how, *queue;
static int target, key, reached;

static void hit(const char *call, long id)
{
	printf("%s: %s reaches %ld\n", how, call, id);
	reached++;
}

static void by_key(void)
{
	if (msgget(key, 0) >= 0)
		hit("msgget", key);
	if (semget(key, 0, 0) >= 0)
		hit("semget", key);
	if (shmget(key, 0, 0) >= 0)
		hit("shmget", key);
	if (mq_open(queue, O_RDONLY) != (mqd_t)-1)
		hit("mq_open", 0);
	if (mq_unlink(queue) == 0)
		hit("mq_unlink", 0);
}

static void by_number(void)
{
	struct msqid_ds q;
	struct shmid_ds m;
	struct msginfo info;
	struct shm_info segments;

	for (int i = 0; i < IDS; i++) {
		if (msgctl(i, MSG_STAT, &q) >= 0 || msgctl(i, IPC_RMID, NULL) == 0 ||
		    msgrcv(i, (char[64]){0}, 8, 0, IPC_NOWAIT | MSG_NOERROR) >= 0 ||
		    errno == ENOMSG)
			hit("msgctl", i);
		if (semctl(i, 0, GETVAL) >= 0 || semctl(i, 0, IPC_RMID) == 0)
			hit("semctl", i);
		if (shmctl(i, SHM_STAT, &m) >= 0 || shmctl(i, IPC_RMID, NULL) == 0 ||
		    shmat(i, NULL, 0) != (void *)-1)
			hit("shmctl", i);
	}
	if (msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&info) >= 0 && info.msgpool)
		hit("MSG_INFO", info.msgpool);
	if (shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&segments) >= 0 && segments.used_ids)
		hit("SHM_INFO", segments.used_ids);
}

/* In the namespace that was left for, or in the run's if that failed; then in what it makes there. */
static void look(void)
{
	by_key();
	by_number();
	/* What is made now must not be made over there either. */
	(void)msgget(key + 1, IPC_CREAT | 0600);
	(void)semget(key + 1, 1, IPC_CREAT | 0600);
	(void)shmget(key + 1, 4096, IPC_CREAT | 0600);
	(void)mq_open("/left", O_CREAT | O_RDWR, 0600, NULL);
	(void)msgctl(msgget(key + 1, 0), IPC_RMID, NULL);
	(void)semctl(semget(key + 1, 0, 0), 0, IPC_RMID);
	(void)shmctl(shmget(key + 1, 0, 0), IPC_RMID, NULL);
	(void)mq_unlink("/left");
}

static long raw_clone(void)
{
	return syscall(SYS_clone, CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
}

static long raw_clone3(void)
{
	uint64_t a[8] = {CLONE_NEWIPC, 0, 0, 0, SIGCHLD};

	return syscall(SYS_clone3, a, sizeof(a));
}

static int leave_by_unshare(void)
{
	return unshare(CLONE_NEWIPC);
}

static int leave_by_unshare_user(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWIPC);
}

static int leave_by_setns(void)
{
	return setns(target, CLONE_NEWIPC);
}

static int leave_twice(void)
{
	return unshare(CLONE_NEWIPC) == 0 ? setns(target, 0) : -1;
}

static int stay(void)
{
	return 0;
}

/* @leave in a child of its own, made by @make. */
static void go(const char *name, long (*make)(void), int (*leave)(void))
{
	int status;
	long pid;

	how = name;
	fflush(stdout);
	pid = make();
	if (pid == 0) {
		if (leave() < 0)
			printf("%s: %s\n", how, strerror(errno));
		look();
		fflush(stdout);
		_exit(reached != 0);
	}
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) < 0 || status != 0) {
		printf("%s: %s\n", how, pid < 0 ? strerror(errno) : "failed");
		reached++;
	}
}

static long plain_fork(void)
{
	return fork();
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	target = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (target < 0) {
		perror(argv[1]);
		return 2;
	}
	key = (int)strtol(argv[2], NULL, 0);
	queue = argv[3];
	go("stay", plain_fork, stay);
	go("unshare", plain_fork, leave_by_unshare);
	go("unshare with a user namespace", plain_fork, leave_by_unshare_user);
	go("setns", plain_fork, leave_by_setns);
	go("unshare and setns", plain_fork, leave_twice);
	go("clone", raw_clone, stay);
	go("clone3", raw_clone3, stay);
	go("clone and setns", raw_clone, leave_by_setns);
	puts(reached ? "reached" : "reached nothing");
	return reached != 0;
}
