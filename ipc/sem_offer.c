/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bodies of semaphore sets: making them, within bounds, and giving them to clients.
 *
 * A body is offered to who may read and alter its set, since no less can be done with it, and only while
 * there is nothing about the set that needs the daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc/perm.h"
#include "ipc/quota.h"
#include "ipc/sem_share_impl.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u /* Linux 6.3 */
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/* Whose body was not used for so long may lose it to another set, seconds. */
#define UNUSED_S 10
/* Sets looked at for that, each time. */
#define UNUSED_LOOKS 16u

/* When a client did something last. */
static int64_t last_use(const struct sem_record *rec, struct sem_share *s, int64_t now)
{
	int64_t last = s->used;

	sem_share_hold(s);
	for (uint32_t i = 0; s->thawed && i < rec->nsems; i++) {
		uint64_t w = atomic_load(&s->body->word[i]);

		if (sem_share_writer(s, w) && sem_word_seconds(w, now) > last)
			last = sem_word_seconds(w, now);
	}
	s->lost |= !sem_share_let_go();
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

/*
 * The memory of a body. What a client that has the descriptor can do to a file must not be felt here, where
 * the page is looked at under the lock: of a memfd, sealed or not, it may take the page away
 * (FALLOC_FL_PUNCH_HOLE, MADV_REMOVE), and who touches it next waits for the client. Of
 * memfd_secret(2) nobody can: it has no fallocate(2) and no write(2), its size is set once, its page is
 * never evicted, mappings of it are locked, and it cannot be opened again. In a client the descriptor is the
 * lowest free number for a moment, which another thread may use by mistake: it gets EINVAL.
 */
static int secret_file(void)
{
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, SEM_BODY_SIZE) == 0)
		return fd;
	int r = -errno;

	if (fd >= 0)
		close(fd);
	return r;
}

/*
 * What clients may map, but for reading only, which memfd_secret(2) has nothing for. F_SEAL_FUTURE_WRITE
 * forbids holes, too; that it is not swapped out needs MAP_LOCKED. With O_APPEND each write(2) and pwrite(2)
 * is one behind the end, which F_SEAL_GROW forbids (EPERM); a read is at the end.
 */
static int readable_file(void)
{
	int fd = memfd_create("ipcns-lives", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("ipcns-lives", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && fallocate(fd, 0, 0, SEM_BODY_SIZE) == 0 &&
	    fcntl(fd, F_SETFL, O_APPEND) == 0 && lseek(fd, 0, SEEK_END) == SEM_BODY_SIZE)
		return fd;
	int r = -errno;

	if (fd >= 0)
		close(fd);
	return r;
}

static int give_up(int fd, void *map, int r)
{
	if (map != MAP_FAILED)
		munmap(map, SEM_BODY_SIZE);
	close(fd);
	return r;
}

/*
 * The page of @fd, mapped here at *@map, locked; a child that the daemon forks has no use for it, and would
 * wait for others that map it. With @seals, if not 0, when it is: one on writing is about later mappings.
 * Return: @fd.
 */
static int map_file(int fd, int seals, void **map, struct stat *st)
{
	if (fd < 0)
		return fd;
	*map = MAP_FAILED;
	if (too_many_descriptors(fd))
		return give_up(fd, *map, -EMFILE);
	*map = mmap(NULL, SEM_BODY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_LOCKED, fd, 0);
	if (*map != MAP_FAILED && madvise(*map, SEM_BODY_SIZE, MADV_DONTFORK) == 0 &&
	    fstat(fd, st) == 0 && (!seals || fcntl(fd, F_ADD_SEALS, seals) == 0))
		return fd;
	return give_up(fd, *map, -errno);
}

/* A second is one body that ended: it may have gone by now. */
static void settle(struct ipc_ns *ns)
{
	struct sem_shares *all = ns->sem_shares;
	const int64_t now = ipc_now(ns).tv_sec, past = now - all->settled;

	/* A clock that was set back begins anew. */
	if (past > 0)
		all->ended -= past < all->ended ? (uint32_t)past : all->ended;
	all->settled = now;
}

/* May there be one more? In the place of another one perhaps, which ends then. */
static bool has_room(struct ipc_ns *ns)
{
	const struct sem_shares *all = ns->sem_shares;
	const uint64_t pages = (uint64_t)all->nshares + all->ended + 1;

	return all->ended < SEM_SHARES_ENDED && ipc_quota_state(ns, pages * SEM_BODY_SIZE);
}

static int make_shares(struct ipc_ns *ns)
{
	struct sem_shares *all = calloc(1, sizeof(*all));
	struct stat st;
	void *map;

	if (!all)
		return -ENOMEM;
	all->lives_fd = map_file(readable_file(),
				 F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
				 &map, &st);
	if (all->lives_fd < 0) {
		int r = all->lives_fd;

		free(all);
		return r;
	}
	all->lives = map;
	all->lives_dev = st.st_dev;
	all->lives_ino = st.st_ino;
	ns->sem_shares = all;
	return 0;
}

/* The only time that its page is made. */
static bool fill(struct sem_share *s, const struct sem_record *rec)
{
	sem_share_hold(s);
	s->body->layout = SEM_BODY_LAYOUT;
	s->body->nsems = rec->nsems;
	for (uint32_t i = 0; i < SEM_BODY_SEMS; i++)
		atomic_store(&s->body->word[i], SEM_WORD_FROZEN);
	return sem_share_let_go();
}

static int make_share(struct ipc_ns *ns, aref set, struct sem_record *rec)
{
	if (sysconf(_SC_PAGESIZE) != SEM_BODY_SIZE)
		return -EBUSY;
	int place = ns->sem_shares ? 0 : make_shares(ns);

	if (place < 0)
		return place;
	settle(ns);
	place = has_room(ns) ? find_place(ns) : -ENOSPC;
	if (place < 0)
		return place;
	struct sem_share *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	struct stat st;
	void *map;

	s->fd = map_file(secret_file(), 0, &map, &st);
	if (s->fd < 0) {
		place = s->fd;
		sem_share_free(s);
		return place;
	}
	s->body = map;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->set = set;
	/* With a base that is not 0, either: a page of zeroes has no word of a client. */
	do
		s->serial = ++ns->sem_shares->serial;
	while (((s->serial * SEM_SHARE_SLOTS) & SEM_WORD_SLOTS) == 0);
	s->base = (s->serial * SEM_SHARE_SLOTS) & SEM_WORD_SLOTS;
	s->used = ipc_now(ns).tv_sec;
	if (!fill(s, rec)) {
		sem_share_free(s);
		return -ENOMEM;
	}
	atomic_store(&ns->sem_shares->lives->serial[place], s->serial);
	ns->sem_shares->share[place] = s;
	ns->sem_shares->nshares++;
	rec->share = (uint32_t)place + 1;
	return 0;
}

/* The slot of process @tgid, or -ENOMEM. */
static int grant(struct sem_shares *all, struct sem_share *s, uint32_t tgid)
{
	for (uint32_t i = 0; i < s->ngrants; i++)
		if (s->grant[i] == tgid)
			return (int)(s->base + i);
	if (s->ngrants == s->room) {
		uint32_t room = s->room ? s->room * 2 : 4;
		uint32_t *more = reallocarray(s->grant, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->grant = more;
		s->room = room;
	}
	s->grant[s->ngrants++] = tgid;
	all->grants_of[tgid % SEM_SHARES_TGIDS]++;
	return (int)(s->base + s->ngrants - 1);
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
	if (!sem_share_simple(ns, rec))
		return -EBUSY;
	if (rec->share && sem_share_of(ns, rec)->ngrants == SEM_SHARE_GRANTS)
		sem_share_abandon(ns, rec);
	if (!rec->share)
		r = make_share(ns, set, rec);
	if (r < 0)
		return r;

	struct sem_share *s = sem_share_of(ns, rec);
	int slot = grant(ns->sem_shares, s, cred->tgid);
	int fd = slot >= 0 ? fcntl(s->fd, F_DUPFD_CLOEXEC, 3) : -1;

	int lives_fd = fd >= 0 ? fcntl(ns->sem_shares->lives_fd, F_DUPFD_CLOEXEC, 3) : -1;

	if (lives_fd < 0) {
		r = slot >= 0 ? -errno : slot;
		if (fd >= 0)
			close(fd);
		return r;
	}
	*out = (struct sem_offer){
		.key = sem_key(rec->perm.id, rec->nsems, (uint32_t)slot),
		.dev = s->dev,
		.ino = s->ino,
		.fd = fd,
		.layout = SEM_BODY_LAYOUT,
		.lives_dev = ns->sem_shares->lives_dev,
		.lives_ino = ns->sem_shares->lives_ino,
		.lives_fd = lives_fd,
		.place = rec->share - 1,
		.serial = s->serial,
	};
	s->skip = 0;
	sem_share_freeze_set(ns, rec); /* and so it is thawed soon */
	return 0;
}
