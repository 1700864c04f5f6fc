/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: our own parts: the service on its bus and its socket, and podman's hook. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "tools/ctl.h"
#include "tools/doctor.h"
#include "tools/oci_file.h"
#include "tools/oci_profile.h"
#include "tools/oci_socket.h"

static void check_bus(struct doctor *d, struct ctl *c)
{
	static const struct doctor_check no_bus = {"service", "bus", false,
						   "named namespaces and containers need the "
						   "service, and that the system bus: install "
						   "and start dbus"};
	static const struct doctor_check users = {
		"service", "bus", false,
		"named namespaces need the user's service: systemctl --user start ipcnsd; "
		"containers of podman, that it runs in podman's user namespace (podman unshare "
		"ipcnsd --user)"};
	static const struct doctor_check check = {
		"service", "bus", false,
		"named namespaces and containers need the service: systemctl start ipcnsd"};
	sd_bus_creds *owner = NULL;
	pid_t pid;
	int r = ctl_connect(c);

	if (r < 0) {
		doctor_add(d, &no_bus, DOCTOR_MISSING, "no bus: %s", strerror(-r));
		return;
	}
	/* Unlike a call this does not start it. */
	r = sd_bus_get_name_creds(c->bus, "org.ipcnsd", SD_BUS_CREDS_PID, &owner);
	if (r < 0)
		doctor_add(d, c->user ? &users : &check, DOCTOR_MISSING, "org.ipcnsd: %s",
			   r == -ENXIO ? "the service does not run" : strerror(-r));
	else if (sd_bus_creds_get_pid(owner, &pid) >= 0)
		doctor_add(d, &check, DOCTOR_WORKS, "org.ipcnsd, process %d", (int)pid);
	else
		doctor_add(d, &check, DOCTOR_WORKS, "org.ipcnsd");
	sd_bus_creds_unref(owner);
}

static void check_socket(struct doctor *d, const struct ctl *c)
{
	static const struct doctor_check check = {
		"service", "listener-socket", false,
		"containers need the service: systemctl start ipcnsd"};
	static const struct doctor_check closed = {
		"service", "listener-socket", false,
		"the service takes listeners of root's containers only; for those of a user there "
		"is the user's service, see ipcnsctl --user doctor"};
	static const struct doctor_check users = {
		"service", "listener-socket", false,
		"containers of rootless podman need the user's service in podman's user "
		"namespace: podman unshare ipcnsd --user"};
	char path[PATH_MAX] = OCI_SOCKET;
	int r = c->user ? oci_socket_of_user(path) : 0;

	if (r == 0)
		r = oci_socket_listens(path);
	doctor_add(d,
		   c->user	  ? &users
		   : r == -EACCES ? &closed
				  : &check,
		   r < 0 ? DOCTOR_MISSING : DOCTOR_WORKS, "%.200s%s%s", path, r < 0 ? ": " : "",
		   r < 0 ? strerror(-r) : "");
}

/* ---- hooks ---- */

/* The program of hook file @name if it is ours. */
static bool our_program(const char *dir, const char *name, char *program, size_t size)
{
	static const char is[] = "/ipcns-oci-hook";
	json_object *o = NULL;
	struct oci_error e;
	char path[512];
	const char *at;
	size_t len;
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	r = oci_read(fd, &o, &e);
	close(fd);
	at = r == 0 ? oci_get_string(oci_get(o, "hook"), "path") : NULL;
	len = at ? strlen(at) : 0;
	bool ours = len >= sizeof(is) - 1 && strcmp(at + len - (sizeof(is) - 1), is) == 0;

	if (ours)
		snprintf(program, size, "%s", at);
	json_object_put(o);
	return ours;
}

static bool find_hook(const char *dir, char *program, size_t size)
{
	DIR *all = opendir(dir);
	bool found = false;

	if (!all)
		return false;
	for (struct dirent *f; !found && (f = readdir(all));) {
		size_t len = strlen(f->d_name);

		if (len > 5 && strcmp(f->d_name + len - 5, ".json") == 0)
			found = our_program(dir, f->d_name, program, size);
	}
	closedir(all);
	return found;
}

static void check_hook(struct doctor *d)
{
	static const char *const dirs[] = {"/etc/containers/oci/hooks.d",
					   "/usr/share/containers/oci/hooks.d"};
	static const struct doctor_check check = {"hooks", "podman", false,
						  "podman does not look at the annotation "
						  "org.ipcnsd.namespace: install ipcnsd's hook, "
						  "or use a profile (ipcnsctl oci-profile)"};
	static const struct doctor_check broken = {
		"hooks", "podman", false,
		"the hook's file names a program that is not there: install ipcnsd again"};
	char program[512];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!find_hook(dirs[i], program, sizeof(program)))
			continue;
		if (access(program, X_OK) == 0)
			doctor_add(d, &check, DOCTOR_WORKS, "%s", dirs[i]);
		else
			doctor_add(d, &broken, DOCTOR_MISSING, "%s: %s", program, strerror(errno));
		return;
	}
	doctor_add(d, &check, DOCTOR_MISSING, "no file of ours in hooks.d");
}

void doctor_service(struct doctor *d, struct ctl *c)
{
	check_bus(d, c);
	check_socket(d, c);
	check_hook(d);
}
