/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcnsd: the service, the system's or a user's. Reads the configuration, takes the runtime
 * directory and the bus, and runs the main thread's loop: D-Bus, signals, watchdog. Namespaces have
 * threads of their own (daemon/ns_thread.h).
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bus.h"
#include "daemon/log.h"
#include "daemon/mounter.h"
#include "daemon/oci.h"
#include "daemon/process.h"
#include "daemon/signaller.h"
#include "daemon/stdout_close.h"
#include "daemon/user_ns.h"

struct service {
	struct manager manager;
	struct bus bus;
	sd_event *event;
	struct signaller *signaller;
	struct mounter *mounter;
	struct oci oci;
	const char *config_path, *runtime_dir;
	bool config_required, check, user;
	struct user_paths paths; /* with @user */
	enum bus_kind bus_kind;
	const char *address;
};

static void usage(FILE *to)
{
	fputs("usage: ipcnsd [--config FILE] [--runtime-dir DIR] [--bus ADDRESS] [--user]\n"
	      "\n"
	      "Serves virtual IPC namespaces; ipcnsctl(1) and D-Bus (org.ipcnsd) make and use "
	      "them.\n"
	      "\n"
	      "  -c, --config FILE      configuration instead of " CONFIG_PATH "\n"
	      "  -r, --runtime-dir DIR  state and lock instead of " CONFIG_RUNTIME_DIR "\n"
	      "  -b, --bus ADDRESS      D-Bus address instead of the system bus\n"
	      "      --user             be the user's service: on the user's bus, with what is "
	      "the\n"
	      "                         user's, and without privileges\n"
	      "      --check            read the configuration, say what is wrong, and end\n"
	      "  -V, --version\n"
	      "  -h, --help\n"
	      "\n"
	      "SIGHUP reads the configuration again, SIGTERM and SIGINT end the service.\n",
	      to);
}

static int load(struct service *s, struct config *c)
{
	char error[600];
	int r = config_load(c, s->config_path, s->config_required, error, sizeof(error));

	if (r < 0) {
		log_say(LOG_ERR, NULL, "%s", error);
		return r;
	}
	if (s->runtime_dir)
		snprintf(c->runtime_dir, sizeof(c->runtime_dir), "%s", s->runtime_dir);
	return 0;
}

static int on_reload(sd_event_source *src, const struct signalfd_siginfo *si, void *userdata)
{
	struct service *s = userdata;
	struct timespec now;
	struct config c;

	(void)src, (void)si;
	clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
			 (unsigned long long)now.tv_sec * 1000000 +
				 (unsigned long long)now.tv_nsec / 1000);
	if (load(s, &c) == 0) {
		if (strcmp(c.runtime_dir, s->manager.config.runtime_dir) != 0)
			log_say(LOG_WARNING, NULL,
				"RuntimeDirectory is not changed while the service runs");
		if (c.state_size != s->manager.config.state_size)
			log_say(LOG_WARNING, NULL,
				"StateSize is not changed while the service runs");
		snprintf(c.runtime_dir, sizeof(c.runtime_dir), "%s", s->manager.config.runtime_dir);
		config_set_state_size(&c, s->manager.config.state_size);
		s->manager.config = c;
		log_set_level(c.log_level);
		log_say(LOG_NOTICE, NULL, "the configuration was read again");
	} else {
		log_say(LOG_ERR, NULL, "the configuration stays as it was");
	}
	(void)sd_notify(0, "READY=1");
	manager_tell_status(&s->manager);
	return 0;
}

static int on_end(sd_event_source *src, const struct signalfd_siginfo *si, void *userdata)
{
	struct service *s = userdata;

	(void)src, (void)si;
	(void)sd_notify(0, "STOPPING=1");
	return sd_event_exit(s->event, 0);
}

static int add_signals(struct service *s)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	/* Before any thread is made: all of them inherit it. */
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	r = sd_event_add_signal(s->event, NULL, SIGHUP, on_reload, s);
	if (r >= 0)
		r = sd_event_add_signal(s->event, NULL, SIGTERM, on_end, s);
	if (r >= 0)
		r = sd_event_add_signal(s->event, NULL, SIGINT, on_end, s);
	return r;
}

/* Without it there are no containers, but all else. */
static void open_listener_socket(struct service *s)
{
	int r = oci_open(&s->oci, &s->manager, s->event);

	if (r < 0)
		log_say(LOG_ERR, NULL,
			"cannot listen for container runtimes at %s/" OCI_SOCKET ": %s",
			s->manager.config.runtime_dir, strerror(-r));
}

/* What is not given is where users have such things; what the unit says goes before. */
static int find_user_paths(struct service *s)
{
	config_user_paths(&s->paths);
	if (!s->config_required)
		s->config_path = s->paths.config;
	if (s->runtime_dir || getenv("RUNTIME_DIRECTORY"))
		return 0;
	if (!s->paths.runtime_dir[0]) {
		log_say(LOG_ERR, NULL, "XDG_RUNTIME_DIR is not set; give --runtime-dir");
		return -EINVAL;
	}
	return setenv("RUNTIME_DIRECTORY", s->paths.runtime_dir, 1) < 0 ? -errno : 0;
}

/* Whoever has no privileges gets those over a user namespace. Containers of podman are in podman's,
 * where the service is started then, and has them. */
static int find_privileges(void)
{
	int r = user_ns_wanted() ? user_ns_enter() : 0;

	if (r < 0)
		log_say(LOG_ERR, NULL,
			"missing CAP_SYS_ADMIN, and no user namespace can be had instead (%s%s)",
			strerror(-r), user_ns_remedy(r));
	return r;
}

static int run(struct service *s)
{
	const char *what;
	struct config c;
	int r;

	if (load(s, &c) < 0)
		return -EINVAL;
	log_set_level(c.log_level);
	r = s->user ? find_privileges() : 0;
	if (r < 0)
		return r;
	process_raise_limits();
	process_catch_bus_errors();
	process_many();
	/* First of all, while there is nothing to be seen. Without it a signal into a container has no
	 * si_pid, which is no reason to fail. */
	(void)signaller_start(&s->signaller);
	(void)mounter_start(&s->mounter);
	r = sd_event_default(&s->event);
	if (r >= 0)
		r = add_signals(s);
	if (r < 0) {
		log_say(LOG_ERR, NULL, "cannot make an event loop: %s", strerror(-r));
		return r;
	}
	r = manager_open(&s->manager, s->event, &c, s->signaller, s->mounter, &what);
	if (r == -EBUSY)
		log_say(LOG_ERR, NULL, "another ipcnsd has the runtime directory %s",
			c.runtime_dir);
	else if (r < 0)
		log_say(LOG_ERR, NULL, "%s: %s (runtime directory: %s)", what, strerror(-r),
			c.runtime_dir);
	if (r < 0)
		return r;
	r = bus_open(&s->bus, &s->manager, s->event, s->bus_kind, s->address);
	if (r == -EEXIST)
		log_say(LOG_ERR, NULL, "another process has the name " BUS_NAME " on the bus");
	else if (r < 0)
		log_say(LOG_ERR, NULL, "cannot connect to the bus: %s", strerror(-r));
	if (r == 0) {
		open_listener_socket(s);
		(void)sd_event_set_watchdog(s->event, 1);
		(void)sd_notify(0, "READY=1");
		manager_tell_status(&s->manager);
		log_say(LOG_NOTICE, NULL, "ipcnsd " IPCNS_VERSION " is ready");
		r = sd_event_loop(s->event);
	}
	oci_close(&s->oci);
	bus_close(&s->bus);
	manager_close(&s->manager);
	/* Threads of namespaces that have tasks are still at work, and end with the process. */
	if (s->manager.list)
		_exit(r < 0);
	signaller_stop(s->signaller);
	mounter_stop(s->mounter);
	return r;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"runtime-dir", required_argument, NULL, 'r'},
		{"bus", required_argument, NULL, 'b'},
		{"user", no_argument, NULL, 'u'},
		{"check", no_argument, NULL, 'k'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	static struct service s = {.config_path = CONFIG_PATH};
	struct config c;
	int opt;

	log_open(LOG_INFO);
	while ((opt = getopt_long(argc, argv, "c:r:b:Vh", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			s.config_path = optarg;
			s.config_required = true;
			break;
		case 'r':
			s.runtime_dir = optarg;
			break;
		case 'b':
			s.bus_kind = BUS_ADDRESS;
			s.address = optarg;
			break;
		case 'u':
			s.user = true;
			break;
		case 'k':
			s.check = true;
			break;
		case 'V':
			puts("ipcnsd " IPCNS_VERSION);
			return stdout_close("ipcnsd", 0);
		case 'h':
			usage(stdout);
			return stdout_close("ipcnsd", 0);
		default:
			fputs("Try 'ipcnsd --help'.\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "ipcnsd: '%s' is not understood\nTry 'ipcnsd --help'.\n",
			argv[optind]);
		return 2;
	}
	if (s.runtime_dir && s.runtime_dir[0] != '/') {
		fputs("ipcnsd: --runtime-dir takes an absolute path\n", stderr);
		return 2;
	}
	if (s.user && s.bus_kind == BUS_SYSTEM)
		s.bus_kind = BUS_USER;
	if (s.user && find_user_paths(&s) < 0)
		return 1;
	if (s.check)
		return load(&s, &c) < 0;
	return run(&s) < 0;
}
