/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sigcount FILE [park]
 *
 * Writes a line into FILE for each handled signal ("INT user" when a process sent it, "INT kernel"
 * when the terminal did), "ready" before the first. Ends with status 42 when it finds FILE.end to
 * exist. With "park" it waits in msgrcv() instead of sleeping, so that each signal has to get
 * through a parked call, and an INT handled during one shows as the next line "EINTR".
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/msg.h>

#include "e2e.h"

static int out;

static void line(const char *text)
{
	/* One write, so that lines of handlers never mix. */
	(void)!write(out, text, strlen(text));
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	char text[64];

	(void)context;
	snprintf(text, sizeof(text), "%s %s\n", sigabbrev_np(sig),
		 info->si_code == SI_KERNEL ? "kernel" : "user");
	line(text);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGHUP,  SIGINT,	SIGQUIT,  SIGTERM, SIGUSR1,
				      SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	struct {
		long type;
		char text[8];
	} m;
	char end[512];
	int msqid = -1;

	if (argc < 2)
		return 2;
	snprintf(end, sizeof(end), "%s.end", argv[1]);
	out = (int)MUST(open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		MUST(sigaction(signals[i], &sa, NULL));
	if (argc > 2)
		msqid = (int)MUST(msgget(IPC_PRIVATE, 0600));
	line("ready\n");
	for (int i = 0; i < 6000 && access(end, F_OK) < 0; i++) {
		if (msqid < 0)
			e2e_usleep(10000);
		else if (msgrcv(msqid, &m, sizeof(m.text), 0, 0) < 0 && errno == EINTR)
			line("EINTR\n");
	}
	return 42;
}
