/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The case table: names, the calls of one op, sizes. Only data and the lookup live here; the
 * bodies are in cases_sysv.c, cases_mq.c and idle.c.
 *
 * Names are an interface: tools compare runs of different days by them. Add cases, never rename.
 *
 * The syscall lists are what glibc 2.36 makes of an op (its semop() is semtimedop with no timeout,
 * mq_send() is mq_timedsend), less the calls that need no trap: shmdt works on the native segment,
 * and an mq descriptor's close is a file's.
 */
#include "bench.h"

#include <string.h>
#include <sys/syscall.h>

#define SEM SYS_semtimedop
#define MQ_PAIR .calls = 2, .nr = {SYS_mq_timedsend, SYS_mq_timedreceive}
#define MSG_PAIR .calls = 2, .nr = {SYS_msgsnd, SYS_msgrcv}
#define MSG_BODY(how) .setup = msg_setup, .run = msg_run_##how, .teardown = msg_teardown
#define MQ_BODY(how) .setup = mq_setup, .run = mq_run_##how, .teardown = mq_teardown
#define SEM_BODY .shim = true, .setup = sem_setup, .run = sem_run, .teardown = sem_teardown

const struct bench_case bench_cases[] = {
	{.name = "semop", .calls = 1, .nr = {SEM}, SEM_BODY},
	{.name = "msgsnd_64", .calls = 1, .nr = {SYS_msgsnd}, .size = 64, MSG_BODY(send)},
	{.name = "msgrcv_64", .calls = 1, .nr = {SYS_msgrcv}, .size = 64, MSG_BODY(receive)},
	{.name = "msg_pair_8", MSG_PAIR, .size = 8, MSG_BODY(pair)},
	{.name = "msg_pair_64", MSG_PAIR, .size = 64, MSG_BODY(pair)},
	{.name = "msg_pair_512", MSG_PAIR, .size = 512, MSG_BODY(pair)},
	{.name = "msg_pair_4096", MSG_PAIR, .size = 4096, MSG_BODY(pair)},
	{.name = "msg_pair_8192", MSG_PAIR, .size = 8192, MSG_BODY(pair)},
	{.name = "mq_send_64", .calls = 1, .nr = {SYS_mq_timedsend}, .size = 64, MQ_BODY(send)},
	{.name = "mq_receive_64",
	 .calls = 1,
	 .nr = {SYS_mq_timedreceive},
	 .size = 64,
	 MQ_BODY(receive)},
	{.name = "mq_pair_8", MQ_PAIR, .size = 8, MQ_BODY(pair)},
	{.name = "mq_pair_64", MQ_PAIR, .size = 64, MQ_BODY(pair)},
	{.name = "mq_pair_512", MQ_PAIR, .size = 512, MQ_BODY(pair)},
	{.name = "mq_pair_4096", MQ_PAIR, .size = 4096, MQ_BODY(pair)},
	{.name = "mq_pair_8192", MQ_PAIR, .size = 8192, MQ_BODY(pair)},
	{.name = "shmat_shmdt",
	 .calls = 1,
	 .nr = {SYS_shmat},
	 .size = 1 << 20,
	 .setup = shm_setup,
	 .run = shm_run_at_dt,
	 .teardown = shm_teardown},
	{.name = "pingpong_sem",
	 .calls = 4,
	 .nr = {SEM, SEM, SEM, SEM},
	 .shim = true,
	 .setup = sem_setup_pingpong,
	 .run = sem_run_pingpong,
	 .teardown = sem_teardown},
	{.name = "pingpong_msg",
	 .calls = 4,
	 .nr = {SYS_msgsnd, SYS_msgrcv, SYS_msgsnd, SYS_msgrcv},
	 .size = 64,
	 .setup = msg_setup_pingpong,
	 .run = msg_run_pingpong,
	 .teardown = msg_teardown},
	{.name = "pingpong_mq",
	 .calls = 4,
	 .nr = {SYS_mq_timedsend, SYS_mq_timedreceive, SYS_mq_timedsend, SYS_mq_timedreceive},
	 .size = 64,
	 .setup = mq_setup_pingpong,
	 .run = mq_run_pingpong,
	 .teardown = mq_teardown},
	{.name = "msgget_rmid",
	 .calls = 2,
	 .nr = {SYS_msgget, SYS_msgctl},
	 .run = msg_run_get_rmid},
	{.name = "semget_rmid",
	 .calls = 2,
	 .nr = {SYS_semget, SYS_semctl},
	 .run = sem_run_get_rmid},
	{.name = "shmget_rmid",
	 .calls = 2,
	 .nr = {SYS_shmget, SYS_shmctl},
	 .size = 1 << 20,
	 .run = shm_run_get_rmid},
	{.name = "mq_open_close_unlink",
	 .calls = 2,
	 .nr = {SYS_mq_open, SYS_mq_unlink},
	 .size = 64,
	 .setup = mq_setup_name,
	 .run = mq_run_open_close_unlink,
	 .teardown = mq_teardown},
	{.name = "semop_10objs",
	 .group = "semop_objs",
	 .calls = 1,
	 .nr = {SEM},
	 .objects = 10,
	 SEM_BODY},
	{.name = "semop_10000objs",
	 .group = "semop_objs",
	 .calls = 1,
	 .nr = {SEM},
	 .objects = 10000,
	 SEM_BODY},
	{.name = "msg_pair_64_10objs",
	 .group = "msg_objs",
	 MSG_PAIR,
	 .size = 64,
	 .objects = 10,
	 MSG_BODY(pair)},
	{.name = "msg_pair_64_10000objs",
	 .group = "msg_objs",
	 MSG_PAIR,
	 .size = 64,
	 .objects = 10000,
	 MSG_BODY(pair)},
};

const size_t bench_ncases = sizeof(bench_cases) / sizeof(bench_cases[0]);

/* Kept out of the table: it is not timed in rounds but watched, see idle.c. */
const struct bench_case bench_idle_case = {
	.name = "idle_parked",
	.setup = idle_setup,
	.run = idle_run,
	.teardown = idle_teardown,
};

const struct bench_case *bench_find_case(const char *name)
{
	for (size_t i = 0; i < bench_ncases; i++) {
		if (!strcmp(bench_cases[i].name, name))
			return &bench_cases[i];
	}
	return strcmp(bench_idle_case.name, name) ? NULL : &bench_idle_case;
}
