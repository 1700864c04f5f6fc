/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a namespace's state lies. */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

/**
 * state_private_tmpfs() - a tmpfs on a mount that is in no mount namespace; it goes with the last
 * descriptor on it, also after SIGKILL.
 * Return: descriptor of its root directory (close-on-exec), or negative errno (-EPERM without
 * CAP_SYS_ADMIN).
 */
int state_private_tmpfs(void);

#endif
