/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a namespace may be called: the service's rule (daemon/ns_name.h), known before it is asked. */
#ifndef TOOLS_NAME_H
#define TOOLS_NAME_H

#include <stdbool.h>

#define NAME_LEN_MAX 64

/** name_valid() - 1 to 64 of a-z A-Z 0-9 . _ -, not beginning with . or -. */
bool name_valid(const char *name);

#endif
