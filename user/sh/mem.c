/* Memory: arenas, growing strings, and malloc that does not fail. */
#include "user/sh/mem.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/sh/out.h"

#define BLOCK_SIZE 4000
#define ALIGN (sizeof(max_align_t))

struct block {
    struct block *older;
    size_t used;
    size_t size;
    _Alignas(max_align_t) char data[];
};

struct arena {
    struct block *newest;
    int refs;
};

void *xrealloc(void *memory, size_t size)
{
    void *moved = realloc(memory, size);

    if (!moved) {
        sh_warn("out of memory");
        _exit(2);
    }
    return moved;
}

void *xmalloc(size_t size)
{
    return xrealloc(NULL, size ? size : 1);
}

char *xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(xmalloc(size), text, size);
}

static void block_add(struct arena *arena, size_t size)
{
    struct block *block = xmalloc(sizeof(*block) + size);

    block->older = arena->newest;
    block->used = 0;
    block->size = size;
    arena->newest = block;
}

struct arena *arena_create(void)
{
    struct arena *arena = xmalloc(sizeof(*arena));

    arena->newest = NULL;
    arena->refs = 1;
    block_add(arena, BLOCK_SIZE);
    return arena;
}

struct arena *arena_get(struct arena *arena)
{
    arena->refs++;
    return arena;
}

void arena_put(struct arena *arena)
{
    if (--arena->refs > 0)
        return;
    arena_release(arena, (struct mark){ NULL, 0 });
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + ALIGN - 1) & ~(ALIGN - 1);
    struct block *block = arena->newest;

    if (rounded > block->size - block->used) {
        block_add(arena, rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE);
        block = arena->newest;
    }
    void *memory = block->data + block->used;
    block->used += rounded;
    return memset(memory, 0, rounded);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    return memcpy(arena_alloc(arena, length + 1), text, length);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

struct mark arena_mark(const struct arena *arena)
{
    return (struct mark){ arena->newest, arena->newest->used };
}

void arena_release(struct arena *arena, struct mark mark)
{
    while (arena->newest != mark.block) {
        struct block *older = arena->newest->older;

        free(arena->newest);
        arena->newest = older;
    }
    if (mark.block)
        mark.block->used = mark.used;
}

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){ .arena = arena };
}

/* Makes room for `more` bytes and a NUL. */
static void buf_reserve(struct buf *buf, size_t more)
{
    size_t capacity = buf->capacity ? buf->capacity : 32;

    if (buf->length + more < buf->capacity)
        return;
    while (capacity <= buf->length + more)
        capacity *= 2;
    char *data = arena_alloc(buf->arena, capacity);
    if (buf->length)
        memcpy(data, buf->data, buf->length);
    buf->data = data;
    buf->capacity = capacity;
}

void buf_put(struct buf *buf, char c)
{
    buf_reserve(buf, 1);
    buf->data[buf->length++] = c;
}

void buf_add(struct buf *buf, const char *text, size_t length)
{
    buf_reserve(buf, length);
    memcpy(buf->data + buf->length, text, length);
    buf->length += length;
}

void buf_add_string(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

char *buf_string(struct buf *buf)
{
    buf_reserve(buf, 0);
    buf->data[buf->length] = '\0';
    return buf->data;
}

void strings_add(struct strings *strings, char *text)
{
    if (strings->count + 1 >= strings->capacity) {
        size_t capacity = strings->capacity ? 2 * strings->capacity : 8;
        char **items = arena_alloc(strings->arena, capacity * sizeof(*items));

        if (strings->count)
            memcpy(items, strings->items, strings->count * sizeof(*items));
        strings->items = items;
        strings->capacity = capacity;
    }
    strings->items[strings->count++] = text;
    strings->items[strings->count] = NULL;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void strings_sort(struct strings *strings, size_t from)
{
    if (from < strings->count)
        qsort(strings->items + from, strings->count - from,
              sizeof(*strings->items), compare);
}

void strings_unique(struct strings *strings)
{
    size_t kept = 0;

    for (size_t i = 0; i < strings->count; i++)
        if (!kept || strcmp(strings->items[kept - 1], strings->items[i]) != 0)
            strings->items[kept++] = strings->items[i];
    strings->count = kept;
}
