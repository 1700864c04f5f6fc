/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rights from inside of a child user namespace: ids compare as they are outside, capabilities over
 * the IPC namespace are those held in the user namespace that owns it, so here there are none
 * (ipcperms(), ipcctl_obtain_check()). An inode's, such as a queue's, are those of the caller's own
 * user namespace where that maps the inode's owner and group (capable_wrt_inode_uidgid()).
 */
#include "as_util.h"

#define USER 5000
#define GROUP 6000

static struct as_set roots, users, groups;

struct who {
	const char *uids, *gids;
	uid_t uid; /* whom it becomes there; 0: stays root of it */
	gid_t gid; /* before it goes there */
};

static void inside(void *arg)
{
	const struct who *w = arg;

	MUST(syscall(SYS_setgroups, 0, NULL));
	MUST(setresgid(w->gid, w->gid, w->gid));
	as_enter(w->uids, w->gids);
	if (w->uid)
		MUST(setresuid(w->uid, w->uid, w->uid));
	sc_say("euid %d egid %d", (int)geteuid(), (int)getegid());
	as_show("root's", &roots);
	as_try("root's", &roots);
	as_try("user's", &users);
	as_try("group's", &groups);
	as_give("root's to", &roots, 0, 0);
	as_give("root's to", &roots, USER, 0);
	as_give("root's to", &roots, 0, GROUP);
	as_give("root's to", &roots, -1, 0);
	as_give("user's to", &users, 0, 0);
	as_give("user's to", &users, 77777, 0);
	as_show("root's", &roots);
	as_remove("group's", &groups);
	as_remove("user's", &users);
	as_remove("root's", &roots);
}

static void round_of(const char *name, struct who w)
{
	roots = as_make(0x10, 0, 0, 0600);
	users = as_make(0x11, USER, GROUP, 0640);
	groups = as_make(0x12, USER, GROUP, 0);
	sc_say("%s", name);
	sc_wait(sc_fork("inside", inside, &w));
	if (raw_msgctl(roots.msg, IPC_STAT, &(struct msqid_ds){0}) == 0)
		as_show("after", &roots);
	raw_msgctl(roots.msg, IPC_RMID, NULL);
	raw_msgctl(users.msg, IPC_RMID, NULL);
	raw_msgctl(groups.msg, IPC_RMID, NULL);
	raw_semctl(roots.sem, 0, IPC_RMID, NULL);
	raw_semctl(users.sem, 0, IPC_RMID, NULL);
	raw_semctl(groups.sem, 0, IPC_RMID, NULL);
	shmctl(roots.shm, IPC_RMID, NULL);
	shmctl(users.shm, IPC_RMID, NULL);
	shmctl(groups.shm, IPC_RMID, NULL);
	raw_mq_unlink(roots.queue + 1);
	raw_mq_unlink(users.queue + 1);
	raw_mq_unlink(groups.queue + 1);
}

void scenario(void)
{
	umask(0);
	as_user_namespaces_or_skip();
	round_of("no maps", (struct who){.uids = "", .gids = ""});
	round_of("root alone", (struct who){.uids = "0 0 1", .gids = "0 0 1"});
	round_of("root as another", (struct who){.uids = "7 0 1", .gids = "8 0 1"});
	round_of("users, no groups", (struct who){.uids = "0 0 10000", .gids = ""});
	round_of("users, root's group", (struct who){.uids = "0 0 10000", .gids = "0 0 1"});
	round_of("all but root", (struct who){.uids = "0 1 10000", .gids = "0 1 10000"});
	round_of("all", (struct who){.uids = "0 0 65536\n70000 70000 10000", .gids = "0 0 65536"});
	round_of("members of the group",
		 (struct who){.uids = "0 0 10000", .gids = "0 0 10000", .gid = GROUP});
	round_of("the user", (struct who){.uids = "0 0 1\n9 5000 1", .gids = "0 0 1", .uid = 9});
	round_of("another", (struct who){.uids = "0 0 10000", .gids = "0 0 10000", .uid = 9});
}
