/*
 * sys_system.c - the machine as a whole, as programs see it: names, memory,
 * log, randomness, and its end.
 */
#include "kernel/fs/cred.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/loadavg.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/random.h"
#include "kernel/time.h"
#include "lwp/limits.h"
#include "lwp/lwp.h"
#include "lwp/syscall.h"
#include "lwp/system.h"
#include "mm/alloc.h"
#include "mm/memmap.h"
#include "mm/uaccess.h"

/* --- names --------------------------------------------------------------- */

struct utsname {
    char sysname[NAME_SIZE], nodename[NAME_SIZE], release[NAME_SIZE],
        version[NAME_SIZE], machine[NAME_SIZE], domainname[NAME_SIZE];
};

static struct spinlock name_lock = SPINLOCK_INIT(RANK_LWP);
static struct utsname names = {         /* two of them guarded by name_lock */
    SYSTEM_NAME, "larch", SYSTEM_RELEASE, SYSTEM_VERSION, "riscv64", "(none)",
};

static char *name_of(enum system_name which)
{
    return which == SYSTEM_HOSTNAME ? names.nodename : names.domainname;
}

void system_name_get(enum system_name which, char name[NAME_SIZE])
{
    spin_lock(&name_lock);
    memcpy(name, name_of(which), NAME_SIZE);
    spin_unlock(&name_lock);
}

int system_name_set(enum system_name which, const char *name, size_t n)
{
    if (n >= NAME_SIZE)
        return -EINVAL;
    spin_lock(&name_lock);
    memset(name_of(which), 0, NAME_SIZE);
    memcpy(name_of(which), name, n);
    spin_unlock(&name_lock);
    return 0;
}

long sys_uname(uptr_t to)
{
    struct utsname copy;

    spin_lock(&name_lock);
    copy = names;
    spin_unlock(&name_lock);
    return copy_to_user(to, &copy, sizeof(copy));
}

static long set_name(enum system_name which, uptr_t from, int len)
{
    char name[NAME_SIZE];

    if (!cred_is_root(current_cred()))
        return -EPERM;
    if (len < 0 || len >= NAME_SIZE)
        return -EINVAL;
    if (copy_from_user(name, from, len))
        return -EFAULT;
    return system_name_set(which, name, len);
}

long sys_sethostname(uptr_t name, int len)
{
    return set_name(SYSTEM_HOSTNAME, name, len);
}

long sys_setdomainname(uptr_t name, int len)
{
    return set_name(SYSTEM_DOMAINNAME, name, len);
}

long sys_personality(u64 persona)
{
    struct lwp *lwp = current_lwp();
    u32 old = lwp->personality;

    if ((u32)persona != 0xffffffff)     /* that asks only */
        lwp->personality = persona;
    return old;
}

/* --- counts -------------------------------------------------------------- */

struct sysinfo {
    s64 uptime;                         /* seconds */
    u64 loads[3];
    u64 totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    u16 procs, pad;
    u64 totalhigh, freehigh;
    u32 unit;                           /* of the memory sizes, bytes */
};
_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo of riscv64");

long sys_sysinfo(uptr_t to)
{
    struct sysinfo info = {
        .uptime = time_now() / NSEC_PER_SEC,
        .totalram = memmap_bank_bytes(),
        .freeram = pages_free_count() * PAGE_SIZE,
        .procs = thread_total(),
        .unit = 1,
    };

    load_average(info.loads);
    return copy_to_user(to, &info, sizeof(info));
}

/* --- the log ------------------------------------------------------------- */

enum {
    SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR,
    SYSLOG_CLEAR, SYSLOG_CONSOLE_OFF, SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL,
    SYSLOG_SIZE_UNREAD, SYSLOG_SIZE_BUFFER,
};

#define CONSOLE_LEVEL_QUIET 1
#define CONSOLE_LEVEL_USUAL 7

/* Bytes of the log from *seq on; moves *seq to its end. */
static size_t measure(u64 *seq)
{
    char line[512];
    size_t total = 0, n;

    while ((n = log_read(seq, line, sizeof(line))) > 0)
        total += n;
    return total;
}

/* The last `len` bytes of the log, in whole lines. */
static long read_all(uptr_t buf, size_t len)
{
    char line[512];
    u64 seq = log_first(), from = seq, end = seq;
    size_t total = measure(&end), done = 0;

    while (total > len && seq < end) {
        from = seq + 1;
        total -= log_read_line(&seq, line, sizeof(line));
        seq = MAX(seq, from);
    }
    while (seq < end) {
        size_t n = log_read_line(&seq, line, sizeof(line));

        if (n == 0 || done + n > len)
            break;
        if (copy_to_user(uptr_add(buf, done), line, n))
            return -EFAULT;
        done += n;
    }
    return done;
}

static long clear_log(void)
{
    log_clear();
    return 0;
}

static long set_level(int level)
{
    if (level < 1 || level > 8)
        return -EINVAL;
    log_set_console_level(level);
    return 0;
}

static long unread_size(void)
{
    u64 seq = log_first();

    return measure(&seq);
}

long sys_syslog(int type, uptr_t buf, int len)
{
    long n;

    if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER &&
        !cred_is_root(current_cred()))
        return -EPERM;
    switch (type) {
    case SYSLOG_CLOSE:
    case SYSLOG_OPEN:
        return 0;
    case SYSLOG_READ:
    case SYSLOG_READ_ALL:
    case SYSLOG_READ_CLEAR:
        if (!buf || len < 0)
            return -EINVAL;
        n = read_all(buf, len);
        if (type != SYSLOG_READ_ALL && n >= 0)
            log_clear();
        return n;
    case SYSLOG_CLEAR:
        return clear_log();
    case SYSLOG_CONSOLE_OFF:
        return set_level(CONSOLE_LEVEL_QUIET);
    case SYSLOG_CONSOLE_ON:
        return set_level(CONSOLE_LEVEL_USUAL);
    case SYSLOG_CONSOLE_LEVEL:
        return set_level(len);
    case SYSLOG_SIZE_UNREAD:
    case SYSLOG_SIZE_BUFFER:
        return unread_size();
    }
    return -EINVAL;
}

/* --- randomness ---------------------------------------------------------- */

#define GRND_NONBLOCK   1
#define GRND_RANDOM     2
#define GRND_INSECURE   4

long sys_getrandom(uptr_t buf, size_t size, unsigned flags)
{
    u8 bytes[256];
    size_t done = 0;

    if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) ==
            (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    size = MIN(size, (size_t)INT_MAX);
    while (done < size) {
        size_t n = MIN(size - done, sizeof(bytes));

        random_fill(bytes, n);
        n = copy_to_user_partial(uptr_add(buf, done), bytes, n);
        if (n == 0)
            break;
        done += n;
        if (interrupted())
            break;
    }
    return done || !size ? (long)done : -EFAULT;
}

/* --- the end ------------------------------------------------------------- */

#define REBOOT_MAGIC1       0xfee1dead
#define REBOOT_RESTART      0x01234567
#define REBOOT_HALT         0xcdef0123
#define REBOOT_POWER_OFF    0x4321fedc
#define REBOOT_CAD_ON       0x89abcdef
#define REBOOT_CAD_OFF      0x00000000
/* Larch's own: end the emulator with the exit status in `arg`. */
#define REBOOT_LARCH_EXIT   0x4c415243

static bool magic2_known(u32 magic)
{
    return magic == 672274793 || magic == 85072278 || magic == 369367448 ||
           magic == 537993216;
}

long sys_reboot(int magic1, int magic2, unsigned command, uptr_t arg)
{
    if (!cred_is_root(current_cred()))
        return -EPERM;
    if ((u32)magic1 != REBOOT_MAGIC1 || !magic2_known(magic2))
        return -EINVAL;
    switch (command) {
    case REBOOT_CAD_ON:
    case REBOOT_CAD_OFF:
        return 0;               /* there is no such key */
    case REBOOT_RESTART:
        log_info("reboot: restarting");
        arch_reboot();
    case REBOOT_HALT:
    case REBOOT_POWER_OFF:
        log_info("reboot: power off");
        arch_poweroff();
    case REBOOT_LARCH_EXIT:
        machine_exit((u64)arg);
    }
    return -EINVAL;
}
