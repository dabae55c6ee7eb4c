/* procfs_text.c - files of /proc: text made when it is read from the start. */
#include "kernel/fs/procfs_private.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "mm/alloc.h"

#define STORE_MAX 4096

/* --- text ----------------------------------------------------------------- */

void proc_write(struct proc_text *t, const void *bytes, size_t n)
{
    if (t->length + n > t->room && !t->failed) {
        size_t room = MAX(t->room * 2, t->length + n);
        char *text = krealloc(t->text, MAX(room, (size_t)256));

        t->failed = !text;
        if (text) {
            t->text = text;
            t->room = MAX(room, (size_t)256);
        }
    }
    if (t->failed)
        return;
    memcpy(t->text + t->length, bytes, n);
    t->length += n;
}

static void put_text(void *arg, const char *text, size_t length)
{
    proc_write(arg, text, length);
}

void proc_print(struct proc_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    kvprintf_to(put_text, t, format, args);
    va_end(args);
}

/* --- files ---------------------------------------------------------------- */

static int make_text(struct inode *inode, struct proc_text *t)
{
    struct proc_inode *p = proc_inode_of(inode);
    int error = -EINVAL;

    t->length = 0;
    t->failed = false;
    if (p->kind == PROC_FILE && p->entry->show)
        error = p->entry->show(t, NULL);
    else if (p->kind == PROC_PROCESS_FILE && p->file->show)
        error = p->file->show(t, p->process->handle);
    if (!error && t->failed)
        error = -ENOMEM;
    return error;
}

static int text_open(struct inode *inode, struct file *f)
{
    (void)inode;
    f->private = kzalloc(sizeof(struct proc_text));
    return f->private ? 0 : -ENOMEM;
}

static void text_release(struct file *f)
{
    struct proc_text *t = f->private;

    kfree(t->text);
    kfree(t);
}

static ssize_t read_locked(struct file *f, struct iter *to, off_t *pos)
{
    struct proc_text *t = f->private;
    ssize_t n = 0;

    if (*pos == 0)
        n = make_text(f->inode, t);
    if (n || (size_t)*pos >= t->length)
        return n;
    n = iter_put(to, t->text + *pos, MIN(to->left, t->length - *pos));
    if (n > 0)
        *pos += n;
    return n;
}

static ssize_t text_read(struct file *f, struct iter *to, off_t *pos)
{
    ssize_t n;

    mutex_lock(&f->inode->lock);
    n = read_locked(f, to, pos);
    mutex_unlock(&f->inode->lock);
    return n;
}

static int store(struct inode *inode, const char *text, size_t n)
{
    struct proc_inode *p = proc_inode_of(inode);

    if (p->kind == PROC_FILE && p->entry->store)
        return p->entry->store(text, n, NULL);
    if (p->kind == PROC_PROCESS_FILE && p->file->store)
        return p->file->store(text, n, p->process->handle);
    return -EINVAL;
}

static ssize_t text_write(struct file *f, struct iter *from, off_t *pos)
{
    size_t size = MIN(from->left, (size_t)STORE_MAX);
    char *text = kmalloc(size + 1);
    ssize_t n;
    int error;

    if (!text)
        return -ENOMEM;
    n = iter_get(from, text, size);
    if (n >= 0) {
        text[n] = '\0';
        error = store(f->inode, text, n);
        if (error)
            n = error;
    }
    if (n > 0)
        *pos += n;
    kfree(text);
    return n;
}

const struct file_ops proc_text_ops = {
    .open = text_open,
    .release = text_release,
    .read = text_read,
    .write = text_write,
};
