/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The thread that serves the FUSE file system.
 *
 * It never copies to or from a task's memory, and holds the namespace's lock only while it answers:
 * a task may name memory that our own file system has to provide (a private mapping of a queue's
 * file), and then a copying thread waits for this one.
 */
#ifndef DAEMON_VIEWER_H
#define DAEMON_VIEWER_H

struct server;
struct viewer;

/** viewer_look() - have it look after creations that were put off (fuse/put_off.h). With the lock. */
void viewer_look(struct viewer *v);

/** viewer_start() - Return: 0 or negative errno. viewer_stop(): NULL is allowed; without the lock. */
int viewer_start(struct server *srv, struct viewer **out);
void viewer_stop(struct viewer *v);

#endif
