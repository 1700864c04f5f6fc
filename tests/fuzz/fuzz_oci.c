/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container process state, in pieces as the input cuts them: whatever comes, in one piece it
 * comes to the same, and a state that is taken is one that the rest may believe.
 *
 * Bytes: how large the pieces are, then the text.
 */
#include <errno.h>
#include <string.h>

#include "daemon/oci_state.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_it(const uint8_t *text, size_t len, size_t piece, struct oci_state *out)
{
	struct oci_reader *reader = oci_reader_new();
	char error[64] = "";
	int r = 0;

	CHECK(reader);
	for (size_t at = 0; r == 0 && at < len; at += piece)
		r = oci_reader_feed(reader, (const char *)text + at,
				    len - at < piece ? len - at : piece, out, error, sizeof(error));
	oci_reader_free(reader);
	CHECK(r == 0 || r == 1 || r == -EBADMSG || r == -EMSGSIZE);
	CHECK(memchr(error, 0, sizeof(error)));
	if (r < 0)
		CHECK(error[0]);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const size_t piece = 1u + take8(&in);
	static struct oci_state whole, pieces;

	if (read_it(in.p, in.left, in.left + 1, &whole) != 1) {
		CHECK(read_it(in.p, in.left, piece, &pieces) != 1);
		return 0;
	}
	CHECK(read_it(in.p, in.left, piece, &pieces) == 1);
	CHECK(memcmp(&whole, &pieces, sizeof(whole)) == 0);
	CHECK(whole.id[0] && strlen(whole.id) <= OCI_ID_MAX);
	for (const char *c = whole.id; *c; c++)
		CHECK(*c >= ' ' && *c < 0x7f);
	CHECK(ns_name_valid(whole.name));
	CHECK(!whole.parent[0] || ns_name_valid(whole.parent));
	for (int i = 0; i < SETTINGS; i++) {
		uint64_t min, max;

		settings_range((enum setting)i, &min, &max);
		if (whole.limits.there[i])
			CHECK(whole.limits.value[i] >= min && whole.limits.value[i] <= max);
	}
	return 0;
}
