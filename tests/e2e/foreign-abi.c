/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign-abi native|confined
 *
 * A 64-bit program that makes IPC calls by the other doors of x86-64: int 0x80 (the i386 table) and
 * the x32 bit. Confined, what int 0x80 answers must be of the same namespace as what the program's
 * own calls answer, or ENOSYS; x32 is ENOSYS. It leaves a queue, a set and a POSIX queue by each
 * door that makes any, for the script to look where they went. "native" only shows that int 0x80
 * does something at all here (status 77 if not), and removes what it made.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "e2e.h"

#define X32 0x40000000L

/* include/uapi/linux/ipc.h and arch/x86/entry/syscalls/syscall_32.tbl. */
enum { OP_SEMGET = 2, OP_MSGGET = 13, OP_MSGCTL = 14 };
enum { I386_GETPID = 20, I386_IPC = 117, I386_MQ_OPEN = 277, I386_SEMGET = 393, I386_MSGGET = 399 };

static long int80(long nr, long a, long b, long c, long d)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static long x32(long nr)
{
	register long r10 __asm__("r10") = 01600;
	register long r8 __asm__("r8") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr | X32), "D"(0L), "S"(01600L), "d"(01600L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

static int wrong;

static void expect(const char *what, long result, long expected)
{
	if (result == expected)
		return;
	printf("FAIL: %s: %ld instead of %ld\n", what, result, expected);
	wrong++;
}

/* An object that exists, looked for by int 0x80; @result may also say that the call is not there. */
static void same(const char *what, long result, long id)
{
	if (result != -ENOSYS)
		expect(what, result, id);
}

static void i386_calls(void)
{
	/* int 0x80 takes pointers of 32 bits. */
	char *name = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long msq = MUST(msgget(0x64, IPC_CREAT | IPC_EXCL | 0600));
	long sem = MUST(semget(0x64, 3, IPC_CREAT | IPC_EXCL | 0600));
	long made;

	CHECK(name != MAP_FAILED);
	same("i386 ipc(MSGGET) of an existing queue", int80(I386_IPC, OP_MSGGET, 0x64, 0, 0), msq);
	same("i386 ipc(SEMGET) of an existing set", int80(I386_IPC, OP_SEMGET, 0x64, 3, 0), sem);
	same("i386 msgget of an existing queue", int80(I386_MSGGET, 0x64, 0, 0, 0), msq);
	same("i386 semget of an existing set", int80(I386_SEMGET, 0x64, 3, 0, 0), sem);

	made = int80(I386_IPC, OP_MSGGET, 0x32, IPC_CREAT | IPC_EXCL | 0600, 0);
	if (made >= 0)
		expect("msgget of the queue that i386 ipc(MSGGET) made", msgget(0x32, 0), made);
	else
		expect("i386 ipc(MSGGET), a new queue", made, -ENOSYS);
	made = int80(I386_SEMGET, 0x33, 1, IPC_CREAT | IPC_EXCL | 0600, 0);
	if (made >= 0)
		expect("semget of the set that i386 semget made", semget(0x33, 1, 0), made);
	else
		expect("i386 semget, a new set", made, -ENOSYS);
	strcpy(name, "e2e-foreign");
	made = int80(I386_MQ_OPEN, (long)name, O_RDWR | O_CREAT | O_EXCL, 0600, 0);
	if (made >= 0)
		CHECK(mq_open("/e2e-foreign", O_RDWR) >= 0);
	else
		expect("i386 mq_open", made, -ENOSYS);
	printf("i386 is %s\n", made >= 0 ? "served" : "refused");
}

static void x32_calls(void)
{
	/* syscall_64.tbl: what is common, and the x32-only form of mq_notify. */
	static const int nr[] = {29, 30,  31,  64,  65,	 66,  67,  68,	69, 70,
				 71, 220, 240, 241, 242, 243, 244, 245, 527};

	for (size_t i = 0; i < sizeof(nr) / sizeof(nr[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "x32 call %d", nr[i]);
		expect(what, x32(nr[i]), -ENOSYS);
	}
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (int80(I386_GETPID, 0, 0, 0, 0) != getpid()) {
		printf("SKIP: no int 0x80 here (CONFIG_IA32_EMULATION)\n");
		return 77;
	}
	if (strcmp(argv[1], "native") == 0) {
		long id = int80(I386_IPC, OP_MSGGET, 0, 0600, 0);

		printf("natively msgget by int 0x80 gives %s\n", id >= 0 ? "a queue" : "none");
		if (id >= 0)
			(void)int80(I386_IPC, OP_MSGCTL, id, IPC_RMID | 0x100, 0);
		return 0;
	}
	i386_calls();
	x32_calls();
	return wrong != 0;
}
