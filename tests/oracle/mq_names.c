/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of queues: mq_overview(7), and below the C library one component looked up in the file
 * system's root (ipc/mqueue.c do_mq_open(), fs/namei.c lookup_one_len()): no slash, neither "." nor
 * "..", 255 bytes at most. The order of the refusals is part of the rule.
 */
#include "mq_common.h"

static void try_raw(const char *label, const char *name)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	long fd;

	sc_say("name %s", label);
	CALL_Q("  unlink before", raw_mq_unlink(name));
	CALL_Q("  open without O_CREAT", raw_mq_open(name, O_RDWR, 0, NULL));
	errno = 0;
	fd = sc_result_ok("  open", raw_mq_open(name, O_RDWR | O_CREAT, 0600, &attr));
	if (fd != -1)
		close((int)fd);
	CALL_Q("  unlink", raw_mq_unlink(name));
}

static bool is_plain(const char *name)
{
	while (*name >= ' ' && *name <= '~')
		name++;
	return !*name;
}

static void try_wrapped(const char *name)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 1};
	mqd_t q;

	sc_say("wrapped \"%s\"", name);
	errno = 0;
	q = (mqd_t)sc_result_ok("  mq_open", mq_open(name, O_RDWR | O_CREAT, 0600, &attr));
	if (q != -1)
		mq_close(q);
	CALL_Q("  mq_unlink", mq_unlink(name));
}

void scenario(void)
{
	static const char *const plain[] = {
		"q", "/q",  "",	 ".",	 "..",	  "...",  ".hidden",  "a/b", "a/",    "//",
		"/", "a b", "-", "a\nb", "\x01x", "\xff", "\xc3\xa4", "a\\", "nul\0b"};
	static const char *const wrapped[] = {"/w", "w",   "",	   "/",	 "//w",
					      "/.", "/..", "/a/b", "/w/"};
	char name[PATH_MAX + 2];
	char *edge;
	char label[48];

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		snprintf(label, sizeof(label), "%zu%s%s%s", i, is_plain(plain[i]) ? " '" : "",
			 is_plain(plain[i]) ? plain[i] : "", is_plain(plain[i]) ? "'" : "");
		try_raw(label, plain[i]);
	}
	memset(name, 'n', sizeof(name));
	for (size_t len = 254; len <= 257; len++) {
		name[len] = '\0';
		snprintf(label, sizeof(label), "of %zu bytes", len);
		try_raw(label, name);
		name[len] = 'n';
	}
	for (size_t len = PATH_MAX - 1; len <= PATH_MAX + 1; len++) {
		name[len] = '\0';
		snprintf(label, sizeof(label), "of PATH_MAX%+ld bytes", (long)len - PATH_MAX);
		try_raw(label, name);
		name[len] = 'n';
	}
	try_raw("NULL", NULL);
	try_raw("at a bad address", sc_bad_page());

	edge = sc_page_end(3);
	memcpy(edge, "abc", 3);
	try_raw("that runs into a bad page", edge);
	memcpy(edge, "ab", 3);
	try_raw("that just ends before a bad page", edge);

	for (size_t i = 0; i < sizeof(wrapped) / sizeof(wrapped[0]); i++)
		try_wrapped(wrapped[i]);
}
