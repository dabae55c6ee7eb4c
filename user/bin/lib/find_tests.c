#include "user/bin/lib/find.h"

#include <fnmatch.h>
#include <string.h>

#include "user/bin/lib/mode.h"

struct find find;

static bool compare_number(const struct node *node, long long value)
{
    if (node->sign == '+')
        return value > node->number;
    return node->sign == '-' ? value < node->number : value == node->number;
}

bool find_is_name(const struct node *node, const struct walk_item *item)
{
    return fnmatch(node->text, item->name, (int)node->number) == 0;
}

bool find_is_path(const struct node *node, const struct walk_item *item)
{
    return fnmatch(node->text, item->path, 0) == 0;
}

bool find_is_type(const struct node *node, const struct walk_item *item)
{
    char text[11];

    mode_text(item->st->st_mode, text);
    return strchr(node->text, text[0] == '-' ? 'f' : text[0]) != NULL;
}

bool find_is_size(const struct node *node, const struct walk_item *item)
{
    long long units = (item->st->st_size + node->unit - 1) / node->unit;

    return compare_number(node, units);
}

bool find_is_empty(const struct node *node, const struct walk_item *item)
{
    struct strings names = { 0 };
    bool empty;

    (void)node;
    if (!S_ISDIR(item->st->st_mode))
        return S_ISREG(item->st->st_mode) && item->st->st_size == 0;
    if (read_directory(item->path, &names) < 0)
        return false;
    empty = names.count == 0;
    strings_free(&names);
    return empty;
}

/* text says which time, and in what units. */
bool find_is_age(const struct node *node, const struct walk_item *item)
{
    time_t when = node->text[0] == 'a' ? item->st->st_atime :
                  node->text[0] == 'c' ? item->st->st_ctime
                                       : item->st->st_mtime;
    long long unit = strcmp(node->text + 1, "min") == 0 ? 60 : 86400;
    long long age = find.start_time - when;

    return compare_number(node, (age < 0 ? age - unit + 1 : age) / unit);
}

bool find_is_newer(const struct node *node, const struct walk_item *item)
{
    const struct timespec *when = &item->st->st_mtim;

    return when->tv_sec > node->newer.tv_sec ||
           (when->tv_sec == node->newer.tv_sec &&
            when->tv_nsec > node->newer.tv_nsec);
}

bool find_is_mode(const struct node *node, const struct walk_item *item)
{
    mode_t mode = item->st->st_mode & 07777;
    mode_t wanted = (mode_t)node->number;

    if (node->sign == '-')
        return (mode & wanted) == wanted;
    return node->sign == '/' ? !wanted || (mode & wanted) : mode == wanted;
}

bool find_is_user(const struct node *node, const struct walk_item *item)
{
    return item->st->st_uid == (uid_t)node->number;
}

bool find_is_group(const struct node *node, const struct walk_item *item)
{
    return item->st->st_gid == (gid_t)node->number;
}

bool find_is_links(const struct node *node, const struct walk_item *item)
{
    return compare_number(node, item->st->st_nlink);
}

bool find_is_inode(const struct node *node, const struct walk_item *item)
{
    return compare_number(node, item->st->st_ino);
}

bool find_is_true(const struct node *node, const struct walk_item *item)
{
    (void)node;
    (void)item;
    return true;
}
