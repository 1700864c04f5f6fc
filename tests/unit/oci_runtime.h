/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container runtime makes of a profile in the runtime-spec's format: a filter by libseccomp, as
 * crun and runc make it (rules whose action is the default one are left out; those without an
 * architecture list are for this machine's only). So that tests can ask of a profile what becomes of a
 * call, instead of comparing texts. Included after <cmocka.h>.
 */
#ifndef TESTS_UNIT_OCI_RUNTIME_H
#define TESTS_UNIT_OCI_RUNTIME_H

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/oci_json.h"

#include "bpf_run.h"

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t len;
};

static inline uint32_t runtime_action(const char *name, json_object *o, const char *errno_key)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
		{"SCMP_ACT_LOG", SCMP_ACT_LOG},
		{"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY},
		{"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
		{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
	};
	json_object *number = oci_get(o, errno_key);

	assert_non_null(name);
	if (strcmp(name, "SCMP_ACT_ERRNO") == 0)
		return SCMP_ACT_ERRNO(number ? (uint32_t)json_object_get_int(number) : EPERM);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(name, actions[i].name) == 0)
			return actions[i].action;
	fail_msg("action %s", name);
	return 0;
}

static inline enum scmp_compare runtime_compare(const char *name)
{
	static const char *const names[] = {
		[SCMP_CMP_NE] = "SCMP_CMP_NE",
		[SCMP_CMP_LT] = "SCMP_CMP_LT",
		[SCMP_CMP_LE] = "SCMP_CMP_LE",
		[SCMP_CMP_EQ] = "SCMP_CMP_EQ",
		[SCMP_CMP_GE] = "SCMP_CMP_GE",
		[SCMP_CMP_GT] = "SCMP_CMP_GT",
		[SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	};

	for (unsigned i = SCMP_CMP_NE; i <= SCMP_CMP_MASKED_EQ; i++)
		if (strcmp(names[i], name) == 0)
			return (enum scmp_compare)i;
	fail_msg("comparison %s", name);
	return SCMP_CMP_EQ;
}

static inline unsigned runtime_args(json_object *args, struct scmp_arg_cmp *out)
{
	size_t n = args ? json_object_array_length(args) : 0;

	assert_true(n <= 6);
	for (size_t i = 0; i < n; i++) {
		json_object *a = json_object_array_get_idx(args, i);

		out[i] = (struct scmp_arg_cmp){
			.arg = (unsigned)json_object_get_int(oci_get(a, "index")),
			.op = runtime_compare(oci_get_string(a, "op")),
			.datum_a = json_object_get_uint64(oci_get(a, "value")),
			.datum_b = json_object_get_uint64(oci_get(a, "valueTwo")),
		};
	}
	return (unsigned)n;
}

static inline void runtime_add_rule(scmp_filter_ctx ctx, uint32_t action, json_object *rule)
{
	json_object *names = oci_get(rule, "names");
	struct scmp_arg_cmp cmp[6];
	unsigned n = runtime_args(oci_get(rule, "args"), cmp);

	assert_non_null(names);
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(names, i));
		int nr = seccomp_syscall_resolve_name(name);

		/* Newer than libseccomp: runtimes leave it out. */
		if (nr == __NR_SCMP_ERROR)
			continue;
		int r = seccomp_rule_add_array(ctx, action, nr, n, cmp);

		if (r < 0 && r != -EEXIST)
			fail_msg("%s: %s", name, strerror(-r));
	}
}

/* @p: the filter of @profile. */
static inline void runtime_compile(json_object *profile, struct program *p)
{
	const uint32_t fallback = runtime_action(oci_get_string(profile, "defaultAction"), profile,
						 "defaultErrnoRet");
	json_object *archs = oci_get(profile, "architectures");
	json_object *rules = oci_get(profile, "syscalls");
	scmp_filter_ctx ctx = seccomp_init(fallback);

	assert_non_null(ctx);
	for (size_t i = 0; archs && i < json_object_array_length(archs); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(archs, i));
		char lower[32] = {0};

		assert_true(strncmp(name, "SCMP_ARCH_", 10) == 0);
		for (size_t k = 0; name[10 + k] && k < sizeof(lower) - 1; k++)
			lower[k] = name[10 + k] >= 'A' && name[10 + k] <= 'Z'
					   ? (char)(name[10 + k] + 32)
					   : name[10 + k];
		int r = seccomp_arch_add(ctx, seccomp_arch_resolve_name(lower));

		assert_true(r == 0 || r == -EEXIST);
	}
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *rule = json_object_array_get_idx(rules, i);
		uint32_t action = runtime_action(oci_get_string(rule, "action"), rule, "errnoRet");

		if (action != fallback)
			runtime_add_rule(ctx, action, rule);
	}
	int fd = memfd_create("filter", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(seccomp_export_bpf(ctx, fd), 0);
	ssize_t bytes = pread(fd, p->code, sizeof(p->code), 0);

	assert_true(bytes > 0);
	p->len = (size_t)bytes / sizeof(p->code[0]);
	close(fd);
	seccomp_release(ctx);
}

#endif
