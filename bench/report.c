/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run found, as a table for people and as JSON for machines. The JSON keys are an
 * interface like the case names: add, never rename. A value that was not measured is null.
 */
#include "bench.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static double ratio(const struct bench_row *row, enum bench_kind a, enum bench_kind b)
{
	return row->median[a] / row->median[b];
}

/* A cell of the table: the value with as many decimals as mean something, "-" for none. */
static void print_cell(double value, int width, int decimals)
{
	if (isnan(value))
		printf(" %*s", width, "-");
	else
		printf(" %*.*f", width, decimals, value);
}

/* "semop_10000objs" against "semop_10objs": the members of a group, in the table's order. */
static void print_flatness(const struct bench_report *rep)
{
	for (size_t i = 0; i + 1 < rep->nrows; i++) {
		const struct bench_row *few = &rep->rows[i], *many = &rep->rows[i + 1];

		if (!few->c->group || !many->c->group || strcmp(few->c->group, many->c->group))
			continue;
		printf("%s / %s: native %.2f", many->c->name, few->c->name,
		       many->median[KIND_NATIVE] / few->median[KIND_NATIVE]);
		if (!isnan(many->median[KIND_TRAP]) && !isnan(few->median[KIND_TRAP]))
			printf(", trap %.2f", many->median[KIND_TRAP] / few->median[KIND_TRAP]);
		if (!isnan(many->median[KIND_SHIM]) && !isnan(few->median[KIND_SHIM]))
			printf(", shim %.2f", many->median[KIND_SHIM] / few->median[KIND_SHIM]);
		putchar('\n');
	}
}

int report_table(const struct bench_options *opt, const struct bench_report *rep)
{
	struct utsname un;

	if (uname(&un) < 0)
		return -errno;
	printf("Linux %s %s, %ld CPUs; medians of %u rounds, microseconds per operation\n\n",
	       un.release, un.machine, sysconf(_SC_NPROCESSORS_ONLN), opt->rounds);
	if (rep->nrows)
		printf("%-22s %5s %9s %9s %9s %9s %11s %9s %11s\n", "case", "calls", "native",
		       "bare", "trap", "shim", "trap/native", "trap/bare", "shim/native");
	for (size_t i = 0; i < rep->nrows; i++) {
		const struct bench_row *row = &rep->rows[i];

		printf("%-22s %5u", row->c->name, row->c->calls);
		for (int k = 0; k < BENCH_KINDS; k++)
			print_cell(row->median[k] / 1000, 9, 3);
		/* Of what was measured within one round: a machine may be at two speeds in a run. */
		print_cell(row->round_native, 11, 2);
		print_cell(row->round_bare, 9, 2);
		print_cell(row->round_shim, 11, 3);
		putchar('\n');
	}
	if (rep->nrows) {
		puts("\ncalls: trapped calls of one operation; bare: so many bare notification "
		     "round trips.\nRatios are medians, too, of those of each round.");
		print_flatness(rep);
	}
	if (rep->idle.valid)
		printf("idle_parked: %u receivers parked for %.1f s; CPU time of the daemon part "
		       "%.0f ms (%.2f %%), of front process and guardian %.0f ms\n",
		       rep->idle.parked, rep->idle.seconds, rep->idle.daemon_ms,
		       rep->idle.daemon_ms / rep->idle.seconds / 10, rep->idle.front_ms);
	for (size_t i = 0; i < rep->nnotes; i++)
		printf("note: %s\n", rep->notes[i]);
	return fflush(stdout) ? -errno : 0;
}

/* json-c would print 17 digits, of which most are noise. NULL is JSON's null. */
static struct json_object *number(double value, int decimals)
{
	char text[64];

	if (!isfinite(value))
		return NULL;
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	return json_object_new_double_s(value, text);
}

static void add_times(struct json_object *obj, const double median[BENCH_KINDS])
{
	static const char *const keys[BENCH_KINDS] = {"native_ns", "bare_ns", "trap_ns", "shim_ns"};

	for (int k = 0; k < BENCH_KINDS; k++)
		json_object_object_add(obj, keys[k], number(median[k], 1));
}

static struct json_object *row_object(const struct bench_row *row)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "case", json_object_new_string(row->c->name));
	add_times(obj, row->median);
	json_object_object_add(obj, "calls", json_object_new_int((int)row->c->calls));
	json_object_object_add(obj, "trap_native", number(ratio(row, KIND_TRAP, KIND_NATIVE), 3));
	json_object_object_add(obj, "trap_bare", number(ratio(row, KIND_TRAP, KIND_BARE), 3));
	json_object_object_add(obj, "trap_native_rounds", number(row->round_native, 3));
	json_object_object_add(obj, "trap_bare_rounds", number(row->round_bare, 3));
	json_object_object_add(obj, "shim_native", number(ratio(row, KIND_SHIM, KIND_NATIVE), 4));
	json_object_object_add(obj, "shim_native_rounds", number(row->round_shim, 4));
	return obj;
}

static struct json_object *idle_object(const struct bench_idle *idle)
{
	static const double none[BENCH_KINDS] = {NAN, NAN, NAN, NAN};
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "case", json_object_new_string(bench_idle_case.name));
	add_times(obj, none);
	json_object_object_add(obj, "parked", json_object_new_int((int)idle->parked));
	json_object_object_add(obj, "seconds", number(idle->seconds, 3));
	json_object_object_add(obj, "daemon_cpu_ms", number(idle->daemon_ms, 0));
	json_object_object_add(obj, "daemon_cpu_percent",
			       number(idle->daemon_ms / idle->seconds / 10, 3));
	json_object_object_add(obj, "front_cpu_ms", number(idle->front_ms, 0));
	return obj;
}

int report_json(const struct bench_options *opt, const struct bench_report *rep)
{
	struct json_object *root = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	struct json_object *machine = json_object_new_object();
	struct json_object *notes = json_object_new_array();
	struct utsname un;

	if (uname(&un) < 0)
		return -errno;
	for (size_t i = 0; i < rep->nrows; i++)
		json_object_array_add(rows, row_object(&rep->rows[i]));
	if (rep->idle.valid)
		json_object_array_add(rows, idle_object(&rep->idle));
	for (size_t i = 0; i < rep->nnotes; i++)
		json_object_array_add(notes, json_object_new_string(rep->notes[i]));
	json_object_object_add(machine, "kernel", json_object_new_string(un.release));
	json_object_object_add(machine, "arch", json_object_new_string(un.machine));
	json_object_object_add(machine, "cpus",
			       json_object_new_int((int)sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_object_add(root, "rows", rows);
	json_object_object_add(root, "machine", machine);
	json_object_object_add(root, "rounds", json_object_new_int((int)opt->rounds));
	json_object_object_add(root, "quick", json_object_new_boolean(opt->quick));
	json_object_object_add(root, "notes", notes);
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
	return fflush(stdout) ? -errno : 0;
}
