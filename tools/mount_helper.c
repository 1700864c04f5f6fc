/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.ipcns: what mount(8) calls for `mount -t ipcns NAMESPACE DIRECTORY`, for lines of fstab(5)
 * and for .mount units. It is ipcnsctl under another name; arguments and exit statuses are those
 * that mount(8) prescribes ("External helpers").
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <systemd/sd-bus.h>

#include "tools/ctl.h"
#include "tools/mount_source.h"
#include "tools/run.h"

/* mount(8), "Exit status" */
enum { MOUNT_OK = 0, MOUNT_USAGE = 1, MOUNT_FAIL = 32 };

struct wish {
	char name[NS_NAME_MAX + 1]; /* none with @remount */
	const char *where;
	bool sloppy, fake, read_only, create, remount, verbose;
};

/*
 * What mount(8) hands on though it is for others, and what holds for these mounts, or cannot be had of
 * them: there are no devices and no programs in them, whatever the options say. The last lines are
 * those of mountinfo, which `mount -o remount DIRECTORY` puts before the ones that it was given.
 */
static bool is_harmless(const char *o)
{
	static const char *const known[] = {
		"defaults",    "auto",	      "noauto",	    "nofail",
		"_netdev",     "user",	      "users",	    "nouser",
		"owner",       "group",	      "async",	    "nosuid",
		"nodev",       "noexec",      "suid",	    "dev",
		"exec",	       "atime",	      "noatime",    "diratime",
		"nodiratime",  "relatime",    "silent",	    "loud",
		"lazytime",    "strictatime", "norelatime", "default_permissions",
		"allow_other", "seclabel",
	};
	static const char *const known_values[] = {
		"comment=", "user_id=", "group_id=", "max_read=", "blksize=",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(o, known[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(known_values) / sizeof(known_values[0]); i++)
		if (strncmp(o, known_values[i], strlen(known_values[i])) == 0)
			return true;
	return strncasecmp(o, "x-", 2) == 0;
}

static int take_mount_options(struct wish *w, char *list)
{
	for (char *save, *o = strtok_r(list, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		if (strcmp(o, "ro") == 0) {
			w->read_only = true;
		} else if (strcmp(o, "rw") == 0) {
			w->read_only = false;
		} else if (strcmp(o, "create") == 0) {
			w->create = true;
		} else if (strcmp(o, "remount") == 0) {
			w->remount = true;
		} else if (!is_harmless(o) && !w->sloppy) {
			say("there is no mount option '%s'; there are ro, rw, remount and create",
			    o);
			return MOUNT_USAGE;
		}
	}
	return MOUNT_OK;
}

/* Only whether it is read-only can be changed. */
static int remount(const struct wish *w)
{
	struct mount_attr attr = {0};

	*(w->read_only ? &attr.attr_set : &attr.attr_clr) = MOUNT_ATTR_RDONLY;
	if (!ctl_is_ours(w->where)) {
		say("no namespace is mounted at %s", w->where);
		return MOUNT_FAIL;
	}
	if (mount_setattr(AT_FDCWD, w->where, AT_SYMLINK_NOFOLLOW, &attr, sizeof(attr)) == 0)
		return MOUNT_OK;
	say("cannot change the mount at %s: %s", w->where, strerror(errno));
	return MOUNT_FAIL;
}

static int attach(const struct wish *w, int tree)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	bool read_only;
	int r;

	/* As for `mount -a`, which cannot know: the kernel shows the same source for all namespaces. */
	if (ctl_is_mounted(tree, w->where, &read_only)) {
		if (read_only == w->read_only)
			return MOUNT_OK;
		say("'%s' is mounted at %s already, read-%s; it can be remounted", w->name,
		    w->where, read_only ? "only" : "write");
		return MOUNT_FAIL;
	}
	if (w->read_only && mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0) {
		say("cannot make the mount read-only: %s", strerror(errno));
		return MOUNT_FAIL;
	}
	r = ctl_attach(tree, w->where);
	if (r == 0 && w->verbose)
		printf("mount.ipcns: %s mounted on %s.\n", w->name, w->where);
	if (r == 0)
		return MOUNT_OK;
	say("cannot mount '%s' at %s: %s", w->name, w->where, strerror(-r));
	return MOUNT_FAIL;
}

/* Two mounts may want the same new namespace: one of them is told that it exists, which is fine. */
static int make_namespace(struct ctl *c, const char *name)
{
	sd_bus_message *m = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = ctl_connect(c);

	if (r >= 0)
		r = sd_bus_call_method(c->bus, "org.ipcnsd", CTL_PATH, CTL_MANAGER,
				       "CreateNamespace", &e, &m, "sa{sv}", name, 0);
	sd_bus_message_unref(m);
	if (r < 0 && !sd_bus_error_has_name(&e, "org.ipcnsd.Error.NamespaceExists"))
		say("cannot make '%s': %s", name, e.message ? e.message : strerror(-r));
	else
		r = 0;
	sd_bus_error_free(&e);
	return r;
}

static int carry_out(const struct wish *w)
{
	sd_bus_message *reply = NULL;
	struct ctl c = {0};
	int tree, status;

	if (w->remount)
		return w->fake ? MOUNT_OK : remount(w);
	if (w->create && !w->fake && make_namespace(&c, w->name) < 0)
		return MOUNT_FAIL;
	if (w->fake)
		status = CTL_OK;
	else
		status = ctl_call(&c, CTL_PATH, CTL_MANAGER, "OpenMount", &reply, "s", w->name);
	if (status == CTL_OK && reply) {
		int r = sd_bus_message_read(reply, "h", &tree);

		status = r < 0 ? CTL_FAILED : attach(w, tree);
	}
	sd_bus_message_unref(reply);
	ctl_disconnect(&c);
	return status == CTL_OK ? MOUNT_OK : MOUNT_FAIL;
}

int mount_helper(int argc, char **argv)
{
	struct wish w = {0};
	char *list = NULL;
	int opt;

	/* mount(8) gives source and directory first, then the options. */
	while ((opt = getopt(argc, argv, "sfnvo:t:N:")) != -1) {
		switch (opt) {
		case 's':
			w.sloppy = true;
			break;
		case 'f':
			w.fake = true;
			break;
		case 'v':
			w.verbose = true;
			break;
		case 'n': /* no /etc/mtab: there is none */
		case 't':
			break;
		case 'o':
			list = optarg;
			break;
		case 'N':
			say("mounting into another mount namespace is left to nsenter(1)");
			return MOUNT_USAGE;
		default:
			return MOUNT_USAGE;
		}
	}
	if (argc - optind != 2) {
		fputs("usage: mount.ipcns NAMESPACE DIRECTORY [-sfnv] [-o ro,remount,create]\n",
		      stderr);
		return MOUNT_USAGE;
	}
	w.where = argv[optind + 1];
	if (list && take_mount_options(&w, list) != MOUNT_OK)
		return MOUNT_USAGE;
	if (!w.remount && mount_source_name(argv[optind], w.name) < 0)
		return MOUNT_FAIL;
	return carry_out(&w);
}
