/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcns-bench-namespaces: make many namespaces, put a confined process with 20 objects and a waiting
 * call into each, list them, watch them idle, destroy them, and say what the service takes for it at
 * each step. It judges correctness only (status 1): every call that waits must be answered, and nothing
 * may be left. Whether a figure is good is for who reads it.
 */
#include "bench/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MANAGER "org.ipcnsd", "/org/ipcnsd", "org.ipcnsd.Manager1"
/* Longer than this nothing is waited for, seconds. */
#define PATIENCE 120

struct memory {
	long anon_kib, state_kib, threads;
};

/* What is measured, and of whom. */
struct crowd {
	sd_bus *bus;
	pid_t service;
	int count;
	pid_t *pids;
	int failures;
	struct memory before;
	struct json_object *report;
};

static void failed(struct crowd *c, const char *what, const char *why)
{
	if (c->failures++ < 10)
		fprintf(stderr, "ipcns-bench-namespaces: %s: %s\n", what, why);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The service's files below /proc. */

static FILE *proc_file(const struct crowd *c, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)c->service, name);
	return fopen(path, "re");
}

static struct memory memory(const struct crowd *c)
{
	struct memory m = {0};
	char line[256];
	FILE *f = proc_file(c, "status");

	while (f && fgets(line, sizeof(line), f)) {
		(void)sscanf(line, "RssAnon: %ld", &m.anon_kib);
		(void)sscanf(line, "RssShmem: %ld", &m.state_kib);
		(void)sscanf(line, "Threads: %ld", &m.threads);
	}
	if (f)
		fclose(f);
	return m;
}

/* User and system time, seconds. */
static double cpu(const struct crowd *c)
{
	unsigned long user = 0, sys = 0;
	char text[1024] = "";
	FILE *f = proc_file(c, "stat");
	const char *end = f && fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;

	if (end)
		(void)sscanf(end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			     &sys);
	if (f)
		fclose(f);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* A figure of the report: `key` is an interface, `text` is for people. */
static void say(struct crowd *c, const char *key, double value, const char *text)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%.3f", value);
	if (c->report)
		json_object_object_add(c->report, key, json_object_new_double_s(value, digits));
	else
		printf("%-58s %10.2f\n", text, value);
}

static void say_memory(struct crowd *c, bool idle)
{
	const struct memory m = memory(c);
	const double n = c->count;

	say(c, idle ? "idle_heap_kib" : "empty_heap_kib",
	    (double)(m.anon_kib - c->before.anon_kib) / n,
	    idle ? "heap and stacks of an idle one, KiB" : "heap and stacks of an empty one, KiB");
	say(c, idle ? "idle_state_kib" : "empty_state_kib",
	    (double)(m.state_kib - c->before.state_kib) / n,
	    idle ? "state of an idle one, objects included, KiB" : "state of an empty one, KiB");
	say(c, idle ? "idle_threads" : "empty_threads", (double)(m.threads - c->before.threads) / n,
	    idle ? "threads of an idle one" : "threads of an empty one");
}

static int manager_call(struct crowd *c, const char *method, const char *types, ...)
{
	sd_bus_message *m = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	va_list ap;
	int r = sd_bus_message_new_method_call(c->bus, &m, MANAGER, method);

	va_start(ap, types);
	if (r >= 0)
		r = sd_bus_message_appendv(m, types, ap);
	va_end(ap);
	if (r >= 0)
		r = sd_bus_call(c->bus, m, PATIENCE * UINT64_C(1000000), &e, NULL);
	if (r < 0)
		failed(c, method, e.message ? e.message : strerror(-r));
	sd_bus_error_free(&e);
	sd_bus_message_unref(m);
	return r;
}

/* The value of a variant a{st}'s `key`, with the message standing at the variant. */
static uint64_t entry_of(sd_bus_message *m, const char *key)
{
	uint64_t value, found = 0;
	const char *name;

	sd_bus_message_enter_container(m, 'v', "a{st}");
	sd_bus_message_enter_container(m, 'a', "{st}");
	while (sd_bus_message_read(m, "{st}", &name, &value) > 0)
		if (strcmp(name, key) == 0)
			found = value;
	sd_bus_message_exit_container(m);
	sd_bus_message_exit_container(m);
	return found;
}

/* The calls that wait in one namespace, with the message standing at its a{sa{sv}}. */
static uint64_t parked_of(sd_bus_message *m)
{
	const char *interface, *property;
	uint64_t parked = 0;

	sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
	while (sd_bus_message_enter_container(m, 'e', "sa{sv}") > 0) {
		sd_bus_message_read(m, "s", &interface);
		sd_bus_message_enter_container(m, 'a', "{sv}");
		while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
			sd_bus_message_read(m, "s", &property);
			if (strcmp(property, "Usage") == 0)
				parked += entry_of(m, "parked_calls");
			else
				sd_bus_message_skip(m, "v");
			sd_bus_message_exit_container(m);
		}
		sd_bus_message_exit_container(m);
		sd_bus_message_exit_container(m);
	}
	sd_bus_message_exit_container(m);
	return parked;
}

/* Everything about all namespaces, as `ipcnsctl list` asks for it. Return: calls that wait. */
static uint64_t list_all(struct crowd *c, int *n)
{
	sd_bus_message *reply = NULL;
	const char *path;
	uint64_t parked = 0;

	*n = 0;
	if (sd_bus_call_method(c->bus, "org.ipcnsd", "/org/ipcnsd",
			       "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL,
			       &reply, NULL) < 0)
		return 0;
	sd_bus_message_enter_container(reply, 'a', "{oa{sa{sv}}}");
	while (sd_bus_message_enter_container(reply, 'e', "oa{sa{sv}}") > 0) {
		++*n;
		sd_bus_message_read(reply, "o", &path);
		parked += parked_of(reply);
		sd_bus_message_exit_container(reply);
	}
	sd_bus_message_unref(reply);
	return parked;
}

static const char *name_of(int i, char name[24])
{
	snprintf(name, 24, "crowd%d", i);
	return name;
}

static void create_all(struct crowd *c)
{
	const double t = now();
	char name[24];

	for (int i = 0; i < c->count && !c->failures; i++)
		(void)manager_call(c, "CreateNamespace", "sa{sv}", name_of(i, name), 0);
	say(c, "create_ms", (now() - t) * 1000 / c->count, "making one, ms");
	say_memory(c, false);
}

static void fill_all(struct crowd *c)
{
	const double t = now();
	char name[24];
	int found;

	for (int i = 0; i < c->count && !c->failures; i++) {
		const char *why;

		c->pids[i] = member_start(c->bus, name_of(i, name), &why);
		if (c->pids[i] < 0)
			failed(c, why, strerror(-c->pids[i]));
	}
	while (!c->failures && list_all(c, &found) < (uint64_t)c->count) {
		if (now() - t > PATIENCE)
			failed(c, "filling", "not all calls wait");
		usleep(100000);
	}
	say(c, "fill_ms", (now() - t) * 1000 / c->count,
	    "confining a process, 20 objects and a waiting call, ms");
	say_memory(c, true);
}

static void watch_all(struct crowd *c)
{
	double t = now();
	int found;

	if (list_all(c, &found) != (uint64_t)c->count || found != c->count)
		failed(c, "list", "not all namespaces are there, or not all calls wait");
	say(c, "list_s", now() - t, "listing all with limits and use, s");
	t = cpu(c);
	sleep(5);
	say(c, "idle_cpu_percent", (cpu(c) - t) * 100 / 5, "processor time while all wait, %");
}

static void destroy_all(struct crowd *c)
{
	double t = now();
	char name[24], why[64];
	int found = 0;

	for (int i = 0; i < c->count; i++)
		(void)manager_call(c, "DestroyNamespace", "s", name_of(i, name));
	say(c, "destroy_ms", (now() - t) * 1000 / c->count, "destroying one, ms");
	for (int i = 0; i < c->count; i++) {
		int status = -1;

		if (c->pids[i] <= 0)
			continue;
		(void)waitpid(c->pids[i], &status, 0);
		snprintf(why, sizeof(why), "wait status %#x of number %d", (unsigned)status, i);
		if (status != 0)
			failed(c, "the waiting call", why);
	}
	for (t = now(); memory(c).threads > c->before.threads && now() - t < 20;)
		usleep(50000);
	if (memory(c).threads > c->before.threads)
		failed(c, "destroyed", "threads are left");
	if (list_all(c, &found) != 0 || found != 0)
		failed(c, "destroyed", "namespaces are left");
	say(c, "left_heap_kib", (double)(memory(c).anon_kib - c->before.anon_kib),
	    "heap and stacks that stay in all, KiB");
	say(c, "left_state_kib", (double)(memory(c).state_kib - c->before.state_kib),
	    "state that stays in all, KiB");
}

static int measure(struct crowd *c, const char *address)
{
	sd_bus_creds *creds = NULL;
	int r = connect_bus(address, &c->bus);

	if (r >= 0)
		r = sd_bus_get_name_creds(c->bus, "org.ipcnsd", SD_BUS_CREDS_PID, &creds);
	if (r >= 0)
		r = sd_bus_creds_get_pid(creds, &c->service);
	sd_bus_creds_unref(creds);
	if (r < 0) {
		fprintf(stderr, "ipcns-bench-namespaces: no service at %s: %s\n", address,
			strerror(-r));
		return r;
	}
	c->before = memory(c);
	if (c->report)
		json_object_object_add(c->report, "namespaces", json_object_new_int(c->count));
	else
		printf("%d namespaces\n", c->count);
	create_all(c);
	fill_all(c);
	if (!c->failures)
		watch_all(c);
	destroy_all(c);
	sd_bus_flush_close_unref(c->bus);
	return 0;
}

static const char help[] =
	"Usage: ipcns-bench-namespaces [OPTION]...\n"
	"What many namespaces cost the service: time, memory, threads, processor time.\n"
	"Needs root, and descriptors: about 30 for each namespace.\n"
	"\n"
	"  --count N        so many namespaces, 1 to 10000 (default 1000)\n"
	"  --ipcnsd PATH    the ipcnsd to start (default: the one beside this program)\n"
	"  --bus ADDRESS    measure the service on this bus instead of starting one\n"
	"  --json           print JSON instead of a table\n"
	"  --help           print this text\n";

struct options {
	int count;
	const char *ipcnsd, *address;
	bool json;
};

/* -1: go on; else the status to end with. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{"count", required_argument, NULL, 'c'}, {"ipcnsd", required_argument, NULL, 'i'},
		{"bus", required_argument, NULL, 'b'},	 {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},	 {NULL, 0, NULL, 0},
	};
	char *end;
	int opt;

	while ((opt = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (opt) {
		case 'c': {
			const long n = strtol(optarg, &end, 10);

			o->count = n >= 1 && n <= 10000 && !*end ? (int)n : 0;
			break;
		}
		case 'i':
			o->ipcnsd = optarg;
			break;
		case 'b':
			o->address = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (o->count && optind == argc)
		return -1;
	fprintf(stderr, "ipcns-bench-namespaces: %s (try --help)\n",
		o->count ? "unexpected argument" : "bad count");
	return 2;
}

/* The ipcnsd beside this program. */
static const char *beside(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 8);

	path[len < 0 ? 0 : len] = '\0';
	char *slash = strrchr(path, '/');

	if (!slash)
		return "ipcnsd";
	memcpy(slash + 1, "ipcnsd", sizeof("ipcnsd"));
	return path;
}

int main(int argc, char **argv)
{
	struct options o = {.count = 1000};
	struct crowd c = {0};
	struct own_service own;
	char path[PATH_MAX];
	int r = parse(argc, argv, &o);

	if (r >= 0)
		return r;
	if (!o.ipcnsd)
		o.ipcnsd = beside(path);
	if (!o.address && own_service_start(&own, o.ipcnsd) < 0)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	c.count = o.count;
	c.pids = calloc((size_t)o.count, sizeof(*c.pids));
	c.report = o.json ? json_object_new_object() : NULL;
	r = c.pids ? measure(&c, o.address ? o.address : own.address) : -ENOMEM;
	if (c.report)
		puts(json_object_to_json_string_ext(c.report, JSON_C_TO_STRING_PRETTY));
	json_object_put(c.report);
	free(c.pids);
	if (!o.address && !own_service_stop(&own))
		c.failures++;
	return r < 0 || c.failures;
}
