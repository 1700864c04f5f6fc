/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: what is of no family (reading /proc/sysvipc/, becoming another user),
 * and what depends on a call's family.
 *
 * The listings are printed with pids as roles and times as set or not; rss and swap are left out.
 */
#include <sys/prctl.h>

#include "gen.h"

#define VIEWS 3

static void normalised(char *text, const char *family, int field, const char *value)
{
	static const int msg_pids = 0x60, shm_pids = 0x30; /* by field number */
	bool msg = strcmp(family, "msg") == 0, shm = strcmp(family, "shm") == 0;
	bool time = msg ? field >= 11 : shm ? field >= 11 && field <= 13 : field >= 8;

	if ((msg && 1 << field & msg_pids) || (shm && 1 << field & shm_pids))
		gen_add(text, " %s", gen_role((pid_t)atoi(value)));
	else if (time)
		gen_add(text, " %s", strcmp(value, "0") == 0 ? "0" : "t");
	else if (!shm || field < 14)
		gen_add(text, " %s", value);
}

static void view(struct gen_worker *w)
{
	static const char *const families[VIEWS] = {"msg", "sem", "shm"};
	const char *family = families[w->call.cmd];
	char *line, *word, *rest, *lines;
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/sysvipc/%s", family);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	w->result = fd < 0 ? -1 : 0;
	w->error = errno;
	if (fd < 0)
		return;
	len = read(fd, w->buf, 65536);
	close(fd);
	if (len < 0)
		len = 0;
	w->buf[len] = 0;
	line = strtok_r(w->buf, "\n", &lines); /* the heading */
	if (line)
		gen_add(w->text, " %08x", gen_digest(line, strlen(line)));
	while ((line = strtok_r(NULL, "\n", &lines))) {
		int field = 0;

		gen_add(w->text, "\n\t");
		for (word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
			normalised(w->text, family, field++, word);
	}
}

/* Of the calling thread alone; its real and saved ids stay, so that root finds back. */
static void become(struct gen_worker *w)
{
	w->result = syscall(SYS_setresuid, -1, (uid_t)w->call.values[0], -1);
	w->error = errno;
	/* A change of user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void gen_other_draw(struct gen_random *r, struct gen_call *c)
{
	c->cmd = (int)gen_below(r, 5);
	c->values[0] = GEN_PICK(r, 0, 0, 65534, 1000);
	if (c->cmd < VIEWS)
		gen_add(c->text, "view %d", c->cmd);
	else
		gen_add(c->text, "seteuid(%ld)", c->values[0]);
}

void gen_other_make(struct gen_worker *w)
{
	if (w->call.cmd < VIEWS)
		view(w);
	else
		become(w);
}

bool gen_is_get(const struct gen_call *c)
{
	return c->op == 1 && c->family != GEN_MQ;
}

/* The text says so too: the reader of a transcript sees what was really called. */
void gen_make_nowait(struct gen_call *c)
{
	int i;

	c->blocks = false;
	switch (c->family) {
	case GEN_MSG:
		c->flags |= IPC_NOWAIT;
		gen_msg_text(c);
		break;
	case GEN_SEM:
		for (i = 0; i < GEN_SOPS; i++)
			c->sops[i].flags |= IPC_NOWAIT;
		/* The operations of the read-only page are waits for zero. */
		if (c->ptr != PTR_OK && c->timeout != TIME_BAD)
			c->timeout = TIME_ZERO;
		gen_sem_text(c);
		break;
	case GEN_MQ:
		if (c->timeout == TIME_NONE || c->timeout == TIME_FAR || c->timeout == TIME_SHORT)
			c->timeout = TIME_ZERO;
		gen_mq_text(c);
		break;
	default:
		break;
	}
}
