/*
 * pagemap.c - index -> page, as a radix tree of 64-way nodes.  No node is
 * empty; an empty map has no nodes at all.
 */
#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "mm/page.h"

#define SHIFT       6
#define SLOTS       (1u << SHIFT)
#define MAX_HEIGHT  11              /* 66 bits of index */

struct map_node {
    void *slots[SLOTS];             /* nodes, or pages in the lowest level */
    unsigned used;
};

static struct cache node_cache = CACHE("page_map", struct map_node);

/* The slot of index in a node whose level is `level` (lowest: 0). */
static unsigned slot_of(u64 index, unsigned level)
{
    return index >> (SHIFT * level) & (SLOTS - 1);
}

static bool fits(const struct page_map *m, u64 index)
{
    return m->height == MAX_HEIGHT || !(index >> (SHIFT * m->height));
}

/* The node of the lowest level that has index, or NULL. */
static struct map_node *find_leaf(const struct page_map *m, u64 index)
{
    struct map_node *n = m->root;

    if (!m->height || !fits(m, index))
        return NULL;
    for (unsigned level = m->height; n && --level > 0; )
        n = n->slots[slot_of(index, level)];
    return n;
}

struct page *page_map_find(const struct page_map *m, u64 index)
{
    struct map_node *leaf = find_leaf(m, index);

    return leaf ? leaf->slots[slot_of(index, 0)] : NULL;
}

void page_map_find_run(const struct page_map *m, u64 index, struct page **pages,
                       unsigned n)
{
    for (unsigned i = 0; i < n; ) {
        unsigned from = slot_of(index + i, 0);
        unsigned part = MIN(n - i, SLOTS - from);
        struct map_node *node = find_leaf(m, index + i);

        for (unsigned end = i + part; i < end; i++, from++)
            pages[i] = node ? node->slots[from] : NULL;
    }
}

/* Put the present tree under a new root until index has a place.  The first
 * root is made as high as it must be. */
static int grow(struct page_map *m, u64 index)
{
    while (!m->root || !fits(m, index)) {
        struct map_node *n = cache_zalloc(&node_cache);
        if (!n)
            return -ENOMEM;
        if (m->root) {
            n->slots[0] = m->root;
            n->used = 1;
        }
        do
            m->height++;
        while (!m->root && !fits(m, index));
        m->root = n;
    }
    return 0;
}

/* The nodes from the root down to index, as far as they are there. */
struct map_path {
    struct map_node *node[MAX_HEIGHT];      /* by level */
    unsigned lowest;                        /* level of the last one */
};

/* The nodes down to index; the map may be empty. */
static void find_path(const struct page_map *m, u64 index,
                      struct map_path *path)
{
    struct map_node *n = m->root;

    path->node[0] = NULL;
    path->lowest = m->height;
    while (n && path->lowest > 0) {
        path->node[--path->lowest] = n;
        n = path->lowest ? n->slots[slot_of(index, path->lowest)] : NULL;
    }
}

/* Free empty nodes of the path, from below. */
static void prune(struct page_map *m, u64 index, const struct map_path *path)
{
    for (unsigned level = path->lowest; level < m->height; level++) {
        struct map_node *n = path->node[level];

        if (n->used)
            return;
        cache_free(&node_cache, n);
        if (level + 1 == m->height) {
            m->root = NULL;
            m->height = 0;
            return;
        }
        path->node[level + 1]->slots[slot_of(index, level + 1)] = NULL;
        path->node[level + 1]->used--;
    }
}

/* Make what is missing of the path. */
static int extend_path(struct map_path *path, u64 index)
{
    while (path->lowest > 0) {
        struct map_node *above = path->node[path->lowest];
        struct map_node *n = cache_zalloc(&node_cache);

        if (!n)
            return -ENOMEM;
        above->slots[slot_of(index, path->lowest)] = n;
        above->used++;
        path->node[--path->lowest] = n;
    }
    return 0;
}

int page_map_add(struct page_map *m, u64 index, struct page *page)
{
    struct map_path path;
    int error = grow(m, index);

    find_path(m, index, &path);
    if (!error)
        error = extend_path(&path, index);
    if (error) {
        prune(m, index, &path);
        return error;
    }
    struct map_node *leaf = path.node[0];
    if (leaf->slots[slot_of(index, 0)])
        return -EEXIST;
    leaf->slots[slot_of(index, 0)] = page;
    leaf->used++;
    m->count++;
    return 0;
}

struct page *page_map_remove(struct page_map *m, u64 index)
{
    struct page *page = page_map_find(m, index);
    struct map_path path;

    if (!page)
        return NULL;
    find_path(m, index, &path);
    path.node[0]->slots[slot_of(index, 0)] = NULL;
    path.node[0]->used--;
    m->count--;
    prune(m, index, &path);
    return page;
}

struct page *page_map_next(const struct page_map *m, u64 *index)
{
    u64 i = *index;

    while (m->height && fits(m, i)) {
        struct map_path path;
        find_path(m, i, &path);

        /* Skip the whole empty slot at which the path ended. */
        unsigned level = path.lowest;
        void *p = path.node[level]->slots[slot_of(i, level)];
        if (p) {
            *index = i;
            return p;
        }
        u64 behind = ((i >> (SHIFT * level)) + 1) << (SHIFT * level);
        if (behind <= i)
            break;
        i = behind;
    }
    return NULL;
}

static size_t check_node(const struct map_node *n, unsigned level)
{
    size_t pages = 0;
    unsigned used = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        if (!n->slots[i])
            continue;
        used++;
        pages += level ? check_node(n->slots[i], level - 1) : 1;
    }
    assert(used && used == n->used);
    return pages;
}

void page_map_check(const struct page_map *m)
{
    assert(!m->root == !m->height && !m->root == !m->count);
    if (m->root)
        assert(check_node(m->root, m->height - 1) == m->count);
}
