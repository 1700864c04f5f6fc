/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The containers of the watch set: circular doubly linked lists with a head, and hash tables keyed
 * by a pid. Both are intrusive, so that parking a call costs one allocation and no search.
 *
 * A table grows at one entry a bucket and never shrinks; when memory for growing is short it stays
 * as it is and only gets slower. Keys are unique (the callers look before they insert).
 */
#include <stdlib.h>

#include "seccomp/signals_impl.h"

#define TABLE_START 64 /* a power of two */

void sig_list_init(struct sig_link *head)
{
	head->prev = head->next = head;
}

/* Leaves the link pointing to itself, so that removing it twice does no harm. */
void sig_list_remove(struct sig_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	sig_list_init(link);
}

void sig_list_append(struct sig_link *head, struct sig_link *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Pids are handed out in sequence, so their low bits spread best by themselves. */
static struct sig_node **bucket(const struct sig_table *t, uint32_t key)
{
	return &t->bucket[key & t->mask];
}

int sig_table_init(struct sig_table *t)
{
	t->bucket = calloc(TABLE_START, sizeof(*t->bucket));
	t->mask = TABLE_START - 1;
	t->count = 0;
	return t->bucket ? 0 : -ENOMEM;
}

void sig_table_fini(struct sig_table *t)
{
	free(t->bucket);
	t->bucket = NULL;
}

struct sig_node *sig_table_find(const struct sig_table *t, uint32_t key)
{
	struct sig_node *node = *bucket(t, key);

	while (node && node->key != key)
		node = node->next;
	return node;
}

static void link_node(struct sig_table *t, struct sig_node *node)
{
	struct sig_node **at = bucket(t, node->key);

	node->next = *at;
	*at = node;
}

static void grow(struct sig_table *t)
{
	struct sig_table more = {.mask = t->mask * 2 + 1, .count = t->count};

	more.bucket = calloc((size_t)more.mask + 1, sizeof(*more.bucket));
	if (!more.bucket)
		return;
	for (uint32_t i = 0; i <= t->mask; i++) {
		struct sig_node *node = t->bucket[i], *next;

		for (; node; node = next) {
			next = node->next;
			link_node(&more, node);
		}
	}
	free(t->bucket);
	*t = more;
}

void sig_table_insert(struct sig_table *t, struct sig_node *node)
{
	if (t->count > t->mask)
		grow(t);
	link_node(t, node);
	t->count++;
}

void sig_table_remove(struct sig_table *t, struct sig_node *node)
{
	struct sig_node **at = bucket(t, node->key);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	t->count--;
}
