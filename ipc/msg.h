/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * System V message queues. Source of every rule: msgget(2), msgop(2), msgctl(2), ipc/msg.c.
 */
#ifndef IPC_MSG_H
#define IPC_MSG_H

#include "ipc/message.h"
#include "ipc/namespace.h"

/** How a receiver chooses (convert_mode(), ipc/msg.c). */
enum msg_search { MSG_SEARCH_ANY = 1, MSG_SEARCH_EQUAL, MSG_SEARCH_NOTEQUAL, MSG_SEARCH_LESSEQUAL,
		  MSG_SEARCH_NUMBER };

/** struct msg_record - a queue. Lies in ns->msg_rec; messages in ns->msg_body. */
struct msg_record {
	struct kern_ipc_perm perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	uint32_t lspid, lrpid; /* daemon's pid namespace */
	aref head, tail;
	uint64_t next_seq;
	struct sleep_queue receivers, senders;
};

/** As struct msginfo. */
struct msg_info {
	int32_t msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	uint16_t msgseg;
};

struct msg_stat {
	struct kern_ipc_perm perm;
	int64_t stime, rtime, ctime;
	uint64_t cbytes, qnum, qbytes;
	uint32_t lspid, lrpid;
};

int msg_init(struct ipc_ns *ns);

/** msgget(2). Return: id, or -EACCES, -EEXIST, -ENOENT, -ENOMEM, -ENOSPC. */
int msg_get(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t key, int32_t flg);

/**
 * msg_send() - @s sends s->u.snd.msg (in ns->msg_body; type, size and text filled) to @msqid.
 * The message passes to the queue, or to the receiver it is handed to, on success; stays the
 * slot's on error and while parked.
 * Return: 0, IPC_PARKED, -EINVAL, -EIDRM, -EACCES, -EAGAIN.
 */
int msg_send(struct ipc_ns *ns, struct ipc_slot *s, int32_t msqid, int32_t flg);

/**
 * msg_receive() - msgrcv(2) after its argument checks. s->u.rcv.{ubuf,bufsz} are set by the caller.
 * On success s->u.rcv.msg is the message, the slot's own (for MSG_COPY: a copy).
 * Return: 0, IPC_PARKED, -EINVAL, -EIDRM, -EACCES, -ENOMSG, -E2BIG, -ENOMEM.
 */
int msg_receive(struct ipc_ns *ns, struct ipc_slot *s, int32_t msqid, int64_t type, int32_t flg);

/**
 * msg_return() - a message granted to a receiver that died before its reply went back goes to its
 * place in the queue it came from (by its order of arrival), or is freed when that is gone.
 */
void msg_return(struct ipc_ns *ns, int32_t msqid, aref msg);

/** IPC_STAT (sequence checked, read permission), MSG_STAT, MSG_STAT_ANY. Return: id or 0, or errno. */
int msg_ctl_stat(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, int cmd,
		 struct msg_stat *out);
/** IPC_INFO, MSG_INFO. Return: highest index in use (0 when none). */
int msg_ctl_info(struct ipc_ns *ns, int cmd, struct msg_info *out);
/** IPC_SET. @qbytes above msgmnb needs CAP_SYS_RESOURCE (-EPERM). Sleepers are re-examined. */
int msg_ctl_set(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id, uint32_t uid,
		uint32_t gid, uint32_t mode, uint64_t qbytes);
/** IPC_RMID: every sleeper gets -EIDRM. */
int msg_ctl_rmid(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id);

/** msg_cancel() - ipc_cancel()'s part: free the message that a parked sender brought. */
void msg_cancel(struct ipc_ns *ns, struct ipc_slot *s);

/** msg_next() - record at or after slot *@idx (set to it), for /proc/sysvipc/msg; false at the end. */
bool msg_next(struct ipc_ns *ns, int32_t *idx, struct msg_stat *out);

#endif
