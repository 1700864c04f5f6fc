/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The packets between a run and the daemon part: there and back, and what a peer that does not keep
 * to the protocol can do. Each test ends with as many descriptors open as it began with.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/run_proto.h"

static int sock[2];
static unsigned open_before;

static unsigned count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int begin(void **state)
{
	(void)state;
	open_before = count_fds();
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock);
}

static int end(void **state)
{
	(void)state;
	close(sock[0]);
	close(sock[1]);
	assert_int_equal(count_fds(), open_before);
	return 0;
}

static struct run_msg message(uint32_t type, int32_t value, const char *text)
{
	struct run_msg m = {.type = type, .version = RUN_PROTO_VERSION, .value = value};

	strncpy(m.text, text, sizeof(m.text) - 1);
	return m;
}

/* A packet by hand: @len bytes of @data, @n times the descriptor of /dev/null. */
static void send_raw(const void *data, size_t len, int n)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int) * 64)];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(null >= 0 && n <= 64);
	if (n) {
		h.msg_control = control.buf;
		h.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
		struct cmsghdr *c = CMSG_FIRSTHDR(&h);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
		for (int i = 0; i < n; i++)
			memcpy(CMSG_DATA(c) + (size_t)i * sizeof(int), &null, sizeof(int));
	}
	assert_int_equal(sendmsg(sock[0], &h, 0), len);
	close(null);
}

static void is_null_device(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void there_and_back(void **state)
{
	const struct run_msg m = message(RUN_ERROR, -12, "no room");
	struct run_msg got;

	(void)state;
	assert_int_equal(run_send(sock[0], &m, NULL, 0), 0);
	assert_int_equal(run_recv(sock[1], &got, NULL, 0), 1);
	assert_int_equal(got.type, RUN_ERROR);
	assert_int_equal(got.version, RUN_PROTO_VERSION);
	assert_int_equal(got.value, -12);
	assert_string_equal(got.text, "no room");
}

static void descriptors_arrive_in_order(void **state)
{
	const struct run_msg m = message(RUN_WELCOME, 0, "");
	struct run_msg got;
	int pipes[2], fds[RUN_NFDS];
	char c;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(run_send(sock[0], &m, pipes, 2), 0);
	assert_int_equal(run_recv(sock[1], &got, fds, RUN_NFDS), 1);
	assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	close(fds[1]);
	/* The sender's are still its own. */
	assert_int_equal(close(pipes[0]), 0);
	assert_int_equal(close(pipes[1]), 0);
}

static void missing_descriptors_are_minus_one(void **state)
{
	const struct run_msg m = message(RUN_LISTENER, 0, "");
	struct run_msg got;
	int fds[3] = {0, 0, 0};

	(void)state;
	send_raw(&m, sizeof(m), 1);
	assert_int_equal(run_recv(sock[1], &got, fds, 3), 1);
	is_null_device(fds[0]);
	assert_int_equal(fds[1], -1);
	assert_int_equal(fds[2], -1);
	close(fds[0]);
	send_raw(&m, sizeof(m), 0);
	assert_int_equal(run_recv(sock[1], &got, fds, 3), 1);
	assert_int_equal(fds[0], -1);
}

static void surplus_descriptors_are_closed(void **state)
{
	static const int counts[] = {3, 16, 17, 64}; /* also more than it has room for */
	const struct run_msg m = message(RUN_LISTENER, 0, "");
	struct run_msg got;
	int fds[2];

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		send_raw(&m, sizeof(m), counts[i]);
		assert_int_equal(run_recv(sock[1], &got, fds, 2), 1);
		is_null_device(fds[0]);
		is_null_device(fds[1]);
		close(fds[0]);
		close(fds[1]);
		/* Nobody who asked for none gets one. */
		send_raw(&m, sizeof(m), counts[i]);
		assert_int_equal(run_recv(sock[1], &got, NULL, 0), 1);
		assert_int_equal(count_fds(), open_before + 2);
	}
}

static void malformed_packets_are_refused(void **state)
{
	struct {
		struct run_msg m;
		char more[8];
	} large;
	struct run_msg m = message(RUN_LISTENER, 0, ""), got;
	static const size_t lengths[] = {1, 4, 12, sizeof(struct run_msg) - 1};
	int fds[2] = {-1, -1};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int n = 0; n <= 4; n += 2) {
			send_raw(&m, lengths[i], n);
			assert_int_equal(run_recv(sock[1], &got, fds, 2), -EBADMSG);
			assert_int_equal(count_fds(), open_before + 2); /* closed, all */
		}
	m.version = RUN_PROTO_VERSION + 1;
	send_raw(&m, sizeof(m), 2);
	assert_int_equal(run_recv(sock[1], &got, fds, 2), -EBADMSG);
	m.version = 0;
	send_raw(&m, sizeof(m), 0);
	assert_int_equal(run_recv(sock[1], &got, fds, 2), -EBADMSG);
	/* Longer than it should be, with a good beginning. */
	memset(&large, 0, sizeof(large));
	large.m = message(RUN_LISTENER, 0, "");
	send_raw(&large, sizeof(large), 2);
	assert_int_equal(run_recv(sock[1], &got, fds, 2), -EBADMSG);
	assert_int_equal(count_fds(), open_before + 2);
	/* And after all that a good one. */
	m = message(RUN_HELLO, 0, "");
	send_raw(&m, sizeof(m), 0);
	assert_int_equal(run_recv(sock[1], &got, fds, 2), 1);
}

/* Its end is not to be told from that of the stream; its descriptors must go all the same. */
static void an_empty_packet_leaves_nothing(void **state)
{
	struct run_msg got;
	int fds[2];

	(void)state;
	send_raw("", 0, 2);
	assert_true(run_recv(sock[1], &got, fds, 2) <= 0);
	assert_int_equal(count_fds(), open_before + 2);
}

static void text_is_always_terminated(void **state)
{
	struct run_msg m = message(RUN_ERROR, 0, ""), got;

	(void)state;
	memset(m.text, 'x', sizeof(m.text));
	send_raw(&m, sizeof(m), 0);
	assert_int_equal(run_recv(sock[1], &got, NULL, 0), 1);
	assert_int_equal(strlen(got.text), sizeof(got.text) - 1);
}

static void the_other_end_is_gone(void **state)
{
	const struct run_msg m = message(RUN_HELLO, 0, "");
	struct run_msg got;
	int fds[2] = {0, 0};

	(void)state;
	assert_int_equal(run_send(sock[0], &m, NULL, 0), 0);
	close(sock[0]);
	sock[0] = dup(sock[1]); /* for end() */
	/* What was sent before still comes. */
	assert_int_equal(run_recv(sock[1], &got, fds, 2), 1);
	assert_int_equal(run_recv(sock[1], &got, fds, 2), 0);
	assert_int_equal(fds[0], -1);
	/* No SIGPIPE: it would end the test. */
	assert_int_equal(run_send(sock[1], &m, NULL, 0), -EPIPE);
	assert_int_equal(run_recv(-1, &got, NULL, 0), -EBADF);
	assert_int_equal(run_send(-1, &m, NULL, 0), -EBADF);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(there_and_back),
		TEST(descriptors_arrive_in_order),
		TEST(missing_descriptors_are_minus_one),
		TEST(surplus_descriptors_are_closed),
		TEST(malformed_packets_are_refused),
		TEST(an_empty_packet_leaves_nothing),
		TEST(text_is_always_terminated),
		TEST(the_other_end_is_gone),
	};

	signal(SIGPIPE, SIG_DFL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
