/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what to a System V object: every class of caller against every permission bit, and the
 * right to control. The expectation is written out in classes, as svipc(7) tells them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipc/perm.h"

enum { OWNER = 100, CREATOR = 101, GROUP = 200, CREATOR_GROUP = 201, NOBODY = 999 };

/* Nobody is asked anything. */
static const struct ipc_ns ns;

static const struct kern_ipc_perm object = {
	.uid = OWNER, .cuid = CREATOR, .gid = GROUP, .cgid = CREATOR_GROUP};

/* Callers, and the digit of the mode that counts for them: 6 owner, 3 group, 0 others. */
static const struct {
	const char *who;
	struct ipc_cred cred;
	unsigned shift;
	bool all, control;
} callers[] = {
	{"owner", {.euid = OWNER, .fsgid = NOBODY}, 6, false, true},
	{"creator", {.euid = CREATOR, .fsgid = NOBODY}, 6, false, true},
	{"owner in the group", {.euid = OWNER, .fsgid = GROUP}, 6, false, true},
	{"group", {.euid = NOBODY, .fsgid = GROUP}, 3, false, false},
	{"creator's group", {.euid = NOBODY, .fsgid = CREATOR_GROUP}, 3, false, false},
	{"supplementary group",
	 {.euid = NOBODY, .fsgid = NOBODY, .ngroups = 3, .groups = {1, 2, GROUP}},
	 3,
	 false,
	 false},
	{"group beyond the list",
	 {.euid = NOBODY, .fsgid = NOBODY, .ngroups = 2, .groups = {1, 2, GROUP}},
	 0,
	 false,
	 false},
	{"others", {.euid = NOBODY, .fsgid = NOBODY}, 0, false, false},
	/* Only the effective ids count, and for groups the fs gid. */
	{"real owner",
	 {.uid = OWNER, .fsuid = OWNER, .euid = NOBODY, .fsgid = NOBODY},
	 0,
	 false,
	 false},
	{"real group",
	 {.euid = NOBODY, .gid = GROUP, .egid = GROUP, .fsgid = NOBODY},
	 0,
	 false,
	 false},
	{"root without capabilities", {.euid = 0, .fsgid = 0}, 0, false, false},
	{"CAP_IPC_OWNER", {.euid = NOBODY, .fsgid = NOBODY, .caps = IPC_CAP_OWNER}, 0, true, false},
	{"CAP_SYS_ADMIN",
	 {.euid = NOBODY, .fsgid = NOBODY, .caps = IPC_CAP_SYS_ADMIN},
	 0,
	 false,
	 true},
	{"other capabilities",
	 {.euid = NOBODY,
	  .fsgid = NOBODY,
	  .caps = IPC_CAP_SYS_RESOURCE | IPC_CAP_DAC_OVERRIDE | IPC_CAP_FOWNER},
	 0,
	 false,
	 false},
};

#define NCALLERS (sizeof(callers) / sizeof(callers[0]))

static void every_caller_every_mode(void **state)
{
	static const uint32_t asks[] = {0444, 0222, 0666, 0, 0400, 0020, 0004, 0111, 01444, 0600};

	(void)state;
	for (size_t c = 0; c < NCALLERS; c++) {
		for (uint32_t mode = 0; mode <= 0777; mode++) {
			struct kern_ipc_perm p = object;

			p.mode = mode;
			for (size_t a = 0; a < sizeof(asks) / sizeof(asks[0]); a++) {
				uint32_t ask = asks[a];
				/* Any digit asks for its bits. */
				uint32_t want = (ask | ask >> 3 | ask >> 6) & 7;
				uint32_t has = mode >> callers[c].shift & 7;
				int expect = callers[c].all || !(want & ~has) ? 0 : -EACCES;
				int got = ipc_perms(&ns, &callers[c].cred, &p, ask);

				if (got != expect)
					fail_msg("%s, mode %o, asks %o: %d", callers[c].who, mode,
						 ask, got);
			}
		}
	}
}

/* A few by hand, so that the table above is not all there is. */
static void by_hand(void **state)
{
	struct kern_ipc_perm p = object;
	const struct ipc_cred owner = {.euid = OWNER, .fsgid = GROUP};
	const struct ipc_cred other = {.euid = NOBODY, .fsgid = NOBODY};

	(void)state;
	p.mode = 0640;
	assert_int_equal(ipc_perms(&ns, &owner, &p, 0666), 0);
	assert_int_equal(ipc_perms(&ns, &other, &p, 0444), -EACCES);
	assert_int_equal(ipc_perms(&ns, &other, &p, 0), 0);
	/* An owner is refused what the others may do. */
	p.mode = 0066;
	assert_int_equal(ipc_perms(&ns, &owner, &p, 0444), -EACCES);
	assert_int_equal(ipc_perms(&ns, &other, &p, 0222), 0);
}

static void control(void **state)
{
	struct kern_ipc_perm p = object;

	(void)state;
	/* The mode has no say. */
	for (p.mode = 0; p.mode <= 0777; p.mode += 0777)
		for (size_t c = 0; c < NCALLERS; c++) {
			int got = ipc_may_control(&callers[c].cred, &p);

			if (got != (callers[c].control ? 0 : -EPERM))
				fail_msg("%s: %d", callers[c].who, got);
		}
}

static void groups(void **state)
{
	struct ipc_cred c = {.fsgid = 5, .egid = 6, .ngroups = IPC_MAX_GROUPS};

	(void)state;
	for (uint32_t i = 0; i < IPC_MAX_GROUPS; i++)
		c.groups[i] = 1000 + i;
	assert_true(ipc_in_group(&ns, &c, 5));
	assert_false(ipc_in_group(&ns, &c, 6));
	assert_true(ipc_in_group(&ns, &c, 1000));
	assert_true(ipc_in_group(&ns, &c, 1000 + IPC_MAX_GROUPS - 1));
	assert_false(ipc_in_group(&ns, &c, 1000 + IPC_MAX_GROUPS));
	/* A count beyond the array does not lead beyond it. */
	c.ngroups = UINT32_MAX;
	assert_false(ipc_in_group(&ns, &c, 7));
}

/* The owner of the namespace knows what is not in the credentials. */

static bool even(void *ctx, const struct ipc_cred *cred, uint32_t gid)
{
	++*(int *)ctx;
	assert_int_equal(cred->tid, 7);
	return gid % 2 == 0;
}

static void more_groups(void **state)
{
	int asked = 0;
	const struct ipc_ns owned = {.env = {.ctx = &asked, .in_group = even}};
	struct ipc_cred c = {.tid = 7, .fsgid = 5, .ngroups = 1, .groups = {9}};
	struct kern_ipc_perm p = object;

	(void)state;
	assert_false(ipc_in_group(&owned, &c, 8));
	assert_int_equal(asked, 0);
	c.more_groups = 1;
	assert_true(ipc_in_group(&owned, &c, 8));
	assert_false(ipc_in_group(&owned, &c, 7));
	assert_int_equal(asked, 2);
	/* Not for what the credentials tell. */
	assert_true(ipc_in_group(&owned, &c, 5));
	assert_true(ipc_in_group(&owned, &c, 9));
	assert_int_equal(asked, 2);
	assert_false(ipc_in_group(&ns, &c, 8));
	c.euid = NOBODY;
	p.mode = 0060;
	assert_int_equal(ipc_perms(&owned, &c, &p, 0666), 0);
}

static bool below_ten(void *ctx, const struct ipc_cred *cred, uint32_t uid, uint32_t gid)
{
	(void)ctx;
	(void)cred;
	return uid < 10 && gid < 10;
}

static void privileged(void **state)
{
	const struct ipc_ns owned = {.env = {.maps = below_ten}};
	const struct ipc_cred c = {.caps = IPC_CAP_FOWNER};

	(void)state;
	assert_true(ipc_privileged_wrt(&owned, &c, IPC_CAP_FOWNER, 1, 1));
	assert_false(ipc_privileged_wrt(&owned, &c, IPC_CAP_DAC_OVERRIDE, 1, 1));
	assert_false(ipc_privileged_wrt(&owned, &c, IPC_CAP_FOWNER, 10, 1));
	assert_false(ipc_privileged_wrt(&owned, &c, IPC_CAP_FOWNER, 1, 10));
	assert_true(ipc_privileged_wrt(&ns, &c, IPC_CAP_FOWNER, 10, 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_caller_every_mode),
		cmocka_unit_test(by_hand),
		cmocka_unit_test(control),
		cmocka_unit_test(groups),
		cmocka_unit_test(more_groups),
		cmocka_unit_test(privileged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
