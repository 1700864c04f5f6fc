/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container's config.json (runtime-spec), edited so that the container is in a namespace of ipcnsd's.
 * A pure function; ipcns-oci-hook reads, calls it and writes.
 */
#ifndef TOOLS_OCI_CONFIG_H
#define TOOLS_OCI_CONFIG_H

#include "tools/oci_profile.h"

/** The annotation that asks for it. Its value is the namespace's name; containers that name the same
 * one share it. Empty: one of the container's own. */
#define OCI_ANNOTATION "org.ipcnsd.namespace"

/**
 * oci_config_edit() - what the annotation asks for:
 * the profile (or a permissive one, where there is none) notifies @l, see oci_profile_merge(), and has
 * the namespace's name in its metadata, unless that names one already: what a profile says is the
 * administrator's choice, an annotation that of whoever may start containers; and there is a mount
 * at /dev/mqueue, so that the directory exists on which the service mounts the namespace's queues. An
 * empty annotation is removed.
 * @l: its metadata is not looked at; a listener that is ours stays, as with keeps_ours.
 * *@listens: whom the container will call, borrowed from @config.
 * Return: 1; 0: there is no annotation, nothing was changed; -EINVAL: no config.json, or no valid
 * name; others as oci_profile_merge(). On failure @config is to be thrown away.
 */
int oci_config_edit(json_object *config, const struct oci_listener *l, const char **listens,
		    struct oci_error *e);

/** oci_config_listener() - where the container's filter is handed to, borrowed; NULL: nowhere. */
const char *oci_config_listener(json_object *config);

/** oci_config_names_namespace() - does the profile's metadata say in which namespace the container is? */
bool oci_config_names_namespace(json_object *config);

#endif
