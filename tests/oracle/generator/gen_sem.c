/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: System V semaphores.
 */
#include <sys/sem.h>

#include "gen.h"

#define SEM_STAT_ANY_CMD 20
#define MANY_SOPS 501 /* one more than SEMOPM */

enum { SEMGET = 1, SEMOP, SEMCTL };

void gen_sem_text(struct gen_call *c)
{
	int i;

	c->text[0] = 0;
	switch (c->op) {
	case SEMGET:
		gen_add(c->text, "semget(%#x, %ld, %#o)", (unsigned int)c->key, c->count,
			(unsigned int)c->flags);
		break;
	case SEMOP:
		gen_add(c->text, "semtimedop(%d, %s, %ld, %s)", c->id, gen_ptr_name(c->ptr),
			c->count, gen_timeout_name(c->timeout));
		for (i = 0; i < c->count && i < GEN_SOPS; i++)
			gen_add(c->text, " %d:%+d%s%s", c->sops[i].num, c->sops[i].op,
				c->sops[i].flags & IPC_NOWAIT ? "n" : "",
				c->sops[i].flags & SEM_UNDO ? "u" : "");
		break;
	case SEMCTL:
		gen_add(c->text, "semctl(%d, %ld, %d, %s)", c->id, c->type, c->cmd,
			gen_ptr_name(c->ptr));
		if (c->cmd == SETVAL || c->cmd == SETALL)
			gen_add(c->text, " value %ld", c->values[0]);
		if (c->cmd == IPC_SET)
			gen_add(c->text, " owner %ld:%ld mode %#o", c->values[1], c->values[2],
				c->mode);
		break;
	}
}

/* What libipcshim does by itself, if nobody waits and nothing is to be undone. */
static void draw_plain(struct gen_random *r, struct gen_call *c)
{
	c->count = 1;
	c->sops[0].num = (unsigned short)GEN_PICK(r, 0, 0, 0, 0, 1, 1, 2, 3, 4);
	c->sops[0].op = (short)GEN_PICK(r, -1, -1, 1, 1, 1, 0, 2, -2, 5, 32767);
	c->sops[0].flags = gen_chance(r, 95) ? IPC_NOWAIT : 0;
	if (gen_chance(r, 85))
		c->timeout = TIME_NONE;
}

static void draw_sops(struct gen_random *r, struct gen_call *c)
{
	bool nowait = gen_chance(r, 40);
	int i;

	c->count = GEN_PICK(r, 1, 1, 1, 1, 2, 2, 3, 4, 5);
	if (gen_chance(r, 1))
		c->count = GEN_PICK(r, 0, MANY_SOPS, 1 << 20, -1);
	for (i = 0; i < GEN_SOPS; i++) {
		c->sops[i].num = (unsigned short)GEN_PICK(r, 0, 0, 0, 1, 1, 2, 3);
		if (gen_chance(r, 2))
			c->sops[i].num = (unsigned short)GEN_PICK(r, 8, 65535, 31999);
		c->sops[i].op = (short)GEN_PICK(r, -1, -1, -1, 1, 1, 1, 0, 0, 2, -2, 5);
		if (gen_chance(r, 3))
			c->sops[i].op = (short)GEN_PICK(r, 32767, -32768, -32767, 32766);
		c->sops[i].flags = (short)((nowait && gen_chance(r, 85) ? IPC_NOWAIT : 0) |
					   (gen_chance(r, 25) ? SEM_UNDO : 0));
	}
	c->timeout = gen_draw_timeout(r);
	c->blocks = true; /* each operation may fail to go, and not each need have IPC_NOWAIT */
}

void gen_sem_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	c->slot = (int)gen_below(r, GEN_SLOTS);
	c->id = gen_draw_id(r, world, GEN_SEM, c->slot);
	c->key = gen_draw_key(r, c->slot);
	c->mode = gen_draw_mode(r);
	c->ptr = gen_draw_ptr(r);
	if (kind < 10 || world->id[GEN_SEM][c->slot] < 0) {
		c->op = SEMGET;
		c->count = GEN_PICK(r, 1, 3, 4, 4, 4, 4, 4, 4, 8, 0);
		if (gen_chance(r, 3))
			c->count = GEN_PICK(r, -1, 32000, 32001, 0x7fffffff);
		c->flags = (int)c->mode | (gen_chance(r, 80) ? IPC_CREAT : 0) |
			   (gen_chance(r, 10) ? IPC_EXCL : 0);
	} else if (kind < 72 || (world->plain && gen_chance(r, 60))) {
		c->op = SEMOP;
		draw_sops(r, c);
		if (world->plain && gen_chance(r, 96))
			draw_plain(r, c);
	} else {
		c->op = SEMCTL;
		c->cmd = (int)GEN_PICK(r, IPC_STAT, GETALL, GETALL, GETALL, GETVAL, GETPID, GETNCNT,
				       GETZCNT, GETNCNT, SETVAL, SETVAL, SETVAL, SETALL, SETALL,
				       GETALL, GETALL, GETPID, IPC_RMID, IPC_SET, SEM_STAT,
				       SEM_STAT_ANY_CMD, IPC_INFO, SEM_INFO, 99);
		if (c->cmd == SEM_STAT || c->cmd == SEM_STAT_ANY_CMD)
			c->id = (int)gen_below(r, 6) - (gen_chance(r, 5) ? 1 : 0);
		c->type = GEN_PICK(r, 0, 0, 0, 1, 2, 3);
		if (gen_chance(r, 4))
			c->type = GEN_PICK(r, -1, 8, 0x7fffffff);
		c->values[0] = GEN_PICK(r, 0, 1, 1, 2, 3, 10, 32767);
		if (gen_chance(r, 4))
			c->values[0] = GEN_PICK(r, -1, 32768, 0x7fffffff);
		c->values[1] = GEN_PICK(r, 0, 0, 65534, 1000, 1000, -1);
		c->values[2] = GEN_PICK(r, 0, 65534, 1000);
	}
	gen_sem_text(c);
}

static void op(struct gen_worker *w, const struct gen_call *c)
{
	struct sembuf *sops = gen_ptr(w, c->ptr, sizeof(*sops));
	struct timespec ts;
	int i;

	if (c->ptr == PTR_OK) {
		memset(sops, 0, MANY_SOPS * sizeof(*sops));
		for (i = 0; i < GEN_SOPS; i++)
			sops[i] = (struct sembuf){c->sops[i].num, c->sops[i].op, c->sops[i].flags};
	}
	/* By the C library, which does nothing but the call: so libipcshim can be tried, too. */
	w->result = semtimedop(c->id, sops, (size_t)c->count, gen_time(c->timeout, false, &ts));
	w->error = errno;
}

static void ctl(struct gen_worker *w, const struct gen_call *c)
{
	char *buf = gen_ptr(w, c->ptr, 0);
	struct semid_ds *ds = (void *)buf;
	const struct seminfo *info = (const void *)buf;
	unsigned short *all = (void *)buf;
	union {
		long value;
		void *ptr;
	} arg = {.ptr = buf};
	int i;

	if (c->cmd == SETVAL)
		arg.value = c->values[0];
	if (c->ptr == PTR_OK && c->cmd == SETALL) {
		for (i = 0; i < 32000; i++)
			all[i] = (unsigned short)(i == c->type ? c->values[0] : i % 4);
	}
	if (c->ptr == PTR_OK && c->cmd == IPC_SET) {
		ds->sem_perm.uid = (uid_t)c->values[1];
		ds->sem_perm.gid = (gid_t)c->values[2];
		ds->sem_perm.mode = (unsigned short)c->mode;
	}
	w->result = syscall(SYS_semctl, c->id, (int)c->type, c->cmd, arg.ptr);
	w->error = errno;
	if (w->result < 0)
		return;
	if (c->cmd == GETPID) {
		gen_add(w->text, " %s", gen_role((pid_t)w->result));
		w->result = 0;
	}
	if (c->ptr != PTR_OK)
		return;
	switch (c->cmd) {
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY_CMD:
		gen_add_perm(w->text, &ds->sem_perm);
		gen_add(w->text, " nsems=%lu otime=%s ctime=%s", ds->sem_nsems,
			ds->sem_otime ? "set" : "0", ds->sem_ctime ? "set" : "0");
		break;
	case GETALL:
		gen_add(w->text, " first %u %u %u %u", all[0], all[1], all[2], all[3]);
		break;
	case IPC_INFO:
	case SEM_INFO:
		gen_add(w->text, " map=%d mni=%d mns=%d mnu=%d msl=%d opm=%d ume=%d usz=%d vmx=%d",
			info->semmap, info->semmni, info->semmns, info->semmnu, info->semmsl,
			info->semopm, info->semume, info->semusz, info->semvmx);
		gen_add(w->text, " aem=%d", info->semaem);
		break;
	}
}

void gen_sem_make(struct gen_worker *w)
{
	const struct gen_call *c = &w->call;

	switch (c->op) {
	case SEMGET:
		w->result = syscall(SYS_semget, c->key, (int)c->count, c->flags);
		w->error = errno;
		break;
	case SEMOP:
		op(w, c);
		break;
	case SEMCTL:
		ctl(w, c);
		break;
	}
}
