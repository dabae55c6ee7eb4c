/*
 * coredump.h - what is left of a process that a signal has ended: a file with
 * its memory and registers that debuggers read (core(5); lwp.md row I-09).
 * coredump.c says whether there is one and where, corefile.c what is in it,
 * corenotes.c what it tells of threads.
 */
#pragma once

#include "kernel/fs/procfs.h"
#include "kernel/lib/elf.h"
#include "lwp/lwp.h"

struct coredump {
    /* set at birth, then constant */
    struct lwp_thread *thread;      /* that took the signal, and writes */
    const struct siginfo *info;
    u64 limit;                      /* RLIMIT_CORE, bytes */

    /* guarded by lwp->lock */
    unsigned parked;                /* other threads that wait for the end */
    struct waitq end;               /* here */
};

/*
 * End the running thread's process by the signal, to which it has nothing to
 * say; after writing a core file, if the signal is of that kind and nothing
 * forbids it.  The user frame is whole.  The thread is to exit when it leaves
 * the kernel.  May sleep.
 */
void coredump_terminate(const struct siginfo *info);

/* An exiting thread whose process has lwp->core set: stay until it is written
 * (unless this is the thread that writes).  Sleeps. */
void coredump_wait(struct lwp_thread *t);

/* /proc/sys/kernel/core_pattern and core_uses_pid. */
void coredump_init(void);

/* --- between the files of the core ---------------------------------------- */

struct core_writer {
    const struct coredump *dump;
    struct lwp *lwp;
    struct vm *vm;
    struct file *file;
    u64 at;                         /* where the next byte goes */
    u64 left;                       /* bytes that the limit leaves */
    bool failed;                    /* nothing more is written */

    struct elf_phdr *phdrs;         /* the notes, then each area */
    unsigned count;
    /* NT_FILE: which parts of which files were mapped */
    u64 mapped_files;
    struct proc_text ranges, names;
};

/* Write the file, which is empty, as far as the limit and the disk allow.
 * false: for want of memory nothing was written.  All other threads are parked.
 * Sleeps; a cancelled dump ends soon. */
bool core_write(const struct coredump *dump, struct file *file);

/* Append n bytes. */
void core_emit(struct core_writer *w, const void *bytes, size_t n);

/* The size of all notes in the file, and the notes. */
u64 core_notes_size(const struct core_writer *w);
void core_emit_notes(struct core_writer *w);
