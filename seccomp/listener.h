/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A seccomp listener descriptor: receive a notification, answer it. Thin, because every ioctl here
 * is on the hot path; the rules that matter are in seccomp_unotify(2).
 */
#ifndef SECCOMP_LISTENER_H
#define SECCOMP_LISTENER_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * listener_init() - set the switches that every listener needs (synchronous wake-up: without it a
 * round trip takes ten times as long; kernels before 6.6 do not have it, which is no error).
 */
void listener_init(int fd);

/** listener_is() - is @fd a seccomp listener? Does nothing to whatever else it may be. */
bool listener_is(int fd);

/**
 * listener_recv() - receive into @n, which must be zeroed and may lie in a journal slot.
 * Blocks when nothing is there: call after poll. Return: 0; -ENOENT: the task died meanwhile.
 */
int listener_recv(int fd, struct seccomp_notif *n);

/** listener_valid() - is the call still waiting? */
bool listener_valid(int fd, uint64_t id);

/**
 * listener_send() - answer: @result >= 0 is the return value, < 0 a negative errno (or one of the
 * kernel's restart codes). Return: 0; -ENOENT: the task is gone, nothing was delivered.
 */
int listener_send(int fd, uint64_t id, int64_t result);

/** listener_continue() - let the kernel run the call itself. Return as listener_send(). */
int listener_continue(int fd, uint64_t id);

/**
 * listener_add_fd() - install a duplicate of @srcfd in the caller, close-on-exec; the call goes on
 * waiting. Return: its number there; -ENOENT as above; -EMFILE: the caller's table is full.
 */
int listener_add_fd(int fd, uint64_t id, int srcfd);

/**
 * listener_send_fd() - install a duplicate of @srcfd in the caller, close-on-exec, and answer with
 * its number, in one step. Return: 0; -ENOENT as above; -EMFILE: the caller's table is full (the
 * call is still waiting).
 */
int listener_send_fd(int fd, uint64_t id, int srcfd);

/**
 * listener_add_fd() - the same without the answer. Waits for the caller.
 * Return: its number; -ENOENT, -EMFILE.
 */
int listener_add_fd(int fd, uint64_t id, int srcfd);

#endif
