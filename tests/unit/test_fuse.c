/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mqueue view against the native file system: one list of operations, two transcripts, no
 * difference. Needs root and /dev/fuse.
 */
#include "fuse_fixture.h"
#include "mqueue_view_ops.h"

#define TRANSCRIPT_MAX (1u << 20)

static char *read_all(int fd)
{
	char *text = malloc(TRANSCRIPT_MAX);
	size_t used = 0;
	ssize_t n;

	assert_non_null(text);
	while ((n = read(fd, text + used, TRANSCRIPT_MAX - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = 0;
	close(fd);
	return text;
}

/* Run the operations in a child, natively or in our view. Return: where to read the transcript. */
static pid_t start(struct world *w, bool native, int *out)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork_child(w);

	if (child == 0) {
		close(fds[0]);
		if (!native) {
			enter_view(w, "mqueue");
		} else if (unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0 ||
			   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
			   mount("none", w->dir, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
				   0) {
			_exit(103);
		}
		/* Natively RLIMIT_MSGQUEUE counts what a user has on the whole machine: be one that
		 * has nothing else. It is still root that acts. */
		if (setresuid(1000000000 + (uid_t)getpid(), 0, 0) < 0)
			_exit(104);
		mqueue_view_ops(w->dir, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	*out = fds[0];
	return child;
}

/* Print each line that differs; 0 if none does. */
static int compare(char *native, char *ours)
{
	char *save_n, *save_o;
	char *n = strtok_r(native, "\n", &save_n), *o = strtok_r(ours, "\n", &save_o);
	int bad = 0, line = 1;

	for (; n || o; line++) {
		if (!n || !o || strcmp(n, o) != 0) {
			print_message("line %d\n  native %s\n  ours   %s\n", line, n ? n : "(end)",
				      o ? o : "(end)");
			bad++;
		}
		n = n ? strtok_r(NULL, "\n", &save_n) : NULL;
		o = o ? strtok_r(NULL, "\n", &save_o) : NULL;
	}
	print_message("%d lines compared\n", line - 1);
	return bad;
}

static void view_is_as_native(void **state)
{
	struct world *w = *state;
	int fds[2];
	pid_t children[2] = {start(w, true, &fds[0]), start(w, false, &fds[1])};
	char *native = read_all(fds[0]), *ours = read_all(fds[1]);

	assert_int_equal(exit_status(children[0]), 0);
	assert_int_equal(exit_status(children[1]), 0);
	assert_true(strlen(native) > 5000); /* the native run got through */
	assert_int_equal(compare(native, ours), 0);
	free(native);
	free(ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(view_is_as_native, world_begin, world_end),
	};

	if (access("/dev/fuse", R_OK | W_OK) < 0 || geteuid() != 0) {
		printf("SKIP: needs root and /dev/fuse\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
