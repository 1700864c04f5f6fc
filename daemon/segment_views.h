/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What programs outside the kernel IPC namespace with their segments see of those as files:
 * /proc/sysvipc/shm and the sysctls, taken from that namespace. With server.lock, by threads that are
 * in it, as the viewer is.
 */
#ifndef DAEMON_SEGMENT_VIEWS_H
#define DAEMON_SEGMENT_VIEWS_H

#include "ipc/shm.h"

/** segment_next() - ipcns_fuse_hooks.segment_next; @ctx: the server. */
bool segment_next(void *ctx, int32_t *idx, struct shm_stat *st, struct shm_pages *pages);

/** segment_sysctl() - ipc_env.segment_sysctl; @ctx: the server. */
ssize_t segment_sysctl(void *ctx, const char *name, bool write, char *buf, size_t len);

#endif
