/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four families of objects by name: for the configuration, the bus and containers' metadata. */
#ifndef DAEMON_FAMILIES_H
#define DAEMON_FAMILIES_H

enum family { FAMILY_MSG, FAMILY_SEM, FAMILY_SHM, FAMILY_MQUEUE, FAMILIES };

/** families_name(), families_find() - "msg", "sem", "shm", "mqueue"; -ENOENT. */
const char *families_name(enum family f);
int families_find(const char *name);

/** families_left_out() - what a build without @f lacks, as people call it; NULL: it is there. */
const char *families_left_out(enum family f);

#endif
