/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may write the IPC sysctls: the namespace's root by its effective id, whatever capabilities it
 * has, and nobody else with whatever capabilities; *_next_id are open to those with
 * CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN only, root or not. Whoever lost the right with the file
 * open finds EPERM.
 */
#include "sysctl_util.h"

static void try_all(const char *name)
{
	static const struct {
		const char *label;
		int flags;
	} modes[] = {
		{"O_RDONLY", O_RDONLY},
		{"O_WRONLY", O_WRONLY},
		{"O_RDWR", O_RDWR},
		{"O_RDONLY|O_TRUNC", O_RDONLY | O_TRUNC},
		{"O_WRONLY|O_TRUNC", O_WRONLY | O_TRUNC},
		{"O_ACCMODE", O_ACCMODE},
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		int fd = sysctl_open(name, modes[i].flags);

		sc_say("%s %s: %s", name, modes[i].label, fd == -1 ? sc_errname(errno) : "ok");
		if (fd == -1)
			continue;
		if ((modes[i].flags & O_ACCMODE) == O_WRONLY)
			CALL(write(fd, "1\n", 2));
		close(fd);
	}
	sysctl_show(name);
}

struct who {
	const char *role;
	bool nobody;
	uint64_t caps;
};

static void become(const struct who *w)
{
	if (w->nobody)
		sysctl_become_nobody_with(w->caps);
	else
		sysctl_keep_caps(w->caps);
}

static void opener(void *arg)
{
	become(arg);
	for (size_t i = 0; i < SYSCTLS; i++)
		try_all(sysctl_names[i]);
}

static int held[SYSCTLS];

static void heir(void *arg)
{
	char c;

	become(arg);
	for (size_t i = 0; i < SYSCTLS; i++) {
		sc_say("%s", sysctl_names[i]);
		CALL(pwrite(held[i], "2\n", 2, 0));
		CALL(pwrite(held[i], "2\n", 2, 5));
		CALL(pread(held[i], &c, 1, 0));
	}
}

static void set_id(void *arg)
{
	(void)arg;
	/* The effective id decides, not the real or the file system's. */
	MUST(setresuid(0, SC_NOBODY, 0));
	try_all("kernel/msgmax");
	MUST(setresuid(SC_NOBODY, 0, 0));
	try_all("kernel/msgmax");
	CALL(syscall(SYS_setfsuid, SC_NOBODY));
	try_all("kernel/msgmax");
}

void scenario(void)
{
	static const struct who all[] = {
		{"root", false, SYSCTL_ALL_CAPS},
		{"root-bare", false, 0},
		{"root-dac", false, SYSCTL_CAP(CAP_DAC_OVERRIDE)},
		{"root-admin", false, SYSCTL_CAP(CAP_SYS_ADMIN)},
		{"root-restore", false, SYSCTL_CAP(CAP_CHECKPOINT_RESTORE)},
		{"nobody", true, 0},
		{"nobody-dac", true, SYSCTL_CAP(CAP_DAC_OVERRIDE)},
		{"nobody-admin", true, SYSCTL_CAP(CAP_SYS_ADMIN)},
		{"nobody-restore", true, SYSCTL_CAP(CAP_CHECKPOINT_RESTORE)},
		{"nobody-all", true, SYSCTL_ALL_CAPS},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sc_wait(sc_fork(all[i].role, opener, (void *)(uintptr_t)&all[i]));
	for (size_t i = 0; i < SYSCTLS; i++)
		held[i] = (int)MUST(sysctl_open(sysctl_names[i], O_RDWR));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sc_wait(sc_fork(all[i].role, heir, (void *)(uintptr_t)&all[i]));
	for (size_t i = 0; i < SYSCTLS; i++)
		sysctl_show(sysctl_names[i]);
	sc_wait(sc_fork("ids", set_id, NULL));
}
