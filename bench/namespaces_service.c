/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dbus-daemon and an ipcnsd for one measurement. They are in a mount namespace and a directory that
 * go with it, and are killed with the process that has started them, so that an interrupted
 * measurement leaves at most an empty directory.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/namespaces.h"

/* The daemon's own check of who calls is measured, the bus's policy is not. */
static const char bus_config[] =
	"<busconfig><type>custom</type><listen>%s</listen><auth>EXTERNAL</auth>"
	"<policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/>"
	"<allow send_destination=\"*\" eavesdrop=\"false\"/><allow receive_sender=\"*\"/>"
	"</policy></busconfig>\n";

static int write_config(const char *path, const char *address)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	fprintf(f, bus_config, address);
	return fclose(f) == 0 ? 0 : -errno;
}

/* Both say what they say into `log`, which stays unread unless one of them does not start. */
static pid_t start(const char *const argv[], const char *log)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (freopen(log, "a", stderr) && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execvp(argv[0], (char *const *)argv);
	_exit(127);
}

int connect_bus(const char *address, sd_bus **bus)
{
	int r = sd_bus_new(bus);

	if (r >= 0)
		r = sd_bus_set_address(*bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(*bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(*bus, 1);
	if (r >= 0)
		r = sd_bus_start(*bus);
	/* Until the bus has answered. */
	if (r >= 0)
		r = sd_bus_get_unique_name(*bus, &(const char *){NULL});
	if (r < 0)
		*bus = sd_bus_close_unref(*bus);
	return r < 0 ? r : 0;
}

static bool has_name(const char *address)
{
	sd_bus_creds *creds = NULL;
	sd_bus *bus;
	bool yes;

	if (connect_bus(address, &bus) < 0)
		return false;
	yes = sd_bus_get_name_creds(bus, "org.ipcnsd", SD_BUS_CREDS_PID, &creds) >= 0;
	sd_bus_creds_unref(creds);
	sd_bus_close_unref(bus);
	return yes;
}

/* It stays to be reaped, so that its number stays its own. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/* Wait until the bus answers, or has the service's name. False if the process ends, or after 10 s. */
static bool wait_ready(const char *address, pid_t pid, bool name)
{
	for (int i = 0; i < 500; i++) {
		sd_bus *bus = NULL;

		if (name ? has_name(address) : connect_bus(address, &bus) >= 0) {
			sd_bus_close_unref(bus);
			return true;
		}
		if (has_ended(pid))
			return false;
		usleep(20000);
	}
	return false;
}

static int start_both(struct own_service *own, const char *ipcnsd, const char *log)
{
	char config[80], option[96], runtime[80];
	const char *what = "the bus";
	int r;

	snprintf(config, sizeof(config), "%s/bus.conf", own->dir);
	snprintf(runtime, sizeof(runtime), "%s/run", own->dir);
	snprintf(option, sizeof(option), "--config-file=%s", config);
	snprintf(own->address, sizeof(own->address), "unix:path=%s/bus", own->dir);
	/* A directory of the service's is a file system that only this process and its children see. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", own->dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		return -errno;
	r = write_config(config, own->address);
	if (r < 0)
		return r;
	own->bus = start(
		(const char *const[]){"dbus-daemon", option, "--nofork", "--nopidfile", NULL}, log);
	r = own->bus > 0 && wait_ready(own->address, own->bus, false) ? 0 : -ESRCH;
	if (r == 0) {
		what = ipcnsd;
		own->service = start((const char *const[]){ipcnsd, "--bus", own->address,
							   "--runtime-dir", runtime, NULL},
				     log);
		r = own->service > 0 && wait_ready(own->address, own->service, true) ? 0 : -ESRCH;
	}
	if (r < 0)
		fprintf(stderr, "ipcns-bench-namespaces: %s does not start\n", what);
	return r;
}

static void show(const char *log)
{
	FILE *f = fopen(log, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		fputs(line, stderr);
	if (f)
		fclose(f);
}

static int end(pid_t pid)
{
	int status = -1;

	if (pid > 0 && kill(pid, SIGTERM) == 0)
		(void)waitpid(pid, &status, 0);
	return status;
}

bool own_service_stop(struct own_service *own)
{
	const int status = end(own->service);
	char path[80];

	end(own->bus);
	snprintf(path, sizeof(path), "%s/run/state", own->dir);
	(void)umount2(path, MNT_DETACH);
	(void)umount2(own->dir, MNT_DETACH);
	(void)rmdir(own->dir);
	if (status != 0)
		fprintf(stderr, "ipcns-bench-namespaces: the service ended with wait status %#x\n",
			(unsigned)status);
	return status == 0;
}

int own_service_start(struct own_service *own, const char *ipcnsd)
{
	char log[80];
	int r;

	*own = (struct own_service){.dir = "/tmp/ipcns-bench.XXXXXX"};
	if (!mkdtemp(own->dir)) {
		r = -errno;
		fprintf(stderr, "ipcns-bench-namespaces: %s: %s\n", own->dir, strerror(-r));
		return r;
	}
	snprintf(log, sizeof(log), "%s/log", own->dir);
	r = start_both(own, ipcnsd, log);
	if (r == 0)
		return 0;
	fprintf(stderr, "ipcns-bench-namespaces: %s\n", strerror(-r));
	show(log);
	for (int i = 0; i < 2; i++) {
		const pid_t pid = i ? own->bus : own->service;

		if (pid > 0 && kill(pid, SIGKILL) == 0)
			(void)waitpid(pid, NULL, 0);
	}
	(void)umount2(own->dir, MNT_DETACH);
	(void)rmdir(own->dir);
	return r;
}
