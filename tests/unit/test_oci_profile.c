/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging notifications into profiles. What counts is what a filter does: of each profile, before and
 * after, filters are made as a runtime makes them, and run over all calls of all ABIs with a choice of
 * arguments. After the merge a call is as it was before, unless it is one of those below and was
 * allowed; then it is notified.
 *
 * Needs no privilege: no filter is installed.
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/oci_file.h"
#include "tools/oci_profile.h"

#include "oci_runtime.h"

#define NUMBERS 560
#define X32 0x40000000u

/* By hand, so that a call that is lost from the lists is missed here. */
static const char *const expected[] = {
	"msgget",
	"msgsnd",
	"msgrcv",
	"msgctl",
	"semget",
	"semop",
	"semtimedop",
	"semctl",
	"shmget",
	"shmat",
	"shmdt",
	"shmctl",
	"mq_open",
	"mq_unlink",
	"mq_timedsend",
	"mq_timedreceive",
	"mq_notify",
	"mq_getsetattr",
	"ipc",
	"semtimedop_time64",
	"mq_timedsend_time64",
	"unshare",
	"execve",
	"mq_timedreceive_time64",
	"execveat",
};

static const struct {
	uint32_t audit, scmp, bit;
} abis[] = {
	{AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, 0},
	{AUDIT_ARCH_I386, SCMP_ARCH_X86, 0},
	{AUDIT_ARCH_X86_64, SCMP_ARCH_X32, X32},
	{AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, 0},
};

static const uint64_t arguments[][6] = {
	{0},
	{1, 1, 1, 1, 1, 1},
	{2, 4096, 0x200, 0, 0, 0},
	{5, 5, 5, 5, 5, 5},
	{0x10000000, 0, 0, 0, 0, 0},
	{0x08000000, 100000, 04000, 3, 0, 0},
	{0x7e020000, 0x1000, 0x800, 0, 0, 0},
	{~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)},
};

static const struct oci_listener listener = {.path = OCI_SOCKET, .killable = true};

static bool is_expected(uint32_t scmp_arch, uint32_t nr)
{
	char *name = seccomp_syscall_resolve_num_arch(scmp_arch, (int)nr);
	bool found = false;

	for (size_t i = 0; name && i < sizeof(expected) / sizeof(expected[0]); i++)
		found |= strcmp(name, expected[i]) == 0;
	free(name);
	return found;
}

/* Return: how many calls are notified. */
static unsigned compare(json_object *before, json_object *after)
{
	static struct program old, new;
	unsigned notified = 0;

	runtime_compile(before, &old);
	runtime_compile(after, &new);
	for (size_t a = 0; a < sizeof(abis) / sizeof(abis[0]); a++) {
		for (uint32_t i = 0; i < NUMBERS; i++) {
			const uint32_t nr = i | abis[a].bit;
			const bool ours = is_expected(abis[a].scmp, nr);

			for (size_t k = 0; k < sizeof(arguments) / sizeof(arguments[0]); k++) {
				struct seccomp_data d = {.nr = (int)nr, .arch = abis[a].audit};

				memcpy(d.args, arguments[k], sizeof(d.args));
				uint32_t was = bpf_run(old.code, old.len, &d);
				uint32_t is = bpf_run(new.code, new.len, &d);
				bool allowed = was == SECCOMP_RET_ALLOW || was == SECCOMP_RET_LOG;
				uint32_t want = ours && allowed ? SECCOMP_RET_USER_NOTIF : was;

				if (is != want)
					fail_msg(
						"abi %zu, call %u, arguments %zu: %#x, was %#x: %s",
						a, i, k, is, was,
						json_object_to_json_string(after));
				notified += is == SECCOMP_RET_USER_NOTIF;
			}
		}
	}
	return notified;
}

static json_object *json(const char *text)
{
	json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static json_object *copy(json_object *o)
{
	json_object *c = NULL;

	assert_int_equal(json_object_deep_copy(o, &c, NULL), 0);
	return c;
}

static void merge(json_object *p)
{
	struct oci_error e = {""};

	if (oci_profile_merge(p, &listener, &e) != 0)
		fail_msg("%s", e.text);
}

/* Merges, compares, and merges again, which must change nothing. */
static unsigned check(const char *text)
{
	json_object *before = json(text), *after = copy(before), *again;
	unsigned notified;

	merge(after);
	notified = compare(before, after);
	again = copy(after);
	merge(again);
	assert_true(json_object_equal(after, again));
	json_object_put(before);
	json_object_put(after);
	json_object_put(again);
	return notified;
}

#define ARCHS "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],"
#define DENY "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ARCHS "\"syscalls\":["
#define PERMIT "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," ARCHS "\"syscalls\":["
#define ARG(i, op, v, w) \
	"{\"index\":" #i ",\"op\":\"SCMP_CMP_" #op "\",\"value\":" #v ",\"valueTwo\":" #w "}"
#define RULE(names, action, args) \
	"{\"names\":[" names "],\"action\":\"SCMP_ACT_" #action "\",\"args\":[" args "]}"

static void permissive(void **state)
{
	json_object *before = oci_profile_permissive(), *after = copy(before);

	(void)state;
	merge(after);
	assert_true(compare(before, after) > 0);
	assert_string_equal(oci_get_string(after, "listenerPath"), OCI_SOCKET);
	assert_null(oci_get(after, "listenerMetadata"));
	assert_true(
		oci_has_string(oci_get(after, "flags"), "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"));
	json_object_put(before);
	json_object_put(after);
}

static void nothing_in_it(void **state)
{
	(void)state;
	assert_true(check("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}") > 0);
	assert_true(check("{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[]}") > 0);
	assert_int_equal(check("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38}"), 0);
	assert_int_equal(check("{\"defaultAction\":\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":null}"),
			 0);
}

/* An allowlist: what is not on it stays denied. */
static void allowlists(void **state)
{
	(void)state;
	assert_true(check(DENY RULE("\"read\",\"write\",\"msgget\",\"execve\"", ALLOW, "") "]}") >
		    0);
	assert_true(check(DENY RULE("\"semop\"", ALLOW, "") "," RULE("\"ipc\"", LOG, "") "]}") > 0);
	assert_int_equal(check(DENY RULE("\"read\",\"write\"", ALLOW, "") "]}"), 0);
	/* The order of rules and a denying one among them. */
	check(DENY RULE("\"shmget\",\"read\"", ALLOW, "") "," RULE("\"msgget\"", KILL, "") "," RULE(
		"\"msgsnd\"", ALLOW, "") "]}");
}

static void allowed_under_conditions(void **state)
{
	(void)state;
	assert_true(check(DENY RULE("\"shmget\",\"personality\"", ALLOW,
				    ARG(1, LE, 4096, 0)) "]}") > 0);
	check(DENY RULE("\"unshare\"", ALLOW, ARG(0, MASKED_EQ, 2114060288, 0)) "]}");
	check(DENY RULE("\"semctl\"", ALLOW, ARG(2, EQ, 5, 0) "," ARG(1, NE, 1, 0)) "," RULE(
		"\"semctl\"", ALLOW, ARG(2, EQ, 1, 0)) "]}");
	check(DENY RULE("\"shmat\"", ALLOW, ARG(2, GE, 512, 0)) "," RULE("\"msgctl\"", TRAP,
									 ARG(1, EQ, 0, 0)) "]}");
}

/* A denylist: with conditions the rest has to be written out. */
static void denylists(void **state)
{
	static const char *const comparisons[] = {"NE", "LT", "LE", "EQ", "GE", "GT"};
	char text[1024];

	(void)state;
	assert_true(check(PERMIT RULE("\"msgget\",\"reboot\"", ERRNO, "") "]}") > 0);
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		snprintf(text, sizeof(text),
			 PERMIT "{\"names\":[\"shmget\",\"kill\"],\"action\":\"SCMP_ACT_ERRNO\","
				"\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_%s\",\"value\":4096}]}]}",
			 comparisons[i]);
		assert_true(check(text) > 0);
	}
	check(PERMIT RULE("\"shmget\"", ERRNO, ARG(2, MASKED_EQ, 2048, 2048)) "]}");
	check(PERMIT RULE("\"unshare\"", KILL_PROCESS,
			  ARG(0, MASKED_EQ, 402653184, 134217728)) "]}");
	/* A mask that lacks bits of the value, and one that has none. */
	check(PERMIT RULE("\"unshare\"", ERRNO, ARG(0, MASKED_EQ, 1, 2)) "]}");
	check(PERMIT RULE("\"unshare\"", ERRNO, ARG(0, MASKED_EQ, 0, 0)) "]}");
	/* What is allowed anyway says nothing. */
	check(PERMIT RULE("\"msgget\",\"semget\"", ALLOW, "") "," RULE(
		"\"semget\"", ALLOW, ARG(1, EQ, 5, 0)) "," RULE("\"semget\"", ERRNO,
								ARG(1, EQ, 1, 0)) "]}");
	check(PERMIT RULE("\"mq_open\"", LOG, ARG(1, EQ, 1, 0)) "]}");
}

/* No rule can say it: better no profile than one that is weaker or denies more. */
static void what_cannot_be_said(void **state)
{
	static const char *const profiles[] = {
		PERMIT RULE("\"shmget\"", ERRNO, ARG(1, EQ, 1, 0)) "," RULE("\"shmget\"", ERRNO,
									    ARG(1, EQ, 2, 0)) "]}",
		PERMIT RULE("\"shmget\"", ERRNO, ARG(1, GT, 1, 0) "," ARG(1, LT, 9, 0)) "]}",
		PERMIT RULE("\"shmget\"", ERRNO,
			    ARG(1, GT, 5, 0) "," ARG(2, MASKED_EQ, 2048, 2048)) "]}",
		PERMIT RULE("\"shmget\"", ERRNO, ARG(1, GT, 4096, 0)) "," RULE(
			"\"shmget\"", TRAP, ARG(2, EQ, 1, 0)) "]}",
		PERMIT "{\"names\":[\"shmget\"],\"action\":\"SCMP_ACT_ERRNO\","
		       "\"includes\":{\"caps\":[\"CAP_KILL\"]}}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		json_object *p = json(profiles[i]);
		struct oci_error e = {""};

		assert_int_equal(oci_profile_merge(p, &listener, &e), -EOPNOTSUPP);
		assert_true(e.text[0]);
		json_object_put(p);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *profile;
		int error;
	} cases[] = {
		{"{}", -EINVAL},
		{"{\"defaultAction\":1}", -EINVAL},
		{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", -EINVAL},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}", -EINVAL},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[7]}", -EINVAL},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"x\"]}]}",
		 -EINVAL},
		{PERMIT "{\"action\":\"SCMP_ACT_ERRNO\"}]}", -EINVAL},
		{PERMIT "{\"names\":\"msgget\",\"action\":\"SCMP_ACT_ERRNO\"}]}", -EINVAL},
		{PERMIT "{\"names\":[\"msgget\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{}]}]}",
		 -EINVAL},
		{PERMIT RULE("\"msgget\"", ERRNO, ARG(6, EQ, 1, 0)) "]}", -EINVAL},
		{PERMIT RULE("\"msgget\"", ERRNO, ARG(0, LIKE, 1, 0)) "]}", -EINVAL},
		{PERMIT "],\"flags\":\"x\"}", -EINVAL},
		{PERMIT "],\"listenerPath\":\"/run/other.sock\"}", -EBUSY},
		{PERMIT RULE("\"mount\"", NOTIFY, "") "]}", -EBUSY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_object *p = json(cases[i].profile);
		struct oci_error e = {""};

		assert_int_equal(oci_profile_merge(p, &listener, &e), cases[i].error);
		assert_true(e.text[0]);
		json_object_put(p);
	}
}

static void who_is_told(void **state)
{
	const struct oci_listener named = {.path = OCI_SOCKET, .metadata = "namespace=shop"};
	json_object *p = json(PERMIT "],\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]}");
	struct oci_error e;

	(void)state;
	assert_int_equal(oci_profile_merge(p, &named, &e), 0);
	assert_string_equal(oci_get_string(p, "listenerMetadata"), "namespace=shop");
	assert_int_equal(json_object_array_length(oci_get(p, "flags")), 1);
	/* A profile of ours keeps what it says; the flag comes beside the others, once. */
	merge(p);
	merge(p);
	assert_string_equal(oci_get_string(p, "listenerMetadata"), "namespace=shop");
	assert_int_equal(json_object_array_length(oci_get(p, "flags")), 2);
	json_object_put(p);
}

/* ---- Docker's format ---- */

#define DOCKER                                                                              \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOSYS\",\"archMap\":["   \
	"{\"architecture\":\"SCMP_ARCH_S390X\",\"subArchitectures\":[\"SCMP_ARCH_S390\"]}," \
	"{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]}," \
	"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":null}],\"syscalls\":["

static json_object *resolve(const char *text)
{
	json_object *p = json(text);
	struct oci_error e = {""};

	if (oci_profile_resolve(p, oci_profile_default_caps, &e) != 0)
		fail_msg("%s", e.text);
	return p;
}

static void conditions_are_kept(void **state)
{
	json_object *p =
		json(DOCKER "{\"names\":[\"unshare\",\"mount\"],\"action\":\"SCMP_ACT_ALLOW\","
			    "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]},\"excludes\":{}},"
			    "{\"name\":\"msgget\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":null}]}");
	json_object *rules, *rule;

	(void)state;
	merge(p);
	rules = oci_get(p, "syscalls");
	assert_int_equal(json_object_array_length(rules), 3);
	assert_int_equal(
		json_object_array_length(oci_get(json_object_array_get_idx(rules, 0), "names")), 1);
	rule = json_object_array_get_idx(rules, 1);
	assert_true(oci_has_string(oci_get(rule, "names"), "unshare"));
	assert_string_equal(oci_get_string(rule, "action"), "SCMP_ACT_NOTIFY");
	assert_true(oci_has_string(oci_get(oci_get(rule, "includes"), "caps"), "CAP_SYS_ADMIN"));
	rule = json_object_array_get_idx(rules, 2);
	assert_true(oci_has_string(oci_get(rule, "names"), "msgget"));
	assert_null(oci_get(rule, "includes"));
	json_object_put(p);
}

static void resolving(void **state)
{
	static const struct {
		const char *conditions;
		bool applies;
	} cases[] = {
		{"\"includes\":{},\"excludes\":{}", true},
		{"\"includes\":{\"caps\":[\"CAP_KILL\"]}", true},
		{"\"includes\":{\"caps\":[\"CAP_KILL\",\"CAP_SYS_ADMIN\"]}", false},
		{"\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}", true},
		{"\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_KILL\"]}", false},
		{"\"includes\":{\"arches\":[\"s390\",\"s390x\"]}", false},
		{"\"includes\":{\"arches\":[\"amd64\",\"arm64\"]}", true},
		{"\"excludes\":{\"arches\":[\"amd64\",\"arm64\"]}", false},
		{"\"includes\":{\"minKernel\":\"4.8\"}", true},
		{"\"includes\":{\"minKernel\":\"99.0\"}", false},
		{"\"excludes\":{\"minKernel\":\"4.8\"}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text),
			 DOCKER "{\"name\":\"ptrace\",\"action\":\"SCMP_ACT_ALLOW\",%s}]}",
			 cases[i].conditions);
		json_object *p = resolve(text), *rules = oci_get(p, "syscalls");

		assert_int_equal(json_object_array_length(rules), cases[i].applies);
		assert_null(oci_get(p, "archMap"));
		assert_int_equal(json_object_get_int(oci_get(p, "defaultErrnoRet")), ENOSYS);
#if defined(__x86_64__)
		assert_true(oci_has_string(oci_get(p, "architectures"), "SCMP_ARCH_X86"));
		assert_int_equal(json_object_array_length(oci_get(p, "architectures")), 2);
#endif
		if (cases[i].applies) {
			json_object *rule = json_object_array_get_idx(rules, 0);

			assert_true(oci_has_string(oci_get(rule, "names"), "ptrace"));
			assert_int_equal(json_object_object_length(rule), 2);
		}
		json_object_put(p);
	}
}

static void not_to_be_resolved(void **state)
{
	static const char *const profiles[] = {
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":7}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"EWHAT\"}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"a\"],\"archMap\":[]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[7]}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":7}",
		PERMIT
		"{\"names\":[\"a\"],\"action\":\"x\",\"includes\":{\"caps\":\"CAP_KILL\"}}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		json_object *p = json(profiles[i]);
		struct oci_error e = {""};

		assert_int_equal(oci_profile_resolve(p, oci_profile_default_caps, &e), -EINVAL);
		assert_true(e.text[0]);
		json_object_put(p);
	}
}

/* The one that podman and CRI-O give to every container. */
static void distribution_default(void **state)
{
	static const char path[] = "/usr/share/containers/seccomp.json";
	json_object *p, *after;
	struct oci_error e = {""};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0) {
		print_message("SKIP: no %s\n", path);
		skip();
	}
	assert_int_equal(oci_read(fd, &p, &e), 0);
	close(fd);
	assert_int_equal(oci_profile_resolve(p, oci_profile_default_caps, &e), 0);
	after = copy(p);
	merge(after);
	assert_true(compare(p, after) > 0);
	/* First merged, then resolved, is the same to a filter. */
	json_object_put(after);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(oci_read(fd, &after, &e), 0);
	close(fd);
	merge(after);
	assert_int_equal(oci_profile_resolve(after, oci_profile_default_caps, &e), 0);
	assert_true(compare(p, after) > 0);
	json_object_put(p);
	json_object_put(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(permissive),
		cmocka_unit_test(nothing_in_it),
		cmocka_unit_test(allowlists),
		cmocka_unit_test(allowed_under_conditions),
		cmocka_unit_test(denylists),
		cmocka_unit_test(what_cannot_be_said),
		cmocka_unit_test(refused),
		cmocka_unit_test(who_is_told),
		cmocka_unit_test(conditions_are_kept),
		cmocka_unit_test(resolving),
		cmocka_unit_test(not_to_be_resolved),
		cmocka_unit_test(distribution_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
