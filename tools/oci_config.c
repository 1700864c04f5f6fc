/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three places of config.json that matter: annotations, linux.seccomp, mounts. */
#include "tools/oci_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/ns_name.h"

static int edit_seccomp(json_object *config, const struct oci_listener *l, struct oci_error *e)
{
	json_object *lin = oci_get(config, "linux"), *profile;

	if (!json_object_is_type(lin, json_type_object))
		return oci_fail(e, -EINVAL, "it has no \"linux\": it is no config.json of Linux");
	profile = oci_get(lin, "seccomp");
	if (!profile) {
		profile = oci_profile_permissive();
		json_object_object_add(lin, "seccomp", profile);
	}
	return oci_profile_merge(profile, l, e);
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

int oci_config_edit(json_object *config, const struct oci_listener *l, struct oci_error *e)
{
	json_object *annotations = oci_get(config, "annotations");
	const char *name = oci_get_string(annotations, OCI_ANNOTATION);
	struct oci_listener to = *l;
	char metadata[sizeof("namespace=") + NS_NAME_MAX];
	int r;

	if (!json_object_is_type(config, json_type_object))
		return oci_fail(e, -EINVAL, "it is no object");
	if (!oci_get(annotations, OCI_ANNOTATION))
		return 0;
	if (!name || (name[0] && !ns_name_valid(name)))
		return oci_fail(e, -EINVAL,
				"annotation %s: '%.80s' is no namespace name: 1 to 64 of a-z A-Z "
				"0-9 . _ -, not beginning with . or -",
				OCI_ANNOTATION, name ? name : "null");
	snprintf(metadata, sizeof(metadata), "namespace=%s", name);
	to.metadata = name[0] ? metadata : NULL;
	r = edit_seccomp(config, &to, e);
	if (r == 0)
		r = edit_mounts(config, e);
	/* To the service an empty name is a mistake, and no annotation is what was meant. */
	if (r == 0 && !name[0])
		json_object_object_del(annotations, OCI_ANNOTATION);
	return r < 0 ? r : 1;
}
