/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of queues as texts, and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/queue_name.h"

static void test_texts(void **state)
{
	static const struct {
		const char *name, *text;
	} known[] = {
		{"plain", "plain"},
		{"", ""},
		{"Grüße €", "Grüße €"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, /* four bytes */
		{"a\\b", "a\\x5cb"},
		{"\xff\xfe", "\\xff\\xfe"},
		{"line\nbreak\x7f", "line\\x0abreak\\x7f"},
		{"\xc0\xaf", "\\xc0\\xaf"},		      /* too long a form of '/' */
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},	      /* the same */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	      /* half of a pair */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond the last one */
		{"\xc2\x9b", "\\xc2\\x9b"},		      /* a terminal's control sequence */
		{"cut \xe2\x82", "cut \\xe2\\x82"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char text[QUEUE_TEXT_MAX], name[256];

		queue_name_escape(text, sizeof(text), known[i].name);
		assert_string_equal(text, known[i].text);
		assert_int_equal(queue_name_unescape(name, sizeof(name), text),
				 strlen(known[i].name));
		assert_string_equal(name, known[i].name);
	}
}

/* Each byte in each place, and the longest name of bytes that cannot stand. */
static void test_all_bytes(void **state)
{
	char name[256], text[QUEUE_TEXT_MAX], back[256];

	(void)state;
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			const char pair[] = {(char)first, (char)second, 'x', 0};

			queue_name_escape(text, sizeof(text), pair);
			assert_int_equal(queue_name_unescape(back, sizeof(back), text), 3);
			assert_string_equal(back, pair);
		}
	}
	memset(name, 0xff, 255);
	name[255] = 0;
	queue_name_escape(text, sizeof(text), name);
	assert_int_equal(strlen(text), 1020);
	assert_int_equal(queue_name_unescape(back, sizeof(back), text), 255);
	assert_string_equal(back, name);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {"\\", "\\x", "\\x1", "\\xg0", "\\n", "a\\x00b", "\\\\"};
	char name[8];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(queue_name_unescape(name, sizeof(name), bad[i]), -EINVAL);
	assert_int_equal(queue_name_unescape(name, sizeof(name), "1234567"), 7);
	assert_int_equal(queue_name_unescape(name, sizeof(name), "12345678"), -ENAMETOOLONG);
	queue_name_escape(name, sizeof(name), "12345\xff");
	assert_string_equal(name, "12345");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
