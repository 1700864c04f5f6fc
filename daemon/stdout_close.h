/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last thing that a program does which has written to its standard output: find out whether all of
 * it got there. A full disk is noticed only when the buffer is written, which is else at exit, with
 * nobody to tell.
 */
#ifndef DAEMON_STDOUT_CLOSE_H
#define DAEMON_STDOUT_CLOSE_H

/** stdout_close() - Return: @status if all was written; else, after a line on stderr in the name of
 * @program, @status if that tells of a failure already, and 1 if not. */
int stdout_close(const char *program, int status);

#endif
