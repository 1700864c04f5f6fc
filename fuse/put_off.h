/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creations in the mqueue view that are answered later: those that found no room although some is
 * being given back.
 *
 * Natively a close(2) that has returned has freed its queue. Here who installs queues' descriptors
 * may hold one for a moment longer; mq_open waits for that, but a request to the view cannot be
 * waited in, because the same thread serves the close that would make room. So it is put off, the
 * one kind of request that is not answered before the next is read, and tried again once the room
 * is back (ipcns_fuse_room_back()), or when it has waited for PUT_OFF_MS: its caller cannot be killed
 * meanwhile, and has the directory's lock, without which nobody creates or removes a file there or
 * looks a name up. So what is waited for must get by without that.
 */
#ifndef FUSE_PUT_OFF_H
#define FUSE_PUT_OFF_H

#include "fuse/session_impl.h"

#define PUT_OFF_MS 500

/**
 * put_off_creation() - is the creation @req, refused with @error (negative errno), to be tried again?
 * @fi: of open(O_CREAT), NULL for mknod(2); copied, as @name is.
 * Return: true: it will be answered later; false: answer it now.
 */
bool put_off_creation(fuse_req_t req, const char *name, mode_t mode,
		      const struct fuse_file_info *fi, int error);

/** put_off_fini() - the session ends: who still waits is refused. */
void put_off_fini(struct ipcns_fuse *f);

#endif
