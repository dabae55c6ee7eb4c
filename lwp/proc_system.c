/*
 * proc_system.c - the files of /proc that are about the whole system and that
 * only this layer can tell: names, limits, sums over all processes (proc(5)).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/loadavg.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "lwp/exec.h"
#include "lwp/ipc.h"
#include "lwp/limits.h"
#include "lwp/pid.h"
#include "lwp/proc.h"
#include "lwp/system.h"
#include "lwp/wait.h"
#include "mm/alloc.h"

/* --- names --------------------------------------------------------------- */

/* `which` is an enum system_name. */
static int show_name(struct proc_text *t, void *which)
{
    char name[NAME_SIZE];

    system_name_get((enum system_name)(u64)which, name);
    return proc_show_string(t, name);
}

static int store_name(const char *text, size_t n, void *which)
{
    const char *end = memchr(text, '\n', n);

    return system_name_set((enum system_name)(u64)which, text,
                           end ? (size_t)(end - text) : n);
}

static int show_version(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%s version %s (%s)\n", SYSTEM_NAME, SYSTEM_RELEASE,
               SYSTEM_VERSION);
    return 0;
}

/* --- settings ------------------------------------------------------------ */

static int show_randomize(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%lu\n", READ_ONCE(exec_randomize));
    return 0;
}

static int store_randomize(const char *text, unused_arg size_t n,
                           unused_arg void *unused)
{
    u64 value;

    if (str_to_u64(&text, &value) || value > 2)
        return -EINVAL;
    WRITE_ONCE(exec_randomize, value);
    return 0;
}

static int show_threads_max(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%u\n", thread_limit());
    return 0;
}

/* --- randomness ---------------------------------------------------------- */

static u8 boot_id[16];              /* set once at boot */

static void print_uuid(struct proc_text *t, const u8 *id)
{
    for (unsigned i = 0; i < 16; i++)
        proc_print(t, "%s%02x", i >= 4 && i <= 10 && i % 2 == 0 ? "-" : "",
                   id[i]);
    proc_print(t, "\n");
}

/* RFC 4122, version 4: random. */
static void make_uuid(u8 id[16])
{
    random_fill(id, 16);
    id[6] = (id[6] & 0x0f) | 0x40;
    id[8] = (id[8] & 0x3f) | 0x80;
}

static int show_boot_id(struct proc_text *t, unused_arg void *unused)
{
    print_uuid(t, boot_id);
    return 0;
}

static int show_uuid(struct proc_text *t, unused_arg void *unused)
{
    u8 id[16];

    make_uuid(id);
    print_uuid(t, id);
    return 0;
}

/* --- sums ---------------------------------------------------------------- */

static int show_loadavg(struct proc_text *t, unused_arg void *unused)
{
    u64 load[3];

    load_average(load);
    for (int i = 0; i < 3; i++)
        proc_print(t, "%lu.%02lu ", load[i] >> LOAD_SHIFT,
                   (load[i] * 100 >> LOAD_SHIFT) % 100);
    proc_print(t, "%u/%u %d\n", sched_ready_count(), thread_total(),
               pid_last());
    return 0;
}

/* A process that is reaped meanwhile would be in both sums, or in none. */
static struct fault_counts count_faults(void)
{
    struct fault_counts sum, before;
    struct lwp_usage usage;
    struct lwp *lwp;

    do {
        before.minor = READ_ONCE(lwp_reaped_faults.minor);
        before.major = READ_ONCE(lwp_reaped_faults.major);
        sum = before;
        for (pid_t pid = 1; (lwp = lwp_lookup_next(pid)); lwp_put(lwp)) {
            lwp_usage(lwp, &usage);
            sum.minor += usage.minor_faults;
            sum.major += usage.major_faults;
            pid = lwp->pid + 1;
        }
    } while (before.minor != READ_ONCE(lwp_reaped_faults.minor) &&
             !interrupted());
    return sum;
}

static int show_vmstat(struct proc_text *t, unused_arg void *unused)
{
    struct fault_counts faults = count_faults();

    proc_print(t, "nr_free_pages %lu\npgfault %lu\npgmajfault %lu\n",
               pages_free_count(), faults.minor + faults.major, faults.major);
    return 0;
}

/* --- the table ----------------------------------------------------------- */

#define NAME(path, which) \
    { .name = path, .mode = S_IFREG | 0644, .show = show_name, \
      .store = store_name, .data = (const void *)(which) }

static const struct proc_file files[] = {
    PROC_SHOW("lwps", proc_show_lwps),
    PROC_SHOW("groups", proc_show_groups),
    PROC_SHOW("sessions", proc_show_sessions),
    PROC_SHOW("rtobjects", proc_show_rtobjects),
    PROC_SHOW("channels", proc_show_channels),
    PROC_SHOW("lwp_shm", proc_show_lwp_shm),
    PROC_SHOW("version", show_version),
    PROC_SHOW("loadavg", show_loadavg),
    PROC_SHOW("vmstat", show_vmstat),
    NAME("sys/kernel/hostname", SYSTEM_HOSTNAME),
    NAME("sys/kernel/domainname", SYSTEM_DOMAINNAME),
    PROC_VALUE("sys/kernel/ostype", string, SYSTEM_NAME),
    PROC_VALUE("sys/kernel/osrelease", string, SYSTEM_RELEASE),
    PROC_VALUE("sys/kernel/version", string, SYSTEM_VERSION),
    PROC_VALUE("sys/kernel/pid_max", number, PID_MAX),
    PROC_SHOW("sys/kernel/threads-max", show_threads_max),
    PROC_VALUE("sys/kernel/ngroups_max", number, NGROUPS_MAX),
    PROC_VALUE("sys/kernel/cap_last_cap", number, 40),
    { .name = "sys/kernel/randomize_va_space", .mode = S_IFREG | 0644,
      .show = show_randomize, .store = store_randomize },
    PROC_SHOW("sys/kernel/random/boot_id", show_boot_id),
    PROC_SHOW("sys/kernel/random/uuid", show_uuid),
    /* The generator's key, in bits: always full. */
    PROC_VALUE("sys/kernel/random/poolsize", number, 256),
    PROC_VALUE("sys/kernel/random/entropy_avail", number, 256),
    { 0 }
};

void proc_system_init(void)
{
    make_uuid(boot_id);
    procfs_add(files);
}
