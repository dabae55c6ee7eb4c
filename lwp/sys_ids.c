/*
 * sys_ids.c - who a process is: its numbers, and the users and groups it acts
 * for (credentials(7)).
 */
#include "kernel/fs/cred.h"
#include "kernel/lib/errno.h"
#include "lwp/limits.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"
#include "mm/alloc.h"
#include "mm/uaccess.h"

long sys_getpid(void)
{
    return current_lwp()->pid;
}

long sys_getppid(void)
{
    return READ_ONCE(current_lwp()->ppid);
}

long sys_gettid(void)
{
    return current_lwp_thread()->tid;
}

long sys_getuid(void)
{
    return current_cred()->uid;
}

long sys_geteuid(void)
{
    return current_cred()->euid;
}

long sys_getgid(void)
{
    return current_cred()->gid;
}

long sys_getegid(void)
{
    return current_cred()->egid;
}

/* --- changing users ------------------------------------------------------ */

#define UNCHANGED (~0u)         /* -1 in a set*id call */

/* Publish new credentials; the thread counts for another user from now on if
 * the real id has changed.  Takes over the reference, also on failure. */
static int install(struct cred *c)
{
    struct lwp_thread *t = current_lwp_thread();
    struct user_count *user;
    int error;

    if (c->uid != current_cred()->uid) {
        /* setuid(2) does not fail for RLIMIT_NPROC; the next fork does. */
        error = user_count_add(c->uid, RLIM_INFINITY, &user);
        if (error) {
            cred_put(c);
            return error;
        }
        user_count_remove(t->user);
        t->user = user;
        t->lwp->uid = c->uid;
    }
    if (c->euid != current_cred()->euid || c->egid != current_cred()->egid)
        t->lwp->dumpable = false;
    cred_set(c);
    return 0;
}

static struct cred *copy_current(void)
{
    const struct cred *c = current_cred();

    return cred_copy(c, c->group_count);
}

static bool is_mine(uid_t id, const struct cred *c)
{
    return id == UNCHANGED || id == c->uid || id == c->euid || id == c->suid;
}

static bool is_my_group(gid_t id, const struct cred *c)
{
    return id == UNCHANGED || id == c->gid || id == c->egid || id == c->sgid;
}

long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
    const struct cred *old = current_cred();
    struct cred *c;

    if (!cred_is_root(old) &&
        !(is_mine(ruid, old) && is_mine(euid, old) && is_mine(suid, old)))
        return -EPERM;
    c = copy_current();
    if (!c)
        return -ENOMEM;
    if (ruid != UNCHANGED)
        c->uid = ruid;
    if (euid != UNCHANGED)
        c->euid = euid;
    if (suid != UNCHANGED)
        c->suid = suid;
    c->fsuid = c->euid;
    return install(c);
}

long sys_setuid(uid_t uid)
{
    const struct cred *old = current_cred();

    if (uid == UNCHANGED)
        return -EINVAL;
    if (cred_is_root(old))
        return sys_setresuid(uid, uid, uid);
    if (uid != old->uid && uid != old->suid)
        return -EPERM;
    return sys_setresuid(UNCHANGED, uid, UNCHANGED);
}

/* The saved id follows when the real one is set, or the effective one to
 * something else than the old real one (setreuid(2)). */
long sys_setreuid(uid_t ruid, uid_t euid)
{
    const struct cred *old = current_cred();
    uid_t suid = UNCHANGED;

    if (!cred_is_root(old)) {
        if (ruid != UNCHANGED && ruid != old->uid && ruid != old->euid)
            return -EPERM;
        if (!is_mine(euid, old))
            return -EPERM;
    }
    if (ruid != UNCHANGED || (euid != UNCHANGED && euid != old->uid))
        suid = euid != UNCHANGED ? euid : old->euid;
    return sys_setresuid(ruid, euid, suid);
}

long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
    const struct cred *old = current_cred();
    struct cred *c;

    if (!cred_is_root(old) &&
        !(is_my_group(rgid, old) && is_my_group(egid, old) &&
          is_my_group(sgid, old)))
        return -EPERM;
    c = copy_current();
    if (!c)
        return -ENOMEM;
    if (rgid != UNCHANGED)
        c->gid = rgid;
    if (egid != UNCHANGED)
        c->egid = egid;
    if (sgid != UNCHANGED)
        c->sgid = sgid;
    c->fsgid = c->egid;
    return install(c);
}

long sys_setgid(gid_t gid)
{
    const struct cred *old = current_cred();

    if (gid == UNCHANGED)
        return -EINVAL;
    if (cred_is_root(old))
        return sys_setresgid(gid, gid, gid);
    if (gid != old->gid && gid != old->sgid)
        return -EPERM;
    return sys_setresgid(UNCHANGED, gid, UNCHANGED);
}

long sys_setregid(gid_t rgid, gid_t egid)
{
    const struct cred *old = current_cred();
    gid_t sgid = UNCHANGED;

    if (!cred_is_root(old)) {
        if (rgid != UNCHANGED && rgid != old->gid && rgid != old->egid)
            return -EPERM;
        if (!is_my_group(egid, old))
            return -EPERM;
    }
    if (rgid != UNCHANGED || (egid != UNCHANGED && egid != old->gid))
        sgid = egid != UNCHANGED ? egid : old->egid;
    return sys_setresgid(rgid, egid, sgid);
}

/* These two return the old id, whether or not they could change it. */
long sys_setfsuid(uid_t uid)
{
    const struct cred *old = current_cred();
    long before = old->fsuid;
    struct cred *c;

    if (uid == UNCHANGED ||
        !(cred_is_root(old) || is_mine(uid, old) || uid == old->fsuid))
        return before;
    c = copy_current();
    if (c) {
        c->fsuid = uid;
        cred_set(c);
    }
    return before;
}

long sys_setfsgid(gid_t gid)
{
    const struct cred *old = current_cred();
    long before = old->fsgid;
    struct cred *c;

    if (gid == UNCHANGED ||
        !(cred_is_root(old) || is_my_group(gid, old) || gid == old->fsgid))
        return before;
    c = copy_current();
    if (c) {
        c->fsgid = gid;
        cred_set(c);
    }
    return before;
}

static int put_three(uptr_t a, u32 x, uptr_t b, u32 y, uptr_t c, u32 z)
{
    if (copy_to_user(a, &x, sizeof(x)) || copy_to_user(b, &y, sizeof(y)) ||
        copy_to_user(c, &z, sizeof(z)))
        return -EFAULT;
    return 0;
}

long sys_getresuid(uptr_t ruid, uptr_t euid, uptr_t suid)
{
    const struct cred *c = current_cred();

    return put_three(ruid, c->uid, euid, c->euid, suid, c->suid);
}

long sys_getresgid(uptr_t rgid, uptr_t egid, uptr_t sgid)
{
    const struct cred *c = current_cred();

    return put_three(rgid, c->gid, egid, c->egid, sgid, c->sgid);
}

/* --- groups -------------------------------------------------------------- */

long sys_getgroups(int size, uptr_t list)
{
    const struct cred *c = current_cred();

    if (size < 0 || (size > 0 && (unsigned)size < c->group_count))
        return -EINVAL;
    if (size > 0 &&
        copy_to_user(list, c->groups, c->group_count * sizeof(gid_t)))
        return -EFAULT;
    return c->group_count;
}

static void sort_groups(gid_t *groups, unsigned count)
{
    /* Short lists, nearly always in order: insertion is enough. */
    for (unsigned i = 1; i < count; i++) {
        gid_t g = groups[i];
        unsigned at = i;

        for (; at > 0 && groups[at - 1] > g; at--)
            groups[at] = groups[at - 1];
        groups[at] = g;
    }
}

long sys_setgroups(int size, uptr_t list)
{
    struct cred *c;

    if (!cred_is_root(current_cred()))
        return -EPERM;
    if (size < 0 || size > NGROUPS_MAX)
        return -EINVAL;
    c = cred_copy(current_cred(), size);
    if (!c)
        return -ENOMEM;
    if (copy_from_user(c->groups, list, size * sizeof(gid_t))) {
        cred_put(c);
        return -EFAULT;
    }
    sort_groups(c->groups, size);
    cred_set(c);
    return 0;
}

/* --- capabilities: the superuser has all, others have none --------------- */

#define CAP_VERSION_3   0x20080522
#define CAP_ALL         ((1ul << 41) - 1)

struct cap_header {
    u32 version;
    s32 pid;
};

struct cap_data {
    u32 effective, permitted, inheritable;
};

static int read_cap_header(uptr_t from, struct cap_header *h)
{
    if (copy_from_user(h, from, sizeof(*h)))
        return -EFAULT;
    if (h->version == CAP_VERSION_3)
        return 0;
    h->version = CAP_VERSION_3;
    if (copy_to_user(from, &h->version, sizeof(h->version)))
        return -EFAULT;
    return -EINVAL;
}

long sys_capget(uptr_t header, uptr_t data)
{
    struct cap_header h;
    struct cap_data d[2] = { 0 };
    struct lwp *lwp;
    int error = read_cap_header(header, &h);

    if (error)
        return data ? error : error == -EINVAL ? 0 : error;
    if (h.pid < 0)
        return -EINVAL;
    lwp = lwp_lookup(h.pid ? h.pid : current_lwp()->pid);
    if (!lwp)
        return -ESRCH;
    if (h.pid ? lwp->uid == 0 : cred_is_root(current_cred())) {
        d[0].effective = d[0].permitted = (u32)CAP_ALL;
        d[1].effective = d[1].permitted = CAP_ALL >> 32;
    }
    lwp_put(lwp);
    return copy_to_user(data, d, sizeof(d));
}

/* Nothing can be given up or gained here but what the user ids say. */
long sys_capset(uptr_t header, uptr_t data)
{
    struct cap_header h;
    struct cap_data d[2];
    int error = read_cap_header(header, &h);

    if (error)
        return error;
    if (copy_from_user(d, data, sizeof(d)))
        return -EFAULT;
    if (h.pid && h.pid != current_lwp()->pid)
        return -EPERM;
    return cred_is_root(current_cred()) || !(d[0].effective | d[1].effective)
               ? 0 : -EPERM;
}
