/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging our notifications into a profile.
 *
 * In a profile every rule is for all architectures that it lists. So an ABI that the service does not
 * understand (x32) is notified like the others and refused by the service; and nothing has to be said
 * about architectures that are not listed: the runtimes' filters kill their programs.
 *
 * How runtimes read a profile, which is what "unchanged" is measured by: a rule whose action is the
 * default one is left out, and a rule without conditions wins over those of the same call with some.
 */
#include "tools/oci_profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "seccomp/trapped.h"
#include "tools/oci_args.h"

#define ALLOW "SCMP_ACT_ALLOW"
#define NOTIFY "SCMP_ACT_NOTIFY"
#define KILLABLE "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"

/* unshare(2) of what is the namespace's: see daemon/calls_unshare.c. At the first program that a
 * container executes its file systems are what they will be, so the views are mounted then. */
static const char *const more_notified[] = {"unshare", "execve", "execveat", NULL};

static const char *const *const notified[] = {trapped_calls, trapped_calls_injected,
					      trapped_calls_32bit, more_notified};

#define LISTS (sizeof(notified) / sizeof(notified[0]))

json_object *oci_profile_permissive(void)
{
#if defined(__x86_64__)
	static const char *const archs[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#else
	static const char *const archs[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#endif
	json_object *p = json_object_new_object(), *a = json_object_new_array();

	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++)
		json_object_array_add(a, json_object_new_string(archs[i]));
	json_object_object_add(p, "defaultAction", json_object_new_string(ALLOW));
	json_object_object_add(p, "architectures", a);
	json_object_object_add(p, "syscalls", json_object_new_array());
	return p;
}

/* ---- what rules say ---- */

static bool permits(const char *action)
{
	return strcmp(action, ALLOW) == 0 || strcmp(action, "SCMP_ACT_LOG") == 0;
}

/* Conditions that a runtime resolves before it looks at calls. */
static bool depends(json_object *rule)
{
	return !oci_empty(oci_get(rule, "includes")) || !oci_empty(oci_get(rule, "excludes"));
}

static bool conditional(json_object *rule)
{
	return depends(rule) || !oci_empty(oci_get(rule, "args"));
}

static bool is_notified(const char *name)
{
	for (size_t i = 0; i < LISTS; i++)
		for (size_t k = 0; notified[i][k]; k++)
			if (strcmp(notified[i][k], name) == 0)
				return true;
	return false;
}

/* Docker's first format had one "name" a rule. */
static bool concerns(json_object *rule, const char *name)
{
	const char *single = oci_get_string(rule, "name");

	return (single && strcmp(single, name) == 0) ||
	       oci_has_string(oci_get(rule, "names"), name);
}

static int check_rule(json_object *rule, struct oci_error *e)
{
	json_object *names = oci_get(rule, "names"), *args = oci_get(rule, "args");

	if (!oci_get_string(rule, "action") ||
	    (names && !json_object_is_type(names, json_type_array)) ||
	    (!names && !oci_get_string(rule, "name")) ||
	    (args && !json_object_is_type(args, json_type_array)))
		return oci_fail(e, -EINVAL, "a rule is not understood: %.150s",
				json_object_to_json_string(rule));
	return 0;
}

/* Does the profile send its calls to us already? */
static bool is_ours(const char *listener, const struct oci_listener *l)
{
	return listener &&
	       (strcmp(listener, l->path) == 0 || (l->keeps_ours && oci_socket_is_ours(listener)));
}

static int check_profile(json_object *p, const struct oci_listener *l, struct oci_error *e)
{
	const char *action = oci_get_string(p, "defaultAction");
	const char *listener = oci_get_string(p, "listenerPath");
	json_object *rules = oci_get(p, "syscalls"), *flags = oci_get(p, "flags");
	bool ours = is_ours(listener, l);

	if (!action)
		return oci_fail(e, -EINVAL, "no \"defaultAction\": it is no seccomp profile");
	if (rules && !json_object_is_type(rules, json_type_array))
		return oci_fail(e, -EINVAL, "\"syscalls\" is no array");
	if (flags && !json_object_is_type(flags, json_type_array))
		return oci_fail(e, -EINVAL, "\"flags\" is no array");
	if (listener && listener[0] && !ours)
		return oci_fail(e, -EBUSY,
				"the profile has a listener of its own, %s; there can be one only",
				listener);
	if (strcmp(action, NOTIFY) == 0)
		return oci_fail(e, -EINVAL, "the profile notifies of every call");
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *rule = json_object_array_get_idx(rules, i);
		int r = check_rule(rule, e);

		if (r < 0)
			return r;
		if (!ours && strcmp(oci_get_string(rule, "action"), NOTIFY) == 0)
			return oci_fail(e, -EBUSY, "the profile notifies of calls already");
	}
	return 0;
}

/* Does a rule with @action say anything of the call? *@any: does one, of whatever action, always? */
static bool has_rule(json_object *rules, const char *name, const char *action, bool *any)
{
	bool found = false;

	*any = false;
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *rule = json_object_array_get_idx(rules, i);
		const char *is = oci_get_string(rule, "action");

		if (!concerns(rule, name))
			continue;
		found |= is && strcmp(is, action) == 0;
		*any |= !conditional(rule);
	}
	return found;
}

size_t oci_profile_unlogged(json_object *profile, char *names, size_t size)
{
	static const char log[] = "SCMP_ACT_LOG";
	const char *action = oci_get_string(profile, "defaultAction");
	const bool by_default = action && strcmp(action, log) == 0;
	json_object *rules = oci_get(profile, "syscalls");
	size_t n = 0, len = 0;

	names[0] = 0;
	if (!json_object_is_type(rules, json_type_array))
		rules = NULL;
	for (size_t i = 0; i < LISTS; i++) {
		for (size_t k = 0; notified[i][k]; k++) {
			const char *name = notified[i][k];
			bool any;

			if (!has_rule(rules, name, log, &any) && !(by_default && !any))
				continue;
			n++;
			if (len < size)
				len += (size_t)snprintf(names + len, size - len, "%s%s",
							len ? " " : "", name);
		}
	}
	return n;
}

/* ---- the merge ---- */

struct merge {
	const char *default_action;
	bool default_permits;
	json_object *rules; /* those that there will be */
	json_object *last;  /* and behind them, so that a second merge has the same order */
};

static json_object *new_rule(json_object *names, json_object *args)
{
	json_object *rule = json_object_new_object();

	json_object_object_add(rule, "names", names);
	json_object_object_add(rule, "action", json_object_new_string(NOTIFY));
	if (!oci_empty(args))
		json_object_object_add(rule, "args", json_object_get(args));
	return rule;
}

/* The rule of a call that was allowed under the conditions of @rule. */
static json_object *notify_as(json_object *rule, json_object *names)
{
	static const char *const kept[] = {"includes", "excludes", "comment"};
	json_object *made = new_rule(names, oci_get(rule, "args"));

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_object *v = oci_get(rule, kept[i]);

		if (!oci_empty(v))
			json_object_object_add(made, kept[i], json_object_get(v));
	}
	return made;
}

/*
 * Of the names of @rule those that are to be notified, which it has no more afterwards. If that is
 * all of them, *@whole is set and the rule is as it was.
 */
static json_object *take_notified(json_object *rule, bool *whole)
{
	json_object *names = oci_get(rule, "names");
	const char *single = oci_get_string(rule, "name");
	json_object *taken = json_object_new_array(), *left = json_object_new_array();

	if (single && single[0]) {
		json_object_array_add(is_notified(single) ? taken : left,
				      json_object_new_string(single));
		names = NULL;
	}
	for (size_t i = 0; names && i < json_object_array_length(names); i++) {
		json_object *v = json_object_array_get_idx(names, i);
		const char *name = json_object_get_string(v);

		json_object_array_add(name && is_notified(name) ? taken : left, json_object_get(v));
	}
	*whole = json_object_array_length(left) == 0;
	if (!*whole && json_object_array_length(taken) > 0 && names)
		json_object_object_add(rule, "names", json_object_get(left));
	json_object_put(left);
	return taken;
}

/* What becomes of a rule of the profile. */
static void convert_rule(struct merge *m, json_object *rule)
{
	const char *action = oci_get_string(rule, "action");
	bool idle = strcmp(action, m->default_action) == 0, whole;
	/* Where the default allows, rest_rules() finds all that is not denied. */
	bool part = m->default_permits && conditional(rule);

	if (!permits(action) && !(part && strcmp(action, NOTIFY) == 0)) {
		json_object_array_add(m->rules, json_object_get(rule));
		return;
	}
	json_object *names = take_notified(rule, &whole);

	if (!whole || json_object_array_length(names) == 0)
		json_object_array_add(m->rules, json_object_get(rule));
	if (idle || part || json_object_array_length(names) == 0)
		json_object_put(names);
	else
		json_object_array_add(m->rules, notify_as(rule, names));
}

/* Does any rule, whatever else there is, decide all of the call? */
static bool decided(struct merge *m, const char *name)
{
	for (size_t i = 0; i < json_object_array_length(m->rules); i++) {
		json_object *rule = json_object_array_get_idx(m->rules, i);

		if (concerns(rule, name) && !conditional(rule))
			return true;
	}
	return false;
}

static json_object *one(const char *name)
{
	json_object *a = json_object_new_array();

	json_object_array_add(a, json_object_new_string(name));
	return a;
}

/* The rule that denies some cases of a call. Return: 0 with *@out, or NULL if there is none; negative:
 * their rest cannot be said. */
static int denying_rule(struct merge *m, const char *name, json_object **out, struct oci_error *e)
{
	*out = NULL;
	for (size_t i = 0; i < json_object_array_length(m->rules); i++) {
		json_object *rule = json_object_array_get_idx(m->rules, i);

		if (!concerns(rule, name))
			continue;
		if (depends(rule))
			return oci_fail(
				e, -EOPNOTSUPP,
				"%s is denied to some containers; '--format oci' resolves that",
				name);
		if (*out)
			return oci_fail(e, -EOPNOTSUPP, "%s is denied by several rules", name);
		*out = rule;
	}
	return 0;
}

/* A call that the default allows: it is to be notified wherever no rule denies it. */
static int rest_rules(struct merge *m, const char *name, json_object *plain, struct oci_error *e)
{
	json_object *rule, *rest;
	int r = denying_rule(m, name, &rule, e);

	if (r < 0)
		return r;
	if (!rule)
		return json_object_array_add(plain, json_object_new_string(name));
	rest = json_object_new_array();
	r = oci_args_rest(oci_get(rule, "args"), rest, e);
	if (r == -EOPNOTSUPP)
		oci_fail(e, r, "%s is denied under several conditions at once", name);
	for (size_t i = 0; r == 0 && i < json_object_array_length(rest); i++)
		json_object_array_add(m->last,
				      new_rule(one(name), json_object_array_get_idx(rest, i)));
	json_object_put(rest);
	return r;
}

static int add_rest(struct merge *m, struct oci_error *e)
{
	json_object *plain = json_object_new_array();
	int r = 0;

	for (size_t i = 0; i < LISTS; i++)
		for (size_t k = 0; r == 0 && notified[i][k]; k++)
			if (!decided(m, notified[i][k]))
				r = rest_rules(m, notified[i][k], plain, e);
	if (r == 0 && json_object_array_length(plain) > 0)
		json_object_array_add(m->rules, new_rule(json_object_get(plain), NULL));
	json_object_put(plain);
	for (size_t i = 0; i < json_object_array_length(m->last); i++)
		json_object_array_add(m->rules,
				      json_object_get(json_object_array_get_idx(m->last, i)));
	return r;
}

static void set_listener(json_object *p, const struct oci_listener *l)
{
	json_object *flags = oci_get(p, "flags");
	const bool keep = l->keeps_ours && is_ours(oci_get_string(p, "listenerPath"), l);

	if (l->metadata)
		json_object_object_add(p, "listenerMetadata", json_object_new_string(l->metadata));
	if (keep)
		return;
	json_object_object_add(p, "listenerPath", json_object_new_string(l->path));
	if (!l->killable || oci_has_string(flags, KILLABLE))
		return;
	if (!flags) {
		flags = json_object_new_array();
		json_object_object_add(p, "flags", flags);
	}
	json_object_array_add(flags, json_object_new_string(KILLABLE));
}

int oci_profile_merge(json_object *p, const struct oci_listener *l, struct oci_error *e)
{
	int r = check_profile(p, l, e);

	if (r < 0)
		return r;
	json_object *old = oci_get(p, "syscalls");
	struct merge m = {
		.default_action = oci_get_string(p, "defaultAction"),
		.default_permits = permits(oci_get_string(p, "defaultAction")),
		.rules = json_object_new_array(),
		.last = json_object_new_array(),
	};

	for (size_t i = 0; old && i < json_object_array_length(old); i++)
		convert_rule(&m, json_object_array_get_idx(old, i));
	if (m.default_permits)
		r = add_rest(&m, e);
	json_object_object_add(p, "syscalls", m.rules);
	json_object_put(m.last);
	if (r == 0)
		set_listener(p, l);
	return r;
}
