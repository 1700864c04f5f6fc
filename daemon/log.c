/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sd_journal_sendv(3), or stderr. */
/* It would say where this file calls it; who called us is of interest. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "daemon/log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

static _Atomic int level_wanted = LOG_INFO;
static bool to_journal;

/* systemd.exec(5): $JOURNAL_STREAM tells device and inode of the stream, if it is still our stderr. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(2, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

void log_open(int level)
{
	to_journal = stderr_is_journal();
	level_wanted = level;
}

void log_set_level(int level)
{
	level_wanted = level;
}

struct place {
	const char *file, *func;
	int line;
};

static void send_to_journal(const struct place *at, int level, const struct log_about *about,
			    const char *text)
{
	char field[5][700], code[3][150];
	struct iovec iov[8];
	int n = 0;

	/* Named in the text as well: who reads `journalctl -u` does not see the fields. */
	snprintf(field[n++], sizeof(field[0]), "MESSAGE=%s%s%s",
		 about && about->ns ? about->ns : "", about && about->ns ? ": " : "", text);
	snprintf(field[n++], sizeof(field[0]), "PRIORITY=%d", level);
	if (about && about->ns)
		snprintf(field[n++], sizeof(field[0]), "IPCNS_NAMESPACE=%s", about->ns);
	if (about && about->object)
		snprintf(field[n++], sizeof(field[0]), "IPCNS_OBJECT=%s", about->object);
	if (about && about->pid)
		snprintf(field[n++], sizeof(field[0]), "IPCNS_PID=%d", (int)about->pid);
	for (int i = 0; i < n; i++)
		iov[i] = (struct iovec){field[i], strlen(field[i])};
	snprintf(code[0], sizeof(code[0]), "CODE_FILE=%s", at->file);
	snprintf(code[1], sizeof(code[0]), "CODE_LINE=%d", at->line);
	snprintf(code[2], sizeof(code[0]), "CODE_FUNC=%s", at->func);
	for (int i = 0; i < 3; i++)
		iov[n++] = (struct iovec){code[i], strlen(code[i])};
	(void)sd_journal_sendv(iov, n);
}

void log_say_at(const char *file, int line, const char *func, int level,
		const struct log_about *about, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (level > level_wanted)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = '?';
	if (to_journal)
		send_to_journal(&(struct place){file, func, line}, level, about, text);
	else
		dprintf(STDERR_FILENO, "ipcnsd: %s%s%s\n", about && about->ns ? about->ns : "",
			about && about->ns ? ": " : "", text);
}
