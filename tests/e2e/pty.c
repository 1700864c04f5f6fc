/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pty SCRIPT CMD...
 *
 * Runs CMD as the leader of a session with a new terminal. SCRIPT is a file of lines: "expect TEXT"
 * waits until the terminal has shown TEXT since the last expect, "send TEXT" types it (with \n, \r
 * and ^C, ^Z, ^\, ^D as in C and in caret notation), "sleep MS" waits, "winch" changes the size.
 * What the terminal shows goes to stdout; the status is CMD's, as a shell says it. A line takes ten
 * seconds at most, or the number in PTY_SECONDS; then CMD's group is killed and the status is 124.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "e2e.h"

static int master;
static pid_t child;
static char seen[1 << 16];
static size_t nseen;

static _Noreturn void give_up(const char *line)
{
	dprintf(STDOUT_FILENO, "\nFAIL: pty: stuck at '%s'\n", line);
	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	_exit(124);
}

/* Take what the terminal shows, for at most @ms. Return: false when it was hung up. */
static bool show(int ms)
{
	struct pollfd p = {.fd = master, .events = POLLIN};
	char buf[4096];

	if (poll(&p, 1, ms) <= 0)
		return true;
	ssize_t n = read(master, buf, sizeof(buf));

	/* EIO: nobody has the terminal open any more. */
	if (n <= 0)
		return false;
	(void)!write(STDOUT_FILENO, buf, (size_t)n);
	if (nseen + (size_t)n >= sizeof(seen))
		nseen = 0;
	memcpy(seen + nseen, buf, (size_t)n);
	nseen += (size_t)n;
	return true;
}

static void expect(const char *text, int64_t limit)
{
	int64_t end = e2e_ns() + limit;
	char *hit;

	while (!(hit = memmem(seen, nseen, text, strlen(text)))) {
		if (e2e_ns() > end || (!show(50) && !memmem(seen, nseen, text, strlen(text))))
			give_up(text);
	}
	hit += strlen(text);
	nseen = (size_t)(seen + nseen - hit);
	memmove(seen, hit, nseen);
}

static void type_in(const char *text)
{
	char keys[512];
	size_t n = 0;

	for (const char *p = text; *p && n < sizeof(keys); p++) {
		if (*p == '^' && p[1])
			keys[n++] = *++p & 0x1f;
		else if (*p == '\\' && p[1] == 'n' && p++)
			keys[n++] = '\n';
		else
			keys[n++] = *p;
	}
	if (write(master, keys, n) != (ssize_t)n)
		give_up(text);
}

static void be_command(const char *slave, char **argv)
{
	struct winsize size = {24, 80, 0, 0};
	sigset_t none;

	setsid();
	int fd = (int)MUST(open(slave, O_RDWR));

	MUST(ioctl(fd, TIOCSCTTY, 0));
	(void)ioctl(fd, TIOCSWINSZ, &size);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		(void)signal(sig, SIG_DFL);
	execvp(argv[0], argv);
	_exit(127);
}

static void play(FILE *script, int64_t limit)
{
	char line[512];

	while (fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "expect ", 7) == 0) {
			expect(line + 7, limit);
		} else if (strncmp(line, "send ", 5) == 0) {
			type_in(line + 5);
		} else if (strncmp(line, "sleep ", 6) == 0) {
			int64_t end = e2e_ns() + atol(line + 6) * 1000000LL;

			while (e2e_ns() < end && show(20))
				;
		} else if (strcmp(line, "winch") == 0) {
			struct winsize size = {33, 99, 0, 0};

			MUST(ioctl(master, TIOCSWINSZ, &size));
		} else {
			give_up(line);
		}
	}
}

int main(int argc, char **argv)
{
	const char *seconds = getenv("PTY_SECONDS");
	int64_t limit = (seconds ? atoi(seconds) : 10) * 1000000000LL, end;
	FILE *script = argc > 2 ? fopen(argv[1], "re") : NULL;
	int status;

	if (!script)
		return 2;
	master = (int)MUST(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (grantpt(master) < 0 || unlockpt(master) < 0)
		e2e_fail("unlockpt");
	child = fork();
	if (child == 0)
		be_command(ptsname(master), argv + 2);
	MUST(child);
	play(script, limit);
	for (end = e2e_ns() + limit; waitpid(child, &status, WNOHANG) == 0;) {
		if (e2e_ns() > end)
			give_up("the end");
		if (!show(20))
			e2e_usleep(20000);
	}
	while (show(0)) {
		struct pollfd p = {.fd = master, .events = POLLIN};

		if (poll(&p, 1, 0) <= 0)
			break;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
