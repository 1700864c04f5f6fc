/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ipcnsctl: the command line. Each verb is a function elsewhere; here are names, options, help. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run.h"

static void usage(FILE *to)
{
	fputs("usage: ipcnsctl run [--name NAME] [--] COMMAND [ARG...]\n"
	      "       ipcnsctl version | --version\n"
	      "       ipcnsctl help | --help\n"
	      "\n"
	      "Runs COMMAND in a virtual IPC namespace of its own: System V messages, semaphores and\n"
	      "shared memory, POSIX message queues, /dev/mqueue and /proc/sysvipc are those of the\n"
	      "namespace and of nobody else.\n"
	      "\n"
	      "  -n, --name NAME  name the namespace; a second run with the same name, while the\n"
	      "                   first one's tasks live, joins it\n"
	      "  -h, --help       this text\n"
	      "\n"
	      "Exit status: COMMAND's, or 128 + the number of the signal that ended it; 125 when\n"
	      "ipcnsctl itself failed, 126 when COMMAND cannot be executed, 127 when it is not found.\n"
	      "\n"
	      "Needs root, /dev/fuse, and Linux 6.15 or newer.\n",
	      to);
}

static int bad_usage(void)
{
	fputs("Try 'ipcnsctl --help'.\n", stderr);
	return EXIT_OWN_FAILURE;
}

/* A name goes into a socket address and later into file names. */
static int valid_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > 64 || name[0] == '.' || name[0] == '-')
		return 0;
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._-") == len;
}

static int verb_run(int argc, char **argv, unsigned closed)
{
	static const struct option options[] = {
		{"name", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *name = NULL;
	int opt;

	/* "+": options after COMMAND are COMMAND's. */
	while ((opt = getopt_long(argc, argv, "+n:h", options, NULL)) != -1) {
		switch (opt) {
		case 'n':
			name = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return bad_usage();
		}
	}
	if (name && !valid_name(name)) {
		say("'%s' is no namespace name: 1 to 64 of a-z A-Z 0-9 . _ -, not beginning with . "
		    "or -",
		    name);
		return EXIT_OWN_FAILURE;
	}
	if (optind >= argc) {
		say("run: no command given");
		return bad_usage();
	}
	return run_command(name, argv + optind, closed);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;
	const unsigned closed = open_std_fds();

	if (!verb) {
		usage(stderr);
		return EXIT_OWN_FAILURE;
	}
	if (strcmp(verb, "run") == 0)
		return verb_run(argc - 1, argv + 1, closed);
	if (strcmp(verb, "version") == 0 || strcmp(verb, "--version") == 0) {
		puts("ipcnsctl " IPCNS_VERSION);
		return 0;
	}
	if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		usage(stdout);
		return 0;
	}
	say("unknown command '%s'%s", verb,
	    strncmp(verb, "r", 1) == 0 ? "; did you mean 'run'?" : "");
	return bad_usage();
}
