/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcnsctl: the command line. The table of verbs says what each takes and what its help is; options
 * are read here, so all verbs have them alike. run and exec take theirs before the command only.
 */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ns_name.h"
#include "daemon/stdout_close.h"
#include "ipc/config.h"
#include "tools/ctl.h"
#include "tools/oci_profile.h"
#include "tools/run.h"

/* What a build without D-Bus does not have. */
#define OF_SERVICE(call) (IPCNS_WITH_DBUS ? (call) : NULL)
#define LEFT_OUT "the service and D-Bus are left out of this build (IPCNS_WITH_DBUS)"

struct verb {
	const char *name;
	const char *arguments, *help;
	int min, max; /* arguments; max -1: any number */
	int (*call)(struct ctl *c, int argc, char **argv);
};

static int version_alone(struct ctl *c, int argc, char **argv)
{
	(void)argc, (void)argv;
	if (c->json)
		puts("{\"ipcnsctl\":\"" IPCNS_VERSION "\"}");
	else
		puts("ipcnsctl " IPCNS_VERSION);
	return CTL_OK;
}

#define SHIM_HELP                                                                              \
	"      --shim[=FILE]  has COMMAND preload libipcshim: most semop(2) of programs that " \
	"are\n"                                                                                \
	"                   linked dynamically need no system call then; see libipcshim(7)\n"

static const struct verb verbs[] = {
	{"run", "[--name NAME] [--segments HOW] [--shim] [--] COMMAND [ARG...]",
	 "Runs COMMAND in a virtual IPC namespace of its own: System V messages, semaphores and\n"
	 "shared memory, POSIX message queues, /dev/mqueue and /proc/sysvipc are those of the\n"
	 "namespace and of nobody else. It needs no service.\n"
	 "\n"
	 "  -n, --name NAME  the service's namespace of that name if there is one; else the\n"
	 "                   namespace gets this name, and a second run with the same name, while\n"
	 "                   the first one's tasks live, joins it\n"
	 "      --segments HOW\n"
	 "                   how COMMAND gets its segments of shared memory: 'native', the usual\n"
	 "                   way, or 'injected', as in a container that shares the host's IPC\n"
	 "                   namespace; slower, and for root only\n" SHIM_HELP,
	 0, 0, NULL},
	{"exec", "[--shim] NAMESPACE [--] COMMAND [ARG...]",
	 "Runs COMMAND in a namespace of the service.\n\n" SHIM_HELP, 0, 0, NULL},
	{"create", "NAMESPACE [--parent PARENT] [LIMIT=VALUE...]",
	 "Makes a namespace. What is not given is as the service's configuration has it;\n"
	 "'ipcnsctl limits' shows which limits there are.\n",
	 1, -1, OF_SERVICE(ctl_create)},
	{"destroy", "NAMESPACE...",
	 "Ends namespaces: waiting calls get EIDRM, all objects are removed, and tasks that are\n"
	 "left can make none.\n",
	 1, -1, OF_SERVICE(ctl_destroy)},
	{"list", "", "Lists the namespaces; with --quiet only their names.\n", 0, 0,
	 OF_SERVICE(ctl_list)},
	{"show", "NAMESPACE", "Shows what a namespace is, its limits and its use.\n", 1, 1,
	 OF_SERVICE(ctl_show)},
	{"objects", "NAMESPACE [msg|sem|shm|mqueue]", "Lists the objects of a namespace.\n", 1, 2,
	 OF_SERVICE(ctl_objects)},
	{"limits", "NAMESPACE [LIMIT=VALUE...]",
	 "Shows limits and quotas, or changes them at once: all that are given, or none. Numbers\n"
	 "may end in K, M, G, T; a quota may be 'unlimited'.\n",
	 1, -1, OF_SERVICE(ctl_limits)},
	{"rm", "NAMESPACE msg|sem|shm|mqueue ID...",
	 "Removes objects, whoever owns them; of queues the ID is the name.\n", 3, -1,
	 OF_SERVICE(ctl_rm)},
	{"mount", "NAMESPACE DIRECTORY",
	 "Mounts the namespace's message queues, as /dev/mqueue shows them inside.\n", 2, 2,
	 OF_SERVICE(ctl_mount)},
	{"umount", "DIRECTORY", "Undoes mount.\n", 1, 1, OF_SERVICE(ctl_umount)},
	{"oci-profile", "[--base FILE] [--name NAME | --metadata TEXT] [OPTION...]",
	 "Writes a seccomp profile for containers that are to be in a namespace of the service, "
	 "for\n"
	 "--security-opt seccomp=FILE, Localhost profiles of Kubernetes, and config.json.\n"
	 "\n"
	 "      --base FILE      the profile that containers have now; what it denies stays "
	 "denied.\n"
	 "                       -: stdin. Without, all that is not a namespace's is allowed\n"
	 "  -n, --name NAME      the namespace; without, each container has one of its own\n"
	 "      --metadata TEXT  instead: what the service is told, as it is\n"
	 "      --socket PATH    where the service takes listeners, instead of\n"
	 "                       " OCI_SOCKET "\n"
	 "                       (with --user: the user's, below $XDG_RUNTIME_DIR)\n"
	 "      --format oci     for containerd, which knows no conditions in profiles: those of\n"
	 "                       the base are resolved for a container with default capabilities\n"
	 "      --no-flags       for runc before 1.5; an answer can be lost at a signal then\n",
	 0, 0, OF_SERVICE(ctl_oci_profile)},
	{"doctor", "",
	 "Looks at kernel, seccomp, FUSE, BPF, cgroups, container runtimes, hooks and service, "
	 "and\n"
	 "says for each whether it works, is limited or missing, and what to do about it; with\n"
	 "--quiet only what does not work. Exit status 1: something is missing that is needed.\n",
	 0, 0, OF_SERVICE(ctl_doctor)},
	{"version", "", "Says the versions of ipcnsctl and of the service, if it runs.\n", 0, 0,
	 IPCNS_WITH_DBUS ? ctl_version : version_alone},
	{"help", "[VERB]", "Tells about all verbs, or more about one.\n", 0, 1, NULL},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

enum { OPT_BASE = 256, OPT_FORMAT, OPT_METADATA, OPT_NO_FLAGS, OPT_SEGMENTS, OPT_SHIM, OPT_SOCKET };

static const struct option options[] = {
	{"name", required_argument, NULL, 'n'},
	{"parent", required_argument, NULL, 'p'},
	{"base", required_argument, NULL, OPT_BASE},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"metadata", required_argument, NULL, OPT_METADATA},
	{"no-flags", no_argument, NULL, OPT_NO_FLAGS},
	{"segments", required_argument, NULL, OPT_SEGMENTS},
	{"shim", optional_argument, NULL, OPT_SHIM},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"bus", required_argument, NULL, 'b'},
	{"user", no_argument, NULL, 'u'},
	{"json", no_argument, NULL, 'j'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{0},
};

/* Options of single verbs, and where in struct ctl their values go. */
static const struct {
	int opt;
	const char *verb;
	size_t at;
} own_options[] = {
	{'n', "run", offsetof(struct ctl, name)},
	{OPT_SEGMENTS, "run", offsetof(struct ctl, segments)},
	{'n', "oci-profile", offsetof(struct ctl, name)},
	{OPT_SHIM, "run", offsetof(struct ctl, shim)},
	{OPT_SHIM, "exec", offsetof(struct ctl, shim)},
	{'p', "create", offsetof(struct ctl, parent)},
	{OPT_BASE, "oci-profile", offsetof(struct ctl, base)},
	{OPT_FORMAT, "oci-profile", offsetof(struct ctl, format)},
	{OPT_METADATA, "oci-profile", offsetof(struct ctl, metadata)},
	{OPT_NO_FLAGS, "oci-profile", offsetof(struct ctl, no_flags)},
	{OPT_SOCKET, "oci-profile", offsetof(struct ctl, socket)},
};

static const char common_help[] =
	"      --bus ADDRESS  D-Bus address of the service's bus instead of the system bus\n"
	"      --user         the user's service, on the user's bus\n"
	"  -j, --json         print JSON\n"
	"  -q, --quiet        print less: no headings, no confirmation\n"
	"  -h, --help         this text\n";

static const char run_status_help[] =
	"Exit status: COMMAND's, or 128 + the number of the signal that ended it; 125 when\n"
	"ipcnsctl itself failed, 126 when COMMAND cannot be executed, 127 when it is not found.\n"
	"\n"
	"Needs /dev/fuse, Linux 6.15 or newer, and root or a user namespace: 'ipcnsctl doctor' "
	"tells\n"
	"whether all is there.\n";

static const char status_help[] = "Exit status: 0; 1 it failed; 2 wrong usage; 3 the service does "
				  "not run; 4 there is no such\n"
				  "namespace or object; 5 not permitted.\n";

static bool runs_command(const struct verb *v)
{
	return strcmp(v->name, "run") == 0 || strcmp(v->name, "exec") == 0;
}

/* Does it ask the service, and is that not there? run needs none, and version tells its own. */
static bool is_left_out(const struct verb *v)
{
	return !IPCNS_WITH_DBUS && !v->call && strcmp(v->name, "run") != 0 &&
	       strcmp(v->name, "help") != 0;
}

static void usage(FILE *to)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!is_left_out(&verbs[i]))
			fprintf(to, "%s ipcnsctl %s %s\n", i ? "      " : "usage:", verbs[i].name,
				verbs[i].arguments);
	if (!IPCNS_WITH_DBUS)
		fputs("\n" LEFT_OUT "\n", to);
	fprintf(to, "\n'ipcnsctl VERB --help' tells more about one.\n\n%s\n%s\nOther verbs: %s",
		common_help, run_status_help, strchr(status_help, ' ') + 1);
}

static void verb_usage(const struct verb *v)
{
	printf("usage: ipcnsctl %s %s\n\n%s\n%s\n%s", v->name, v->arguments, v->help, common_help,
	       runs_command(v) ? run_status_help : status_help);
}

static int bad_usage(const struct verb *v)
{
	fprintf(stderr, "Try 'ipcnsctl %s%s--help'.\n", v ? v->name : "", v ? " " : "");
	return v && runs_command(v) ? EXIT_OWN_FAILURE : CTL_USAGE;
}

bool ctl_valid_name(const char *name)
{
	if (ns_name_valid(name))
		return true;
	say("'%s' is no namespace name: 1 to 64 of a-z A-Z 0-9 . _ -, not beginning with . or -",
	    name);
	return false;
}

/* run_command(), with what --shim asks for. */
static int run_with(const struct ctl *c, const char *name, int control, char **argv, bool injected,
		    unsigned closed)
{
	char *shim = c->shim ? shim_path(c->shim) : NULL;
	const struct run_how how = {.injected = injected, .shim = shim};
	int status = EXIT_OWN_FAILURE;

	if (!c->shim || shim)
		status = run_command(name, control, argv, &how, closed);
	free(shim);
	return status;
}

static int verb_exec(struct ctl *c, const struct verb *v, int argc, char **argv, unsigned closed)
{
	int skip = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (argc <= skip) {
		say("exec: %s", argc < 1 ? "no namespace given" : "no command given");
		return bad_usage(v);
	}
	if (!ctl_valid_name(argv[0]))
		return EXIT_OWN_FAILURE;
	int control = IPCNS_WITH_DBUS ? ctl_join(c, argv[0], false) : -1;

	return control < 0 ? EXIT_OWN_FAILURE
			   : run_with(c, NULL, control, argv + skip, false, closed);
}

static int verb_run(struct ctl *c, const struct verb *v, int argc, char **argv, unsigned closed)
{
	const bool injected = c->segments && strcmp(c->segments, "injected") == 0;
	const char *name = c->name;

	if (name && !ctl_valid_name(name))
		return EXIT_OWN_FAILURE;
	if (c->segments && !injected && strcmp(c->segments, "native") != 0) {
		say("run: --segments is 'native' or 'injected'");
		return bad_usage(v);
	}
	if (argc < 1) {
		say("run: no command given");
		return bad_usage(v);
	}
	return run_with(c, name, IPCNS_WITH_DBUS && name ? ctl_join(c, name, true) : -1, argv,
			injected, closed);
}

/* Optimal string alignment would be nicer; names are short enough for plain edit distance. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32];
	size_t n = strlen(b);

	if (n >= 31)
		return 99;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned diagonal = row[0]++;

		for (size_t j = 0; j < n; j++) {
			unsigned replace = diagonal + (a[i] != b[j]);
			unsigned best = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;

			diagonal = row[j + 1];
			row[j + 1] = replace < best ? replace : best;
		}
	}
	return row[n];
}

static const struct verb *find_verb(const char *name)
{
	const struct verb *near = NULL;
	unsigned best = 3;

	for (size_t i = 0; i < VERBS; i++) {
		unsigned d = distance(name, verbs[i].name);

		if (d == 0)
			return &verbs[i];
		/* "r" means run, "obj" objects. */
		if (strncmp(name, verbs[i].name, strlen(name)) == 0)
			d = 1;
		if (d < best) {
			best = d;
			near = &verbs[i];
		}
	}
	if (near)
		say("unknown command '%s'; did you mean '%s'?", name, near->name);
	else
		say("unknown command '%s'", name);
	return NULL;
}

static int help(int argc, char **argv)
{
	const struct verb *v = argc > 1 ? find_verb(argv[1]) : NULL;

	if (argc > 1 && !v)
		return bad_usage(NULL);
	if (v && is_left_out(v)) {
		say("%s: %s", v->name, LEFT_OUT);
		return CTL_NO_SERVICE;
	}
	if (v)
		verb_usage(v);
	else
		usage(stdout);
	return 0;
}

static bool own_option(struct ctl *c, const struct verb *v, int opt)
{
	for (size_t i = 0; v && i < sizeof(own_options) / sizeof(own_options[0]); i++) {
		if (own_options[i].opt != opt || strcmp(own_options[i].verb, v->name) != 0)
			continue;
		*(const char **)((char *)c + own_options[i].at) = optarg ? optarg : "";
		return true;
	}
	return false;
}

/* Return: -1 to go on, or the exit status. */
static int take_options(struct ctl *c, const struct verb *v, int argc, char **argv)
{
	int opt;

	/* "+": what comes after a command's name is the command's. */
	while ((opt = getopt_long(argc, argv, v && !runs_command(v) ? "jqhn:p:" : "+jqhn:p:",
				  options, NULL)) != -1) {
		switch (opt) {
		case 'b':
			c->address = optarg;
			break;
		case 'u':
			c->user = true;
			break;
		case 'j':
			c->json = true;
			break;
		case 'q':
			c->quiet = true;
			break;
		case 'h':
			if (v)
				verb_usage(v);
			else
				usage(stdout);
			return 0;
		case 'V':
			puts("ipcnsctl " IPCNS_VERSION);
			return 0;
		case '?':
			return bad_usage(v);
		default:
			if (!own_option(c, v, opt)) {
				say("%s does not have this option", v ? v->name : "ipcnsctl");
				return bad_usage(v);
			}
		}
	}
	return -1;
}

/* mount(8) looks for the type that was asked for, and when remounting for the one that is shown. */
static bool is_mount_helper(const char *program)
{
	return strcmp(program, "mount.ipcns") == 0 || strcmp(program, "mount.fuse.ipcns") == 0;
}

int main(int argc, char **argv)
{
	const unsigned closed = open_std_fds();
	const struct verb *v;
	struct ctl c = {0};
	char program[32];
	int status;

	if (argc > 0 && is_mount_helper(basename(argv[0]))) {
		if (IPCNS_WITH_DBUS)
			return stdout_close(basename(argv[0]), mount_helper(argc, argv));
		say("%s", LEFT_OUT);
		return 32; /* mount(8): mount failure */
	}
	status = take_options(&c, NULL, argc, argv);
	if (status >= 0)
		return stdout_close("ipcnsctl", status);
	argc -= optind;
	argv += optind;
	if (argc < 1) {
		usage(stderr);
		return CTL_USAGE;
	}
	v = find_verb(argv[0]);
	if (!v)
		return bad_usage(NULL);
	if (strcmp(v->name, "help") == 0)
		return stdout_close("ipcnsctl", help(argc, argv));
	if (is_left_out(v)) {
		say("%s: %s", v->name, LEFT_OUT);
		return runs_command(v) ? EXIT_OWN_FAILURE : CTL_NO_SERVICE;
	}
	optind = 0; /* getopt_long(3): begin anew */
	snprintf(program, sizeof(program), "ipcnsctl: %s", v->name);
	argv[0] = program; /* which it begins its messages with */
	status = take_options(&c, v, argc, argv);
	if (status >= 0)
		return stdout_close("ipcnsctl", status);
	argc -= optind;
	argv += optind;
	if (strcmp(v->name, "run") == 0)
		return verb_run(&c, v, argc, argv, closed);
	if (strcmp(v->name, "exec") == 0)
		return verb_exec(&c, v, argc, argv, closed);
	if (argc < v->min || (v->max >= 0 && argc > v->max)) {
		say("%s takes: %s", v->name, v->arguments[0] ? v->arguments : "no arguments");
		return bad_usage(v);
	}
	status = v->call(&c, argc, argv);
	if (IPCNS_WITH_DBUS)
		ctl_disconnect(&c);
	return stdout_close("ipcnsctl", status);
}
