/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/sysvipc shows ids and pids as those who opened it see them, whoever reads
 * (sysvipc_proc_open(), seq_user_ns()): a descriptor that was opened before or after the reader went
 * to another user namespace, or was taken along to another pid namespace.
 */
#include "as_util.h"

static const char *const files[] = {"/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/sysvipc/shm"};

static void show(const char *label, int file, int fd)
{
	/* Where the ids begin: behind key, id, mode and what counts. */
	static const int before[] = {5, 4, 4}, pids[] = {2, 0, 2}, skipped[] = {0, 0, 1};
	char text[2048], *at, *save = NULL, line[256] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int column = 0;

	if (n < 0) {
		sc_result(label, -1);
		return;
	}
	text[n] = 0;
	at = strchr(text, '\n');
	for (at = strtok_r(at ? at : text, " \n", &save); at; at = strtok_r(NULL, " \n", &save)) {
		int i = column++ - before[file];
		size_t used = strlen(line);

		if (i < 0 || used > 200)
			continue;
		if (i < pids[file])
			snprintf(line + used, sizeof(line) - used, " pid %s",
				 sc_role((pid_t)atol(at)));
		else if (i >= pids[file] + skipped[file] && i < pids[file] + skipped[file] + 4)
			snprintf(line + used, sizeof(line) - used, " %s", at);
	}
	sc_say("%s: %s:%s", label, files[file], line);
}

static void show_all(const char *label, const int fds[3])
{
	for (int i = 0; i < 3; i++)
		show(label, i, fds[i]);
}

static void open_all(int fds[3])
{
	for (int i = 0; i < 3; i++)
		fds[i] = (int)MUST(open(files[i], O_RDONLY | O_CLOEXEC));
}

static void user(void *arg)
{
	int outside[3], unmapped[3];

	(void)arg;
	open_all(outside);
	as_enter("", "");
	open_all(unmapped);
	show_all("opened unmapped", unmapped);
	show_all("opened outside", outside);
}

static void mapped(void *arg)
{
	int outside[3], inside[3];

	(void)arg;
	open_all(outside);
	show_all("before", outside);
	as_enter("7 0 1\n8 5000 1", "9 0 1\n10 6000 1");
	open_all(inside);
	show_all("opened outside", outside);
	show_all("opened inside", inside);
	as_enter("70 7 1\n80 8 1", "90 9 1\n100 10 1");
	show_all("opened inside, read deeper", inside);
}

/* The library knows actors by the numbers of this namespace; the first of the next is none. */
static void deeper(void *arg)
{
	int outside[3];
	pid_t pid;

	(void)arg;
	open_all(outside);
	MUST(unshare(CLONE_NEWPID));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		int inside[3];

		open_all(inside);
		show_all("opened outside", outside);
		show_all("opened inside", inside);
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
}

static void sends(void *arg)
{
	(void)arg;
	MUST(send_text(*(long *)arg, 1, "x", 0));
}

void scenario(void)
{
	struct as_set s;
	long id;
	pid_t pid;

	umask(0);
	as_user_namespaces_or_skip();
	s = as_make(0x30, 5000, 6000, 0666);
	id = s.msg;
	pid = sc_fork("sends", sends, &id);
	sc_wait(pid);
	sc_wait(sc_fork("user", user, NULL));
	sc_wait(sc_fork("mapped", mapped, NULL));
	sc_wait(sc_fork("deeper", deeper, NULL));
}
