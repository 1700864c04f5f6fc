/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rule, by which a name can stand in a path, on a command line and in a log without quotes. */
#include "daemon/ns_name.h"

#include <string.h>

bool ns_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NS_NAME_MAX || name[0] == '.' || name[0] == '-')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._-") == len;
}
