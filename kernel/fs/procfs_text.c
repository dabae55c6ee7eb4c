/* procfs_text.c - files of /proc: text made when it is read from the start,
 * part by part if it is long. */
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

void proc_clean_column(char *name)
{
    if (!*name)
        memcpy(name, "-", 2);
    for (; *name; name++)
        if (*name <= ' ' || *name > '~')
            *name = '?';
}

void proc_print(struct proc_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    kvprintf_to(put_text, t, format, args);
    va_end(args);
}

int proc_show_string(struct proc_text *t, void *string)
{
    proc_print(t, "%s\n", (const char *)string);
    return 0;
}

int proc_show_number(struct proc_text *t, void *number)
{
    proc_print(t, "%ld\n", (long)number);
    return 0;
}

/* --- parts ---------------------------------------------------------------- */

/* An open file's text, of which the part from `start` on is at hand. */
struct proc_reader {
    struct proc_text text;
    u64 start;
    bool begun;
};

static void *data_of(const struct proc_inode *p)
{
    return p->process ? p->process->handle : (void *)p->file->data;
}

/* What is open may have become another's business meanwhile, by exec(). */
static int check_inspect(const struct proc_inode *p)
{
    if (p->process &&
        (p->kind == PROC_FDINFO || (p->file->how & PROC_GUARDED)))
        return process_ops->may_inspect(p->process->handle);
    return 0;
}

static int check(const struct proc_inode *p)
{
    if (p->process && !process_ops->exists(p->process->handle))
        return -ESRCH;
    return check_inspect(p);
}

static int make_part(const struct proc_inode *p, struct proc_text *t, u64 from)
{
    int error = check(p);

    t->length = 0;
    t->failed = false;
    t->from = from;
    t->next = 0;
    if (!error && p->kind == PROC_FDINFO)
        error = proc_show_fdinfo(t, p);
    else if (!error)
        error = p->file->show ? p->file->show(t, data_of(p)) : -EINVAL;
    /* The text may be of what it is since. */
    if (!error)
        error = check_inspect(p);
    return !error && t->failed ? -ENOMEM : error;
}

/* Go to the part in which `pos` lies, or to the last. */
static int find_part(const struct proc_inode *p, struct proc_reader *r, u64 pos)
{
    int error = 0;

    if (pos == 0 || pos < r->start || !r->begun) {
        r->start = 0;
        error = make_part(p, &r->text, 0);
        r->begun = !error;
    }
    while (!error && r->text.next && pos - r->start >= r->text.length) {
        r->start += r->text.length;
        error = make_part(p, &r->text, r->text.next);
        r->begun = !error;
    }
    return error;
}

/* --- files ---------------------------------------------------------------- */

static bool is_raw(const struct proc_inode *p)
{
    return p->file && (p->file->how & PROC_RAW);
}

static int text_open(struct inode *inode, struct file *f)
{
    int error = check(proc_inode_of(inode));

    if (error || is_raw(proc_inode_of(inode)))
        return error;
    f->private = kzalloc(sizeof(struct proc_reader));
    return f->private ? 0 : -ENOMEM;
}

static void text_release(struct file *f)
{
    struct proc_reader *r = f->private;

    if (r)
        kfree(r->text.text);
    kfree(r);
}

static ssize_t read_locked(struct file *f, struct iter *to, off_t *pos)
{
    struct proc_reader *r = f->private;
    ssize_t n = find_part(proc_inode_of(f->inode), r, *pos);
    u64 offset = *pos - r->start;

    if (n || offset >= r->text.length)
        return n;
    n = iter_put(to, r->text.text + offset,
                 MIN(to->left, r->text.length - offset));
    if (n > 0)
        *pos += n;
    return n;
}

/* Files that are no text: let the row's own function move the bytes. */
static ssize_t move_raw(struct file *f, proc_move_fn move, struct iter *it,
                        off_t *pos)
{
    const struct proc_inode *p = proc_inode_of(f->inode);
    int error = check(p);

    if (error)
        return error;
    return move ? move(data_of(p), it, pos) : -EINVAL;
}

static ssize_t text_read(struct file *f, struct iter *to, off_t *pos)
{
    const struct proc_inode *p = proc_inode_of(f->inode);
    ssize_t n;

    if (is_raw(p))
        return move_raw(f, p->file->read, to, pos);
    mutex_lock(&f->inode->lock);
    n = read_locked(f, to, pos);
    mutex_unlock(&f->inode->lock);
    return n;
}

static int store(const struct proc_inode *p, const char *text, size_t n)
{
    int error = check(p);

    if (error)
        return error;
    return p->file && p->file->store ? p->file->store(text, n, data_of(p))
                                     : -EINVAL;
}

static ssize_t text_write(struct file *f, struct iter *from, off_t *pos)
{
    const struct proc_inode *p = proc_inode_of(f->inode);
    size_t size = MIN(from->left, (size_t)STORE_MAX);
    char *text;
    ssize_t n;
    int error;

    if (is_raw(p))
        return move_raw(f, p->file->write, from, pos);
    text = kmalloc(size + 1);
    if (!text)
        return -ENOMEM;
    n = iter_get(from, text, size);
    if (n >= 0) {
        text[n] = '\0';
        error = store(p, text, n);
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
