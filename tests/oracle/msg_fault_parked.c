/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sleeping receiver whose buffer faults: EFAULT at hand-over time, and the message is lost as
 * natively; a sender that slept had its text copied in before it slept.
 */
#include "msg_util.h"

static void faulting(void *arg)
{
	CALL(raw_msgrcv(*(long *)arg, sc_ro_page(), 10, 0, 0));
}

static void overwritten(void *arg)
{
	struct text_msg *msg = arg;

	/* The id travels behind the text, so that one shared mapping carries all. */
	CALL(raw_msgsnd(*(long *)(msg->text + 64), msg, 4, 0));
}

void scenario(void)
{
	long id = new_queue();
	struct text_msg *msg = sc_shared(sizeof(*msg));
	pid_t pid = sc_fork("faulting", faulting, &id);

	sc_wait_parked(pid);
	CALL(send_text(id, 1, "text", 0));
	sc_wait(pid);
	say_queue("after EFAULT", id);

	CALL(set_qbytes(id, 4));
	CALL(send_text(id, 1, "full", 0));
	msg->type = 2;
	memcpy(msg->text, "orig", 4);
	memcpy(msg->text + 64, &id, sizeof(id));
	pid = sc_fork("sender", overwritten, msg);
	sc_wait_parked(pid);
	msg->type = 9;
	memcpy(msg->text, "evil", 4);
	recv_say(id, 10, 0, 0);
	sc_wait(pid);
	recv_say(id, 10, 0, 0);
}
