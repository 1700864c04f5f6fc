/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table on stdout: columns as wide as what is in them; on a terminal that is too narrow for that,
 * the widest ones are cut.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS 12

struct table {
	size_t columns, rows, capacity;
	char **cell; /* rows * columns, headings first */
	bool right[TABLE_COLUMNS]; /* numbers: aligned to the right */
};

/** table_begin() - headings in one string, separated by blanks; ">" before one aligns it right. */
void table_begin(struct table *t, const char *headings);
/** table_cell() - the next cell, row by row; copied. */
void table_cell(struct table *t, const char *text);
/** table_print() - with headings unless @bare, and free. */
void table_print(struct table *t, bool bare);
/** table_free() - without printing it. */
void table_free(struct table *t);

#endif
