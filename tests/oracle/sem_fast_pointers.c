/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the operation and the timeout lie in memory: wherever a program may keep them, and wherever
 * it must not. A bad pointer is EFAULT, not a signal, also where one was good a moment ago.
 */
#include "sem_util.h"

static struct sembuf data_op = {0, 1, 0};
static const struct sembuf const_op = {0, -1, IPC_NOWAIT};
static struct sembuf bss_op;
static _Thread_local struct sembuf tls_op;

#define MANY 20

static void warm(long id)
{
	for (int i = 0; i < MANY; i++) {
		(void)op(id, 0, 1, 0);
		(void)op(id, 0, -1, 0);
	}
}

static void kinds(long id)
{
	struct sembuf *heap = malloc(sizeof(*heap));
	struct sembuf *pages =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sembuf *across = (void *)((char *)pages + 4096 - 2);
	struct sembuf *fault = (void *)((char *)pages + 4096 - 2);

	if (!heap || pages == MAP_FAILED)
		sc_fail("no memory");
	*heap = (struct sembuf){0, 1, 0};
	tls_op = *heap;
	memcpy(across, heap, sizeof(*heap));
	*pages = (struct sembuf){0, -1, 0};
	CALL(raw_semop(id, &data_op, 1));
	CALL(raw_semop(id, &const_op, 1));
	CALL(raw_semop(id, &bss_op, 1));
	CALL(raw_semop(id, heap, 1));
	CALL(raw_semop(id, &tls_op, 1));
	CALL(raw_semop(id, across, 1));
	CALL(raw_semop(id, pages, 1));
	say_values("so far", id, 1);

	MUST(mprotect((char *)pages + 4096, 4096, PROT_NONE));
	CALL(raw_semop(id, fault, 1));
	CALL(raw_semop(id, pages, 1));
	MUST(mprotect((char *)pages + 4096, 4096, PROT_READ));
	CALL(raw_semop(id, fault, 1));
	MUST(munmap((char *)pages + 4096, 4096));
	CALL(raw_semop(id, fault, 1));
	MUST(munmap(pages, 4096));
	CALL(raw_semop(id, fault, 1));
	CALL(raw_semop(id, pages, 1));
	free(heap);
	say_values("then", id, 1);
}

static void bad(long id)
{
	struct sembuf *end = sc_page_end(sizeof(*end)), *ro = sc_ro_page();

	CALL(raw_semop(id, NULL, 1));
	CALL(raw_semop(id, (struct sembuf *)1, 1));
	CALL(raw_semop(id, (struct sembuf *)UINTPTR_MAX, 1));
	CALL(raw_semop(id, (struct sembuf *)(UINTPTR_MAX - 5), 1));
	CALL(raw_semop(id, (struct sembuf *)((UINTPTR_MAX >> 1) - 2), 1));
	CALL(raw_semop(id, sc_bad_page(), 1));
	MUST(setval(id, 0, 0));
	CALL(raw_semop(id, ro, 1));
	*end = (struct sembuf){0, 1, 0};
	CALL(raw_semop(id, end, 1));
	CALL(raw_semop(id, (struct sembuf *)((char *)end + 1), 1));
	CALL(raw_semop(id, (struct sembuf *)((char *)end + 4), 1));
	CALL(raw_semop(id, (struct sembuf *)((char *)end - 1), 1));
	CALL(raw_semop(id, NULL, 0));
	CALL(raw_semop(id, end, 2));
	say_values("bad", id, 1);
}

static void timeouts(long id)
{
	static const struct timespec far = {.tv_sec = 1000};
	struct sembuf up = {0, 1, 0}, down = {0, -1, 0};
	struct timespec *end = sc_page_end(sizeof(*end)), zero = {0},
			wrong[] = {{.tv_sec = -1}, {.tv_nsec = -1}, {.tv_nsec = 1000000000}};

	CALL(raw_semtimedop(id, &up, 1, &far));
	CALL(raw_semtimedop(id, &up, 1, &zero));
	*end = zero;
	CALL(raw_semtimedop(id, &down, 1, end));
	CALL(raw_semtimedop(id, &down, 1, (struct timespec *)((char *)end + 8)));
	CALL(raw_semtimedop(id, &down, 1, (struct timespec *)1));
	CALL(raw_semtimedop(id, &down, 1, sc_bad_page()));
	for (int i = 0; i < 3; i++)
		CALL(raw_semtimedop(id, &down, 1, &wrong[i]));
	MUST(setval(id, 0, 0));
	warm(id);
	CALL(raw_semtimedop(id, &down, 1, &zero));
	CALL(op_ms(id, 0, -1, 0, 20));
	CALL(op_ms(id, 0, -1, IPC_NOWAIT, 20));
	CALL(raw_semtimedop(id, &up, 1, &wrong[0]));
	say_values("timeouts", id, 1);
}

static long handler_id;

static void on_signal(int sig)
{
	struct sembuf up = {1, 1, 0}, down = {1, -1, 0};

	(void)sig;
	for (int i = 0; i < 3; i++)
		(void)raw_semop(handler_id, &up, 1);
	(void)raw_semop(handler_id, &down, 1);
}

/* The operation lies on whatever stack there is. */
static void stacks(long id)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	char *memory =
		mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = memory, .ss_size = 65536};

	handler_id = id;
	MUST(sigaltstack(&stack, NULL));
	MUST(sigaction(SIGUSR1, &sa, NULL));
	for (int i = 0; i < MANY; i++)
		MUST(raise(SIGUSR1));
	say_values("handlers", id, 2);
}

static void stacks_of_thread(void *arg)
{
	const long id = *(const long *)arg;
	struct sembuf on_stack = {0, 1, 0};

	warm(id);
	CALL(raw_semop(id, &on_stack, 1));
	stacks(id);
}

void scenario(void)
{
	long id = new_set(2);

	warm(id);
	kinds(id);
	bad(id);
	warm(id);
	timeouts(id);
	stacks(id);
	sc_join(sc_thread("thread", stacks_of_thread, &id));
}
