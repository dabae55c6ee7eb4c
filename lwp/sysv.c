/* sysv.c - the tables of System V objects: ids, keys, permissions. */
#include "lwp/sysv.h"

#include "kernel/fs/cred.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/time.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

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

void sysv_assert_locked(const struct sysv_object *o)
{
    assert(spin_held(&o->lock));
}

static void assert_table_locked(const struct sysv_table *table)
{
    assert(spin_held(&table->lock));
}

/* --- permissions --------------------------------------------------------- */

int sysv_check_access_locked(const struct sysv_object *o, mode_t want)
{
    const struct cred *c = current_cred();
    mode_t granted = o->mode;

    sysv_assert_locked(o);
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

    sysv_assert_locked(o);
    if (c->euid == o->uid || c->euid == o->cuid || cred_is_root(c))
        return 0;
    return -EPERM;
}

/* --- look-up ------------------------------------------------------------- */

static struct sysv_object *find_locked(struct sysv_table *table, int index)
{
    struct avl_node *node = avl_find(&table->by_index, index);

    assert_table_locked(table);
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

int sysv_lock_with_table(struct sysv_table *table, int id,
                         struct sysv_object **out)
{
    *out = lock_both(table, id, false);
    return *out ? 0 : -EINVAL;
}

int sysv_lock(struct sysv_table *table, int id, struct sysv_object **out)
{
    int error = sysv_lock_with_table(table, id, out);

    if (!error)
        spin_unlock(&table->lock);
    return error;
}

int sysv_lock_again(struct sysv_object *o)
{
    spin_lock(&o->lock);
    if (!o->removed)
        return 0;
    spin_unlock(&o->lock);
    return -EIDRM;
}

void sysv_unlock(struct sysv_object *o)
{
    spin_unlock(&o->lock);
}

void sysv_lock_table(struct sysv_table *table)
{
    spin_lock(&table->lock);
}

void sysv_unlock_table(struct sysv_table *table)
{
    spin_unlock(&table->lock);
}

void sysv_lock_both(struct sysv_object *o)
{
    spin_lock(&o->table->lock);
    spin_lock(&o->lock);
}

void sysv_unlock_both(struct sysv_object *o)
{
    spin_unlock(&o->lock);
    sysv_unlock_table(o->table);
}

int sysv_lock_owned(struct sysv_table *table, int id, struct sysv_object **out)
{
    int error = sysv_lock_with_table(table, id, out);

    if (error)
        return error;
    error = check_owner_locked(*out);
    if (error)
        sysv_unlock_both(*out);
    return error;
}

/* --- coming and going ---------------------------------------------------- */

static u32 free_index_locked(struct sysv_table *table, u32 from)
{
    struct avl_node *node = avl_find_ge(&table->by_index, from);

    assert_table_locked(table);
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
    assert_table_locked(table);
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
    assert_table_locked(o->table);
    sysv_assert_locked(o);
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

/* --- the *ctl calls ------------------------------------------------------ */

/* IPC_STAT takes an id; *_STAT and *_STAT_ANY, which needs no permission, an
 * index, and they return the id. */
static long do_stat(struct sysv_table *table, int id, int cmd, uptr_t to)
{
    bool by_index = cmd != IPC_STAT;
    u64 status[SYSV_STATUS_MAX / sizeof(u64)] = { 0 };
    struct sysv_perm *perm = (struct sysv_perm *)status;
    struct sysv_object *o = lock_both(table, id, by_index);
    int error = 0;

    if (!o)
        return -EINVAL;
    spin_unlock(&table->lock);
    if (cmd != table->stat_command + 2)
        error = sysv_check_access_locked(o, SYSV_READ);
    id = o->id;
    perm->key = o->key;
    perm->uid = o->uid;
    perm->gid = o->gid;
    perm->cuid = o->cuid;
    perm->cgid = o->cgid;
    perm->mode = o->mode;
    perm->sequence = id / SYSV_INDEXES;
    table->describe(o, status);
    sysv_unlock(o);
    if (!error && copy_to_user(to, status, table->status_size))
        error = -EFAULT;
    return error ? error : by_index ? id : 0;
}

static int set_locked(struct sysv_object *o, const void *status)
{
    const struct sysv_perm *from = status;
    int error = 0;

    if (from->uid == ~0u || from->gid == ~0u)
        return -EINVAL;
    if (o->table->adjust)
        error = o->table->adjust(o, status);
    if (error)
        return error;
    o->uid = from->uid;
    o->gid = from->gid;
    o->mode = (o->mode & ~0777u) | (from->mode & 0777);
    o->change_time = sysv_time();
    return 0;
}

static int do_set(struct sysv_table *table, int id, uptr_t from)
{
    u64 status[SYSV_STATUS_MAX / sizeof(u64)];
    struct sysv_object *o;
    int error;

    if (copy_from_user(status, from, table->status_size))
        return -EFAULT;
    error = sysv_lock_owned(table, id, &o);
    if (error)
        return error;
    error = set_locked(o, status);
    sysv_unlock_both(o);
    return error;
}

static int do_remove(struct sysv_table *table, int id)
{
    struct sysv_object *o;
    int error = sysv_lock_owned(table, id, &o);

    if (error)
        return error;
    sysv_remove_locked(o);
    table->end(o);
    sysv_unlock_both(o);
    sysv_put(o);
    return 0;
}

long sysv_control(struct sysv_table *table, int id, int cmd, uptr_t arg)
{
    if (cmd == IPC_STAT || cmd == table->stat_command ||
        cmd == table->stat_command + 2)
        return do_stat(table, id, cmd, arg);
    if (cmd == IPC_SET)
        return do_set(table, id, arg);
    return cmd == IPC_RMID ? do_remove(table, id) : -EINVAL;
}

/* --- waiting ------------------------------------------------------------- */

int sysv_wait_and_unlock(struct sysv_object *o, struct sysv_wait *w,
                         struct list *waits, nsec_t deadline)
{
    int error;

    sysv_hold(o);
    waitq_init(&w->sleeper);
    list_add_tail(waits, &w->node);
    error = waitq_sleep(&w->sleeper, &o->lock, WAIT_INTERRUPTIBLE, deadline);
    if (error) {
        list_remove(&w->node);
        w->result = error;
    }
    sysv_unlock(o);
    sysv_put(o);
    return w->result;
}

void sysv_wake_locked(struct sysv_wait *w, int result)
{
    list_remove(&w->node);
    w->result = result;
    waitq_wake_one(&w->sleeper, 0);
}

void sysv_end_waits_locked(struct list *waits)
{
    struct sysv_wait *w, *next;

    list_for_each_safe(w, next, waits, node)
        sysv_wake_locked(w, -EIDRM);
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
