/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcns-oci-hook: what podman runs before it makes a container that has the annotation
 * org.ipcnsd.namespace (packaging/oci/90-ipcnsd.json says so to it), and what runtimes run if
 * config.json has it among its hooks.
 *
 * precreate is podman's own stage: config.json comes on stdin and goes, edited, to stdout, the whole
 * answer or nothing. The others look and wait only (tools/oci_stages.h): the service makes the namespace
 * when the runtime hands it the container's listener, mounts the views when the container executes its
 * first program, and releases both when its last task is gone; a hook that had to run for any of that
 * could be missed.
 *
 * podman shows of a failure only the exit status, and opens /dev/null for stderr (pkg/hooks/exec); see
 * fail().
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/stdout_close.h"
#include "tools/oci_config.h"
#include "tools/oci_file.h"
#include "tools/oci_socket.h"
#include "tools/oci_stages.h"

static const struct option options[] = {
	{"socket", required_argument, NULL, 's'}, {"bus", required_argument, NULL, 'b'},
	{"no-flags", no_argument, NULL, 'f'},	  {"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},	  {0},
};

static const char usage[] =
	"usage: ipcns-oci-hook [--socket PATH] [--no-flags] precreate < config.json\n"
	"       ipcns-oci-hook [--socket PATH] createRuntime|createContainer < state.json\n"
	"       ipcns-oci-hook [--socket PATH] [--bus ADDRESS] poststop < state.json\n"
	"\n"
	"precreate prints config.json such that the container is in a namespace of the service\n"
	"ipcnsd, if it has the annotation " OCI_ANNOTATION "=NAME, and unchanged if not.\n"
	"createRuntime and createContainer fail if the container would not be served.\n"
	"poststop waits for the end of the container's own namespace, two seconds at most.\n"
	"\n"
	"  --socket PATH  where the service takes listeners, instead of\n"
	"                 " OCI_SOCKET " (root), $XDG_RUNTIME_DIR/ipcnsd/seccomp.sock (a user)\n"
	"  --no-flags     for runc before 1.5, see ipcnsctl(1), oci-profile\n"
	"  --bus ADDRESS  the D-Bus address of the bus that the service is on\n";

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/*
 * Where nobody reads our stderr: to that of who called, and, as it may be a service, to the log. A
 * duplicate, because a file that is opened anew has a position of its own, and what is written there
 * gets overwritten.
 */
static void tell_parent(const char *line)
{
	int process = (int)syscall(SYS_pidfd_open, getppid(), 0);
	int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, STDERR_FILENO, 0);

	if (fd >= 0) {
		dprintf(fd, "ipcns-oci-hook: %s\n", line);
		close(fd);
	}
	if (process >= 0)
		close(process);
	openlog("ipcns-oci-hook", 0, LOG_DAEMON);
	syslog(LOG_ERR, "%s", line);
}

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	char line[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = '?';
	if (is_null(STDERR_FILENO))
		tell_parent(line);
	else
		fprintf(stderr, "ipcns-oci-hook: %s\n", line);
	return 1;
}

/* No failure: for who looks for the lines that are not in the audit log. */
static void note_unlogged(size_t n, const char *names, const char *more)
{
	static const char fmt[] = "note: the profile had the kernel log %zu calls that go to the "
				  "service now, and are logged no more: %s%s\n";

	if (n == 0)
		return;
	if (!is_null(STDERR_FILENO)) {
		fputs("ipcns-oci-hook: ", stderr);
		fprintf(stderr, fmt, n, names, more);
		return;
	}
	openlog("ipcns-oci-hook", 0, LOG_DAEMON);
	syslog(LOG_NOTICE, fmt, n, names, more);
}

static int precreate(const struct oci_listener *l)
{
	struct oci_error e;
	json_object *config = NULL;
	const char *at;
	char names[200];
	size_t unlogged = 0;
	int r = oci_read(STDIN_FILENO, &config, &e);

	if (r == 0) {
		unlogged = oci_profile_unlogged(oci_get(oci_get(config, "linux"), "seccomp"), names,
						sizeof(names));
		r = oci_config_edit(config, l, &at, &e);
	}
	if (r < 0) {
		json_object_put(config);
		return fail("config.json: %s", e.text);
	}
	/* Without a service the runtime would fail, too, but in words that do not name it. */
	if (r > 0) {
		r = oci_socket_listens(at);
		if (r < 0) {
			(void)fail("the service ipcnsd does not listen at %s (%s); %s", at,
				   strerror(-r), oci_socket_remedy(at, r));
			json_object_put(config);
			return 1;
		}
		note_unlogged(unlogged, names, strlen(names) == sizeof(names) - 1 ? "..." : "");
	}
	r = oci_write(stdout, config);
	json_object_put(config);
	return r < 0 ? fail("cannot write: %s", strerror(-r)) : 0;
}

static int create(const char *socket, bool inside)
{
	struct oci_error e;

	return oci_stage_create(STDIN_FILENO, socket, inside, &e) < 0 ? fail("%s", e.text) : 0;
}

static void time_is_up(int sig)
{
	(void)sig;
	_exit(0);
}

/* Of a stage that nothing may fail by, nor be held up by for long: state that does not come. */
static int poststop(const char *socket, const char *bus)
{
	(void)signal(SIGALRM, time_is_up);
	alarm(5);
	oci_stage_poststop(STDIN_FILENO, socket, bus);
	return 0;
}

int main(int argc, char **argv)
{
	char socket[PATH_MAX];
	struct oci_listener l = {.path = socket, .killable = true};
	const char *bus = NULL, *stage;
	int opt;

	oci_socket_default(socket);
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			l.path = optarg;
			break;
		case 'b':
			bus = optarg;
			break;
		case 'f':
			l.killable = false;
			break;
		case 'h':
			fputs(usage, stdout);
			return stdout_close("ipcns-oci-hook", 0);
		case 'V':
			puts("ipcns-oci-hook " IPCNS_VERSION);
			return stdout_close("ipcns-oci-hook", 0);
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return 2;
	}
	stage = argv[optind];
	if (strcmp(stage, "precreate") == 0)
		return precreate(&l);
	if (strcmp(stage, "createRuntime") == 0)
		return create(l.path, false);
	if (strcmp(stage, "createContainer") == 0)
		return create(l.path, true);
	if (strcmp(stage, "poststop") == 0)
		return poststop(l.path, bus);
	(void)fail("'%s' is no stage of this hook; it has precreate, createRuntime, "
		   "createContainer and poststop",
		   stage);
	return 2;
}
