/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: container runtimes, and whether they hand a container's listener to the service.
 *
 * By version where a program cannot be asked. The numbers are those of the release that had it first:
 * listenerPath is of runtime-spec 1.1; what sits above crun and runc has to pass it on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/doctor.h"
#include "tools/oci_json.h"

#define KILLABLE "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"

/* Daemons are not on every user's path. */
#define MORE_DIRS ":/usr/local/sbin:/usr/sbin:/sbin"

bool doctor_find_program(const char *name, char *path, size_t size)
{
	const char *env = getenv("PATH");
	char dirs[4096], *save;

	snprintf(dirs, sizeof(dirs), "%s" MORE_DIRS, env ? env : "/usr/local/bin:/usr/bin:/bin");
	for (char *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		int n = snprintf(path, size, "%s/%s", dir, name);

		if (dir[0] == '/' && n > 0 && (size_t)n < size && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

#define ASK 1

struct runtime {
	const char *name;
	/* MAJOR * 1000 + MINOR: takes or passes on listenerPath; and the flag, which only those who
	 * install filters look at. ASK: it depends on its libseccomp, too, and it can be asked. */
	unsigned listener, killable;
	const char *old; /* the remedy of one that does not take a listener */
};

static const struct runtime runtimes[] = {
	{"crun", 19, 1007, "crun 0.19 takes a listener first; 1.8 is known to work"},
	{"runc", 1001, ASK, "runc 1.1 takes a listener first"},
	{"podman", 4001, 0, "podman 4.1 passes a listener on first; 4.3 is known to work"},
	{"dockerd", 23000, 0, "Docker 23.0 passes a listener on first"},
	{"containerd", 1006, 0, "containerd 1.6 is known to pass a listener on"},
	{"crio", 1024, 0, "CRI-O 1.24 passes a listener on first"},
};

/* The version as the program writes it, without the words around it. */
static void cut_version(const char *line, char *out, size_t size)
{
	const char *from = line + strcspn(line, "0123456789");
	size_t len = strcspn(from, " ,\n");

	snprintf(out, size, "%.*s", (int)len, from);
}

/* The runtime-spec's features.md. */
static bool has_feature(const char *path)
{
	const char *const argv[] = {path, "features", NULL};
	static char text[128 << 10];
	json_object *o;
	bool has;

	if (doctor_output(argv, text, sizeof(text)) != 0)
		return false;
	o = json_tokener_parse(text);
	has = oci_has_string(oci_get(oci_get(oci_get(o, "linux"), "seccomp"), "supportedFlags"),
			     KILLABLE);
	json_object_put(o);
	return has;
}

static bool takes_killable(const struct runtime *rt, const char *path, unsigned version)
{
	return rt->killable == ASK ? has_feature(path) : version >= rt->killable;
}

static void check_runtime(struct doctor *d, const struct runtime *rt, const char *path)
{
	static const char no_flags[] =
		"an answer to a container can be lost when a signal comes at the same moment: use "
		"crun or runc 1.5; profiles for this one need 'ipcnsctl oci-profile --no-flags'";
	const char *const argv[] = {path, "--version", NULL};
	struct doctor_check c = {"runtime", rt->name, false, rt->old};
	char text[1024], shown[64];
	unsigned version;

	if (doctor_output(argv, text, sizeof(text)) != 0 || !(version = doctor_version(text))) {
		c.remedy = "it does not tell its version: is it installed properly?";
		doctor_add(d, &c, DOCTOR_LIMITED, "%s: unknown version", path);
		return;
	}
	cut_version(text, shown, sizeof(shown));
	if (version < rt->listener) {
		doctor_add(d, &c, DOCTOR_MISSING, "%s, does not take a listener", shown);
	} else if (strcmp(rt->name, "crun") == 0 && !strstr(text, "+SECCOMP")) {
		c.remedy = "this crun was built without seccomp";
		doctor_add(d, &c, DOCTOR_MISSING, "%s, without seccomp", shown);
	} else if (rt->killable && !takes_killable(rt, path, version)) {
		c.remedy = no_flags;
		doctor_add(d, &c, DOCTOR_LIMITED, "%s, takes a listener, but no flags", shown);
	} else {
		doctor_add(d, &c, DOCTOR_WORKS, "%s, %s", shown,
			   rt->killable ? "takes a listener and WAIT_KILLABLE_RECV"
					: "passes a listener on");
	}
}

bool doctor_refuses_flags(const char *name)
{
	char path[4096], text[1024];
	const char *const argv[] = {path, "--version", NULL};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		if (strcmp(runtimes[i].name, name) == 0)
			return doctor_find_program(name, path, sizeof(path)) &&
			       doctor_output(argv, text, sizeof(text)) == 0 &&
			       !takes_killable(&runtimes[i], path, doctor_version(text));
	return false;
}

void doctor_runtimes(struct doctor *d)
{
	static const struct doctor_check none = {
		"runtime", "any", false,
		"only for containers: install crun 1.8 or runc 1.5, or what brings it (podman, "
		"Docker, containerd)"};
	size_t found = 0;
	char path[4096];

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		if (!doctor_find_program(runtimes[i].name, path, sizeof(path)))
			continue;
		check_runtime(d, &runtimes[i], path);
		found++;
	}
	if (!found)
		doctor_add(d, &none, DOCTOR_MISSING, "no container runtime is installed");
}
