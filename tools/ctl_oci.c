/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ipcnsctl oci-profile: options, files and words around tools/oci_profile.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ns_name.h"
#include "daemon/oci_state.h"
#include "tools/ctl.h"
#include "tools/oci_file.h"
#include "tools/oci_profile.h"
#include "tools/oci_socket.h"
#include "tools/run.h"

/* Return: 0 with the profile to start from, or negative after saying why. */
static int read_base(const char *path, json_object **out)
{
	struct oci_error e;
	bool is_stdin = path && strcmp(path, "-") == 0;
	int r, fd = is_stdin ? STDIN_FILENO : -1;

	if (!path) {
		*out = oci_profile_permissive();
		return 0;
	}
	if (!is_stdin) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			r = -errno;
			say("cannot open %s: %s", path, strerror(errno));
			return r;
		}
	}
	r = oci_read(fd, out, &e);
	if (r < 0)
		say("%s: %s", path, e.text);
	if (!is_stdin)
		close(fd);
	return r;
}

/* As the service will read it, which would only say so when a container does not start. */
static bool valid_metadata(const char *text)
{
	struct oci_state state = {0};
	char error[160];

	if (oci_metadata(text, &state, error, sizeof(error)) == 0)
		return true;
	say("oci-profile: %s", error);
	return false;
}

int ctl_oci_profile(struct ctl *c, int argc, char **argv)
{
	char names[200];
	size_t unlogged;
	char named[sizeof("namespace=") + NS_NAME_MAX], users[PATH_MAX];
	struct oci_listener l = {
		.path = c->socket ? c->socket : OCI_SOCKET,
		.metadata = c->metadata,
		.killable = !c->no_flags,
	};
	struct oci_error e;
	json_object *profile = NULL;
	int r;

	(void)argc, (void)argv;
	if (c->name && c->metadata) {
		say("oci-profile: --name is metadata, too: give one of them");
		return CTL_USAGE;
	}
	if (c->name && !ctl_valid_name(c->name))
		return CTL_USAGE;
	if (c->metadata && !valid_metadata(c->metadata))
		return CTL_USAGE;
	if (c->format && strcmp(c->format, "oci") != 0) {
		say("oci-profile: there is no format '%s', only 'oci'; without, it is the base's",
		    c->format);
		return CTL_USAGE;
	}
	if (c->user && !c->socket) {
		l.path = users;
		if (oci_socket_of_user(users) < 0) {
			say("oci-profile: XDG_RUNTIME_DIR does not tell where the user's service "
			    "is: give --socket");
			return CTL_USAGE;
		}
	}
	if (l.path[0] != '/') {
		say("oci-profile: --socket needs an absolute path");
		return CTL_USAGE;
	}
	if (c->name) {
		snprintf(named, sizeof(named), "namespace=%s", c->name);
		l.metadata = named;
	}
	if (read_base(c->base, &profile) < 0)
		return CTL_FAILED;
	r = c->format ? oci_profile_resolve(profile, oci_profile_default_caps, &e) : 0;
	unlogged = oci_profile_unlogged(profile, names, sizeof(names));
	if (r == 0)
		r = oci_profile_merge(profile, &l, &e);
	if (r < 0) {
		say("%s: %s", c->base ? c->base : "profile", e.text);
		json_object_put(profile);
		return CTL_FAILED;
	}
	if (unlogged)
		say("note: the profile had the kernel log %zu calls that go to the service now, "
		    "and "
		    "are logged no more: %s%s",
		    unlogged, names, strlen(names) == sizeof(names) - 1 ? "..." : "");
	r = oci_write(stdout, profile);
	json_object_put(profile);
	if (r < 0)
		say("cannot write to standard output: %s", strerror(-r));
	clearerr(stdout); /* it is told */
	return r < 0 ? CTL_FAILED : CTL_OK;
}
