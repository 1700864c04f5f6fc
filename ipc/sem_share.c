/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of semaphore sets: making, freezing, thawing, and who was given one.
 *
 * Freezing goes from word to word. The snapshot is nonetheless one of a single moment, that of the
 * last word: an operation is on one word only, and nobody who has met a frozen one has gone on
 * without asking the daemon.
 *
 * A process is known in a body by a slot, the index of its grant. Grants stay for as long as the body:
 * a semaphore's pid is that of whoever changed it last, dead or not. A grant is a tgid and no
 * identity, as a pid is natively.
 *
 * A client may punch a hole into the file. Where there is no memory for another page then, whoever touches it
 * gets SIGBUS, so that is only done between hold() and let_go().
 */
#include "ipc/sem_share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/perm.h"
#include "ipc/sem_private.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u /* Linux 6.3 */
#endif

#define GRANTS_MAX 4095u
/* Whose body was not used for so long may lose it to another set, seconds. */
#define UNUSED_S 10
/* Sets looked at for that, each time. */
#define UNUSED_LOOKS 16u
/* A body that nobody used before it was frozen again is given back later, by so many calls at most. */
#define PATIENCE_MAX 15u

struct sem_share {
	struct sem_body *body;
	int fd;
	uint64_t dev, ino;
	aref set;
	bool thawed;
	bool lost;   /* its page could not be had, and what is mapped is not it */
	bool queued; /* to be thawed at the end of the call */
	uint8_t patience, skip;
	int64_t used; /* when a client did something last, as far as was seen */
	uint32_t ngrants, room;
	uint32_t *grant; /* tgids; slot N is grant[N - 1] */
};

struct sem_shares {
	struct sem_share *share[SEM_SHARES_MAX];
	uint32_t queue[SEM_SHARES_MAX]; /* indices; some are of what is gone */
	uint32_t nqueue;
	uint32_t hand; /* where the search for an unused one goes on */
};

/* What this thread looks at; for the handler of a signal that it may get there. */
static _Thread_local void *volatile held;
static _Thread_local volatile bool held_is_lost;

static void hold(struct sem_share *s)
{
	held_is_lost = false;
	held = s->body;
	atomic_signal_fence(memory_order_seq_cst);
}

/* Return: was it there all the time? If not, the page is the daemon's alone now. */
static bool let_go(void)
{
	atomic_signal_fence(memory_order_seq_cst);
	held = NULL;
	return !held_is_lost;
}

bool sem_share_lost(const void *addr)
{
	const uintptr_t at = (uintptr_t)addr, page = (uintptr_t)held;

	if (!page || at < page || at >= page + SEM_BODY_SIZE)
		return false;
	held_is_lost = true;
	return mmap(held, SEM_BODY_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == held;
}

static struct sem_share *share_of(const struct ipc_ns *ns, const struct sem_record *rec)
{
	return rec->share ? ns->sem_shares->share[rec->share - 1] : NULL;
}

/* May a client do operations on the set by itself? */
static bool is_simple(const struct ipc_ns *ns, const struct sem_record *rec)
{
	return !rec->sleepers && !rec->undo && rec->nsems <= SEM_BODY_SEMS &&
	       ipc_limits(ns)->semopm >= 1;
}

/* One word, whatever it says. Return: did a client write it since the last thaw? */
static bool import_word(struct sem_share *s, struct ipc_sem *sem, uint64_t w, int64_t now,
			int64_t *otime)
{
	const uint32_t slot = sem_word_slot(w);
	const int64_t t = sem_word_seconds(w, now);

	sem->val = (int32_t)sem_word_value(w);
	if (slot == 0 || slot > s->ngrants)
		return false;
	sem->pid = s->grant[slot - 1];
	if (t > *otime)
		*otime = t;
	return true;
}

/* Return: is the body still there? If not, what the set had at the last freeze is what it has. */
static bool import(const struct ipc_ns *ns, struct sem_record *rec, struct sem_share *s)
{
	struct ipc_sem *sems = sem_values(ns, rec);
	const int64_t now = ipc_now(ns).tv_sec;
	uint64_t word[SEM_BODY_SEMS];
	bool used = false;

	hold(s);
	for (uint32_t i = 0; i < rec->nsems; i++)
		word[i] = atomic_fetch_or(&s->body->word[i], SEM_WORD_FROZEN);
	s->thawed = false;
	if (!let_go())
		return false;
	for (uint32_t i = 0; i < rec->nsems; i++) {
		struct ipc_sem sem = sems[i];

		used |= import_word(s, &sem, word[i], now, &rec->otime);
		sems[i] = sem;
	}
	if (used)
		s->used = now;
	s->patience = used ? 0 : (uint8_t)(s->patience * 2 + 1);
	if (s->patience > PATIENCE_MAX)
		s->patience = PATIENCE_MAX;
	s->skip = s->patience;
	return true;
}

static void export(const struct ipc_ns *ns, const struct sem_record *rec, struct sem_share *s)
{
	const struct ipc_sem *sems = sem_values(ns, rec);
	const int64_t now = ipc_now(ns).tv_sec;

	hold(s);
	atomic_store(&s->body->dead, 0);
	for (uint32_t i = 0; i < rec->nsems; i++)
		atomic_store(&s->body->word[i], sem_word((uint32_t)sems[i].val, now, 0));
	/* What is lost is found so when it is frozen again, and nobody has it till then. */
	s->thawed = let_go();
	s->lost |= !s->thawed;
}

void sem_share_freeze_set(struct ipc_ns *ns, struct sem_record *rec)
{
	struct sem_share *s = share_of(ns, rec);

	if (s->lost || (s->thawed && !import(ns, rec, s))) {
		s->lost = true;
		sem_share_abandon(ns, rec);
		return;
	}
	if (s->queued)
		return;
	if (s->skip) {
		s->skip--;
		return;
	}
	/* There is room for each of them, unless it is full of those that are gone. */
	if (ns->sem_shares->nqueue == SEM_SHARES_MAX)
		return;
	s->queued = true;
	ns->sem_shares->queue[ns->sem_shares->nqueue++] = rec->share - 1;
}

void sem_shares_thaw_all(struct ipc_ns *ns)
{
	struct sem_shares *all = ns->sem_shares;

	while (all->nqueue) {
		struct sem_share *s = all->share[all->queue[--all->nqueue]];

		if (!s || !s->queued)
			continue;
		s->queued = false;

		const struct sem_record *rec = sem_record_of(ns, s->set);

		if (!s->thawed && is_simple(ns, rec))
			export(ns, rec, s);
	}
}

void sem_shares_freeze_all(struct ipc_ns *ns)
{
	for (uint32_t i = 0; ns->sem_shares && i < SEM_SHARES_MAX; i++)
		if (ns->sem_shares->share[i])
			sem_share_freeze_set(ns, sem_record_of(ns, ns->sem_shares->share[i]->set));
}

static void free_share(struct sem_share *s)
{
	if (s->body)
		munmap(s->body, SEM_BODY_SIZE);
	if (s->fd >= 0)
		close(s->fd);
	free(s->grant);
	free(s);
}

void sem_share_abandon(struct ipc_ns *ns, struct sem_record *rec)
{
	struct sem_share *s = share_of(ns, rec);

	if (!s)
		return;
	if (s->thawed && !s->lost)
		(void)import(ns, rec, s);
	hold(s);
	atomic_store(&s->body->dead, 1);
	(void)let_go();
	ns->sem_shares->share[rec->share - 1] = NULL;
	rec->share = 0;
	free_share(s);
}

void sem_shares_leave(struct ipc_ns *ns, uint32_t tgid)
{
	for (uint32_t i = 0; ns->sem_shares && i < SEM_SHARES_MAX; i++) {
		const struct sem_share *s = ns->sem_shares->share[i];
		uint32_t n = 0;

		while (s && n < s->ngrants && s->grant[n] != tgid)
			n++;
		if (s && n < s->ngrants)
			sem_share_abandon(ns, sem_record_of(ns, s->set));
	}
}

void sem_shares_close(struct ipc_ns *ns)
{
	for (uint32_t i = 0; ns->sem_shares && i < SEM_SHARES_MAX; i++)
		if (ns->sem_shares->share[i])
			sem_share_abandon(ns, sem_record_of(ns, ns->sem_shares->share[i]->set));
	free(ns->sem_shares);
	ns->sem_shares = NULL;
}

/* When a client did something last. */
static int64_t last_use(const struct sem_record *rec, struct sem_share *s, int64_t now)
{
	int64_t last = s->used;

	hold(s);
	for (uint32_t i = 0; s->thawed && i < rec->nsems; i++) {
		uint64_t w = atomic_load(&s->body->word[i]);

		if (sem_word_slot(w) && sem_word_seconds(w, now) > last)
			last = sem_word_seconds(w, now);
	}
	s->lost |= !let_go();
	return last;
}

/*
 * A place for another body. With more sets in use than places nobody loses his: sets that take
 * turns would cost more than they save.
 */
static int find_place(struct ipc_ns *ns)
{
	struct sem_shares *all = ns->sem_shares;
	const int64_t now = ipc_now(ns).tv_sec;

	for (uint32_t i = 0; i < SEM_SHARES_MAX; i++)
		if (!all->share[i])
			return (int)i;
	for (uint32_t looks = 0; looks < UNUSED_LOOKS; looks++) {
		uint32_t i = all->hand++ % SEM_SHARES_MAX;
		struct sem_record *rec = sem_record_of(ns, all->share[i]->set);

		if (now - last_use(rec, all->share[i], now) < UNUSED_S && !all->share[i]->lost)
			continue;
		sem_share_abandon(ns, rec);
		return (int)i;
	}
	return -ENOSPC;
}

/* The service has many namespaces, and needs descriptors for other things as well. */
static bool too_many_descriptors(int fd)
{
	struct rlimit l;

	return getrlimit(RLIMIT_NOFILE, &l) == 0 && (rlim_t)fd >= l.rlim_cur / 4 * 3;
}

static int make_file(struct sem_share *s)
{
	struct stat st;

	s->fd = memfd_create("ipcns-sem", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (s->fd < 0 && errno == EINVAL)
		s->fd = memfd_create("ipcns-sem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->fd < 0)
		return -errno;
	if (too_many_descriptors(s->fd))
		return -EMFILE;
	/* Nobody may make it shorter under the daemon's feet. */
	if (fallocate(s->fd, 0, 0, SEM_BODY_SIZE) < 0 ||
	    fcntl(s->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0 ||
	    fstat(s->fd, &st) < 0)
		return -errno;
	s->dev = st.st_dev;
	s->ino = st.st_ino;

	void *map = mmap(NULL, SEM_BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	s->body = map;
	return 0;
}

static int make_share(struct ipc_ns *ns, aref set, struct sem_record *rec)
{
	if (sysconf(_SC_PAGESIZE) != SEM_BODY_SIZE)
		return -EBUSY;
	if (!ns->sem_shares)
		ns->sem_shares = calloc(1, sizeof(*ns->sem_shares));
	if (!ns->sem_shares)
		return -ENOMEM;
	int place = find_place(ns);

	if (place < 0)
		return place;
	struct sem_share *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	int r = make_file(s);

	if (r < 0) {
		free_share(s);
		return r;
	}
	s->set = set;
	s->used = ipc_now(ns).tv_sec;
	s->body->layout = SEM_BODY_LAYOUT;
	s->body->nsems = rec->nsems;
	for (uint32_t i = 0; i < SEM_BODY_SEMS; i++)
		atomic_store(&s->body->word[i], SEM_WORD_FROZEN);
	ns->sem_shares->share[place] = s;
	rec->share = (uint32_t)place + 1;
	return 0;
}

/* The slot of process @tgid; 0: there is no room for one more. */
static uint32_t grant(struct sem_share *s, uint32_t tgid)
{
	for (uint32_t i = 0; i < s->ngrants; i++)
		if (s->grant[i] == tgid)
			return i + 1;
	if (s->ngrants == GRANTS_MAX)
		return 0;
	if (s->ngrants == s->room) {
		uint32_t room = s->room ? s->room * 2 : 4;
		uint32_t *more = reallocarray(s->grant, room, sizeof(*more));

		if (!more)
			return 0;
		s->grant = more;
		s->room = room;
	}
	s->grant[s->ngrants++] = tgid;
	return s->ngrants;
}

int sem_share_offer(struct ipc_ns *ns, const struct ipc_cred *cred, int32_t id,
		    struct sem_offer *out)
{
	struct sem_record *rec;
	aref set;
	int r = sem_obtain(ns, id, &set, &rec);

	if (r == 0)
		r = ipc_perms(ns, cred, &rec->perm, 0666);
	if (r < 0)
		return r;
	if (!is_simple(ns, rec))
		return -EBUSY;
	if (rec->share && share_of(ns, rec)->ngrants == GRANTS_MAX)
		sem_share_abandon(ns, rec);
	if (!rec->share)
		r = make_share(ns, set, rec);
	if (r < 0)
		return r;

	struct sem_share *s = share_of(ns, rec);
	uint32_t slot = grant(s, cred->tgid);
	int fd = slot ? fcntl(s->fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (fd < 0)
		return slot ? -errno : -ENOMEM;
	*out = (struct sem_offer){
		.key = sem_key(rec->perm.id, rec->nsems, slot),
		.dev = s->dev,
		.ino = s->ino,
		.fd = fd,
		.layout = SEM_BODY_LAYOUT,
	};
	s->skip = 0;
	sem_share_freeze_set(ns, rec); /* and so it is thawed soon */
	return 0;
}
