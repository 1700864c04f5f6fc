/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The runs of a namespace: connected front processes and guardians (`ipcnsctl run`, `exec`), what
 * they are given and what they are told. The same for the daemon part of an embedded namespace and
 * for a namespace of the service; they differ in where connections come from, and in what happens
 * when nobody is left, which is the owner's to decide.
 *
 * A run is a connection (daemon/run_proto.h); its front process and guardian share it, so end of
 * file means that both are gone. All functions are called with the namespace's lock held, or before
 * its loop runs.
 */
#ifndef DAEMON_RUNS_H
#define DAEMON_RUNS_H

#include "daemon/server.h"

struct run;

struct runs {
	struct server *srv;
	struct run *list;
	uint64_t next_number;
	int ipc_ns_fd; /* the backing kernel IPC namespace; the owner's */
	bool adopted;  /* ipc_ns_fd is a container's, who is in it need not be ours */
	bool killable; /* the process serves nothing else: who is stuck for it may kill it */
	/** No listener is open and no run is about to bring one. May be NULL. If it stops the loop it
	 * tells the runs (runs_release_all()). */
	void (*idle)(void *ctx);
	/** A command was turned away: what it brought could not be taken (@err: errno). May be NULL. */
	void (*turned_away)(void *ctx, int err);
	void *ctx;
};

/** runs_init() - no runs yet; takes srv->listener_gone. */
void runs_init(struct runs *rs, struct server *srv, int ipc_ns_fd);

/** runs_add() - serve the connection @sock. Return: 0: it is taken over; or negative errno. */
int runs_add(struct runs *rs, int sock);

/** runs_attach() - serve a seccomp listener that belongs to no connection; it counts as a run of its
 * own. @opt may be NULL. Return: 0: it is taken over; or negative errno. */
int runs_attach(struct runs *rs, int listener, const struct listener_options *opt);

/** runs_listeners() - listeners open, those that belong to no run included. */
unsigned runs_listeners(const struct runs *rs);

/** runs_release_all() - tell every run that nothing is left to serve; @ends: the process ends now. */
void runs_release_all(struct runs *rs, bool ends);

/** runs_close() - drop the connections, without a word. */
void runs_close(struct runs *rs);

/** runs_refuse() - say on @sock why it is not served; it stays the caller's. */
void runs_refuse(int sock, int err, const char *text);

#endif
