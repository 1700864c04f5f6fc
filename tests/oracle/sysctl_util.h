/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the sysctl_*.c scenarios share: the files, and a line for each thing done to one. */
#ifndef IPCNSD_TESTS_ORACLE_SYSCTL_UTIL_H
#define IPCNSD_TESTS_ORACLE_SYSCTL_UTIL_H

#include <linux/capability.h>
#include <sys/prctl.h>

#include "scenario.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

/* Those of a segment are here, too: they are the kernel's own on both sides. */
static const char *const sysctl_names[] = {
	"kernel/msgmax",	 "kernel/msgmnb",	  "kernel/msgmni",
	"kernel/auto_msgmni",	 "kernel/msg_next_id",	  "kernel/sem",
	"kernel/sem_next_id",	 "fs/mqueue/queues_max",  "fs/mqueue/msg_max",
	"fs/mqueue/msgsize_max", "fs/mqueue/msg_default", "fs/mqueue/msgsize_default",
	"kernel/shmmni",
};

#define SYSCTLS (sizeof(sysctl_names) / sizeof(sysctl_names[0]))

static inline int sysctl_open(const char *name, int flags)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	errno = 0;
	return open(path, flags | O_CLOEXEC);
}

/* Text with what does not print as \xNN, good until the next call. */
static inline const char *sysctl_quoted(const char *text, size_t len)
{
	static _Thread_local char out[512];
	size_t used = 0;

	for (size_t i = 0; i < len && used + 8 < sizeof(out); i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n' || c == '\t')
			used += (size_t)sprintf(out + used, "\\%c", c == '\n' ? 'n' : 't');
		else if (c < ' ' || c > '~')
			used += (size_t)sprintf(out + used, "\\x%02x", c);
		else
			out[used++] = (char)c;
	}
	out[used] = '\0';
	return out;
}

/* What is in it, without a line. */
static inline void sysctl_text(const char *name, char *buf, size_t size)
{
	int fd = sysctl_open(name, O_RDONLY);
	ssize_t n = fd == -1 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd != -1)
		close(fd);
}

/* "NAME: 'text'" */
static inline void sysctl_show(const char *name)
{
	char buf[256];

	sysctl_text(name, buf, sizeof(buf));
	sc_say("%s: '%s'", name, sysctl_quoted(buf, strlen(buf)));
}

/* Writes len bytes: "NAME <- 'text' = LEN, now 'text'", or the error. */
static inline void sysctl_put(const char *name, const char *text, size_t len)
{
	char quoted[512], now[256];
	int fd = sysctl_open(name, O_WRONLY | O_TRUNC);
	ssize_t n;

	strcpy(quoted, sysctl_quoted(text, len));
	if (fd == -1) {
		sc_say("%s <- '%s': open = %s", name, quoted, sc_errname(errno));
		return;
	}
	errno = 0;
	n = write(fd, text, len);
	if (n == -1)
		snprintf(now, sizeof(now), "-1 %s", sc_errname(errno));
	else
		snprintf(now, sizeof(now), "%zd", n);
	sc_say("%s <- '%s' = %s", name, quoted, now);
	close(fd);
	sysctl_show(name);
}

static inline void sysctl_set(const char *name, const char *text)
{
	sysctl_put(name, text, strlen(text));
}

/* The caller keeps what it has of these capabilities (a mask), effective and permitted. */
static inline void sysctl_keep_caps(uint64_t caps)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &header, data));
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted &= (uint32_t)(caps >> 32 * i);
	MUST(syscall(SYS_capset, &header, data));
}

#define SYSCTL_ALL_CAPS ((1ull << (CAP_CHECKPOINT_RESTORE + 1)) - 1)
#define SYSCTL_CAP(cap) (1ull << (cap))

/* Becomes uid and gid SC_NOBODY without groups, with these capabilities. In a child only. */
static inline void sysctl_become_nobody_with(uint64_t caps)
{
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(setresgid(SC_NOBODY, SC_NOBODY, SC_NOBODY));
	MUST(setresuid(SC_NOBODY, SC_NOBODY, SC_NOBODY));
	sysctl_keep_caps(caps);
}

#endif
