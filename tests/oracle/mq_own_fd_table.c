/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mq_setattr() and mq_notify() with a thread (SIGEV_THREAD) look at descriptors of the caller. A
 * caller whose table is not the one of its thread group's leader, because it left that one or
 * because the leader has ended, is natively like any other.
 */
#include <linux/netlink.h>
#include <sys/socket.h>

#include "mq_common.h"

static void use_queue(const char *name)
{
	static char cookie[32];
	struct mq_attr attr = {.mq_flags = O_NONBLOCK};
	mqd_t q = mq_make(name, O_RDWR, 2, 8);
	int sock = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK));
	struct sigevent sev = {
		.sigev_notify = SIGEV_THREAD, .sigev_signo = sock, .sigev_value.sival_ptr = cookie};

	CALL(mq_setattr(q, &attr, NULL));
	mq_show("attributes", q);
	CALL(raw_mq_notify(q, &sev));
}

static void leaver(void *arg)
{
	(void)arg;
	MUST(unshare(CLONE_FILES));
	use_queue("/left");
}

static char leader_state(void)
{
	FILE *f = fopen("/proc/self/stat", "re");
	char state = '?';

	if (!f || fscanf(f, "%*d %*s %c", &state) != 1)
		sc_fail("/proc/self/stat");
	fclose(f);
	return state;
}

static void orphan(void *arg)
{
	(void)arg;
	sc_live(); /* nobody will join it */
	while (leader_state() != 'Z')
		sc_msleep(1);
	use_queue("/orphan");
	_exit(0);
}

static void leader(void *arg)
{
	(void)arg;
	sc_thread("orphan", orphan, NULL);
	syscall(SYS_exit, 0);
}

void scenario(void)
{
	sc_join(sc_thread("leaver", leaver, NULL));
	sc_wait(sc_fork("leader", leader, NULL));
}
