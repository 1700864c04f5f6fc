/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * latency [N]
 *
 * The median of N (2000) pairs of msgsnd and msgrcv of 64 bytes, in nanoseconds, on stdout.
 */
#include <sys/msg.h>

#include "e2e.h"

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
	struct {
		long type;
		char text[64];
	} m = {.type = 1};
	int64_t *took = calloc(n, sizeof(*took));
	int id = (int)MUST(msgget(IPC_PRIVATE, 0600));

	CHECK(took && n > 0);
	for (size_t i = 0; i < n; i++) {
		int64_t began = e2e_ns();

		MUST(msgsnd(id, &m, sizeof(m.text), 0));
		CHECK(msgrcv(id, &m, sizeof(m.text), 0, 0) == sizeof(m.text));
		took[i] = e2e_ns() - began;
	}
	MUST(msgctl(id, IPC_RMID, NULL));
	qsort(took, n, sizeof(*took), ascending);
	printf("%ld\n", (long)took[n / 2]);
	return 0;
}
