/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The System V listings against /proc/sysvipc of a fresh kernel namespace with the same objects.
 * Needs root and /dev/fuse.
 */
#include "fuse_fixture.h"

#include <dirent.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "ipc/msg.h"
#include "ipc/procfs.h"
#include "ipc/sem.h"

#define LISTING_MAX (1u << 20)

static ssize_t read_file(const char *path, size_t piece, char *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (used + piece < LISTING_MAX && (n = read(fd, buf + used, piece)) > 0)
		used += (size_t)n;
	buf[used] = 0;
	close(fd);
	return n < 0 ? -errno : (ssize_t)used;
}

/* The same objects natively and in the namespace; slot 1 is freed again. */
static const struct {
	int key, mode, nsems;
} objects[] = {{0x1234, 0600, 3}, {0x1235, 0644, 1}, {IPC_PRIVATE, 0, 7}, {-5, 0777, 250}};

#define OBJECTS (sizeof(objects) / sizeof(objects[0]))

static void native_listings(int out)
{
	static char text[LISTING_MAX];

	if (unshare(CLONE_NEWIPC) < 0)
		_exit(1);
	for (size_t i = 0; i < OBJECTS; i++) {
		if (msgget(objects[i].key, IPC_CREAT | objects[i].mode) < 0 ||
		    semget(objects[i].key, objects[i].nsems, IPC_CREAT | objects[i].mode) < 0)
			_exit(2);
	}
	if (msgctl(1, IPC_RMID, NULL) < 0 || semctl(1, 0, IPC_RMID) < 0)
		_exit(3);
	ssize_t n = read_file("/proc/sysvipc/msg", 4096, text);

	if (n <= 0 || write(out, text, (size_t)n) != n)
		_exit(4);
	n = read_file("/proc/sysvipc/sem", 4096, text);
	_exit(n > 0 && write(out, text, (size_t)n) == n ? 0 : 5);
}

static void make_objects(struct world *w, void *arg)
{
	const struct ipc_cred cred = {.caps = IPC_CAP_OWNER | IPC_CAP_SYS_ADMIN};
	int *bad = arg;

	for (size_t i = 0; i < OBJECTS; i++) {
		*bad |= msg_get(&w->ns, &cred, objects[i].key, IPC_CREAT | objects[i].mode) < 0;
		*bad |= sem_get(&w->ns, &cred, objects[i].key, objects[i].nsems,
				IPC_CREAT | objects[i].mode) < 0;
	}
	*bad |= msg_ctl_rmid(&w->ns, &cred, 1) < 0 || sem_ctl_rmid(&w->ns, &cred, 1) < 0;
}

/* Change times are the one thing that differs by nature: ten digits become ten zeros. */
static void blank_times(char *text)
{
	size_t digits = 0;

	for (char *p = text; *p; p++) {
		digits = *p >= '0' && *p <= '9' ? digits + 1 : 0;
		if (digits == 10)
			memset(p - 9, '0', 10);
	}
}

static void listings_are_as_native(void **state)
{
	struct world *w = *state;
	char *native = calloc(1, LISTING_MAX), *ours = calloc(1, 2 * LISTING_MAX);
	int fds[2], bad = 0;
	ssize_t n;
	size_t used = 0;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t child = fork_child(w);

	if (child == 0)
		native_listings(fds[1]);
	assert_int_equal(exit_status(child), 0);
	n = read(fds[0], native, LISTING_MAX - 1);
	assert_true(n > 0);

	on_loop(w, make_objects, &bad);
	assert_int_equal(bad, 0);
	child = fork_child(w);
	if (child == 0) {
		static const char *const files[] = {"msg", "sem"};
		static char text[LISTING_MAX];

		enter_view(w, "sysvipc");
		for (int i = 0; i < 2; i++) {
			n = read_file(files[i], 4096, text);
			if (n <= 0 || write(fds[1], text, (size_t)n) != n)
				_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(exit_status(child), 0);
	n = read(fds[0], ours, LISTING_MAX - 1);
	assert_true(n > 0);
	used = (size_t)n;
	ours[used] = 0;
	blank_times(native);
	blank_times(ours);
	assert_string_equal(ours, native);
	assert_non_null(strstr(ours, "      4660          0   600"));
	close(fds[0]);
	close(fds[1]);
	free(native);
	free(ours);
}

static void make_many(struct world *w, void *arg)
{
	const struct ipc_cred cred = {.caps = IPC_CAP_OWNER};

	for (int i = 0; i < *(int *)arg; i++)
		if (msg_get(&w->ns, &cred, i + 1, IPC_CREAT | 0600) < 0)
			return;
}

/* In a child: the listing is the same in whatever pieces it is read, and has every object. */
static int read_in_pieces(int objects_made)
{
	static const size_t pieces[] = {1, 7, 85, 4096, 65536};
	static char whole[LISTING_MAX], text[LISTING_MAX];
	ssize_t size = read_file("msg", 100000, whole);
	int lines = 0;

	for (ssize_t i = 0; i < size; i++)
		lines += whole[i] == '\n';
	if (lines != objects_made + 1)
		return 1;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (read_file("msg", pieces[i], text) != size || strcmp(text, whole) != 0)
			return 2;
	int fd = open("msg", O_RDONLY);

	/* Anywhere, in any order, past the end. */
	for (uint32_t i = 0, x = 1; i < 300; i++) {
		x = x * 1664525u + 1013904223u;
		off_t off = (x >> 8) % ((uint32_t)size + 100);
		ssize_t n = pread(fd, text, 100, off);

		if (n < 0 ||
		    (off < size ? n == 0 || memcmp(text, whole + off, (size_t)n) != 0 : n != 0))
			return 3;
	}
	return 0;
}

static void listing_in_pieces(void **state)
{
	struct world *w = *state;
	int n = 150;

	on_loop(w, make_many, &n);
	pid_t child = fork_child(w);

	if (child == 0) {
		enter_view(w, "sysvipc");
		_exit(read_in_pieces(n));
	}
	assert_int_equal(exit_status(child), 0);
}

static int look_at_the_files(void)
{
	struct stat st;
	struct pollfd p = {.events = POLLIN};
	DIR *d = opendir(".");
	const struct dirent *e;
	int names = 0;

	if (stat("msg", &st) < 0 || st.st_mode != (S_IFREG | 0444) || st.st_size != 0 ||
	    st.st_nlink != 1 || st.st_uid != 0)
		return 1;
	while ((e = readdir(d)) != NULL)
		names++;
	closedir(d);
	if (names != 5)
		return 2;
	if (open("msg", O_CREAT | O_EXCL, 0600) >= 0 || errno != EEXIST)
		return 3;
	if (open("new", O_CREAT, 0600) >= 0 || errno != EACCES)
		return 4;
	if (unlink("msg") == 0 || mkdir("d", 0700) == 0 || rename("msg", "x") == 0 ||
	    chmod("msg", 0666) == 0 || truncate("msg", 0) == 0)
		return 5;
	p.fd = open("sem", O_RDONLY);
	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLIN) || close(p.fd) < 0)
		return 6;
	p.fd = open("sem", O_RDONLY); /* left open: the session forgets it */
	return 0;
}

static void files_are_read_only(void **state)
{
	struct world *w = *state;
	pid_t child = fork_child(w);

	if (child == 0) {
		enter_view(w, "sysvipc");
		_exit(look_at_the_files());
	}
	assert_int_equal(exit_status(child), 0);
}

static uint32_t shifted_pid(void *ctx, uint32_t tgid)
{
	return tgid + *(uint32_t *)ctx;
}

static uint32_t shifted_id(void *ctx, uint32_t id)
{
	return id + 2 * *(uint32_t *)ctx;
}

static void ids_are_the_readers(void **state)
{
	uint32_t shift = 1000;
	const struct procfs_reader reader = {&shift, shifted_pid, shifted_id, shifted_id};
	const struct msg_stat m = {.perm = {.key = 1, .id = 2, .uid = 3, .cgid = 4, .mode = 0640},
				   .lspid = 9,
				   .cbytes = 11,
				   .qnum = 1,
				   .stime = 5};
	char line[PROCFS_LINE_MAX];

	(void)state;
	size_t n = procfs_msg_line(&m, &reader, line);

	/* Process 0 is none, not a process to translate. */
	assert_string_equal(line, "         1          2   640          11          1  1009     0  "
				  "2003  2000  2000  2004          5          0          0\n");
	assert_int_equal(n, strlen(line));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_begin, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listings_are_as_native),
		TEST(listing_in_pieces),
		TEST(files_are_read_only),
		cmocka_unit_test(ids_are_the_readers),
	};

	if (access("/dev/fuse", R_OK | W_OK) < 0 || geteuid() != 0) {
		printf("SKIP: needs root and /dev/fuse\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
