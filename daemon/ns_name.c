/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rule, by which a name can stand in a path, on a command line and in a log without quotes. */
#include "daemon/ns_name.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ALLOWED                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789._-"
#define HEX 16

bool ns_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NS_NAME_MAX || name[0] == '.' || name[0] == '-')
		return false;
	return strspn(name, ALLOWED) == len;
}

static uint64_t fnv1a(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

void ns_name_from(const char *id, char name[NS_NAME_MAX + 1])
{
	const size_t max = NS_NAME_MAX - 1 - HEX;
	size_t len = 0;

	if (ns_name_valid(id)) {
		memcpy(name, id, strlen(id) + 1);
		return;
	}
	for (; len < max && id[len]; len++)
		name[len] = strchr(ALLOWED, id[len]) ? id[len] : '_';
	if (name[0] == '.' || name[0] == '-')
		name[0] = '_';
	snprintf(name + len, NS_NAME_MAX + 1 - len, "-%016" PRIx64, fnv1a(id));
}
