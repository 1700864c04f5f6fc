/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Default limits. Constant since Linux 3.19 (msgmni, sem) and 3.5 (mqueue). */
#include "ipc/limits.h"

void ipc_limits_default(struct ipc_limits *l)
{
	*l = (struct ipc_limits){
		.msgmax = 8192,
		.msgmnb = 16384,
		.msgmni = 32000,
		.semmsl = 32000,
		.semmns = 1024000000,
		.semopm = 500,
		.semmni = 32000,
		.mq_queues_max = 256,
		.mq_msg_max = 10,
		.mq_msgsize_max = 8192,
		.mq_msg_default = 10,
		.mq_msgsize_default = 8192,
	};
}
