/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats of /proc/sysvipc/{msg,sem,shm}. Stateless; see procfs.h for where they come from. */
#include "ipc/procfs.h"

#include <stdio.h>

const char procfs_msg_header[] =
	"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
	"      stime      rtime      ctime\n";
const char procfs_sem_header[] =
	"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";

/* SIZE_SPEC: sizes of a 64-bit kernel. */
const char procfs_shm_header[] =
	"       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid"
	"  cgid      atime      dtime      ctime                   rss                  swap\n";

static uint32_t pid(const struct procfs_reader *r, uint32_t tgid)
{
	return r->pid && tgid ? r->pid(r->ctx, tgid) : tgid;
}

static uint32_t uid(const struct procfs_reader *r, uint32_t id)
{
	return r->uid ? r->uid(r->ctx, id) : id;
}

static uint32_t gid(const struct procfs_reader *r, uint32_t id)
{
	return r->gid ? r->gid(r->ctx, id) : id;
}

size_t procfs_msg_line(const struct msg_stat *st, const struct procfs_reader *reader,
		       char buf[PROCFS_LINE_MAX])
{
	const struct kern_ipc_perm *p = &st->perm;

	return (size_t)snprintf(
		buf, PROCFS_LINE_MAX,
		"%10d %10d  %4o  %10llu %10llu %5u %5u %5u %5u %5u %5u %10lld %10lld %10lld\n",
		p->key, p->id, p->mode, (unsigned long long)st->cbytes,
		(unsigned long long)st->qnum, pid(reader, st->lspid), pid(reader, st->lrpid),
		uid(reader, p->uid), gid(reader, p->gid), uid(reader, p->cuid),
		gid(reader, p->cgid), (long long)st->stime, (long long)st->rtime,
		(long long)st->ctime);
}

size_t procfs_sem_line(const struct sem_stat *st, const struct procfs_reader *reader,
		       char buf[PROCFS_LINE_MAX])
{
	const struct kern_ipc_perm *p = &st->perm;

	return (size_t)snprintf(buf, PROCFS_LINE_MAX,
				"%10d %10d  %4o %10llu %5u %5u %5u %5u %10lld %10lld\n", p->key,
				p->id, p->mode, (unsigned long long)st->nsems, uid(reader, p->uid),
				gid(reader, p->gid), uid(reader, p->cuid), gid(reader, p->cgid),
				(long long)st->otime, (long long)st->ctime);
}

size_t procfs_shm_line(const struct shm_stat *st, const struct shm_pages *pages,
		       const struct procfs_reader *reader, char buf[PROCFS_LINE_MAX])
{
	const struct kern_ipc_perm *p = &st->perm;

	return (size_t)snprintf(
		buf, PROCFS_LINE_MAX,
		"%10d %10d  %4o %21llu %5u %5u  %5llu %5u %5u %5u %5u %10lld %10lld %10lld %21llu "
		"%21llu\n",
		p->key, p->id, p->mode, (unsigned long long)st->size, pid(reader, st->cpid),
		pid(reader, st->lpid), (unsigned long long)st->nattch, uid(reader, p->uid),
		gid(reader, p->gid), uid(reader, p->cuid), gid(reader, p->cgid),
		(long long)st->atime, (long long)st->dtime, (long long)st->ctime,
		(unsigned long long)pages->rss, (unsigned long long)pages->swap);
}
