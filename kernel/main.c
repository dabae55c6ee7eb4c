/* main.c - the boot, in order. */
#include "kernel/drivers/drivers.h"
#include "kernel/hart.h"
#include "kernel/irq.h"
#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/time.h"
#include "kernel/fs/initramfs.h"
#include "kernel/fs/vfs.h"
#include "lwp/init.h"
#include "mm/memmap.h"

#define STATUS_NO_BOOT 125
#define STATUS_BUDGET  124

/* Something that boot cannot do without is missing: say so, and stop. */
static noreturn void boot_failed(const char *why)
{
    log_error("boot: %s; stopping", why);
    machine_exit(STATUS_NO_BOOT);
}

static void require(int error, const char *what)
{
    if (error)
        boot_failed(what);
}

/* log=semihost, loglevel=N */
static void read_log_arguments(void)
{
    char value[16];
    u64 level;

    if (bootarg("log", value, sizeof(value)) && !strcmp(value, "semihost"))
        log_use_semihost();
    if (bootarg_u64("loglevel", &level))
        log_set_console_level(level);
    else if (bootarg("quiet", value, sizeof(value)))
        log_set_console_level(LOG_WARNING);
}

static void budget_over(struct timer *t)
{
    (void)t;
    log_error("the time budget is over");
    machine_exit(STATUS_BUDGET);
}

/* budget=SECONDS: end the emulator when so much guest time has passed. */
static void start_budget(void)
{
    static struct timer timer;
    u64 seconds;

    if (!bootarg_u64("budget", &seconds))
        return;
    timer_init(&timer, budget_over);
    timer_start(&timer, time_now() + seconds * NSEC_PER_SEC);
}

static void print_banner(void)
{
    log_info("Larch: a RISC-V teaching kernel");
    log_info("machine: %s, %u hart%s, timebase %lu Hz", machine.model,
             machine.hart_count, machine.hart_count == 1 ? "" : "s",
             machine.timebase);
    for (unsigned i = 0; i < machine.bank_count; i++)
        log_info("memory: %#lx-%#lx (%lu MiB)", machine.banks[i].start,
                 machine.banks[i].end,
                 (machine.banks[i].end - machine.banks[i].start) >> 20);
    log_info("command line: %s", machine.bootargs);
}

static bool isa_has(const char *extension)
{
    size_t n = strlen(extension);

    for (const char *p = strchr(machine.isa, '_'); p; p = strchr(p + 1, '_'))
        if (!strncmp(p + 1, extension, n) && (p[n + 1] == '_' || !p[n + 1]))
            return true;
    return false;
}

static void read_machine(u64 hartid, paddr_t device_tree)
{
    require(dt_read(phys_to_virt(device_tree)), "no usable device tree");
    read_log_arguments();
    arch_use_sstc(isa_has("sstc"));
    time_init(machine.timebase);
    sched_init();
    hart_init(hartid);
}

static void init_memory(void)
{
    require(mm_init_early(), "no usable memory");
    require(arch_mmu_init(machine.banks, machine.bank_count, NULL, 0),
            "no memory for the page table");
    machine_init();             /* from here a stop has an exit status */
    uart16550_init();           /* a faster console than the firmware's */
    print_banner();
    require(mm_init(), "no memory for the page array");
}

static bool in_ram(struct phys_range r)
{
    for (unsigned i = 0; i < machine.bank_count; i++)
        if (r.start >= machine.banks[i].start && r.end <= machine.banks[i].end)
            return true;
    return false;
}

/* Fill the root file system, and give the archive's memory back. */
static void unpack_initramfs(void)
{
    struct phys_range r = machine.initrd;
    const char *why = NULL;
    size_t offset = 0;

    if (r.start == r.end)
        boot_failed("no initramfs (-initrd)");
    if (!in_ram(r))
        boot_failed("the initramfs is not in RAM");
    if (initramfs_unpack(phys_to_virt(r.start), r.end - r.start, &why,
                         &offset)) {
        log_error("initramfs: %s, at byte %lu", why, offset);
        boot_failed("broken initramfs");
    }
    memmap_release(r.start, r.end);
}

/* Threads are running: what may sleep comes here, ending in the first process. */
static void init_thread(void *arg)
{
    (void)arg;
    hart_start_all();           /* secondary harts, to their idle loops */
    selftest_run();             /* only with selftest= */
    vfs_init();                 /* root file system, /dev */
    unpack_initramfs();
    start_budget();
    selftest_start_ping();      /* only with kernel_ping */
    lwp_start_init();           /* /init, or the machine stops */
}

void kmain(u64 hartid, paddr_t device_tree)
{
    read_machine(hartid, device_tree);
    init_memory();              /* page table, page allocator, slab */
    require(hart_prepare(this_hart()), "no memory for the boot hart");
    arch_hart_init(arch_this_hart);
    sched_online(this_hart());  /* this code is the idle thread from here on */
    plic_init();                /* interrupts of devices */
    uart16550_init_irq();
    rtc_init();                 /* the time of day */
    random_init();
    irq_enable();

    struct thread *t = thread_create("init", init_thread, NULL);
    if (!t)
        boot_failed("no memory for the first thread");
    thread_start(t);
    thread_detach(t);
    sched_idle();
}
