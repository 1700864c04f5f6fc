/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* close(2) has errors of its own: file systems that write late report a full disk by it. */
#include "daemon/stdout_close.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>

int stdout_close(const char *program, int status)
{
	const bool pending = __fpending(stdout) > 0;
	bool failed = ferror(stdout);
	int error = 0;

	/* One that was never open is missed only by who wrote something. */
	if (fclose(stdout) != 0 && (pending || errno != EBADF)) {
		failed = true;
		error = errno;
	}
	if (!failed)
		return status;
	fprintf(stderr, "%s: cannot write to standard output%s%s\n", program, error ? ": " : "",
		error ? strerror(error) : "");
	return status ? status : 1;
}
