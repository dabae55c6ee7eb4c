/*
 * exec.h - the parts of execve(2): finding the program (exec_script.c), its
 * arguments (exec_args.c), its image in memory (elf.c), and the change itself
 * (exec.c).  All but the last leave the running process alone.
 */
#pragma once

#include "kernel/fs/file.h"
#include "kernel/lib/elf.h"
#include "lwp/lwp.h"

#define SCRIPT_LINE     256         /* "#!" lines are cut here */
#define SCRIPT_DEPTH    5           /* scripts that run scripts: as Linux */
#define EXEC_HEAD       1024        /* bytes of a file that are read first */

/* One "#!interpreter [argument]" line. */
struct script {
    char line[SCRIPT_LINE];
    const char *interp, *argument;  /* inside line; argument may be NULL */
};

/* Bytes that are gathered in pages, filled one after the other. */
struct chain {
    struct chain_page *first, *last;
    size_t bytes;
};

/* argv and envp, copied out of the caller's memory. */
struct exec_args {
    struct chain text;              /* strings with their NULs */
    struct chain starts;            /* u64: where in text each one begins */
    size_t argv_bytes;              /* of the text, argv's */
    unsigned argc, envc;
    size_t limit;                   /* -E2BIG beyond, pointers included */
};

/* A loaded ELF file. */
struct elf_image {
    struct elf_header header;
    struct elf_plan plan;
    u64 bias;                       /* added to all its addresses */
    vaddr_t entry;
};

struct exec {
    char *path;                     /* as execve was given it */
    struct file *file;              /* the binary, interpreters followed */
    struct exec_args args;
    struct vm *vm;                  /* the new address space */
    struct cred *cred;              /* NULL: the old ones */
    struct elf_image program, interp;
    bool has_interp;                /* PT_INTERP */
    bool secure;                    /* the new ids are not the user's own */
    bool readable;                  /* else nobody may see its memory either */
    uid_t new_euid;                 /* effective ids under the new program */
    gid_t new_egid;
    vaddr_t entry, sp;
    vaddr_t vdso;                   /* 0: none */
    u64 random[6];                  /* fresh: AT_RANDOM, then the layout */
    unsigned script_count;
    size_t head_size;

    /* from here on not cleared beforehand */
    struct script scripts[SCRIPT_DEPTH];    /* innermost interpreter last */
    u8 head[EXEC_HEAD];
};

/*
 * Set x->file to the binary that runs x->path: the file itself, or the
 * interpreter of a script, noting the scripts on the way.  Takes over x->file.
 * -ELOOP, -ENOEXEC, and what opening says.
 */
int exec_resolve(struct exec *x);

/* Copy the arguments: those that scripts add, then argv and envp.  user:
 * pointers into the caller's memory; kernel: for the first process.
 * -E2BIG, -EFAULT, -ENOMEM. */
int exec_args_from_user(struct exec *x, uptr_t argv, uptr_t envp);
int exec_args_from_kernel(struct exec *x, const char *const *argv,
                          const char *const *envp);
void exec_args_free(struct exec_args *args);

/*
 * Build the new program's stack in x->vm as the psABI has it: argc, argv,
 * envp, auxiliary vector, strings; sets x->sp.  -ENOMEM.
 */
int exec_build_stack(struct exec *x);

/* sys/kernel/randomize_va_space of proc(5): 0 nothing, 1 all but the heap, 2
 * all; atomic.  The boot argument aslr=off makes it 0. */
extern u64 exec_randomize;
void exec_init(void);

/*
 * Make x->vm, with the vDSO, and choose where stack, heap and mappings go: at
 * random, unless exec_randomize or personality(2) says otherwise.
 * (The seed's name.)  -ENOMEM.
 */
int lwp_user_space_init(struct exec *x);

/*
 * Map the program x->file, and its interpreter, into x->vm; sets x->entry.
 * (The seed's name.)  -ENOEXEC, -EINVAL, -ENOMEM, -EACCES, ...
 */
int lwp_load(struct exec *x);

/* What to run: a path of kmalloc()'s and its file, opened for exec; both are
 * taken over.  Arguments are user arrays, or kernel ones if kernel_argv is not
 * NULL. */
struct exec_source {
    char *path;
    struct file *file;
    uptr_t argv, envp;
    const char *const *kernel_argv, *const *kernel_envp;
};

/*
 * Make this the running process's program: execve(2), and the start of the
 * first process.  On failure the process is unharmed; on success its user
 * frame leads to the new program.  (The seed's name.)
 */
int lwp_execve(const struct exec_source *source);
