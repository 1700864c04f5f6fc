/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller with as many supplementary groups as there can be (NGROUPS_MAX): each of them counts,
 * for who calls and for who already waits when an owner changes (in_group_p()).
 */

#include "as_util.h"

#define MANY 65536
#define FIRST 100000 /* and every other one */
#define MEMBER(n) (FIRST + 2 * (gid_t)(n))

static struct as_set first, middle, last, none;

static void become_member(int n)
{
	gid_t *list = malloc((size_t)n * sizeof(*list));

	if (!list)
		sc_fail("malloc");
	/* Not in their order, which the kernel makes itself. */
	for (int i = 0; i < n; i++)
		list[i] = MEMBER(n - 1 - i);
	MUST(setgroups((size_t)n, list));
	free(list);
	MUST(setresgid(SC_NOBODY, SC_NOBODY, SC_NOBODY));
	MUST(setresuid(SC_NOBODY, SC_NOBODY, SC_NOBODY));
}

static void member(void *arg)
{
	become_member(*(int *)arg);
	as_try("first", &first);
	as_try("middle", &middle);
	as_try("last", &last);
	as_try("none", &none);
	CALL(send_text(last.msg, 1, "sent", IPC_NOWAIT));
	recv_say(last.msg, 100, 0, IPC_NOWAIT);
	CALL(op(last.sem, 0, 1, 0));
	CALL(op(none.sem, 0, 1, 0));
	as_show("last", &last);
	as_show("none", &none);
	as_give("last", &last, SC_NOBODY, SC_NOBODY);
	as_remove("last", &last);
}

static void waits(void *arg)
{
	become_member(*(int *)arg);
	recv_say(last.msg, 100, 5, 0);
}

static void owned_by_group(gid_t gid)
{
	struct msqid_ds ds;

	MUST(raw_msgctl(last.msg, IPC_STAT, &ds));
	ds.msg_perm.gid = gid;
	MUST(raw_msgctl(last.msg, IPC_SET, &ds));
}

static void changing_while_it_waits(int n)
{
	pid_t pid = sc_fork("waits", waits, &n);

	sc_wait_parked(pid);
	owned_by_group(MEMBER(n / 2));
	sc_still_parked(pid);
	owned_by_group(MEMBER(n));
	sc_wait(pid);
	owned_by_group(MEMBER(n - 1));
}

void scenario(void)
{
	static const int counts[] = {512, 513, MANY};

	umask(0);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int n = counts[i];
		key_t key = (key_t)(0x100 * (i + 1));

		sc_say("%d groups", n);
		first = as_make(key, 0, MEMBER(0), 0060);
		middle = as_make(key + 1, 0, MEMBER(n / 2), 0040);
		last = as_make(key + 2, 0, MEMBER(n - 1), 0660);
		none = as_make(key + 3, 0, MEMBER(n), 0666);
		none = as_make(key + 4, 0, MEMBER(n - 1) - 1, 0660);
		sc_wait(sc_fork("member", member, &n));
		changing_while_it_waits(n);
		raw_mq_unlink(first.queue + 1);
		raw_mq_unlink(middle.queue + 1);
		raw_mq_unlink(last.queue + 1);
		raw_mq_unlink(none.queue + 1);
	}
}
