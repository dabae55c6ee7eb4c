/* ls: list directories (POSIX, with -A and -h as in GNU). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/mode.h"
#include "user/bin/lib/names.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

const char usage[] =
    "usage: ls [-1AadFhiklnRrSt] [FILE]...\n"
    "List files, and what is in directories (by default the current one).\n"
    "  -a  also names that begin with a dot  -A  the same without . and ..\n"
    "  -l  long: mode, links, owner, size, time  -n  with numeric owners\n"
    "  -d  directories themselves  -R  and all that is below them\n"
    "  -h  sizes like 1.5K  -i  inode numbers  -F  mark the kind of file\n"
    "  -t  newest first  -S  largest first  -r  the other way round\n"
    "  -1  one name a line\n";

struct entry {
    char *name;
    char *path;
    struct stat st;
};

struct entries {
    struct entry *item;
    size_t count;
};

enum { OWNER_SIZE = 33 };

static bool flag[128];
static bool printed;

static int compare_by_key(const struct entry *a, const struct entry *b)
{
    const struct timespec *ta = &a->st.st_mtim;
    const struct timespec *tb = &b->st.st_mtim;

    if (flag['S'] && a->st.st_size != b->st.st_size)
        return a->st.st_size < b->st.st_size ? 1 : -1;
    if (flag['t'] && ta->tv_sec != tb->tv_sec)
        return ta->tv_sec < tb->tv_sec ? 1 : -1;
    if (flag['t'] && ta->tv_nsec != tb->tv_nsec)
        return ta->tv_nsec < tb->tv_nsec ? 1 : -1;
    return strcmp(a->name, b->name);
}

static int compare(const void *a, const void *b)
{
    int order = compare_by_key(a, b);

    return flag['r'] ? -order : order;
}

static void add_entry(struct entries *list, const char *name, char *path)
{
    struct entry *entry;

    list->item = grow(list->item, (list->count + 1) * sizeof(*list->item));
    entry = &list->item[list->count];
    if (lstat(path, &entry->st) < 0) {
        warn_file(path);
        free(path);
        return;
    }
    entry->name = copy_string(name);
    entry->path = path;
    list->count++;
}

static void free_entries(struct entries *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->item[i].name);
        free(list->item[i].path);
    }
    free(list->item);
}

static char kind_mark(mode_t mode)
{
    if (S_ISDIR(mode))
        return '/';
    if (S_ISLNK(mode))
        return '@';
    if (S_ISFIFO(mode))
        return '|';
    if (S_ISSOCK(mode))
        return '=';
    return S_ISREG(mode) && (mode & 0111) ? '*' : '\0';
}

/* The name as shown, with -i and -F: returns its width, prints if asked. */
static int show_name(const struct entry *entry, bool visible)
{
    char inode[24] = "";
    char mark[2] = { flag['F'] ? kind_mark(entry->st.st_mode) : '\0' };

    if (flag['i'])
        snprint(inode, sizeof(inode), "%7llu ",
                (unsigned long long)entry->st.st_ino);
    if (visible)
        print("%s%s%s", inode, entry->name, mark);
    return (int)(strlen(inode) + strlen(entry->name) + strlen(mark));
}

static void size_text(const struct stat *st, char text[24])
{
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
        snprint(text, 24, "%u, %3u", major(st->st_rdev), minor(st->st_rdev));
    else if (flag['h'])
        human_size(st->st_size, text);
    else
        snprint(text, 24, "%lld", (long long)st->st_size);
}

static void owner_text(enum name_kind kind, unsigned id, char *text)
{
    if (flag['n'])
        snprint(text, OWNER_SIZE, "%u", id);
    else
        name_of(kind, id, text, OWNER_SIZE);
}

/* The time of day for the last half year, the year before that. */
static void date_text(time_t when, char text[16])
{
    time_t age = time(NULL) - when;
    struct tm tm;

    localtime_r(&when, &tm);
    if (age >= -3600 && age < 365 * 86400 / 2)
        snprint(text, 16, "%s %2d %02d:%02d", month_name(tm.tm_mon),
                tm.tm_mday, tm.tm_hour, tm.tm_min);
    else
        snprint(text, 16, "%s %2d  %4d", month_name(tm.tm_mon), tm.tm_mday,
                tm.tm_year + 1900);
}

static void show_target(const struct entry *entry)
{
    char target[4096];
    ssize_t length;

    if (!S_ISLNK(entry->st.st_mode))
        return;
    length = readlink(entry->path, target, sizeof(target));
    if (length < 0)
        warn_file(entry->path);
    else
        print(" -> %.*s", (int)length, target);
}

/* Columns are as wide as the widest text in them: links, user, group, size */
struct widths {
    int links;
    int user;
    int group;
    int size;
};

static void widen(int *width, const char *text)
{
    int length = (int)strlen(text);

    if (*width < length)
        *width = length;
}

struct long_line {
    char mode[11];
    char links[24];
    char user[OWNER_SIZE];
    char group[OWNER_SIZE];
    char size[24];
    char date[16];
};

static void make_long(const struct stat *st, struct long_line *line)
{
    mode_text(st->st_mode, line->mode);
    snprint(line->links, sizeof(line->links), "%llu",
            (unsigned long long)st->st_nlink);
    owner_text(NAME_USER, st->st_uid, line->user);
    owner_text(NAME_GROUP, st->st_gid, line->group);
    size_text(st, line->size);
    date_text(st->st_mtime, line->date);
}

static void show_long(const struct entries *list)
{
    struct long_line *lines = grow(NULL, (list->count + 1) * sizeof(*lines));
    struct widths widths = { 0 };

    for (size_t i = 0; i < list->count; i++) {
        make_long(&list->item[i].st, &lines[i]);
        widen(&widths.links, lines[i].links);
        widen(&widths.user, lines[i].user);
        widen(&widths.group, lines[i].group);
        widen(&widths.size, lines[i].size);
    }
    for (size_t i = 0; i < list->count; i++) {
        print("%s %*s %-*s %-*s %*s %s ", lines[i].mode,
              widths.links, lines[i].links, widths.user, lines[i].user,
              widths.group, lines[i].group, widths.size, lines[i].size,
              lines[i].date);
        show_name(&list->item[i], true);
        show_target(&list->item[i]);
        putchar('\n');
    }
    free(lines);
}

static int screen_width(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return 80;
}

/* As many columns as the widest name allows, filled from top to bottom. */
static void show_columns(const struct entries *list)
{
    int widest = 0;
    int width;
    size_t columns;
    size_t rows;

    for (size_t i = 0; i < list->count; i++) {
        width = show_name(&list->item[i], false) + 2;
        widest = width > widest ? width : widest;
    }
    columns = flag['1'] ? 1 : screen_width() / (widest ? widest : 1);
    columns = columns ? columns : 1;
    rows = (list->count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            width = show_name(&list->item[i], true);
            if (i + rows < list->count)
                print("%*s", widest - width, "");
        }
        putchar('\n');
    }
}

static void show(struct entries *list)
{
    if (list->count)
        qsort(list->item, list->count, sizeof(*list->item), compare);
    if (flag['l'])
        show_long(list);
    else
        show_columns(list);
    printed = printed || list->count;
}

static unsigned long long blocks_of(const struct entries *list)
{
    unsigned long long blocks = 0;

    for (size_t i = 0; i < list->count; i++)
        blocks += list->item[i].st.st_blocks;
    return blocks / 2;
}

static void list_directory(const char *path, bool titled);

static void list_below(const struct entries *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *entry = &list->item[i];

        if (S_ISDIR(entry->st.st_mode) && strcmp(entry->name, ".") != 0 &&
            strcmp(entry->name, "..") != 0)
            list_directory(entry->path, true);
    }
}

static void list_directory(const char *path, bool titled)
{
    struct strings names = { 0 };
    struct entries list = { 0 };

    if (read_directory(path, &names) < 0) {
        warn_file(path);
        strings_free(&names);
        return;
    }
    if (titled)
        print("%s%s:\n", printed ? "\n" : "", path);
    printed = true;
    if (flag['a']) {
        strings_add(&names, copy_string("."));
        strings_add(&names, copy_string(".."));
    }
    for (size_t i = 0; i < names.count; i++) {
        if (flag['a'] || flag['A'] || names.item[i][0] != '.')
            add_entry(&list, names.item[i], join_path(path, names.item[i]));
    }
    strings_free(&names);
    if (flag['l'])
        print("total %llu\n", blocks_of(&list));
    show(&list);
    if (flag['R'])
        list_below(&list);
    free_entries(&list);
}

/* A link to a directory counts as one, unless the link itself is shown. */
static bool is_directory(const char *path)
{
    struct stat st;

    if (flag['d'])
        return false;
    if (flag['l'] || flag['F'])
        return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int compare_operands(const void *a, const void *b)
{
    int order = compare_strings(a, b);

    return flag['r'] ? -order : order;
}

static void list_operands(char **paths, size_t count)
{
    struct entries files = { 0 };
    bool titled = count > 1 || flag['R'];

    qsort(paths, count, sizeof(*paths), compare_operands);
    for (size_t i = 0; i < count; i++) {
        if (!is_directory(paths[i]))
            add_entry(&files, paths[i], copy_string(paths[i]));
    }
    if (files.count)
        show(&files);
    for (size_t i = 0; i < count; i++) {
        if (is_directory(paths[i]))
            list_directory(paths[i], titled);
    }
    free_entries(&files);
}

int main(int argc, char **argv)
{
    static char *here[] = { ".", NULL };
    int option;

    while ((option = next_option(argv, "1AadFhiklnRrSt")))
        flag[option] = true;
    flag['l'] = flag['l'] || flag['n'];
    flag['1'] = flag['1'] || !isatty(STDOUT_FILENO);
    if (opt_next == argc)
        list_operands(here, 1);
    else
        list_operands(argv + opt_next, argc - opt_next);
    return finish();
}
