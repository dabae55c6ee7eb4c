/* procfs_system.c - the files of /proc that are about the whole system, as
 * proc(5) describes them. */
#include "kernel/fs/procfs_private.h"

#include "kernel/fs/fdtable.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/hart.h"
#include "kernel/irq.h"
#include "kernel/kstack.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "mm/alloc.h"
#include "mm/memmap.h"

#define TICKS_PER_SEC 100           /* of the times in /proc/stat */

static int show_meminfo(struct proc_text *t, void *unused)
{
    size_t kib = PAGE_SIZE / 1024, slab = 0;
    struct slab_stat st;

    (void)unused;
    for (unsigned i = 0; slab_stat(i, &st); i++)
        slab += st.pages;
    proc_print(t, "MemTotal:       %8lu kB\n", memmap_bank_bytes() / 1024);
    proc_print(t, "MemFree:        %8lu kB\n", pages_free_count() * kib);
    proc_print(t, "MemAvailable:   %8lu kB\n", pages_free_count() * kib);
    proc_print(t, "Buffers:        %8lu kB\n", 0ul);
    proc_print(t, "Cached:         %8lu kB\n", tmpfs_page_count() * kib);
    proc_print(t, "SwapCached:     %8lu kB\n", 0ul);
    proc_print(t, "SwapTotal:      %8lu kB\n", 0ul);
    proc_print(t, "SwapFree:       %8lu kB\n", 0ul);
    proc_print(t, "Shmem:          %8lu kB\n", tmpfs_page_count() * kib);
    proc_print(t, "Slab:           %8lu kB\n", slab * kib);
    proc_print(t, "KStackFree:     %8lu kB\n", kstack_free_pages() * kib);
    return 0;
}

static nsec_t idle_time(unsigned hart)
{
    return sched_cpu_time(harts[hart].idle, NULL);
}

static int show_uptime(struct proc_text *t, void *unused)
{
    nsec_t up = time_now(), idle = 0;

    (void)unused;
    for (unsigned i = 0; i < hart_count; i++)
        idle += idle_time(i);
    proc_print(t, "%lu.%02lu %lu.%02lu\n", up / NSEC_PER_SEC,
               up / (NSEC_PER_SEC / 100) % 100, idle / NSEC_PER_SEC,
               idle / (NSEC_PER_SEC / 100) % 100);
    return 0;
}

/* The time that a hart did not idle counts as the system's: what of it was
 * spent in user mode is known for each thread only. */
static int show_stat(struct proc_text *t, void *unused)
{
    nsec_t up = time_now(), all_idle = 0, tick = NSEC_PER_SEC / TICKS_PER_SEC;
    u64 switches = 0, interrupts = 0;

    (void)unused;
    for (unsigned i = 0; i < hart_count; i++) {
        all_idle += idle_time(i);
        switches += READ_ONCE(harts[i].switches);
        for (unsigned k = 0; k < ARRAY_SIZE(harts[i].interrupts); k++)
            interrupts += READ_ONCE(harts[i].interrupts[k]);
    }
    proc_print(t, "cpu  0 0 %lu %lu 0 0 0 0 0 0\n",
               (up * hart_count - MIN(all_idle, up * hart_count)) / tick,
               all_idle / tick);
    for (unsigned i = 0; i < hart_count; i++) {
        nsec_t idle = MIN(idle_time(i), up);

        proc_print(t, "cpu%u 0 0 %lu %lu 0 0 0 0 0 0\n", i,
                   (up - idle) / tick, idle / tick);
    }
    proc_print(t, "intr %lu\nctxt %lu\nbtime %lu\n", interrupts, switches,
               time_realtime_offset() / NSEC_PER_SEC);
    proc_print(t, "procs_running %u\nprocs_blocked 0\n", sched_ready_count());
    return 0;
}

static int show_cpuinfo(struct proc_text *t, void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < hart_count; i++)
        proc_print(t, "processor\t: %u\nhart\t\t: %lu\nisa\t\t: %s\n"
                   "mmu\t\t: sv39\n\n", i, machine.hartids[i], machine.isa);
    return 0;
}

static int show_interrupts(struct proc_text *t, void *unused)
{
    static const char *const kinds[] = { "timer", "ipi", "external" };
    struct irq_counts c;

    (void)unused;
    for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
        u64 sum = 0;

        for (unsigned i = 0; i < hart_count; i++)
            sum += READ_ONCE(harts[i].interrupts[k]);
        proc_print(t, "%8s: %10lu\n", kinds[k], sum);
    }
    for (unsigned irq = 0; irq < IRQ_MAX; irq++)
        if (irq_stat(irq, &c) && c.name)
            proc_print(t, "%8u: %10lu  %s\n", irq, c.count, c.name);
    return 0;
}

static int show_cmdline(struct proc_text *t, void *unused)
{
    (void)unused;
    proc_print(t, "%s\n", machine.bootargs);
    return 0;
}

static int show_filesystems(struct proc_text *t, void *unused)
{
    (void)unused;
    for (struct fs_type *type = fs_first_type(); type; type = type->next)
        proc_print(t, "%s\t%s\n", type->needs_device ? "" : "nodev",
                   type->name);
    return 0;
}

static int show_slabinfo(struct proc_text *t, void *unused)
{
    struct slab_stat st;

    (void)unused;
    proc_print(t, "# name            <used> <total> <size> <pages>\n");
    for (unsigned i = 0; slab_stat(i, &st); i++)
        proc_print(t, "%-17s %6lu %6lu %6lu %6lu\n", st.name, st.used,
                   st.total, st.size, st.pages);
    return 0;
}

static int show_file_nr(struct proc_text *t, void *unused)
{
    (void)unused;
    proc_print(t, "%lu\t0\t%u\n", file_count(), FD_LIMIT_HARD);
    return 0;
}

/* --- mounts --------------------------------------------------------------- */

static int show_mount(struct mount *m, void *arg)
{
    struct proc_text *t = arg;
    struct path p = { m, m->root };
    char *buf = kmalloc(PATH_MAX), *start, flags[64], options[64] = "";

    if (!buf)
        return -ENOMEM;
    if (path_format(&p, NULL, buf, PATH_MAX, &start) == 0) {
        mount_format_flags(m, flags, sizeof flags);
        if (m->super->ops->show_options)
            m->super->ops->show_options(m->super, options, sizeof options);
        proc_print(t, "%s %s %s %s%s 0 0\n",
                   m->source[0] ? m->source : "none", start,
                   m->super->type->name, flags, options);
    }
    kfree(buf);
    return 0;
}

int proc_show_mounts(struct proc_text *t, void *unused)
{
    (void)unused;
    return mount_for_each(show_mount, t);
}

void proc_system_init(void)
{
    static const struct {
        const char *name;
        proc_show_fn show;
    } files[] = {
        { "meminfo", show_meminfo }, { "uptime", show_uptime },
        { "stat", show_stat },
        { "cpuinfo", show_cpuinfo }, { "interrupts", show_interrupts },
        { "cmdline", show_cmdline }, { "filesystems", show_filesystems },
        { "mounts", proc_show_mounts }, { "slabinfo", show_slabinfo },
        { "sys/fs/file-nr", show_file_nr },
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        if (procfs_add(files[i].name, 0444, files[i].show, NULL))
            panic("no memory for /proc/%s", files[i].name);
}
