#pragma once

/*
 * Reads the character at **text, which may be a backslash escape as in C
 * (\a \b \e \f \n \r \t \v \\ \xHH and up to three octal digits), moves *text
 * behind it and returns its value.  An unknown escape is the backslash itself.
 */
int take_escaped(const char **text);

/* The same for echo -e and printf's %b, whose octal numbers are \0NNN. */
int take_echo_escaped(const char **text);
