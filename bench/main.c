/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcns-bench: what a trapped IPC call costs, beside the native call and beside the bare
 * notification round trip, measured interleaved in one run. Options and exit statuses live here:
 * 0 all measured (a missing ipcnsctl is only a note), 1 something failed, 2 bad arguments,
 * 128 + signal when interrupted.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_CASE = 256,
	OPT_KIND,
	OPT_ROUNDS,
	OPT_QUICK,
	OPT_CPU,
	OPT_IDLE,
	OPT_IPCNSCTL,
	OPT_JSON,
	OPT_LIST,
	OPT_HELP,
	OPT_WORKER,
	OPT_BARE_WORKER,
	OPT_COUNT,
};

static const struct option long_options[] = {
	{"case", required_argument, NULL, OPT_CASE},
	{"kind", required_argument, NULL, OPT_KIND},
	{"rounds", required_argument, NULL, OPT_ROUNDS},
	{"quick", no_argument, NULL, OPT_QUICK},
	{"cpu", required_argument, NULL, OPT_CPU},
	{"idle", optional_argument, NULL, OPT_IDLE},
	{"ipcnsctl", required_argument, NULL, OPT_IPCNSCTL},
	{"json", no_argument, NULL, OPT_JSON},
	{"list", no_argument, NULL, OPT_LIST},
	{"help", no_argument, NULL, OPT_HELP},
	/* How this program starts itself; not for people. */
	{"worker", required_argument, NULL, OPT_WORKER},
	{"bare-worker", required_argument, NULL, OPT_BARE_WORKER},
	{"count", required_argument, NULL, OPT_COUNT},
	{NULL, 0, NULL, 0},
};

static const char help_text[] =
	"Usage: ipcns-bench [OPTION]...\n"
	"Measure IPC calls in four kinds of worker, interleaved in one run:\n"
	"  native  in a fresh kernel IPC namespace\n"
	"  bare    trapped, and answered at once by a supervisor that does nothing else\n"
	"  trap    under `ipcnsctl run`\n"
	"  shim    under `ipcnsctl run --shim`: cases of semaphores only\n"
	"\n"
	"  --case NAME      only this case (repeatable); idle_parked means --idle\n"
	"  --kind KIND      only this kind (repeatable): native, bare, trap,\n"
	"                   shim\n"
	"  --rounds N       rounds to take medians over, 1 to 10000 (default 41, quick 5)\n"
	"  --quick          shorter batches and fewer rounds\n"
	"  --cpu LIST       pin workers and supervisors to these CPUs, such as 0 or 0,1\n"
	"  --idle[=N]       also park N receivers (default 1000, quick 100) and watch the\n"
	"                   daemon part's CPU time for 5 s (quick 1 s)\n"
	"  --ipcnsctl PATH  the ipcnsctl to use (default: the one beside this program)\n"
	"  --json           print JSON instead of a table\n"
	"  --list           print the names of the cases\n"
	"  --help           print this text\n";

static int __attribute__((format(printf, 1, 2))) bad_argument(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ipcns-bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs(" (try --help)\n", stderr);
	va_end(ap);
	return 2;
}

static bool parse_number(const char *text, unsigned int min, unsigned int max, unsigned int *value)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n < min || n > max)
		return false;
	*value = (unsigned int)n;
	return true;
}

static bool parse_cpus(const char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (;;) {
		char *end;
		unsigned long cpu = strtoul(text, &end, 10);

		if (end == text || *text == '-' || cpu >= CPU_SETSIZE || (*end && *end != ','))
			return false;
		CPU_SET(cpu, set);
		if (!*end)
			return true;
		text = end + 1;
	}
}

static bool select_case(struct bench_options *opt, const char *name)
{
	for (size_t i = 0; i < bench_ncases; i++) {
		if (!strcmp(bench_cases[i].name, name)) {
			opt->selected[i] = true;
			return true;
		}
	}
	opt->idle |= !strcmp(bench_idle_case.name, name);
	return !strcmp(bench_idle_case.name, name);
}

static bool select_kind(struct bench_options *opt, const char *name)
{
	static const char *const names[] = {"native", "bare", "trap", "shim"};

	for (unsigned int k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (!strcmp(names[k], name)) {
			opt->kinds |= 1u << k;
			return true;
		}
	}
	return false;
}

/* What the options say besides struct bench_options. */
struct command {
	const char *worker, *bare_worker;
	bool any_case, list, help;
};

/* 0, or 2 after a line on standard error. */
static int parse_options(int argc, char **argv, struct bench_options *opt, struct command *cmd)
{
	int o;

	while ((o = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (o) {
		case OPT_CASE:
			if (!select_case(opt, optarg))
				return bad_argument("no case is called '%s'", optarg);
			cmd->any_case = true;
			break;
		case OPT_KIND:
			if (!select_kind(opt, optarg))
				return bad_argument("no kind is called '%s'", optarg);
			break;
		case OPT_ROUNDS:
			if (!parse_number(optarg, 1, 10000, &opt->rounds))
				return bad_argument("bad number of rounds '%s'", optarg);
			break;
		case OPT_QUICK:
			opt->quick = true;
			break;
		case OPT_CPU:
			if (!parse_cpus(optarg, &opt->cpus))
				return bad_argument("bad CPU list '%s'", optarg);
			opt->pinned = true;
			break;
		case OPT_IDLE:
			if (optarg && !parse_number(optarg, 1, 30000, &opt->idle_count))
				return bad_argument("bad number of receivers '%s'", optarg);
			opt->idle = true;
			break;
		case OPT_COUNT:
			if (!parse_number(optarg, 0, 30000, &opt->idle_count))
				return bad_argument("bad count '%s'", optarg);
			break;
		case OPT_IPCNSCTL:
			opt->ipcnsctl = optarg;
			if (access(optarg, X_OK) < 0)
				return bad_argument("%s: %s", optarg, strerror(errno));
			break;
		case OPT_JSON:
			opt->json = true;
			break;
		case OPT_LIST:
			cmd->list = true;
			break;
		case OPT_HELP:
			cmd->help = true;
			break;
		case OPT_WORKER:
			cmd->worker = optarg;
			break;
		case OPT_BARE_WORKER:
			cmd->bare_worker = optarg;
			break;
		default:
			return 2; /* getopt_long() has said why */
		}
	}
	if (optind < argc)
		return bad_argument("unexpected argument '%s'", argv[optind]);
	return 0;
}

/* Path of this program, and of the ipcnsctl beside it; both buffers are PATH_MAX bytes. */
static int find_programs(char *self, char *ipcnsctl)
{
	static const char name[] = "ipcnsctl";
	ssize_t len = readlink("/proc/self/exe", self, PATH_MAX - 1);
	char *slash;

	if (len < 0)
		return -errno;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (!slash || (size_t)(slash - self) + 1 + sizeof(name) > PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ipcnsctl, self, (size_t)(slash - self) + 1);
	memcpy(ipcnsctl + (slash - self) + 1, name, sizeof(name));
	return 0;
}

static int run_worker(const struct command *cmd, unsigned int count)
{
	const char *name = cmd->worker ? cmd->worker : cmd->bare_worker;
	const struct bench_case *c = bench_find_case(name);

	if (!c || (cmd->bare_worker && !c->calls))
		return bad_argument("no case is called '%s'", name);
	return cmd->worker ? worker_main(c, count) : bare_worker_main(c);
}

static void set_defaults(struct bench_options *opt, bool any_case)
{
	if (!opt->kinds)
		opt->kinds = (1u << BENCH_KINDS) - 1;
	if (!opt->rounds)
		opt->rounds = opt->quick ? 5 : 41;
	if (!opt->idle_count)
		opt->idle_count = opt->quick ? 100 : 1000;
	opt->idle_seconds = opt->quick ? 1 : 5;
	opt->batch_ns = opt->quick ? 4000000 : 8000000;
	for (size_t i = 0; i < bench_ncases && !any_case; i++)
		opt->selected[i] = true;
}

static int measure_and_report(struct bench_options *opt)
{
	const unsigned int confined = 1u << KIND_TRAP | 1u << KIND_SHIM;
	struct bench_report rep = {0};
	int err = child_catch_signals();

	if ((opt->kinds & confined) && access(opt->ipcnsctl, X_OK) < 0) {
		bench_note(&rep, "trap not measured: %s: %s", opt->ipcnsctl, strerror(errno));
		opt->kinds &= ~confined;
	}
	if (!err)
		err = bench_run(opt, &rep);
	if (!err && opt->idle)
		err = bench_run_idle(opt, &rep);
	if (!err)
		err = opt->json ? report_json(opt, &rep) : report_table(opt, &rep);
	for (size_t i = 0; i < rep.nnotes; i++)
		free(rep.notes[i]);
	free(rep.notes);
	free(rep.rows);
	if (bench_interrupted())
		return 128 + bench_interrupted();
	if (err)
		fprintf(stderr, "ipcns-bench: %s\n", strerror(-err));
	return err || rep.failed;
}

int main(int argc, char **argv)
{
	static char self[PATH_MAX], ipcnsctl[PATH_MAX];
	struct bench_options opt = {0};
	struct command cmd = {0};
	int status, err;

	opt.self = self;
	opt.selected = calloc(bench_ncases, sizeof(*opt.selected));
	err = opt.selected ? find_programs(self, ipcnsctl) : -ENOMEM;
	if (err) {
		fprintf(stderr, "ipcns-bench: %s\n", strerror(-err));
		free(opt.selected);
		return 1;
	}
	opt.ipcnsctl = ipcnsctl;
	status = parse_options(argc, argv, &opt, &cmd);
	if (!status && cmd.help) {
		fputs(help_text, stdout);
	} else if (!status && cmd.list) {
		for (size_t i = 0; i < bench_ncases; i++)
			puts(bench_cases[i].name);
		puts(bench_idle_case.name);
	} else if (!status && (cmd.worker || cmd.bare_worker)) {
		status = run_worker(&cmd, opt.idle_count);
	} else if (!status) {
		set_defaults(&opt, cmd.any_case);
		status = measure_and_report(&opt);
	}
	free(opt.selected);
	return status;
}
