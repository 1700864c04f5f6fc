/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify-race ROUNDS
 *
 * A queue's reader asks for a signal (mq_notify(3), a handler without SA_RESTART), says so to its
 * child, and receives at once; the child sends. So the signal that tells of the message and the call
 * that wants it meet as closely as they can, at a different moment in every round. Natively the call
 * finds the message, whenever the signal comes. Prints "rounds N eintr N".
 */
#include <mqueue.h>
#include <sys/wait.h>

#include "e2e.h"

static void on_signal(int sig)
{
	(void)sig;
}

static void send_when_told(mqd_t queue, int told)
{
	char c;

	while (read(told, &c, 1) == 1)
		MUST(mq_send(queue, "m", 1, 0));
	_exit(0);
}

int main(int argc, char **argv)
{
	const struct sigaction sa = {.sa_handler = on_signal};
	const struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	int tell[2], status;
	long interrupted = 0;

	if (argc != 2)
		return 2;
	const long rounds = strtol(argv[1], NULL, 10);
	const mqd_t queue =
		(mqd_t)MUST(mq_open("/notify-race", O_CREAT | O_EXCL | O_RDWR, 0600, &attr));

	MUST(mq_unlink("/notify-race"));
	MUST(sigaction(SIGUSR1, &sa, NULL));
	MUST(pipe(tell));

	const pid_t child = (pid_t)MUST(fork());

	if (child == 0) {
		close(tell[1]);
		send_when_told(queue, tell[0]);
	}
	srand(1);
	for (long i = 0; i < rounds; i++) {
		char text[8];

		MUST(mq_notify(queue, &ev));
		MUST(write(tell[1], "", 1));
		for (volatile int pause = rand() % 20000; pause > 0; pause--)
			;
		while (mq_receive(queue, text, sizeof(text), NULL) < 0) {
			CHECK(errno == EINTR);
			interrupted++;
		}
		/* Who already waits gets the message and no signal. */
		MUST(mq_notify(queue, NULL));
	}
	close(tell[1]);
	MUST(waitpid(child, &status, 0));
	CHECK(status == 0);
	printf("rounds %ld eintr %ld\n", rounds, interrupted);
	return 0;
}
