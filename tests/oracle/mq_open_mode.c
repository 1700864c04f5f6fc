/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Permission bits: mq_open(3) takes them from mode less the umask, and later opens are checked like
 * those of a file: owner, group (with supplementary groups), others; a created queue belongs to the
 * caller's effective user and group. Root's capabilities overrule, also for mode 0.
 */
#include "mq_common.h"

#define OWNER 41001
#define GROUP 41002

static void show(const char *label, int fd)
{
	struct stat st;

	sc_must("fstat", fstat(fd, &st));
	sc_say("%s: type %o mode %04o uid %d gid %d", label, st.st_mode & S_IFMT,
	       st.st_mode & 07777, (int)st.st_uid, (int)st.st_gid);
}

static void create(const char *name, mode_t mask, mode_t mode)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char label[64];
	int fd;

	umask(mask);
	snprintf(label, sizeof(label), "create mode %04o umask %04o", mode, mask);
	errno = 0;
	fd = (int)raw_mq_open(name, O_RDWR | O_CREAT, mode, &attr);
	if (fd == -1) {
		sc_result(label, -1);
		return;
	}
	show(label, fd);
	close(fd);
}

static void try_open(const char *name)
{
	static const struct {
		int flags;
		const char *label;
	} ways[] = {{O_RDONLY, "O_RDONLY"}, {O_WRONLY, "O_WRONLY"}, {O_RDWR, "O_RDWR"}};

	for (int i = 0; i < 3; i++) {
		char label[64];
		long fd;

		snprintf(label, sizeof(label), "%s %s", name, ways[i].label);
		errno = 0;
		fd = sc_result_ok(label, raw_mq_open(name, ways[i].flags, 0, NULL));
		if (fd != -1)
			close((int)fd);
	}
}

static void try_all(void)
{
	static const char *const names[] = {"m0000", "m0600", "m0640", "m0604", "m0420", "m0002"};

	for (int i = 0; i < 6; i++)
		try_open(names[i]);
	/* O_CREAT on what is there needs the same permissions. */
	CALL_Q("m0600 O_CREAT", raw_mq_open("m0600", O_RDWR | O_CREAT, 0666, NULL) < 0 ? -1 : 0);
}

static void as_owner(void *arg)
{
	(void)arg;
	mq_become(OWNER, OWNER);
	try_all();
}

static void as_group(void *arg)
{
	(void)arg;
	mq_become(OWNER + 5, GROUP);
	try_all();
}

static void as_supplementary(void *arg)
{
	gid_t groups[] = {7, GROUP};

	(void)arg;
	sc_must("setgroups", syscall(SYS_setgroups, 2, groups));
	sc_must("setresgid", setresgid(8, 8, 8));
	sc_must("setresuid", setresuid(OWNER + 5, OWNER + 5, OWNER + 5));
	try_open("m0640");
}

static void as_other(void *arg)
{
	(void)arg;
	sc_become_nobody();
	try_all();
	create("mine", 022, 0666);
}

static void as_effective(void *arg)
{
	(void)arg;
	sc_must("setresgid", setresgid(-1, GROUP, -1));
	sc_must("setresuid", setresuid(-1, OWNER, -1));
	try_open("m0600");
	create("effective", 022, 0666);
	try_open("m0002");
}

void scenario(void)
{
	static const mode_t modes[] = {0, 0600, 0640, 0604, 0420, 02};

	create("a", 0, 0777);
	create("b", 022, 0666);
	create("c", 0777, 0666);
	create("d", 0, 07777);
	create("e", 0, 0170000 | 0644);
	for (int i = 0; i < 6; i++) {
		char name[16];
		char path[32];

		snprintf(name, sizeof(name), "m%04o", modes[i]);
		create(name, 0, modes[i]);
		snprintf(path, sizeof(path), MQ_DIR "/%s", name);
		sc_must("chown", chown(path, OWNER, GROUP));
	}
	try_all();
	sc_wait(sc_fork("owner", as_owner, NULL));
	sc_wait(sc_fork("group", as_group, NULL));
	sc_wait(sc_fork("supplementary", as_supplementary, NULL));
	sc_wait(sc_fork("other", as_other, NULL));
	sc_wait(sc_fork("effective", as_effective, NULL));
}
