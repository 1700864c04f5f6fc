/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The filter that sends a process's IPC calls to a listener.
 *
 * There must be no way round it: i386's calls (int 0x80, also from 64-bit programs) are trapped like
 * those of x86-64, and an ABI that the daemon does not understand (x32; 32-bit programs on an arm64
 * kernel) gets ENOSYS for them, as from a kernel without.
 */
#ifndef SECCOMP_FILTER_H
#define SECCOMP_FILTER_H

/** The kernels that a filter can be made for, by the ABIs that they run. */
enum filter_kernel {
	FILTER_X86_64, /* x86-64, i386; x32 refused */
	FILTER_ARM64,  /* arm64; arm refused */
};

/** FILTER_INJECTED: for programs that are outside the kernel IPC namespace with their segments. */
#define FILTER_INJECTED 1u
/** FILTER_SHIM: the calls by which a process changes its rights are trapped, too (libipcshim). */
#define FILTER_SHIM 2u

/**
 * filter_build() - the program for @kernel, which need not be this one. @flags: FILTER_*.
 * Return: a memory file of struct sock_filter (the caller's, at its end), or a negative errno.
 */
int filter_build(enum filter_kernel kernel, unsigned flags);

/**
 * filter_install() - filter the calling process (and all it becomes and forks). @flags: FILTER_*.
 * Needs CAP_SYS_ADMIN in the caller's user namespace; does not set no_new_privs, so setuid
 * programs keep working, under the filter.
 * Return: the listener descriptor (close-on-exec, the caller's), or a negative errno: -EBUSY: the
 * process is under another listener already; -EINVAL: a kernel without
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (before 5.19); -EACCES: no CAP_SYS_ADMIN; -ENOSYS: none.
 */
int filter_install(unsigned flags);

#endif
