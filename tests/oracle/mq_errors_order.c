/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which error wins when several apply. Sending: timeout unreadable (EFAULT), timeout invalid
 * (EINVAL), priority (EINVAL), descriptor (EBADF), length (EMSGSIZE), message unreadable (EFAULT),
 * full (EAGAIN, ETIMEDOUT). Receiving: timeout, descriptor, length, empty, buffer. mq_notify():
 * structure, its values, the descriptor, the registration.
 */
#include "mq_common.h"

static const struct timespec past = {.tv_sec = 1};
static const struct timespec invalid = {.tv_sec = 1, .tv_nsec = 1000000000};

void scenario(void)
{
	mqd_t full = mq_make("/full", O_RDWR, 1, 8);
	mqd_t empty = mq_make("/empty", O_RDWR, 1, 8);
	mqd_t room = mq_make("/room", O_RDWR, 8, 8);
	mqd_t ro = mq_reopen("/full", O_RDONLY | O_NONBLOCK);
	mqd_t wo = mq_reopen("/empty", O_WRONLY | O_NONBLOCK);
	struct sigevent weird = {.sigev_notify = 17};
	struct sigevent badsig = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99};
	struct sigevent good = {.sigev_notify = SIGEV_NONE};
	void *bad = sc_bad_page();
	char buf[16] = "text";

	MUST(mq_send(full, "x", 1, 0));

	CALL(raw_mq_send(-1, bad, 9, 32768, bad));
	CALL(raw_mq_send(-1, bad, 9, 32768, &invalid));
	CALL(raw_mq_send(-1, bad, 9, 32768, &past));
	CALL(raw_mq_send(-1, bad, 9, 0, &past));
	CALL(raw_mq_send(ro, bad, 9, 32768, &past));
	CALL(raw_mq_send(ro, bad, 9, 0, &past));
	CALL(raw_mq_send(full, bad, 9, 32768, &past));
	CALL(raw_mq_send(full, bad, 9, 0, &invalid));
	CALL(raw_mq_send(full, bad, 9, 0, &past));
	CALL(raw_mq_send(full, bad, 8, 0, &past));
	CALL(raw_mq_send(full, buf, 8, 0, &past));
	CALL(raw_mq_send(room, buf, 8, 0, bad));
	CALL(raw_mq_send(room, buf, 8, 0, &invalid));
	CALL(raw_mq_send(room, buf, 8, 0, &past));
	CALL(raw_mq_send(room, bad, 8, 0, &past));
	mq_show("room", room);

	CALL(raw_mq_receive(-1, bad, 7, bad, bad));
	CALL(raw_mq_receive(-1, bad, 7, bad, &invalid));
	CALL(raw_mq_receive(-1, bad, 7, bad, &past));
	CALL(raw_mq_receive(wo, bad, 7, bad, &past));
	CALL(raw_mq_receive(empty, bad, 7, bad, &invalid));
	CALL(raw_mq_receive(empty, bad, 7, bad, &past));
	CALL(raw_mq_receive(empty, bad, 8, bad, &past));
	CALL(raw_mq_receive(full, buf, 8, NULL, bad));
	CALL(raw_mq_receive(full, buf, 8, NULL, &invalid));
	mq_show("full", full);
	CALL(raw_mq_receive(full, buf, 8, NULL, &past));
	mq_show("full", full);

	CALL(raw_mq_notify(-1, bad));
	CALL(raw_mq_notify(-1, &weird));
	CALL(raw_mq_notify(-1, &badsig));
	CALL(raw_mq_notify(-1, &good));
	CALL(raw_mq_notify(-1, NULL));
	CALL(raw_mq_notify(empty, &good));
	CALL(raw_mq_notify(empty, bad));
	CALL(raw_mq_notify(empty, &weird));
	CALL(raw_mq_notify(empty, &badsig));
	CALL(raw_mq_notify(empty, &good));
}
