/* sysv.c - the tables of System V objects: ids, keys, permissions. */
#include "lwp/sysv.h"

#include "kernel/fs/cred.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "mm/alloc.h"

#define INDEX_OF(id)    ((id) & (SYSV_INDEXES - 1))

/* Indexes stay below this, or half as many again as are in use: a program
 * that asks for every index up to the greatest is soon done. */
#define INDEXES_LEAST   64

s64 sysv_time(void)
{
    return time_realtime() / NSEC_PER_SEC;
}

static size_t charged;              /* atomic */

bool sysv_charge(size_t bytes)
{
    size_t most = pages_total() * (PAGE_SIZE / 8);

    if (__atomic_add_fetch(&charged, bytes, __ATOMIC_RELAXED) <= most)
        return true;
    sysv_uncharge(bytes);
    return false;
}

void sysv_uncharge(size_t bytes)
{
    __atomic_sub_fetch(&charged, bytes, __ATOMIC_RELAXED);
}

void sysv_put(struct sysv_object *o)
{
    if (__atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL) == 0)
        o->table->destroy(o);
}

/* --- permissions --------------------------------------------------------- */

int sysv_check_access_locked(const struct sysv_object *o, mode_t want)
{
    const struct cred *c = current_cred();
    mode_t granted = o->mode;

    assert(spin_held(&o->lock));
    want |= want >> 3 | want >> 6;
    if (c->euid == o->uid || c->euid == o->cuid)
        granted >>= 6;
    else if (cred_in_group(c, o->gid) || cred_in_group(c, o->cgid))
        granted >>= 3;
    return (want & ~granted & 7) && !cred_is_root(c) ? -EACCES : 0;
}

static int check_owner_locked(const struct sysv_object *o)
{
    const struct cred *c = current_cred();

    assert(spin_held(&o->lock));
    if (c->euid == o->uid || c->euid == o->cuid || cred_is_root(c))
        return 0;
    return -EPERM;
}

void sysv_perm_read_locked(const struct sysv_object *o, struct sysv_perm *out)
{
    assert(spin_held(&o->lock));
    *out = (struct sysv_perm){
        .key = o->key, .uid = o->uid, .gid = o->gid, .cuid = o->cuid,
        .cgid = o->cgid, .mode = o->mode, .sequence = o->id / SYSV_INDEXES,
    };
}

int sysv_perm_write_locked(struct sysv_object *o, const struct sysv_perm *from)
{
    assert(spin_held(&o->lock));
    if (from->uid == ~0u || from->gid == ~0u)
        return -EINVAL;
    o->uid = from->uid;
    o->gid = from->gid;
    o->mode = (o->mode & ~0777u) | (from->mode & 0777);
    o->change_time = sysv_time();
    return 0;
}

/* --- look-up ------------------------------------------------------------- */

static struct sysv_object *find_locked(struct sysv_table *table, int index)
{
    struct avl_node *node = avl_find(&table->by_index, index);

    assert(spin_held(&table->lock));
    return node ? avl_entry(node, struct sysv_object, index_node) : NULL;
}

/* By id, or by index if that is all there is to go by.  Both are locked, or
 * neither. */
static struct sysv_object *lock_both(struct sysv_table *table, int id,
                                     bool by_index)
{
    struct sysv_object *o = NULL;

    spin_lock(&table->lock);
    if (id >= 0)
        o = find_locked(table, INDEX_OF(id));
    if (o && (by_index || o->id == id)) {
        spin_lock(&o->lock);
        return o;
    }
    spin_unlock(&table->lock);
    return NULL;
}

int sysv_lock(struct sysv_table *table, int id, struct sysv_object **out)
{
    struct sysv_object *o = lock_both(table, id, false);

    if (!o)
        return -EINVAL;
    spin_unlock(&table->lock);
    *out = o;
    return 0;
}

void sysv_unlock(struct sysv_object *o)
{
    spin_unlock(&o->lock);
}

void sysv_lock_both(struct sysv_object *o)
{
    spin_lock(&o->table->lock);
    spin_lock(&o->lock);
}

void sysv_unlock_both(struct sysv_object *o)
{
    struct sysv_table *table = o->table;

    spin_unlock(&o->lock);
    spin_unlock(&table->lock);
}

int sysv_lock_owned(struct sysv_table *table, int id, struct sysv_object **out)
{
    struct sysv_object *o = lock_both(table, id, false);
    int error;

    if (!o)
        return -EINVAL;
    error = check_owner_locked(o);
    if (error)
        sysv_unlock_both(o);
    *out = o;
    return error;
}

int sysv_set(struct sysv_table *table, int id, const struct sysv_perm *from)
{
    struct sysv_object *o;
    int error = sysv_lock_owned(table, id, &o);

    if (error)
        return error;
    error = sysv_perm_write_locked(o, from);
    sysv_unlock_both(o);
    return error;
}

int sysv_lock_stat(struct sysv_table *table, int id, enum sysv_stat how,
                   struct sysv_object **out)
{
    struct sysv_object *o = lock_both(table, id, how != SYSV_STAT_ID);
    int error = 0;

    if (!o)
        return -EINVAL;
    spin_unlock(&table->lock);
    if (how != SYSV_STAT_ANY)
        error = sysv_check_access_locked(o, SYSV_READ);
    if (error) {
        sysv_unlock(o);
        return error;
    }
    *out = o;
    return how == SYSV_STAT_ID ? 0 : o->id;
}

/* --- coming and going ---------------------------------------------------- */

static u32 free_index_locked(struct sysv_table *table, u32 from)
{
    struct avl_node *node = avl_find_ge(&table->by_index, from);

    assert(spin_held(&table->lock));
    for (; node && node->key == from; node = avl_next(node))
        from++;
    return from;
}

/* There is a free one below the end: less than all of them are in use. */
static int new_id_locked(struct sysv_table *table)
{
    u32 end = MAX(table->used * 3 / 2, (u32)INDEXES_LEAST);
    u32 index = free_index_locked(table, table->next);

    end = MIN(end, (u32)SYSV_INDEXES);
    if (index >= end) {
        table->sequence++;
        index = free_index_locked(table, 0);
    }
    table->next = index + 1;
    return table->sequence * SYSV_INDEXES + index;
}

static void init_object(struct sysv_object *o, struct sysv_table *table,
                        mode_t mode)
{
    const struct cred *c = current_cred();

    o->table = table;
    o->refs = 1;
    o->uid = o->cuid = c->euid;
    o->gid = o->cgid = c->egid;
    o->mode |= mode & 0777;
    o->change_time = sysv_time();
    spin_init(&o->lock, RANK_SYSV_SECOND);
}

static int add_locked(struct sysv_table *table, struct sysv_object *o, int key)
{
    assert(spin_held(&table->lock));
    if (table->used >= READ_ONCE(table->limit))
        return -ENOSPC;
    o->id = new_id_locked(table);
    o->index_node.key = INDEX_OF(o->id);
    avl_insert(&table->by_index, &o->index_node);
    o->key = key;
    o->key_node.key = (u32)key;
    if (key != IPC_PRIVATE)
        avl_insert(&table->by_key, &o->key_node);
    table->used++;
    return o->id;
}

void sysv_forget_key_locked(struct sysv_object *o)
{
    assert(spin_held(&o->table->lock) && spin_held(&o->lock));
    if (o->key != IPC_PRIVATE)
        avl_remove(&o->table->by_key, &o->key_node);
    o->key = IPC_PRIVATE;
}

void sysv_remove_locked(struct sysv_object *o)
{
    sysv_forget_key_locked(o);
    avl_remove(&o->table->by_index, &o->index_node);
    o->table->used--;
    o->removed = true;
}

/* --- the *get calls ------------------------------------------------------ */

static int open_locked(struct sysv_object *o, size_t size, int flags)
{
    int error = 0;

    if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
        return -EEXIST;
    spin_lock(&o->lock);
    if (o->table->check_size)
        error = o->table->check_size(o, size);
    if (!error)
        error = sysv_check_access_locked(o, flags & 0777);
    spin_unlock(&o->lock);
    return error ? error : o->id;
}

/* The object of the key, or *fresh, which is NULL then; -EAGAIN: another one
 * has to be made. */
static int try_get(struct sysv_table *table, int key, size_t size, int flags,
                   struct sysv_object **fresh)
{
    struct avl_node *node = NULL;
    int result;

    spin_lock(&table->lock);
    if (key != IPC_PRIVATE)
        node = avl_find(&table->by_key, (u32)key);
    if (node) {
        result = open_locked(avl_entry(node, struct sysv_object, key_node),
                             size, flags);
    } else if (key != IPC_PRIVATE && !(flags & IPC_CREAT)) {
        result = -ENOENT;
    } else if (!*fresh) {
        result = -EAGAIN;
    } else {
        result = add_locked(table, *fresh, key);
        if (result >= 0)
            *fresh = NULL;
    }
    spin_unlock(&table->lock);
    return result;
}

long sysv_get(struct sysv_table *table, int key, size_t size, int flags)
{
    struct sysv_object *fresh = NULL;
    int result = try_get(table, key, size, flags, &fresh);

    if (result != -EAGAIN)
        return result;
    result = table->create(size, flags, &fresh);
    if (result)
        return result;
    init_object(fresh, table, flags);
    /* Another may have made one by this key meanwhile. */
    result = try_get(table, key, size, flags, &fresh);
    if (fresh)
        sysv_put(fresh);
    return result;
}

/* --- lists --------------------------------------------------------------- */

int sysv_count(struct sysv_table *table, u32 *used)
{
    struct avl_node *last;
    int index;

    spin_lock(&table->lock);
    last = avl_last(&table->by_index);
    index = last ? last->key : 0;
    *used = table->used;
    spin_unlock(&table->lock);
    return index;
}

/* The first object from this index on, locked. */
static struct sysv_object *lock_next(struct sysv_table *table, u64 from)
{
    struct sysv_object *o = NULL;
    struct avl_node *node;

    spin_lock(&table->lock);
    node = avl_find_ge(&table->by_index, from);
    if (node) {
        o = avl_entry(node, struct sysv_object, index_node);
        spin_lock(&o->lock);
    }
    spin_unlock(&table->lock);
    return o;
}

int sysv_show(struct proc_text *t, struct sysv_table *table,
              const char *titles,
              void (*line)(struct proc_text *t, struct sysv_object *o))
{
    struct sysv_object *o;

    if (!t->from)
        proc_print(t, "%s", titles);
    for (u64 from = t->from; (o = lock_next(table, from)); sysv_unlock(o)) {
        from = INDEX_OF(o->id) + 1;
        proc_print(t, "%10d %10d  %4o ", o->key, o->id, o->mode);
        line(t, o);
        if (proc_text_full(t)) {
            t->next = from;
            from = SYSV_INDEXES;
        }
    }
    return 0;
}

void sysv_show_owners(struct proc_text *t, const struct sysv_object *o)
{
    proc_print(t, "%5u %5u %5u %5u", o->uid, o->gid, o->cuid, o->cgid);
}

/* --- settings ------------------------------------------------------------ */

int sysv_show_setting(struct proc_text *t, void *settings)
{
    const struct sysv_setting *s = settings;

    for (; s->value; s++)
        proc_print(t, "%lu%c", READ_ONCE(*s->value), s[1].value ? '\t' : '\n');
    return 0;
}

/* The first numbers alone may be given, too. */
int sysv_store_setting(const char *text, unused_arg size_t n, void *settings)
{
    const struct sysv_setting *s = settings;
    u64 value;

    for (; s->value; s++) {
        while (*text && strchr(" \t\n", *text))
            text++;
        if (!*text)
            break;
        if (str_to_u64(&text, &value) || value > s->most)
            return -EINVAL;
        WRITE_ONCE(*s->value, value);
    }
    return 0;
}
