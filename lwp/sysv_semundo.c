/*
 * sysv_semundo.c - SEM_UNDO of semop(2): what a process has done to semaphores
 * is put right when it ends, however it ends.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
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
    list_add(&set->undos, &u->set_node);
    list_add(&list->undos, &u->list_node);
    return u;
}

int sem_undo_find_locked(struct sem_set *set, struct sem_undo **out)
{
    struct sem_undo_list *list = own_list();
    struct sem_undo *u;

    sysv_assert_locked(&set->object);
    if (!list)
        return -ENOMEM;
    list_for_each(u, &list->undos, list_node) {
        if (u->set == set) {
            *out = u;
            return 0;
        }
    }
    *out = create_locked(list, set);
    return *out ? 0 : -ENOMEM;
}

static void free_locked(struct sem_undo *u)
{
    sysv_assert_locked(&u->set->object);
    list_remove(&u->list_node);
    list_remove(&u->set_node);
    sysv_uncharge(undo_size(u->set));
    kfree(u);
}

void sem_undo_free_locked(struct sem_set *set)
{
    struct sem_undo *u, *next;

    list_for_each_safe(u, next, &set->undos, set_node)
        free_locked(u);
}

void sem_undo_clear_locked(struct sem_set *set, int num)
{
    struct sem_undo *u;

    sysv_assert_locked(&set->object);
    list_for_each(u, &set->undos, set_node) {
        if (num < 0)
            memset(u->adjust, 0, set->count * sizeof(*u->adjust));
        else
            u->adjust[num] = 0;
    }
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

void sem_undo_leave(struct lwp_thread *t)
{
    struct sem_undo_list *list = t->sem_undos;
    struct sem_undo *u;

    t->sem_undos = NULL;
    if (__atomic_sub_fetch(&list->refs, 1, __ATOMIC_ACQ_REL))
        return;
    sysv_lock_table(&sem_table);
    while ((u = list_first(&list->undos, struct sem_undo, list_node))) {
        struct sysv_object *o = &u->set->object;

        spin_lock(&o->lock);
        apply_locked(u);
        free_locked(u);
        sysv_unlock_both(o);
        sysv_lock_table(&sem_table);    /* others may come in between */
    }
    sysv_unlock_table(&sem_table);
    kfree(list);
}
