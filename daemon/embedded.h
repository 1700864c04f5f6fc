/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The daemon part of an embedded namespace: one process, one namespace, no installation.
 *
 * It lives as long as there is a run (a front process or its guardian) or a task under one of its
 * listeners, and leaves nothing: its state is on a tmpfs that no mount namespace holds, its FUSE
 * mount and its kernel IPC namespace go with their last users.
 */
#ifndef DAEMON_EMBEDDED_H
#define DAEMON_EMBEDDED_H

/**
 * embedded_main() - be the daemon part; does not return.
 * @control: connected socket of the first run (run_proto.h); taken over.
 * @accept_fd: listening socket by which further runs join, or -1; taken over.
 */
_Noreturn void embedded_main(int control, int accept_fd);

#endif
