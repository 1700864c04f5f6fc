/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verbs that only look: list, show, objects, limits, version. */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "daemon/families.h"
#include "tools/ctl.h"
#include "tools/run.h"
#include "tools/table.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"

static json_object *get(json_object *o, const char *key)
{
	json_object *v = NULL;

	(void)json_object_object_get_ex(o, key, &v);
	return v;
}

static void text_cell(struct table *t, json_object *v)
{
	const char *text = v ? json_object_get_string(v) : "";

	table_cell(t, text[0] ? text : "-");
}

/* @none: what is said where there is no number. */
static void number_cell(struct table *t, json_object *v, const char *none)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, json_object_get_uint64(v));
	table_cell(t, v ? text : none);
}

/* As chmod(1) has it; JSON knows no octal numbers. */
static json_object *mode_text(json_object *v)
{
	char text[16];

	snprintf(text, sizeof(text), "%04o", (unsigned)json_object_get_int(v));
	return json_object_new_string(text);
}

static int call_json(struct ctl *c, const char *path, const char *interface, const char *method,
		     const char *types, const char *arg, const char *arg2, json_object **out)
{
	sd_bus_message *reply = NULL;
	int status = ctl_call(c, path, interface, method, &reply, types, arg, arg2);

	if (status == CTL_OK) {
		*out = ctl_json(reply);
		if (!*out) {
			say("the service's answer is not understood");
			status = CTL_FAILED;
		}
	}
	sd_bus_message_unref(reply);
	return status;
}

static int on_namespace(struct ctl *c, const char *name, const char *interface, const char *method,
			const char *types, const char *arg, const char *arg2, json_object **out)
{
	char *path = ctl_path(name);
	int status = CTL_FAILED;

	if (path)
		status = call_json(c, path, interface, method, types, arg, arg2, out);
	free(path);
	return status;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = json_object_get_uint64(get(*(json_object *const *)a, "id"));
	uint64_t y = json_object_get_uint64(get(*(json_object *const *)b, "id"));

	return x < y ? -1 : x > y;
}

/* Of all that the service manages, the namespaces' properties, oldest first. */
static json_object *namespaces_of(json_object *managed)
{
	json_object *list = json_object_new_array();

	json_object_object_foreach(managed, path, interfaces)
	{
		json_object *p = get(interfaces, CTL_NAMESPACE);

		(void)path;
		if (p)
			json_object_array_add(list, ctl_snake_case(p));
	}
	json_object_array_sort(list, by_id);
	return list;
}

int ctl_list(struct ctl *c, int argc, char **argv)
{
	static const char *const counts[] = {"msg_objects",    "sem_objects",  "shm_objects",
					     "mqueue_objects", "parked_calls", "listeners"};
	json_object *managed, *list;
	struct table t;
	int status = call_json(c, CTL_PATH, "org.freedesktop.DBus.ObjectManager",
			       "GetManagedObjects", "", NULL, NULL, &managed);

	(void)argc, (void)argv;
	if (status != CTL_OK)
		return status;
	list = namespaces_of(managed);
	json_object_put(managed);
	if (c->json)
		return ctl_print_json(list);
	table_begin(&t,
		    c->quiet ? "NAME" : "NAME >ID PARENT >MSG >SEM >SHM >MQUEUE >PARKED >FILTERS");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *ns = json_object_array_get_idx(list, i), *usage = get(ns, "usage");

		text_cell(&t, get(ns, "name"));
		if (c->quiet)
			continue;
		number_cell(&t, get(ns, "id"), "-");
		text_cell(&t, get(ns, "parent"));
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			number_cell(&t, get(usage, counts[k]), "-");
	}
	table_print(&t, c->quiet);
	json_object_put(list);
	return CTL_OK;
}

static void pairs(struct table *t, json_object *o)
{
	json_object_object_foreach(o, key, v)
	{
		table_cell(t, key);
		if (json_object_is_type(v, json_type_string))
			text_cell(t, v);
		else
			number_cell(t, v, "unlimited");
	}
}

int ctl_show(struct ctl *c, int argc, char **argv)
{
	json_object *o;
	struct table t;
	int status = on_namespace(c, argv[0], PROPERTIES, "GetAll", "s", CTL_NAMESPACE, NULL, &o);

	(void)argc;
	if (status != CTL_OK)
		return status;
	if (c->json) {
		json_object *snake = ctl_snake_case(o);

		json_object_put(o);
		return ctl_print_json(snake);
	}
	table_begin(&t, "PROPERTY VALUE");
	json_object_object_foreach(o, key, v)
	{
		if (json_object_is_type(v, json_type_object)) {
			pairs(&t, v);
			continue;
		}
		table_cell(&t, key);
		if (json_object_is_type(v, json_type_string))
			text_cell(&t, v);
		else
			number_cell(&t, v, "-");
	}
	table_print(&t, true);
	json_object_put(o);
	return CTL_OK;
}

bool ctl_valid_family(const char *name)
{
	if (families_find(name) >= 0)
		return true;
	say("'%s' is no family of objects: msg, sem, shm or mqueue", name);
	return false;
}

int ctl_objects(struct ctl *c, int argc, char **argv)
{
	static const char *const names[] = {"family", "id",    "key",	"uid",	  "gid",
					    "mode",   "bytes", "count", "waiting"};
	const size_t n = sizeof(names) / sizeof(names[0]);
	json_object *rows, *list;
	struct table t;
	int status;

	if (argc > 1 && !ctl_valid_family(argv[1]))
		return CTL_USAGE;
	status = on_namespace(c, argv[0], CTL_NAMESPACE, "ListObjects", "s",
			      argc > 1 ? argv[1] : "", NULL, &rows);
	if (status != CTL_OK)
		return status;
	list = json_object_new_array();
	table_begin(&t, "FAMILY ID >KEY >UID >GID >MODE >BYTES >COUNT >WAITING");
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);
		json_object *o = json_object_new_object();
		char key[16];

		for (size_t k = 0; k < n; k++) {
			json_object *v = json_object_get(json_object_array_get_idx(row, k));

			if (k == 5) {
				json_object_put(v);
				v = mode_text(json_object_array_get_idx(row, k));
			}
			json_object_object_add(o, names[k], v);
			if (k < 2 || k == 5)
				text_cell(&t, v);
			else if (k != 2)
				number_cell(&t, v, "-");
			if (k != 2)
				continue;
			snprintf(key, sizeof(key), "0x%08x", (unsigned)json_object_get_int(v));
			table_cell(&t, key);
		}
		json_object_array_add(list, o);
	}
	json_object_put(rows);
	if (c->json) {
		table_free(&t);
		ctl_print_json(list);
	} else {
		table_print(&t, c->quiet);
		json_object_put(list);
	}
	return CTL_OK;
}

static int set_limits(struct ctl *c, const char *name, int n, char **assignments)
{
	sd_bus_message *m = NULL;
	char *path = ctl_path(name);
	int r = ctl_connect(c);

	if (r >= 0 && path)
		r = sd_bus_message_new_method_call(c->bus, &m, "org.ipcnsd", path, CTL_NAMESPACE,
						   "SetLimits");
	free(path);
	if (r < 0) {
		say("cannot connect to the bus: %s", strerror(-r));
		return CTL_NO_SERVICE;
	}
	r = ctl_append_limits(m, NULL, n, assignments);
	if (r < 0) {
		sd_bus_message_unref(m);
		say("cannot make a message: %s", strerror(-r));
		return CTL_FAILED;
	}
	return ctl_send(c, m, NULL);
}

int ctl_limits(struct ctl *c, int argc, char **argv)
{
	json_object *o;
	struct table t;

	for (int i = 1; i < argc; i++) {
		if (!strchr(argv[i], '=')) {
			say("limits: '%s' is not LIMIT=VALUE", argv[i]);
			return CTL_USAGE;
		}
	}
	if (argc > 1)
		return set_limits(c, argv[0], argc - 1, argv + 1);

	int status = on_namespace(c, argv[0], PROPERTIES, "Get", "ss", CTL_NAMESPACE, "Limits", &o);

	if (status != CTL_OK)
		return status;
	if (c->json)
		return ctl_print_json(o);
	table_begin(&t, "LIMIT >VALUE");
	pairs(&t, o);
	table_print(&t, c->quiet);
	json_object_put(o);
	return CTL_OK;
}

int ctl_version(struct ctl *c, int argc, char **argv)
{
	sd_bus_message *m = NULL, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *service = NULL;

	(void)argc, (void)argv;
	/* Without the service it is the program's alone, and that is no failure; nor is it started for this. */
	if (ctl_connect(c) == 0 &&
	    sd_bus_message_new_method_call(c->bus, &m, "org.ipcnsd", CTL_PATH, PROPERTIES, "Get") >=
		    0 &&
	    sd_bus_message_append(m, "ss", CTL_MANAGER, "Version") >= 0 &&
	    sd_bus_message_set_auto_start(m, 0) >= 0 && sd_bus_call(c->bus, m, 0, &e, &reply) >= 0)
		(void)sd_bus_message_read(reply, "v", "s", &service);
	sd_bus_message_unref(m);
	if (c->json) {
		json_object *o = json_object_new_object();

		json_object_object_add(o, "ipcnsctl", json_object_new_string(IPCNS_VERSION));
		if (service)
			json_object_object_add(o, "ipcnsd", json_object_new_string(service));
		ctl_print_json(o);
	} else {
		puts("ipcnsctl " IPCNS_VERSION);
		if (service && !c->quiet)
			printf("ipcnsd %s\n", service);
	}
	sd_bus_error_free(&e);
	sd_bus_message_unref(reply);
	return CTL_OK;
}
