/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bad-input
 *
 * Arguments at and past the limits of the POSIX queue calls, and descriptors that are no queue's,
 * with the answers that mq_open(3), mq_send(3) and their like promise (ipc/mqueue.c where they are
 * silent). The same program passes natively. Ends with 0 when all are as expected.
 */
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>

#include "e2e.h"

static int wrong;

static void expect(const char *what, long result, int err)
{
	int got = result == -1 ? errno : 0;

	if (got == err)
		return;
	printf("FAIL: %s: %s instead of %s\n", what, got ? strerrorname_np(got) : "success",
	       err ? strerrorname_np(err) : "success");
	wrong++;
}
#define EXPECT(err, call) expect(#call, (long)(call), err)

static void no_queue(const char *what, int fd)
{
	static const struct timespec past;
	struct mq_attr attr = {.mq_maxmsg = 5, .mq_msgsize = 64};
	struct sigevent none = {.sigev_notify = SIGEV_NONE};
	char buf[8192];

	printf("descriptor: %s\n", what);
	EXPECT(EBADF, syscall(SYS_mq_timedsend, fd, buf, 1, 0, &past));
	EXPECT(EBADF, syscall(SYS_mq_timedreceive, fd, buf, sizeof(buf), NULL, &past));
	EXPECT(EBADF, syscall(SYS_mq_getsetattr, fd, NULL, &attr));
	EXPECT(EBADF, syscall(SYS_mq_getsetattr, fd, &(struct mq_attr){0}, NULL));
	EXPECT(EBADF, syscall(SYS_mq_notify, fd, &none));
	EXPECT(EBADF, syscall(SYS_mq_notify, fd, NULL));
}

static void descriptors(void)
{
	int pipes[2], file = (int)MUST(open("/proc/self/exe", O_RDONLY));
	int path = (int)MUST(open("/dev/mqueue", O_PATH));
	int dir = (int)MUST(open("/dev/mqueue", O_RDONLY | O_DIRECTORY));
	int null = (int)MUST(open("/dev/null", O_RDWR));
	int gone = (int)MUST(mq_open("/bad-input", O_RDWR | O_CREAT, 0600, NULL));
	int queue_path = (int)MUST(open("/dev/mqueue/bad-input", O_PATH));
	int event = eventfd(0, 0), epoll = epoll_create1(0), sock = socket(AF_UNIX, SOCK_STREAM, 0);

	MUST(pipe(pipes));
	MUST(mq_close(gone));
	no_queue("closed", gone);
	no_queue("never opened", 19999);
	no_queue("-1", -1);
	no_queue("INT_MAX", INT_MAX);
	no_queue("INT_MIN", INT_MIN);
	no_queue("a pipe", pipes[0]);
	no_queue("its other end", pipes[1]);
	no_queue("a file", file);
	no_queue("a device", null);
	no_queue("a directory", dir);
	no_queue("O_PATH of the directory", path);
	no_queue("O_PATH of a queue", queue_path);
	no_queue("an eventfd", event);
	no_queue("an epoll", epoll);
	no_queue("a socket", sock);
	MUST(mq_unlink("/bad-input"));
	/* The right kind, the wrong way round. */
	int in = (int)MUST(mq_open("/bad-input", O_RDONLY | O_CREAT, 0600, NULL));
	int out = (int)MUST(mq_open("/bad-input", O_WRONLY));

	EXPECT(EBADF, mq_send(in, "x", 1, 0));
	EXPECT(EBADF, mq_receive(out, (char[8192]){0}, 8192, NULL));
	MUST(mq_unlink("/bad-input"));
}

static int open_named(size_t length)
{
	char name[5000] = "/";

	memset(name + 1, 'n', length);
	return mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
}

static void names(void)
{
	char name[300] = "/";
	int fd;

	memset(name + 1, 'n', 255);
	EXPECT(0, fd = open_named(255));
	EXPECT(0, mq_send(fd, "x", 1, 0));
	EXPECT(0, close(fd));
	EXPECT(0, mq_unlink(name));
	EXPECT(ENAMETOOLONG, open_named(256));
	EXPECT(ENAMETOOLONG, open_named(4094));
	EXPECT(ENAMETOOLONG, open_named(4900));
	memset(name + 1, 'n', 256);
	EXPECT(ENAMETOOLONG, mq_unlink(name));
	EXPECT(EINVAL, mq_open("noslash", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT(EACCES, mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT(EACCES, mq_open("/..", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT(EACCES, mq_open("/.", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT(ENOENT, mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT(ENOENT, mq_open("/none", O_RDWR));
	EXPECT(ENOENT, mq_unlink("/none"));
	EXPECT(EFAULT, syscall(SYS_mq_open, NULL, O_RDWR, 0, NULL));
	EXPECT(EFAULT, syscall(SYS_mq_open, "x", O_RDWR | O_CREAT, 0600, (void *)8));
	EXPECT(EFAULT, syscall(SYS_mq_unlink, (void *)8));
}

static void sizes(void)
{
	struct message {
		long type;
		char text[9000];
	} *m = calloc(1, sizeof(*m));
	int id = (int)MUST(msgget(IPC_PRIVATE, 0600)),
	    sem = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	int mq = (int)MUST(mq_open("/sizes", O_RDWR | O_CREAT, 0600, NULL));
	struct sembuf ops[501] = {{0}};

	CHECK(m);
	m->type = 1;
	EXPECT(0, msgsnd(id, m, 8192, IPC_NOWAIT));
	EXPECT(EINVAL, msgsnd(id, m, 8193, IPC_NOWAIT));
	EXPECT(EINVAL, msgsnd(id, m, (size_t)-1, IPC_NOWAIT));
	EXPECT(E2BIG, msgrcv(id, m, 8191, 0, IPC_NOWAIT));
	EXPECT(EINVAL, msgrcv(id, m, (size_t)-1, 0, IPC_NOWAIT));
	EXPECT(EFAULT, msgrcv(id, (void *)8, 8192, 0, IPC_NOWAIT));
	EXPECT(ENOMSG, msgrcv(id, m, 8192, 0, IPC_NOWAIT));
	m->type = 0;
	EXPECT(EINVAL, msgsnd(id, m, 1, IPC_NOWAIT));
	EXPECT(EFAULT, msgsnd(id, (void *)8, 1, IPC_NOWAIT));
	EXPECT(EINVAL, msgget(0x4e2e, 0600 | IPC_CREAT) == -1 ? -1 : semop(sem, ops, 0));
	EXPECT(0, semop(sem, ops, 500));
	EXPECT(E2BIG, semop(sem, ops, 501));
	EXPECT(E2BIG, semop(sem, ops, UINT_MAX));
	EXPECT(EFAULT, semop(sem, (void *)8, 1));
	EXPECT(EINVAL, semget(IPC_PRIVATE, 32001, 0600));
	EXPECT(EINVAL, semget(IPC_PRIVATE, -1, 0600));
	EXPECT(EINVAL, semctl(sem, 0, 4711));
	EXPECT(EINVAL, msgctl(id, 4711, NULL));
	EXPECT(EMSGSIZE, mq_send(mq, m->text, 8193, 0));
	EXPECT(0, mq_send(mq, m->text, 8192, 32767));
	EXPECT(EINVAL, mq_send(mq, m->text, 1, 32768));
	EXPECT(EMSGSIZE, mq_receive(mq, m->text, 8191, NULL));
	EXPECT(EFAULT, mq_receive(mq, (void *)8, 8192, NULL));
	MUST(msgctl(id, IPC_RMID, NULL));
	EXPECT(0, msgctl(msgget(0x4e2e, 0), IPC_RMID, NULL));
	MUST(semctl(sem, 0, IPC_RMID));
	MUST(mq_unlink("/sizes"));
	free(m);
}

int main(void)
{
	descriptors();
	names();
	sizes();
	return wrong != 0;
}
