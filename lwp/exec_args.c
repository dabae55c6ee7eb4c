/*
 * exec_args.c - from the caller's argv and envp to the new program's stack
 * (System V psABI; row H-14).
 *
 *      arg_start   argv strings, env strings, name of the file, 8 zero bytes,
 *                  and there is the top of the stack
 *                  16 random bytes
 *                  auxiliary vector
 *                  envp[], NULL
 *                  argv[], NULL
 *      sp          argc
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/exec.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

/* --- gathering ----------------------------------------------------------- */

struct chain_page {
    struct chain_page *next;
    u64 used;
    char bytes[PAGE_SIZE - 16];
};

/* Where the next bytes go; NULL: out of memory. */
static struct chain_page *page_with_room(struct chain *c)
{
    struct chain_page *page = c->last;

    if (page && page->used < sizeof(page->bytes))
        return page;
    page = pages_alloc(0, ALLOC_USER);
    if (!page)
        return NULL;
    page->next = NULL;
    page->used = 0;
    if (c->last)
        c->last->next = page;
    else
        c->first = page;
    c->last = page;
    return page;
}

/* n bytes were put behind the page's last one. */
static void advance(struct chain *c, struct chain_page *page, size_t n)
{
    page->used += n;
    c->bytes += n;
}

static int append(struct chain *c, const void *bytes, size_t left)
{
    while (left > 0) {
        struct chain_page *page = page_with_room(c);
        size_t n;

        if (!page)
            return -ENOMEM;
        n = MIN(left, sizeof(page->bytes) - page->used);
        memcpy(page->bytes + page->used, bytes, n);
        advance(c, page, n);
        bytes = (const char *)bytes + n;
        left -= n;
    }
    return 0;
}

static void free_chain(struct chain *c)
{
    while (c->first) {
        struct chain_page *page = c->first;
        c->first = page->next;
        pages_free(page, 0);
    }
    c->last = NULL;
}

void exec_args_free(struct exec_args *a)
{
    free_chain(&a->text);
    free_chain(&a->starts);
}

/* Each string takes its bytes and a pointer. */
static int check_limit(const struct exec_args *a)
{
    return a->text.bytes + a->starts.bytes <= a->limit ? 0 : -E2BIG;
}

static int begin_string(struct exec_args *a)
{
    u64 start = a->text.bytes;

    return append(&a->starts, &start, sizeof(start));
}

static int add_kernel_string(struct exec_args *a, const char *s)
{
    int error = begin_string(a);

    if (!error)
        error = append(&a->text, s, strlen(s) + 1);
    return error ? error : check_limit(a);
}

static int add_user_string(struct exec_args *a, u64 from)
{
    int error = begin_string(a);

    while (!error) {
        struct chain_page *page = page_with_room(&a->text);
        size_t room;
        ssize_t n;

        if (!page)
            return -ENOMEM;
        room = sizeof(page->bytes) - page->used;
        n = strncpy_from_user(page->bytes + page->used, (ustr_t)from, room);
        if (n >= 0) {
            advance(&a->text, page, n + 1);
            return check_limit(a);
        }
        if (n != -ENAMETOOLONG)
            return n;
        advance(&a->text, page, room);
        from += room;
        error = check_limit(a);
    }
    return error;
}

/* All strings of a NULL-terminated user array, its first `skip` left out. */
static int add_user_array(struct exec_args *a, u64 array, unsigned skip,
                          unsigned *count)
{
    u64 pointers[16];

    while (array) {
        size_t n = copy_from_user_partial(pointers, uptr(array),
                                          sizeof(pointers)) / sizeof(u64);

        if (n == 0)
            return -EFAULT;
        for (size_t i = 0; i < n; i++) {
            int error;

            if (!pointers[i])
                return 0;
            if (skip > 0) {
                skip--;
                continue;
            }
            ++*count;
            error = add_user_string(a, pointers[i]);
            if (error)
                return error;
        }
        array += n * sizeof(u64);
    }
    return 0;
}

static int add_argument(struct exec_args *a, const char *s)
{
    a->argc++;
    return add_kernel_string(a, s);
}

/* What the scripts put before the caller's arguments; each gives its file the
 * place of argv[0]. */
static int add_script_arguments(struct exec *x)
{
    int error = 0;

    for (unsigned i = x->script_count; i > 0 && !error; i--) {
        const struct script *s = &x->scripts[i - 1];

        error = add_argument(&x->args, s->interp);
        if (!error && s->argument)
            error = add_argument(&x->args, s->argument);
    }
    if (!error && x->script_count > 0)
        error = add_argument(&x->args, x->path);
    return error;
}

/* Linux's rule: a quarter of the stack's limit, and never less than 32
 * pages. */
static void set_limit(struct exec_args *a)
{
    u64 quarter = lwp_limit(current_lwp(), RLIMIT_STACK) / 4;
    u64 most = MIN(quarter, 2ul << 20);

    a->limit = MAX(most, 32 * PAGE_SIZE);
}

int exec_args_from_user(struct exec *x, uptr_t argv, uptr_t envp)
{
    struct exec_args *a = &x->args;
    int error;

    set_limit(a);
    error = add_script_arguments(x);
    if (!error)
        error = add_user_array(a, (u64)argv, x->script_count > 0, &a->argc);
    if (!error && a->argc == 0)
        error = add_argument(a, "");        /* argv[0] always exists */
    if (error)
        return error;
    a->argv_bytes = a->text.bytes;
    return add_user_array(a, (u64)envp, 0, &a->envc);
}

int exec_args_from_kernel(struct exec *x, const char *const *argv,
                          const char *const *envp)
{
    struct exec_args *a = &x->args;
    int error;

    set_limit(a);
    error = add_script_arguments(x);
    for (argv += x->script_count > 0; *argv && !error; argv++)
        error = add_argument(a, *argv);
    a->argv_bytes = a->text.bytes;
    for (; *envp && !error; envp++) {
        a->envc++;
        error = add_kernel_string(a, *envp);
    }
    return error;
}

/* --- laying out ---------------------------------------------------------- */

/* Words written in order, a few at a time. */
struct word_writer {
    struct vm *vm;
    vaddr_t at;
    unsigned count;
    int error;
    u64 words[64];
};

static void flush_words(struct word_writer *w)
{
    ssize_t n = w->count * sizeof(u64);

    if (!w->error && vm_write(w->vm, w->at, w->words, n) != n)
        w->error = -ENOMEM;
    w->at += n;
    w->count = 0;
}

static void put_word(struct word_writer *w, u64 value)
{
    w->words[w->count++] = value;
    if (w->count == ARRAY_SIZE(w->words))
        flush_words(w);
}

/* The gathered strings to `at`. */
static int write_strings(struct exec *x, vaddr_t at)
{
    struct chain_page *page;

    for (page = x->args.text.first; page; page = page->next) {
        ssize_t n = page->used;

        if (vm_write(x->vm, at, page->bytes, n) != n)
            return -ENOMEM;
        at += n;
    }
    return 0;
}

/* Pointers to the strings, which lie from `at` on: argv[], NULL, envp[],
 * NULL. */
static void put_pointers(struct word_writer *w, const struct exec_args *a,
                         vaddr_t at)
{
    unsigned left = a->argc;

    for (struct chain_page *page = a->starts.first; page; page = page->next) {
        const u64 *starts = (const u64 *)page->bytes;

        for (u64 i = 0; i < page->used / sizeof(u64); i++) {
            if (left-- == 0)
                put_word(w, 0);
            put_word(w, at + starts[i]);
        }
    }
    if (a->envc == 0)
        put_word(w, 0);
    put_word(w, 0);
}

/* Auxiliary vector: getauxval(3). */
enum aux_type {
    AT_NULL = 0, AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_PAGESZ = 6,
    AT_BASE = 7, AT_FLAGS = 8, AT_ENTRY = 9, AT_UID = 11, AT_EUID = 12,
    AT_GID = 13, AT_EGID = 14, AT_HWCAP = 16, AT_CLKTCK = 17, AT_SECURE = 23,
    AT_RANDOM = 25, AT_EXECFN = 31, AT_SYSINFO_EHDR = 33,
};
#define AUX_COUNT 18

/* "IMAFDC" as Linux's bits: letter - 'A'. */
#define HWCAP_RV64GC (1 << 0 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 8 | 1 << 12)

static void put_auxv(struct word_writer *w, const struct exec *x,
                     vaddr_t random, vaddr_t execfn)
{
    const struct elf_image *p = &x->program;
    const struct cred *cred = current_cred();
    const u64 aux[AUX_COUNT][2] = {
        { AT_PHDR, p->plan.phdrs ? p->plan.phdrs + p->bias : 0 },
        { AT_PHENT, sizeof(struct elf_phdr) },
        { AT_PHNUM, p->header.phnum },
        { AT_PAGESZ, PAGE_SIZE },
        { AT_BASE, x->has_interp ? x->interp.bias : 0 },
        { AT_FLAGS, 0 },
        { AT_ENTRY, p->entry },
        { AT_UID, cred->uid },
        { AT_EUID, x->new_euid },
        { AT_GID, cred->gid },
        { AT_EGID, x->new_egid },
        { AT_HWCAP, HWCAP_RV64GC },
        { AT_CLKTCK, 100 },
        { AT_SECURE, x->secure },
        { AT_RANDOM, random },
        { AT_EXECFN, execfn },
        { AT_SYSINFO_EHDR, x->vdso },
        { AT_NULL, 0 },
    };

    for (unsigned i = 0; i < AUX_COUNT; i++) {
        if (aux[i][0] == AT_SYSINFO_EHDR && !aux[i][1])
            continue;
        put_word(w, aux[i][0]);
        put_word(w, aux[i][1]);
    }
}

/* What the process will need, mapped beforehand so that growing it, fault by
 * fault, is left for later. */
#define STACK_SPARE (32 * PAGE_SIZE)

static int map_stack(struct exec *x, size_t size)
{
    struct vm_limits limits = lwp_vm_limits();
    struct vm_map m = {
        .size = page_up(size) + STACK_SPARE,
        .flags = VM_READ | VM_WRITE | VM_STACK,
        .how = VM_MAP_FIXED | VM_MAP_NOREPLACE,
        .name = "[stack]",
    };
    s64 at;

    m.addr = x->vm->stack_top - m.size;
    at = vm_map(x->vm, &m, &limits);
    return at < 0 ? (at == -EEXIST ? -ENOMEM : at) : 0;
}

int exec_build_stack(struct exec *x)
{
    struct exec_args *a = &x->args;
    size_t name_size = strlen(x->path) + 1;
    vaddr_t execfn = x->vm->stack_top - sizeof(u64) - name_size;
    vaddr_t strings = execfn - a->text.bytes;
    vaddr_t random = ALIGN_DOWN(strings, 16) - 16;
    size_t words = 1 + a->argc + 1 + a->envc + 1 + 2 * AUX_COUNT;
    struct word_writer w = { .vm = x->vm };
    int error;

    x->sp = ALIGN_DOWN(random - words * sizeof(u64), 16);
    error = map_stack(x, x->vm->stack_top - x->sp);
    if (error)
        return error;
    if (vm_write(x->vm, execfn, x->path, name_size) != (ssize_t)name_size ||
        vm_write(x->vm, random, x->random, 16) != 16)
        return -ENOMEM;
    error = write_strings(x, strings);
    if (error)
        return error;

    w.at = x->sp;
    put_word(&w, a->argc);
    put_pointers(&w, a, strings);
    x->vm->auxv_start = w.at + w.count * sizeof(u64);
    put_auxv(&w, x, random, execfn);
    flush_words(&w);
    x->vm->auxv_end = w.at;

    x->vm->arg_start = strings;
    x->vm->arg_end = x->vm->env_start = strings + a->argv_bytes;
    x->vm->env_end = strings + a->text.bytes;
    return w.error;
}
