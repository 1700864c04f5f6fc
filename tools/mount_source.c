/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names in the current directory lead to a path. */
#include "tools/mount_source.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl.h"
#include "tools/run.h"

#define PREFIX "ipcns:"

/* @text without the prefix. */
static const char *bare(const char *text)
{
	const size_t len = strlen(PREFIX);

	return strncmp(text, PREFIX, len) == 0 ? text + len : text;
}

/* A valid one. */
static void take(const char *from, char name[NS_NAME_MAX + 1])
{
	const size_t len = strnlen(from, NS_NAME_MAX);

	memcpy(name, from, len);
	name[len] = '\0';
}

static bool leads_to(const char *entry, const char *path)
{
	char *real = realpath(entry, NULL);
	const bool same = real && strcmp(real, path) == 0;

	free(real);
	return same;
}

/*
 * Not the path's last component: that is the name only if the file is no link, and what a link is
 * called in the one place is not the namespace that another link's name means. Return: how many names
 * there are; one of them is in @name.
 */
static unsigned names_of(const char *path, char name[NS_NAME_MAX + 1])
{
	const char *last = strrchr(path, '/') + 1;
	DIR *dir = opendir(".");
	unsigned n = 0;

	for (struct dirent *e = NULL; dir && (e = readdir(dir));) {
		/* What is no link has the path's last component as its name. */
		if (e->d_type != DT_LNK && e->d_type != DT_UNKNOWN && strcmp(e->d_name, last) != 0)
			continue;
		if (!ns_name_valid(bare(e->d_name)) || !leads_to(e->d_name, path))
			continue;
		take(bare(e->d_name), name);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

int mount_source_name(const char *source, char name[NS_NAME_MAX + 1])
{
	unsigned n;

	if (source[0] != '/') {
		if (!ctl_valid_name(bare(source)))
			return -1;
		take(bare(source), name);
		return 0;
	}
	n = names_of(source, name);
	if (n == 1)
		return 0;
	if (n)
		say("mount(8) has made '%s' of the name, and %u names here lead to that file; "
		    "write " PREFIX "NAME",
		    source, n);
	else
		say("'%s' is a path and no namespace name; write " PREFIX "NAME", source);
	return -1;
}
