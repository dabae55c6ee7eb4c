/*
 * t_core.c - what is in a core file (row I-09).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/core.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define RW (PROT_READ | PROT_WRITE)

static struct core core;

/* A child that runs body() has left a core, which is open now. */
static void dump(void (*body)(void), int signo)
{
    core_allow();
    place_enter();
    CHECK_DUMPED(core_of(body), signo);
    core_open(&core, "core");
}

static void done(void)
{
    core_close(&core);
    place_leave();
}

static const prstatus_t *status_of(int n)
{
    size_t size;
    const prstatus_t *s = core_note(&core, NT_PRSTATUS, n, &size);

    CHECK(s && size == 376);
    return s;
}

/* Register x1 ... x31 of the n-th thread; x0: pc. */
static uint64_t reg_of(int n, int reg)
{
    return ((const uint64_t *)&status_of(n)->pr_reg)[reg];
}

static int *volatile nowhere = (int *)0x18;

static void fault(void)
{
    *nowhere = 1;
}

/* --- memory ---------------------------------------------------------------- */

static char *shared;                    /* what children tell */

static void save_maps_and_fault(void)
{
    strcpy(shared, probe_maps());
    fault();
}

static int flags_of(const char *text)
{
    return (text[0] == 'r' ? PF_R : 0) | (text[1] == 'w' ? PF_W : 0) |
           (text[2] == 'x' ? PF_X : 0);
}

TEST("I-09 a core has a segment for each line of /proc/pid/maps")
{
    int i = 1;

    shared = child_shared(65536);
    dump(save_maps_and_fault, SIGSEGV);
    for (char *line = strtok(shared, "\n"); line; line = strtok(NULL, "\n")) {
        const Elf64_Phdr *ph = &core.segments[i++];
        unsigned long start, end;
        char flags[8];

        CHECK_EQ(sscanf(line, "%lx-%lx %7s", &start, &end, flags), 3);
        CHECK_EQ(ph->p_vaddr, start);
        CHECK_EQ(ph->p_memsz, end - start);
        CHECK_EQ(ph->p_flags, flags_of(flags));
    }
    CHECK_EQ(core.header->e_phnum, i);
    done();
}

static long global = 1;
static const long constant = 77;
struct places {
    char *heap, *hidden, *inherited, *big, *no_dump, *device;
    char *file_same, *file_changed, *file_shared, *memory_shared;
    long *local;
} *places;

static char *map_file(int prot, int flags)
{
    int fd = open("data", O_RDWR);
    char *p = mmap(NULL, 4 * PAGE, prot, flags, fd, 0);

    CHECK(p != MAP_FAILED);
    close(fd);
    return p;
}

static void fill_memory(void)
{
    long local = 1234567;

    global = 2;
    places->local = &local;
    places->heap = strcpy(malloc(100), "on the heap");
    places->hidden = strcpy(probe_pages(1, RW), "hidden");
    CHECK_EQ(mprotect(places->hidden, PAGE, PROT_NONE), 0);
    places->inherited[PAGE] = 'b';
    places->big = mmap(NULL, 1ul << 32, RW, MAP_PRIVATE | MAP_ANONYMOUS |
                       MAP_NORESERVE, -1, 0);
    CHECK(places->big != MAP_FAILED);
    places->big[3ul << 30] = 'x';
    places->no_dump = strcpy(probe_pages(1, RW), "secret");
    CHECK_EQ(madvise(places->no_dump, PAGE, MADV_DONTDUMP), 0);
    places->file_same = map_file(PROT_READ, MAP_PRIVATE);
    places->file_changed = map_file(RW, MAP_PRIVATE);
    places->file_changed[2 * PAGE] = 'c';
    places->file_shared = map_file(RW, MAP_SHARED);
    places->file_shared[2 * PAGE] = 's';
    places->memory_shared = child_shared(2 * PAGE);
    places->memory_shared[PAGE] = 'm';
    CHECK_EQ(munmap(places->memory_shared + PAGE, 0), -1);
    fault();
    free(places->heap);
    __asm__ volatile("" : : "m"(local));
}

static char byte_at(const char *address)
{
    const char *byte = core_at(&core, address);

    CHECK(byte);
    return *byte;
}

/* Before the child: a file of four pages, and a page to inherit. */
static void prepare_places(void)
{
    char letters[4 * PAGE];
    int fd = open("data", O_RDWR | O_CREAT, 0600);

    memset(letters, 'f', sizeof(letters));
    CHECK_EQ(write(fd, letters, sizeof(letters)), sizeof(letters));
    close(fd);
    places = child_shared(sizeof(*places));
    places->inherited = probe_pages(2, RW);
    memset(places->inherited, 'a', 2 * PAGE);
}

TEST("I-09 memory: data, heap, stack, copied, hidden and shared pages")
{
    core_allow();
    place_enter();
    prepare_places();
    CHECK_DUMPED(core_of(fill_memory), SIGSEGV);
    core_open(&core, "core");
    CHECK_EQ(*(long *)core_at(&core, &global), 2);
    CHECK_EQ(*(long *)core_at(&core, places->local), 1234567);
    CHECK(strcmp(core_at(&core, places->heap), "on the heap") == 0);
    CHECK(strcmp(core_at(&core, places->hidden), "hidden") == 0);
    CHECK_EQ(byte_at(places->inherited), 'a');
    CHECK_EQ(byte_at(places->inherited + PAGE), 'b');
    CHECK_EQ(byte_at(places->memory_shared), 0);
    CHECK_EQ(byte_at(places->memory_shared + PAGE), 'm');
    done();
}

TEST("I-09 of files a core has what the program changed, else the first page")
{
    core_allow();
    place_enter();
    prepare_places();
    CHECK_DUMPED(core_of(fill_memory), SIGSEGV);
    core_open(&core, "core");
    CHECK_EQ(byte_at(places->file_changed + 2 * PAGE), 'c');
    CHECK_EQ(byte_at(places->file_changed + 3 * PAGE), 'f');
    CHECK_EQ(byte_at(places->file_same), 'f');
    CHECK(!core_at(&core, places->file_same + PAGE));
    CHECK(!core_at(&core, places->file_shared + 2 * PAGE));
    CHECK(core_segment(&core, places->file_same + PAGE));
    CHECK(core_segment(&core, &constant));
    CHECK(!core_at(&core, places->no_dump));
    CHECK(core_segment(&core, places->no_dump));
    done();
}

TEST("I-09 what was never touched is a hole that takes no memory")
{
    long before, after;
    struct stat st;

    core_allow();
    place_enter();
    prepare_places();
    before = tap_read_number("/proc/meminfo", "MemFree:");
    CHECK_DUMPED(core_of(fill_memory), SIGSEGV);
    after = tap_read_number("/proc/meminfo", "MemFree:");
    CHECK_EQ(stat("core", &st), 0);
    CHECK(st.st_size > 1l << 32);
    CHECK(st.st_blocks * 512 < 2 << 20);
    CHECK(before - after < 4 << 10);
    core_open(&core, "core");
    CHECK_EQ(byte_at(places->big + (3ul << 30)), 'x');
    CHECK_EQ(byte_at(places->big + (1ul << 30)), 0);
    done();
}

/* --- registers ------------------------------------------------------------- */

extern char bad_store[];

static void fault_with_registers(void)
{
    __asm__ volatile(".option push\n.option norvc\n"
                     "  li t1, 0x66\n  fmv.d.x ft3, t1\n"
                     "  li t1, 0x77\n  fmv.d.x fs11, t1\n"
                     "  csrwi fcsr, 5\n"
                     "  li s1, 0x11\n  li s11, 0x22\n  li a0, 0x33\n"
                     "  li t6, 0x44\n  li ra, 0x55\n"
                     "  .globl bad_store\n"
                     "bad_store: sd zero, 24(zero)\n"
                     ".option pop" : : : "memory", "s1", "s11", "a0", "t6",
                     "ra", "t1", "ft3", "fs11");
}

TEST("I-09 registers, floating-point ones too, are those of the fault")
{
    const uint64_t *fp;
    size_t size;

    dump(fault_with_registers, SIGSEGV);
    CHECK_EQ(reg_of(0, 0), bad_store);
    CHECK_EQ(reg_of(0, 1), 0x55);
    CHECK_EQ(reg_of(0, 9), 0x11);
    CHECK_EQ(reg_of(0, 10), 0x33);
    CHECK_EQ(reg_of(0, 27), 0x22);
    CHECK_EQ(reg_of(0, 31), 0x44);
    fp = core_note(&core, NT_FPREGSET, 0, &size);
    CHECK(fp && size == 33 * 8);
    CHECK_EQ(fp[3], 0x66);
    CHECK_EQ(fp[27], 0x77);
    CHECK_EQ((uint32_t)fp[32], 5);
    CHECK_EQ(status_of(0)->pr_fpvalid, 1);
    done();
}

/* --- what the process was -------------------------------------------------- */

static void abort_quietly(void)
{
    signal(SIGABRT, SIG_DFL);
    *(pid_t *)shared = getpid();
    syscall(SYS_tgkill, getpid(), gettid(), SIGABRT);
}

TEST("I-09 siginfo of a fault, and of a signal that was sent")
{
    const siginfo_t *info;
    size_t size;

    shared = child_shared(PAGE);
    dump(fault, SIGSEGV);
    info = core_note(&core, NT_SIGINFO, 0, &size);
    CHECK(info && size == 128);
    CHECK_EQ(info->si_signo, SIGSEGV);
    CHECK_EQ(info->si_code, SEGV_MAPERR);
    CHECK_EQ(info->si_addr, 0x18);
    done();
    dump(abort_quietly, SIGABRT);
    info = core_note(&core, NT_SIGINFO, 0, &size);
    CHECK_EQ(info->si_signo, SIGABRT);
    CHECK_EQ(info->si_code, SI_TKILL);
    CHECK_EQ(info->si_pid, *(pid_t *)shared);
    CHECK_EQ(status_of(0)->pr_cursig, SIGABRT);
    CHECK_EQ(status_of(0)->pr_info.si_signo, SIGABRT);
    done();
}

static void block_and_fault(void)
{
    sigset_t set;

    *(pid_t *)shared = getpid();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    fault();
}

TEST("I-09 prstatus and prpsinfo tell whose child it was, its name, its mask")
{
    const prpsinfo_t *p;
    const prstatus_t *s;
    size_t size;

    shared = child_shared(PAGE);
    dump(block_and_fault, SIGSEGV);
    p = core_note(&core, NT_PRPSINFO, 0, &size);
    CHECK(p && size == 136);
    CHECK_EQ(p->pr_pid, *(pid_t *)shared);
    CHECK_EQ(p->pr_ppid, getpid());
    CHECK_EQ(p->pr_pgrp, getpgrp());
    CHECK_EQ(p->pr_sid, getsid(0));
    CHECK_EQ(p->pr_sname, 'R');
    CHECK(strcmp(p->pr_fname, "t_core") == 0);
    CHECK(strncmp(p->pr_psargs, tap_self, strlen(tap_self)) == 0);
    s = status_of(0);
    CHECK_EQ(s->pr_pid, p->pr_pid);
    CHECK_EQ(s->pr_ppid, getpid());
    CHECK_EQ(s->pr_sighold, 1ul << (SIGUSR1 - 1));
    CHECK_EQ(s->pr_sigpend, 1ul << (SIGUSR1 - 1));
    done();
}

TEST("I-09 the auxiliary vector is there, and which file is mapped where")
{
    const Elf64_auxv_t *aux;
    const uint64_t *files;
    const char *name;
    size_t size;
    bool seen = false;

    dump(fault, SIGSEGV);
    aux = core_note(&core, NT_AUXV, 0, &size);
    CHECK(aux && size % sizeof(*aux) == 0);
    for (; aux->a_type != AT_NULL; aux++)
        CHECK_EQ(aux->a_un.a_val, getauxval(aux->a_type));
    files = core_note(&core, NT_FILE, 0, &size);
    CHECK(files && files[0] > 0 && files[1] == PAGE);
    name = (const char *)&files[2 + 3 * files[0]];
    for (uint64_t i = 0; i < files[0]; i++) {
        const uint64_t *range = &files[2 + 3 * i];

        if (range[0] <= (uint64_t)fault && (uint64_t)fault < range[1])
            seen = strcmp(name, tap_self) == 0 && range[2] ==
                   (range[0] - getauxval(AT_PHDR) / PAGE * PAGE) / PAGE;
        name += strlen(name) + 1;
    }
    CHECK(seen);
    CHECK_EQ(name - (const char *)files, size);
    done();
}

/* --- threads --------------------------------------------------------------- */

#define SPINNERS 3
static volatile uint64_t turns[SPINNERS];
static int pipe_ends[2];
static volatile pid_t reader;

/* Each turn is counted in s2, then in memory. */
static void *spin(void *arg)
{
    __asm__ volatile("  mv s1, %0\n  ld s2, (%0)\n"
                     "1: addi s2, s2, 1\n  sd s2, (%0)\n  j 1b"
                     : : "r"(arg) : "s1", "s2", "memory");
    return NULL;
}

static void *wait_for_input(void *arg)
{
    char byte;

    reader = gettid();
    read(pipe_ends[0], &byte, 1);
    return arg;
}

static void *fault_in_thread(void *arg)
{
    while (!turns[0] || !turns[1] || !turns[2] || !reader)
        usleep(1000);
    *(pid_t *)shared = gettid();
    fault();
    return arg;
}

static void start(void *(*entry)(void *), void *arg)
{
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, entry, arg), 0);
}

static void be_many_and_fault(void)
{
    CHECK_EQ(pipe(pipe_ends), 0);
    for (int i = 0; i < SPINNERS; i++)
        start(spin, (void *)&turns[i]);
    start(wait_for_input, NULL);
    start(fault_in_thread, NULL);
    for (;;)
        pause();
}

TEST("I-09 each thread has its registers, the faulting one comes first")
{
    int spinners = 0, readers = 0, leaders = 0;
    const prpsinfo_t *process;
    size_t size;

    shared = child_shared(PAGE);
    dump(be_many_and_fault, SIGSEGV);
    CHECK_EQ(core_notes(&core, NT_PRSTATUS), SPINNERS + 3);
    CHECK_EQ(core_notes(&core, NT_FPREGSET), SPINNERS + 3);
    CHECK_EQ(status_of(0)->pr_pid, *(pid_t *)shared);
    process = core_note(&core, NT_PRPSINFO, 0, &size);
    for (int i = 1; i < SPINNERS + 3; i++) {
        uint64_t place = reg_of(i, 9);

        for (int k = 0; k < i; k++)
            CHECK(status_of(i)->pr_pid != status_of(k)->pr_pid);
        if (place >= (uint64_t)turns && place < (uint64_t)(turns + SPINNERS)) {
            /* All stood still before the memory was read. */
            uint64_t seen = *(uint64_t *)core_at(&core, (void *)place);

            CHECK(reg_of(i, 18) - seen <= 1);
            spinners++;
        } else if (status_of(i)->pr_pid == *(pid_t *)core_at(&core, (void *)&reader)) {
            readers++;
        } else {
            CHECK_EQ(status_of(i)->pr_pid, process->pr_pid);
            leaders++;
        }
    }
    CHECK_EQ(spinners, SPINNERS);
    CHECK_EQ(readers, 1);
    CHECK_EQ(leaders, 1);
    done();
}

static pthread_barrier_t barrier;

static void *fault_together(void *arg)
{
    pthread_barrier_wait(&barrier);
    fault();
    return arg;
}

static void all_fault(void)
{
    pthread_barrier_init(&barrier, NULL, 8);
    for (int i = 0; i < 7; i++)
        start(fault_together, NULL);
    fault_together(NULL);
}

TEST("I-09 eight threads that fault at once leave one core, of all eight")
{
    for (int i = 0; i < 10; i++) {
        dump(all_fault, SIGSEGV);
        CHECK_EQ(core_notes(&core, NT_PRSTATUS), 8);
        done();
    }
}

static void *leave(void *arg)
{
    pthread_barrier_wait(&barrier);
    syscall(SYS_exit, 0);
    return arg;
}

static void fault_among_leavers(void)
{
    pthread_barrier_init(&barrier, NULL, 8);
    for (int i = 0; i < 7; i++)
        start(leave, NULL);
    fault_together(NULL);
}

TEST("I-09 threads that exit meanwhile do no harm")
{
    for (int i = 0; i < 20; i++) {
        int n;

        dump(fault_among_leavers, SIGSEGV);
        n = core_notes(&core, NT_PRSTATUS);
        CHECK(n >= 1 && n <= 8);
        CHECK_EQ(core_notes(&core, NT_FPREGSET), n);
        done();
    }
}
