/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table on stdout: columns as wide as what is in them. On a terminal that is too narrow for that, text
 * is cut, the widest column first, but not below TABLE_NARROWEST; numbers never, as a part of one is
 * another number. Where that is not enough, each row becomes a block of lines with all that is in it.
 *
 * Widths are those of characters on a terminal, not bytes. Texts are UTF-8, whatever the locale.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS 12
#define TABLE_NARROWEST 16

struct table {
	size_t columns, rows, capacity;
	char **cell;		   /* rows * columns, headings first */
	bool right[TABLE_COLUMNS]; /* numbers: aligned to the right, not cut */
};

/** table_begin() - headings in one string, separated by blanks; ">" before one says that below it are
 * numbers. */
void table_begin(struct table *t, const char *headings);
/** table_cell() - the next cell, row by row; copied. */
void table_cell(struct table *t, const char *text);
/** table_print() - with headings unless @bare, and free. */
void table_print(struct table *t, bool bare);
/** table_free() - without printing it. */
void table_free(struct table *t);

#endif
