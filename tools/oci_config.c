/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three places of config.json that matter: annotations, linux.seccomp, mounts. */
#include "tools/oci_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ns_name.h"

/* Is "namespace" among the keys of @metadata? What else is wrong with it the service will say. */
static bool names_namespace(const char *metadata)
{
	static const char key[] = "namespace=";

	for (const char *p = metadata; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, key, sizeof(key) - 1) == 0)
			return true;
	}
	return false;
}

/* Metadata of @profile and the namespace @name; *@out (the caller's) is NULL if it is to stay as it is. */
static int with_name(json_object *profile, const char *name, char **out, struct oci_error *e)
{
	json_object *there = oci_get(profile, "listenerMetadata");
	const char *has = there ? oci_get_string(profile, "listenerMetadata") : "";

	*out = NULL;
	if (!has)
		return oci_fail(e, -EINVAL, "\"listenerMetadata\" is no string");
	if (!name[0] || names_namespace(has))
		return 0;
	if (asprintf(out, "%s%snamespace=%s", has, has[0] ? "," : "", name) < 0) {
		*out = NULL;
		return oci_fail(e, -ENOMEM, "no memory");
	}
	return 0;
}

static int edit_seccomp(json_object *config, const struct oci_listener *l, const char *name,
			struct oci_error *e)
{
	json_object *lin = oci_get(config, "linux"), *profile;
	struct oci_listener to = *l;
	char *metadata;
	int r;

	if (!json_object_is_type(lin, json_type_object))
		return oci_fail(e, -EINVAL, "it has no \"linux\": it is no config.json of Linux");
	profile = oci_get(lin, "seccomp");
	if (!profile) {
		profile = oci_profile_permissive();
		json_object_object_add(lin, "seccomp", profile);
	}
	r = with_name(profile, name, &metadata, e);
	if (r < 0)
		return r;
	to.metadata = metadata;
	to.keeps_ours = true;
	r = oci_profile_merge(profile, &to, e);
	free(metadata);
	return r;
}

const char *oci_config_listener(json_object *config)
{
	return oci_get_string(oci_get(oci_get(config, "linux"), "seccomp"), "listenerPath");
}

bool oci_config_names_namespace(json_object *config)
{
	const char *metadata =
		oci_get_string(oci_get(oci_get(config, "linux"), "seccomp"), "listenerMetadata");

	return metadata && names_namespace(metadata);
}

static bool is_mqueue(json_object *mount)
{
	const char *at = oci_get_string(mount, "destination");
	size_t len = at ? strlen(at) : 0;

	while (len > 1 && at[len - 1] == '/')
		len--;
	return len == strlen("/dev/mqueue") && strncmp(at, "/dev/mqueue", len) == 0;
}

static json_object *new_mqueue(void)
{
	static const char *const options[] = {"nosuid", "noexec", "nodev"};
	json_object *m = json_object_new_object(), *o = json_object_new_array();

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		json_object_array_add(o, json_object_new_string(options[i]));
	json_object_object_add(m, "destination", json_object_new_string("/dev/mqueue"));
	json_object_object_add(m, "type", json_object_new_string("mqueue"));
	json_object_object_add(m, "source", json_object_new_string("mqueue"));
	json_object_object_add(m, "options", o);
	return m;
}

/* Last: runtimes mount in this order, and /dev is among them. */
static int edit_mounts(json_object *config, struct oci_error *e)
{
	json_object *mounts = oci_get(config, "mounts");

	if (mounts && !json_object_is_type(mounts, json_type_array))
		return oci_fail(e, -EINVAL, "\"mounts\" is no array");
	for (size_t i = 0; mounts && i < json_object_array_length(mounts); i++)
		if (is_mqueue(json_object_array_get_idx(mounts, i)))
			return 0;
	if (!mounts) {
		mounts = json_object_new_array();
		json_object_object_add(config, "mounts", mounts);
	}
	json_object_array_add(mounts, new_mqueue());
	return 0;
}

int oci_config_edit(json_object *config, const struct oci_listener *l, const char **listens,
		    struct oci_error *e)
{
	json_object *annotations = oci_get(config, "annotations");
	const char *name = oci_get_string(annotations, OCI_ANNOTATION);
	int r;

	*listens = NULL;
	if (!json_object_is_type(config, json_type_object))
		return oci_fail(e, -EINVAL, "it is no object");
	if (!oci_get(annotations, OCI_ANNOTATION))
		return 0;
	if (!name || (name[0] && !ns_name_valid(name)))
		return oci_fail(e, -EINVAL,
				"annotation %s: '%.80s' is no namespace name: 1 to 64 of a-z A-Z "
				"0-9 . _ -, not beginning with . or -",
				OCI_ANNOTATION, name ? name : "null");
	r = edit_seccomp(config, l, name, e);
	if (r == 0)
		r = edit_mounts(config, e);
	/* To the service an empty name is a mistake, and no annotation is what was meant. */
	if (r == 0 && !name[0])
		json_object_object_del(annotations, OCI_ANNOTATION);
	*listens = oci_config_listener(config);
	return r < 0 ? r : 1;
}
