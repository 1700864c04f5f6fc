/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the scenario library share. Scenarios include scenario.h only.
 *
 * struct sc_shared_state lies in a memfd that every process of a scenario maps (at addresses of its
 * own); it starts zeroed and contains no pointers.
 */
#ifndef IPCNSD_TESTS_ORACLE_SCENARIO_PRIV_H
#define IPCNSD_TESTS_ORACLE_SCENARIO_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "scenario.h"

#define STATUS_FAILED 99
#define STATUS_SKIPPED 77

struct sc_actor {
	char role[24];
	_Atomic pid_t pid;    /* of a thread: its tid; 0 until it runs */
	_Atomic bool live;    /* lines are written at once instead of held */
	atomic_uint len;      /* bytes of text; grown by the actor alone */
	unsigned int printed; /* of these, already in the transcript */
	char text[32 * 1024];
};

struct sc_shared_state {
	atomic_uint count; /* actors in use; 0 is "main" */
	atomic_int failed;
	_Atomic uint32_t checkpoints[SC_CHECKPOINTS];
	struct sc_actor actors[SC_ACTORS];
};

extern struct sc_shared_state *sc_state;

/* This program's own path, for sc_exec_self(); set by main(). */
extern char sc_program[PATH_MAX];

/* The actor that is or was this process or thread, or NULL. */
struct sc_actor *sc_actor_find(pid_t pid);

/* The calling thread speaks as this actor from now on. */
void sc_become_actor(unsigned int index);

/* Writes to stdout, whole; a failure ends the process with STATUS_FAILED. */
void sc_write_all(const char *text, size_t len);

/* Writes what the actor holds and has not shown. */
void sc_print_held(struct sc_actor *actor);

#endif
