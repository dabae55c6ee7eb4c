/*
 * ipc_open.c - channels come and go (rows C-01..C-03, C-17, C-19, C-22).
 */
#include "lwp/channel.h"

#include "kernel/fs/fcntl.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/procfs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mutex.h"
#include "lwp/lwp.h"
#include "mm/alloc.h"

static struct cache channel_cache = CACHE("channel", struct channel);

static struct mutex list_lock = MUTEX_INIT(list_lock);
static struct list channels = LIST_INIT(channels);      /* by list_lock */

/* --- files ---------------------------------------------------------------- */

static unsigned poll_channel(struct file *f, struct poll_table *pt)
{
    struct channel *ch = f->private;
    unsigned events;

    poll_wait(pt, &ch->pollers, &ch->lock);
    spin_lock(&ch->lock);
    events = channel_poll_locked(ch);
    spin_unlock(&ch->lock);
    return events;
}

/* The last of the server side takes the name away, and then nobody new comes
 * in. */
static void release(struct channel *ch, bool server)
{
    bool last;

    channel_finish(ch);
    mutex_lock(&list_lock);
    ch->openers--;
    ch->servers -= server;
    last = server && !ch->servers;
    if (last)
        list_remove(&ch->node);
    mutex_unlock(&list_lock);
    if (last)
        channel_end(ch);
    channel_put(ch);
}

static void release_client(struct file *f)
{
    release(f->private, false);
}

static void release_server(struct file *f)
{
    release(f->private, true);
}

const struct file_ops channel_client_ops = {
    .name = "channel",
    .release = release_client,
    .poll = poll_channel,
};

const struct file_ops channel_server_ops = {
    .name = "channel",
    .release = release_server,
    .poll = poll_channel,
};

/* --- channels ------------------------------------------------------------- */

static struct channel *channel_create(const char *name)
{
    struct channel *ch = cache_zalloc(&channel_cache);

    if (!ch)
        return NULL;
    ch->inode = inode_create_anon(0600);
    if (!ch->inode) {
        cache_free(&channel_cache, ch);
        return NULL;
    }
    str_copy(ch->name, name, sizeof(ch->name));
    ch->refs = 1;
    spin_init(&ch->lock, RANK_IPC);
    list_init(&ch->node);
    list_init(&ch->queue);
    waitq_init(&ch->pollers);
    return ch;
}

void channel_put(struct channel *ch)
{
    if (__atomic_sub_fetch(&ch->refs, 1, __ATOMIC_ACQ_REL))
        return;
    inode_put(ch->inode);
    cache_free(&channel_cache, ch);
}

static struct channel *find_locked(const char *name)
{
    struct channel *ch;

    list_for_each(ch, &channels, node)
        if (!strcmp(ch->name, name))
            return ch;
    return NULL;
}

/* The channel of that name, or a new one that is not on the list yet, with a
 * reference. */
static int get_locked(const char *name, unsigned flags, struct channel **out)
{
    struct channel *ch = find_locked(name);

    if (ch) {
        if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
            return -EEXIST;
        channel_get(ch);
    } else {
        if (!(flags & O_CREAT))
            return -ENOENT;
        ch = channel_create(name);
        if (!ch)
            return -ENOMEM;
    }
    *out = ch;
    return 0;
}

static int open_locked(const char *name, unsigned flags, struct file **out)
{
    bool server = flags & O_CREAT;
    struct channel *ch;
    int error = get_locked(name, flags, &ch);

    if (error)
        return error;
    *out = file_create_anon(ch->inode, server ? &channel_server_ops :
                            &channel_client_ops, ch,
                            O_RDWR | (flags & O_NONBLOCK));
    if (!*out) {
        channel_put(ch);
        return -ENOMEM;
    }
    ch->openers++;
    ch->servers += server;
    if (list_empty(&ch->node))
        list_add_tail(&channels, &ch->node);
    return 0;
}

int channel_open(const char *name, unsigned flags, struct file **out)
{
    size_t length = strnlen(name, CHANNEL_NAME_MAX);
    int error;

    if (!length || (flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_CLOEXEC |
                              O_NONBLOCK)))
        return -EINVAL;
    if (length == CHANNEL_NAME_MAX)
        return -ENAMETOOLONG;
    mutex_lock(&list_lock);
    error = open_locked(name, flags, out);
    mutex_unlock(&list_lock);
    return error;
}

/* --- the end of a receiver ------------------------------------------------ */

void channels_leave(unused_arg struct lwp_thread *t)
{
    struct channel *ch;

    mutex_lock(&list_lock);
    list_for_each(ch, &channels, node)
        channel_finish(ch);
    mutex_unlock(&list_lock);
}

/* --- /proc/channels ------------------------------------------------------- */

static const char *state_name(const struct channel *ch)
{
    if (ch->active)
        return "active";
    return ch->waiting ? "wait" : "idle";
}

int proc_show_channels(struct proc_text *t, unused_arg void *unused)
{
    struct channel *ch;

    proc_print(t, "%-32s STATE  OPENERS SERVERS QUEUED\n", "NAME");
    mutex_lock(&list_lock);
    list_for_each(ch, &channels, node) {
        char name[CHANNEL_NAME_MAX];
        const char *state;
        unsigned queued;

        spin_lock(&ch->lock);
        state = state_name(ch);
        queued = ch->queued;
        spin_unlock(&ch->lock);
        str_copy(name, ch->name, sizeof(name));
        proc_clean_column(name);
        proc_print(t, "%-32s %-6s %7u %7u %6u\n", name, state, ch->openers,
                   ch->servers, queued);
    }
    mutex_unlock(&list_lock);
    return 0;
}
