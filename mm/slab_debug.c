/*
 * slab_debug.c - what looks at the slab allocator from outside: statistics, the
 * walk that checks it, the pattern in unused objects.
 */
#include "kernel/lib/assert.h"
#include "mm/slab_private.h"

#define POISON  0x5a5a5a5a5a5a5a5aul    /* in unused objects */

/* --- the pattern (debug=slab) --- */

/* The first word is the link of unused objects. */
void slab_poison(const struct cache *c, void *object)
{
    u64 *words = object;

    for (u32 i = 1; i < c->stride / sizeof(u64); i++)
        words[i] = POISON;
}

static void check_poison(const struct cache *c, const void *object)
{
    const u64 *words = object;

    for (u32 i = 1; i < c->stride / sizeof(u64); i++)
        if (words[i] != POISON)
            panic("%s: object %p was written to while unused (word %u: %#lx)",
                  c->name, object, i, (unsigned long)words[i]);
}

void slab_check_fresh(const struct cache *c, void *object)
{
    check_poison(c, object);
    *(u64 *)object = POISON;            /* where the link was */
}

void slab_check_free(const struct cache *c, void *object,
                     const struct magazine *m)
{
    const struct page *slab = slab_of(c, object);

    if (slab->kind != PAGE_SLAB || slab->cache_id != c->id)
        panic("%s: %p is not one of its objects", c->name, object);
    for (void **o = m->first; o; o = *o)
        if (o == object)
            panic("%s: %p is freed twice", c->name, object);
    for (void **o = slab->slab_free; o; o = *o)
        if (o == object)
            panic("%s: %p is freed twice", c->name, object);
    slab_poison(c, object);
}

/* --- counts and checks --- */

bool slab_stat(unsigned i, struct slab_stat *out)
{
    struct cache *c = cache_at(i);

    if (!c)
        return false;
    spin_lock(&c->lock);
    *out = (struct slab_stat){
        .name = c->name, .used = c->out, .size = c->stride,
        .total = c->slabs * c->per_slab, .pages = c->slabs << c->order,
        .per_slab = c->per_slab, .slab_pages = 1u << c->order,
        .limit = c->limit,
    };
    spin_unlock(&c->lock);
    for (unsigned h = 0; h < MAX_HARTS; h++)
        out->used -= READ_ONCE(c->magazines[h].count);
    return true;
}

static void check_slab(const struct cache *c, struct page *slab)
{
    unsigned unused = 0;

    assert(slab->kind == PAGE_SLAB && slab->cache_id == c->id);
    for (void **o = slab->slab_free; o; o = *o) {
        assert(slab_of(c, o) == slab && unused < c->per_slab);
        if (slab_debugging())
            check_poison(c, o);
        unused++;
    }
    assert(unused + slab->slab_used == c->per_slab);
}

static void check_magazine(const struct cache *c, const struct magazine *m)
{
    u32 n = 0;

    for (void **o = m->first; o; o = *o) {
        assert(slab_of(c, o)->cache_id == c->id && n < m->count);
        n++;
    }
    assert(n == m->count && n <= c->limit);
}

static void check_cache(struct cache *c)
{
    struct page *slab;
    size_t slabs = 0, out = 0;

    spin_lock(&c->lock);
    list_for_each(slab, &c->partial, node) {
        check_slab(c, slab);
        assert(slab->slab_used < c->per_slab);
        slabs++;
        out += slab->slab_used;
    }
    list_for_each(slab, &c->full, node) {
        check_slab(c, slab);
        assert(slab->slab_used == c->per_slab);
        slabs++;
        out += slab->slab_used;
    }
    assert(slabs == c->slabs && out == c->out);
    check_magazine(c, &c->magazines[this_hart()->arch.id]);
    spin_unlock(&c->lock);
}

void slab_check(void)
{
    struct cache *c;

    for (unsigned i = 0; (c = cache_at(i)) != NULL; i++)
        check_cache(c);
}
