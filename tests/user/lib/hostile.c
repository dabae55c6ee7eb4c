/* hostile.c - see hostile.h. */
#define _GNU_SOURCE
#include "tests/user/lib/hostile.h"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#define PATTERN 0xa5
#define FOLDER "/tmp/hostile"

/* More of kernel/riscv/layout.h. */
#define DIRECT_BASE     0xffffffc000000000
#define KERNEL_TEXT     0xffffffc000200000
#define KERNEL_DATA     0xffffffc000280000
#define DIRECT_RAM      0xffffffc004000000
#define PAGE_ARRAY      0xffffffe000000000
#define KERNEL_STACK    0xfffffff000004000
#define NON_CANONICAL   0x0000800000000000

struct arena *arena;
int null_fd;
static char host[65];

struct hostile hostile_values[] = {
    { "0", 0, false },
    { "1", 1, true },
    { "kernel text", KERNEL_TEXT, true },
    { "kernel data", KERNEL_DATA, true },
    { "direct map", DIRECT_RAM, true },
    { "page array", PAGE_ARRAY, true },
    { "kernel stack", KERNEL_STACK, true },
    { "non-canonical", NON_CANONICAL, true },
    { "end of user space", USER_END, true },
    { "last word of user space", USER_END - 8, true },
    { "-1", -1ul, true },
    { "-8", -8ul, true },
    { "INT_MIN", -0x80000000ul, true },
    { "INT_MAX", 0x7fffffff, false },
    { "LONG_MIN", 1ul << 63, true },
    { "LONG_MAX", ~0ul >> 1, true },
    { "1 << 31", 1ul << 31, false },
    { "1 << 40", 1ul << 40, true },
    { "0xdeadbeef", 0xdeadbeef, false },
#define MADE_VALUES 19
    { "hole", 0, true },
    { "no access", 0, true },
    { "last byte before a hole", 0, false },
    { "last word before a hole", 0, false },
    { "read-only page", 0, false },
    { "misaligned", 0, false },
};
const int hostile_count = sizeof(hostile_values) / sizeof(hostile_values[0]);

static void make_arena(void)
{
    struct hostile *made = &hostile_values[MADE_VALUES];

    arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(arena != MAP_FAILED);
    memset(arena, PATTERN, sizeof(*arena));
    CHECK(mprotect(arena->constant, HOSTILE_PAGE, PROT_READ) == 0);
    CHECK(mprotect(arena->barred, HOSTILE_PAGE, PROT_NONE) == 0);
    made[0].value = (unsigned long)arena->hole;
    made[1].value = (unsigned long)arena->barred;
    made[2].value = (unsigned long)arena->edge + HOSTILE_PAGE - 1;
    made[3].value = (unsigned long)arena->edge + HOSTILE_PAGE - 8;
    made[4].value = (unsigned long)arena->constant;
    made[5].value = (unsigned long)arena->slots + 257;
}

static void block_sigchld(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void prepare(void)
{
    make_arena();
    block_sigchld();
    null_fd = open("/dev/null", O_RDWR);
    CHECK(null_fd > 2);
}

/* Last, so that nothing is mapped there. */
static void make_hole(void)
{
    CHECK(munmap(arena->hole, HOSTILE_PAGE) == 0);
}

void hostile_enter_memory(void)
{
    prepare();
    make_hole();
}

void hostile_enter(void)
{
    prepare();
    CHECK(gethostname(host, sizeof(host)) == 0);
    mkdir(FOLDER, 0755);
    CHECK(mount("none", FOLDER, "tmpfs", 0, "size=4m") == 0);
    CHECK(chdir(FOLDER) == 0 && chmod(".", 0777) == 0);
    calls_prepare();
    make_hole();
}

/* Names that calls have made outside the folder. */
static void remove_queues(void)
{
    DIR *dir = opendir("/dev/mqueue");
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        mq_unlink(entry->d_name);
    if (dir)
        closedir(dir);
}

void hostile_leave(void)
{
    remove_queues();
    calls_leave();
    CHECK(sethostname(host, strlen(host)) == 0);
    CHECK(setdomainname("(none)", 6) == 0);
    CHECK(chdir("/") == 0);
    CHECK(umount2(FOLDER, MNT_DETACH) == 0 && rmdir(FOLDER) == 0);
}

static bool all_pattern(const unsigned char *from, const unsigned char *end)
{
    while (from < end)
        if (*from++ != PATTERN)
            return false;
    return true;
}

static bool has_kernel_address(unsigned long not_this)
{
    const unsigned long *word = (const unsigned long *)arena->slots;

    for (; word < (const unsigned long *)arena->after; word++)
        if (*word >= DIRECT_BASE && *word < -0x1000000ul && *word != not_this)
            return true;
    return false;
}

const char *hostile_inspect_writes(unsigned long value, bool pointer)
{
    const unsigned char *edge_end = arena->edge + HOSTILE_PAGE;
    const unsigned char *given = (const unsigned char *)value;

    if (!all_pattern(arena->before, arena->slots) ||
        (pointer && !all_pattern(arena->after, arena->edge)))
        return "wrote beside the buffers";
    if (given < arena->edge || given > edge_end)
        given = edge_end;
    if (pointer && !all_pattern(arena->edge, given))
        return "wrote before the address given";
    if (!all_pattern(arena->constant, arena->barred))
        return "wrote to a read-only page";
    memset(arena->edge, PATTERN, HOSTILE_PAGE);
    return NULL;
}

const char *hostile_inspect(unsigned long value, bool pointer)
{
    const char *fault = hostile_inspect_writes(value, pointer);

    if (!fault && has_kernel_address(value))
        fault = "gave away a kernel address";
    return fault;
}

static void ignore_signal(int signo)
{
    (void)signo;
}

void hostile_tick(long usec)
{
    struct sigaction act = { .sa_handler = ignore_signal };
    struct itimerval tick = { { 0, usec }, { 0, usec } };

    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &tick, NULL);
}

int hostile_wait(pid_t pid, long ms)
{
    struct timespec limit = { ms / 1000, ms % 1000 * 1000000 };
    sigset_t set;
    int status = 0;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    while (waitpid(pid, &status, WNOHANG) == 0 || WIFSTOPPED(status)) {
        /* It has made us its tracer. */
        if (WIFSTOPPED(status)) {
            ptrace(PTRACE_DETACH, pid, 0, 0);
            status = 0;
        } else if (sigtimedwait(&set, NULL, &limit) < 0 && errno == EAGAIN) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
    }
    return status;
}

bool hostile_listed(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (!strcmp(*names, name))
            return true;
    return false;
}
