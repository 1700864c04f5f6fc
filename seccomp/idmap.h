/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * User and group ids as a user namespace shows them: from_kuid_munged() and make_kuid().
 *
 * Ids are kept as those of the daemon's own user namespace. A map cannot change once it is written,
 * so it is read once per namespace; the cache holds a descriptor of the namespace, lest its inode
 * number be given to another one.
 */
#ifndef SECCOMP_IDMAP_H
#define SECCOMP_IDMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct idmap;

enum idmap_kind { IDMAP_UID, IDMAP_GID };

/** idmap_open() - @own_user_ns: inode of the daemon's. Return: 0 or -ENOMEM. */
int idmap_open(uint64_t own_user_ns, struct idmap **out);
void idmap_close(struct idmap *m);

/**
 * idmap_show() - @id as user namespace @user_ns (inode), of which thread @tid is a member, shows it.
 * Return: the id there; kernel.overflowuid (gid) when it is not mapped.
 */
uint32_t idmap_show(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns,
		    uint32_t id);

/** idmap_has() - has @user_ns a name for @id? */
bool idmap_has(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id);

/** idmap_take() - the id that a member calls @id. Return: false when that is not mapped. */
bool idmap_take(struct idmap *m, enum idmap_kind kind, pid_t tid, uint64_t user_ns, uint32_t id,
		uint32_t *out);

#endif
