/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe FAMILY...: in a namespace of a build without these families (MSG, SEM, SHM, MQUEUE, PROCFS),
 * making one of their objects gives EINVAL, what names one names none, their views cannot be opened or
 * are empty, and all others work.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FUSE_SUPER_MAGIC 0x65735546

static int argc_of_main, failures;
static char **argv_of_main;

static bool left_out(const char *family)
{
	for (int i = 1; i < argc_of_main; i++)
		if (strcmp(argv_of_main[i], family) == 0)
			return true;
	return false;
}

/* @result of a call about @family: an error @missing where that is left out, else no error. */
static void expect(const char *family, const char *call, long result, int missing)
{
	const int err = result < 0 ? errno : 0;
	const int want = left_out(family) ? missing : 0;

	if (err == want)
		return;
	printf("FAIL %s: %s: %s instead of %s\n", family, call, strerror(err), strerror(want));
	failures++;
}

/* Every path is covered: behind it are the host's queues, or limits that nobody keeps. */
static void expect_view(const char *family, const char *path)
{
	struct statfs st;
	const bool without = left_out(family) || left_out("PROCFS");

	if (statfs(path, &st) < 0 || st.f_type != FUSE_SUPER_MAGIC) {
		printf("FAIL %s: %s is no view\n", family, path);
		failures++;
	}
	const int fd = open(path, O_RDONLY);

	if (fd >= 0 ? without : !without || errno != EINVAL) {
		printf("FAIL %s: open %s: %s\n", family, path, fd < 0 ? strerror(errno) : "works");
		failures++;
	}
	if (fd >= 0)
		close(fd);
}

static void expect_queue_view(void)
{
	struct statfs st;
	DIR *dir = opendir("/dev/mqueue");
	int entries = 0;

	if (!dir || fstatfs(dirfd(dir), &st) < 0 || st.f_type != FUSE_SUPER_MAGIC) {
		printf("FAIL MQUEUE: /dev/mqueue is no view\n");
		failures++;
	}
	while (dir && readdir(dir))
		entries++;
	/* The queue, "." and "..". */
	if (entries != (left_out("MQUEUE") ? 2 : 3)) {
		printf("FAIL MQUEUE: %d entries in /dev/mqueue\n", entries);
		failures++;
	}
	if (dir)
		closedir(dir);
	expect("MQUEUE", "creat", creat("/dev/mqueue/made", 0600), EACCES);
	expect("MQUEUE", "unlink", unlink("/dev/mqueue/made"), ENOENT);
}

int main(int argc, char **argv)
{
	struct sembuf up = {.sem_op = 1};
	struct msqid_ds ds;

	argc_of_main = argc;
	argv_of_main = argv;

	int msqid = msgget(IPC_PRIVATE, 0600);

	expect("MSG", "msgget", msqid, EINVAL);
	expect("MSG", "msgsnd", msgsnd(msqid < 0 ? 0 : msqid, &(long){1}, 0, 0), EINVAL);
	expect("MSG", "msgctl", msgctl(msqid < 0 ? 0 : msqid, IPC_STAT, &ds), EINVAL);
	expect_view("MSG", "/proc/sysvipc/msg");
	expect_view("MSG", "/proc/sys/kernel/msgmax");

	int semid = semget(IPC_PRIVATE, 1, 0600);

	expect("SEM", "semget", semid, EINVAL);
	expect("SEM", "semop", semop(semid < 0 ? 0 : semid, &up, 1), EINVAL);
	expect_view("SEM", "/proc/sysvipc/sem");
	expect_view("SEM", "/proc/sys/kernel/sem");

	int shmid = shmget(IPC_PRIVATE, 4096, 0600);

	expect("SHM", "shmget", shmid, EINVAL);
	expect("SHM", "shmat", (long)shmat(shmid < 0 ? 0 : shmid, NULL, 0), EINVAL);

	mqd_t mqd = mq_open("/probe", O_CREAT | O_RDWR, 0600, NULL);

	expect("MQUEUE", "mq_open", mqd, EINVAL);
	expect("MQUEUE", "mq_send", mq_send(mqd < 0 ? 0 : mqd, "x", 1, 0), EBADF);
	expect_queue_view();
	expect("MQUEUE", "mq_unlink", mq_unlink("/probe"), ENOENT);
	expect_view("MQUEUE", "/proc/sys/fs/mqueue/msg_max");

	if (shmid >= 0)
		shmctl(shmid, IPC_RMID, NULL);
	return failures != 0;
}
