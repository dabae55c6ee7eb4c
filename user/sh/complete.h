#pragma once

#include <stdbool.h>

#include "user/sh/edit.h"
#include "user/sh/mem.h"

/* What the word before the cursor may become. Lives in sh.scratch. */
struct completion {
    size_t start;               /* of the word, in the line */
    char quote;                 /* the quote it began with, or 0 */
    char *typed;                /* the word without quotes */
    struct strings names;       /* whole words, without quotes; sorted */
};

struct completion complete(const struct line *line);
/* Adds what all names have in common. False if that is nothing more. */
bool complete_apply(const struct completion *completion, struct line *line);
/* Prints the names in columns. */
void complete_list(const struct completion *completion, int columns);
