/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rounds. For a case (or a group of cases that are to be compared) one worker a kind is kept
 * alive, and each round has every worker do one batch, so that whatever disturbs the machine
 * disturbs all kinds alike. Batches are sized once, by time, per worker.
 *
 * A kind that fails is dropped for that case with a note; the other kinds go on.
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No group of the table is larger. */
#define MAX_GROUP 2

static const char *const kind_names[BENCH_KINDS] = {"native", "bare", "trap", "shim"};

/* One column of one row while it is measured. */
struct lane {
	struct bench_child child;
	bool alive;
	uint64_t batch;	 /* ops */
	double *samples; /* ns per op, one a round */
};

void bench_note(struct bench_report *rep, const char *fmt, ...)
{
	char text[300], **notes;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < rep->nnotes; i++) {
		if (!strcmp(rep->notes[i], text))
			return;
	}
	notes = realloc(rep->notes, (rep->nnotes + 1) * sizeof(*notes));
	if (!notes)
		return;
	rep->notes = notes;
	notes[rep->nnotes] = strdup(text);
	if (notes[rep->nnotes])
		rep->nnotes++;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts values; NAN for none. */
static double median(double *values, size_t n)
{
	if (!n)
		return NAN;
	qsort(values, n, sizeof(*values), compare_doubles);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Find a batch that takes about opt->batch_ns; the tries are the warm-up as well. */
static int calibrate(struct lane *lane, const struct bench_options *opt)
{
	uint64_t n = 8, ns = 0;
	bool again = false; /* the first ops may be much slower than the rest: with libipcshim they are */

	for (;;) {
		int err = child_run(&lane->child, n, &ns);

		if (err)
			return err;
		if (ns < opt->batch_ns / 4 && n <= UINT64_C(1) << 30) {
			n *= 4;
			again = false;
			continue;
		}
		if (again)
			break;
		again = true;
	}
	lane->batch = ns ? (uint64_t)((double)n * (double)opt->batch_ns / (double)ns) : n;
	if (!lane->batch)
		lane->batch = 1;
	return 0;
}

/* The lane gives no more samples. -EINTR goes on to the caller, everything else is a note. */
static int drop_lane(struct lane *lane, const struct bench_case *c, enum bench_kind kind, int err,
		     struct bench_report *rep)
{
	lane->alive = false;
	if (err != -EINTR) {
		bench_note(rep, "%s, %s: %s", c->name, kind_names[kind], lane->child.error);
		rep->failed = true;
	}
	child_stop(&lane->child);
	return err == -EINTR ? err : 0;
}

static int open_lane(struct lane *lane, const struct bench_case *c, enum bench_kind kind,
		     const struct bench_options *opt, struct bench_report *rep)
{
	int err;

	lane->samples = calloc(opt->rounds, sizeof(double));
	if (!lane->samples)
		return -ENOMEM;
	err = child_start(&lane->child, kind, c, opt);
	if (!err) {
		lane->alive = true;
		err = calibrate(lane, opt);
	}
	return err ? drop_lane(lane, c, kind, err, rep) : 0;
}

static int run_batch(struct lane *lane, const struct bench_case *c, enum bench_kind kind,
		     unsigned int round, struct bench_report *rep)
{
	uint64_t ns;
	int err = child_run(&lane->child, lane->batch, &ns);

	if (err)
		return drop_lane(lane, c, kind, err, rep);
	lane->samples[round] = (double)ns / (double)lane->batch;
	return 0;
}

/* Median over the rounds of a/b in each; must come before the samples are sorted. */
static double round_ratio(const struct lane *a, const struct lane *b, unsigned int rounds)
{
	double *ratios, result;

	if (!a->alive || !b->alive)
		return NAN;
	ratios = calloc(rounds, sizeof(*ratios));
	if (!ratios)
		return NAN;
	for (unsigned int i = 0; i < rounds; i++)
		ratios[i] = a->samples[i] / b->samples[i];
	result = median(ratios, rounds);
	free(ratios);
	return result;
}

static int measure(const struct bench_options *opt, const struct bench_case *const *cases, size_t n,
		   struct lane lanes[MAX_GROUP][BENCH_KINDS], struct bench_report *rep)
{
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < BENCH_KINDS && !err; k++) {
			if ((opt->kinds & 1u << k) && (k != KIND_SHIM || cases[i]->shim))
				err = open_lane(&lanes[i][k], cases[i], (enum bench_kind)k, opt,
						rep);
		}
	}
	for (unsigned int round = 0; round < opt->rounds && !err; round++) {
		for (size_t i = 0; i < n; i++) {
			for (unsigned int j = 0; j < BENCH_KINDS && !err; j++) {
				/* Another kind begins each round: none always follows the same. */
				unsigned int k = (j + round) % BENCH_KINDS;

				if (lanes[i][k].alive)
					err = run_batch(&lanes[i][k], cases[i], (enum bench_kind)k,
							round, rep);
			}
		}
	}
	return err;
}

static int run_group(const struct bench_options *opt, const struct bench_case *const *cases,
		     size_t n, struct bench_report *rep)
{
	struct lane lanes[MAX_GROUP][BENCH_KINDS];
	int err;

	memset(lanes, 0, sizeof(lanes));
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < BENCH_KINDS; k++)
			lanes[i][k].child = (struct bench_child){.pidfd = -1, .to = -1, .from = -1};
	}
	err = measure(opt, cases, n, lanes, rep);
	for (size_t i = 0; i < n; i++) {
		struct bench_row *row = &rep->rows[rep->nrows++];

		row->c = cases[i];
		row->round_native =
			round_ratio(&lanes[i][KIND_TRAP], &lanes[i][KIND_NATIVE], opt->rounds);
		row->round_bare =
			round_ratio(&lanes[i][KIND_TRAP], &lanes[i][KIND_BARE], opt->rounds);
		row->round_shim =
			round_ratio(&lanes[i][KIND_SHIM], &lanes[i][KIND_NATIVE], opt->rounds);
		for (int k = 0; k < BENCH_KINDS; k++) {
			struct lane *lane = &lanes[i][k];

			row->median[k] = lane->alive ? median(lane->samples, opt->rounds) : NAN;
			child_stop(&lane->child);
			free(lane->samples);
		}
	}
	return err;
}

int bench_run(const struct bench_options *opt, struct bench_report *rep)
{
	bool tell = isatty(STDERR_FILENO);
	int err = 0;

	rep->rows = calloc(bench_ncases, sizeof(*rep->rows));
	if (!rep->rows)
		return -ENOMEM;
	for (size_t i = 0; i < bench_ncases && !err; i++) {
		const struct bench_case *group[MAX_GROUP] = {&bench_cases[i]};
		size_t n = 1;

		if (!opt->selected[i])
			continue;
		while (bench_cases[i].group && n < MAX_GROUP && i + 1 < bench_ncases &&
		       opt->selected[i + 1] && bench_cases[i + 1].group &&
		       !strcmp(bench_cases[i].group, bench_cases[i + 1].group))
			group[n++] = &bench_cases[++i];
		if (tell)
			fprintf(stderr, "\r\033[K%s", group[0]->name);
		err = run_group(opt, group, n, rep);
	}
	if (tell)
		fputs("\r\033[K", stderr);
	return err;
}
