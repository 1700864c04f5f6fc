/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the as_*.c scenarios share: user namespaces with maps, objects of several owners, and what
 * somebody may do with them.
 *
 * Owners and modes are set with IPC_SET by root, who may; whoever looks and tries does so in a child.
 */
#ifndef IPCNSD_TESTS_ORACLE_AS_UTIL_H
#define IPCNSD_TESTS_ORACLE_AS_UTIL_H

#include <grp.h>

#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "mq_common.h"
#include "msg_util.h"
#include "sem_util.h"
#include "shm_common.h"

/* One object of each family with one key, and a queue "/KEY". */
struct as_set {
	key_t key;
	int msg, sem, shm;
	char queue[16];
};

static inline struct as_set as_make(key_t key, uid_t uid, gid_t gid, mode_t mode)
{
	struct msqid_ds msg = {.msg_perm.uid = uid, .msg_perm.gid = gid, .msg_perm.mode = mode};
	struct semid_ds sem = {.sem_perm.uid = uid, .sem_perm.gid = gid, .sem_perm.mode = mode};
	struct shmid_ds shm = {.shm_perm.uid = uid, .shm_perm.gid = gid, .shm_perm.mode = mode};
	struct as_set s = {.key = key};
	char path[64];

	s.msg = (int)MUST(raw_msgget(key, IPC_CREAT | 0600));
	s.sem = (int)MUST(raw_semget(key, 1, IPC_CREAT | 0600));
	s.shm = (int)MUST(shmget(key, 4096, IPC_CREAT | 0600));
	msg.msg_qbytes = 16384;
	MUST(raw_msgctl(s.msg, IPC_SET, &msg));
	MUST(raw_semctl(s.sem, 0, IPC_SET, &sem));
	MUST(shmctl(s.shm, IPC_SET, &shm));
	snprintf(s.queue, sizeof(s.queue), "/%x", (unsigned int)key);
	mq_close(mq_make(s.queue, O_RDWR, 1, 8));
	snprintf(path, sizeof(path), MQ_DIR "%s", s.queue);
	MUST(chown(path, uid, gid));
	MUST(chmod(path, mode));
	return s;
}

/* Which of reading, writing and both is allowed. */
static inline void as_try(const char *label, const struct as_set *s)
{
	static const int asked[] = {0444, 0222, 0666};
	static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR};

	for (int i = 0; i < 3; i++) {
		long fd;

		sc_say("%s %03o: msg %s", label, asked[i],
		       raw_msgget(s->key, asked[i]) < 0 ? sc_errname(errno) : "ok");
		sc_say("%s %03o: sem %s", label, asked[i],
		       raw_semget(s->key, 1, asked[i]) < 0 ? sc_errname(errno) : "ok");
		sc_say("%s %03o: shm %s", label, asked[i],
		       shmget(s->key, 1, asked[i]) < 0 ? sc_errname(errno) : "ok");
		fd = raw_mq_open(s->queue + 1, flags[i], 0, NULL);
		sc_say("%s %03o: mq %s", label, asked[i], fd < 0 ? sc_errname(errno) : "ok");
		if (fd >= 0)
			close((int)fd);
	}
}

/* Owners as they are told, by IPC_STAT and by stat(2). */
static inline void as_show(const char *label, const struct as_set *s)
{
	struct msqid_ds msg;
	struct semid_ds sem;
	struct shmid_ds shm;
	char path[64];
	struct stat st;

	if (raw_msgctl(s->msg, IPC_STAT, &msg) < 0)
		sc_say("%s: msg %s", label, sc_errname(errno));
	else
		sc_say("%s: msg %d:%d by %d:%d", label, (int)msg.msg_perm.uid,
		       (int)msg.msg_perm.gid, (int)msg.msg_perm.cuid, (int)msg.msg_perm.cgid);
	if (raw_semctl(s->sem, 0, IPC_STAT, &sem) < 0)
		sc_say("%s: sem %s", label, sc_errname(errno));
	else
		sc_say("%s: sem %d:%d by %d:%d", label, (int)sem.sem_perm.uid,
		       (int)sem.sem_perm.gid, (int)sem.sem_perm.cuid, (int)sem.sem_perm.cgid);
	if (shmctl(s->shm, IPC_STAT, &shm) < 0)
		sc_say("%s: shm %s", label, sc_errname(errno));
	else
		sc_say("%s: shm %d:%d by %d:%d", label, (int)shm.shm_perm.uid,
		       (int)shm.shm_perm.gid, (int)shm.shm_perm.cuid, (int)shm.shm_perm.cgid);
	snprintf(path, sizeof(path), MQ_DIR "%s", s->queue);
	if (stat(path, &st) < 0)
		sc_say("%s: mq %s", label, sc_errname(errno));
	else
		sc_say("%s: mq %d:%d", label, (int)st.st_uid, (int)st.st_gid);
}

/* IPC_SET of all three to these ids, in the caller's terms. */
static inline void as_give(const char *label, const struct as_set *s, uid_t uid, gid_t gid)
{
	struct msqid_ds msg = {
		.msg_perm.uid = uid, .msg_perm.gid = gid, .msg_perm.mode = 0640, .msg_qbytes = 99};
	struct semid_ds sem = {.sem_perm.uid = uid, .sem_perm.gid = gid, .sem_perm.mode = 0640};
	struct shmid_ds shm = {.shm_perm.uid = uid, .shm_perm.gid = gid, .shm_perm.mode = 0640};

	sc_say("%s %d:%d: msg %s", label, (int)uid, (int)gid,
	       raw_msgctl(s->msg, IPC_SET, &msg) < 0 ? sc_errname(errno) : "ok");
	sc_say("%s %d:%d: sem %s", label, (int)uid, (int)gid,
	       raw_semctl(s->sem, 0, IPC_SET, &sem) < 0 ? sc_errname(errno) : "ok");
	sc_say("%s %d:%d: shm %s", label, (int)uid, (int)gid,
	       shmctl(s->shm, IPC_SET, &shm) < 0 ? sc_errname(errno) : "ok");
}

static inline void as_remove(const char *label, const struct as_set *s)
{
	sc_say("%s: msg %s", label,
	       raw_msgctl(s->msg, IPC_RMID, NULL) < 0 ? sc_errname(errno) : "ok");
	sc_say("%s: sem %s", label,
	       raw_semctl(s->sem, 0, IPC_RMID, NULL) < 0 ? sc_errname(errno) : "ok");
	sc_say("%s: shm %s", label, shmctl(s->shm, IPC_RMID, NULL) < 0 ? sc_errname(errno) : "ok");
	sc_say("%s: mq %s", label, raw_mq_unlink(s->queue + 1) < 0 ? sc_errname(errno) : "ok");
}

/*
 * The caller goes to a user namespace with these maps ("" is none); a child of it writes them from
 * outside, as only it may write several lines. The ids stay what they were, seen from outside.
 */
static inline void as_enter(const char *uids, const char *gids)
{
	const char *const text[] = {uids, gids};
	static const char *const file[] = {"uid_map", "gid_map"};
	int ready[2], status;
	pid_t writer;
	char byte;

	/* By "self", as /proc may be another pid namespace's than the caller's. */
	const int dir = (int)MUST(open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	MUST(pipe2(ready, O_CLOEXEC));
	writer = (pid_t)MUST(fork());
	if (writer == 0) {
		close(ready[1]);
		(void)!read(ready[0], &byte, 1);
		for (int i = 0; i < 2; i++) {
			const size_t len = strlen(text[i]);
			int fd = openat(dir, file[i], O_WRONLY | O_CLOEXEC);

			if (len > 0 && (fd < 0 || write(fd, text[i], len) != (ssize_t)len))
				_exit(1);
		}
		_exit(0);
	}
	MUST(unshare(CLONE_NEWUSER));
	close(ready[0]);
	close(ready[1]);
	close(dir);
	MUST(waitpid(writer, &status, 0));
	if (status != 0)
		sc_fail("cannot write the maps '%s' and '%s'", uids, gids);
}

static inline void as_user_namespaces_or_skip(void)
{
	pid_t pid = (pid_t)MUST(fork());
	int status;

	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
	MUST(waitpid(pid, &status, 0));
	if (status != 0)
		sc_skip("no user namespaces here");
}

#endif
