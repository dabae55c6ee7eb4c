#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A shortest list of changes between two sequences of lines, for diff. */

struct line {
    const char *text;   /* with its newline, if it has one */
    size_t length;
    char *key;          /* what is compared; may be text itself */
    bool changed;       /* the result: not in the other sequence */
};

struct line_list {
    struct line *item;
    long count;
};

/*
 * Sets `changed` in both lists so that the other lines are the same and as
 * many as possible.  E. Myers, An O(ND) Difference Algorithm and Its
 * Variations, in its linear-space form.
 */
void lines_compare(struct line_list *a, struct line_list *b);
