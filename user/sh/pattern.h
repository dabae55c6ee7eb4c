#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Shell patterns: * ? [...] with ranges, classes and ! or ^. A backslash
 * makes the next character stand for itself. Characters are UTF-8's; a byte
 * that is not UTF-8 is a character of its own.
 */
bool pattern_match(const char *pattern, const char *text, size_t length);

/* Whether the text has an unescaped * or ?, or a [ with a ] after it: the
 * command [ is no pattern. */
bool pattern_is_magic(const char *text);
/* Takes the escaping backslashes out, in place. */
char *pattern_unescape(char *text);
