#include "kernel/fs/cred.h"

#include "kernel/fs/task.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

/* Never freed: the reference it is born with stays. */
struct cred root_cred = { .refs = 1 };

struct cred *cred_copy(const struct cred *from, unsigned groups)
{
    size_t size = sizeof(struct cred) + groups * sizeof(gid_t);
    struct cred *c = kmalloc(size);

    if (!c)
        return NULL;
    *c = *from;
    c->refs = 1;
    c->group_count = groups;
    if (groups == from->group_count)
        memcpy(c->groups, from->groups, groups * sizeof(gid_t));
    return c;
}

void cred_put(struct cred *c)
{
    if (__atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0)
        kfree(c);
}

void cred_set(struct cred *c)
{
    struct fs_task *t = current_task();
    struct cred *old = t->cred;

    spin_lock(&t->lock);
    t->cred = c;
    spin_unlock(&t->lock);
    cred_put(old);
}

struct cred *cred_of(struct fs_task *task)
{
    struct cred *c;

    spin_lock(&task->lock);
    c = task->cred;
    cred_get(c);
    spin_unlock(&task->lock);
    return c;
}

bool cred_in_group(const struct cred *c, gid_t gid)
{
    unsigned low = 0, high = c->group_count;

    if (gid == c->fsgid)
        return true;
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (c->groups[middle] == gid)
            return true;
        if (c->groups[middle] < gid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
