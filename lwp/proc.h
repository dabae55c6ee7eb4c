/*
 * proc.h - processes as /proc shows them (proc(5)): proc.c finds them, the
 * other proc_*.c print them.
 */
#pragma once

#include "kernel/fs/procfs.h"
#include "lwp/lwp.h"

/* What procfs calls a process or thread. */
struct proc_handle {
    struct lwp *lwp;                /* referenced */
    struct lwp_thread *thread;      /* referenced; NULL: the whole process */
};

/* The least tid >= from of a process; -1: none. */
pid_t proc_next_thread(struct lwp *lwp, pid_t from);

/* A thread to speak for the handle, with a reference; NULL: all have exited. */
struct lwp_thread *proc_hold_thread(const struct proc_handle *h);

/* Its descriptors, with a reference; NULL: it has exited. */
struct fdtable *proc_files(const struct proc_handle *h);

int proc_show_stat(struct proc_text *t, void *handle);
int proc_show_status(struct proc_text *t, void *handle);
int proc_show_statm(struct proc_text *t, void *handle);
int proc_show_comm(struct proc_text *t, void *handle);
int proc_store_comm(const char *text, size_t n, void *handle);
int proc_show_limits(struct proc_text *t, void *handle);
int proc_show_cmdline(struct proc_text *t, void *handle);
int proc_show_environ(struct proc_text *t, void *handle);
int proc_show_auxv(struct proc_text *t, void *handle);
int proc_show_maps(struct proc_text *t, void *handle);
int proc_show_smaps(struct proc_text *t, void *handle);
int proc_show_smaps_rollup(struct proc_text *t, void *handle);
int proc_show_children(struct proc_text *t, void *handle);
int proc_show_personality(struct proc_text *t, void *handle);
int proc_show_oom_score(struct proc_text *t, void *handle);
int proc_show_oom_adjust(struct proc_text *t, void *handle);
int proc_store_oom_adjust(const char *text, size_t n, void *handle);
int proc_show_timers(struct proc_text *t, void *handle);    /* posix_timer.c */
ssize_t proc_read_mem(void *handle, struct iter *it, off_t *pos);
ssize_t proc_write_mem(void *handle, struct iter *it, off_t *pos);
ssize_t proc_read_pagemap(void *handle, struct iter *it, off_t *pos);
int proc_show_wchan(struct proc_text *t, void *handle);
int proc_show_stack(struct proc_text *t, void *handle);
int proc_show_syscall(struct proc_text *t, void *handle);

/* The state of a thread as ps(1) shows it: R, S, D, Z; of a user thread also T. */
char proc_thread_state(const struct thread *t);
char proc_thread_letter(struct lwp_thread *t);

int proc_show_lwps(struct proc_text *t, void *unused);
int proc_show_groups(struct proc_text *t, void *unused);
int proc_show_sessions(struct proc_text *t, void *unused);
int proc_show_rtobjects(struct proc_text *t, void *unused);
int proc_show_lwp_shm(struct proc_text *t, void *unused);   /* shm.c */

/* The pages of an address space that are there.  May sleep. */
struct proc_pages {
    struct vm_pages all;
    u64 of_files, locked;           /* of them */
    vaddr_t end;                    /* behind the last area */
};
void proc_count_pages(struct vm *vm, struct proc_pages *out);

/* Register the files of the whole system that this layer knows about. */
void proc_system_init(void);

/* Register all of it with procfs. */
void proc_init(void);
