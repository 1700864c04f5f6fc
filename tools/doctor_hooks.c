/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor: podman's hook: is there a file of ours where this user's podman reads, would podman run it
 * for an annotated container, and would it succeed?
 *
 * podman itself is asked which directories those are (the default of its option --hooks-dir), as that
 * depends on its version and on several configuration files. Of two files of one name podman takes the
 * one in the later directory; the same is done here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/ctl.h"
#include "tools/doctor.h"
#include "tools/oci_file.h"
#include "tools/oci_socket.h"

#define DIRS_MAX 8
#define PACKAGED "/usr/share/containers/oci/hooks.d"
#define OVERRIDE "/etc/containers/oci/hooks.d"

struct dirs {
	char text[2048];
	const char *at[DIRS_MAX];
	size_t n;
};

static const struct doctor_check check = {"hooks", "podman", false,
					  "podman does not look at the annotation "
					  "org.ipcnsd.namespace: install ipcnsd's hook, "
					  "or use a profile (ipcnsctl oci-profile)"};

/* The help has "--hooks-dir strings  ... (default [DIR,DIR])". */
static void ask_podman(const char *podman, struct dirs *d)
{
	const char *const argv[] = {podman, "--help", NULL};
	static char help[32 << 10];
	char *from = NULL, *end, *save;

	*d = (struct dirs){.at = {PACKAGED}, .n = 1};
	if (doctor_output(argv, help, sizeof(help)) == 0)
		from = strstr(help, "--hooks-dir");
	end = from ? strchr(from, '\n') : NULL;
	if (end)
		*end = 0;
	from = from ? strstr(from, "(default [") : NULL;
	end = from ? strchr(from, ']') : NULL;
	if (!end)
		return;
	*end = 0;
	snprintf(d->text, sizeof(d->text), "%s", from + strlen("(default ["));
	d->n = 0;
	for (char *dir = strtok_r(d->text, ",", &save); dir && d->n < DIRS_MAX;
	     dir = strtok_r(NULL, ",", &save))
		d->at[d->n++] = dir;
}

/* Hook file @dir/@name if its program is ours, else NULL. */
static json_object *read_ours(const char *dir, const char *name)
{
	static const char is[] = "/ipcns-oci-hook";
	json_object *o = NULL;
	struct oci_error e;
	char path[512];
	const char *at;
	size_t len;
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	r = oci_read(fd, &o, &e);
	close(fd);
	at = r == 0 ? oci_get_string(oci_get(o, "hook"), "path") : NULL;
	len = at ? strlen(at) : 0;
	if (len >= sizeof(is) - 1 && strcmp(at + len - (sizeof(is) - 1), is) == 0)
		return o;
	json_object_put(o);
	return NULL;
}

static bool is_in(const char *dir, const char *name)
{
	char path[512];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* Is @name of directory @i that which podman takes? */
static bool in_effect(const struct dirs *d, size_t i, const char *name)
{
	while (++i < d->n)
		if (is_in(d->at[i], name))
			return false;
	return true;
}

static json_object *find_in(const struct dirs *d, size_t i)
{
	DIR *all = opendir(d->at[i]);
	json_object *found = NULL;

	if (!all)
		return NULL;
	for (struct dirent *f; !found && (f = readdir(all));) {
		size_t len = strlen(f->d_name);

		if (len > 5 && strcmp(f->d_name + len - 5, ".json") == 0 &&
		    in_effect(d, i, f->d_name))
			found = read_ours(d->at[i], f->d_name);
	}
	closedir(all);
	return found;
}

/* ---- what the file says ---- */

struct asked {
	const char *socket; /* NULL: the hook's own choice */
	bool no_flags, precreate;
};

static struct asked read_args(json_object *args)
{
	static const char option[] = "--socket";
	struct asked a = {0};
	size_t n = json_object_is_type(args, json_type_array) ? json_object_array_length(args) : 0;

	for (size_t i = 1; i < n; i++) {
		const char *arg = json_object_get_string(json_object_array_get_idx(args, i));

		if (!arg)
			continue;
		if (strcmp(arg, option) == 0 && i + 1 < n)
			a.socket = json_object_get_string(json_object_array_get_idx(args, ++i));
		else if (strncmp(arg, option, sizeof(option) - 1) == 0 &&
			 arg[sizeof(option) - 1] == '=')
			a.socket = arg + sizeof(option);
		else if (strcmp(arg, "--no-flags") == 0)
			a.no_flags = true;
		else if (strcmp(arg, "precreate") == 0)
			a.precreate = true;
	}
	return a;
}

/* Where it will look for the service, and whether that is there. */
static void check_service(struct doctor *d, const struct ctl *c, const char *dir,
			  const struct asked *a)
{
	struct doctor_check down = {"hooks", "podman", false,
				    "annotated containers do not start before the service does: "
				    "systemctl start ipcnsd"};
	static const struct doctor_check elsewhere = {
		"hooks", "podman", false,
		"the hook's file names a socket at which nobody listens: leave --socket out of its "
		"args, or start the service that listens there"};
	char path[PATH_MAX];
	int r;

	/* (Root may look at what is the user's.) */
	if (!c->user || oci_socket_of_user(path) < 0)
		oci_socket_default(path);
	if (c->user || oci_socket_as_user())
		down.remedy = "annotated containers do not start before the user's service does: "
			      "systemctl --user start ipcnsd, in podman's user namespace (podman "
			      "unshare ipcnsd --user)";
	r = oci_socket_listens(a->socket ? a->socket : path);
	if (r < 0)
		doctor_add(d, a->socket && strcmp(a->socket, path) != 0 ? &elsewhere : &down,
			   DOCTOR_MISSING, "%.60s: %.150s: %s", dir, a->socket ? a->socket : path,
			   strerror(-r));
	else
		doctor_add(d, &check, DOCTOR_WORKS, "%s", dir);
}

static void check_runc(struct doctor *d, const struct asked *a)
{
	static const struct doctor_check flags = {
		"hooks", "runc", false,
		"annotated containers of podman with runc do not start: add --no-flags to the args "
		"of the hook, see ipcns-oci-hook(8), or use crun"};

	if (doctor_refuses_flags("runc"))
		doctor_add(d, &flags, a->no_flags ? DOCTOR_WORKS : DOCTOR_LIMITED,
			   a->no_flags ? "--no-flags"
				       : "this runc refuses flags, and the hook asks for one");
}

static void check_file(struct doctor *d, const struct ctl *c, const char *dir, json_object *file)
{
	static const struct doctor_check broken = {
		"hooks", "podman", false,
		"the hook's file names a program that is not there: install ipcnsd again"};
	static const struct doctor_check stages = {
		"hooks", "podman", false,
		"podman edits no container: the hook's file needs the stage precreate, in its args "
		"and in its stages"};
	json_object *hook = oci_get(file, "hook");
	const char *program = oci_get_string(hook, "path");
	const struct asked a = read_args(oci_get(hook, "args"));

	if (access(program, X_OK) < 0)
		doctor_add(d, &broken, DOCTOR_MISSING, "%s: %s", program, strerror(errno));
	else if (!a.precreate || !oci_has_string(oci_get(file, "stages"), "precreate"))
		doctor_add(d, &stages, DOCTOR_MISSING, "%s: not of the stage precreate", dir);
	else
		check_service(d, c, dir, &a);
	check_runc(d, &a);
}

void doctor_hooks(struct doctor *d, const struct ctl *c)
{
	static const struct doctor_check unread = {
		"hooks", "podman", false,
		"name the directory in hooks_dir, in the section [engine] of containers.conf, or "
		"install the file in " PACKAGED};
	static const struct dirs override = {.at = {OVERRIDE}, .n = 1};
	json_object *file = NULL;
	struct dirs dirs;
	char podman[4096];

	if (!doctor_find_program("podman", podman, sizeof(podman)))
		return;
	ask_podman(podman, &dirs);
	for (size_t i = 0; !file && i < dirs.n; i++) {
		file = find_in(&dirs, i);
		if (file)
			check_file(d, c, dirs.at[i], file);
	}
	if (!file) {
		file = find_in(&override, 0);
		doctor_add(d, file ? &unread : &check, DOCTOR_MISSING,
			   file ? "in " OVERRIDE ", where podman does not read"
				: "no file of ours in hooks.d");
	}
	json_object_put(file);
}
