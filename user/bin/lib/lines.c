#include "user/bin/lib/lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "user/bin/lib/util.h"

/* A part of both sequences: lines x0 to x1 - 1 of a, y0 to y1 - 1 of b. */
struct part {
    long x0, x1;
    long y0, y1;
};

/*
 * The furthest x that was reached on each diagonal d = x - y, going forwards
 * from the part's start and backwards from its end; [low, high] were tried.
 */
struct front {
    long *x;
    long low, high;
};

struct comparison {
    struct line *a;
    struct line *b;
    struct front forward;
    struct front backward;
};

static bool is_same(const struct comparison *all, long x, long y)
{
    return strcmp(all->a[x].key, all->b[y].key) == 0;
}

/* One more edit: the front grows by a diagonal at both ends, if it can. */
static void widen(struct front *front, const struct part *part, long unreached)
{
    if (front->low > part->x0 - part->y1)
        front->x[--front->low - 1] = unreached;
    else
        front->low++;
    if (front->high < part->x1 - part->y0)
        front->x[++front->high + 1] = unreached;
    else
        front->high--;
}

static bool covers(const struct front *front, long diagonal)
{
    return front->low <= diagonal && diagonal <= front->high;
}

/* Goes on by one edit and the equal lines behind; true if the fronts meet. */
static bool step_forward(struct comparison *all, const struct part *part,
                         bool odd, long *meeting_x, long *meeting_y)
{
    struct front *front = &all->forward;
    long x, y;

    widen(front, part, -1);
    for (long d = front->high; d >= front->low; d -= 2) {
        x = front->x[d - 1] >= front->x[d + 1] ? front->x[d - 1] + 1
                                               : front->x[d + 1];
        for (y = x - d; x < part->x1 && y < part->y1 && is_same(all, x, y);
             y++)
            x++;
        front->x[d] = x;
        if (odd && covers(&all->backward, d) && all->backward.x[d] <= x) {
            *meeting_x = x;
            *meeting_y = y;
            return true;
        }
    }
    return false;
}

static bool step_backward(struct comparison *all, const struct part *part,
                          bool odd, long *meeting_x, long *meeting_y)
{
    struct front *front = &all->backward;
    long x, y;

    widen(front, part, LONG_MAX);
    for (long d = front->high; d >= front->low; d -= 2) {
        x = front->x[d - 1] < front->x[d + 1] ? front->x[d - 1]
                                              : front->x[d + 1] - 1;
        for (y = x - d; x > part->x0 && y > part->y0 &&
                        is_same(all, x - 1, y - 1); y--)
            x--;
        front->x[d] = x;
        if (!odd && covers(&all->forward, d) && x <= all->forward.x[d]) {
            *meeting_x = x;
            *meeting_y = y;
            return true;
        }
    }
    return false;
}

/* A point that a shortest path from the part's start to its end goes by. */
static void find_middle(struct comparison *all, const struct part *part,
                        long *x, long *y)
{
    long start = part->x0 - part->y0;
    long end = part->x1 - part->y1;
    bool odd = (start - end) & 1;

    all->forward.low = all->forward.high = start;
    all->backward.low = all->backward.high = end;
    all->forward.x[start] = part->x0;
    all->backward.x[end] = part->x1;
    while (!step_forward(all, part, odd, x, y) &&
           !step_backward(all, part, odd, x, y))
        continue;
}

static void compare_part(struct comparison *all, struct part part)
{
    long x, y;

    while (part.x0 < part.x1 && part.y0 < part.y1 &&
           is_same(all, part.x0, part.y0)) {
        part.x0++;
        part.y0++;
    }
    while (part.x0 < part.x1 && part.y0 < part.y1 &&
           is_same(all, part.x1 - 1, part.y1 - 1)) {
        part.x1--;
        part.y1--;
    }
    if (part.x0 == part.x1 || part.y0 == part.y1) {
        for (x = part.x0; x < part.x1; x++)
            all->a[x].changed = true;
        for (y = part.y0; y < part.y1; y++)
            all->b[y].changed = true;
        return;
    }
    find_middle(all, &part, &x, &y);
    compare_part(all, (struct part){ part.x0, x, part.y0, y });
    compare_part(all, (struct part){ x, part.x1, y, part.y1 });
}

void lines_compare(struct line_list *a, struct line_list *b)
{
    struct comparison all = { .a = a->item, .b = b->item };
    /* Diagonals go from -b->count - 1 to a->count + 1. */
    size_t diagonals = a->count + b->count + 3;
    long *forward = grow(NULL, diagonals * sizeof(long));
    long *backward = grow(NULL, diagonals * sizeof(long));

    all.forward.x = forward + b->count + 1;
    all.backward.x = backward + b->count + 1;
    compare_part(&all, (struct part){ 0, a->count, 0, b->count });
    free(forward);
    free(backward);
}
