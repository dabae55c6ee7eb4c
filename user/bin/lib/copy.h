#pragma once

#include <stdbool.h>

/* Copies of files and trees: cp, and mv between file systems. */

struct copy_options {
    bool recursive;
    bool preserve;      /* mode, owner and times */
    bool force;         /* remove a target that cannot be opened */
    bool ask;           /* before overwriting */
    bool verbose;
    bool keep_links;    /* copy a link as a link, even a named one */
};

/*
 * Copies `from` to exactly `to`.  Complains about what goes wrong (so
 * exit_status tells) and goes on with the rest.
 */
void copy_tree(const char *from, const char *to,
               const struct copy_options *options);

struct remove_options {
    bool ask;
    bool verbose;
};

/* Removes a file, or a directory with all that is in it. */
void remove_tree(const char *path, const struct remove_options *options);
