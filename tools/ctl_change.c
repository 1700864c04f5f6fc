/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that change something of the service: create, destroy, rm. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "daemon/queue_name.h"
#include "tools/ctl.h"
#include "tools/run.h"

int ctl_create(struct ctl *c, int argc, char **argv)
{
	sd_bus_message *m = NULL, *reply = NULL;
	const char *path;
	uint64_t id;
	int status, r;

	for (int i = 1; i < argc; i++) {
		if (!strchr(argv[i], '=')) {
			say("create: '%s' is not LIMIT=VALUE", argv[i]);
			return CTL_USAGE;
		}
	}
	/* Two of one name, and `run --name` would join the service's from then on. */
	if (attach_is_taken(argv[0])) {
		say("create: '%s' is the name of a namespace that 'ipcnsctl run --name' has made; "
		    "it ends with "
		    "its last task",
		    argv[0]);
		return CTL_FAILED;
	}
	r = ctl_connect(c);
	if (r >= 0)
		r = sd_bus_message_new_method_call(c->bus, &m, "org.ipcnsd", CTL_PATH, CTL_MANAGER,
						   "CreateNamespace");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", argv[0]);
	if (r >= 0)
		r = ctl_append_limits(m, c->parent, argc - 1, argv + 1);
	if (r < 0) {
		sd_bus_message_unref(m);
		say("cannot connect to the bus: %s", strerror(-r));
		return CTL_NO_SERVICE;
	}
	status = ctl_send(c, m, &reply);
	if (status == CTL_OK && sd_bus_message_read(reply, "ot", &path, &id) >= 0) {
		if (c->json) {
			json_object *o = json_object_new_object();

			json_object_object_add(o, "name", json_object_new_string(argv[0]));
			json_object_object_add(o, "id", json_object_new_uint64(id));
			json_object_object_add(o, "path", json_object_new_string(path));
			ctl_print_json(o);
		} else if (!c->quiet) {
			printf("%s  id %llu\n", argv[0], (unsigned long long)id);
		}
	}
	sd_bus_message_unref(reply);
	return status;
}

/*
 * Those that have children are tried again when others are gone, so that `list --quiet` can be given as
 * it is. Only what is left when nothing goes any more has failed for that.
 */
int ctl_destroy(struct ctl *c, int argc, char **argv)
{
	int worst = CTL_OK, left = argc;

	/* A service that does not run has no namespaces. And ipcns@.service ends by this verb before a
	 * crashed service is started again: to be started by it the service would wait for itself. */
	c->no_start = true;
	for (bool progress = true; left > 0;) {
		const int before = left;

		c->awaited = progress ? "org.ipcnsd.Error.HasChildren" : NULL;
		left = 0;
		for (int i = 0; i < before; i++) {
			int status = ctl_call(c, CTL_PATH, CTL_MANAGER, "DestroyNamespace", NULL,
					      "s", argv[i]);

			if (status == CTL_AWAITED)
				argv[left++] = argv[i];
			else if (status != CTL_OK)
				worst = status;
			if (status == CTL_NO_SERVICE)
				return worst;
		}
		progress = left < before;
	}
	return worst;
}

int ctl_rm(struct ctl *c, int argc, char **argv)
{
	char *path;
	int worst;

	if (!ctl_valid_family(argv[1]))
		return CTL_USAGE;
	path = ctl_path(argv[0]);
	worst = path ? CTL_OK : CTL_FAILED;
	for (int i = 2; path && i < argc; i++) {
		const char *id = argv[i];
		char text[QUEUE_TEXT_MAX];

		/* As queues are called by programs; with a backslash, as they are shown. */
		if (strcmp(argv[1], "mqueue") == 0) {
			id += id[0] == '/';
			if (!strchr(id, '\\')) {
				queue_name_escape(text, sizeof(text), id);
				id = text;
			}
		}
		int status =
			ctl_call(c, path, CTL_NAMESPACE, "RemoveObject", NULL, "ss", argv[1], id);

		if (status != CTL_OK)
			worst = status;
		if (status == CTL_NO_SERVICE)
			break;
	}
	free(path);
	return worst;
}
