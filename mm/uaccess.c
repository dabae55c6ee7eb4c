/*
 * uaccess.c - user memory, page by page through the direct map.
 */
#include "mm/uaccess.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/user_byte.h"

/* It takes no room in the image. */
const u8 zeroes[PAGE_SIZE]
    __attribute__((section(".bss.zeroes"), aligned(sizeof(u64))));

/* Can [addr, addr + n) be user memory at all? */
static bool in_user_space(u64 addr, size_t n)
{
    return addr < USER_END && n <= USER_END - addr;
}

static bool is_device(struct vm *vm, vaddr_t addr)
{
    spin_lock(&vm->ptl);
    pte_t *pte = pte_find(vm, addr);
    bool device = pte && *pte & PTE_UNCOUNTED;
    spin_unlock(&vm->ptl);
    return device;
}

/*
 * The kernel's address of a user byte that may be accessed so, with vm->ptl
 * held, which keeps it valid to the end of its page; NULL without the lock.
 */
static noinline void *lock_byte(struct vm *vm, vaddr_t addr,
                                enum vm_access access)
{
    struct vm_fault_info info;
    void *p;

    might_sleep();
    while (!(p = user_try_lock(vm, addr, access)))
        if (is_device(vm, addr) ||
            vm_fault(vm, addr, access, vm->stack_limit, &info))
            return NULL;
    return p;
}

static size_t to_page_end(u64 addr, size_t n)
{
    return MIN(n, PAGE_SIZE - (addr & PAGE_MASK));
}

static always_inline void copy_part(enum user_copy what, u8 *user, u8 *kernel,
                                    size_t n)
{
    if (what == FROM_USER)
        memcpy(kernel, user, n);
    else if (what == TO_USER)
        memcpy(user, kernel, n);
    else
        memset(user, 0, n);
}

/* Once in so many bytes a long copy looks whether SIGKILL has come. */
#define LOOK_EVERY (1ul << 20)

/* Page by page, faulting; how many bytes could be copied. */
static noinline size_t copy_pages(enum user_copy what, struct vm *vm,
                                  vaddr_t user, u8 *kernel, size_t n)
{
    size_t done = 0, next_look = LOOK_EVERY;

    if (!in_user_space(user, n))
        return 0;
    while (done < n) {
        size_t part = to_page_end(user + done, n - done);
        u8 *p = lock_byte(vm, user + done, user_access(what));
        if (!p)
            break;
        copy_part(what, p, kernel + done, part);
        spin_unlock(&vm->ptl);
        done += part;
        if (done >= next_look) {
            if (thread_has_flags(current_thread(), TF_KILL))
                break;
            next_look += LOOK_EVERY;
        }
    }
    return done;
}

size_t copy_from_user_partial(void *dst, uptr_t src, size_t n)
{
    struct vm *vm = current_vm();

    if (n <= USER_SMALL && user_copy_small(FROM_USER, vm, (u64)src, dst, n))
        return n;
    return copy_pages(FROM_USER, vm, (u64)src, dst, n);
}

size_t copy_to_user_partial(uptr_t dst, const void *src, size_t n)
{
    struct vm *vm = current_vm();

    if (n <= USER_SMALL && user_copy_small(TO_USER, vm, (u64)dst, (u8 *)src, n))
        return n;
    return copy_pages(TO_USER, vm, (u64)dst, (u8 *)src, n);
}

size_t clear_user_partial(uptr_t dst, size_t n)
{
    struct vm *vm = current_vm();

    if (n <= USER_SMALL && user_copy_small(CLEAR, vm, (u64)dst, NULL, n))
        return n;
    return copy_pages(CLEAR, vm, (u64)dst, NULL, n);
}

frameless int copy_from_user(void *dst, uptr_t src, size_t n)
{
    if (user_are_words((u64)src, dst, n) &&
        user_copy_words(FROM_USER, current_vm(), (u64)src, dst, n))
        return 0;
    return copy_from_user_partial(dst, src, n) == n ? 0 : -EFAULT;
}

frameless int copy_to_user(uptr_t dst, const void *src, size_t n)
{
    if (user_are_words((u64)dst, src, n) &&
        user_copy_words(TO_USER, current_vm(), (u64)dst, (u64 *)src, n))
        return 0;
    return copy_to_user_partial(dst, src, n) == n ? 0 : -EFAULT;
}

int clear_user(uptr_t dst, size_t n)
{
    return clear_user_partial(dst, n) == n ? 0 : -EFAULT;
}

static bool probe_byte(vaddr_t addr)
{
    struct vm *vm = current_vm();

    if (!lock_byte(vm, addr, VM_ACCESS_WRITE))
        return false;
    spin_unlock(&vm->ptl);
    return true;
}

int user_probe_write(uptr_t dst, size_t n)
{
    vaddr_t first = (u64)dst, last = first + n - 1;

    might_sleep();
    if (!in_user_space(first, n) || !probe_byte(first))
        return -EFAULT;
    if (page_down(first) != page_down(last) && !probe_byte(last))
        return -EFAULT;
    return 0;
}

/* --- strings --- */

/* As strnlen(3) for the part of a user string that lies in one page, of at
 * most n bytes; copied to dst if that is not NULL. */
static ssize_t string_part(char *dst, vaddr_t src, size_t n)
{
    struct vm *vm = current_vm();
    const char *p = src < USER_END ? lock_byte(vm, src, VM_ACCESS_READ) : NULL;

    if (!p)
        return -EFAULT;
    size_t length = strnlen(p, n);
    if (dst)
        memcpy(dst, p, length);
    spin_unlock(&vm->ptl);
    return length;
}

/* The length of the string at src if its NUL is among the first n bytes, else
 * n; copied to dst. */
static ssize_t string_scan(char *dst, vaddr_t src, size_t n)
{
    size_t done = 0;

    while (done < n) {
        size_t part = to_page_end(src + done, n - done);
        ssize_t got = string_part(dst ? dst + done : NULL, src + done, part);
        if (got < 0)
            return got;
        done += got;
        if ((size_t)got < part)
            break;
    }
    return done;
}

/* The usual case, of a short string in one page that is there: its length, or
 * -1 to have it done page by page. */
static always_inline ssize_t string_copy(char *dst, vaddr_t src, size_t n)
{
    struct vm *vm = current_vm();
    const char *p;
    size_t i = 0;

    might_sleep();
    n = to_page_end(src, n);
    p = src < USER_END ? user_try_lock(vm, src, VM_ACCESS_READ) : NULL;
    if (unlikely(!p))
        return -1;
    while (i < n && (dst[i] = p[i]))
        i++;
    spin_unlock(&vm->ptl);
    return i < n ? (ssize_t)i : -1;
}

ssize_t strncpy_from_user(char *dst, ustr_t src, size_t size)
{
    ssize_t length = string_copy(dst, (u64)src, size);

    if (likely(length >= 0))
        return length;
    length = string_scan(dst, (u64)src, size);

    if (length < 0)
        return length;
    if ((size_t)length == size)
        return -ENAMETOOLONG;
    dst[length] = '\0';
    return length;
}

ssize_t strnlen_user(ustr_t s, size_t max)
{
    ssize_t length = string_scan(NULL, (u64)s, max + 1);

    return length > 0 && (size_t)length > max ? -E2BIG : length;
}

/* --- words --- */

/* For a naturally aligned word of `size` bytes. */
static void *lock_word(uptr_t p, size_t size, enum vm_access access, int *error)
{
    vaddr_t addr = (u64)p;
    void *word = NULL;

    *error = addr & (size - 1) ? -EINVAL : -EFAULT;
    if (*error == -EFAULT && in_user_space(addr, size))
        word = lock_byte(current_vm(), addr, access);
    if (word)
        *error = 0;
    return word;
}

#define DEFINE_USER_WORD(type) \
    int user_load_##type(uptr_t p, type *value) \
    { \
        int error; \
        const type *word = lock_word(p, sizeof(type), VM_ACCESS_READ, &error); \
        if (word) { \
            *value = READ_ONCE(*word); \
            spin_unlock(&current_vm()->ptl); \
        } \
        return error; \
    } \
    int user_store_##type(uptr_t p, type value) \
    { \
        int error; \
        type *word = lock_word(p, sizeof(type), VM_ACCESS_WRITE, &error); \
        if (word) { \
            WRITE_ONCE(*word, value); \
            spin_unlock(&current_vm()->ptl); \
        } \
        return error; \
    }
DEFINE_USER_WORD(u32)
DEFINE_USER_WORD(u64)

int user_cmpxchg_u32(uptr_t p, u32 *expected, u32 desired)
{
    int error;
    u32 *word = lock_word(p, sizeof(u32), VM_ACCESS_WRITE, &error);

    if (!word)
        return error;
    bool swapped = __atomic_compare_exchange_n(word, expected, desired, false,
                                               __ATOMIC_SEQ_CST,
                                               __ATOMIC_SEQ_CST);
    spin_unlock(&current_vm()->ptl);
    return swapped ? 0 : -EAGAIN;
}

int copy_from_user_versioned(void *to, size_t ours, uptr_t from, size_t theirs)
{
    u8 byte;

    if (copy_from_user(to, from, MIN(ours, theirs)))
        return -EFAULT;
    for (size_t at = ours; at < theirs; at++) {
        if (copy_from_user(&byte, uptr_add(from, at), 1))
            return -EFAULT;
        if (byte)
            return -E2BIG;
    }
    return 0;
}

/* --- other address spaces --- */

ssize_t vm_read(struct vm *vm, vaddr_t src, void *dst, size_t n)
{
    size_t done = copy_pages(FROM_USER, vm, src, dst, n);

    return done || !n ? (ssize_t)done : -EFAULT;
}

ssize_t vm_write(struct vm *vm, vaddr_t dst, const void *src, size_t n)
{
    size_t done = copy_pages(TO_USER, vm, dst, (u8 *)src, n);

    return done || !n ? (ssize_t)done : -EFAULT;
}
