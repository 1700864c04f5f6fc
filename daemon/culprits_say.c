/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lines of the log about culprits. What the process is called and who traces it is asked of /proc
 * only here, for the one in thousands that is said; by then it may be gone, and its number another's,
 * which a name beside it shows.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/culprits.h"
#include "daemon/log.h"

static const struct {
	int level;
	const char *text;
} lines[CULPRIT_KINDS] = {
	[CULPRIT_MSG] = {LOG_NOTICE, "no more message queues: msgmni or quota_msg is reached"},
	[CULPRIT_SEM] = {LOG_NOTICE, "no more semaphores: semmni, semmns or a quota is reached"},
	[CULPRIT_SHM] = {LOG_NOTICE,
			 "no more segments: shmmni, shmall, quota_shm or quota_bytes is reached"},
	[CULPRIT_MQUEUE] = {LOG_NOTICE,
			    "no more POSIX queues: queues_max or quota_mqueue is reached"},
	[CULPRIT_BYTES] = {LOG_NOTICE, "no more memory for messages: quota_bytes or quota_state is "
				       "reached, or all of StateSize is used"},
	[CULPRIT_PARKED] = {LOG_NOTICE, "no more calls may wait: quota_parked is reached"},
	[CULPRIT_COPY] = {LOG_WARNING,
			  "memory that a call names does not answer, for seconds (a file system or "
			  "userfaultfd of its own?); the call waits for it, and nobody else does"},
	[CULPRIT_INTERRUPTS] = {LOG_NOTICE, "calls that wait are interrupted again and again"},
	[CULPRIT_VIEWS] = {LOG_NOTICE,
			   "views of the namespace were unmounted in its container; they are back"},
};

/* proc_pid_status(5) */
struct about_task {
	char name[64];
	int tgid, tracer;
};

static void ask(pid_t tid, struct about_task *a)
{
	char line[256], path[40];
	FILE *f;

	*a = (struct about_task){.tgid = tid};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Tgid: %d", &a->tgid) == 1)
			continue;
		if (sscanf(line, "Name: %63[^\n]", a->name) == 1)
			continue;
		if (sscanf(line, "TracerPid: %d", &a->tracer) == 1)
			break;
	}
	fclose(f);
}

static void say(const char *ns, enum culprit_kind kind, pid_t tid, uint64_t times)
{
	char tracer[60] = "", more[60] = "";
	int level = lines[kind].level;
	struct about_task a;

	ask(tid, &a);
	if (kind == CULPRIT_INTERRUPTS && a.tracer)
		snprintf(tracer, sizeof(tracer), ", by process %d, which traces it", a.tracer);
	else if (kind == CULPRIT_INTERRUPTS)
		level = LOG_DEBUG; /* an interval timer of a hundred a second is nothing strange */
	if (times > 1)
		snprintf(more, sizeof(more), " (%" PRIu64 " times since the last line)", times);
	log_say(level, &(struct log_about){.ns = ns, .pid = a.tgid}, "process %d%s%s%s: %s%s%s",
		a.tgid, a.name[0] ? " (" : "", a.name, a.name[0] ? ")" : "", lines[kind].text,
		tracer, more);
}

void culprits_say(struct culprits *c, const char *ns, bool all)
{
	pid_t tid;

	for (enum culprit_kind kind = 0; kind < CULPRIT_KINDS; kind++) {
		uint64_t times = culprits_take(c, kind, all, &tid);

		if (times)
			say(ns, kind, tid, times);
	}
}
