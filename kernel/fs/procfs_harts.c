/* procfs_harts.c - the files of /proc that count what the harts do, as
 * proc_stat(5) and its kind describe them; /proc/harts is our own. */
#include "kernel/fs/procfs_private.h"

#include "kernel/hart.h"
#include "kernel/irq.h"
#include "kernel/params.h"
#include "kernel/sched.h"
#include "kernel/time.h"

#define TICK (NSEC_PER_SEC / 100)       /* the unit of times in /proc/stat */

static nsec_t idle_time(unsigned hart)
{
    return harts[hart].idle ? sched_cpu_time(harts[hart].idle, NULL) : 0;
}

int proc_show_uptime(struct proc_text *t, unused_arg void *unused)
{
    nsec_t up = time_now(), idle = 0;

    for (unsigned i = 0; i < hart_count; i++)
        idle += idle_time(i);
    proc_print(t, "%lu.%02lu %lu.%02lu\n", up / NSEC_PER_SEC,
               up / (NSEC_PER_SEC / 100) % 100, idle / NSEC_PER_SEC,
               idle / (NSEC_PER_SEC / 100) % 100);
    return 0;
}

/* --- /proc/stat ----------------------------------------------------------- */

enum share { SHARE_USER, SHARE_NICE, SHARE_SYSTEM, SHARE_IDLE, SHARES };

/* What became of a hart's time so far.  Interrupts are the system's. */
static void share_time(unsigned hart, nsec_t shares[SHARES])
{
    struct hart *h = &harts[hart];
    nsec_t idle = idle_time(hart), up = time_now();
    nsec_t nice = h->online ? sched_nice_time(h) : 0;
    nsec_t user = time_of_ticks(arch_user_ticks(&h->arch));

    shares[SHARE_USER] += user - nice;
    shares[SHARE_NICE] += nice;
    shares[SHARE_SYSTEM] += up - MIN(up, idle + user);
    shares[SHARE_IDLE] += idle;
}

static void print_shares(struct proc_text *t, const nsec_t shares[SHARES])
{
    for (unsigned i = 0; i < SHARES; i++)
        proc_print(t, " %lu", shares[i] / TICK);
    /* Waiting for a disk, interrupts and so on are not told apart. */
    proc_print(t, " 0 0 0 0 0 0\n");
}

static void count_blocked(struct thread *t, void *count)
{
    if (READ_ONCE(t->state) == THREAD_SLEEPING &&
        READ_ONCE(t->sleep) == WAIT_UNINTERRUPTIBLE)
        ++*(unsigned *)count;
}

static void print_interrupts(struct proc_text *t)
{
    u64 sum = 0;

    for (unsigned i = 0; i < hart_count; i++)
        for (unsigned k = 0; k < HART_IRQS; k++)
            sum += READ_ONCE(harts[i].interrupts[k]);
    proc_print(t, "intr %lu\n", sum);
}

int proc_show_system_stat(struct proc_text *t, unused_arg void *unused)
{
    nsec_t all[SHARES] = { 0 };
    unsigned blocked = 0;
    u64 switches = 0;

    for (unsigned i = 0; i < hart_count; i++) {
        share_time(i, all);
        switches += READ_ONCE(harts[i].switches);
    }
    proc_print(t, "cpu ");
    print_shares(t, all);
    for (unsigned i = 0; i < hart_count; i++) {
        nsec_t shares[SHARES] = { 0 };

        share_time(i, shares);
        proc_print(t, "cpu%u", i);
        print_shares(t, shares);
    }
    print_interrupts(t);
    thread_for_each(count_blocked, &blocked);
    proc_print(t, "ctxt %lu\nbtime %lu\nprocesses %lu\n", switches,
               time_realtime_offset() / NSEC_PER_SEC, thread_made_count());
    proc_print(t, "procs_running %u\nprocs_blocked %u\n", sched_ready_count(),
               blocked);
    return 0;
}

/* --- lists ---------------------------------------------------------------- */

int proc_show_cpuinfo(struct proc_text *t, unused_arg void *unused)
{
    for (unsigned i = 0; i < hart_count; i++)
        proc_print(t, "processor\t: %u\nhart\t\t: %lu\nisa\t\t: %s\n"
                   "mmu\t\t: sv39\n\n", i, harts[i].arch.hartid, machine.isa);
    return 0;
}

int proc_show_interrupts(struct proc_text *t, unused_arg void *unused)
{
    static const struct {
        const char *sign, *words;
    } kinds[] = {
        [HART_IRQ_TIMER] = { "TMR", "RISC-V INTC   5 Edge      timer" },
        [HART_IRQ_IPI] = { "IPI", "RISC-V INTC   1 Edge      ipi" },
    };

    proc_print(t, "    ");
    for (unsigned i = 0; i < hart_count; i++)
        proc_print(t, "       CPU%u", i);
    proc_print(t, "\n");
    for (unsigned irq = 0; irq < IRQ_MAX; irq++) {
        if (!irq_name(irq))
            continue;
        proc_print(t, "%3u:", irq);
        for (unsigned i = 0; i < hart_count; i++)
            proc_print(t, " %10u", irq_count(irq, i));
        proc_print(t, "  SiFive PLIC %3u Edge      %s\n", irq, irq_name(irq));
    }
    for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
        proc_print(t, "%s:", kinds[k].sign);
        for (unsigned i = 0; i < hart_count; i++)
            proc_print(t, " %10lu", READ_ONCE(harts[i].interrupts[k]));
        proc_print(t, "  %s\n", kinds[k].words);
    }
    return 0;
}

/* --- /proc/harts ---------------------------------------------------------- */

#define COUNTER(text, field) { text, offsetof(struct hart, field) }

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
    COUNTER("switches", switches),
    COUNTER("satp_writes", arch.satp_writes),
    COUNTER("asid_rounds", arch.asid_generation),
    COUNTER("nested_traps", arch.nested_traps),
    COUNTER("fp_saves", arch.fpu_saves),
    COUNTER("fp_loads", arch.fpu_loads),
    COUNTER("tlb_flushes", arch.tlb_flushes),
    COUNTER("tlb_shootdowns", arch.tlb_shootdowns),
    COUNTER("timer_irqs", interrupts[HART_IRQ_TIMER]),
    COUNTER("ipis", interrupts[HART_IRQ_IPI]),
    COUNTER("device_irqs", interrupts[HART_IRQ_EXTERNAL]),
};

/* A line for each counter: its name, and a number for each hart. */
int proc_show_harts(struct proc_text *t, unused_arg void *unused)
{
    proc_print(t, "%-14s", "hart");
    for (unsigned i = 0; i < hart_count; i++)
        proc_print(t, " %10lu", harts[i].arch.hartid);
    for (unsigned k = 0; k < ARRAY_SIZE(counters); k++) {
        proc_print(t, "\n%-14s", counters[k].name);
        for (unsigned i = 0; i < hart_count; i++) {
            const char *hart = (const char *)&harts[i];

            proc_print(t, " %10lu",
                       READ_ONCE(*(const u64 *)(hart + counters[k].offset)));
        }
    }
    proc_print(t, "\n");
    return 0;
}
