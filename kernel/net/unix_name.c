/*
 * unix_name.c - names of sockets: files of type S_IFSOCK, and abstract ones
 * that vanish with their socket (unix(7)).
 */
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/net/unix.h"
#include "mm/alloc.h"

#define FAMILY_SIZE     sizeof(u16)
#define ABSTRACT_LISTS  16
#define AUTOBIND_NAMES  0x100000    /* five hexadecimal digits */

static struct mutex bind_mutex = MUTEX_INIT(bind_mutex);    /* outermost */
static struct spinlock names_lock = SPINLOCK_INIT(RANK_PIPE);
/* guarded by names_lock; NULL until the first abstract name */
static struct list abstract_names[ABSTRACT_LISTS];

static bool is_abstract(const struct unix_address *a)
{
    return a->path[0] == 0;
}

/* The part behind the family; path names get the NUL they may lack.  -EINVAL
 * if it is no name of AF_UNIX. */
static int parse(const struct socket_name *name, struct unix_address *out)
{
    u32 length = name->length - FAMILY_SIZE;

    if (name->length < FAMILY_SIZE || name->family != AF_UNIX ||
        length > UNIX_PATH_MAX)
        return -EINVAL;
    memcpy(out->path, name->bytes + FAMILY_SIZE, length);
    out->path[length] = 0;
    out->length = length && out->path[0] ? strlen(out->path) + 1 : length;
    return 0;
}

static void format(const struct unix_address *a, struct socket_name *out)
{
    out->family = AF_UNIX;
    out->length = FAMILY_SIZE;
    if (a) {
        memcpy(out->bytes + FAMILY_SIZE, a->path, a->length);
        out->length += a->length;
    }
}

static struct unix_address *address_copy(const struct unix_address *a)
{
    struct unix_address *copy =
        kmalloc(offsetof(struct unix_address, path) + a->length);

    if (copy) {
        copy->length = a->length;
        memcpy(copy->path, a->path, a->length);
    }
    return copy;
}

/* --- abstract names ------------------------------------------------------- */

static struct list *abstract_list_locked(const struct unix_address *a)
{
    struct list *l = &abstract_names[name_of(a->path, a->length).hash %
                                     ABSTRACT_LISTS];

    assert(spin_held(&names_lock));
    if (!l->next)
        list_init(l);
    return l;
}

static struct unix_socket *find_abstract_locked(const struct unix_address *a)
{
    struct unix_socket *s;

    list_for_each(s, abstract_list_locked(a), bound_node) {
        if (s->address->length == a->length &&
            !memcmp(s->address->path, a->path, a->length))
            return s;
    }
    return NULL;
}

/* Takes over `a` if that succeeds. */
static int bind_abstract(struct unix_socket *s, struct unix_address *a)
{
    int error = -EADDRINUSE;

    spin_lock(&names_lock);
    if (!find_abstract_locked(a)) {
        s->address = a;
        list_add(abstract_list_locked(a), &s->bound_node);
        error = 0;
    }
    spin_unlock(&names_lock);
    return error;
}

/* bind(2) with no more than the family: a name that nobody has. */
static int bind_any(struct unix_socket *s, struct unix_address *a)
{
    static u32 next;                    /* guarded by bind_mutex */
    int error = -EADDRINUSE;

    a->length = 6;
    for (u32 i = 0; error && i < AUTOBIND_NAMES; i++) {
        ksnprintf(a->path + 1, 6, "%05x", next++ % AUTOBIND_NAMES);
        error = bind_abstract(s, a);
    }
    return error;
}

/* --- names in the file system --------------------------------------------- */

static int bind_path(struct unix_socket *s, struct unix_address *a)
{
    mode_t umask = current_task()->fs->umask;
    struct make what = { .mode = S_IFSOCK | (0777 & ~umask) };
    struct path made;
    int error = vfs_make(NULL, a->path, &what, &made);

    if (error)
        return error == -EEXIST ? -EADDRINUSE : error;
    inode_get(made.dentry->inode);
    spin_lock(&names_lock);
    s->address = a;
    s->inode = made.dentry->inode;
    s->inode->socket = s;
    spin_unlock(&names_lock);
    path_put(&made);
    return 0;
}

int unix_bind(struct socket *base, const struct socket_name *name)
{
    struct unix_socket *s = unix_of(base);
    struct unix_address given, *a;
    int error = parse(name, &given);

    if (error)
        return error;
    a = kmalloc(sizeof(*a));
    if (!a)
        return -ENOMEM;
    *a = given;
    mutex_lock(&bind_mutex);
    if (s->address)
        error = -EINVAL;
    else if (!a->length)
        error = bind_any(s, a);
    else
        error = is_abstract(a) ? bind_abstract(s, a) : bind_path(s, a);
    mutex_unlock(&bind_mutex);
    if (error)
        kfree(a);
    return error;
}

void unix_unbind(struct unix_socket *s)
{
    struct inode *inode;

    spin_lock(&names_lock);
    list_remove(&s->bound_node);
    inode = s->inode;
    s->inode = NULL;
    if (inode)
        inode->socket = NULL;
    spin_unlock(&names_lock);
    if (inode)
        inode_put(inode);
}

/* --- finding -------------------------------------------------------------- */

static struct unix_socket *lookup_abstract(const struct unix_address *a)
{
    struct unix_socket *s;

    spin_lock(&names_lock);
    s = find_abstract_locked(a);
    if (s)
        unix_get(s);
    spin_unlock(&names_lock);
    return s;
}

static int lookup_path(const char *path, struct unix_socket **out)
{
    struct path p;
    struct inode *inode;
    int error = path_walk(NULL, path, 0, &p);

    if (error)
        return error;
    inode = p.dentry->inode;
    error = inode_permission(inode, MAY_WRITE);
    if (!error && S_ISSOCK(inode->mode)) {
        spin_lock(&names_lock);
        *out = inode->socket;
        if (*out)
            unix_get(*out);
        spin_unlock(&names_lock);
    }
    path_put(&p);
    return error;
}

int unix_lookup(const struct socket_name *name, unsigned type,
                struct unix_socket **out)
{
    struct unix_address a;
    int error = parse(name, &a);

    *out = NULL;
    if (error)
        return error;
    if (!a.length)
        return -EINVAL;
    if (is_abstract(&a))
        *out = lookup_abstract(&a);
    else
        error = lookup_path(a.path, out);
    if (!error && !*out)
        error = -ECONNREFUSED;
    if (*out && (*out)->base.type != type) {
        unix_put(*out);
        error = -EPROTOTYPE;
    }
    return error;
}

/* --- telling -------------------------------------------------------------- */

/* A name stays as long as its socket's memory does. */
static const struct unix_address *address_of(struct unix_socket *s)
{
    const struct unix_address *a;

    spin_lock(&names_lock);
    a = s->address;
    spin_unlock(&names_lock);
    return a;
}

void unix_format_name(struct unix_socket *s, struct socket_name *out)
{
    format(address_of(s), out);
}

int unix_get_name(struct socket *base, bool peer, struct socket_name *out)
{
    struct unix_socket *s = unix_of(base), *other = NULL;

    if (!peer) {
        unix_format_name(s, out);
        return 0;
    }
    spin_lock(&s->lock);
    other = s->peer;
    if (other)
        unix_get(other);
    spin_unlock(&s->lock);
    if (!other)
        return -ENOTCONN;
    unix_format_name(other, out);
    unix_put(other);
    return 0;
}

int unix_copy_name(struct unix_socket *to, struct unix_socket *from)
{
    const struct unix_address *a = address_of(from);

    if (a)
        to->address = address_copy(a);
    return a && !to->address ? -ENOMEM : 0;
}
