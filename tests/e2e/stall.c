/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stall FILE CALL
 *
 * Makes CALL (msgsnd, msgrcv, semop, mq_timedsend, mq_timedreceive, mq_open, shmctl) with a buffer
 * that never faults in: a page registered with userfaultfd of which nobody serves the faults. Who
 * copies from or to it sleeps for as long as this process lives. Writes "stalled" to FILE when the
 * first fault has been asked for, then sleeps. Status 77 when userfaultfd is not to be had.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "e2e.h"

static char *page;

static int open_page(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg;
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0) {
		printf("SKIP: no userfaultfd: %s\n", strerror(errno));
		exit(77);
	}
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	reg = (struct uffdio_register){.range = {(uintptr_t)page, 4096},
				       .mode = UFFDIO_REGISTER_MODE_MISSING};
	MUST(ioctl(fd, UFFDIO_REGISTER, &reg));
	return fd;
}

static void *caller(void *arg)
{
	const char *call = arg;
	struct {
		long type;
		char text[8];
	} m = {.type = 1};
	struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 64};
	int id = (int)MUST(msgget(IPC_PRIVATE, 0600));
	int sem = (int)MUST(semget(IPC_PRIVATE, 1, 0600));
	int shm = (int)MUST(shmget(IPC_PRIVATE, 4096, 0600));
	mqd_t mqd = (mqd_t)MUST(mq_open("/e2e-stall", O_RDWR | O_CREAT, 0600, &attr));

	if (strcmp(call, "msgsnd") == 0) {
		(void)msgsnd(id, page, 8, 0);
	} else if (strcmp(call, "msgrcv") == 0) {
		MUST(msgsnd(id, &m, 8, 0));
		(void)msgrcv(id, page, 8, 0, 0);
	} else if (strcmp(call, "semop") == 0) {
		(void)semop(sem, (struct sembuf *)(void *)page, 1);
	} else if (strcmp(call, "mq_timedsend") == 0) {
		(void)syscall(SYS_mq_timedsend, mqd, page, 8, 0, NULL);
	} else if (strcmp(call, "mq_timedreceive") == 0) {
		MUST(mq_send(mqd, "x", 1, 0));
		(void)syscall(SYS_mq_timedreceive, mqd, page, 64, NULL, NULL);
	} else if (strcmp(call, "mq_open") == 0) {
		(void)syscall(SYS_mq_open, page, O_RDWR | O_CREAT, 0600, NULL);
	} else if (strcmp(call, "shmctl") == 0) {
		(void)shmctl(shm, IPC_SET, (struct shmid_ds *)(void *)page);
	} else {
		e2e_fail("unknown call %s", call);
	}
	e2e_fail("%s came back", call);
}

int main(int argc, char **argv)
{
	struct uffd_msg fault;
	pthread_t thread;

	if (argc < 3)
		return 2;
	int uffd = open_page();
	struct pollfd p = {.fd = uffd, .events = POLLIN};

	CHECK(pthread_create(&thread, NULL, caller, argv[2]) == 0);
	if (poll(&p, 1, 20000) != 1)
		e2e_fail("nobody touches the page");
	CHECK(read(uffd, &fault, sizeof(fault)) == sizeof(fault));
	CHECK(fault.event == UFFD_EVENT_PAGEFAULT);

	int out = (int)MUST(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666));

	(void)!write(out, "stalled\n", 8);
	e2e_usleep(120000000);
	return 0;
}
