/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See the header. */
#include "tools/name.h"

#include <string.h>

bool name_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_LEN_MAX && name[0] != '.' && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._-") == len;
}
