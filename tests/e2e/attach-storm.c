/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach-storm [--seconds S] [--forks N] [--workers W]
 *
 * Processes with threads attach, use and detach segments as fast as they can, while a timer interrupts
 * them, and while their parent kills, stops and continues them at random and forks new ones in their
 * place. Every attach must show what is in the segment, be where it was wanted, and leave no descriptor
 * behind. Then one process attaches, and N forks of it share that: nattch is what natively it is at each
 * moment. At the end nobody is attached any more, and what was marked is gone.
 */
#include <dirent.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/time.h>

#include "e2e.h"

#define PAGE 4096
#define THREADS 3
#define PERIOD_US 500

static int id;
static int seconds = 5, forks = 150, workers = 4;
static uint64_t *passed; /* shared */

static void on_signal(int sig)
{
	(void)sig;
}

static void die(const char *what)
{
	fprintf(stderr, "attach-storm: %s: %s\n", what, strerror(errno));
	_exit(3);
}

static unsigned long attached(void)
{
	struct shmid_ds ds;

	if (shmctl(id, IPC_STAT, &ds) < 0)
		die("IPC_STAT");
	return ds.shm_nattch;
}

/* Until a signal leaves it alone: shmat(2) has no EINTR, but before it is received a call can get one. */
static char *attach(const void *at, int flags)
{
	char *p;

	do
		p = shmat(id, at, flags);
	while (p == (void *)-1 && errno == EINTR);
	if (p == (void *)-1)
		die("shmat");
	return p;
}

static void detach(const void *p)
{
	int r;

	do
		r = shmdt(p);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		die("shmdt");
}

static void *work(void *arg)
{
	/* Registers that a compiler keeps across a call: they must be what they were. */
	volatile uint64_t before[4] = {1, 2, 3, 4};

	(void)arg;
	for (uint64_t i = 0;; i++) {
		const bool rdonly = i % 3 == 0;
		uint64_t *p = (uint64_t *)(void *)attach(NULL, rdonly ? SHM_RDONLY : 0);

		if (p[0] != UINT64_C(0x1234abcd5678))
			die("what is in it");
		if (!rdonly)
			__atomic_fetch_add(&p[1], 1, __ATOMIC_RELAXED);
		detach(p);
		__atomic_fetch_add(passed, 1, __ATOMIC_RELAXED);
		if (before[0] + before[1] + before[2] + before[3] != 10)
			die("registers");
	}
	return NULL;
}

static pid_t begin_worker(void)
{
	struct itimerval timer = {{0, PERIOD_US}, {0, PERIOD_US}};
	pthread_t t;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Half of the handlers have their calls made anew. */
	MUST(sigaction(SIGALRM,
		       &(struct sigaction){.sa_handler = on_signal,
					   .sa_flags = getpid() % 2 ? SA_RESTART : 0},
		       NULL));
	MUST(setitimer(ITIMER_REAL, &timer, NULL));
	for (int i = 1; i < THREADS; i++)
		if (pthread_create(&t, NULL, work, NULL))
			die("pthread_create");
	work(NULL);
	_exit(4);
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Ends it by a signal; any other end is its complaint. */
static bool ended_well(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* Who was killed while he attached is counted until whoever did that for him has noticed. */
static bool until_nobody(void)
{
	for (int i = 0; i < 200; i++) {
		if (attached() == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static bool storm(void)
{
	const time_t end = time(NULL) + seconds;
	unsigned rounds = 0, seed = 1;
	pid_t *worker = calloc((size_t)workers, sizeof(*worker));
	bool well = true;

	for (int i = 0; i < workers; i++)
		worker[i] = begin_worker();
	while (well && time(NULL) < end) {
		const int i = rand_r(&seed) % workers;

		usleep((unsigned)rand_r(&seed) % 3000);
		switch (rand_r(&seed) % 3) {
		case 0:
			MUST(kill(worker[i], SIGSTOP));
			usleep((unsigned)rand_r(&seed) % 2000);
			MUST(kill(worker[i], SIGCONT));
			break;
		case 1:
			MUST(kill(worker[i], SIGKILL));
			well = ended_well(worker[i]);
			worker[i] = begin_worker();
			break;
		default:
			break;
		}
		rounds++;
	}
	for (int i = 0; i < workers; i++) {
		kill(worker[i], SIGKILL);
		well = ended_well(worker[i]) && well;
	}
	free(worker);
	printf("storm: %llu attached and detached, %s\n", (unsigned long long)*passed,
	       until_nobody() ? "nobody is attached" : "somebody is attached");
	return well && *passed > 50 && attached() == 0 && rounds > 5;
}

static bool heirs(void)
{
	pid_t *pid = calloc((size_t)forks, sizeof(*pid));
	const int before = descriptors();
	char *p = attach(NULL, 0);
	bool well = true;

	for (int i = 0; i < forks; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		well = well && attached() == (unsigned long)i + 2;
	}
	MUST(shmctl(id, IPC_RMID, NULL));
	for (int i = 0; i < forks; i++) {
		kill(pid[i], SIGKILL);
		MUST(waitpid(pid[i], NULL, 0));
		well = well && attached() == (unsigned long)(forks - i);
	}
	detach(p);
	well = well && shmctl(id, IPC_STAT, &(struct shmid_ds){0}) < 0 && errno == EINVAL;
	printf("heirs: %s\n", well ? "as many as there are" : "not as many as there are");
	well = well && descriptors() == before;
	free(pid);
	return well;
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--seconds") == 0)
			seconds = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--forks") == 0)
			forks = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--workers") == 0)
			workers = atoi(argv[i + 1]);
	}
	passed = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	id = MUST(shmget(IPC_PRIVATE, 3 * PAGE, 0600));

	uint64_t *p = (uint64_t *)(void *)attach(NULL, 0);

	p[0] = UINT64_C(0x1234abcd5678);
	detach(p);

	const bool well = storm();

	return heirs() && well ? 0 : 1;
}
