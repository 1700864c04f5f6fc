/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The OCI seccomp listener: the socket that a container's configuration names as
 * linux.seccomp.listenerPath. A runtime connects, says what container it is (daemon/oci_state.h) and
 * hands over the listener of its filter; for each exec it does so once more.
 *
 *	oci_conn.c	the socket and its connections, up to a state with a listener
 *	oci.c		from there to a namespace
 *
 * A listener is looked at when its first call arrives, because that tells who is behind it for
 * sure, while the state's pids may be 0 or long gone. This call (nearly always the execve(2) of the
 * container's program) waits until the namespace is there. The namespace is the one of the name that
 * was chosen; by name of the container only if no namespace is backed by the container's kernel IPC
 * namespace, so that who shares that shares this. (On the host's kernel namespace the name is that of an
 * exec, too; daemon/kin.h tells it from a stranger of the same id.) If there is none it is made, with the
 * container's kernel IPC namespace behind it where that is nobody else's, and ends with its last
 * listener.
 *
 * All on the main thread, which never waits here. Whatever is wrong with one connection or container
 * ends that one: its listener is closed, and its calls get ENOSYS from then on.
 */
#ifndef DAEMON_OCI_H
#define DAEMON_OCI_H

#include "daemon/manager.h"
#include "daemon/oci_state.h"

#define OCI_SOCKET "seccomp.sock"

/** Connections that have not said all yet; an idle one costs a descriptor, and waits for ever. */
#define OCI_CONNECTIONS_MAX 1024u

struct oci_conn;
struct oci_container;

struct oci {
	struct manager *manager;
	sd_event *event;
	sd_event_source *accept_source, *rested;
	int fd;
	bool bound; /* by us: the file goes with us */
	struct oci_conn *conns;
	unsigned nconns;
	struct oci_container *containers; /* not yet in a namespace */
};

/**
 * oci_open() - listen at OCI_SOCKET in the runtime directory, which must be ours, or on the socket
 * that systemd has passed. Return: 0 or negative errno. oci_close() in any case.
 */
int oci_open(struct oci *o, struct manager *m, sd_event *event);
void oci_close(struct oci *o);

/* Between the files. */

/** oci_conn_accept() - the socket is readable. */
int oci_conn_accept(sd_event_source *s, int fd, uint32_t revents, void *userdata);
/** oci_conn_rested() - it is looked at again. */
int oci_conn_rested(sd_event_source *s, uint64_t usec, void *userdata);
void oci_conn_close_all(struct oci *o);
/** oci_take() - a state and its listener @fd, which is taken over in any case. */
void oci_take(struct oci *o, const struct oci_state *state, int fd);

#endif
