/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adding and removing bodies. One thread does it at a time, and nobody waits for it: who finds it
 * busy, a signal handler on top of it perhaps, goes without and asks again later.
 *
 * A body's page is mapped at the place of its entry, in a range that was reserved for all of them.
 * It stays when the body is dead, because somebody may be about to read it, until the next body takes its
 * place, in one step for those who look.
 *
 * A child of fork(2) has zeroes there. The thread that forked may have done so in a signal handler that
 * came in the middle of an operation, and go on with that: it finds no word that it has seen, and that its
 * key is gone.
 */
#include "libipcshim/table.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "libipcshim/os.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_MAYMOVE
#define MREMAP_MAYMOVE 1
#define MREMAP_FIXED 2
#endif

/* Without room it is not tried again for so long. */
#define FULL_S 2

#define ROUND_UP(n) (((n) + 4095u) & ~4095ul)
#define TABLE_BYTES ROUND_UP(sizeof(struct table))
/* Bodies, and then the struct sem_lives. */
#define PAGES_BYTES ((size_t)(TABLE_ENTRIES + 1) * SEM_BODY_SIZE)

_Atomic(struct table *) the_table;
/* Where the pages are, or were in the parent, whose table is not the child's. */
static _Atomic(uintptr_t) reserved;

/* Who is no process: so nobody adds any more. */
#define NO_PID UINT32_MAX

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

static long map(long at, size_t len, int prot, int flags)
{
	return os_call(SYS_mmap, at, (long)len, prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
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
	long at = map(0, len, prot, 0);

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

/*
 * The page of @fd to its place @at, in one step; nobody is to inherit it. Whether the file is the one that was
 * offered is looked at when it is mapped: it is not if somebody has closed the number and opened another
 * one meanwhile, and of that nothing is touched. If the process may not lock more memory it is not had.
 */
static bool put_page(struct table *t, long at, int prot, int fd, uint64_t dev, uint64_t ino)
{
	long page = os_call(SYS_mmap, 0, SEM_BODY_SIZE, prot, MAP_SHARED, fd, 0);

	if (os_failed(page))
		return false;
	if (is_offered(fd, dev, ino) && advise(page, SEM_BODY_SIZE, MADV_DONTFORK) == 0) {
		if (os_call(SYS_mremap, page, SEM_BODY_SIZE, SEM_BODY_SIZE,
			    MREMAP_MAYMOVE | MREMAP_FIXED, at, 0) == at)
			return true;
		/* It may have left a hole, which is not ours if somebody was faster. */
		if (map(at, SEM_BODY_SIZE, PROT_NONE, MAP_FIXED_NOREPLACE) != at &&
		    advise(at, SEM_BODY_SIZE, MADV_DONTFORK) != 0)
			atomic_store(&t->owner, NO_PID);
	}
	unmap(page, SEM_BODY_SIZE);
	return false;
}

/* The page that says which bodies there are. A second one would be another namespace's. */
static bool have_lives(struct table *t, const struct sem_offer *o, uintptr_t pages)
{
	const uint64_t lives = atomic_load(&t->lives);

	if (lives)
		return lives == o->lives_ino;
	if (o->lives_fd < 0 || !put_page(t, (long)(pages + TABLE_ENTRIES * SEM_BODY_SIZE),
					 PROT_READ, o->lives_fd, o->lives_dev, o->lives_ino))
		return false;
	atomic_store(&t->lives, o->lives_ino);
	return true;
}

static uintptr_t get_pages(struct table *t)
{
	uintptr_t pages = atomic_load(&t->pages);

	if (pages)
		return pages;
	pages = (uintptr_t)map_advised(PAGES_BYTES, PROT_NONE, MADV_DONTFORK);
	atomic_store(&t->pages, pages);
	atomic_store(&reserved, pages);
	return pages;
}

static void add(struct table *t, const struct sem_offer *o)
{
	uint32_t none = 0, now = uptime();

	(void)atomic_compare_exchange_strong(&t->owner, &none, own_pid());

	const uintptr_t pages = get_pages(t);
	int place = pages && have_lives(t, o, pages) ? find_place(t, o->key, now) : -1;

	if (place < 0)
		return;
	if (!put_page(t, (long)(pages + (uintptr_t)place * SEM_BODY_SIZE), PROT_READ | PROT_WRITE,
		      o->fd, o->dev, o->ino)) {
		atomic_store(&t->full[table_bucket(sem_key_id(o->key))], now);
		return;
	}
	atomic_store(&t->life[place], (uint64_t)o->place << 32 | o->serial);
	atomic_store_explicit(&t->key[place], o->key, memory_order_release);
}

static void take_back(int fd, uint64_t dev, uint64_t ino)
{
	if (is_offered(fd, dev, ino))
		(void)os_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

void table_take(const struct sem_offer *offer)
{
	struct table *t = offer->layout == SEM_BODY_LAYOUT ? get_table() : NULL;

	if (t && !atomic_exchange(&t->busy, 1)) {
		add(t, offer);
		atomic_store(&t->busy, 0);
	}
	take_back(offer->fd, offer->dev, offer->ino);
	take_back(offer->lives_fd, offer->lives_dev, offer->lives_ino);
}

/* In the child, which has a hole there: so it is done before anybody maps something else. */
static void after_fork(void)
{
	const uintptr_t pages = atomic_load(&reserved);
	const long at = (long)pages;
	struct table *t = atomic_load(&the_table);

	if (!t || !pages)
		return;
	if (map(at, PAGES_BYTES, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE) == at &&
	    advise(at, PAGES_BYTES, MADV_DONTFORK) == 0)
		atomic_store(&t->pages, pages);
}

/* How one says so to glibc, and to musl. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
	__attribute__((weak));
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
	__attribute__((weak));

static __attribute__((constructor)) void at_load(void)
{
	if (__register_atfork)
		(void)__register_atfork(NULL, NULL, after_fork, NULL);
	else if (pthread_atfork)
		(void)pthread_atfork(NULL, NULL, after_fork);
}
