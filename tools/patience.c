/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* poll(2) with a signalfd beside the socket. */
#include "tools/patience.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* What a user ends a program with. */
static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

#define ENDING (sizeof(ending) / sizeof(ending[0]))

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int poll_one(int fd, int ms)
{
	const int64_t end = now_ms() + ms;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	while ((n = poll(&p, 1, ms)) < 0 && errno == EINTR) {
		if (ms > 0)
			ms = end > now_ms() ? (int)(end - now_ms()) : 0;
	}
	return n > 0;
}

/* A blocked signal is queued even when it is ignored, as SIGHUP is under nohup(1). */
static void ending_signals(sigset_t *set)
{
	struct sigaction sa;

	sigemptyset(set);
	for (size_t i = 0; i < ENDING; i++)
		if (sigaction(ending[i], NULL, &sa) == 0 && sa.sa_handler != SIG_IGN)
			sigaddset(set, ending[i]);
}

static int pending_of(const sigset_t *set)
{
	sigset_t pending;

	(void)sigpending(&pending);
	for (size_t i = 0; i < ENDING; i++)
		if (sigismember(set, ending[i]) == 1 && sigismember(&pending, ending[i]) == 1)
			return ending[i];
	return 0;
}

int wait_answer(int sock, int ms)
{
	const int64_t end = now_ms() + ms;
	sigset_t set;
	int r = -ETIMEDOUT;

	ending_signals(&set);
	int sigfd = signalfd(-1, &set, SFD_CLOEXEC);

	if (sigfd < 0)
		return -errno;
	for (int64_t left; r == -ETIMEDOUT && (left = end - now_ms()) > 0;) {
		struct pollfd fds[] = {
			{.fd = sock, .events = POLLIN},
			{.fd = sigfd, .events = POLLIN},
		};

		if (poll(fds, 2, (int)left) <= 0)
			continue;
		if (fds[0].revents)
			r = 0;
		else if (pending_of(&set))
			r = pending_of(&set);
	}
	close(sigfd);
	return r;
}
