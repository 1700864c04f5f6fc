/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where libipcshim is. A program finds it by what is in LD_PRELOAD, which ld.so takes apart at colons
 * and spaces; with a path that has them nothing would be loaded, and hardly anybody would notice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc/config.h"
#include "tools/run.h"

#define LIBRARY "libipcshim.so"

/* Beside the program, as in a build directory; else where it is installed. */
static char *find(void)
{
	char *self = realpath("/proc/self/exe", NULL), *path = NULL;
	char *slash = self ? strrchr(self, '/') : NULL;

	if (slash && asprintf(&path, "%.*s/" LIBRARY, (int)(slash - self), self) < 0)
		path = NULL;
	free(self);
	if (path && access(path, R_OK) == 0)
		return path;
	free(path);
	return strdup(IPCNS_SHIM_DIR "/" LIBRARY);
}

char *shim_path(const char *given)
{
	char *path;

	if (!IPCNS_WITH_SHIM) {
		say("--shim: %s: libipcshim is left out of this build (IPCNS_WITH_SHIM)",
		    strerror(EINVAL));
		return NULL;
	}
	path = *given ? realpath(given, NULL) : find();
	if (!path || access(path, R_OK) < 0) {
		say("--shim: %s: %s%s", path ? path : given, strerror(errno),
		    *given ? "" : " (is the package libipcshim installed?)");
	} else if (strpbrk(path, ": \t\n")) {
		say("--shim: '%s': a path with spaces or colons cannot be preloaded", path);
	} else {
		return path;
	}
	free(path);
	return NULL;
}
