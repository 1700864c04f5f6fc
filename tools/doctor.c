/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb, the rows, and how the areas try things. */
#include "tools/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/user_ns.h"
#include "tools/ctl.h"
#include "tools/table.h"

#define OUTPUT_MS 5000

static const char *const state_names[] = {
	[DOCTOR_WORKS] = "works",
	[DOCTOR_LIMITED] = "limited",
	[DOCTOR_MISSING] = "missing",
};

void doctor_add(struct doctor *d, const struct doctor_check *check, enum doctor_state state,
		const char *fmt, ...)
{
	json_object *row = json_object_new_object();
	char found[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(found, sizeof(found), fmt, ap);
	va_end(ap);
	json_object_object_add(row, "area", json_object_new_string(check->area));
	json_object_object_add(row, "name", json_object_new_string(check->name));
	json_object_object_add(row, "state", json_object_new_string(state_names[state]));
	json_object_object_add(row, "needed", json_object_new_boolean(check->needed));
	json_object_object_add(row, "found", json_object_new_string(found));
	if (state != DOCTOR_WORKS)
		json_object_object_add(row, "remedy", json_object_new_string(check->remedy));
	json_object_array_add(d->rows, row);
	if (check->needed && state == DOCTOR_MISSING)
		d->needed_missing = true;
}

static int try_in_child(int (*fn)(void), bool own_user_ns)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		int r;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		r = own_user_ns && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? -errno : fn();
		_exit(r < 0 && r > -256 ? -r : 0);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int doctor_try(int (*fn)(void))
{
	return try_in_child(fn, false);
}

int doctor_try_as_run(int (*fn)(void))
{
	return try_in_child(fn, user_ns_wanted());
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Until the end of the output, and of the program, or of the time. */
static void read_output(int fd, char *out, size_t size)
{
	const int64_t end = now_ms() + OUTPUT_MS;
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		char discarded[512];
		bool full = len + 1 >= size;
		int64_t left = end - now_ms();

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		n = read(fd, full ? discarded : out + len,
			 full ? sizeof(discarded) : size - 1 - len);
		if (n > 0 && !full)
			len += (size_t)n;
	}
	out[len] = 0;
}

int doctor_output(const char *const *argv, char *out, size_t size)
{
	int pipes[2], status;
	pid_t child;

	out[0] = 0;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* To be killed with what it may have started. */
		(void)setpgid(0, 0);
		if (null < 0 || dup2(null, 0) < 0 || dup2(pipes[1], 1) < 0 || dup2(null, 2) < 0)
			_exit(127);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipes[1]);
	if (child > 0)
		read_output(pipes[0], out, size);
	close(pipes[0]);
	if (child < 0)
		return -1;
	/* It has closed its output, or has had its time. */
	for (int i = 0; i < 50; i++) {
		pid_t r = waitpid(child, &status, WNOHANG);

		if (r == child)
			return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status)
									       : -1;
		usleep(10000);
	}
	kill(-child, SIGKILL);
	(void)waitpid(child, &status, 0);
	return -1;
}

unsigned doctor_version(const char *text)
{
	unsigned major, minor;

	for (const char *p = text; *p; p++)
		if (*p >= '0' && *p <= '9' && (p == text || p[-1] == ' ' || p[-1] == 'v') &&
		    sscanf(p, "%u.%u", &major, &minor) == 2 && major < 1000 && minor < 1000)
			return major * 1000 + minor;
	return 0;
}

static const char *text_of(json_object *row, const char *key)
{
	json_object *v = NULL;

	(void)json_object_object_get_ex(row, key, &v);
	return v ? json_object_get_string(v) : "";
}

static bool works(json_object *row)
{
	return strcmp(text_of(row, "state"), state_names[DOCTOR_WORKS]) == 0;
}

static void print_rows(json_object *rows, bool quiet)
{
	static const char *const columns[] = {"area", "name", "state", "found"};
	struct table t;

	table_begin(&t, "AREA CHECK STATE FOUND");
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++)
			if (!quiet || !works(row))
				table_cell(&t, text_of(row, columns[k]));
	}
	table_print(&t, quiet);
	for (size_t i = 0, first = 1; i < json_object_array_length(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		if (works(row))
			continue;
		printf("%s%s %s: %s\n", first ? "\n" : "", text_of(row, "area"),
		       text_of(row, "name"), text_of(row, "remedy"));
		first = 0;
	}
}

int ctl_doctor(struct ctl *c, int argc, char **argv)
{
	struct doctor d = {.rows = json_object_new_array()};

	(void)argc, (void)argv;
	fflush(stdout);
	doctor_kernel(&d);
	doctor_system(&d);
	doctor_runtimes(&d);
	doctor_service(&d, c);
	doctor_hooks(&d, c);
	doctor_rootless(&d, c);
	if (c->json) {
		ctl_print_json(d.rows);
	} else {
		print_rows(d.rows, c->quiet);
		json_object_put(d.rows);
	}
	return d.needed_missing ? CTL_FAILED : CTL_OK;
}
