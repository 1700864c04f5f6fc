/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Semaphores in memory that clients share: what an operation makes of a word, when a set is given
 * out and taken back, what is believed of what clients write, and many of them at once.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sem_fixture.h"

#include "ipc/quota.h"
#include "ipc/sem_share_impl.h"

/* A client: its mapping of a set's body, as libipcshim has it. */
struct client {
	struct sem_body *body;
	_Atomic(uint64_t) key;
	const struct sem_lives *lives;
	uint32_t place, serial;
	uint32_t pid;
};

static int offer_as(struct world *w, const struct ipc_cred *cred, int id, struct client *c)
{
	struct sem_offer o;
	struct stat st;
	int r = sem_share_offer(&w->ns, cred, id, &o);

	if (r < 0)
		return r;
	assert_int_equal(fstat(o.fd, &st), 0);
	assert_true(st.st_ino == o.ino && st.st_dev == o.dev && st.st_size == SEM_BODY_SIZE);
	/* What could pull it from under the daemon's feet. */
	assert_int_equal(ftruncate(o.fd, 0), -1);
	assert_int_equal(ftruncate(o.fd, 2 * SEM_BODY_SIZE), -1);
	/* What a thread does that takes it for its own. */
	assert_int_equal(write(o.fd, "stray", 5), -1);
	assert_int_equal(pwrite(o.fd, "stray", 5, 64), -1);
	assert_int_equal(read(o.fd, (char[5]){0}, 5), -1);
	c->body = mmap(NULL, SEM_BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, o.fd, 0);
	assert_true(c->body != MAP_FAILED);
	close(o.fd);
	/* What says that it lives cannot be written. */
	assert_ptr_equal(
		mmap(NULL, SEM_BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, o.lives_fd, 0),
		MAP_FAILED);
	assert_int_equal(
		fallocate(o.lives_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SEM_BODY_SIZE),
		-1);
	assert_int_equal(pwrite(o.lives_fd, "stray", 5, 0), -1);
	c->lives = mmap(NULL, SEM_BODY_SIZE, PROT_READ, MAP_SHARED, o.lives_fd, 0);
	assert_true(c->lives != MAP_FAILED);
	assert_int_equal(
		mprotect((void *)(uintptr_t)c->lives, SEM_BODY_SIZE, PROT_READ | PROT_WRITE), -1);
	close(o.lives_fd);
	c->place = o.place;
	c->serial = o.serial;
	c->key = o.key;
	c->pid = cred->tgid;
	assert_int_equal(sem_key_id(o.key), id);
	/* The end of the call. */
	sem_shares_thaw(&w->ns);
	return 0;
}

static struct client client_of(struct world *w, uint32_t pid, int id)
{
	struct ipc_cred cred = w->root;
	struct client c;

	cred.tgid = cred.tid = pid;
	assert_int_equal(offer_as(w, &cred, id, &c), 0);
	return c;
}

static void client_end(struct client *c)
{
	assert_int_equal(munmap(c->body, SEM_BODY_SIZE), 0);
	assert_int_equal(munmap((void *)(uintptr_t)c->lives, SEM_BODY_SIZE), 0);
}

static struct sem_view view_of(const struct client *c)
{
	return (struct sem_view){
		.body = c->body,
		.key = &c->key,
		.seen = c->key,
		.live = &c->lives->serial[c->place],
		.serial = c->serial,
	};
}

static bool is_alive(const struct client *c)
{
	return c->lives->serial[c->place] == c->serial;
}

static int fast(struct world *w, const struct client *c, uint32_t num, int op, int flg)
{
	const struct sem_view v = view_of(c);

	return sem_body_op(&v, num, op, flg & IPC_NOWAIT, w->now);
}

static int val_now(struct world *w, int id, int num)
{
	int v = val(w, id, num);

	sem_shares_thaw(&w->ns);
	return v;
}

/* What perform_atomic_semop() would do, for all values and some operations. */
static void words(void **state)
{
	static const int ops[] = {-32768, -32767, -3, -1, 0, 1, 2, 32767};
	uint64_t next;

	(void)state;
	for (int v = 0; v <= IPC_SEMVMX; v++) {
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
			const int op = ops[i];
			const uint64_t w = sem_word((uint32_t)v, 77, 5);
			const bool blocks = op ? v + op < 0 : v != 0;
			int want = blocks ? SEM_BODY_SLEEPS : v + op > IPC_SEMVMX ? -ERANGE : 0;

			assert_int_equal(sem_word_next(w, op, false, 9, 1234567890, &next), want);
			assert_int_equal(sem_word_next(w, op, true, 9, 1234567890, &next),
					 blocks ? -EAGAIN : want);
			assert_int_equal(sem_word_next(w | SEM_WORD_FROZEN, op, true, 9, 0, &next),
					 SEM_BODY_FROZEN);
			if (want)
				continue;
			assert_int_equal(sem_word_value(next), v + op);
			assert_int_equal(sem_word_slot(next), 9);
			assert_false(next & SEM_WORD_FROZEN);
			assert_true(sem_word_seconds(next, 1234567890 + 100) == 1234567890);
		}
	}
}

static void keys(void **state)
{
	const uint64_t key = sem_key(INT32_MAX, SEM_BODY_SEMS, SEM_WORD_SLOTS);

	(void)state;
	assert_int_equal(sem_key_id(key), INT32_MAX);
	assert_int_equal(sem_key_nsems(key), SEM_BODY_SEMS);
	assert_int_equal(sem_key_slot(key), SEM_WORD_SLOTS);
	assert_int_equal(sem_key_nsems(sem_key(0, 1, 1)), 1);
	assert_int_equal(sem_key_id(sem_key(0, 1, 1)), 0);
}

static void values_pids_and_times(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 3);
	struct client a, b;

	assert_int_equal(op_now(w, 5, id, SOPS(OP(0, 4), OP(2, 1))), 0);
	a = client_of(w, 10, id);
	b = client_of(w, 11, id);
	w->now += 7;
	assert_int_equal(fast(w, &a, 0, -3, 0), 0);
	assert_int_equal(fast(w, &b, 1, 2, 0), 0);
	assert_int_equal(fast(w, &b, 0, -2, 0), SEM_BODY_SLEEPS);
	assert_int_equal(fast(w, &b, 0, -2, IPC_NOWAIT), -EAGAIN);
	w->now += 5;
	assert_true(otime(w, id) == 1007);
	sem_shares_thaw(&w->ns);
	assert_int_equal(get(w, id, 0, GETPID), 10);
	assert_int_equal(get(w, id, 1, GETPID), 11);
	assert_int_equal(get(w, id, 2, GETPID), 5);
	assert_int_equal(val(w, id, 0), 1);
	assert_int_equal(val(w, id, 1), 2);
	/* Until the end of the call it is the daemon's. */
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_FROZEN);
	sem_shares_thaw(&w->ns);
	/* Nobody did anything since: this may take some calls. */
	for (int i = 0; i < 20 && fast(w, &a, 2, 0, IPC_NOWAIT) == SEM_BODY_FROZEN; i++)
		assert_int_equal(val_now(w, id, 0), 1);
	assert_int_equal(fast(w, &a, 1, 1, 0), 0);
	assert_int_equal(op_now(w, 12, id, SOPS(OP(1, 5))), 0);
	assert_int_equal(val(w, id, 1), 8);
	/* A wait for zero that is over at once changes the pid, too. */
	assert_int_equal(setval(w, id, 0, 0), 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &b, 0, 0, 0), 0);
	assert_int_equal(get(w, id, 0, GETPID), 11);
	client_end(&a);
	client_end(&b);
}

static void with_sleepers_it_stays_frozen(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 2);
	struct client a = client_of(w, 10, id);
	struct ipc_slot *s;

	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	s = op_parks(w, 20, id, SOPS(OP(0, -2)));
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_FROZEN);
	assert_int_equal(fast(w, &a, 1, 1, 0), SEM_BODY_FROZEN);
	assert_int_equal(op_now(w, 10, id, SOPS(OP(0, 1))), 0);
	expect_done(w, s, 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &a, 0, -1, IPC_NOWAIT), -EAGAIN);
	assert_int_equal(get(w, id, 0, GETPID), 20);
	client_end(&a);
}

static void with_undo_it_stays_frozen(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct client a = client_of(w, 10, id);
	const struct sem_holder who = {.list = 20, .born = start_of(20)};
	struct sem_offer o;

	assert_int_equal(op_now(w, 20, id, SOPS(OPF(0, 3, SEM_UNDO))), 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_FROZEN);
	assert_int_equal(sem_share_offer(&w->ns, &w->root, id, &o), -EBUSY);
	sem_undo_exit(&w->ns, &who, 20);
	assert_int_equal(op_now(w, 20, id, SOPS(OP(0, 1))), 0);
	for (int i = 0; i < 20 && fast(w, &a, 0, 0, IPC_NOWAIT) == SEM_BODY_FROZEN; i++)
		assert_int_equal(val_now(w, id, 0), 1);
	assert_int_equal(fast(w, &a, 0, -1, 0), 0);
	assert_int_equal(val(w, id, 0), 0);
	client_end(&a);
}

static void who_gets_one(void **state)
{
	struct world *w = *state;
	const struct ipc_cred other = user_cred(30, 1001);
	int id = sem_get(&w->ns, &w->root, IPC_PRIVATE, 1, 0604), open, large;
	struct client c;

	assert_int_equal(offer_as(w, &other, id, &c), -EACCES);
	assert_int_equal(sem_get(&w->ns, &w->root, 7, 1, IPC_CREAT | 0602) >= 0, 1);
	assert_int_equal(offer_as(w, &other, sem_get(&w->ns, &w->root, 7, 1, 0), &c), -EACCES);
	assert_int_equal(offer_as(w, &other, 12345, &c), -EINVAL);
	open = sem_get(&w->ns, &w->root, IPC_PRIVATE, SEM_BODY_SEMS, 0606);
	assert_int_equal(offer_as(w, &other, open, &c), 0);
	assert_int_equal(fast(w, &c, SEM_BODY_SEMS - 1, 3, 0), 0);
	assert_int_equal(val(w, open, SEM_BODY_SEMS - 1), 3);
	client_end(&c);
	large = new_set(w, SEM_BODY_SEMS + 1);
	assert_int_equal(offer_as(w, &w->root, large, &c), -EBUSY);
	ipc_limits(&w->ns)->semopm = 0;
	assert_int_equal(offer_as(w, &w->root, id, &c), -EBUSY);
}

static void taken_back(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1), other = new_set(w, 1);
	struct client a = client_of(w, 10, id), b = client_of(w, 11, other), c;

	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	assert_int_equal(sem_ctl_set(&w->ns, &w->root, id, 0, 0, 0666), 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_DEAD);
	assert_false(is_alive(&a));
	assert_int_equal(val(w, id, 0), 1);
	/* Another one is of other memory. */
	c = client_of(w, 10, id);
	assert_int_equal(fast(w, &c, 0, 1, 0), 0);
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_DEAD);
	assert_int_equal(val(w, id, 0), 2);
	sem_shares_thaw(&w->ns);

	sem_shares_leave(&w->ns, 11);
	assert_false(is_alive(&b));
	assert_true(is_alive(&c));
	sem_shares_leave(&w->ns, 10);
	assert_false(is_alive(&c));
	client_end(&a);
	client_end(&b);
	client_end(&c);

	a = client_of(w, 10, id);
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
	assert_false(is_alive(&a));
	assert_int_equal(fast(w, &a, 0, 1, 0), SEM_BODY_DEAD);
	client_end(&a);
	/* The page is its client's as long as he likes. */
	c = client_of(w, 10, other);
	sem_shares_close(&w->ns);
	assert_int_equal(fast(w, &c, 0, 1, 0), SEM_BODY_DEAD);
	client_end(&c);
}

/* Any word, any header: a value is one, a pid is one that was given out, a time is not ahead. */
static void hostile_words(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 4);
	struct client a = client_of(w, 10, id), b = client_of(w, 11, id);
	uint64_t x = 88172645463325252ull;

	w->now = 1700000000;
	for (int round = 0; round < 20000; round++) {
		unsigned char *bytes = (unsigned char *)a.body;
		const int64_t before = otime(w, id);

		for (int i = 0; i < 40; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			if (i < 4)
				a.body->word[i] = x;
			else
				bytes[(x >> 20) % SEM_BODY_SIZE] = (unsigned char)x;
		}
		for (int i = 0; i < 4; i++) {
			int pid = get(w, id, i, GETPID), v = val(w, id, i);

			assert_true(v >= 0 && v <= IPC_SEMVMX);
			assert_true(pid <= 1 || (pid >= 10 && pid <= 12));
		}
		assert_true(otime(w, id) >= before && otime(w, id) <= w->now);
		if (round % 3 == 0)
			(void)op_now(w, 12, id,
				     SOPS(OPF(0, -1, IPC_NOWAIT), OPF(1, 1, IPC_NOWAIT)));
		else
			sem_shares_thaw(&w->ns);
		(void)fast(w, &b, 0, 1, IPC_NOWAIT);
		(void)fast(w, &b, 1, -1, IPC_NOWAIT);
		assert_int_equal(setval(w, id, 1, 0), 0);
	}
	client_end(&a);
	client_end(&b);
}

/* More sets than places: who uses his keeps it. */
static void many_sets(void **state)
{
	struct world *w = *state;
	const int n = (int)SEM_SHARES_MAX + 20;
	int *ids = calloc((size_t)n, sizeof(*ids));
	struct client first, last;

	assert_non_null(ids);
	for (int i = 0; i < n; i++)
		ids[i] = new_set(w, 1);
	first = client_of(w, 10, ids[0]);
	for (int i = 1; i < (int)SEM_SHARES_MAX; i++) {
		struct client c;
		int r = offer_as(w, &w->root, ids[i], &c);

		if (r == -EMFILE) {
			print_message("only %d descriptors\n", i);
			goto out;
		}
		assert_int_equal(r, 0);
		client_end(&c);
	}
	assert_int_equal(offer_as(w, &w->root, ids[n - 1], &last), -ENOSPC);
	w->now += 60;
	assert_int_equal(fast(w, &first, 0, 1, 0), 0);
	last = client_of(w, 10, ids[n - 1]);
	assert_int_equal(fast(w, &last, 0, 1, 0), 0);
	assert_int_equal(fast(w, &first, 0, 1, 0), 0);
	client_end(&last);
out:
	client_end(&first);
	free(ids);
}

static void many_clients(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct client first = client_of(w, 1000, id), c;

	for (uint32_t pid = 1001; pid < 1000 + 1023; pid++) {
		struct sem_offer o;
		struct ipc_cred cred = user_cred(pid, 0);

		cred.caps = w->root.caps;
		assert_int_equal(sem_share_offer(&w->ns, &cred, id, &o), 0);
		close(o.fd);
		close(o.lives_fd);
	}
	assert_true(is_alive(&first));
	c = client_of(w, 9999, id);
	assert_false(is_alive(&first));
	assert_int_equal(fast(w, &c, 0, 1, 0), 0);
	assert_int_equal(get(w, id, 0, GETPID), 9999);
	/* Who had been given the former one, and nothing else, has nothing to lose. */
	for (uint32_t i = 0; i < SEM_SHARES_TGIDS; i++)
		assert_int_equal(w->ns.sem_shares->grants_of[i], i == 9999 % SEM_SHARES_TGIDS);
	sem_shares_leave(&w->ns, 1001);
	assert_true(is_alive(&c));
	sem_shares_leave(&w->ns, 9999);
	assert_false(is_alive(&c));
	assert_int_equal(w->ns.sem_shares->grants_of[9999 % SEM_SHARES_TGIDS], 0);
	client_end(&first);
	client_end(&c);
}

/* Is the page there for who reads it next, without anybody being asked? */
static bool is_present(const void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	ssize_t n = pread(fd, &entry, 8, (off_t)((uintptr_t)page / SEM_BODY_SIZE * 8));

	close(fd);
	assert_int_equal(n, 8);
	return entry >> 63;
}

/* Who has what clients are given cannot take it from the daemon, which looks at it under its lock. */
static void the_pages_stay(void **state)
{
	static const int advices[] = {MADV_REMOVE, MADV_PAGEOUT, MADV_COLD, MADV_DONTNEED,
				      MADV_FREE};
	struct world *w = *state;
	int id = new_set(w, 1);
	struct client a = client_of(w, 10, id);
	struct sem_share *s = w->ns.sem_shares->share[a.place];
	struct sem_offer o;

	assert_int_equal(sem_share_offer(&w->ns, &w->root, id, &o), 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(fast(w, &a, 0, 5, 0), 0);
	for (int mode = 0; mode < 0x80; mode++) {
		assert_int_equal(fallocate(o.fd, mode, 0, SEM_BODY_SIZE), -1);
		/* Memory for what is there already is no harm. */
		if (mode & ~FALLOC_FL_KEEP_SIZE)
			assert_int_equal(fallocate(o.lives_fd, mode, 0, SEM_BODY_SIZE), -1);
	}
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		(void)madvise(a.body, SEM_BODY_SIZE, advices[i]);
		(void)madvise((void *)(uintptr_t)a.lives, SEM_BODY_SIZE, advices[i]);
		assert_true(is_present(s->body));
		assert_true(is_present(w->ns.sem_shares->lives));
	}
	assert_int_equal(val_now(w, id, 0), 5);
	assert_true(is_alive(&a));
	close(o.fd);
	close(o.lives_fd);
	client_end(&a);
}

/* Clients may keep what bodies were made of, which is the daemon's memory: so not without end. */
static void no_more_of_the_dead(void **state)
{
	struct world *w = *state;
	int first = new_set(w, 1), made = 0;
	struct client a = client_of(w, 10, first);

	for (int r = 0; r == 0; made += r == 0) {
		int id = new_set(w, 1);
		struct sem_offer o;

		r = sem_share_offer(&w->ns, &w->root, id, &o);
		assert_true(r == 0 || r == -ENOSPC);
		if (r == 0) {
			close(o.fd);
			close(o.lives_fd);
		}
		assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
		sem_shares_thaw(&w->ns);
	}
	assert_int_equal(made, SEM_SHARES_ENDED);
	/* Who has one does not lose it; */
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	/* and after some time there are others. */
	w->now += 3;
	for (made = 0; made < 3; made++) {
		int id = new_set(w, 1);
		struct client b = client_of(w, 10, id);

		assert_int_equal(fast(w, &b, 0, 1, 0), 0);
		assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
		client_end(&b);
	}
	/* A clock that is set back is none that stands still. */
	w->now -= 100000;
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	assert_int_equal(val_now(w, first, 0), 2);
	struct sem_offer o;

	assert_int_equal(sem_share_offer(&w->ns, &w->root, new_set(w, 1), &o), -ENOSPC);
	w->now += 1;
	made = new_set(w, 1);
	assert_int_equal(sem_share_offer(&w->ns, &w->root, made, &o), 0);
	close(o.fd);
	close(o.lives_fd);
	client_end(&a);
}

static void no_more_than_the_quota(void **state)
{
	struct world *w = *state;
	int one = new_set(w, 1), two = new_set(w, 1);
	struct client a;
	struct sem_offer o;

	ipc_quota(&w->ns)->state = ipc_bytes_used(&w->ns) + SEM_BODY_SIZE + SEM_BODY_SIZE / 2;
	a = client_of(w, 10, one);
	assert_int_equal(sem_share_offer(&w->ns, &w->root, two, &o), -ENOSPC);
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, one), 0);
	client_end(&a);
	/* It may be held still. */
	assert_int_equal(sem_share_offer(&w->ns, &w->root, two, &o), -ENOSPC);
	w->now++;
	a = client_of(w, 10, two);
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	client_end(&a);
	ipc_quota(&w->ns)->state = IPC_NO_QUOTA;
}

/* A page that became another set's, between two looks of a client. */
static void a_page_that_changed(void **state)
{
	struct world *w = *state;
	int id = new_set(w, 1);
	struct client a = client_of(w, 10, id);
	const struct sem_view v = view_of(&a);

	a.key = 0;
	assert_int_equal(sem_body_op(&v, 0, 1, true, w->now), SEM_BODY_GONE);
	assert_int_equal(val(w, id, 0), 0);
	client_end(&a);
}

static void on_bus_error(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	if (!sem_share_lost(info->si_addr))
		_exit(9);
}

/* The daemon's own mapping of the only body that there is, but for the client's. */
static void *other_mapping(const struct client *c)
{
	char line[400];
	void *found = NULL;
	FILE *f = fopen("/proc/self/maps", "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		void *at = (void *)strtoul(line, NULL, 16);

		if (strstr(line, "/secretmem") && at != c->body)
			found = at;
	}
	fclose(f);
	assert_non_null(found);
	return found;
}

/* A page that cannot be had, as by a failure of memory. */
static void make_hole(const struct client *c)
{
	int fd = memfd_create("hole", 0);

	assert_true(mmap(other_mapping(c), SEM_BODY_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	close(fd);
}

static void a_page_that_is_lost(void **state)
{
	struct world *w = *state;
	const struct sigaction sa = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};
	int id = new_set(w, 2);
	struct client a = client_of(w, 10, id);

	assert_int_equal(sigaction(SIGBUS, &sa, NULL), 0);
	/* When it is thawed; */
	assert_int_equal(fast(w, &a, 0, 6, 0), 0);
	assert_int_equal(val(w, id, 0), 6);
	make_hole(&a);
	sem_shares_thaw(&w->ns);
	assert_int_equal(val_now(w, id, 0), 6);
	assert_int_equal(setval(w, id, 0, 7), 0);
	sem_shares_thaw(&w->ns);
	assert_int_equal(val_now(w, id, 0), 7);
	client_end(&a);
	/* when it is frozen; */
	a = client_of(w, 11, id);
	assert_int_equal(fast(w, &a, 0, 1, 0), 0);
	make_hole(&a);
	assert_int_equal(val_now(w, id, 0), 7);
	assert_int_equal(op_now(w, 12, id, SOPS(OP(0, 1))), 0);
	assert_int_equal(val_now(w, id, 0), 8);
	client_end(&a);
	/* when it is taken away. */
	a = client_of(w, 11, id);
	make_hole(&a);
	sem_shares_leave(&w->ns, 11);
	assert_int_equal(val_now(w, id, 0), 8);
	client_end(&a);
	a = client_of(w, 11, id);
	make_hole(&a);
	assert_int_equal(sem_ctl_rmid(&w->ns, &w->root, id), 0);
	client_end(&a);
	assert_true(signal(SIGBUS, SIG_DFL) != SIG_ERR);
}

#define THREADS 4
#define ROUNDS 20000

struct stress {
	struct world *w;
	struct client c;
	pthread_mutex_t *lock;
	int id;
	long slow;
};

static void *stress_main(void *arg)
{
	struct stress *s = arg;

	for (int i = 0; i < ROUNDS; i++) {
		const int op = i % 2 ? -1 : 1;
		int r = fast(s->w, &s->c, (uint32_t)(i / 2 % 2), op, IPC_NOWAIT);

		assert_true(r == 0 || r == SEM_BODY_FROZEN);
		if (r == 0)
			continue;
		s->slow++;
		pthread_mutex_lock(s->lock);
		assert_int_equal(op_now(s->w, s->c.pid, s->id,
					SOPS(OPF((uint16_t)(i / 2 % 2), (int16_t)op, IPC_NOWAIT))),
				 0);
		sem_shares_thaw(&s->w->ns);
		pthread_mutex_unlock(s->lock);
	}
	return NULL;
}

/* Clients, and the daemon in between, which sees a state that there was: each takes what he gave. */
static void clients_at_once(void **state)
{
	struct world *w = *state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int id = new_set(w, 2);
	struct stress s[THREADS];
	pthread_t thread[THREADS];
	uint16_t v[2];

	for (int i = 0; i < THREADS; i++)
		s[i] = (struct stress){.w = w, .lock = &lock, .id = id};
	for (int i = 0; i < THREADS; i++) {
		struct client c = client_of(w, 10 + (uint32_t)i, id);

		s[i].c.body = c.body;
		s[i].c.lives = c.lives;
		s[i].c.place = c.place;
		s[i].c.serial = c.serial;
		s[i].c.key = c.key;
		s[i].c.pid = c.pid;
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, stress_main, &s[i]), 0);
	for (int i = 0; i < 2000; i++) {
		pthread_mutex_lock(&lock);
		assert_int_equal(sem_ctl_getall(&w->ns, &w->root, id, v, 2), 0);
		assert_true(v[0] + v[1] <= THREADS);
		sem_shares_thaw(&w->ns);
		pthread_mutex_unlock(&lock);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		client_end(&s[i].c);
	}
	assert_int_equal(sem_ctl_getall(&w->ns, &w->root, id, v, 2), 0);
	assert_int_equal(v[0] + v[1], 0);
}

#define BARRIERS 300000

/* Who says that he wants the lock before he fails to get it, and who looks after he has given it back. */
struct barrier {
	struct client c;
	struct world *w;
	_Atomic(int) round[2], wants, end[2];
	int failed;
};

static void meet(_Atomic(int) *of, int me, int round)
{
	atomic_store(&of[me], round);
	for (int i = 1; atomic_load(&of[!me]) < round; i++)
		if (i % 1000 == 0)
			sched_yield();
}

static void *barrier_main(void *arg)
{
	struct barrier *b = arg;

	for (int i = 1; i <= BARRIERS; i++) {
		meet(b->round, 1, i);
		for (volatile int n = i * 7 % 40; n; n--)
			;
		atomic_store_explicit(&b->wants, 1, memory_order_relaxed);
		b->failed = fast(b->w, &b->c, 0, -1, IPC_NOWAIT) == -EAGAIN;
		meet(b->end, 1, i);
	}
	return NULL;
}

static void failure_is_a_barrier(void **state)
{
	struct world *w = *state;
	struct barrier b = {.w = w};
	pthread_t thread;
	int lost = 0;

	b.c = client_of(w, 10, new_set(w, 1));
	assert_int_equal(pthread_create(&thread, NULL, barrier_main, &b), 0);
	for (int i = 1; i <= BARRIERS; i++) {
		atomic_store(&b.wants, 0);
		meet(b.round, 0, i);
		for (volatile int n = i * 13 % 40; n; n--)
			;
		assert_int_equal(fast(w, &b.c, 0, 1, IPC_NOWAIT), 0);
		int seen = atomic_load_explicit(&b.wants, memory_order_relaxed);

		meet(b.end, 0, i);
		lost += b.failed && !seen;
		if (b.failed)
			assert_int_equal(fast(w, &b.c, 0, -1, IPC_NOWAIT), 0);
	}
	pthread_join(thread, NULL);
	assert_int_equal(lost, 0);
	client_end(&b.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(keys),
		SEM_TEST(values_pids_and_times),
		SEM_TEST(with_sleepers_it_stays_frozen),
		SEM_TEST(with_undo_it_stays_frozen),
		SEM_TEST(who_gets_one),
		SEM_TEST(taken_back),
		SEM_TEST(hostile_words),
		SEM_TEST(many_sets),
		SEM_TEST(many_clients),
		SEM_TEST(the_pages_stay),
		SEM_TEST(no_more_of_the_dead),
		SEM_TEST(no_more_than_the_quota),
		SEM_TEST(a_page_that_changed),
		SEM_TEST(a_page_that_is_lost),
		SEM_TEST(clients_at_once),
		SEM_TEST(failure_is_a_barrier),
	};

	int fd = (int)syscall(447 /* memfd_secret */, 0);

	if (fd < 0) {
		printf("SKIP: memfd_secret(2): %s\n", strerror(errno));
		return 77;
	}
	close(fd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
