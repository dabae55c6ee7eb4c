/* hart.c - the table of harts, starting them, and interrupts between them. */
#include "kernel/hart.h"

#include "kernel/irq.h"
#include "kernel/kstack.h"
#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/params.h"
#include "kernel/sched.h"
#include "kernel/time.h"

#define START_TIMEOUT (2 * NSEC_PER_SEC)

struct hart harts[MAX_HARTS];
_Static_assert(sizeof(struct hart) == HART_SIZE, "known to entry.S");
unsigned hart_count;

extern char overflow_stacks[];          /* kernel/riscv/entry.S */

struct arch_hart *arch_hart_of(unsigned id)
{
    return &harts[id].arch;
}

static void name_hart(unsigned id, u64 hartid)
{
    struct arch_hart *h = &harts[id].arch;

    h->id = id;
    h->hartid = hartid;
    h->asid_generation = 1;
    h->asid_next = 1;
    h->overflow_stack = (u64)overflow_stacks + (id + 1) * OVERFLOW_STACK_SIZE;
}

/* harts[0] is the one that booted, whichever that is: the tree may list more
 * harts than we have room for, and that one behind the others. */
void hart_init(u64 boot_hartid)
{
    name_hart(0, boot_hartid);
    hart_count = 1;
    for (unsigned i = 0; i < machine.hart_count && hart_count < MAX_HARTS; i++)
        if (machine.hartids[i] != boot_hartid)
            name_hart(hart_count++, machine.hartids[i]);
}

int hart_prepare(struct hart *h)
{
    int error = sched_init_hart(h);

    if (!error)
        error = time_init_hart(h);
    if (!error)
        error = thread_init_idle(h);
    return error;
}

static bool wait_online(const struct hart *h)
{
    nsec_t deadline = time_now() + START_TIMEOUT;

    while (!__atomic_load_n(&h->online, __ATOMIC_ACQUIRE)) {
        if (time_now() > deadline)
            return false;
        arch_relax();
    }
    return true;
}

/* The firmware refuses while the hart is still on its way to waiting. */
static int ask_firmware(struct hart *h)
{
    nsec_t deadline = time_now() + START_TIMEOUT;
    int error;

    while ((error = arch_hart_start(&h->arch)) && time_now() < deadline)
        thread_delay(NSEC_PER_MSEC);
    return error;
}

static const char *start(struct hart *h)
{
    h->arch.kstack = kstack_alloc();
    if (!h->arch.kstack || hart_prepare(h))
        return "out of memory";
    if (ask_firmware(h))
        return "the firmware refused";
    return wait_online(h) ? NULL : "it did not come up";
}

void hart_start_all(void)
{
    for (unsigned i = 1; i < hart_count; i++) {
        const char *problem = start(&harts[i]);
        if (problem)
            log_error("hart %u (id %lu) left out: %s", i, harts[i].arch.hartid,
                      problem);
    }
}

void hart_main(void)
{
    struct hart *h = this_hart();

    arch_hart_init(&h->arch);
    irq_init_hart();
    sched_online(h);
    sched_idle();
}

void trap_ipi(void)
{
    this_hart()->interrupts[HART_IRQ_IPI]++;
    panic_check_stop();
    log_deliver();
}
