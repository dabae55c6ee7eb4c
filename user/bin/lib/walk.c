#include "user/bin/lib/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    walk_visit *visit;
    void *arg;
};

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int read_directory(const char *path, struct strings *names)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int error;

    if (!dir)
        return -1;
    while (errno = 0, (entry = readdir(dir))) {
        if (!is_dot(entry->d_name))
            strings_add(names, copy_string(entry->d_name));
    }
    error = errno;
    closedir(dir);
    errno = error;
    return error ? -1 : 0;
}

static void walk_one(struct walk *walk, struct walk_item *item);

/* The directory is read to its end first: deep trees need one fd only. */
static void walk_inside(struct walk *walk, const struct walk_item *dir)
{
    struct strings names = { 0 };
    struct walk_item item = { .depth = dir->depth + 1 };
    struct stat st;
    char *path;

    if (read_directory(dir->path, &names) < 0)
        warn_file(dir->path);
    for (size_t i = 0; i < names.count; i++) {
        path = join_path(dir->path, names.item[i]);
        item.path = path;
        item.name = names.item[i];
        item.st = &st;
        if (lstat(path, &st) < 0)
            warn_file(path);
        else
            walk_one(walk, &item);
        free(path);
    }
    strings_free(&names);
}

static void walk_one(struct walk *walk, struct walk_item *item)
{
    if (!S_ISDIR(item->st->st_mode)) {
        item->when = WALK_FILE;
        walk->visit(item, walk->arg);
        return;
    }
    item->when = WALK_ENTER;
    if (walk->visit(item, walk->arg) == WALK_SKIP)
        return;
    walk_inside(walk, item);
    item->when = WALK_LEAVE;
    walk->visit(item, walk->arg);
}

void walk(const char *path, bool follow, walk_visit *visit, void *arg)
{
    struct walk walk = { .visit = visit, .arg = arg };
    char *copy = copy_string(path);
    struct stat st;
    struct walk_item start = {
        .path = path,
        .name = last_component(copy),
        .st = &st,
    };

    if ((follow ? stat : lstat)(path, &st) < 0)
        warn_file(path);
    else
        walk_one(&walk, &start);
    free(copy);
}
