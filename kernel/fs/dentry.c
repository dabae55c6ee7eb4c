#include "kernel/fs/mount.h"
#include "kernel/fs/walk.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

struct bucket {
    struct spinlock lock;           /* RANK_DENTRY */
    /* Guarded by lock, but read without by walks: so it ends in a NULL, also
     * for those whose dentry is moved to another chain under their feet. */
    struct dentry *first;
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
        table[i].first = NULL;
    }
}

static struct bucket *bucket_of(const struct dentry *parent, u32 hash)
{
    u64 mixed = (((u64)parent >> 6) + hash) *
                0x9e3779b97f4a7c15ul;

    return &table[mixed >> table_shift];
}

static void chain_add(struct bucket *b, struct dentry *d)
{
    d->hash_next = b->first;
    d->hash_link = &b->first;
    if (d->hash_next)
        d->hash_next->hash_link = &d->hash_next;
    __atomic_store_n(&b->first, d, __ATOMIC_RELEASE);
}

/* d->hash_next stays: somebody may be standing on d. */
static void chain_remove(struct dentry *d)
{
    WRITE_ONCE(*d->hash_link, d->hash_next);
    if (d->hash_next)
        d->hash_next->hash_link = d->hash_link;
}

/* --- life ----------------------------------------------------------------- */

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
    d->inline_name[DENTRY_INLINE - 1] = '\0';
    d->name = (struct name){ text, name->length, name->hash };
    return true;
}

struct dentry *dentry_create(struct dentry *parent, const struct name *name)
{
    struct dentry *d = cache_alloc(&dentry_cache);

    if (!d)
        return NULL;
    d->inode = NULL;
    d->refs = 1;
    d->mounted = 0;
    d->cover = NULL;
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

/* Nobody takes a reference any more once there are none (get_live());
 * the place in the table goes then, and the memory when no walk can still be
 * looking at it. */
void dentry_destroy(struct dentry *d)
{
    struct dentry *parent;

    for (;;) {
        if (d->hashed)
            dentry_unhash(d);
        walk_wait();
        parent = d->parent;
        dentry_free(d);
        if (parent == d ||
            __atomic_sub_fetch(&parent->refs, 1, __ATOMIC_ACQ_REL))
            return;
        d = parent;
    }
}

/* --- the table ------------------------------------------------------------ */

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

static inline bool is_called(const struct dentry *d,
                             const struct dentry *parent,
                             const struct name *name)
{
    return d->name.hash == name->hash && d->parent == parent &&
           d->name.length == name->length &&
           same_text(d->name.text, name->text, name->length);
}

struct dentry *dentry_find_unlocked(const struct dentry *parent,
                                    const struct name *name)
{
    struct dentry *d = READ_ONCE(bucket_of(parent, name->hash)->first);

    while (d && !is_called(d, parent, name))
        d = READ_ONCE(d->hash_next);
    return d;
}

struct dentry *dentry_lookup_cached(struct dentry *parent,
                                    const struct name *name)
{
    struct bucket *b = bucket_of(parent, name->hash);
    struct dentry *d;

    spin_lock(&b->lock);
    d = b->first;
    while (d && !(is_called(d, parent, name) && get_live(&d->refs)))
        d = d->hash_next;
    spin_unlock(&b->lock);
    return d;
}

void dentry_hash(struct dentry *d)
{
    struct bucket *b = bucket_of(d->parent, d->name.hash);

    spin_lock(&b->lock);
    assert(!d->hashed && d->inode);
    chain_add(b, d);
    d->hashed = true;
    spin_unlock(&b->lock);
}

void dentry_unhash(struct dentry *d)
{
    struct bucket *b = bucket_of(d->parent, d->name.hash);

    spin_lock(&b->lock);
    chain_remove(d);
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

/* --- moving --------------------------------------------------------------- */

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
    tree_change_begin();
    spin_lock_two(&from_bucket->lock, &to_bucket->lock);
    chain_remove(d);
    if (to->hashed)
        chain_remove(to);
    swap_names(d, to);
    chain_add(to_bucket, d);
    to->hashed = exchange;
    if (exchange)
        chain_add(from_bucket, to);
    spin_unlock_two(&from_bucket->lock, &to_bucket->lock);
    tree_change_end();
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
        for (d = b->first; d; d = d->hash_next) {
            assert(*d->hash_link == d && d->hashed && d->refs > 0 && d->inode);
            assert(bucket_of(d->parent, d->name.hash) == b);
            assert(d->parent->refs > 0);
            count++;
        }
        spin_unlock(&b->lock);
    }
    return count;
}
