/*
 * t_rt_heap.c - RT-Thread's heap (lwp.md row K-02).
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/rt.h"

#include <sys/resource.h>

static rt_size_t used(void)
{
    rt_size_t now;

    rt_memory_info(NULL, &now, NULL);
    return now;
}

TEST("K-02 malloc, calloc, realloc, strdup, free: contents, counts, zeros")
{
    rt_size_t before = used();
    char *block = rt_malloc(100), *copy;

    CHECK(block && (uintptr_t)block % RT_ALIGN_SIZE == 0);
    CHECK(used() >= before + 100);
    memset(block, 7, 100);
    block = rt_realloc(block, 100000);
    CHECK(block && used() >= before + 100000);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(block[i], 7);
    block = rt_realloc(block, 10);
    CHECK(block && block[9] == 7);
    copy = rt_strdup("twice");
    CHECK(copy && !strcmp(copy, "twice"));
    rt_free(copy);
    rt_free(block);
    block = rt_calloc(1000, 3);
    for (int i = 0; i < 3000; i++)
        CHECK_EQ(block[i], 0);
    CHECK(!rt_realloc(block, 0));
    rt_free(NULL);
    CHECK_EQ(used(), before);
}

TEST("K-02 blocks at multiples of any power of two")
{
    rt_size_t before = used();

    for (rt_size_t align = 1; align <= 65536; align *= 2) {
        char *block = rt_malloc_align(33, align);

        CHECK(block && (uintptr_t)block % align == 0);
        memset(block, 1, 33);
        rt_free_align(block);
    }
    RT_NULL_FOR(rt_malloc_align(33, 24), RT_EINVAL);
    RT_NULL_FOR(rt_malloc_align(33, 0), RT_EINVAL);
    rt_free_align(NULL);
    CHECK_EQ(used(), before);
}

TEST("K-02 nothing for no bytes, too many, or a product that wraps")
{
    struct rlimit limit = { 64 << 20, 64 << 20 };
    char *block = rt_malloc(10);

    CHECK(!rt_malloc(0) && !rt_calloc(0, 5) && !rt_calloc(5, 0));
    CHECK(!rt_malloc_align(0, 8) && !rt_strdup(NULL));
    RT_NULL_FOR(rt_calloc(1ul << 33, 1ul << 33), RT_ENOMEM);
    RT_NULL_FOR(rt_malloc(-1ul), RT_ENOMEM);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    RT_NULL_FOR(rt_malloc(100 << 20), RT_ENOMEM);
    strcpy(block, "stays");
    RT_NULL_FOR(rt_realloc(block, 100 << 20), RT_ENOMEM);
    CHECK(!strcmp(block, "stays"));
}

static volatile int done;

static void churn(void *arg)
{
    (void)arg;
    for (int i = 1; i < 2000; i++) {
        char *block = rt_malloc(i);

        CHECK(block);
        block[i - 1] = 1;
        rt_free(rt_realloc(block, 2 * i));
    }
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
}

TEST("K-02 a block that is moved counts once, in the most as well")
{
    char *block = rt_malloc(100000);
    rt_size_t most;

    block = rt_realloc(block, 200000);
    CHECK(block);
    rt_memory_info(NULL, NULL, &most);
    CHECK(most >= 200000 && most < 250000);
    CHECK(!rt_realloc(block, RT_UINT32_MAX * 4096l));
    CHECK(used() >= 200000);
    rt_free(block);
}

TEST("K-02 four threads at once: the count comes out even, and had a maximum")
{
    rt_size_t before = used(), total, most;

    for (int i = 0; i < 4; i++)
        rt_go(churn, NULL, 20);
    RT_UNTIL(done == 4);
    CHECK_EQ(used(), before);
    rt_memory_info(&total, NULL, &most);
    CHECK(most >= before + 2 * 1999 && most < total);
    CHECK(total >= 20 << 20);
}
