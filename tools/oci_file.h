/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON of containers, read from and written to files. */
#ifndef TOOLS_OCI_FILE_H
#define TOOLS_OCI_FILE_H

#include <stdio.h>

#include "tools/oci_json.h"

/**
 * oci_read() - the one JSON object in @fd, to its end; 16 MiB at most.
 * Return: 0 with *@out (the caller's); -EINVAL: it is none; others of read(2).
 */
int oci_read(int fd, json_object **out, struct oci_error *e);

/** oci_write() - as text for people, and flush. Return: 0 or negative errno. */
int oci_write(FILE *f, json_object *o);

#endif
