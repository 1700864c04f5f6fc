/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which calls are a namespace's, by name. The filter of a run (filter.c) is made of these lists, and
 * so are profiles for container runtimes (tools/oci_profile.c): one that trapped less would be a way
 * out of the namespace. No numbers here: each ABI has its own, and libseccomp knows them.
 */
#ifndef SECCOMP_TRAPPED_H
#define SECCOMP_TRAPPED_H

/** trapped_calls - of every ABI. Ends with NULL. */
extern const char *const trapped_calls[];

/** trapped_calls_injected - besides, where a program can be outside the kernel IPC namespace that has
 * its segments (daemon/foreign_shm.h): in containers. Ends with NULL. */
extern const char *const trapped_calls_injected[];

/** trapped_calls_32bit - what 32-bit ABIs have besides: i386's multiplexer, and calls with 64-bit
 * time. Ends with NULL. */
extern const char *const trapped_calls_32bit[];

/**
 * identity_calls, identity_calls_32bit - by which a process becomes somebody else, or may less than
 * before. Trapped where operations can be done without a call (libipcshim), and then let go on; of
 * unshare(2) and prctl(2) see filter.c.
 */
extern const char *const identity_calls[];
extern const char *const identity_calls_32bit[];

#endif
