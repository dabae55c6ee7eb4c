/* iter.c - moving bytes between an iterator's segments and kernel memory. */
#include "mm/iter.h"

#include "kernel/lib/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

int iter_user_vector(struct iter *it, uptr_t array, unsigned count,
                     struct iovec *fast, struct iovec **heap)
{
    struct iovec *v = fast;
    u64 sum = 0;
    int error = -EINVAL;

    *heap = NULL;
    if (count > IOV_MAX)
        return -EINVAL;
    if (count > IOV_FAST) {
        v = *heap = kmalloc(count * sizeof(struct iovec));
        if (!v)
            return -ENOMEM;
    }
    if (copy_from_user(v, array, count * sizeof(struct iovec))) {
        error = -EFAULT;
        goto free_heap;
    }
    for (unsigned i = 0; i < count; i++) {
        if (v[i].len > LONG_MAX - sum)
            goto free_heap;
        sum += v[i].len;
    }
    iter_init(it, true, 0, 0);
    it->left = sum;
    it->next = v;
    it->segments = count;
    return 0;
free_heap:
    kfree(*heap);
    *heap = NULL;
    return error;
}

/* Make the present segment one with bytes left; there is one, as it->left is
 * not 0. */
static void skip_empty(struct iter *it)
{
    while (!it->one.len) {
        assert(it->segments);
        it->one = *it->next++;
        it->segments--;
    }
}

static void advance(struct iter *it, size_t n)
{
    it->one.base += n;
    it->one.len -= n;
    it->left -= n;
    it->done += n;
}

enum direction { PUT, PUT_ZEROES, GET };

/* Move n bytes of the present segment; how many could be. */
static always_inline size_t move_part(struct iter *it, u8 *buf, size_t n,
                                      enum direction to)
{
    uptr_t user = uptr(it->one.base);
    void *kernel = (void *)it->one.base;

    if (it->user)
        return to == PUT ? copy_to_user_partial(user, buf, n)
             : to == GET ? copy_from_user_partial(buf, user, n)
                              : clear_user_partial(user, n);
    if (to == PUT)
        memcpy(kernel, buf, n);
    else if (to == GET)
        memcpy(buf, kernel, n);
    else
        memset(kernel, 0, n);
    return n;
}

static noinline ssize_t iter_move_slow(struct iter *it, u8 *buf, size_t n,
                                       enum direction to)
{
    size_t done = 0;

    while (done < n) {
        skip_empty(it);
        size_t part = MIN(n - done, it->one.len);
        size_t moved = move_part(it, buf ? buf + done : NULL, part, to);
        advance(it, moved);
        done += moved;
        if (moved < part)
            return done ? (ssize_t)done : -EFAULT;
    }
    return done;
}

/* Inline in each caller, for the usual case that all is in one segment. */
static always_inline ssize_t iter_move(struct iter *it, u8 *buf, size_t n,
                                       enum direction to)
{
    n = MIN(n, it->left);
    if (unlikely(n > it->one.len || !n))
        return iter_move_slow(it, buf, n, to);
    size_t moved = move_part(it, buf, n, to);
    advance(it, moved);
    return likely(moved) ? (ssize_t)moved : -EFAULT;
}

ssize_t iter_put(struct iter *it, const void *src, size_t n)
{
    return iter_move(it, (u8 *)src, n, PUT);
}

ssize_t iter_put_zeroes(struct iter *it, size_t n)
{
    return iter_move(it, NULL, n, PUT_ZEROES);
}

ssize_t iter_get(struct iter *it, void *dst, size_t n)
{
    return iter_move(it, dst, n, GET);
}

void iter_revert(struct iter *it, size_t n)
{
    assert(n <= it->done);
    it->one.base -= n;
    it->one.len += n;
    it->left += n;
    it->done -= n;
}
