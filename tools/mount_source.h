/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The namespace that is to be mounted, of what mount(8) hands to its helpers as the source.
 *
 * mount(8) takes a source for a path. If there is a file of that name in the current directory, which for
 * fstab(5) and for .mount units is "/", it hands on the file's absolute path, with links resolved,
 * instead. "srv" and "home" are good names of namespaces, so the name is found again; and where it
 * cannot be, or nothing may depend on what files there are, "ipcns:NAME" is for sure.
 */
#ifndef TOOLS_MOUNT_SOURCE_H
#define TOOLS_MOUNT_SOURCE_H

#include "daemon/ns_name.h"

/** mount_source_name() - the name that @source stands for, in the directory that mount(8) was called
 * in. Return: 0 with a valid @name; -1 after saying why not. */
int mount_source_name(const char *source, char name[NS_NAME_MAX + 1]);

#endif
