/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines are those of proc_pid_mountinfo(5). */
#include "tools/mountinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define SUBTYPE "fuse.ipcns"

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* seq_path() writes blanks, tabs, newlines and backslashes as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && is_octal(from[1]) && is_octal(from[2]) &&
		    is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = 0;
}

/* A line is as long as its paths, which have no limit here. False: it is none of @path. */
static bool take_line(char *line, const char *path, struct mount_at *found)
{
	char *field[6], *save = NULL, *type;
	unsigned maj, min;

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return false;
	}
	unescape(field[4]);
	if (strcmp(field[4], path) != 0 || sscanf(field[2], "%u:%u", &maj, &min) != 2)
		return false;
	/* Optional fields, of which there may be none, end with a hyphen. */
	do
		type = strtok_r(NULL, " ", &save);
	while (type && strcmp(type, "-") != 0);
	type = type ? strtok_r(NULL, " ", &save) : NULL;
	*found = (struct mount_at){
		.dev = makedev(maj, min),
		.queues = strcmp(field[3], "/mqueue") == 0,
		.ours = type && strcmp(type, SUBTYPE) == 0,
		.read_only = strncmp(field[5], "ro", 2) == 0,
	};
	return true;
}

/* Of mounts on top of each other the last line is the one that is seen. */
bool mountinfo_find(const char *path, struct mount_at *found)
{
	char *real = realpath(path, NULL), *line = NULL;
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t size = 0;
	bool any = false;

	while (real && f && getline(&line, &size, f) > 0)
		any |= take_line(line, real, found);
	free(line);
	if (f)
		fclose(f);
	free(real);
	return any;
}
