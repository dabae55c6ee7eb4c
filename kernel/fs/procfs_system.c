/* procfs_system.c - the files of /proc that are about the whole system, as
 * proc(5) describes them. */
#include "kernel/fs/procfs_private.h"

#include "kernel/fs/devfs.h"
#include "kernel/fs/fdtable.h"
#include "kernel/fs/pipe.h"
#include "kernel/fs/tmpfs.h"
#include "kernel/kstack.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "mm/alloc.h"
#include "mm/memmap.h"
#include "mm/vm.h"

/* --- memory --------------------------------------------------------------- */

static size_t slab_pages(void)
{
    struct slab_stat st;
    size_t pages = 0;

    for (unsigned i = 0; slab_stat(i, &st); i++)
        pages += st.pages;
    return pages;
}

/* Nothing is ever swapped or written to a disk, so those are 0 in truth. */
static int show_meminfo(struct proc_text *t, unused_arg void *unused)
{
    size_t shared = tmpfs_page_count() + vmobj_shared_pages();
    size_t free = pages_free_count();
    size_t slab = slab_pages();
    const struct {
        const char *name;
        size_t pages;
    } lines[] = {
        { "MemTotal:", memmap_bank_bytes() / PAGE_SIZE },
        { "MemFree:", free },
        { "MemAvailable:", free },
        { "Buffers:", 0 },
        { "Cached:", shared },
        { "SwapCached:", 0 },
        { "SwapTotal:", 0 },
        { "SwapFree:", 0 },
        { "Dirty:", 0 },
        { "Writeback:", 0 },
        { "Shmem:", shared },
        { "Slab:", slab },
        { "SReclaimable:", 0 },
        { "SUnreclaim:", slab },
        { "KStackFree:", kstack_free_pages() },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++)
        proc_print(t, "%-15s %8lu kB\n", lines[i].name,
                   lines[i].pages * (PAGE_SIZE / 1024));
    return 0;
}

/* In the format of slabinfo(5), version 2.1.  A slab that is empty is given
 * back at once, so all are active. */
static int show_slabinfo(struct proc_text *t, unused_arg void *unused)
{
    struct slab_stat st;

    proc_print(t, "slabinfo - version: 2.1\n"
               "# name            <active_objs> <num_objs> <objsize> "
               "<objperslab> <pagesperslab> : tunables <limit> <batchcount> "
               "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
               "<sharedavail>\n");
    for (unsigned i = 0; slab_stat(i, &st); i++) {
        size_t slabs = st.total / st.per_slab;

        proc_print(t, "%-17s %6lu %6lu %6lu %4u %4u : tunables %4u %4u    0",
                   st.name, st.used, st.total, st.size, st.per_slab,
                   st.slab_pages, st.limit, st.limit / 2);
        proc_print(t, " : slabdata %6lu %6lu      0\n", slabs, slabs);
    }
    return 0;
}

static int show_buddyinfo(struct proc_text *t, unused_arg void *unused)
{
    size_t blocks[PAGE_ORDERS];

    pages_free_blocks(blocks);
    proc_print(t, "Node 0, zone   Normal ");
    for (unsigned i = 0; i < PAGE_ORDERS; i++)
        proc_print(t, "%6lu ", blocks[i]);
    proc_print(t, "\n");
    return 0;
}

/* --- files and devices ---------------------------------------------------- */

static int show_filesystems(struct proc_text *t, unused_arg void *unused)
{
    for (struct fs_type *type = fs_first_type(); type; type = type->next)
        proc_print(t, "%s\t%s\n", type->needs_device ? "" : "nodev",
                   type->name);
    return 0;
}

static int show_devices(struct proc_text *t, unused_arg void *unused)
{
    static const struct {
        unsigned major;
        const char *name;
    } names[] = {
        { 1, "mem" }, { 4, "ttyS" }, { 5, "/dev/tty" },
    };
    static const mode_t types[] = { S_IFCHR, S_IFBLK };

    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        proc_print(t, types[i] == S_IFCHR ? "Character devices:\n"
                                          : "\nBlock devices:\n");
        for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
            if (device_has_major(types[i], names[k].major))
                proc_print(t, "%3u %s\n", names[k].major, names[k].name);
    }
    return 0;
}

static int show_file_nr(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%lu\t0\t%ld\n", file_count(), LONG_MAX);
    return 0;
}

/* Where ps(1) learns the names of terminals: drivers, the beginning of their
 * names, majors, minors, kinds. */
static const char tty_drivers[] =
    "/dev/tty /dev/tty 5 0 system:/dev/tty\n"
    "/dev/console /dev/console 5 1 system:console\n"
    "/dev/ptmx /dev/ptmx 5 2 system\n"
    "serial /dev/ttyS 4 64-64 serial\n"
    "pty_slave /dev/pts 136 0-1048575 pty:slave";

/* --- the kernel ----------------------------------------------------------- */

/* Where the kernel is tells how to attack it: only the superuser is told. */
static int show_kallsyms(struct proc_text *t, unused_arg void *unused)
{
    bool open = cred_is_root(current_cred());
    char name[KSYM_NAME_MAX];
    u64 address;

    for (u64 i = t->from; ksym_at(i, &address, name, sizeof(name)); i++) {
        proc_print(t, "%016lx t %s\n", open ? address : 0, name);
        if (proc_text_full(t)) {
            t->next = i + 1;
            break;
        }
    }
    return 0;
}

/* --- the table ------------------------------------------------------------ */

const struct proc_file proc_system_files[] = {
    PROC_SHOW("meminfo", show_meminfo),
    PROC_SHOW("uptime", proc_show_uptime),
    PROC_SHOW("stat", proc_show_system_stat),
    PROC_SHOW("cpuinfo", proc_show_cpuinfo),
    PROC_SHOW("interrupts", proc_show_interrupts),
    PROC_SHOW("harts", proc_show_harts),
    PROC_VALUE("cmdline", string, machine.bootargs),
    PROC_SHOW("filesystems", show_filesystems),
    PROC_SHOW("devices", show_devices),
    PROC_VALUE("partitions", string, "major minor  #blocks  name\n"),
    PROC_SHOW("mounts", proc_show_mounts),
    PROC_VALUE("tty/drivers", string, tty_drivers),
    PROC_SHOW("slabinfo", show_slabinfo),
    PROC_SHOW("buddyinfo", show_buddyinfo),
    PROC_SHOW("kallsyms", show_kallsyms),
    PROC_SHOW("sys/fs/file-nr", show_file_nr),
    PROC_VALUE("sys/fs/file-max", number, LONG_MAX),
    PROC_VALUE("sys/fs/nr_open", number, FD_LIMIT_HARD),
    PROC_VALUE("sys/fs/pipe-max-size", number, PIPE_SIZE_MAX),
    /* What is larger than all RAM is refused, the rest is believed. */
    PROC_VALUE("sys/vm/overcommit_memory", number, 0),
    PROC_VALUE("sys/vm/max_map_count", number, VM_AREAS_MAX),
    PROC_VALUE("sys/vm/mmap_min_addr", number, VM_USER_START),
    { 0 }
};
