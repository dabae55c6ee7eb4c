/*
 * sys_netmsg.c - system calls that move messages: sendto(2), sendmsg(2),
 * recvmmsg(2) and their kin, with control data (cmsg(3)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "lwp/deadline.h"
#include "lwp/lwp.h"
#include "lwp/net.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"

/* struct msghdr. */
struct msghdr {
    uptr_t name;
    u32 name_length;
    u32 padding;
    uptr_t vector;
    u64 vector_length;
    uptr_t control;
    u64 control_length;
    u32 flags;
    u32 padding2;
};

struct cmsghdr {
    u64 length;                     /* with this header */
    int level, type;
};

#define SOL_SOCKET          1
#define SCM_RIGHTS          1
#define SCM_CREDENTIALS     2
#define CONTROL_MAX         20480   /* net.core.optmem_max */
#define MESSAGES_MAX        1024u   /* of one sendmmsg(2) */
#define MSG_WAITFORONE      0x10000

/* --- names ---------------------------------------------------------------- */

int socket_name_from_user(struct socket_name *name, uptr_t user, int length)
{
    if (length < 0 || length > SOCKET_NAME_MAX)
        return -EINVAL;
    name->length = length;
    return copy_from_user(name->bytes, user, length);
}

int socket_name_to_user(const struct socket_name *name, uptr_t user,
                        uptr_t user_length)
{
    int length, error = user_load_int(user_length, &length);

    if (error)
        return error;
    if (length < 0)
        return -EINVAL;
    error = copy_to_user(user, name->bytes, MIN((u32)length, name->length));
    return error ? error : copy_to_user(user_length, &name->length,
                                        sizeof(name->length));
}

/* --- control data of what is sent ----------------------------------------- */

static int add_rights(struct socket_message *m, const int *fds, unsigned count)
{
    struct rights *r = m->rights;

    if (!r)
        r = m->rights = rights_create(RIGHTS_MAX);
    if (!r)
        return -ENOMEM;
    if (count > RIGHTS_MAX - r->count)
        return -EINVAL;
    for (unsigned i = 0; i < count; i++) {
        struct file *f = fd_lookup(current_task()->fdt, fds[i]);

        if (!f)
            return -EBADF;
        r->files[r->count++] = f;
    }
    return 0;
}

/* Only the superuser may claim to be another. */
static int set_cred(struct socket_message *m, const struct socket_cred *claimed)
{
    const struct cred *c = current_cred();
    uid_t uid = claimed->uid;
    gid_t gid = claimed->gid;

    if (!cred_is_root(c) &&
        (claimed->pid != current_lwp()->pid ||
         (uid != c->uid && uid != c->euid && uid != c->suid) ||
         (gid != c->gid && gid != c->egid && gid != c->sgid)))
        return -EPERM;
    m->cred = *claimed;
    m->has_cred = true;
    return 0;
}

static int parse_one(struct socket_message *m, const struct cmsghdr *c)
{
    u64 size = c->length - sizeof(*c);

    if (c->level != SOL_SOCKET)
        return 0;
    if (c->type == SCM_RIGHTS)
        return add_rights(m, (const int *)(c + 1), size / sizeof(int));
    if (c->type == SCM_CREDENTIALS && size == sizeof(struct socket_cred))
        return set_cred(m, (const struct socket_cred *)(c + 1));
    return -EINVAL;
}

static int parse_control(struct socket_message *m, const u8 *control,
                         u64 length)
{
    int error = 0;

    for (u64 at = 0; !error && length - at >= sizeof(struct cmsghdr);) {
        const struct cmsghdr *c = (const struct cmsghdr *)(control + at);

        if (c->length < sizeof(*c) || c->length > length - at)
            return -EINVAL;
        error = parse_one(m, c);
        at = MIN(at + ALIGN_UP(c->length, 8), length);
    }
    return error;
}

/* What fails leaves its part in m->rights, for the caller to drop. */
static int get_control(struct socket_message *m, const struct msghdr *h)
{
    u8 *control;
    int error;

    if (!h->control || !h->control_length)
        return 0;
    if (h->control_length > CONTROL_MAX)
        return -ENOBUFS;
    control = kmalloc(h->control_length);
    if (!control)
        return -ENOMEM;
    error = copy_from_user(control, h->control, h->control_length);
    if (!error)
        error = parse_control(m, control, h->control_length);
    kfree(control);
    return error;
}

/* --- control data of what is received ------------------------------------- */

/* Where the next item goes. */
struct control {
    uptr_t at;
    u64 left;
    bool cut;                       /* MSG_CTRUNC */
};

/* The header of `size` bytes that are there already, or were cut. */
static void end_control(struct control *to, int type, size_t size)
{
    struct cmsghdr header = { sizeof(header) + size, SOL_SOCKET, type };
    u64 whole = MIN(ALIGN_UP(header.length, 8), to->left);

    if (copy_to_user(to->at, &header, sizeof(header))) {
        to->cut = true;
        return;
    }
    to->at = uptr_add(to->at, whole);
    to->left -= whole;
}

/* How many bytes of an item fit, of `size`. */
static size_t control_room(struct control *to, size_t size)
{
    size_t room = to->left < sizeof(struct cmsghdr)
                      ? 0 : to->left - sizeof(struct cmsghdr);

    if (room < size)
        to->cut = true;
    return MIN(room, size);
}

static void put_cred(struct control *to, const struct socket_cred *cred)
{
    size_t n = control_room(to, sizeof(*cred));

    if (n && !copy_to_user(uptr_add(to->at, sizeof(struct cmsghdr)), cred, n))
        end_control(to, SCM_CREDENTIALS, n);
}

/* Give a file a descriptor whose number goes to `at`. */
static int put_file(struct file *f, uptr_t at, bool cloexec)
{
    int fd = fd_reserve(0, cloexec);

    if (fd < 0)
        return fd;
    if (copy_to_user(at, &fd, sizeof(fd))) {
        fd_unreserve(fd);
        return -EFAULT;
    }
    file_get(f);
    fd_install(fd, f);
    return 0;
}

/* Open the files here; those that have no room are closed. */
static void put_rights(struct control *to, struct rights *r, bool cloexec)
{
    uptr_t at = uptr_add(to->at, sizeof(struct cmsghdr));
    unsigned n = 0, room;

    if (!r)
        return;
    room = control_room(to, r->count * sizeof(int)) / sizeof(int);
    while (n < room &&
           !put_file(r->files[n], uptr_add(at, n * sizeof(int)), cloexec))
        n++;
    if (n < r->count)
        to->cut = true;
    if (n)
        end_control(to, SCM_RIGHTS, n * sizeof(int));
    rights_destroy(r);
}

/* --- one message ---------------------------------------------------------- */

/* The parts of a message that both directions have. */
struct transfer {
    struct socket_message m;
    struct socket_name name;
    struct iter iter;
    struct iovec fast[IOV_FAST], *heap;
};

static int begin(struct transfer *t, const struct msghdr *h, unsigned flags)
{
    t->m = (struct socket_message){ .data = &t->iter, .flags = flags };
    if (h->vector_length > IOV_MAX)
        return -EMSGSIZE;
    return iter_user_vector(&t->iter, h->vector, h->vector_length, t->fast,
                            &t->heap);
}

static void begin_buffer(struct transfer *t, uptr_t buf, size_t n,
                         unsigned flags)
{
    iter_user(&t->iter, buf, MIN(n, TRANSFER_MAX));
    t->m = (struct socket_message){ .data = &t->iter, .flags = flags };
    t->heap = NULL;
}

static int set_destination(struct transfer *t, uptr_t name, int length)
{
    if (!name)
        return 0;
    t->m.name = &t->name;
    return socket_name_from_user(&t->name, name, length);
}

static long send(struct sockref *s, struct transfer *t)
{
    long n = s->socket->ops->send(s->socket, &t->m);

    return socket_result(n, s->socket->send_timeout);
}

static long receive(struct sockref *s, struct transfer *t)
{
    long n = s->socket->ops->receive(s->socket, &t->m);

    return socket_result(n, s->socket->receive_timeout);
}

static long send_message(struct sockref *s, uptr_t user, unsigned flags)
{
    struct transfer t;
    struct msghdr h;
    long n;

    if (copy_from_user(&h, user, sizeof(h)))
        return -EFAULT;
    n = begin(&t, &h, flags | s->flags);
    if (n)
        return n;
    n = set_destination(&t, h.name_length ? h.name : NULL, h.name_length);
    if (!n)
        n = get_control(&t.m, &h);
    if (!n)
        n = send(s, &t);
    rights_destroy(t.m.rights);
    kfree(t.heap);
    return n;
}

/* Give the program what came with the bytes; `h` is its struct at `user`. */
static int put_extras(struct sockref *s, struct transfer *t, struct msghdr *h,
                      uptr_t user)
{
    struct control to = { h->control, h->control ? h->control_length : 0,
                          false };
    u64 room = to.left;
    int error = 0;

    if (s->socket->pass_cred && t->m.has_cred)
        put_cred(&to, &t->m.cred);
    put_rights(&to, t->m.rights, t->m.flags & MSG_CMSG_CLOEXEC);
    h->flags = (t->m.flags & MSG_TRUNC) | (to.cut ? MSG_CTRUNC : 0);
    h->control_length = room - to.left;
    if (h->name) {
        error = copy_to_user(h->name, t->name.bytes,
                             MIN(h->name_length, t->name.length));
        h->name_length = t->name.length;
    }
    return error ? error : copy_to_user(user, h, sizeof(*h));
}

static long receive_message(struct sockref *s, uptr_t user, unsigned flags)
{
    struct transfer t;
    struct msghdr h;
    long n, error;

    if (copy_from_user(&h, user, sizeof(h)))
        return -EFAULT;
    n = (int)h.name_length < 0 ? -EINVAL : begin(&t, &h, flags | s->flags);
    if (n)
        return n;
    t.name.length = 0;
    t.m.name = h.name ? &t.name : NULL;
    n = receive(s, &t);
    error = n < 0 ? 0 : put_extras(s, &t, &h, user);
    kfree(t.heap);
    return error ? error : n;
}

/* --- the calls ------------------------------------------------------------ */

long sys_sendto(int fd, uptr_t buf, size_t n, unsigned flags, uptr_t name,
                int length)
{
    struct transfer t;
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    begin_buffer(&t, buf, n, flags | s.flags);
    result = set_destination(&t, name, length);
    if (!result)
        result = send(&s, &t);
    fd_put(s.r);
    return result;
}

long sys_recvfrom(int fd, uptr_t buf, size_t n, unsigned flags, uptr_t name,
                  uptr_t length)
{
    struct transfer t;
    struct sockref s;
    long result = sockref_get(fd, &s), error = 0;

    if (result)
        return result;
    begin_buffer(&t, buf, n, flags | s.flags);
    t.m.name = name ? &t.name : NULL;
    result = receive(&s, &t);
    if (result >= 0 && name)
        error = socket_name_to_user(&t.name, name, length);
    if (result >= 0)
        rights_destroy(t.m.rights);     /* recv(2) has no use for them */
    fd_put(s.r);
    return error ? error : result;
}

long sys_sendmsg(int fd, uptr_t message, unsigned flags)
{
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = send_message(&s, message, flags);
    fd_put(s.r);
    return result;
}

long sys_recvmsg(int fd, uptr_t message, unsigned flags)
{
    struct sockref s;
    long result = sockref_get(fd, &s);

    if (result)
        return result;
    result = receive_message(&s, message, flags);
    fd_put(s.r);
    return result;
}

/* struct mmsghdr: a message and how long it was. */
#define MMSG_SIZE   (sizeof(struct msghdr) + 8)

static int put_length(uptr_t message, long n)
{
    u32 length = n;

    return copy_to_user(uptr_add(message, sizeof(struct msghdr)), &length,
                        sizeof(length));
}

long sys_sendmmsg(int fd, uptr_t messages, unsigned count, unsigned flags)
{
    struct sockref s;
    long n = sockref_get(fd, &s);
    unsigned done = 0;

    if (n)
        return n;
    for (; done < MIN(count, MESSAGES_MAX) && n >= 0; done += n >= 0) {
        n = send_message(&s, messages, flags);
        if (n >= 0)
            n = put_length(messages, n);
        messages = uptr_add(messages, MMSG_SIZE);
    }
    fd_put(s.r);
    return done ? done : n;
}

/* The time limit is looked at between messages only, as on Linux. */
static long receive_several(struct sockref *s, uptr_t messages, unsigned count,
                            unsigned flags, nsec_t deadline)
{
    unsigned done = 0;
    long n = 0;

    while (done < MIN(count, MESSAGES_MAX)) {
        n = receive_message(s, messages, flags & ~MSG_WAITFORONE);
        if (n >= 0)
            n = put_length(messages, n);
        if (n < 0)
            break;
        done++;
        messages = uptr_add(messages, MMSG_SIZE);
        if (flags & MSG_WAITFORONE)
            flags |= MSG_DONTWAIT;
        if (time_now() >= deadline)
            break;
    }
    return done ? done : n;
}

long sys_recvmmsg(int fd, uptr_t messages, unsigned count, unsigned flags,
                  uptr_t timeout)
{
    nsec_t deadline = NEVER;
    struct timespec ts;
    struct sockref s;
    long n;

    if (timeout) {
        n = timespec_from_user(&ts, timeout);
        if (n)
            return n;
        deadline = deadline_after(timespec_ns(&ts));
    }
    n = sockref_get(fd, &s);
    if (n)
        return n;
    n = receive_several(&s, messages, count, flags, deadline);
    fd_put(s.r);
    return n;
}
