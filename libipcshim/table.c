/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adding and removing bodies. One thread does it at a time, and nobody waits for it: who finds it
 * busy, a signal handler on top of it perhaps, goes without and asks again later.
 *
 * A body's page is mapped at the place of its entry, in a range that was reserved for all of them.
 * It stays when the body is dead, because somebody may be about to read it, until the next body takes its
 * place, in one step for those who look.
 */
#include "libipcshim/table.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "libipcshim/os.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* Without room it is not tried again for so long. */
#define FULL_S 2

#define ROUND_UP(n) (((n) + 4095u) & ~4095ul)
#define TABLE_BYTES ROUND_UP(sizeof(struct table))
/* Bodies, and then the struct sem_lives. */
#define PAGES_BYTES ((size_t)(TABLE_ENTRIES + 1) * SEM_BODY_SIZE)

_Atomic(struct table *) the_table;

/* Since boot, and never 0. */
static uint32_t uptime(void)
{
	return (uint32_t)os_seconds(CLOCK_MONOTONIC_COARSE) + 1;
}

void table_retire(struct table *t, const struct table_entry *e)
{
	uint64_t key = e->view.seen;

	(void)atomic_compare_exchange_strong(&t->key[e->index], &key, 0);
}

static uint32_t own_pid(void)
{
	return (uint32_t)os_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

/*
 * A child that shares the memory of its parent (vfork(2), clone(2) with CLONE_VM) must not add what
 * it was given: the parent would act in its name.
 */
bool table_wants(struct table *t, int32_t semid)
{
	uint32_t full = atomic_load(&t->full[table_bucket(semid)]), owner = atomic_load(&t->owner);

	if (full && uptime() - full < FULL_S)
		return false;
	return !owner || owner == own_pid();
}

static long map(size_t len, int prot)
{
	return os_call(SYS_mmap, 0, (long)len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
}

static long advise(long at, size_t len, int advice)
{
	return os_call(SYS_madvise, at, (long)len, advice, 0, 0, 0);
}

static void unmap(long at, size_t len)
{
	(void)os_call(SYS_munmap, at, (long)len, 0, 0, 0, 0);
}

/* Fresh memory with @advice about forks; 0: none, or the kernel does not know that. */
static long map_advised(size_t len, int prot, int advice)
{
	long at = map(len, prot);

	if (os_failed(at))
		return 0;
	if (advise(at, len, advice) == 0)
		return at;
	unmap(at, len);
	return 0;
}

static struct table *get_table(void)
{
	struct table *t = atomic_load(&the_table);

	if (t)
		return t;
	long fresh = map_advised(TABLE_BYTES, PROT_READ | PROT_WRITE, MADV_WIPEONFORK);

	if (!fresh)
		return NULL;
	if (atomic_compare_exchange_strong(&the_table, &t, (struct table *)fresh))
		return (struct table *)fresh;
	unmap(fresh, TABLE_BYTES);
	return t;
}

/* Another thread may have closed our number and opened something else. */
static bool is_offered(int fd, uint64_t dev, uint64_t ino)
{
	struct stat st;

	return fd >= 0 && os_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) == 0 && st.st_dev == dev &&
	       st.st_ino == ino;
}

/* Nobody has it, or a body that is dead: its set was removed, and nobody came to see. */
static bool is_free(struct table *t, uint32_t i)
{
	uint64_t key = atomic_load(&t->key[i]);
	struct table_entry e;

	if (!key)
		return true;
	if (!table_entry(t, i, key, &e) || atomic_load(e.view.live) == e.view.serial)
		return false;
	table_retire(t, &e);
	return true;
}

/* A place for the set's body, or -1; an older body of the set is not used any more. */
static int find_place(struct table *t, uint64_t key, uint32_t now)
{
	const uint32_t first = table_bucket(sem_key_id(key)) * TABLE_WAYS;
	struct table_entry old;
	int place = -1;

	if (table_find(t, sem_key_id(key), &old)) {
		if (old.view.seen == key)
			return -1; /* another thread was faster */
		table_retire(t, &old);
	}
	for (uint32_t i = first; i < first + TABLE_WAYS && place < 0; i++)
		if (is_free(t, i))
			place = (int)i;
	if (place < 0)
		atomic_store(&t->full[table_bucket(sem_key_id(key))], now);
	return place;
}

/* The page that says which bodies there are. A second one would be another namespace's. */
static bool have_lives(struct table *t, const struct sem_offer *o, uintptr_t pages)
{
	const uint64_t lives = atomic_load(&t->lives);
	long at = (long)(pages + TABLE_ENTRIES * SEM_BODY_SIZE);

	if (lives)
		return lives == o->lives_ino;
	if (o->lives_fd < 0 || os_call(SYS_mmap, at, SEM_BODY_SIZE, PROT_READ,
				       MAP_SHARED | MAP_FIXED, o->lives_fd, 0) != at)
		return false;
	if (advise(at, SEM_BODY_SIZE, MADV_DONTFORK) != 0)
		return false;
	atomic_store(&t->lives, o->lives_ino);
	return true;
}

static void add(struct table *t, const struct sem_offer *o)
{
	uint32_t none = 0, now = uptime();

	(void)atomic_compare_exchange_strong(&t->owner, &none, own_pid());
	if (!atomic_load(&t->pages))
		atomic_store(&t->pages,
			     (uintptr_t)map_advised(PAGES_BYTES, PROT_NONE, MADV_DONTFORK));

	const uintptr_t pages = atomic_load(&t->pages);
	int place = pages && have_lives(t, o, pages) ? find_place(t, o->key, now) : -1;

	if (place < 0)
		return;
	long at = (long)(pages + (uintptr_t)place * SEM_BODY_SIZE);
	long r = os_call(SYS_mmap, at, SEM_BODY_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, o->fd, 0);

	/* Who could not keep it from a child does without. */
	if (r != at || advise(at, SEM_BODY_SIZE, MADV_DONTFORK) != 0)
		return;
	atomic_store(&t->life[place], (uint64_t)o->place << 32 | o->serial);
	atomic_store_explicit(&t->key[place], o->key, memory_order_release);
}

void table_take(const struct sem_offer *offer)
{
	const bool fd = is_offered(offer->fd, offer->dev, offer->ino);
	const bool lives = is_offered(offer->lives_fd, offer->lives_dev, offer->lives_ino);
	struct table *t = fd && offer->layout == SEM_BODY_LAYOUT ? get_table() : NULL;
	struct sem_offer o = *offer;

	if (!lives)
		o.lives_fd = -1;
	if (t && !atomic_exchange(&t->busy, 1)) {
		add(t, &o);
		atomic_store(&t->busy, 0);
	}
	if (fd)
		(void)os_call(SYS_close, offer->fd, 0, 0, 0, 0, 0);
	if (lives)
		(void)os_call(SYS_close, offer->lives_fd, 0, 0, 0, 0, 0);
}
