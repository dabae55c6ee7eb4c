/*
 * sysv_sem.h - System V semaphores inside (semop(2), semctl(2)): sets, calls
 * that wait, and what a process's end undoes.
 *
 * A semop call is tried as a whole under its set's lock.  If it can't go on it
 * is queued, and its thread sleeps; whoever changes a value then carries out
 * every queued call that can go on: first those that wait for zero, then the
 * longest waiting one that can.  So a call that needs much does not hold up
 * one that needs little, as on Linux.
 *
 * SEM_UNDO: the threads that share them (CLONE_SYSVSEM) have one list of
 * undos, one for each set; the last one's exit puts the values back.
 */
#pragma once

#include "lwp/sysv.h"

struct lwp_thread;

#define SEM_VALUE_MAX   32767       /* SEMVMX and SEMAEM */
#define SEM_UNDO        0x1000

struct sem {
    int value;                      /* 0 .. SEM_VALUE_MAX */
    pid_t pid;                      /* who changed it last */
};

/* struct sembuf of semop(2). */
struct sem_op {
    u16 num;
    s16 op;
    s16 flags;
};

struct sem_set {
    struct sysv_object object;      /* first */

    /* set at birth, then constant */
    u32 count;

    /* guarded by object.lock */
    s64 op_time;                    /* of the last semop, seconds since 1970 */
    struct list watching;           /* sem_call.wait: only for zeroes */
    struct list altering;           /* sem_call.wait: will change values */
    struct list undos;              /* sem_undo.set_node */
    struct sem sems[];
};

/* A semop call; on its thread's stack. */
struct sem_call {
    /* set at birth, then constant */
    const struct sem_op *ops;
    unsigned count;
    bool alters, undoes;
    pid_t pid;
    struct sem_undo *undo;          /* NULL: !undoes */

    /* guarded by the set's lock */
    struct sysv_wait wait;
    const struct sem_op *blocked;   /* what could not be done */
};

struct sem_undo {
    /* set at birth, then constant */
    struct sem_set *set;

    struct list list_node;          /* guarded by the table's lock */
    struct list set_node;           /* guarded by it and the set's lock */
    s16 adjust[];                   /* guarded by the set's lock: what is to be
                                     * added to each value */
};

struct sem_undo_list {
    u32 refs;                       /* atomic: threads */
    struct list undos;              /* guarded by the table's lock */
};

extern struct sysv_table sem_table;
extern u64 sem_ops_limit;           /* most operations of a call; atomic */

/* Values were changed: carry out what that allows. */
void sem_changed_locked(struct sem_set *set);

/* The running thread's undo for the set; made if need be.  Both locks are held.
 * -ENOMEM. */
int sem_undo_find_locked(struct sem_set *set, struct sem_undo **out);

/* Forget what would be undone: to semaphore num, or with -1 to all. */
void sem_undo_clear_locked(struct sem_set *set, int num);

/* The set is being removed: free its undos.  Both locks are held. */
void sem_undo_free_locked(struct sem_set *set);

/* clone(2), CLONE_SYSVSEM: t will share its undos with the running thread.
 * -ENOMEM. */
int sem_undo_share(struct lwp_thread *t);

/*
 * A thread that has undos (t->sem_undos) ends, or does not share them any more;
 * the last one's are carried out in the running process's name.
 */
void sem_undo_leave(struct lwp_thread *t);
