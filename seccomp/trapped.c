/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists, and why a call is or is not on them. */
#include "seccomp/trapped.h"

#include <stddef.h>

/* shmdt(2) is not among them: it only unmaps what shmat(2) was allowed to map, if the kernel did that. */
const char *const trapped_calls[] = {
	"msgget",     "msgsnd",	      "msgrcv",		 "msgctl",    "semget",	       "semop",
	"semtimedop", "semctl",	      "shmget",		 "shmat",     "shmctl",	       "mq_open",
	"mq_unlink",  "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr", NULL,
};

/* What was mapped by injection the kernel does not know to be a segment. */
const char *const trapped_calls_injected[] = {"shmdt", NULL};

/* With the multiplexer shmdt comes, too. */
const char *const trapped_calls_32bit[] = {
	"ipc", "semtimedop_time64", "mq_timedsend_time64", "mq_timedreceive_time64", NULL,
};

const char *const identity_calls[] = {
	"setuid",   "setgid",	 "setreuid", "setregid", "setresuid", "setresgid", "setfsuid",
	"setfsgid", "setgroups", "capset",   "setns",	 "seccomp",   NULL,
};

const char *const identity_calls_32bit[] = {
	"setuid32",    "setgid32",   "setreuid32", "setregid32",  "setresuid32",
	"setresgid32", "setfsuid32", "setfsgid32", "setgroups32", NULL,
};
