/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for the end of a container's namespace, by the service's bus. */
#ifndef TOOLS_OCI_RELEASE_H
#define TOOLS_OCI_RELEASE_H

#include <stdbool.h>

/**
 * oci_release_wait() - until the service has no namespace @name, for @ms milliseconds at most. Does not
 * start the service; returns at once where it or its bus cannot be asked.
 * @address: of the bus; NULL: the system's, or with @user the user's.
 */
void oci_release_wait(const char *address, bool user, const char *name, int ms);

#endif
