#include "user/bin/lib/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/bin/lib/util.h"
#include "user/bin/lib/walk.h"

struct copy {
    const struct copy_options *options;
    const char *from;
    const char *to;
    struct stat root;   /* the directory at `to`: never copied into itself */
};

static void preserve(const char *path, const struct stat *st)
{
    struct timespec times[2] = { st->st_atim, st->st_mtim };

    /* Only root can give files away; others keep what they copied. */
    if (lchown(path, st->st_uid, st->st_gid) < 0 && errno != EPERM)
        warn_file(path);
    if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
        warn_file(path);
    if (!S_ISLNK(st->st_mode) && chmod(path, st->st_mode & 07777) < 0)
        warn_file(path);
}

static int open_target(const char *path, mode_t mode, bool force)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, mode);

    if (fd < 0 && force && unlink(path) == 0)
        fd = open(path, O_WRONLY | O_EXCL | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0)
        warn_file(path);
    return fd;
}

static bool copy_regular(const char *from, const char *to,
                         const struct stat *st, bool force)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out;
    bool good;

    if (in < 0) {
        warn_file(from);
        return false;
    }
    out = open_target(to, st->st_mode & 0777, force);
    good = out >= 0 && copy_data(in, from, out, to) == 0;
    close(in);
    if (out >= 0 && close(out) < 0) {
        warn_file(to);
        good = false;
    }
    return good;
}

static bool copy_link(const char *from, const char *to)
{
    char target[PATH_MAX];
    ssize_t length = readlink(from, target, sizeof(target) - 1);

    if (length < 0) {
        warn_file(from);
        return false;
    }
    target[length] = '\0';
    unlink(to);
    if (symlink(target, to) < 0) {
        warn_file(to);
        return false;
    }
    return true;
}

static bool copy_special(const char *to, const struct stat *st)
{
    unlink(to);
    if (mknod(to, st->st_mode, st->st_rdev) == 0)
        return true;
    warn_file(to);
    return false;
}

/* False if the copy must not or shall not be made. */
static bool may_copy(const struct copy *copy, const struct walk_item *item,
                     const char *to)
{
    struct stat st;

    if (stat(to, &st) < 0)
        return true;
    if (st.st_dev == item->st->st_dev && st.st_ino == item->st->st_ino) {
        warn("'%s' and '%s' are the same file", item->path, to);
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        warn("%s: %s", to, strerror(EISDIR));
        return false;
    }
    return !copy->options->ask || confirm("overwrite '%s'? ", to);
}

static void copy_file(const struct copy *copy, const struct walk_item *item,
                      const char *to)
{
    const struct copy_options *options = copy->options;
    mode_t mode = item->st->st_mode;
    bool good;

    if (!may_copy(copy, item, to))
        return;
    if (S_ISLNK(mode))
        good = copy_link(item->path, to);
    else if (S_ISREG(mode) || !options->recursive)
        good = copy_regular(item->path, to, item->st, options->force);
    else
        good = copy_special(to, item->st);
    if (good && options->preserve)
        preserve(to, item->st);
    if (good && options->verbose)
        print("'%s' -> '%s'\n", item->path, to);
}

static enum walk_next enter_directory(struct copy *copy,
                                      const struct walk_item *item,
                                      const char *to)
{
    struct stat st;

    if (!copy->options->recursive) {
        warn("%s: %s (-r copies directories)", item->path, strerror(EISDIR));
        return WALK_SKIP;
    }
    if (item->depth > 0 && item->st->st_dev == copy->root.st_dev &&
        item->st->st_ino == copy->root.st_ino) {
        warn("%s: cannot copy a directory into itself", copy->from);
        return WALK_SKIP;
    }
    if (mkdir(to, (item->st->st_mode & 0777) | 0700) < 0 &&
        (errno != EEXIST || stat(to, &st) < 0 || !S_ISDIR(st.st_mode))) {
        errno = EEXIST;
        warn_file(to);
        return WALK_SKIP;
    }
    if (item->depth == 0 && stat(to, &copy->root) < 0)
        warn_file(to);
    if (copy->options->verbose)
        print("'%s' -> '%s'\n", item->path, to);
    return WALK_ON;
}

/* The directory was made writable for us; now it gets its own mode. */
static void leave_directory(const struct copy *copy,
                            const struct walk_item *item, const char *to)
{
    mode_t mask = umask(0);

    umask(mask);
    if (copy->options->preserve)
        preserve(to, item->st);
    else if ((item->st->st_mode & 0700) != 0700)
        chmod(to, item->st->st_mode & 0777 & ~mask);
}

static enum walk_next copy_one(const struct walk_item *item, void *arg)
{
    struct copy *copy = arg;
    const char *below = item->path + strlen(copy->from);
    enum walk_next next = WALK_ON;
    char *to;

    while (*below == '/')
        below++;
    to = *below ? join_path(copy->to, below) : copy_string(copy->to);
    if (item->when == WALK_FILE)
        copy_file(copy, item, to);
    else if (item->when == WALK_ENTER)
        next = enter_directory(copy, item, to);
    else
        leave_directory(copy, item, to);
    free(to);
    return next;
}

void copy_tree(const char *from, const char *to,
               const struct copy_options *options)
{
    struct copy copy = { .options = options, .from = from, .to = to };

    walk(from, !options->keep_links, copy_one, &copy);
}

static void removed(const struct walk_item *item,
                    const struct remove_options *options, int result)
{
    if (result < 0)
        warn_file(item->path);
    else if (options->verbose)
        print("removed '%s'\n", item->path);
}

static enum walk_next remove_one(const struct walk_item *item, void *arg)
{
    const struct remove_options *options = arg;

    if (item->when == WALK_ENTER)
        return !options->ask || confirm("enter directory '%s'? ", item->path)
                   ? WALK_ON : WALK_SKIP;
    if (options->ask && !confirm("remove '%s'? ", item->path))
        return WALK_ON;
    if (item->when == WALK_FILE)
        removed(item, options, unlink(item->path));
    else
        removed(item, options, rmdir(item->path));
    return WALK_ON;
}

void remove_tree(const char *path, const struct remove_options *options)
{
    walk(path, false, remove_one, (void *)options);
}
