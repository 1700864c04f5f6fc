/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting cells, then widths, then lines. */
#include "tools/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NARROWEST 8

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

static size_t terminal_width(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

static void fit(size_t *width, size_t columns, size_t terminal)
{
	for (;;) {
		size_t sum = 2 * (columns - 1), widest = 0;

		for (size_t i = 0; i < columns; i++) {
			sum += width[i];
			if (width[i] > width[widest])
				widest = i;
		}
		if (!terminal || sum <= terminal || width[widest] <= NARROWEST)
			return;
		width[widest]--;
	}
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
	size_t len = strlen(text);

	if (len > width)
		printf("%.*s~", (int)width - 1, text);
	else if (right)
		printf("%*s", (int)width, text);
	else
		printf("%-*s", last ? 0 : (int)width, text);
	fputs(last ? "\n" : "  ", stdout);
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
	size_t width[TABLE_COLUMNS] = {0};

	for (size_t i = bare ? t->columns : 0; i < t->rows; i++) {
		size_t len = strlen(t->cell[i]);

		if (len > width[i % t->columns])
			width[i % t->columns] = len;
	}
	fit(width, t->columns, terminal_width());
	for (size_t i = bare ? t->columns : 0; i < t->rows; i++) {
		size_t column = i % t->columns;

		print_cell(t->cell[i], width[column], t->right[column],
			   column + 1 == t->columns);
	}
	table_free(t);
}
