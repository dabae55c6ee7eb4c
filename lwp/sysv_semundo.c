/*
 * sysv_semundo.c - SEM_UNDO of semop(2): what a process has done to semaphores
 * is put right when it ends, however it ends.
 */
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/sysv_sem.h"
#include "mm/alloc.h"

static size_t undo_size(const struct sem_set *set)
{
    return sizeof(struct sem_undo) + set->count * sizeof(s16);
}

/* --- lists of undos ------------------------------------------------------ */

static struct sem_undo_list *list_create(void)
{
    struct sem_undo_list *list = kzalloc(sizeof(*list));

    if (list) {
        list->refs = 1;
        list_init(&list->undos);
        spin_init(&list->lock, RANK_SEM_UNDO);
    }
    return list;
}

/* The running thread's; made if need be.  NULL: out of memory. */
static struct sem_undo_list *own_list(void)
{
    struct lwp_thread *t = current_lwp_thread();

    if (!t->sem_undos)
        t->sem_undos = list_create();
    return t->sem_undos;
}

int sem_undo_share(struct lwp_thread *t)
{
    t->sem_undos = own_list();
    if (!t->sem_undos)
        return -ENOMEM;
    __atomic_add_fetch(&t->sem_undos->refs, 1, __ATOMIC_RELAXED);
    return 0;
}

/* --- undos --------------------------------------------------------------- */

static struct sem_undo *find_in(struct sem_undo_list *list,
                                const struct sem_set *set)
{
    struct sem_undo *u, *found = NULL;

    spin_lock(&list->lock);
    list_for_each(u, &list->undos, list_node)
        if (u->set == set)
            found = u;
    spin_unlock(&list->lock);
    return found;
}

static struct sem_undo *create_locked(struct sem_undo_list *list,
                                      struct sem_set *set)
{
    struct sem_undo *u = NULL;

    if (!sysv_charge(undo_size(set)))
        return NULL;
    u = kzalloc(undo_size(set));
    if (!u) {
        sysv_uncharge(undo_size(set));
        return NULL;
    }
    u->set = set;
    u->list = list;
    list_add(&set->undos, &u->set_node);
    spin_lock(&list->lock);
    list_add(&list->undos, &u->list_node);
    spin_unlock(&list->lock);
    return u;
}

int sem_undo_find_locked(struct sem_set *set, struct sem_undo **out)
{
    struct sem_undo_list *list = own_list();

    assert(spin_held(&set->object.lock));
    if (!list)
        return -ENOMEM;
    *out = find_in(list, set);
    if (!*out)
        *out = create_locked(list, set);
    return *out ? 0 : -ENOMEM;
}

static void free_locked(struct sem_undo *u)
{
    spin_lock(&u->list->lock);
    list_remove(&u->list_node);
    spin_unlock(&u->list->lock);
    list_remove(&u->set_node);
    sysv_uncharge(undo_size(u->set));
    kfree(u);
}

void sem_undo_free_locked(struct sem_set *set)
{
    struct sem_undo *u, *next;

    assert(spin_held(&set->object.lock));
    list_for_each_safe(u, next, &set->undos, set_node)
        free_locked(u);
}

void sem_undo_clear_locked(struct sem_set *set, int num)
{
    struct sem_undo *u;

    assert(spin_held(&set->object.lock));
    list_for_each(u, &set->undos, set_node)
        for (int i = 0; i < (int)set->count; i++)
            if (num < 0 || i == num)
                u->adjust[i] = 0;
}

/* --- the end ------------------------------------------------------------- */

/* Values stay in their range, whatever the sum is. */
static void apply_locked(struct sem_undo *u)
{
    struct sem_set *set = u->set;

    for (unsigned i = 0; i < set->count; i++) {
        struct sem *sem = &set->sems[i];

        if (!u->adjust[i])
            continue;
        sem->value = MAX(sem->value + u->adjust[i], 0);
        sem->value = MIN(sem->value, SEM_VALUE_MAX);
        sem->pid = current_lwp()->pid;
    }
    set->op_time = sysv_time();
    sem_changed_locked(set);
}

/* A set in which something is to be undone, with a reference; NULL: none. */
static struct sem_set *hold_set(struct sem_undo_list *list)
{
    struct sem_set *set = NULL;
    struct sem_undo *u;

    spin_lock(&list->lock);
    u = list_first(&list->undos, struct sem_undo, list_node);
    if (u) {
        set = u->set;
        sysv_hold(&set->object);
    }
    spin_unlock(&list->lock);
    return set;
}

/* The set's lock comes first; and by then the set may have been removed, and
 * the undo with it. */
void sem_undo_leave(struct lwp_thread *t)
{
    struct sem_undo_list *list = t->sem_undos;
    struct sem_undo *u;
    struct sem_set *set;

    t->sem_undos = NULL;
    if (__atomic_sub_fetch(&list->refs, 1, __ATOMIC_ACQ_REL))
        return;
    while ((set = hold_set(list))) {
        spin_lock(&set->object.lock);
        u = find_in(list, set);
        if (u) {
            apply_locked(u);
            free_locked(u);
        }
        sysv_unlock(&set->object);
        sysv_put(&set->object);
    }
    kfree(list);
}
