/* heap.c - memory: rtthread/heap.h. */
#include "user/lib/lwp/result.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <rtthread/heap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

/*
 * The C library's functions see to it that a thread is not deleted inside them;
 * those here test whether it is being deleted, as a program may do nothing else.
 */

/* Bytes in blocks, as large as they really are. */
static rt_size_t used_now, used_most;

static void *count(void *block)
{
    rt_size_t now, most;

    if (!block) {
        __lwp_result(-ENOMEM);
        return RT_NULL;
    }
    now = __atomic_add_fetch(&used_now, malloc_usable_size(block),
                             __ATOMIC_RELAXED);
    most = __atomic_load_n(&used_most, __ATOMIC_RELAXED);
    while (now > most &&
           !__atomic_compare_exchange_n(&used_most, &most, now, 1,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return block;
}

static void discount(rt_size_t size)
{
    __atomic_sub_fetch(&used_now, size, __ATOMIC_RELAXED);
}

void *rt_malloc(rt_size_t size)
{
    pthread_testcancel();
    return size ? count(malloc(size)) : RT_NULL;
}

void rt_free(void *block)
{
    pthread_testcancel();
    if (block)
        discount(malloc_usable_size(block));
    free(block);
}

void *rt_realloc(void *block, rt_size_t size)
{
    rt_size_t before = block ? malloc_usable_size(block) : 0;
    void *moved;

    if (!size) {
        rt_free(block);
        return RT_NULL;
    }
    moved = realloc(block, size);
    if (moved)
        discount(before);
    return count(moved);
}

void *rt_calloc(rt_size_t n, rt_size_t size)
{
    return n && size ? count(calloc(n, size)) : RT_NULL;
}

void *rt_malloc_align(rt_size_t size, rt_size_t align)
{
    void *block;
    int error;

    if (!size)
        return RT_NULL;
    if (align < sizeof(void *) && align && !(align & (align - 1)))
        align = sizeof(void *);
    error = posix_memalign(&block, align, size);
    if (error) {
        __lwp_result(-error);
        return RT_NULL;
    }
    return count(block);
}

void rt_free_align(void *block)
{
    rt_free(block);
}

char *rt_strdup(const char *s)
{
    return s ? count(strdup(s)) : RT_NULL;
}

void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used)
{
    struct sysinfo info = { .totalram = 0 };

    sysinfo(&info);
    if (total)
        *total = info.totalram * info.mem_unit;
    if (used)
        *used = __atomic_load_n(&used_now, __ATOMIC_RELAXED);
    if (max_used)
        *max_used = __atomic_load_n(&used_most, __ATOMIC_RELAXED);
}
