/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: our own parts: the service on its bus and its socket. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "tools/ctl.h"
#include "tools/doctor.h"
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

void doctor_service(struct doctor *d, struct ctl *c)
{
	check_bus(d, c);
	check_socket(d, c);
}
