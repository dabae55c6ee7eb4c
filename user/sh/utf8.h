#pragma once

#include <stddef.h>

/* Decodes the character at text, of which `length` > 0 bytes are there.
 * Returns its size in bytes; a byte that is not UTF-8 counts as one
 * character, with a code above Unicode's. */
size_t utf8_decode(const char *text, size_t length, int *code);

/* The size of the character that ends before text[at]; at > 0. */
size_t utf8_before(const char *text, size_t at);

/* Characters in a string. */
size_t utf8_length(const char *text);

/* Columns that a character takes on the screen. */
int utf8_width(int code);
