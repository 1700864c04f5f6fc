/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may control an object, by i386's calls with and without IPC_64: neither owner nor creator get
 * EPERM from IPC_SET and IPC_RMID, after the structure was read (EFAULT) and the object found
 * (EINVAL), but before what it says is looked at. Ids that 16 bits do not hold are told as
 * overflowuid in an old structure; those that a user namespace does not know, in each.
 */
#include "as_util.h"
#include "i386.h"

static struct as_set theirs, mine;
static char *mem;

static void all(const char *label, int cmd, const struct as_set *s, const void *at)
{
	static const struct {
		const char *name;
		long op, nr;
	} family[] = {
		{"msg", OP_MSGCTL, I386_MSGCTL},
		{"sem", OP_SEMCTL, I386_SEMCTL},
		{"shm", OP_SHMCTL, I386_SHMCTL},
	};
	const long id[] = {s->msg, s->sem, s->shm};
	char line[80];

	for (int i = 0; i < 3; i++) {
		const bool sem = i == 1;
		/* ipc(2) takes the address of the fourth argument of semctl(2). */
		uint32_t *fourth = (uint32_t *)(void *)(mem + 2048);

		*fourth = (uint32_t)(uintptr_t)at;
		for (int flag = 0; flag <= IPC_64; flag += IPC_64) {
			snprintf(line, sizeof(line), "%s: %s by ipc%s", label, family[i].name,
				 flag ? ", IPC_64" : "");
			i386_say(line, sem ? i386_ipc(family[i].op, id[i], 0, cmd | flag, fourth, 0)
					   : i386_ipc(family[i].op, id[i], cmd | flag, 0, at, 0));
		}
		snprintf(line, sizeof(line), "%s: %s split", label, family[i].name);
		i386_say(line, sem ? i386_call(family[i].nr, id[i], 0, cmd, ADDRESS(at), 0, 0)
				   : i386_call(family[i].nr, id[i], cmd, ADDRESS(at), 0, 0, 0));
	}
}

static void tries(const char *who)
{
	const struct as_set nothing = {.msg = 12345, .sem = 12345, .shm = 12345};
	const uint32_t *w = (const uint32_t *)(void *)mem;
	const uint16_t *h = (const uint16_t *)(void *)mem;

	sc_say("%s", who);
	memset(mem, 0, 256);
	all("set", IPC_SET, &theirs, mem);
	all("set nothing", IPC_SET, &nothing, mem);
	all("set from nowhere", IPC_SET, &theirs, sc_bad_page());
	memset(mem, 0xff, 256);
	all("set to nobody at all", IPC_SET, &theirs, mem);
	all("remove", IPC_RMID, &theirs, NULL);
	all("remove nothing", IPC_RMID, &nothing, NULL);

	memset(mem, 0, 256);
	all("look", IPC_STAT, &mine, mem);
	i386_say("look", i386_ipc(OP_MSGCTL, mine.msg, IPC_STAT, 0, mem, 0));
	sc_say("old: uid %u gid %u cuid %u cgid %u", h[2], h[3], h[4], h[5]);
	i386_say("look", i386_ipc(OP_MSGCTL, mine.msg, IPC_STAT | IPC_64, 0, mem, 0));
	sc_say("new: uid %u gid %u cuid %u cgid %u", w[1], w[2], w[3], w[4]);
	/* What was told as an overflow is an id like another when it comes back. */
	i386_say("look", i386_ipc(OP_MSGCTL, mine.msg, IPC_STAT, 0, mem, 0));
	i386_say("give back", i386_ipc(OP_MSGCTL, mine.msg, IPC_SET, 0, mem, 0));
	as_show("then", &mine);
	as_remove("at last", &mine);
}

static void nobody(void *arg)
{
	(void)arg;
	sc_become_nobody();
	tries("nobody");
}

static void user(void *arg)
{
	MUST(syscall(SYS_setgroups, 0, NULL));
	as_enter("0 0 1\n65534 65534 1\n5 100000 1", "0 0 1\n65534 65534 1");
	MUST(setresuid(5, 5, 5));
	tries(arg);
}

static void root_elsewhere(void *arg)
{
	as_enter("0 200000 10", "0 200000 10");
	tries(arg);
}

static void fresh(void)
{
	theirs = as_make(IPC_PRIVATE + 0x40, 70000, 7, 0600);
	mine = as_make(IPC_PRIVATE + 0x41, 100000, 100001, 0666);
}

static void gone(void)
{
	raw_mq_unlink(theirs.queue + 1);
	raw_mq_unlink(mine.queue + 1);
	raw_msgctl(theirs.msg, IPC_RMID, NULL);
	raw_semctl(theirs.sem, 0, IPC_RMID, NULL);
	shmctl(theirs.shm, IPC_RMID, NULL);
	raw_msgctl(mine.msg, IPC_RMID, NULL);
	raw_semctl(mine.sem, 0, IPC_RMID, NULL);
	shmctl(mine.shm, IPC_RMID, NULL);
}

void scenario(void)
{
	umask(0);
	i386_or_skip();
	as_user_namespaces_or_skip();
	mem = i386_memory(1);
	fresh();
	sc_wait(sc_fork("nobody", nobody, NULL));
	gone();
	fresh();
	sc_wait(sc_fork("user", user, "owner in a child user namespace"));
	gone();
	fresh();
	sc_wait(sc_fork("elsewhere", root_elsewhere, "root of a child user namespace"));
	gone();
	fresh();
	tries("root");
}
