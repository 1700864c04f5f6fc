/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipcnsctl doctor: rows of what was looked at. Each doctor_*() below looks at one area and adds rows;
 * doctor.c prints them. Looking changes nothing: what has to be tried is tried in a child process.
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl;

/**
 * enum doctor_state - WORKS: all that we use of it. LIMITED: less than that; the remedy says what is
 * lost. MISSING: it is not there, or of no use.
 */
enum doctor_state { DOCTOR_WORKS, DOCTOR_LIMITED, DOCTOR_MISSING };

struct doctor {
	json_object *rows;
	bool needed_missing; /* something without which `ipcnsctl run` does not work */
};

/** struct doctor_check - what is looked at. @remedy: for when it does not work, one sentence. */
struct doctor_check {
	const char *area, *name;
	bool needed;
	const char *remedy;
};

/** doctor_add() - a row; what follows says in a few words what was found. */
void doctor_add(struct doctor *d, const struct doctor_check *check, enum doctor_state state,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** doctor_try() - @fn in a child, which may change its own namespaces and filters. Return: what it
 * returns, 0 or a negative errno. */
int doctor_try(int (*fn)(void));

/** doctor_try_as_run() - the same, and in a user namespace of its own first where a run needs one
 * (tools/rootless.h). */
int doctor_try_as_run(int (*fn)(void));

/** doctor_output() - stdout of a program and its arguments, cut at @size - 1 bytes, for at most five
 * seconds, after which the program is killed. Return: its exit status; -1: it could not be asked. */
int doctor_output(const char *const *argv, char *out, size_t size);

/** doctor_version() - the first "MAJOR.MINOR" in @text, as MAJOR * 1000 + MINOR; 0: none. */
unsigned doctor_version(const char *text);

/** doctor_find_program() - on the path, and where daemons are. Return: false: it is not installed. */
bool doctor_find_program(const char *name, char *path, size_t size);

/** doctor_refuses_flags() - is runtime @name ("crun", "runc") installed, and one that does not take
 * the flag of our profiles? */
bool doctor_refuses_flags(const char *name);

void doctor_kernel(struct doctor *d);
void doctor_system(struct doctor *d);
void doctor_runtimes(struct doctor *d);
void doctor_service(struct doctor *d, struct ctl *c);
void doctor_hooks(struct doctor *d, const struct ctl *c);
void doctor_rootless(struct doctor *d, const struct ctl *c);

#endif
