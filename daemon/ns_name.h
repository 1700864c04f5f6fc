/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a namespace of the service may be called. */
#ifndef DAEMON_NS_NAME_H
#define DAEMON_NS_NAME_H

#include <stdbool.h>

#define NS_NAME_MAX 64

/** ns_name_valid() - 1 to 64 of a-z A-Z 0-9 . _ -, not beginning with . or -. */
bool ns_name_valid(const char *name);

/**
 * ns_name_from() - the name for @id (not empty): that itself where it is one. Else the first 47 of its
 * characters, with _ for each that may not stand there, a -, and 16 hexadecimal digits of its FNV-1a hash
 * of 64 bits, so that the same id always has the same name, and another one has another. Of somebody who
 * looks for two ids of one name the hash is no guard.
 */
void ns_name_from(const char *id, char name[NS_NAME_MAX + 1]);

#endif
