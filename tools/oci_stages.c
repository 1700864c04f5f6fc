/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why they do not make a namespace or mount a view: at both create stages the runtime has still to
 * mount over the place, and then changes the root; and a path in a container is the container's to
 * redirect. The service does it at the container's first execve(2), see docs/architecture.md.
 */
#include "tools/oci_stages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ns_name.h"
#include "tools/oci_config.h"
#include "tools/oci_file.h"
#include "tools/oci_release.h"
#include "tools/oci_socket.h"

#define RELEASE_MS 2000

/* Return: 0 with both (the caller's); negative errno with @e, and maybe with @state. */
static int read_bundle(int fd, json_object **state, json_object **config, struct oci_error *e)
{
	struct oci_error why;
	char path[PATH_MAX];
	const char *bundle;
	int r, file;

	*config = NULL;
	r = oci_read(fd, state, &why);
	if (r < 0)
		return oci_fail(e, r, "the container's state on stdin: %.180s", why.text);
	bundle = oci_get_string(*state, "bundle");
	if (!bundle || bundle[0] != '/' ||
	    snprintf(path, sizeof(path), "%s/config.json", bundle) >= PATH_MAX)
		return oci_fail(e, -EINVAL,
				"the container's state on stdin: no path in \"bundle\"");
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return oci_fail(e, -errno, "cannot open %.150s: %s", path, strerror(errno));
	r = oci_read(file, config, &why);
	close(file);
	return r < 0 ? oci_fail(e, r == -EACCES ? -EIO : r, "%.100s: %.140s", path, why.text) : 0;
}

static bool is_ours(const char *listener, const char *socket)
{
	return listener && (strcmp(listener, socket) == 0 || oci_socket_is_ours(listener));
}

static int check(json_object *config, const char *socket, struct oci_error *e)
{
	const char *at = oci_config_listener(config);
	int r;

	if (!at)
		return oci_fail(e, -ENOENT,
				"config.json has no listener, so ipcnsd would not serve the "
				"container: its profile has to be made with ipcnsctl oci-profile");
	if (!is_ours(at, socket))
		return oci_fail(e, -ENOENT, "config.json: the listener %.150s is not ipcnsd's", at);
	r = oci_socket_listens(at);
	return r < 0 ? oci_fail(e, r, "the service ipcnsd does not listen at %.80s (%s); %s", at,
				strerror(-r), oci_socket_remedy(at, r))
		     : 0;
}

int oci_stage_create(int fd, const char *socket, bool inside, struct oci_error *e)
{
	json_object *state = NULL, *config;
	int r = read_bundle(fd, &state, &config, e);

	if (r == 0)
		r = check(config, socket, e);
	json_object_put(config);
	json_object_put(state);
	return r == -EACCES && inside && oci_socket_in_user_ns() ? 0 : r;
}

/* By path: it is another's, with whom it shares ours as well. */
static bool joins_kernels(json_object *config)
{
	json_object *all = oci_get(oci_get(config, "linux"), "namespaces");

	if (!json_object_is_type(all, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(all); i++) {
		json_object *ns = json_object_array_get_idx(all, i);
		const char *type = oci_get_string(ns, "type"), *path = oci_get_string(ns, "path");

		if (type && strcmp(type, "ipc") == 0 && path && path[0])
			return true;
	}
	return false;
}

/* Is the container in a namespace that is named by its id? */
static bool has_its_own(json_object *config, const char *socket)
{
	const char *named = oci_get_string(oci_get(config, "annotations"), OCI_ANNOTATION);

	return is_ours(oci_config_listener(config), socket) && !(named && named[0]) &&
	       !oci_config_names_namespace(config) && !joins_kernels(config);
}

/* sd-bus finds the user's bus by it, and runtimes start hooks without any environment. */
static void set_runtime_dir(const char *socket)
{
	const size_t tail = strlen("/ipcnsd/seccomp.sock");
	char dir[PATH_MAX];

	if (!oci_socket_is_ours(socket))
		return;
	snprintf(dir, sizeof(dir), "%.*s", (int)(strlen(socket) - tail), socket);
	(void)setenv("XDG_RUNTIME_DIR", dir, 0);
}

void oci_stage_poststop(int fd, const char *socket, const char *bus)
{
	json_object *state = NULL, *config;
	struct oci_error e;
	const char *id;

	if (read_bundle(fd, &state, &config, &e) == 0) {
		id = oci_get_string(state, "id");
		const bool user = oci_socket_as_user() != 0;

		if (user)
			set_runtime_dir(socket);
		if (id && id[0] && has_its_own(config, socket)) {
			char name[NS_NAME_MAX + 1];

			ns_name_from(id, name);
			oci_release_wait(bus, user, name, RELEASE_MS);
		}
	}
	json_object_put(config);
	json_object_put(state);
}
