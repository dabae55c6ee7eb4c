#include "kernel/fs/mount.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

struct bucket {
    struct spinlock lock;           /* RANK_DENTRY */
    struct list chain;              /* guarded by lock */
};

static struct cache dentry_cache = CACHE("dentry", struct dentry);
static struct bucket *table;
static unsigned table_shift;        /* 64 - log2(buckets) */

#define TABLE_ORDER_MAX 6           /* 8,192 buckets */

/* One bucket for each 32 pages of RAM: chains stay short as long as files
 * have some size. */
void dentry_init_table(void)
{
    unsigned order = 0;
    size_t buckets;

    while (order < TABLE_ORDER_MAX &&
           (PAGE_SIZE << order) / sizeof(struct bucket) * 32 < pages_total())
        order++;
    table = pages_alloc(order, 0);
    if (!table)
        panic("no memory for the table of names");
    buckets = (PAGE_SIZE << order) / sizeof(struct bucket);
    table_shift = 64;
    while (buckets >> (64 - table_shift) > 1)
        table_shift--;
    for (size_t i = 0; i < 1ul << (64 - table_shift); i++) {
        spin_init(&table[i].lock, RANK_DENTRY);
        list_init(&table[i].chain);
    }
}

static struct bucket *bucket_of(const struct dentry *parent, u32 hash)
{
    u64 mixed = ((u64)parent / sizeof(struct dentry) + hash) *
                0x9e3779b97f4a7c15ul;

    return &table[mixed >> table_shift];
}

/* --- life ------------------------------------------------------------------ */

static bool set_name(struct dentry *d, const struct name *name)
{
    char *text = d->inline_name;

    if (name->length >= DENTRY_INLINE) {
        text = kmalloc(name->length + 1);
        if (!text)
            return false;
    }
    memcpy(text, name->text, name->length);
    text[name->length] = '\0';
    d->name = (struct name){ text, name->length, name->hash };
    return true;
}

struct dentry *dentry_create(struct dentry *parent, const struct name *name)
{
    struct dentry *d = cache_alloc(&dentry_cache);

    if (!d)
        return NULL;
    list_init(&d->hash_node);
    d->inode = NULL;
    d->refs = 1;
    d->mounted = 0;
    d->hashed = false;
    if (!set_name(d, name)) {
        cache_free(&dentry_cache, d);
        return NULL;
    }
    d->parent = parent ? parent : d;
    if (parent)
        dentry_get(parent);
    return d;
}

struct dentry *dentry_create_root(struct inode *inode)
{
    struct name name = name_of("/", 1);
    struct dentry *d = dentry_create(NULL, &name);

    if (d)
        d->inode = inode;
    return d;
}

static void dentry_free(struct dentry *d)
{
    if (d->inode)
        inode_put(d->inode);
    if (d->name.text != d->inline_name)
        kfree((char *)d->name.text);
    cache_free(&dentry_cache, d);
}

/* Nobody takes a reference any more once there are none (get_live()); the
 * place in the table goes last. */
void dentry_destroy(struct dentry *d)
{
    struct dentry *parent;

    for (;;) {
        if (d->hashed)
            dentry_unhash(d);
        parent = d->parent;
        dentry_free(d);
        if (parent == d ||
            __atomic_sub_fetch(&parent->refs, 1, __ATOMIC_ACQ_REL))
            return;
        d = parent;
    }
}

/* --- the table ------------------------------------------------------------- */

/* A reference on what may just be losing its last one. */
static bool get_live(struct dentry *d)
{
    u32 refs = READ_ONCE(d->refs);

    while (refs && !__atomic_compare_exchange_n(&d->refs, &refs, refs + 1, true,
                                                __ATOMIC_ACQUIRE,
                                                __ATOMIC_RELAXED))
        ;
    return refs;
}

/* Names are short: a call of memcmp() would cost more. */
static inline bool same_text(const char *a, const char *b, u32 length)
{
    while (length && *a == *b) {
        a++;
        b++;
        length--;
    }
    return length == 0;
}

struct dentry *dentry_lookup_cached(struct dentry *parent,
                                    const struct name *name)
{
    struct bucket *b = bucket_of(parent, name->hash);
    struct dentry *d, *found = NULL;

    spin_lock(&b->lock);
    list_for_each(d, &b->chain, hash_node) {
        if (d->name.hash == name->hash && d->parent == parent &&
            d->name.length == name->length &&
            same_text(d->name.text, name->text, name->length) && get_live(d)) {
            found = d;
            break;
        }
    }
    spin_unlock(&b->lock);
    return found;
}

void dentry_hash(struct dentry *d)
{
    struct bucket *b = bucket_of(d->parent, d->name.hash);

    spin_lock(&b->lock);
    assert(!d->hashed && d->inode);
    list_add(&b->chain, &d->hash_node);
    d->hashed = true;
    spin_unlock(&b->lock);
}

void dentry_unhash(struct dentry *d)
{
    struct bucket *b = bucket_of(d->parent, d->name.hash);

    spin_lock(&b->lock);
    list_remove(&d->hash_node);
    d->hashed = false;
    spin_unlock(&b->lock);
}

static int lookup_uncached(struct dentry *parent, const struct name *name,
                           struct dentry **out)
{
    struct inode *dir = parent->inode, *inode;
    struct dentry *d;
    int error = dir->ops->lookup(dir, name, &inode);

    if (error)
        return error;
    d = dentry_create(parent, name);
    if (!d) {
        inode_put(inode);
        return -ENOMEM;
    }
    d->inode = inode;
    if (!(dir->super->flags & SUPER_NO_CACHE))
        dentry_hash(d);
    *out = d;
    return 0;
}

int dentry_lookup(struct dentry *parent, const struct name *name, bool locked,
                  struct dentry **out)
{
    struct inode *dir = parent->inode;
    int error;

    *out = dentry_lookup_cached(parent, name);
    if (*out)
        return 0;
    if (!dir->ops->lookup)
        return -ENOENT;
    if (!locked)
        mutex_lock(&dir->lock);
    *out = dentry_lookup_cached(parent, name);
    error = *out ? 0 : lookup_uncached(parent, name, out);
    if (!locked)
        mutex_unlock(&dir->lock);
    return error;
}

/* --- moving ---------------------------------------------------------------- */

static void swap_names(struct dentry *a, struct dentry *b)
{
    char text[DENTRY_INLINE];
    struct name name = a->name;
    struct dentry *parent = a->parent;
    bool a_inline = a->name.text == a->inline_name;
    bool b_inline = b->name.text == b->inline_name;

    memcpy(text, a->inline_name, DENTRY_INLINE);
    memcpy(a->inline_name, b->inline_name, DENTRY_INLINE);
    memcpy(b->inline_name, text, DENTRY_INLINE);
    a->name = b->name;
    b->name = name;
    if (b_inline)
        a->name.text = a->inline_name;
    if (a_inline)
        b->name.text = b->inline_name;
    a->parent = b->parent;
    b->parent = parent;
}

void dentry_move(struct dentry *d, struct dentry *to, bool exchange)
{
    struct bucket *from_bucket = bucket_of(d->parent, d->name.hash);
    struct bucket *to_bucket = bucket_of(to->parent, to->name.hash);

    spin_lock(&tree_lock);
    spin_lock_two(&from_bucket->lock, &to_bucket->lock);
    list_remove(&d->hash_node);
    list_remove(&to->hash_node);
    swap_names(d, to);
    list_add(&to_bucket->chain, &d->hash_node);
    to->hashed = exchange;
    if (exchange)
        list_add(&from_bucket->chain, &to->hash_node);
    spin_unlock_two(&from_bucket->lock, &to_bucket->lock);
    spin_unlock(&tree_lock);
}

bool dentry_is_below(struct dentry *d, struct dentry *ancestor)
{
    bool below;

    spin_lock(&tree_lock);
    while (d != ancestor && d->parent != d)
        d = d->parent;
    below = d == ancestor;
    spin_unlock(&tree_lock);
    return below;
}

size_t dentry_check(void)
{
    size_t count = 0;

    for (size_t i = 0; i < 1ul << (64 - table_shift); i++) {
        struct bucket *b = &table[i];
        struct dentry *d;

        spin_lock(&b->lock);
        list_for_each(d, &b->chain, hash_node) {
            assert(d->hashed && d->refs > 0 && d->inode);
            assert(bucket_of(d->parent, d->name.hash) == b);
            assert(d->parent->refs > 0);
            count++;
        }
        spin_unlock(&b->lock);
    }
    return count;
}
