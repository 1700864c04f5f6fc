/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach-tamper reopen|swap|loop
 *
 * Programs that use the moment in which a segment is attached for them, by calls that they are made to
 * make, against who does it.
 *
 *	reopen	a user who may only read a segment looks for the descriptor, and opens it anew for writing
 *	swap	a thread writes a jump in the place of the instruction by which the other one called. Whoever
 *		comes to where it leads with the number of another call in the register was sent there
 *		with registers that are not his own. He must not get any further.
 *	loop	the same with a jump to itself: it must not be waited for for ever
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "e2e.h"

#define PAGE 4096
#define ATTEMPTS 400
/* Who is left alone with a loop ends after so long; who is looked after much earlier. */
#define LOOP_S 20

static int id;
static _Atomic(int) caught = -1, stop;

static void *catch (void *path)
{
	while (!stop && caught < 0)
		caught = open(path, O_RDWR | O_CLOEXEC);
	return NULL;
}

static int reopen(void)
{
	char path[40];
	pthread_t t;
	const int free_fd = dup(0);

	close(free_fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", free_fd);
	if (setgid(65534) < 0 || setuid(65534) < 0 || pthread_create(&t, NULL, catch, path) != 0)
		return 2;
	for (int i = 0; i < ATTEMPTS * 5 && caught < 0; i++) {
		void *p = shmat(id, NULL, SHM_RDONLY);

		if (p == (void *)-1)
			return 3;
		shmdt(p);
	}
	stop = 1;
	pthread_join(t, NULL);
	if (caught < 0)
		return 0;
	printf("FAIL tamper: the descriptor of a segment was opened for writing\n");
	return 1;
}

#if defined(__x86_64__)

/* A call as the C library has it, and room for what comes in its place; filled by hand, since it is written to. */
static uint8_t *code;
static useconds_t delay;

static void put(size_t at, const void *bytes, size_t len)
{
	memcpy(code + at, bytes, len);
}

static void *write_jump(void *how)
{
	static const uint8_t ahead[] = {0xeb, 0x1e}, itself[] = {0xeb, 0xfe};

	while (!stop)
		;
	usleep(delay);
	memcpy(code, how ? itself : ahead, 2);
	return NULL;
}

/* In a process of its own. Exit status: 0 the jump came late, 7 he got through with foreign registers, 8 early. */
static int tampered(bool loop)
{
	static const uint8_t call[] = {0x0f, 0x05, 0xc3};
	/* cmp $30, %eax; sete %dil; movzbl %dil, %edi; add $7, %edi; mov $231, %eax; syscall */
	static const uint8_t gadget[] = {0x83, 0xf8, 30,   0x40, 0x0f, 0x94, 0xc7,
					 0x40, 0x0f, 0xb6, 0xff, 0x83, 0xc7, 0x07,
					 0xb8, 231,  0,	   0,	 0,    0x0f, 0x05};
	pthread_t t;
	long r = SYS_shmat;

	code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	if (code == MAP_FAILED)
		return 2;
	put(0, call, sizeof(call));
	put(0x20, gadget, sizeof(gadget));
	if (pthread_create(&t, NULL, write_jump, loop ? code : NULL) != 0)
		return 2;
	usleep(1000);
	stop = 1;
	__asm__ volatile("call *%1"
			 : "+a"(r)
			 : "r"(code), "D"((long)id), "S"(0L), "d"(0L)
			 : "rcx", "r11", "memory");
	return 0;
}

/* Return: how often somebody was killed, or -1: somebody got through. */
static int attempts(int n, bool loop)
{
	int killed = 0;

	for (int i = 0; i < n; i++) {
		int status;

		delay = (useconds_t)(i * 7 % 400);
		pid_t pid = fork();

		if (pid == 0) {
			/* Where the jump comes too early it is his own business, but not for ever. */
			setrlimit(RLIMIT_CPU, &(struct rlimit){LOOP_S, LOOP_S});
			_exit(tampered(loop));
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return -1;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 7)
			return -1;
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		if (loop && killed)
			break;
	}
	return killed;
}

static int tamper(bool loop)
{
	const int64_t begin = e2e_ns();
	const int n = attempts(loop ? 60 : ATTEMPTS, loop);

	if (loop && e2e_ns() - begin > (int64_t)LOOP_S * 900000000) {
		printf("FAIL tamper: a loop in place of the call was waited for\n");
		return 1;
	}
	if (n < 0)
		printf("FAIL tamper: a jump in place of the call was followed with foreign "
		       "registers\n");
	else
		printf("   %s: %d killed\n", loop ? "loop" : "swap", n);
	return n < 0;
}

#else

static int tamper(bool loop)
{
	(void)loop;
	printf("SKIP tamper: only for x86-64's instructions\n");
	return 77;
}

#endif

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int r = 2;

	id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0644);
	if (id < 0)
		return 2;
	if (strcmp(what, "reopen") == 0)
		r = reopen();
	else if (strcmp(what, "swap") == 0)
		r = tamper(false);
	else if (strcmp(what, "loop") == 0)
		r = tamper(true);
	shmctl(id, IPC_RMID, NULL);
	return r;
}
