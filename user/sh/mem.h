#pragma once

#include <stddef.h>

/*
 * Memory that is given back all at once. One arena holds what one command
 * line was parsed into; another, sh.scratch, holds what is being expanded,
 * and goes back to a mark after each command. Nothing here returns NULL:
 * a shell without memory says so and exits with status 2.
 */
struct arena;

/* A place in an arena to return to. */
struct mark {
    struct block *block;
    size_t used;
};

struct arena *arena_create(void);
struct arena *arena_get(struct arena *arena);
void arena_put(struct arena *arena);

/* Zeroed memory, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);

struct mark arena_mark(const struct arena *arena);
/* Frees all that was allocated after the mark was taken. */
void arena_release(struct arena *arena, struct mark mark);

/* Memory that outlives the command: variables, functions, history. */
void *xmalloc(size_t size);
void *xrealloc(void *memory, size_t size);
char *xstrdup(const char *text);

/* A string that grows, inside an arena. */
struct buf {
    struct arena *arena;
    char *data;
    size_t length;
    size_t capacity;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_put(struct buf *buf, char c);
void buf_add(struct buf *buf, const char *text, size_t length);
void buf_add_string(struct buf *buf, const char *text);
/* The text so far, NUL-terminated; valid until the next addition. */
char *buf_string(struct buf *buf);

/* A list of strings that grows, inside an arena; always NULL-terminated
 * once something was added. The strings are not copied. */
struct strings {
    struct arena *arena;
    char **items;
    size_t count;
    size_t capacity;
};

void strings_add(struct strings *strings, char *text);
void strings_sort(struct strings *strings, size_t from);
/* Drops repetitions from a sorted list. */
void strings_unique(struct strings *strings);
