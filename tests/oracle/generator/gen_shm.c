/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The oracle's generator: System V shared memory.
 *
 * A process remembers one attachment a slot; memory is only touched where it is attached, as a fault
 * would end the worker. Fixed addresses are in a region that nothing else uses.
 */
#include <sys/shm.h>

#include "gen.h"

#define REGION 0x100000000000
#define REGION_STEP 0x1000000
#define SHM_STAT_ANY_CMD 15

enum { SHMGET = 1, SHMAT, SHMDT, SHMCTL, SHMUSE };
enum { AT_ANY, AT_FIXED, AT_ODD, AT_ODDS };

static bool has_attached(const struct gen_shared *shared, const struct gen_call *c)
{
	return shared->worker[shared->worker[c->worker].leader].proc.at[c->slot];
}

void gen_shm_draw(struct gen_random *r, const struct gen_world *world, struct gen_call *c)
{
	unsigned int kind = gen_below(r, 100);

	c->slot = (int)gen_below(r, GEN_SLOTS);
	c->id = gen_draw_id(r, world, GEN_SHM, c->slot);
	c->key = gen_draw_key(r, c->slot);
	c->mode = gen_draw_mode(r);
	c->ptr = gen_draw_ptr(r);
	if (kind < 15 || world->id[GEN_SHM][c->slot] < 0) {
		c->op = SHMGET;
		c->size = GEN_PICK(r, 4096, 4096, 1, 0, 4097, 100000, 8192);
		if (gen_chance(r, 3))
			c->size = -1;
		c->flags = (int)c->mode | (gen_chance(r, 80) ? IPC_CREAT : 0) |
			   (gen_chance(r, 10) ? IPC_EXCL : 0) |
			   (gen_chance(r, 2) ? SHM_NORESERVE : 0);
		gen_add(c->text, "shmget(%#x, %ld, %#o)", (unsigned int)c->key, c->size,
			(unsigned int)c->flags);
	} else if (kind < 40 || (kind < 53 && !has_attached(world->shared, c))) {
		c->op = SHMAT;
		c->type = GEN_PICK(r, AT_ANY, AT_ANY, AT_ANY, AT_FIXED, AT_FIXED, AT_ODD);
		c->flags = (int)GEN_PICK(r, 0, 0, 0, SHM_RDONLY, SHM_RND, SHM_REMAP,
					 SHM_RND | SHM_RDONLY, SHM_REMAP | SHM_RND, 0x8000);
		c->values[0] = gen_chance(r, 80);
		gen_add(c->text, "shmat(%d, %s, %#o)%s into %d", c->id,
			c->type == AT_ANY     ? "any"
			: c->type == AT_FIXED ? "fixed"
					      : "odd",
			(unsigned int)c->flags, c->values[0] ? " anew" : "", c->slot);
	} else if (kind < 55) {
		c->op = SHMDT;
		c->type = gen_chance(r, 8);
		gen_add(c->text, "shmdt(%s %d)", c->type ? "odd" : "of", c->slot);
	} else if (kind < 75) {
		c->op = SHMCTL;
		c->cmd = (int)GEN_PICK(r, IPC_STAT, IPC_STAT, IPC_STAT, IPC_STAT, IPC_RMID, IPC_SET,
				       IPC_SET, SHM_STAT, SHM_STAT_ANY_CMD, IPC_INFO, SHM_INFO,
				       SHM_LOCK, SHM_UNLOCK, 99, -1);
		if (c->cmd == SHM_STAT || c->cmd == SHM_STAT_ANY_CMD)
			c->id = (int)gen_below(r, 6) - (gen_chance(r, 5) ? 1 : 0);
		c->values[1] = GEN_PICK(r, 0, 0, 65534, 1000, 1000, -1);
		c->values[2] = GEN_PICK(r, 0, 65534, 1000);
		gen_add(c->text, "shmctl(%d, %d, %s)", c->id, c->cmd, gen_ptr_name(c->ptr));
		if (c->cmd == IPC_SET)
			gen_add(c->text, " owner %ld:%ld mode %#o", c->values[1], c->values[2],
				c->mode);
	} else {
		c->op = SHMUSE;
		c->values[0] = gen_below(r, 64);
		gen_add(c->text, "write and read at %d", c->slot);
	}
}

static void attach(struct gen_worker *w, struct gen_proc *proc, const struct gen_call *c)
{
	char *fixed = (char *)REGION + (long)c->slot * REGION_STEP;
	char *where = c->type == AT_ANY ? NULL : c->type == AT_FIXED ? fixed : fixed + 0x123;

	if (c->values[0] && proc->at[c->slot]) {
		syscall(SYS_shmdt, proc->at[c->slot]);
		proc->at[c->slot] = NULL;
	}
	w->result = syscall(SYS_shmat, c->id, where, c->flags);
	w->error = errno;
	if (w->result == -1)
		return;
	proc->at[c->slot] = (char *)w->result;
	proc->writable[c->slot] = !(c->flags & SHM_RDONLY);
	gen_add(w->text, " %s", (char *)w->result == fixed ? "at its place" : "somewhere");
	w->result = 0;
}

static void ctl(struct gen_worker *w, const struct gen_call *c)
{
	struct shmid_ds *ds = gen_ptr(w, c->ptr, sizeof(*ds));
	const struct shminfo *info = (const void *)ds;
	const struct shm_info *use = (const void *)ds;

	if (c->cmd == IPC_SET && c->ptr == PTR_OK) {
		ds->shm_perm.uid = (uid_t)c->values[1];
		ds->shm_perm.gid = (gid_t)c->values[2];
		ds->shm_perm.mode = (unsigned short)c->mode;
	}
	w->result = syscall(SYS_shmctl, c->id, c->cmd, ds);
	w->error = errno;
	if (w->result < 0 || c->ptr != PTR_OK)
		return;
	switch (c->cmd) {
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY_CMD:
		gen_add_perm(w->text, &ds->shm_perm);
		gen_add(w->text, " segsz=%zu cpid=%s", ds->shm_segsz, gen_role(ds->shm_cpid));
		gen_add(w->text, " lpid=%s nattch=%lu", gen_role(ds->shm_lpid), ds->shm_nattch);
		gen_add(w->text, " atime=%s dtime=%s ctime=%s", ds->shm_atime ? "set" : "0",
			ds->shm_dtime ? "set" : "0", ds->shm_ctime ? "set" : "0");
		break;
	case IPC_INFO:
		gen_add(w->text, " max=%lu min=%lu mni=%lu seg=%lu all=%lu", info->shmmax,
			info->shmmin, info->shmmni, info->shmseg, info->shmall);
		break;
	case SHM_INFO:
		gen_add(w->text, " used=%d tot=%lu", use->used_ids, use->shm_tot);
		break;
	}
}

static void use(struct gen_worker *w, struct gen_proc *proc, const struct gen_call *c)
{
	volatile char *at = proc->at[c->slot];

	w->result = 0;
	if (!at)
		return;
	if (proc->writable[c->slot])
		at[c->values[0]] = (char)c->payload;
	gen_add(w->text, " %s %08x", proc->writable[c->slot] ? "written" : "read only",
		gen_digest((const void *)at, 64));
}

void gen_shm_make(struct gen_worker *w)
{
	struct gen_proc *proc = &gen_shared->worker[w->leader].proc;
	const struct gen_call *c = &w->call;
	char *at;

	switch (c->op) {
	case SHMGET:
		w->result = syscall(SYS_shmget, c->key, (size_t)c->size, c->flags);
		w->error = errno;
		break;
	case SHMAT:
		attach(w, proc, c);
		break;
	case SHMDT:
		at = proc->at[c->slot];
		if (c->type)
			at = at ? at + 0x10 : (char *)0x10000;
		w->result = syscall(SYS_shmdt, at);
		w->error = errno;
		if (w->result == 0)
			proc->at[c->slot] = NULL;
		break;
	case SHMCTL:
		ctl(w, c);
		break;
	case SHMUSE:
		use(w, proc, c);
		break;
	}
}
