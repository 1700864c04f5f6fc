/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sysctls without a file system around them: text in and out, ranges, permissions. That the
 * kernel does the same is the oracle's to show (sysctl_*.c); here are the corners of the parser.
 */
#include <limits.h>
#include <stdio.h>

#include "ipc/msg.h"
#include "ipc/sysctl.h"
#include "sem_fixture.h"

static ssize_t store(struct world *w, enum ipc_sysctl id, const char *text)
{
	return ipc_sysctl_store(&w->ns, id, text, strlen(text));
}

static void assert_shows(const struct world *w, enum ipc_sysctl id, const char *text)
{
	char buf[IPC_SYSCTL_TEXT_MAX];
	size_t len = ipc_sysctl_show(&w->ns, id, buf);

	assert_string_equal(buf, text);
	assert_int_equal(len, strlen(text));
}

static void fresh_namespace(void **state)
{
	static const struct {
		enum ipc_sysctl id;
		const char *path, *text;
		uint32_t mode;
	} all[] = {
		{IPC_SYSCTL_MSGMAX, "kernel/msgmax", "8192\n", 0644},
		{IPC_SYSCTL_MSGMNB, "kernel/msgmnb", "16384\n", 0644},
		{IPC_SYSCTL_MSGMNI, "kernel/msgmni", "32000\n", 0644},
		{IPC_SYSCTL_AUTO_MSGMNI, "kernel/auto_msgmni", "0\n", 0644},
		{IPC_SYSCTL_MSG_NEXT_ID, "kernel/msg_next_id", "-1\n", 0444},
		{IPC_SYSCTL_SEM, "kernel/sem", "32000\t1024000000\t500\t32000\n", 0644},
		{IPC_SYSCTL_SEM_NEXT_ID, "kernel/sem_next_id", "-1\n", 0444},
		{IPC_SYSCTL_MQ_QUEUES_MAX, "fs/mqueue/queues_max", "256\n", 0644},
		{IPC_SYSCTL_MQ_MSG_MAX, "fs/mqueue/msg_max", "10\n", 0644},
		{IPC_SYSCTL_MQ_MSGSIZE_MAX, "fs/mqueue/msgsize_max", "8192\n", 0644},
		{IPC_SYSCTL_MQ_MSG_DEFAULT, "fs/mqueue/msg_default", "10\n", 0644},
		{IPC_SYSCTL_MQ_MSGSIZE_DEFAULT, "fs/mqueue/msgsize_default", "8192\n", 0644},
		/* Of others, who are not there. */
		{IPC_SYSCTL_SHMMAX, "kernel/shmmax", "", 0644},
		{IPC_SYSCTL_SHMALL, "kernel/shmall", "", 0644},
		{IPC_SYSCTL_SHMMNI, "kernel/shmmni", "", 0644},
		{IPC_SYSCTL_SHM_RMID_FORCED, "kernel/shm_rmid_forced", "", 0644},
		{IPC_SYSCTL_SHM_NEXT_ID, "kernel/shm_next_id", "", 0444},
	};

	assert_int_equal(sizeof(all) / sizeof(all[0]), IPC_SYSCTLS);
	for (size_t i = 0; i < IPC_SYSCTLS; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", ipc_sysctl_dir(all[i].id),
			 ipc_sysctl_name(all[i].id));
		assert_string_equal(path, all[i].path);
		assert_int_equal(ipc_sysctl_mode(all[i].id), all[i].mode);
		assert_shows(*state, all[i].id, all[i].text);
	}
}

static ssize_t others(void *ctx, const char *name, bool write, char *buf, size_t len)
{
	(void)ctx;
	if (write) {
		assert_string_equal(name, "shm_next_id");
		assert_int_equal(len, 2);
		assert_memory_equal(buf, "17", 2);
		return buf[0] == '1' ? 2 : -EINVAL;
	}
	return snprintf(buf, len, "%s\n", name);
}

/* What they say goes to and fro as it is; who may is decided here. */
static void of_segments(void **state)
{
	struct world *w = *state;
	const struct ipc_cred somebody = {.euid = 5},
			      restorer = {.euid = 5, .caps = IPC_CAP_CHECKPOINT_RESTORE};

	assert_int_equal(store(w, IPC_SYSCTL_SHMMAX, "17"), -EINVAL);
	w->ns.env.segment_sysctl = others;
	assert_shows(w, IPC_SYSCTL_SHMMAX, "shmmax\n");
	assert_shows(w, IPC_SYSCTL_SHM_RMID_FORCED, "shm_rmid_forced\n");
	assert_int_equal(store(w, IPC_SYSCTL_SHM_NEXT_ID, "17"), 2);
	assert_int_equal(store(w, IPC_SYSCTL_SHM_NEXT_ID, ""), 0);
	assert_int_equal(ipc_sysctl_permission(IPC_SYSCTL_SHMMAX, &somebody, IPC_SYSCTL_WRITE),
			 -EACCES);
	assert_int_equal(ipc_sysctl_permission(IPC_SYSCTL_SHM_NEXT_ID, &somebody, IPC_SYSCTL_WRITE),
			 -EACCES);
	assert_int_equal(ipc_sysctl_permission(IPC_SYSCTL_SHM_NEXT_ID, &restorer, IPC_SYSCTL_WRITE),
			 0);
	assert_int_equal(ipc_sysctl_permission(IPC_SYSCTL_SHMMAX, &restorer, IPC_SYSCTL_WRITE),
			 -EACCES);
	w->ns.env.segment_sysctl = NULL;
}

static void ranges(void **state)
{
	static const struct {
		enum ipc_sysctl id;
		int64_t min, max;
	} all[] = {
		{IPC_SYSCTL_MSGMAX, 0, INT_MAX},
		{IPC_SYSCTL_MSGMNB, 0, INT_MAX},
		{IPC_SYSCTL_MSGMNI, 0, 32768},
		{IPC_SYSCTL_MSG_NEXT_ID, 0, INT_MAX},
		{IPC_SYSCTL_SEM_NEXT_ID, 0, INT_MAX},
		{IPC_SYSCTL_MQ_QUEUES_MAX, INT_MIN, INT_MAX},
		{IPC_SYSCTL_MQ_MSG_MAX, 1, 65536},
		{IPC_SYSCTL_MQ_MSGSIZE_MAX, 128, 16777216},
		{IPC_SYSCTL_MQ_MSG_DEFAULT, 1, 65536},
		{IPC_SYSCTL_MQ_MSGSIZE_DEFAULT, 128, 16777216},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char text[32];

		for (int upper = 0; upper < 2; upper++) {
			int64_t edge = upper ? all[i].max : all[i].min;

			snprintf(text, sizeof(text), "%lld\n", (long long)edge);
			assert_int_equal(store(*state, all[i].id, text), strlen(text));
			assert_shows(*state, all[i].id, text);
			snprintf(text, sizeof(text), "%lld\n",
				 (long long)(upper ? edge + 1 : edge - 1));
			assert_int_equal(store(*state, all[i].id, text), -EINVAL);
			snprintf(text, sizeof(text), "%lld\n", (long long)edge);
			assert_shows(*state, all[i].id, text);
		}
	}
	assert_int_equal(store(*state, IPC_SYSCTL_AUTO_MSGMNI, "1"), 1);
	assert_int_equal(store(*state, IPC_SYSCTL_AUTO_MSGMNI, "2"), -EINVAL);
	assert_shows(*state, IPC_SYSCTL_AUTO_MSGMNI, "0\n");
}

/* Results are those of a kernel (6.18), written down. */
static void spellings(void **state)
{
	static const struct {
		const char *text;
		ssize_t result;
		const char *then;
	} all[] = {
		{"7", 1, "7\n"},
		{" \t\r\v\f\n8 \n", 9, "8\n"},
		{"\xa0"
		 "9",
		 2, "9\n"},
		{"9\xa0", -EINVAL, "9\n"}, /* a space in front, but no separator */
		{"9\v", -EINVAL, "9\n"},
		{"0x1F", 4, "31\n"},
		{"0X1f\t", 5, "31\n"},
		{"017", 3, "15\n"},
		{"00", 2, "0\n"},
		{"-0", 2, "0\n"},
		{"5 x", 2, "5\n"},
		{"6 7", 2, "6\n"},
		{"000000000000000000128", -EINVAL, "6\n"}, /* 21 characters */
		{"00000000000000000064", 20, "52\n"},
		{"", 0, "52\n"},
		{"\n", -EINVAL, "52\n"},
		{"-", -EINVAL, "52\n"},
		{"- 1", -EINVAL, "52\n"},
		{"+1", -EINVAL, "52\n"},
		{"08", -EINVAL, "52\n"},
		{"0x", -EINVAL, "52\n"},
		{"0xg", -EINVAL, "52\n"},
		{"1,2", -EINVAL, "52\n"},
		{"18446744073709551616", -EINVAL, "52\n"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(store(*state, IPC_SYSCTL_MSGMAX, all[i].text), all[i].result);
		assert_shows(*state, IPC_SYSCTL_MSGMAX, all[i].then);
	}
	assert_int_equal(
		ipc_sysctl_store(&((struct world *)*state)->ns, IPC_SYSCTL_MSGMAX, "5\0", 2),
		-EINVAL);
}

/* Of a write only the first 4095 bytes are looked at; the rest counts as used. */
static void long_text(void **state)
{
	struct world *w = *state;
	static char text[5000];

	memset(text, ' ', sizeof(text));
	text[4094] = '7';
	text[4095] = '8';
	assert_int_equal(ipc_sysctl_store(&w->ns, IPC_SYSCTL_MSGMAX, text, sizeof(text)), 5000);
	assert_shows(w, IPC_SYSCTL_MSGMAX, "7\n");
	text[4094] = ' ';
	assert_int_equal(ipc_sysctl_store(&w->ns, IPC_SYSCTL_MSGMAX, text, sizeof(text)), -EINVAL);
	memset(text, 'x', sizeof(text));
	memcpy(text, "5 ", 2);
	assert_int_equal(ipc_sysctl_store(&w->ns, IPC_SYSCTL_MSGMAX, text, sizeof(text)),
			 5000 - 4093);
}

static void four_numbers(void **state)
{
	static const struct {
		const char *text;
		ssize_t result;
		const char *then;
	} all[] = {
		{"1 2 3 4\n", 8, "1\t2\t3\t4\n"},
		{"5", 1, "5\t2\t3\t4\n"},
		{"6\t7", 3, "6\t7\t3\t4\n"},
		{"8 9 10 11 12", 10, "8\t9\t10\t11\n"},
		{"13 x", -EINVAL, "13\t9\t10\t11\n"},
		{"14 15 16 x", -EINVAL, "14\t15\t16\t11\n"},
		{"1 1 1 32769", -ERANGE, "1\t1\t1\t11\n"},
		{"2 2 2 -1", -ERANGE, "2\t2\t2\t11\n"},
		{"-1 -2 -2147483648 32768", 23, "-1\t-2\t-2147483648\t32768\n"},
		{"2147483648", -EINVAL, "-1\t-2\t-2147483648\t32768\n"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(store(*state, IPC_SYSCTL_SEM, all[i].text), all[i].result);
		assert_shows(*state, IPC_SYSCTL_SEM, all[i].then);
	}
}

static void who_may_write(void **state)
{
	struct ipc_cred root = user_cred(1, 0), user = user_cred(2, 1000);
	const enum ipc_sysctl limit = IPC_SYSCTL_MSGMAX, next_id = IPC_SYSCTL_SEM_NEXT_ID;

	(void)state;
	assert_int_equal(ipc_sysctl_permission(limit, &root, IPC_SYSCTL_WRITE), 0);
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_WRITE), -EACCES);
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_READ), 0);
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_READ | IPC_SYSCTL_WRITE),
			 -EACCES);
	assert_int_equal(ipc_sysctl_permission(next_id, &root, IPC_SYSCTL_WRITE), -EACCES);
	assert_int_equal(ipc_sysctl_permission(next_id, &root, IPC_SYSCTL_READ), 0);

	/* By the effective id. */
	root.euid = 1000;
	user.euid = 0;
	assert_int_equal(ipc_sysctl_permission(limit, &root, IPC_SYSCTL_WRITE), -EACCES);
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_WRITE), 0);

	user = user_cred(2, 1000);
	user.caps = IPC_CAP_DAC_OVERRIDE | IPC_CAP_SYS_RESOURCE | IPC_CAP_OWNER | IPC_CAP_FOWNER;
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_WRITE), -EACCES);
	assert_int_equal(ipc_sysctl_permission(next_id, &user, IPC_SYSCTL_WRITE), -EACCES);
	user.caps = IPC_CAP_CHECKPOINT_RESTORE;
	assert_int_equal(ipc_sysctl_permission(limit, &user, IPC_SYSCTL_WRITE), -EACCES);
	assert_int_equal(ipc_sysctl_permission(next_id, &user, IPC_SYSCTL_WRITE), 0);
	user.caps = IPC_CAP_SYS_ADMIN;
	assert_int_equal(ipc_sysctl_permission(next_id, &user, IPC_SYSCTL_WRITE), 0);
}

static void values_count_at_once(void **state)
{
	struct world *w = *state;

	assert_int_equal(store(w, IPC_SYSCTL_SEM, "3 4 500 2"), 9);
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 4, 0600), -EINVAL);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 3, 0600);

	assert_int_equal(id, 0);
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 2, 0600), -ENOSPC);
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
	assert_int_equal(store(w, IPC_SYSCTL_SEM, "-1 -1"), 5);
	assert_int_equal(sem_get(&w->ns, &w->root, IPC_PRIVATE, 0, 0600), -EINVAL);
	assert_int_equal(store(w, IPC_SYSCTL_SEM, "32000 32000"), 11);

	assert_int_equal(store(w, IPC_SYSCTL_SEM_NEXT_ID, "98309"), 5);
	id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0600);
	assert_int_equal(id, 98309);
	assert_shows(w, IPC_SYSCTL_SEM_NEXT_ID, "-1\n");
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);

	assert_int_equal(store(w, IPC_SYSCTL_MSG_NEXT_ID, "7"), 1);
	assert_int_equal(store(w, IPC_SYSCTL_MSGMNI, "0"), 1);
	assert_int_equal(msg_get(&w->ns, &w->root, IPC_PRIVATE, 0600), -ENOSPC);
	assert_shows(w, IPC_SYSCTL_MSG_NEXT_ID, "7\n");
	assert_int_equal(store(w, IPC_SYSCTL_MSGMNI, "1"), 1);
	assert_int_equal(msg_get(&w->ns, &w->root, IPC_PRIVATE, 0600), 7);
	assert_int_equal(msg_ctl_rmid(&w->ns, &w->root, 7), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sem_world_begin, sem_world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fresh_namespace),
		TEST(of_segments),
		TEST(ranges),
		TEST(spellings),
		TEST(long_text),
		TEST(four_numbers),
		TEST(who_may_write),
		TEST(values_count_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
