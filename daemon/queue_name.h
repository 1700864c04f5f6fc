/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of POSIX queues as texts. Programs name their queues by any bytes but '/' and NUL, as files; D-Bus,
 * JSON, logs and terminals take UTF-8 without control characters. So what is not that stands as \xHH, and
 * so does the backslash, which makes the way back exact. Pure functions.
 */
#ifndef DAEMON_QUEUE_NAME_H
#define DAEMON_QUEUE_NAME_H

#include <stddef.h>

/** Bytes of the longest text, with its NUL: NAME_MAX bytes, each written out. */
#define QUEUE_TEXT_MAX (255 * 4 + 1)

/** queue_name_escape() - @name as a text; it ends where @out ends, should that be shorter. */
void queue_name_escape(char *out, size_t size, const char *name);

/**
 * queue_name_unescape() - the name that @text means. Return: its length; -EINVAL: a backslash that is not of
 * the form above, or a NUL; -ENAMETOOLONG: more than @size - 1 bytes.
 */
int queue_name_unescape(char *out, size_t size, const char *text);

#endif
