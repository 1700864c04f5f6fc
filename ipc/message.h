/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message: header and text in one block of a body arena. Used by msg (type) and mqueue (priority).
 *
 * A block has one owner at any time: the slot that brought it, the queue, or the slot it was
 * granted to; ownership passes with the store that links or unlinks it.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <stddef.h>

#include "ipc/arena.h"

struct ipc_msg {
	uint64_t size; /* bytes of text */
	uint64_t seq;  /* order of arrival in its queue: where a returned message belongs */
	aref prev, next;
	int64_t type;   /* msg: mtype; mqueue: priority */
	uint8_t text[]; /* right behind type, as in struct msgbuf: one copy moves both */
};

_Static_assert(offsetof(struct ipc_msg, text) == offsetof(struct ipc_msg, type) + 8,
	       "type and text are copied as one struct msgbuf");

/** ipc_msg_alloc() - a block for @size bytes of text. Return: 0, -ENOMEM, -ENOSPC. */
static inline int ipc_msg_alloc(struct arena *body, uint64_t size, aref *out)
{
	int r = arena_alloc(body, sizeof(struct ipc_msg) + size, out);

	if (r == 0) {
		struct ipc_msg *m = arena_ptr(body, *out);

		*m = (struct ipc_msg){.size = size};
	}
	return r;
}

static inline struct ipc_msg *ipc_msg_get(const struct arena *body, aref ref)
{
	return arena_ptr(body, ref);
}

static inline void ipc_msg_free(struct arena *body, aref ref)
{
	if (ref)
		arena_free(body, ref, sizeof(struct ipc_msg) + ipc_msg_get(body, ref)->size);
}

#endif
