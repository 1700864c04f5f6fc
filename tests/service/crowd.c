/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crowd ADDRESS PID COUNT: makes COUNT namespaces of the service PID, puts a confined process into
 * each that makes 20 objects and waits in msgrcv(2), lists them, destroys them, and looks at what
 * the service takes for it at each step. Says what it measures; ends with 0 if every process was
 * answered EIDRM and the list came within a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "seccomp/filter.h"

#define MANAGER "org.ipcnsd", "/org/ipcnsd", "org.ipcnsd.Manager1"
/* Of each kind; 20 together. */
#define EACH 5

static sd_bus *bus;
static int service, failures;

static void check(bool ok, const char *what, const char *why)
{
	if (ok)
		return;
	if (failures++ < 10)
		printf("FAIL crowd: %s: %s\n", what, why);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A "Name:  N kB" line of a file of the service below /proc; 0 if there is none. */
static long line_of(const char *file, const char *name)
{
	char path[64], line[256];
	long value = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", service, file);
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return value;
}

/* User and system time of the service, seconds. */
static double cpu(void)
{
	char path[64], text[1024] = "";
	unsigned long user = 0, sys = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", service);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		(void)sscanf(strrchr(text, ')'),
			     ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &sys);
	if (fd >= 0)
		close(fd);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

struct memory {
	long anon, shmem, threads;
};

static struct memory memory(void)
{
	return (struct memory){line_of("status", "RssAnon:"), line_of("status", "RssShmem:"),
			       line_of("status", "Threads:")};
}

static void per_namespace(const char *what, const struct memory *before, int n)
{
	struct memory m = memory();

	printf("%s: heap and stacks %.1f KiB, state %.1f KiB, threads %.1f for each namespace\n", what,
	       (double)(m.anon - before->anon) / n, (double)(m.shmem - before->shmem) / n,
	       (double)(m.threads - before->threads) / n);
}

static int call(const char *method, sd_bus_message **reply, const char *types, ...)
{
	sd_bus_message *m = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	va_list ap;
	int r = sd_bus_message_new_method_call(bus, &m, MANAGER, method);

	va_start(ap, types);
	if (r >= 0)
		r = sd_bus_message_appendv(m, types, ap);
	va_end(ap);
	if (r >= 0)
		r = sd_bus_call(bus, m, 60000000, &e, reply);
	check(r >= 0, method, e.message ? e.message : strerror(-r));
	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	return r;
}

static const char *name_of(int i)
{
	static char name[16];

	snprintf(name, sizeof(name), "crowd%d", i);
	return name;
}

/* In the namespace, under the filter. Exit status: 0 if the call that waits ends as it should. */
static int make_and_wait(void)
{
	char name[16], buf[16];
	int q = -1;

	for (int i = 0; i < EACH; i++) {
		snprintf(name, sizeof(name), "/q%d", i);
		mqd_t mq = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);

		if (mq < 0)
			return 2;
		close((int)mq);
		q = msgget(i + 1, IPC_CREAT | 0600);
		if (q < 0 || semget(i + 1, 2, IPC_CREAT | 0600) < 0 ||
		    shmget(i + 1, 4096, IPC_CREAT | 0600) < 0)
			return 3;
	}
	return msgrcv(q, buf, 8, 1, 0) < 0 && errno == EIDRM ? 0 : 4;
}

static pid_t confine(int i)
{
	sd_bus_message *reply = NULL;
	struct run_msg m = {.type = RUN_LISTENER};
	int pair[2], ipc = -1, listener;
	char go;

	if (call("OpenIpcNamespace", &reply, "s", name_of(i)) < 0 ||
	    sd_bus_message_read(reply, "h", &ipc) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		listener = setns(ipc, CLONE_NEWIPC) < 0 ? -errno : filter_install(0);
		if (listener < 0 || run_send(pair[1], &m, &listener, 1) < 0)
			_exit(5);
		close(listener);
		if (read(pair[1], &go, 1) != 1)
			_exit(6);
		_exit(make_and_wait());
	}
	sd_bus_message_unref(reply);
	close(pair[1]);
	if (run_recv(pair[0], &m, &listener, 1) == 1 && listener >= 0) {
		(void)call("AttachListener", NULL, "sh", name_of(i), listener);
		close(listener);
	} else {
		check(false, "confining", "no listener came");
	}
	check(write(pair[0], "", 1) == 1, "confining", "the process does not read");
	close(pair[0]);
	return pid;
}

/* Properties of all namespaces, as `ipcnsctl list` asks for them. Return: calls that wait. */
static uint64_t list_all(int *n)
{
	sd_bus_message *m = NULL, *reply = NULL;
	const char *path, *interface, *property, *key;
	uint64_t value, parked = 0;

	*n = 0;
	if (sd_bus_message_new_method_call(bus, &m, "org.ipcnsd", "/org/ipcnsd",
					   "org.freedesktop.DBus.ObjectManager",
					   "GetManagedObjects") < 0 ||
	    sd_bus_call(bus, m, 60000000, NULL, &reply) < 0 ||
	    sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}") < 0)
		return 0;
	while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
		++*n;
		sd_bus_message_read(reply, "o", &path);
		sd_bus_message_enter_container(reply, 'a', "{sa{sv}}");
		while (sd_bus_message_enter_container(reply, 'e', "sa{sv}") > 0) {
			sd_bus_message_read(reply, "s", &interface);
			sd_bus_message_enter_container(reply, 'a', "{sv}");
			while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
				sd_bus_message_read(reply, "s", &property);
				if (strcmp(property, "Usage") != 0) {
					sd_bus_message_skip(reply, "v");
				} else {
					sd_bus_message_enter_container(reply, 'v', "a{st}");
					sd_bus_message_enter_container(reply, 'a', "{st}");
					while (sd_bus_message_read(reply, "{st}", &key, &value) > 0)
						if (strcmp(key, "parked_calls") == 0)
							parked += value;
					sd_bus_message_exit_container(reply);
					sd_bus_message_exit_container(reply);
				}
				sd_bus_message_exit_container(reply);
			}
			sd_bus_message_exit_container(reply);
			sd_bus_message_exit_container(reply);
		}
		sd_bus_message_exit_container(reply);
		sd_bus_message_exit_container(reply);
	}
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return parked;
}

static int connect_bus(const char *address)
{
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, 1);
	return r < 0 ? r : sd_bus_start(bus);
}

int main(int argc, char **argv)
{
	const int n = argc == 4 ? atoi(argv[3]) : 0;
	pid_t *pid = calloc((size_t)n + 1, sizeof(*pid));
	struct memory before;
	double t, used;
	int found = 0;

	if (n <= 0 || !pid || connect_bus(argv[1]) < 0)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	service = atoi(argv[2]);
	before = memory();
	t = now();
	for (int i = 0; i < n && failures < 10; i++)
		(void)call("CreateNamespace", NULL, "sa{sv}", name_of(i), 0);
	printf("%d namespaces made: %.1f ms each\n", n, (now() - t) * 1000 / n);
	per_namespace("empty", &before, n);

	t = now();
	for (int i = 0; i < n && failures < 10; i++)
		pid[i] = confine(i);
	while (failures == 0 && list_all(&found) < (uint64_t)n && now() - t < 120)
		usleep(100000);
	printf("%d processes confined, with 20 objects and a waiting call each: %.1f s\n", n,
	       now() - t);
	per_namespace("idle", &before, n);

	t = now();
	check(list_all(&found) == (uint64_t)n, "list", "not all calls wait");
	check(found == n, "list", "not all namespaces are there");
	t = now() - t;
	printf("list of all with limits and use: %.3f s\n", t);
	check(t < 1, "list", "takes longer than a second");

	used = cpu();
	sleep(5);
	used = cpu() - used;
	printf("idle: %.2f %% of a processor\n", used * 100 / 5);
	check(used < 0.25, "idle", "more than 5 % of a processor");

	t = now();
	for (int i = 0; i < n; i++)
		(void)call("DestroyNamespace", NULL, "s", name_of(i));
	printf("destroyed: %.2f ms each\n", (now() - t) * 1000 / n);
	for (int i = 0; i < n; i++) {
		char why[64];
		int status = -1;

		if (pid[i] <= 0)
			continue;
		(void)waitpid(pid[i], &status, 0);
		snprintf(why, sizeof(why), "wait status %#x of number %d", (unsigned)status, i);
		check(status == 0, "the waiting call", why);
	}
	printf("all answered: %.2f s\n", now() - t);
	for (t = now(); memory().threads > before.threads && now() - t < 20;)
		usleep(50000);
	printf("left: heap and stacks %ld KiB, state %ld KiB, threads %ld\n",
	       memory().anon - before.anon, memory().shmem - before.shmem,
	       memory().threads - before.threads);
	check(memory().threads <= before.threads, "destroyed", "threads are left");
	check(list_all(&found) == 0 && found == 0, "destroyed", "namespaces are left");
	sd_bus_flush_close_unref(bus);
	free(pid);
	return failures > 0;
}
