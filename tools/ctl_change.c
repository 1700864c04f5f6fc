/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that change something: create, destroy, rm, mount, umount. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "fuse/mount.h"
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

int ctl_destroy(struct ctl *c, int argc, char **argv)
{
	int worst = CTL_OK;

	for (int i = 0; i < argc; i++) {
		int status = ctl_call(c, CTL_PATH, CTL_MANAGER, "DestroyNamespace", NULL, "s",
				      argv[i]);

		if (status != CTL_OK)
			worst = status;
		if (status == CTL_NO_SERVICE)
			break;
	}
	return worst;
}

int ctl_rm(struct ctl *c, int argc, char **argv)
{
	char *path = ctl_path(argv[0]);
	int worst = path ? CTL_OK : CTL_FAILED;

	for (int i = 2; path && i < argc; i++) {
		const char *id = argv[i];

		/* As queues are called by programs. */
		if (strcmp(argv[1], "mqueue") == 0 && id[0] == '/')
			id++;
		int status = ctl_call(c, path, CTL_NAMESPACE, "RemoveObject", NULL, "ss", argv[1],
				      id);

		if (status != CTL_OK)
			worst = status;
		if (status == CTL_NO_SERVICE)
			break;
	}
	free(path);
	return worst;
}

int ctl_mount(struct ctl *c, int argc, char **argv)
{
	sd_bus_message *reply = NULL;
	int tree, r, status = ctl_call(c, CTL_PATH, CTL_MANAGER, "OpenMount", &reply, "s", argv[0]);

	(void)argc;
	if (status != CTL_OK)
		return status;
	r = sd_bus_message_read(reply, "h", &tree);
	if (r >= 0)
		r = ipcns_mount_attach(tree, argv[1]);
	sd_bus_message_unref(reply);
	if (r < 0) {
		say("cannot mount '%s' at %s: %s", argv[0], argv[1], strerror(-r));
		return CTL_FAILED;
	}
	return CTL_OK;
}

/* Is a file system of ours mounted at @path? Asks /proc, because asking it could wait for it. */
static bool is_ours(const char *path)
{
	char *real = realpath(path, NULL), line[8192], at[4096];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	bool ours = false;

	while (real && f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %*s %4095s", at) == 1 && strcmp(at, real) == 0)
			ours = strstr(line, " - fuse.ipcns ") != NULL;
	if (f)
		fclose(f);
	free(real);
	return ours;
}

int ctl_umount(struct ctl *c, int argc, char **argv)
{
	(void)c, (void)argc;
	if (!is_ours(argv[0])) {
		say("no namespace is mounted at %s", argv[0]);
		return CTL_NOT_FOUND;
	}
	if (umount2(argv[0], UMOUNT_NOFOLLOW) < 0) {
		say("cannot unmount %s: %s", argv[0], strerror(errno));
		return CTL_FAILED;
	}
	return CTL_OK;
}
