/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mqueue directory as files: every queue by name, regular, 80 bytes long whatever it holds, one
 * link, its owner's; the directory itself sticky 1777, 40 bytes and 20 for each queue. What
 * mq_unlink() removes is gone from it at once and the other way round. mq_overview(7).
 */
#include <dirent.h>

#include "mq_common.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *label)
{
	char *names[64];
	struct dirent *entry;
	struct stat st;
	size_t count = 0;
	DIR *dir = opendir(MQ_DIR);

	if (!dir)
		sc_fail("opendir: %s", sc_errname(errno));
	while ((entry = readdir(dir)) && count < 64)
		names[count++] = strdup(entry->d_name);
	closedir(dir);
	qsort(names, count, sizeof(names[0]), by_name);
	MUST(stat(MQ_DIR, &st));
	sc_say("%s: directory mode %o uid %d gid %d size %ld nlink %d", label, st.st_mode,
	       (int)st.st_uid, (int)st.st_gid, (long)st.st_size, (int)st.st_nlink);
	for (size_t i = 0; i < count; i++) {
		if (names[i][0] == '.') {
			sc_say("  %s", names[i]);
		} else {
			char path[300];

			snprintf(path, sizeof(path), MQ_DIR "/%s", names[i]);
			MUST(lstat(path, &st));
			sc_say("  %s mode %o uid %d gid %d size %ld nlink %d blocks %ld", names[i],
			       st.st_mode, (int)st.st_uid, (int)st.st_gid, (long)st.st_size,
			       (int)st.st_nlink, (long)st.st_blocks);
		}
		free(names[i]);
	}
}

static void owner(void *arg)
{
	(void)arg;
	mq_become(41001, 41002);
	mq_close(mq_make("/theirs", O_RDWR, 1, 1));
}

static void ls(void *arg)
{
	MUST(dup2(STDOUT_FILENO, STDERR_FILENO));
	execl("/bin/ls", "ls", "-1", arg, NULL);
	_exit(9);
}

void scenario(void)
{
	char *names[200];
	struct dirent *entry;
	DIR *dir;
	int seen = 0;
	mqd_t q;

	umask(022);
	list("empty");
	q = mq_make("/one", O_RDWR, 3, 8);
	mq_put("send", q, "12345678", 0);
	mq_close(mq_make("/two", O_RDWR, 1, 1));
	sc_wait(sc_fork("owner", owner, NULL));
	list("three");
	sc_wait(sc_fork("ls", ls, MQ_DIR));
	CALL(mq_unlink("/one"));
	CALL(unlink(MQ_DIR "/two"));
	CALL(mq_open("/two", O_RDWR));
	list("one left");
	MUST(unlink(MQ_DIR "/theirs"));
	list("empty again");

	/* A long listing is complete: every queue once. */
	for (int i = 0; i < 200; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/a-queue-with-a-rather-long-name-%d", i);
		names[i] = strdup(name);
		mq_close(mq_make(name, O_RDWR, 1, 1));
	}
	dir = opendir(MQ_DIR);
	while (dir && (entry = readdir(dir)))
		for (int i = 0; i < 200; i++)
			if (strcmp(entry->d_name, names[i] + 1) == 0)
				seen++;
	sc_say("200 made, %d listed", seen);
	for (int i = 0; i < 200; i++) {
		MUST(mq_unlink(names[i]));
		free(names[i]);
	}
	if (dir) {
		rewinddir(dir);
		seen = 0;
		while (readdir(dir))
			seen++;
		closedir(dir);
	}
	sc_say("after their unlink: %d entries", seen);
	list("empty at last");
}
