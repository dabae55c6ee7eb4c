#pragma once

#include <stdbool.h>
#include <time.h>

#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

/* The tests and actions of find; find.c has the grammar and the walk. */

struct node;

typedef bool evaluator(const struct node *node, const struct walk_item *item);

/* A part of the expression, with what stood behind its name. */
struct node {
    evaluator *evaluate;
    const struct node *left;
    const struct node *right;
    const char *text;
    long long number;
    char sign;                  /* + or - before the number, else 0 */
    long long unit;             /* of -size, bytes */
    struct timespec newer;      /* than this */
    char **argv;                /* of -exec */
    struct strings *batch;      /* of -exec with + */
};

struct find {
    time_t start_time;          /* ages count back from here */
    bool pruned;                /* -prune was met: do not go into this one */
    /* Nodes of -exec {} +, whose last batch is still to be run. */
    const struct node **batches;
    size_t batch_count;
};

extern struct find find;

/* Tests. */
evaluator find_is_name, find_is_path, find_is_type, find_is_size;
evaluator find_is_empty, find_is_age, find_is_newer, find_is_mode;
evaluator find_is_user, find_is_group, find_is_links, find_is_inode;
evaluator find_is_true;

/* Actions. */
evaluator find_do_print, find_do_prune, find_do_delete, find_do_quit;
evaluator find_do_exec, find_do_batch;

/* Runs the programs of all -exec {} + with what they have not had yet. */
void find_run_batches(void);
