/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel.shm_rmid_forced of the namespace: with 1 a segment goes with its last attach, and what a
 * process made and nobody has attached goes with that process; switching it on sweeps what is left
 * without a creator. (Documentation/admin-guide/sysctl/kernel.rst, ipc/shm.c exit_shm())
 */
#include "shm_common.h"

static void force(const char *value)
{
	int fd = open("/proc/sys/kernel/shm_rmid_forced", O_WRONLY | O_CLOEXEC);

	if (fd == -1) {
		sc_result("open shm_rmid_forced", -1);
		return;
	}
	CALL_Q("write shm_rmid_forced", write(fd, value, 1));
	close(fd);
}

static void makes(void *arg)
{
	int *ids = arg;

	ids[0] = shm_make(10, 0600);
	ids[1] = shm_make(10, 0600);
	shm_map(ids[1]);
	ids[2] = shm_make(10, 0600);
	sc_post(1);
	sc_await(2);
}

static void round_of(const char *label, int *ids)
{
	pid_t pid = sc_fork(label, makes, ids);
	char *p;

	sc_await(1);
	p = shm_map(ids[2]);
	for (int i = 0; i < 3; i++)
		shm_nattch("while the creator lives", ids[i]);
	sc_post(2);
	sc_wait(pid);
	for (int i = 0; i < 3; i++)
		shm_nattch("after its end", ids[i]);
	MUST(shmdt(p));
	shm_nattch("last detach of the third", ids[2]);
}

void scenario(void)
{
	int *ids = sc_shared(3 * sizeof(*ids));
	int left[3];
	char *p;
	int own;

	round_of("plain", ids);
	memcpy(left, ids, sizeof(left));
	own = shm_make(10, 0600);
	force("1");
	for (int i = 0; i < 3; i++)
		shm_nattch("left over when switched on", left[i]);
	shm_nattch("of a living creator", own);
	p = shm_map(own);
	MUST(shmdt(p));
	shm_nattch("attached and detached", own);
	round_of("forced", ids);
	force("0");
	round_of("plain again", ids);
}
