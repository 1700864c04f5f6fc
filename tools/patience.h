/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for the daemon part without becoming deaf: to the user, who wants to end what does not
 * start, and to the clock. For the front process and for the command before it is executed; both
 * have the relayed signals blocked.
 */
#ifndef TOOLS_PATIENCE_H
#define TOOLS_PATIENCE_H

#include <stdint.h>

/* How long the daemon part may take to greet. Setting up takes some ten milliseconds. */
#define ANSWER_MS 20000

/** now_ms() - CLOCK_MONOTONIC in milliseconds. */
int64_t now_ms(void);

/** poll_one() - poll(2) of one descriptor for POLLIN, @ms as there; signals do not end it.
 * Return: nonzero when there is something, end of file included. */
int poll_one(int fd, int ms);

/**
 * wait_answer() - until @sock has something to read, at most @ms. A blocked HUP, INT, QUIT or TERM
 * that is not ignored ends the wait and stays pending.
 * Return: 0; the signal's number; or -ETIMEDOUT, other negative errno.
 */
int wait_answer(int sock, int ms);

#endif
