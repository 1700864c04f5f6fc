/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What runtimes say about a container: as crun and runc write it, in pieces of every size, and what
 * must be refused. Each text is read whole and byte by byte, which must come to the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/oci_state.h"

static char error[160];

static int read_in_pieces(const char *text, size_t len, size_t piece, struct oci_state *out)
{
	struct oci_reader *r = oci_reader_new();
	int ret = 0;

	assert_non_null(r);
	memset(out, 0xa5, sizeof(*out));
	error[0] = 0;
	for (size_t at = 0; ret == 0 && at < len; at += piece)
		ret = oci_reader_feed(r, text + at, len - at < piece ? len - at : piece, out, error,
				      sizeof(error));
	oci_reader_free(r);
	return ret;
}

static int read_state_len(const char *text, size_t len, struct oci_state *out)
{
	struct oci_state other;
	int r = read_in_pieces(text, len, 1, &other);

	assert_int_equal(read_in_pieces(text, len, len, out), r);
	if (r == 1)
		assert_memory_equal(&other, out, sizeof(other));
	if (r < 0)
		assert_true(error[0] != 0);
	return r;
}

static int read_state(const char *text, struct oci_state *out)
{
	return read_state_len(text, strlen(text), out);
}

/* runc 1.1: compact, all there. */
static void runc(void **state)
{
	struct oci_state s;

	(void)state;
	assert_int_equal(
		read_state(
			"{\"ociVersion\":\"1.0.2-dev\",\"fds\":[\"seccompFd\"],\"pid\":4321,"
			"\"metadata\":\"namespace=shop,msgmni=10,quota_bytes=64M\",\"state\":{"
			"\"ociVersion\":\"1.0.2-dev\",\"id\":\"web\",\"status\":\"creating\","
			"\"pid\":4321,\"bundle\":\"/b\",\"annotations\":{\"org.ipcnsd.namespace\":"
			"\"other\"}}}",
			&s),
		1);
	assert_string_equal(s.id, "web");
	assert_string_equal(s.name, "shop");
	assert_string_equal(s.parent, "");
	assert_int_equal(s.chosen, OCI_BY_METADATA);
	assert_true(s.limits.there[SETTING_MSGMNI] && s.limits.value[SETTING_MSGMNI] == 10);
	assert_true(s.limits.there[SETTING_QUOTA_BYTES] &&
		    s.limits.value[SETTING_QUOTA_BYTES] == 64u << 20);
	assert_false(s.limits.there[SETTING_MSGMAX]);
}

/* crun 1.8: indented, pids 0 at an exec, no annotations, a line end behind it. */
static void crun(void **state)
{
	struct oci_state s;

	(void)state;
	assert_int_equal(read_state("{\n    \"ociVersion\": \"0.2.0\",\n    \"fds\": [\n"
				    "        \"seccompFd\"\n    ],\n    \"pid\": 0,\n"
				    "    \"metadata\": \"\",\n    \"state\": {\n"
				    "        \"ociVersion\": \"0.2.0\",\n        \"id\": \"c1\",\n"
				    "        \"status\": \"running\",\n        \"pid\": 0,\n"
				    "        \"bundle\": \"/b\"\n    }\n}\n",
				    &s),
			 1);
	assert_string_equal(s.id, "c1");
	assert_string_equal(s.name, "c1");
	assert_int_equal(s.chosen, OCI_BY_ID);
}

static void choice(void **state)
{
	struct oci_state s;

	(void)state;
	/* The annotation, where metadata gives limits only. */
	assert_int_equal(read_state("{\"metadata\":\"semmni=3\",\"state\":{\"id\":\"a\","
				    "\"annotations\":{\"x\":1,\"org.ipcnsd.namespace\":\"pod\"}}}",
				    &s),
			 1);
	assert_string_equal(s.name, "pod");
	assert_int_equal(s.chosen, OCI_BY_ANNOTATION);
	assert_true(s.limits.there[SETTING_SEMMNI]);
	/* Nothing is one of its own. */
	assert_int_equal(read_state("{\"metadata\":\"semmni=3\",\"state\":{\"id\":\"a\","
				    "\"annotations\":{\"org.ipcnsd.namespace\":\"\"}}}",
				    &s),
			 1);
	assert_string_equal(s.name, "a");
	assert_int_equal(s.chosen, OCI_BY_ID);
	assert_int_equal(read_state("{\"state\":{\"id\":\"a\\nb\\u00e9\"}}", &s), 1);
	assert_string_equal(s.id, "a?b??");
	assert_int_equal(read_state("{\"state\":{\"id\":\"a\"}}trailing", &s), 1);
	assert_string_equal(s.name, "a");
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X47 X16 X16 "xxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16

/* Ids that are no names of ours: the name that they have instead is documented. */
static void derived(void **state)
{
	static const struct {
		const char *id, *name;
	} ids[] = {
		{"a+b", "a_b-e62e9b190474c8c5"},       {"a b", "a_b-e63f991904833892"},
		{".a", "_a-07da4b07b4a09270"},	       {"-", "_-af63a04c86018698"},
		{"a\xc3\xa9", "a__-e50400190377797c"}, {X64, X64},
		{X64 "x", X47 "-7d70a52549704607"},
	};
	struct oci_state s, other = {0};
	char text[400];

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		snprintf(text, sizeof(text), "{\"state\":{\"id\":\"%s\"}}", ids[i].id);
		assert_int_equal(read_state(text, &s), 1);
		assert_int_equal(s.chosen, OCI_BY_ID);
		assert_string_equal(s.name, ids[i].name);
		assert_true(ns_name_valid(s.name));
		assert_string_not_equal(s.name, other.name);
		other = s;
	}
}

static void incomplete(void **state)
{
	struct oci_state s;

	(void)state;
	assert_int_equal(read_state("", &s), 0);
	assert_int_equal(read_state("{\"state\":{\"id\":\"a\"}", &s), 0);
	assert_int_equal(read_state("  \n", &s), 0);
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"[]",
		"null ",
		"\"x\" ",
		"x",
		"{state:{}}",
		"{'state':{'id':'a'}}",
		"{}",
		"{\"state\":[]}",
		"{\"state\":{}}",
		"{\"state\":{\"id\":\"\"}}",
		"{\"state\":{\"id\":7}}",
		"{\"state\":{\"id\":\"a\\u0000b\"}}",
		"{\"fds\":[],\"state\":{\"id\":\"a\"}}",
		"{\"fds\":{},\"state\":{\"id\":\"a\"}}",
		"{\"fds\":[\"a\"],\"state\":{\"id\":\"a\"}}",
		"{\"fds\":[3],\"state\":{\"id\":\"a\"}}",
		"{\"fds\":[\"seccompFd\",\"b\"],\"state\":{\"id\":\"a\"}}",
		"{\"metadata\":7,\"state\":{\"id\":\"a\"}}",
		"{\"metadata\":\"x\",\"state\":{\"id\":\"a\"}}",
		"{\"state\":{\"id\":\"a\",\"annotations\":[]}}",
		"{\"state\":{\"id\":\"a\",\"annotations\":{\"org.ipcnsd.namespace\":\"../x\"}}}",
		"{\"state\":{\"id\":\"a\",\"annotations\":{\"org.ipcnsd.namespace\":true}}}",
	};
	struct oci_state s;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_state(texts[i], &s) != -EBADMSG)
			fail_msg("taken: %s", texts[i]);
	/* A NUL is no JSON, and must not hide what follows. */
	assert_int_equal(read_state_len("{\"state\":\0{\"id\":\"a\"}}", 21, &s), -EBADMSG);
}

static void too_large(void **state)
{
	struct oci_state s;
	const size_t len = OCI_STATE_MAX + 1;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	assert_int_equal(read_in_pieces(text, len, 4096, &s), -EMSGSIZE);
	assert_int_equal(read_in_pieces(text, len, len, &s), -EMSGSIZE);
	memset(text, '[', len);
	assert_int_equal(read_in_pieces(text, len - 1, len - 1, &s), -EBADMSG);
	/* As much as may be. */
	memset(text, ' ', len);
	memcpy(text + len - 1 - 20, "{\"state\":{\"id\":\"a\"}}", 20);
	assert_int_equal(read_in_pieces(text, len - 1, 4096, &s), 1);
	assert_string_equal(s.name, "a");
	free(text);
}

static void metadata(void **state)
{
	static const char *const bad[] = {",",
					  "namespace",
					  "namespace=",
					  "namespace=.a",
					  "namespace=a,",
					  "namespace=a,namespace=b",
					  "parent=a,parent=a",
					  "msgmax=1,msgmax=1",
					  "msgmax=",
					  "msgmax=-1",
					  "msgmax=1X",
					  "nonsense=1",
					  "=",
					  "=1",
					  "Namespace=a",
					  " namespace=a",
					  "namespace=a msgmax=1",
					  "msgmni=99999999999",
					  "quota_msg=unlimited,x"};
	struct oci_state s = {0};

	(void)state;
	assert_int_equal(oci_metadata("", &s, error, sizeof(error)), 0);
	assert_string_equal(s.name, "");
	assert_int_equal(oci_metadata("quota_msg=unlimited,parent=up,namespace=down,msgmax=4K", &s,
				      error, sizeof(error)),
			 0);
	assert_string_equal(s.name, "down");
	assert_string_equal(s.parent, "up");
	assert_true(s.limits.value[SETTING_QUOTA_MSG] == IPC_NO_QUOTA);
	assert_true(s.limits.value[SETTING_MSGMAX] == 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s = (struct oci_state){0};
		error[0] = 0;
		if (oci_metadata(bad[i], &s, error, sizeof(error)) != -EBADMSG || !error[0])
			fail_msg("taken: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runc),	    cmocka_unit_test(crun),
		cmocka_unit_test(choice),   cmocka_unit_test(incomplete),
		cmocka_unit_test(refused),  cmocka_unit_test(too_large),
		cmocka_unit_test(metadata), cmocka_unit_test(derived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
