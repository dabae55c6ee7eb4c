/*
 * object.c - objects, their ids, and who holds them.
 */
#include "lwp/object.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

static struct cache handle_cache = CACHE("rt_handle", struct object_handle);

static struct spinlock table_lock = SPINLOCK_INIT(RANK_OBJECTS);
/* guarded by table_lock */
static struct avl_tree table;           /* all objects, by id */
static int last_id;

/* --- ids ------------------------------------------------------------------ */

/* An id comes again after 2^31 others, unless it is still in use. */
static void number(struct object *o)
{
    spin_lock(&table_lock);
    do {
        last_id = last_id == INT_MAX ? 1 : last_id + 1;
        o->by_id.key = last_id;
    } while (!avl_insert(&table, &o->by_id));
    spin_unlock(&table_lock);
}

bool object_view_next(int from, struct object_view *out)
{
    struct avl_node *node;
    struct object *o;

    spin_lock(&table_lock);
    node = avl_find_ge(&table, from);
    if (node) {
        o = avl_entry(node, struct object, by_id);
        spin_lock(&o->lock);
        out->id = node->key;
        out->type = o->kind->name;
        memcpy(out->name, o->name, sizeof(out->name));
        o->kind->describe(o, out->state, sizeof(out->state));
        out->waiters = o->waiter_count;
        out->holders = o->handles;
        spin_unlock(&o->lock);
    }
    spin_unlock(&table_lock);
    return node;
}

/* --- objects -------------------------------------------------------------- */

void *object_create(const struct object_kind *kind)
{
    struct object *o = kzalloc(kind->size);

    if (!o)
        return NULL;
    o->kind = kind;
    spin_init(&o->lock, RANK_IPC);
    list_init(&o->waiters);
    return o;
}

static void object_destroy(struct object *o)
{
    if (o->by_id.key) {
        spin_lock(&table_lock);
        avl_remove(&table, &o->by_id);
        spin_unlock(&table_lock);
    }
    if (o->kind->destroy)
        o->kind->destroy(o);
    kfree(o);
}

/* RT-Thread cuts long names. */
static int copy_name(struct object *o, ustr_t from)
{
    ssize_t n = strncpy_from_user(o->name, from, sizeof(o->name));

    if (n == -ENAMETOOLONG)
        o->name[sizeof(o->name) - 1] = '\0';
    else if (n < 0)
        return n;
    return 0;
}

int object_publish(struct object *o, ustr_t name, int flag, uptr_t at)
{
    int error = copy_name(o, name), id;

    if (!error && (flag & ~RT_IPC_FLAG_PRIO))
        error = -EINVAL;
    if (!error && (u64)at >= USER_END)
        error = -EFAULT;
    if (error)
        goto destroy;
    o->by_priority = flag & RT_IPC_FLAG_PRIO;
    number(o);
    id = o->by_id.key;                  /* another thread may delete it soon */
    error = lwp_user_object_add(current_lwp(), o, (u64)at);
    if (error)
        goto destroy;
    return id;

destroy:
    object_destroy(o);
    return error;
}

void object_unlock(struct object_handle *h)
{
    struct object *o = h->object;
    bool over, last;

    assert(spin_held(&o->lock));
    over = h->gone && !h->users;
    last = over && --o->handles == 0;
    spin_unlock(&o->lock);
    if (over)
        cache_free(&handle_cache, h);
    if (last)
        object_destroy(o);
}

/* --- the trees of a process ----------------------------------------------- */

static struct object_handle *find_locked(struct lwp *lwp, int type, int id)
{
    struct avl_node *node = avl_find(&lwp->object_root, id);
    struct object_handle *h;

    assert(spin_held(&lwp->lock));
    if (!node)
        return NULL;
    h = avl_entry(node, struct object_handle, by_id);
    return (int)h->object->kind->type == type ? h : NULL;
}

static int insert_locked(struct lwp *lwp, struct object_handle *h)
{
    struct object *o = h->object;

    assert(spin_held(&lwp->lock));
    if (lwp->object_count == OBJECTS_MAX ||
        o->bytes > OBJECT_BYTES_MAX - lwp->object_bytes)
        return -ENOMEM;
    if (h->by_address.key &&
        !avl_insert(&lwp->address_search_head, &h->by_address))
        return -EBUSY;
    avl_insert(&lwp->object_root, &h->by_id);
    lwp->object_count++;
    lwp->object_bytes += o->bytes;
    spin_lock(&o->lock);
    o->handles++;
    spin_unlock(&o->lock);
    return 0;
}

static void remove_locked(struct lwp *lwp, struct object_handle *h)
{
    assert(spin_held(&lwp->lock));
    avl_remove(&lwp->object_root, &h->by_id);
    if (h->by_address.key)
        avl_remove(&lwp->address_search_head, &h->by_address);
    lwp->object_count--;
    lwp->object_bytes -= h->object->bytes;
}

/* The end of a handle that is off the trees. */
static void let_go(struct object_handle *h)
{
    struct object *o = h->object;

    spin_lock(&o->lock);
    h->gone = true;
    object_end_waits_locked(o, h, -EIDRM);
    if (o->kind->let_go) {
        h->users++;
        spin_unlock(&o->lock);
        o->kind->let_go(o, h);
        spin_lock(&o->lock);
        h->users--;
    }
    object_unlock(h);
}

struct object_handle *object_lock(int type, int id)
{
    struct lwp *lwp = current_lwp();
    struct object_handle *h;

    spin_lock(&lwp->lock);
    h = find_locked(lwp, type, id);
    if (h)
        spin_lock(&h->object->lock);
    spin_unlock(&lwp->lock);
    return h;
}

int lwp_user_object_add(struct lwp *lwp, struct object *o, u64 at)
{
    struct object_handle *h = cache_zalloc(&handle_cache);
    int error;

    if (!h)
        return -ENOMEM;
    h->object = o;
    h->by_id.key = o->by_id.key;
    h->by_address.key = at;
    spin_lock(&lwp->lock);
    error = insert_locked(lwp, h);
    spin_unlock(&lwp->lock);
    if (error)
        cache_free(&handle_cache, h);
    return error;
}

int lwp_user_object_delete(struct lwp *lwp, int type, int id)
{
    struct object_handle *h;

    spin_lock(&lwp->lock);
    h = find_locked(lwp, type, id);
    if (h)
        remove_locked(lwp, h);
    spin_unlock(&lwp->lock);
    if (!h)
        return -EINVAL;
    let_go(h);
    return 0;
}

void lwp_user_object_clear(struct lwp *lwp)
{
    struct object_handle *h;

    for (;;) {
        spin_lock(&lwp->lock);
        if (!lwp->object_root.root)
            break;
        h = avl_entry(lwp->object_root.root, struct object_handle, by_id);
        remove_locked(lwp, h);
        spin_unlock(&lwp->lock);
        let_go(h);
    }
    spin_unlock(&lwp->lock);
}

/* The handle with the least id >= from, with its object locked. */
static struct object_handle *lock_next(struct lwp *lwp, u64 from)
{
    struct object_handle *h = NULL;
    struct avl_node *node;

    spin_lock(&lwp->lock);
    node = avl_find_ge(&lwp->object_root, from);
    if (node) {
        h = avl_entry(node, struct object_handle, by_id);
        spin_lock(&h->object->lock);
    }
    spin_unlock(&lwp->lock);
    return h;
}

/* One by one: other threads of the parent go on meanwhile. */
int lwp_user_object_dup(struct lwp *child, struct lwp *parent)
{
    struct object_handle *h;
    struct object *o;
    int error = 0;

    for (u64 id = 0; !error && (h = lock_next(parent, id));) {
        o = h->object;
        h->users++;
        spin_unlock(&o->lock);
        id = h->by_id.key + 1;
        error = lwp_user_object_add(child, o, h->by_address.key);
        spin_lock(&o->lock);
        h->users--;
        object_unlock(h);
    }
    return error;
}

/* --- the calls that all types have ---------------------------------------- */

long sys_rt_object_delete(int type, int id)
{
    return lwp_user_object_delete(current_lwp(), type, id);
}

long sys_rt_object_reset(int type, int id, u64 value)
{
    struct object_handle *h = object_lock(type, id);
    struct list left = LIST_INIT(left);
    const struct object_kind *kind;
    int error = -EINVAL;

    if (!h)
        return error;
    kind = h->object->kind;
    if (kind->reset)
        error = kind->reset(h->object, value, &left);
    if (!error)
        object_end_waits_locked(h->object, NULL, -EIDRM);
    object_unlock(h);
    if (!list_empty(&left))
        kind->free_left(&left);
    return error;
}
