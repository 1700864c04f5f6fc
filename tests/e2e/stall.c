/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stall FILE CALL [DIR]
 *
 * Makes CALL (msgsnd, msgrcv, semop, mq_timedsend, mq_timedreceive, mq_open, shmctl) with a buffer
 * that never faults in: a page registered with userfaultfd of which nobody serves the faults; or with
 * DIR one of a file in a FUSE file system that this program mounts there and serves, but for READ. Who
 * copies from or to it sleeps for as long as this process lives. Writes "stalled" to FILE when the
 * first fault has been asked for, then sleeps. Status 77 when userfaultfd or FUSE is not to be had.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "e2e.h"

static char *page;

/* ---- a file system of its own ---- */

#define FILE_INO 2

static int fuse_open(const char *dir)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || mount("stall", dir, "fuse", 0, options) < 0) {
		printf("SKIP: no FUSE: %s\n", strerror(errno));
		exit(77);
	}
	return fd;
}

static void answer(int fd, uint64_t unique, int error, const void *body, size_t len)
{
	struct {
		struct fuse_out_header head;
		char body[256];
	} out = {.head = {.unique = unique, .error = error}};

	CHECK(len <= sizeof(out.body));
	out.head.len = (uint32_t)(sizeof(out.head) + len);
	if (len)
		memcpy(out.body, body, len);
	(void)!write(fd, &out, out.head.len);
}

static struct fuse_attr attr_of(uint64_t ino)
{
	return (struct fuse_attr){.ino = ino,
				  .mode = ino == FILE_INO ? S_IFREG | 0666 : S_IFDIR | 0777,
				  .nlink = 1,
				  .size = ino == FILE_INO ? 4096 : 0};
}

/* Serves all but READ. Return: when that has been asked for. */
static void fuse_serve(int fd)
{
	static char in[FUSE_MIN_READ_BUFFER + 65536];
	const struct fuse_in_header *head = (const void *)in;
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536};
	struct fuse_entry_out entry = {.nodeid = FILE_INO, .attr = attr_of(FILE_INO)};
	struct fuse_attr_out attr = {0};
	struct fuse_open_out opened = {0};

	for (;;) {
		MUST(read(fd, in, sizeof(in)));
		switch (head->opcode) {
		case FUSE_INIT:
			answer(fd, head->unique, 0, &init, sizeof(init));
			break;
		case FUSE_LOOKUP:
			answer(fd, head->unique, 0, &entry, sizeof(entry));
			break;
		case FUSE_GETATTR:
			attr.attr = attr_of(head->nodeid);
			answer(fd, head->unique, 0, &attr, sizeof(attr));
			break;
		case FUSE_OPEN:
			answer(fd, head->unique, 0, &opened, sizeof(opened));
			break;
		case FUSE_READ:
			return;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
			break;
		default:
			answer(fd, head->unique, -ENOSYS, NULL, 0);
		}
	}
}

static void map_file(const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/page", dir);
	int fd = (int)MUST(open(path, O_RDWR));

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(page != MAP_FAILED);
	/* Left to the end it would be flushed then, for which this process would wait for itself. */
	close(fd);
}

/* ---- userfaultfd ---- */

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

static void wait_for_fault(int uffd)
{
	struct pollfd p = {.fd = uffd, .events = POLLIN};
	struct uffd_msg fault;

	if (poll(&p, 1, 20000) != 1)
		e2e_fail("nobody touches the page");
	CHECK(read(uffd, &fault, sizeof(fault)) == sizeof(fault));
	CHECK(fault.event == UFFD_EVENT_PAGEFAULT);
}

static const char *fuse_dir;

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

	if (fuse_dir)
		map_file(fuse_dir);
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
	pthread_t thread;

	if (argc < 3)
		return 2;
	fuse_dir = argv[3];
	int fd = fuse_dir ? fuse_open(fuse_dir) : open_page();

	CHECK(pthread_create(&thread, NULL, caller, argv[2]) == 0);
	if (fuse_dir)
		fuse_serve(fd);
	else
		wait_for_fault(fd);

	int out = (int)MUST(open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0666));

	(void)!write(out, "stalled\n", 8);
	e2e_usleep(120000000);
	return 0;
}
