/* procfs_mounts.c - what is mounted where: proc_pid_mounts(5) and
 * proc_pid_mountinfo(5). */
#include "kernel/fs/procfs_private.h"

#include "kernel/fs/mount.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

/* The text of one mount: `print` is given its place and its own flags. */
struct mount_text {
    struct proc_text *text;
    void (*print)(struct proc_text *t, struct mount *m, const char *place,
                  const char *flags);
};

/* Fields are told apart by spaces, so those of a name are octal. */
static void print_name(struct proc_text *t, const char *name)
{
    for (; *name; name++)
        proc_print(t, strchr(" \t\n\\", *name) ? "\\%03o" : "%c", *name);
    proc_print(t, " ");
}

static void print_source(struct proc_text *t, const struct mount *m)
{
    print_name(t, m->source[0] ? m->source : "none");
}

/* What of its file system is mounted: "/", or what was bound. */
static void print_root(struct proc_text *t, struct mount *m)
{
    struct mount whole = { .root = m->super->root, .parent = &whole };
    struct path root = { &whole, whole.root }, p = { &whole, m->root };
    char *buf = kmalloc(PATH_MAX), *start;

    if (buf && path_format(&p, &root, buf, PATH_MAX, &start) == 0)
        print_name(t, start);
    else
        print_name(t, "/");
    kfree(buf);
}

static void print_options(struct proc_text *t, struct mount *m)
{
    char options[64] = "";

    if (m->super->ops->show_options)
        m->super->ops->show_options(m->super, options, sizeof(options));
    proc_print(t, "%s", options);
}

static void print_mounts_line(struct proc_text *t, struct mount *m,
                              const char *place, const char *flags)
{
    print_source(t, m);
    print_name(t, place);
    proc_print(t, "%s %s", m->super->type->name, flags);
    print_options(t, m);
    proc_print(t, " 0 0\n");
}

static void print_mountinfo_line(struct proc_text *t, struct mount *m,
                                 const char *place, const char *flags)
{
    dev_t dev = m->super->dev;
    u64 parent;

    spin_lock(&tree_lock);
    parent = m->parent ? m->parent->id : 0;
    spin_unlock(&tree_lock);
    proc_print(t, "%lu %lu %u:%u ", m->id, parent, dev_major(dev),
               dev_minor(dev));
    print_root(t, m);
    print_name(t, place);
    proc_print(t, "%s - %s ", flags, m->super->type->name);
    print_source(t, m);
    proc_print(t, "rw");
    print_options(t, m);
    proc_print(t, "\n");
}

static int show_mount(struct mount *m, void *arg)
{
    struct mount_text *text = arg;
    struct path p = { m, m->root };
    char *buf = kmalloc(PATH_MAX), *start, flags[64];

    if (!buf)
        return -ENOMEM;
    if (path_format(&p, NULL, buf, PATH_MAX, &start) == 0) {
        mount_format_flags(m, flags, sizeof(flags));
        text->print(text->text, m, start, flags);
    }
    kfree(buf);
    return 0;
}

int proc_show_mounts(struct proc_text *t, void *unused)
{
    struct mount_text text = { t, print_mounts_line };

    (void)unused;
    return mount_for_each(show_mount, &text);
}

int proc_show_mountinfo(struct proc_text *t, void *unused)
{
    struct mount_text text = { t, print_mountinfo_line };

    (void)unused;
    return mount_for_each(show_mount, &text);
}
