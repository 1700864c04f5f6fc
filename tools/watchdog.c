/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Silence is counted in looks, each a second after the one before, and not by the clock: when all
 * of us were frozen or stopped, nobody was silent.
 */
#include "tools/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/run_proto.h"
#include "tools/patience.h"

/* Between an answer and the next question: what it costs is two wakeups. */
#define PAUSE_MS 5000
#define LOOK_MS 1000
/* Under load an answer takes milliseconds. */
#define SILENT_LOOKS 5

void watchdog_init(struct watchdog *w, int control, int daemon_pidfd)
{
	*w = (struct watchdog){
		.control = control,
		.daemon_pidfd = daemon_pidfd,
		.reply = -1,
		.next = now_ms() + PAUSE_MS,
	};
}

int watchdog_due(const struct watchdog *w)
{
	int64_t left = w->next - now_ms();

	if (w->control < 0)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* Return: false when it cannot be sent, which is as good as no answer: its queue is full, say. */
static bool ask(struct watchdog *w)
{
	const struct run_msg m = {.type = RUN_PING};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return true; /* our own trouble */
	if (run_try_send(w->control, &m, &pair[1], 1) == 0)
		w->reply = pair[0];
	else
		close(pair[0]);
	close(pair[1]);
	return w->reply >= 0;
}

/* End of file is an answer, too: of one who does not know the question. */
static bool answered(struct watchdog *w)
{
	struct run_msg m;

	if (w->reply < 0)
		return false;
	if (recv(w->reply, &m, sizeof(m), MSG_DONTWAIT) < 0 && errno == EAGAIN)
		return false;
	close(w->reply);
	w->reply = -1;
	return true;
}

bool watchdog_tick(struct watchdog *w)
{
	if (watchdog_due(w) != 0)
		return false;
	w->next = now_ms() + LOOK_MS;
	if (answered(w)) {
		w->silent = 0;
		w->next = now_ms() + PAUSE_MS;
		return false;
	}
	if (w->reply >= 0 || !ask(w))
		w->silent++;
	return w->silent >= SILENT_LOOKS;
}

void watchdog_hurry(struct watchdog *w)
{
	if (w->reply < 0)
		w->next = now_ms();
}

void watchdog_bite(const struct watchdog *w)
{
	if (w->daemon_pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, w->daemon_pidfd, SIGKILL, NULL, 0);
}
