/*
 * fastwalk.c - the common part of most walks, without locks and references.
 *
 * Each hart says when it is in such a walk.  Who removes a dentry or mount
 * makes it unfindable, waits until no hart is in a walk that began before, and
 * then frees it.  Removals are rare and walks take microseconds.
 */
#include "kernel/fs/walk.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/task.h"

static struct {
    bool inside;
} __attribute__((aligned(64))) walkers[MAX_HARTS];

static u32 tree_version;            /* odd while the tree changes */

static bool *this_walker(void)
{
    return &walkers[this_hart()->arch.id].inside;
}

u32 walk_enter(u64 *irqs)
{
    *irqs = irq_disable();
    WRITE_ONCE(*this_walker(), true);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&tree_version, __ATOMIC_ACQUIRE);
}

bool walk_leave(u32 entered, u64 irqs)
{
    bool same;

    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    same = READ_ONCE(tree_version) == entered && !(entered & 1);
    __atomic_store_n(this_walker(), false, __ATOMIC_RELEASE);
    irq_restore(irqs);
    return same;
}

void walk_wait(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < hart_count; i++)
        while (__atomic_load_n(&walkers[i].inside, __ATOMIC_ACQUIRE))
            arch_relax();
}

void tree_change_begin(void)
{
    assert(spin_held(&tree_lock));
    __atomic_add_fetch(&tree_version, 1, __ATOMIC_SEQ_CST);
}

void tree_change_end(void)
{
    __atomic_add_fetch(&tree_version, 1, __ATOMIC_SEQ_CST);
}

/* On to what is mounted there; false: the slow way must find out. */
static inline bool cross_down(struct path *at)
{
    while (unlikely(READ_ONCE(at->dentry->mounted))) {
        struct mount *m = READ_ONCE(at->dentry->cover);

        if (!m || READ_ONCE(m->parent) != at->mnt)
            return false;
        *at = (struct path){ m, m->root };
    }
    return true;
}

static bool step(struct path *at, const struct name *name,
                 const struct cred *cred)
{
    struct inode *dir = at->dentry->inode;
    struct path next = *at;

    if (unlikely(!S_ISDIR(dir->mode) || dir->ops->permission))
        return false;
    if (cred->fsuid != 0 && inode_permission_as(dir, MAY_EXEC, cred))
        return false;
    next.dentry = dentry_find_unlocked(at->dentry, name);
    if (!next.dentry || S_ISLNK(next.dentry->inode->mode) || !cross_down(&next))
        return false;
    *at = next;
    return true;
}

/*
 * The component at s as a name; what follows it.  NULL if it is none: "." and
 * "..", or nothing.
 */
static inline const char *parse(const char *s, struct name *name)
{
    u32 hash = 0;
    const char *end;

    for (end = s; *end && *end != '/'; end++)
        hash = name_hash_step(hash, *end);
    name->text = s;
    name->length = end - s;
    name->hash = hash;
    if (unlikely(s[0] == '.' && (name->length == 1 ||
                                 (s[1] == '.' && name->length == 2))))
        return NULL;
    return end == s || name->length > NAME_MAX ? NULL : end;
}

static const char *skip_slashes(const char *s)
{
    while (*s == '/')
        s++;
    return s;
}

/* Where the rest begins that is not so easy. */
static const char *skip(struct path *at, const char *rest, bool last_too)
{
    const struct cred *cred = current_cred();
    struct name name;

    rest = skip_slashes(rest);
    for (;;) {
        const char *end = parse(rest, &name), *next;

        if (!end)
            return rest;
        next = skip_slashes(end);
        if (*next == '\0' && (!last_too || next != end))
            return rest;
        if (!step(at, &name, cred))
            return rest;
        rest = next;
        if (*rest == '\0')
            return rest;
    }
}

void walk_skip(struct walk *w, bool last_too)
{
    struct path at = w->at;
    const char *rest;
    u64 irqs, moved, have_mount, have_dentry;
    u32 version = walk_enter(&irqs);

    rest = skip(&at, w->rest, last_too);
    moved = rest != w->rest;
    have_mount = moved && get_live(&at.mnt->refs);
    have_dentry = have_mount && get_live(&at.dentry->refs);
    if (walk_leave(version, irqs) && have_dentry) {
        if (!w->borrowed)
            path_put(&w->at);
        w->borrowed = false;
        w->at = at;
        w->rest = rest;
        return;
    }
    if (have_dentry)
        dentry_put(at.dentry);
    if (have_mount)
        mount_put(at.mnt);
}
