/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How wide a text is on a terminal, and where it can be cut. For tools/table.c. */
#ifndef TOOLS_TABLE_TEXT_H
#define TOOLS_TABLE_TEXT_H

#include <stddef.h>

/** text_width() - columns that @text takes. What is no UTF-8 or cannot be printed counts as one. */
size_t text_width(const char *text);

/** text_fits() - how many bytes of @text, in whole characters with what is combined with them, there is
 * room for in *@width columns; then *@width is how many these take. */
size_t text_fits(const char *text, size_t *width);

#endif
