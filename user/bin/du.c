/* du: show the space that files take (POSIX; -h as in GNU). */

#include <stdlib.h>

#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: du [-abchks] [-d DEPTH] [FILE]...\n"
    "Show the space of directories with all that is in them, in KiB.\n"
    "  -a  files, too  -s  only the named ones  -d  only so deep\n"
    "  -b  lengths in bytes  -h  sizes like 1.5M  -c  a total at the end\n";

static bool flag[128];
static long long deepest = 0x7fffffff;

/* Sums of the directories that the walk is inside of. */
static unsigned long long *sums;
static int room;

static unsigned long long grand_total;

/* Files with several names count once: these were seen. */
static struct { dev_t dev; ino_t ino; } *seen;
static size_t seen_count;

static bool is_seen(const struct stat *st)
{
    if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
        return false;
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].ino == st->st_ino && seen[i].dev == st->st_dev)
            return true;
    }
    seen = grow(seen, (seen_count + 1) * sizeof(*seen));
    seen[seen_count].dev = st->st_dev;
    seen[seen_count++].ino = st->st_ino;
    return false;
}

static void show(unsigned long long bytes, const char *path)
{
    char text[8];

    if (flag['h'])
        print("%s\t%s\n", human_size(bytes, text), path);
    else if (flag['b'])
        print("%llu\t%s\n", bytes, path);
    else
        print("%llu\t%s\n", (bytes + 1023) / 1024, path);
}

static unsigned long long size_of(const struct stat *st)
{
    if (is_seen(st))
        return 0;
    if (flag['b'])
        return S_ISDIR(st->st_mode) ? 0 : (unsigned long long)st->st_size;
    return st->st_blocks * 512ULL;
}

static enum walk_next count(const struct walk_item *item, void *unused)
{
    int depth = item->depth;
    bool shown = depth == 0 || (depth <= deepest && !flag['s'] &&
                                (flag['a'] || item->when == WALK_LEAVE));

    (void)unused;
    if (depth >= room) {
        room = depth + 16;
        sums = grow(sums, room * sizeof(*sums));
    }
    if (item->when != WALK_LEAVE)
        sums[depth] = size_of(item->st);
    if (item->when == WALK_ENTER)
        return WALK_ON;
    if (shown)
        show(sums[depth], item->path);
    if (depth > 0)
        sums[depth - 1] += sums[depth];
    else
        grand_total += sums[0];
    return WALK_ON;
}

int main(int argc, char **argv)
{
    static char *here[] = { ".", NULL };
    char **paths;
    int option;

    (void)argc;
    while ((option = next_option(argv, "abcd:hks"))) {
        flag[option] = true;
        if (option == 'd')
            deepest = number_arg(opt_value, 0, 0x7fffffff);
    }
    paths = operands(argv, 0, argc);
    for (char **path = *paths ? paths : here; *path; path++)
        walk(*path, false, count, NULL);
    if (flag['c'])
        show(grand_total, "total");
    return finish();
}
