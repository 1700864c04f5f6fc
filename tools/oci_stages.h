/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of a hook that a runtime runs itself, from "hooks" of config.json, with the container's
 * state (runtime-spec) on stdin. They look and wait only, so they may run as often as they like.
 */
#ifndef TOOLS_OCI_STAGES_H
#define TOOLS_OCI_STAGES_H

#include "tools/oci_json.h"

/**
 * oci_stage_create() - createRuntime and createContainer: will the container be served?
 * @fd: the state. @socket: a service's besides those that oci_socket_is_ours() knows.
 * @inside: createContainer, which runs in the container's user namespace; what cannot be reached from
 * there for want of permission is the runtime's to find out.
 * Return: 0; negative errno with @e: the bundle's configuration has no listener of ours, or nobody
 * listens there.
 */
int oci_stage_create(int fd, const char *socket, bool inside, struct oci_error *e);

/**
 * oci_stage_poststop() - wait until the container's own namespace is gone, two seconds at most; not for
 * one that it was told to share. Never fails: nobody could do anything about it.
 * @bus: see oci_release_wait().
 */
void oci_stage_poststop(int fd, const char *socket, const char *bus);

#endif
