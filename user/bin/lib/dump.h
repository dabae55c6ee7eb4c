#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What od and hexdump have in common: lines of 16 bytes, * for repeats. */

enum { DUMP_LINE = 16 };

struct dump {
    /* Options. */
    unsigned long long skip;    /* bytes to leave out first */
    unsigned long long limit;   /* bytes to show */
    bool verbose;               /* repeated lines, too */
    /* Prints offset and bytes of a line; behind `used` there are zeros. */
    void (*show)(unsigned long long offset, const unsigned char *line,
                 int used);
};

extern struct dump dump;

/* Shows all files as one; returns the offset behind the last byte. */
unsigned long long dump_files(char **names);
