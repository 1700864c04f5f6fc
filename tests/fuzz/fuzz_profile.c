/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seccomp profiles and config.json, as an operator or podman hands them over: whatever comes is merged,
 * or refused in words; and to merge once more changes nothing.
 *
 * Bytes: what to do with it, then the text. Bit 0: it is config.json. Bit 1: resolve it before.
 */
#include <errno.h>
#include <stdlib.h>

#include "input.h"
#include "tools/oci_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct oci_listener listener = {
	.path = OCI_SOCKET, .metadata = "namespace=a", .killable = true};

static int edit(json_object *o, uint8_t how, struct oci_error *e)
{
	int r = how & 2 ? oci_profile_resolve(o, oci_profile_default_caps, e) : 0;

	if (r < 0)
		return r;
	const char *at;

	return how & 1 ? oci_config_edit(o, &listener, &at, e) : oci_profile_merge(o, &listener, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const uint8_t how = take8(&in);
	struct json_tokener *tok = json_tokener_new();
	json_object *o = json_tokener_parse_ex(tok, (const char *)in.p, (int)in.left), *once = NULL;
	struct oci_error e = {""};
	int r;

	json_tokener_free(tok);
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return 0;
	}
	r = edit(o, how, &e);
	CHECK(r >= 0 || (e.text[0] && (r == -EINVAL || r == -EBUSY || r == -EOPNOTSUPP)));
	if (r >= 0) {
		CHECK(json_object_deep_copy(o, &once, NULL) == 0);
		CHECK(edit(o, how, &e) >= 0);
		CHECK(json_object_equal(o, once));
		json_object_put(once);
	}
	json_object_put(o);
	return 0;
}
