/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting cells, then widths, then lines or blocks. */
#include "tools/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/table_text.h"

void table_begin(struct table *t, const char *headings)
{
	char copy[256], *save, *word;

	memset(t, 0, sizeof(*t));
	snprintf(copy, sizeof(copy), "%s", headings);
	for (word = strtok_r(copy, " ", &save); word && t->columns < TABLE_COLUMNS;
	     word = strtok_r(NULL, " ", &save))
		t->columns++;
	snprintf(copy, sizeof(copy), "%s", headings);
	size_t i = 0;

	for (word = strtok_r(copy, " ", &save); word && i < TABLE_COLUMNS;
	     word = strtok_r(NULL, " ", &save), i++) {
		t->right[i] = word[0] == '>';
		table_cell(t, word + t->right[i]);
	}
}

void table_cell(struct table *t, const char *text)
{
	if (t->rows == t->capacity) {
		size_t n = t->capacity ? t->capacity * 2 : 64;
		char **all = reallocarray(t->cell, n, sizeof(*all));

		if (!all)
			abort();
		t->cell = all;
		t->capacity = n;
	}
	/* rows counts cells until the table is printed. */
	char *copy = strdup(text);

	if (!copy)
		abort();
	/* Names of queues may hold anything. */
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 32 || *p == 127)
			*p = '?';
	t->cell[t->rows++] = copy;
}

/* 0: no terminal, so any width is right. */
static size_t terminal_width(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

static bool is_number(const char *text)
{
	return text[0] >= '0' && text[0] <= '9' && !text[strspn(text, "0123456789abcdefx")];
}

/* Narrows columns of text, the widest first, to @least. Return: does a line fit now? */
static bool fit(const struct table *t, size_t *width, const size_t *least, size_t terminal)
{
	for (;;) {
		size_t sum = 2 * (t->columns - 1), widest = t->columns;

		for (size_t i = 0; i < t->columns; i++) {
			sum += width[i];
			if (width[i] > least[i] &&
			    (widest == t->columns || width[i] > width[widest]))
				widest = i;
		}
		if (!terminal || sum <= terminal)
			return true;
		if (widest == t->columns)
			return false;
		width[widest]--;
	}
}

static void blanks(size_t n)
{
	printf("%*s", (int)n, "");
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
	size_t used = text_width(text);

	if (used > width) {
		used = width - 1;
		printf("%.*s~", (int)text_fits(text, &used), text);
		/* A character that is two columns wide may have left one. */
		if (!last)
			blanks(width - used - 1);
	} else {
		if (right)
			blanks(width - used);
		fputs(text, stdout);
		if (!right && !last)
			blanks(width - used);
	}
	fputs(last ? "\n" : "  ", stdout);
}

/* The row as a block: what it is called, then as many "HEADING text" on a line as there is room for. */
static void print_block(const struct table *t, size_t row, bool bare, size_t terminal)
{
	char *const *cell = t->cell + row * t->columns;
	size_t i = 0, used = 0;

	for (; i < t->columns && !t->right[i] && i < 2; i++)
		printf("%s%s", i ? "  " : "", cell[i]);
	for (; i < t->columns; i++) {
		const char *heading = bare ? "" : t->cell[i];
		const size_t wide = text_width(heading) + !bare + text_width(cell[i]);
		const bool new_line = used == 0 || used + 2 + wide > terminal;

		printf("%s%s%s%s", new_line ? "\n  " : "  ", heading, bare ? "" : " ", cell[i]);
		used = new_line ? 2 + wide : used + 2 + wide;
	}
	putchar('\n');
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->rows; i++)
		free(t->cell[i]);
	free(t->cell);
	memset(t, 0, sizeof(*t));
}

void table_print(struct table *t, bool bare)
{
	const size_t terminal = terminal_width();
	size_t width[TABLE_COLUMNS] = {0}, least[TABLE_COLUMNS] = {0};

	for (size_t i = bare ? t->columns : 0; i < t->rows; i++) {
		const size_t w = text_width(t->cell[i]), column = i % t->columns;
		const bool whole = t->right[column] || is_number(t->cell[i]);
		const size_t l = whole || w < TABLE_NARROWEST ? w : TABLE_NARROWEST;

		if (w > width[column])
			width[column] = w;
		if (l > least[column])
			least[column] = l;
	}
	if (!fit(t, width, least, terminal)) {
		for (size_t row = 1; row < t->rows / t->columns; row++)
			print_block(t, row, bare, terminal);
		table_free(t);
		return;
	}
	for (size_t i = bare ? t->columns : 0; i < t->rows; i++) {
		size_t column = i % t->columns;

		print_cell(t->cell[i], width[column], t->right[column], column + 1 == t->columns);
	}
	table_free(t);
}
