/*
 * blocks.c - memory for threads' control blocks, at addresses that no other
 * process uses: so rt_thread_self() is a key for all of them (seed 001's ping).
 */
#include "user/lib/rt/pool.h"
#include "user/lib/rt/threads.h"

#include <sys/mman.h>
#include <unistd.h>

/* A process's place follows from its pid.  64 GiB of addresses are free there,
 * far from the program and its heap and from where mmap begins. */
#define PLACES_BEGIN    0x1000000000ul
#define PLACE_SIZE      (2ul << 20)
#define PAGE            4096ul

/* A power of two, so that a pointer to a block is known by its low bits. */
#define BLOCK_SIZE      256ul
_Static_assert(sizeof(struct rt_thread) <= BLOCK_SIZE, "threads fit");

static char *place;                     /* of this process, once it has one */
static size_t taken;                    /* bytes of it */

/* A page more of it.  If the place is not free any other will do. */
static void *more_blocks(size_t *bytes)
{
    char *wanted = (char *)PLACES_BEGIN + getpid() * PLACE_SIZE;

    if (!place) {
        place = mmap(wanted, PLACE_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        taken = 0;
    }
    if (place == MAP_FAILED)
        place = NULL;
    if (!place || taken == PLACE_SIZE)
        return NULL;
    *bytes = PAGE;
    taken += PAGE;
    return place + taken - PAGE;
}

static struct rt_pool blocks = { .size = BLOCK_SIZE, .more = more_blocks };

struct rt_thread *__rt_block_get(void)
{
    return __rt_pool_get(&blocks);
}

void __rt_block_put(struct rt_thread *thread)
{
    __rt_pool_put(&blocks, thread);
}

bool __rt_block_is(const struct rt_thread *thread)
{
    size_t offset = (const char *)thread - place;

    return place && offset < taken && offset % BLOCK_SIZE == 0;
}

/* The parent's stay where they are: a child may look at what it has. */
void __rt_blocks_forget(void)
{
    place = NULL;
    blocks.free = NULL;
}
