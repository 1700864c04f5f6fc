/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the hook does to config.json: nothing without the annotation; with it the profile, its metadata
 * and a mount; and reading JSON as runtimes write it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/ns_name.h"
#include "tools/oci_config.h"
#include "tools/oci_file.h"

static const struct oci_listener listener = {.path = "/run/x.sock", .killable = true};

static json_object *json(const char *text)
{
	json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static json_object *copy(json_object *o)
{
	json_object *c = NULL;

	assert_int_equal(json_object_deep_copy(o, &c, NULL), 0);
	return c;
}

static int edit(json_object *o, struct oci_error *e)
{
	const char *at;

	return oci_config_edit(o, &listener, &at, e);
}

static void names(void **state)
{
	char longest[66];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[64] = 0;
	assert_true(ns_name_valid(longest));
	longest[64] = 'a';
	longest[65] = 0;
	assert_false(ns_name_valid(longest));
	assert_true(ns_name_valid("shop-1_A.b"));
	assert_false(ns_name_valid(""));
	assert_false(ns_name_valid(".a"));
	assert_false(ns_name_valid("-a"));
	assert_false(ns_name_valid("a/b"));
	assert_false(ns_name_valid("a b"));
}

static void without_annotation(void **state)
{
	static const char *const configs[] = {
		"{\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}}}",
		"{\"annotations\":{\"org.ipcnsd\":\"x\"},\"linux\":{}}",
		"{\"annotations\":null}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		json_object *o = json(configs[i]), *was = copy(o);
		struct oci_error e;

		assert_int_equal(edit(o, &e), 0);
		assert_true(json_object_equal(o, was));
		json_object_put(o);
		json_object_put(was);
	}
}

static json_object *edited(const char *text)
{
	json_object *o = json(text), *again;
	struct oci_error e = {""};

	if (edit(o, &e) != 1)
		fail_msg("%s", e.text);
	again = copy(o);
	assert_true(edit(again, &e) >= 0);
	assert_true(json_object_equal(o, again));
	json_object_put(again);
	return o;
}

static json_object *profile_of(json_object *config)
{
	return oci_get(oci_get(config, "linux"), "seccomp");
}

#define ASKS(name) "\"annotations\":{\"" OCI_ANNOTATION "\":\"" name "\",\"other\":\"kept\"}"

static void unconfined(void **state)
{
	json_object *o =
		edited("{" ASKS("shop") ",\"linux\":{\"namespaces\":[]},\"process\":{\"x\":1}}");
	json_object *p = profile_of(o), *m = oci_get(o, "mounts");

	(void)state;
	assert_string_equal(oci_get_string(p, "defaultAction"), "SCMP_ACT_ALLOW");
	assert_string_equal(oci_get_string(p, "listenerPath"), "/run/x.sock");
	assert_string_equal(oci_get_string(p, "listenerMetadata"), "namespace=shop");
	assert_int_equal(json_object_array_length(m), 1);
	assert_string_equal(oci_get_string(json_object_array_get_idx(m, 0), "destination"),
			    "/dev/mqueue");
	assert_string_equal(oci_get_string(oci_get(o, "annotations"), "other"), "kept");
	assert_int_equal(json_object_get_int(oci_get(oci_get(o, "process"), "x")), 1);
	json_object_put(o);
}

static void with_profile_and_mount(void **state)
{
	json_object *o = edited("{" ASKS(
		"") ",\"mounts\":[{\"destination\":\"/dev\"},{\"destination\":\"/dev/mqueue/\"}],"
		    "\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
		    "{\"names\":[\"read\",\"semop\"],\"action\":\"SCMP_ACT_ALLOW\"}]}}}");
	json_object *p = profile_of(o);

	(void)state;
	assert_int_equal(json_object_array_length(oci_get(o, "mounts")), 2);
	assert_null(oci_get(p, "listenerMetadata"));
	/* An empty name would be a mistake to the service. */
	assert_null(oci_get(oci_get(o, "annotations"), OCI_ANNOTATION));
	assert_string_equal(oci_get_string(oci_get(o, "annotations"), "other"), "kept");
	assert_int_equal(json_object_array_length(oci_get(p, "syscalls")), 2);
	json_object_put(o);
}

#define PROFILE(more)                                                                  \
	",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" \
	"{\"names\":[\"semop\"],\"action\":\"SCMP_ACT_ALLOW\"}]" more "}}}"
#define METADATA(text) PROFILE(",\"listenerMetadata\":\"" text "\"")

/* What the profile says stays; the annotation is for what it does not say. */
static void metadata(void **state)
{
	static const struct {
		const char *config, *is;
	} cases[] = {
		{"{" ASKS("a") METADATA("msgmni=3,namespace=tenant"), "msgmni=3,namespace=tenant"},
		{"{" ASKS("a") METADATA("namespace=tenant,parent=p"), "namespace=tenant,parent=p"},
		{"{" ASKS("") METADATA("namespace=tenant"), "namespace=tenant"},
		{"{" ASKS("a") METADATA("msgmni=3,parent=p"), "msgmni=3,parent=p,namespace=a"},
		{"{" ASKS("") METADATA("msgmni=3"), "msgmni=3"},
		{"{" ASKS("a") METADATA(""), "namespace=a"},
		{"{" ASKS("a") PROFILE(",\"listenerMetadata\":null"), "namespace=a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_object *o = edited(cases[i].config);

		assert_string_equal(oci_get_string(profile_of(o), "listenerMetadata"), cases[i].is);
		json_object_put(o);
	}
}

/* A profile that was made for another service of ours, for a runtime without flags. */
static void listener_of_ours(void **state)
{
	static const char user[] = "/run/user/1500/ipcnsd/seccomp.sock";
	json_object *o = json(
		"{" ASKS("a") PROFILE(",\"listenerPath\":\"/run/user/1500/ipcnsd/seccomp.sock\""));
	const char *at = NULL;
	struct oci_error e = {""};

	(void)state;
	assert_int_equal(oci_config_edit(o, &listener, &at, &e), 1);
	assert_string_equal(at, user);
	assert_string_equal(oci_get_string(profile_of(o), "listenerPath"), user);
	assert_string_equal(oci_get_string(profile_of(o), "listenerMetadata"), "namespace=a");
	assert_null(oci_get(profile_of(o), "flags"));
	json_object_put(o);
	o = json("{" ASKS("a") PROFILE(""));
	assert_int_equal(oci_config_edit(o, &listener, &at, &e), 1);
	assert_string_equal(at, listener.path);
	assert_non_null(oci_get(profile_of(o), "flags"));
	json_object_put(o);
}

static void refused(void **state)
{
	static const struct {
		const char *config;
		int error;
	} cases[] = {
		{"[]", -EINVAL},
		{"{" ASKS("shop") "}", -EINVAL},
		{"{" ASKS("no such name") ",\"linux\":{}}", -EINVAL},
		{"{" ASKS("a/../b") ",\"linux\":{}}", -EINVAL},
		{"{" ASKS("shop") PROFILE(",\"listenerMetadata\":7"), -EINVAL},
		{"{\"annotations\":{\"" OCI_ANNOTATION "\":7},\"linux\":{}}", -EINVAL},
		{"{" ASKS("shop") ",\"linux\":{},\"mounts\":{}}", -EINVAL},
		{"{" ASKS("shop") ",\"linux\":{\"seccomp\":{}}}", -EINVAL},
		{"{" ASKS("shop") ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
				  "\"listenerPath\":\"/run/other\"}}}",
		 -EBUSY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_object *o = json(cases[i].config);
		struct oci_error e = {""};

		assert_int_equal(edit(o, &e), cases[i].error);
		assert_true(e.text[0]);
		json_object_put(o);
	}
}

static int read_text(const char *text, json_object **o)
{
	struct oci_error e = {""};
	int r, fd = memfd_create("json", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	r = oci_read(fd, o, &e);
	assert_true(r == 0 || e.text[0]);
	close(fd);
	return r;
}

static void reading(void **state)
{
	static const char *const bad[] = {"",	 "{",	    "[]",   "7",  "{\"a\":1}{",
					  "{}x", "{\"a\"}", "null", "\n", "{\"a\":1} []"};
	json_object *o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(bad[i], &o), -EINVAL);
		assert_null(o);
	}
	assert_int_equal(read_text("\n{\"a\": 18446744073709551615, \"b\": 1.10}\n\n", &o), 0);
	assert_true(json_object_get_uint64(oci_get(o, "a")) == UINT64_MAX);
	/* What is not ours to change comes out as it went in. */
	assert_string_equal(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
			    "{\"a\":18446744073709551615,\"b\":1.10}");
	json_object_put(o);
	assert_int_equal(oci_read(-1, &o, &(struct oci_error){""}), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),      cmocka_unit_test(without_annotation),
		cmocka_unit_test(unconfined), cmocka_unit_test(with_profile_and_mount),
		cmocka_unit_test(metadata),   cmocka_unit_test(listener_of_ours),
		cmocka_unit_test(refused),    cmocka_unit_test(reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
