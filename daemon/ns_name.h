/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a namespace of the service may be called. */
#ifndef DAEMON_NS_NAME_H
#define DAEMON_NS_NAME_H

#include <stdbool.h>

#define NS_NAME_MAX 64

/** ns_name_valid() - 1 to 64 of a-z A-Z 0-9 . _ -, not beginning with . or -. */
bool ns_name_valid(const char *name);

#endif
