/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IPC_SET and the permissions of sleepers: a receiver that the new mode excludes gets EACCES at once,
 * one that stays allowed sleeps on (linux ipc/msg.c, msgctl_down()). A sender is woken only if its
 * message fits now, so an excluded one gets its EACCES when room appears.
 */
#include "msg_util.h"

static void nobody_receives(void *arg)
{
	sc_become_nobody();
	recv_say(*(long *)arg, 100, 0, 0);
}

static void nobody_sends(void *arg)
{
	sc_become_nobody();
	CALL(send_text(*(long *)arg, 1, "full", 0));
}

void scenario(void)
{
	long id = MUST(raw_msgget(IPC_PRIVATE, 0666));
	pid_t pid = sc_fork("reader", nobody_receives, &id);

	sc_wait_parked(pid);
	CALL(msg_set_mode(id, 0664));
	sc_still_parked(pid);
	CALL(msg_set_mode(id, 0662));
	sc_wait(pid);

	CALL(set_qbytes(id, 4));
	CALL(send_text(id, 1, "full", 0));
	pid = sc_fork("writer", nobody_sends, &id);
	sc_wait_parked(pid);
	CALL(msg_set_mode(id, 0602));
	sc_still_parked(pid);
	CALL(msg_set_mode(id, 0604));
	sc_still_parked(pid);
	recv_say(id, 100, 0, 0);
	sc_wait(pid);
	say_fill("nothing sent", id);
}
