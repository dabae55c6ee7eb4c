/* sysv_msg.c - System V message queues: msgget(2), msgctl(2), /proc. */
#include "lwp/sysv_msg.h"

#include "kernel/fs/cred.h"
#include "kernel/fs/stat.h"
#include "kernel/fs/task.h"
#include "kernel/lib/errno.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

#define MSG_STAT        11
#define MSG_INFO        12

u64 message_limit = 8192;
static u64 queue_limit = 16384;     /* bytes in a new queue; atomic */
u64 message_bytes, message_count;

/* struct msqid64_ds of asm-generic/msgbuf.h. */
struct msg_status {
    struct sysv_perm perm;
    s64 send_time, receive_time, change_time;
    u64 bytes, count, room;
    pid_t sender, receiver;
    u64 unused[2];
};
_Static_assert(sizeof(struct msg_status) == 120, "as user programs have it");

/* struct msginfo of msgctl(2). */
struct msg_info {
    int pool, map, message, queue, queues, segment, messages;
    u16 segments, pad;              /* named, so that it is zeroed */
};

static struct msg_queue *queue_of(struct sysv_object *o)
{
    return container_of(o, struct msg_queue, object);
}

/* --- queues -------------------------------------------------------------- */

static int msg_create(unused_arg size_t size, unused_arg int flags,
                      struct sysv_object **out)
{
    struct msg_queue *q = kzalloc(sizeof(*q));

    if (!q)
        return -ENOMEM;
    list_init(&q->messages);
    list_init(&q->senders);
    list_init(&q->receivers);
    q->room = READ_ONCE(queue_limit);
    *out = &q->object;
    return 0;
}

static void msg_destroy(struct sysv_object *o)
{
    struct msg_queue *q = queue_of(o);
    struct message *m, *next;

    list_for_each_safe(m, next, &q->messages, node) {
        message_remove(q, m);
        message_free(m);
    }
    kfree(q);
}

static void msg_end(struct sysv_object *o)
{
    sysv_end_waits_locked(&queue_of(o)->senders);
    sysv_end_waits_locked(&queue_of(o)->receivers);
}

static void msg_describe(struct sysv_object *o, void *status)
{
    const struct msg_queue *q = queue_of(o);
    struct msg_status *s = status;

    s->send_time = q->send_time;
    s->receive_time = q->receive_time;
    s->change_time = o->change_time;
    s->bytes = q->bytes;
    s->count = q->count;
    s->room = q->room;
    s->sender = q->sender;
    s->receiver = q->receiver;
}

/* Only root gives a queue more room than a new one has. */
static int msg_adjust(struct sysv_object *o, const void *status)
{
    u64 room = ((const struct msg_status *)status)->room;

    if (room > READ_ONCE(queue_limit) && !cred_is_root(current_cred()))
        return -EPERM;
    queue_of(o)->room = room;
    msg_admit_locked(queue_of(o));
    return 0;
}

struct sysv_table msg_table = SYSV_TABLE(msg, 32000,
    .end = msg_end, .describe = msg_describe, .adjust = msg_adjust,
    .status_size = sizeof(struct msg_status), .stat_command = MSG_STAT);

long sys_msgget(int key, int flags)
{
    return sysv_get(&msg_table, key, 0, flags);
}

/* --- msgctl -------------------------------------------------------------- */

/* What Linux says of limits that it does not have either. */
static long do_info(int cmd, uptr_t to)
{
    struct msg_info info = {
        .pool = msg_table.limit * queue_limit / 1024, .map = queue_limit,
        .message = message_limit, .queue = queue_limit,
        .queues = msg_table.limit, .segment = 16, .messages = queue_limit,
        .segments = 0xffff,
    };
    u32 used;
    int index = sysv_count(&msg_table, &used);

    if (cmd == MSG_INFO) {
        info.pool = used;
        info.map = READ_ONCE(message_count);
        info.messages = READ_ONCE(message_bytes);
    }
    return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : index;
}

long sys_msgctl(int id, int cmd, uptr_t arg)
{
    if (id < 0)
        return -EINVAL;
    if (cmd == IPC_INFO || cmd == MSG_INFO)
        return do_info(cmd, arg);
    return sysv_control(&msg_table, id, cmd, arg);
}

/* --- /proc --------------------------------------------------------------- */

static void print_queue(struct proc_text *t, struct sysv_object *o)
{
    const struct msg_queue *q = queue_of(o);

    proc_print(t, " %10lu %10lu %5d %5d ", q->bytes, q->count, q->sender,
               q->receiver);
    sysv_show_owners(t, o);
    proc_print(t, " %10ld %10ld %10ld\n", q->send_time, q->receive_time,
               o->change_time);
}

static int show_queues(struct proc_text *t, unused_arg void *unused)
{
    return sysv_show(t, &msg_table,
                     "       key      msqid perms      cbytes       qnum lspid"
                     " lrpid   uid   gid  cuid  cgid      stime      rtime"
                     "      ctime\n", print_queue);
}

static const struct sysv_setting longest[] = { { &message_limit, INT_MAX },
                                               { 0 } };
static const struct sysv_setting room[] = { { &queue_limit, INT_MAX }, { 0 } };
static const struct sysv_setting queues[] = { { &msg_table.limit,
                                                SYSV_INDEXES }, { 0 } };

static const struct proc_file files[] = {
    PROC_SHOW("sysvipc/msg", show_queues),
    SYSV_SETTING("msgmax", longest),
    SYSV_SETTING("msgmnb", room),
    SYSV_SETTING("msgmni", queues),
    { 0 }
};

void sysv_msg_init(void)
{
    procfs_add(files);
}
