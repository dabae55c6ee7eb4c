/*
 * slurp.h - small files, of /proc most of all, as strings.
 */
#pragma once

#include "tests/user/lib/tap.h"

#define SLURP_MAX 262144

/* The whole of a file that must be there and not be empty: slurp_text, until
 * the next call. */
char *slurp(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern char slurp_text[SLURP_MAX];
extern size_t slurp_length;             /* there may be NULs in it */

/* The same when it may fail: the length, or -errno. */
long slurp_try(const char *path);

/* The number behind "name:" in /proc/PID/status and files like it. */
long slurp_number(const char *text, const char *name, int base);

/* A field of /proc/PID/stat, counted from 1 as proc(5) does, behind the name:
 * 3 or more.  A letter gives its code. */
unsigned long slurp_stat(pid_t pid, int field);

/* A line of /proc/harts: the sum over all harts. */
long slurp_counter(const char *name);

/* How many objects of a cache are in use (/proc/slabinfo). */
long slurp_objects(const char *cache);

/* Wait until at most `count` are in use: threads are buried late. */
void slurp_settle(const char *cache, long count);

/* A table of /proc: how many lines it has below its titles, and the numbers in
 * the column of that title, up to `max`; their count. */
int slurp_lines(const char *path);
int slurp_column(const char *path, const char *title, long *out, int max);
