/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From Docker's format of a profile to the runtime-spec's: what Docker, podman and CRI-O find out for
 * each container is found out for one kind of container. Needed where a profile goes to a runtime that
 * does not know these members, which would read a rule for privileged containers as one for all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "tools/oci_profile.h"

/* As Go calls this machine, and libseccomp. */
#if defined(__x86_64__)
#define GOARCH "amd64"
#define SCMP_NATIVE "SCMP_ARCH_X86_64"
#else
#define GOARCH "arm64"
#define SCMP_NATIVE "SCMP_ARCH_AARCH64"
#endif

/* moby's oci/caps/defaults.go and containerd's oci/spec.go have the same list. */
const char *const oci_profile_default_caps[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",	   "CAP_FOWNER",      "CAP_MKNOD",
	"CAP_NET_RAW", "CAP_SETGID",	   "CAP_SETUID",	   "CAP_SETFCAP",     "CAP_SETPCAP",
	"CAP_KILL",    "CAP_SYS_CHROOT",   "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE", NULL,
};

static bool has_cap(const char *const *caps, const char *name)
{
	for (size_t i = 0; caps[i]; i++)
		if (strcmp(caps[i], name) == 0)
			return true;
	return false;
}

/* How many of array @wanted (may be NULL) are among @caps? */
static size_t count_caps(json_object *wanted, const char *const *caps)
{
	size_t n = 0;

	for (size_t i = 0; wanted && i < json_object_array_length(wanted); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(wanted, i));

		n += name && has_cap(caps, name);
	}
	return n;
}

/* Is the running kernel "MAJOR.MINOR" or newer? */
static bool kernel_is(const char *least)
{
	struct utsname u;
	unsigned major, minor, want_major, want_minor;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2 ||
	    sscanf(least, "%u.%u", &want_major, &want_minor) != 2)
		return false;
	return major > want_major || (major == want_major && minor >= want_minor);
}

/* Both runtimes' rule: all of "includes" must be there, and nothing of "excludes". */
static bool applies(json_object *rule, const char *const *caps)
{
	json_object *in = oci_get(rule, "includes"), *out = oci_get(rule, "excludes");
	json_object *in_caps = oci_get(in, "caps"), *in_archs = oci_get(in, "arches");
	const char *in_kernel = oci_get_string(in, "minKernel");
	const char *out_kernel = oci_get_string(out, "minKernel");

	if (!oci_empty(in_archs) && !oci_has_string(in_archs, GOARCH))
		return false;
	if (oci_has_string(oci_get(out, "arches"), GOARCH))
		return false;
	if (in_caps && count_caps(in_caps, caps) < json_object_array_length(in_caps))
		return false;
	if (count_caps(oci_get(out, "caps"), caps) > 0)
		return false;
	if (in_kernel && in_kernel[0] && !kernel_is(in_kernel))
		return false;
	return !(out_kernel && out_kernel[0] && kernel_is(out_kernel));
}

static bool is_array_or_none(json_object *o, const char *key)
{
	json_object *v = oci_get(o, key);

	return !v || json_object_is_type(v, json_type_array);
}

static int check_conditions(json_object *rule, struct oci_error *e)
{
	json_object *in = oci_get(rule, "includes"), *out = oci_get(rule, "excludes");

	if (json_object_is_type(rule, json_type_object) && is_array_or_none(in, "caps") &&
	    is_array_or_none(in, "arches") && is_array_or_none(out, "caps") &&
	    is_array_or_none(out, "arches"))
		return 0;
	return oci_fail(e, -EINVAL, "a rule is not understood: %.150s",
			json_object_to_json_string(rule));
}

/* An errno by name is containers/common's; the runtime-spec has numbers. */
static int resolve_errno(json_object *o, const char *name_key, const char *number_key,
			 struct oci_error *e)
{
	const char *name = oci_get_string(o, name_key);

	if (name && name[0] && !oci_get(o, number_key)) {
		int number = 1;

		while (number < 4096 &&
		       (!strerrorname_np(number) || strcmp(strerrorname_np(number), name) != 0))
			number++;
		if (number == 4096)
			return oci_fail(e, -EINVAL, "'%.40s' is no errno", name);
		json_object_object_add(o, number_key, json_object_new_int(number));
	}
	json_object_object_del(o, name_key);
	return 0;
}

/* Into the runtime-spec's form: "names", and nothing that is for others. */
static int resolve_rule(json_object *rule, struct oci_error *e)
{
	const char *name = oci_get_string(rule, "name");

	if (name && name[0] && oci_empty(oci_get(rule, "names"))) {
		json_object *names = json_object_new_array();

		json_object_array_add(names, json_object_new_string(name));
		json_object_object_add(rule, "names", names);
	}
	json_object_object_del(rule, "name");
	json_object_object_del(rule, "includes");
	json_object_object_del(rule, "excludes");
	json_object_object_del(rule, "comment");
	if (oci_empty(oci_get(rule, "args")))
		json_object_object_del(rule, "args");
	return resolve_errno(rule, "errno", "errnoRet", e);
}

static int resolve_archs(json_object *p, struct oci_error *e)
{
	json_object *map = oci_get(p, "archMap"), *archs;

	if (!map)
		return 0;
	if (!json_object_is_type(map, json_type_array))
		return oci_fail(e, -EINVAL, "\"archMap\" is no array");
	if (!oci_empty(oci_get(p, "architectures")))
		return oci_fail(e, -EINVAL, "it has both \"architectures\" and \"archMap\"");
	archs = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(map); i++) {
		json_object *entry = json_object_array_get_idx(map, i), *more;
		const char *name = oci_get_string(entry, "architecture");

		if (!name || strcmp(name, SCMP_NATIVE) != 0)
			continue;
		json_object_array_add(archs, json_object_new_string(name));
		more = oci_get(entry, "subArchitectures");
		for (size_t k = 0; json_object_is_type(more, json_type_array) &&
				   k < json_object_array_length(more);
		     k++)
			json_object_array_add(archs,
					      json_object_get(json_object_array_get_idx(more, k)));
	}
	json_object_object_add(p, "architectures", archs);
	json_object_object_del(p, "archMap");
	return 0;
}

int oci_profile_resolve(json_object *p, const char *const *caps, struct oci_error *e)
{
	json_object *old = oci_get(p, "syscalls"), *rules;
	int r = resolve_archs(p, e);

	if (r == 0)
		r = resolve_errno(p, "defaultErrno", "defaultErrnoRet", e);
	if (r < 0 || !old)
		return r;
	if (!json_object_is_type(old, json_type_array))
		return oci_fail(e, -EINVAL, "\"syscalls\" is no array");
	rules = json_object_new_array();
	for (size_t i = 0; r == 0 && i < json_object_array_length(old); i++) {
		json_object *rule = json_object_array_get_idx(old, i);

		r = check_conditions(rule, e);
		if (r < 0 || !applies(rule, caps))
			continue;
		r = resolve_rule(rule, e);
		json_object_array_add(rules, json_object_get(rule));
	}
	json_object_object_add(p, "syscalls", rules);
	return r;
}
