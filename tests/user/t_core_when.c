/*
 * t_core_when.c - when there is a core file, where, and for whom (core(5); row
 * I-09).
 *
 * run: cpus=1,4 timeout=120
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/core.h"
#include "tests/user/lib/failnth.h"
#include "tests/user/lib/image.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#define PATTERN "/proc/sys/kernel/core_pattern"
#define USES_PID "/proc/sys/kernel/core_uses_pid"

static int *volatile nowhere = (int *)0x18;

static void fault(void)
{
    *nowhere = 1;
}

static bool exists(const char *name)
{
    struct stat st;

    return lstat(name, &st) == 0;
}

static void begin(void)
{
    core_allow();
    place_enter();
}

/* --- signals and limits ---------------------------------------------------- */

static int fatal_signal;

static void kill_self(void)
{
    kill(getpid(), fatal_signal);
}

TEST("I-09 the signals that leave a core, and those that do not")
{
    static const int with[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS,
                                SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };

    begin();
    for (int signo = 1; signo <= 64; signo++) {
        bool leaves = false;

        if (signo == SIGCHLD || signo == SIGCONT || signo == SIGURG ||
            signo == SIGWINCH || (signo >= SIGSTOP && signo <= SIGTTOU) ||
            (signo >= 32 && signo < SIGRTMIN))
            continue;
        for (size_t i = 0; i < sizeof(with) / sizeof(*with); i++)
            leaves |= with[i] == signo;
        fatal_signal = signo;
        CHECK_EQ(core_of(kill_self), leaves ? signo | 0x80 : signo);
        CHECK_EQ(exists("core"), leaves);
        unlink("core");
    }
    place_leave();
}

static void set_limit(int resource, rlim_t value)
{
    const struct rlimit limit = { value, RLIM_INFINITY };

    CHECK_EQ(setrlimit(resource, &limit), 0);
}

TEST("I-09 without a limit for cores, or for files, there is none")
{
    begin();
    set_limit(RLIMIT_CORE, 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    set_limit(RLIMIT_CORE, 100);
    CHECK_EQ(core_of(fault), SIGSEGV);
    set_limit(RLIMIT_CORE, RLIM_INFINITY);
    set_limit(RLIMIT_FSIZE, 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK(!exists("core"));
    place_leave();
}

/* What the limit is about: without holes. */
static size_t space(const char *name)
{
    struct stat st;

    CHECK_EQ(stat(name, &st), 0);
    return st.st_blocks * 512;
}

TEST("I-09 a core is cut at its limit, and at that of files")
{
    begin();
    set_limit(RLIMIT_CORE, 16384);
    CHECK_DUMPED(core_of(fault), SIGSEGV);
    CHECK(space("core") >= 4096 && space("core") <= 16384);
    set_limit(RLIMIT_CORE, RLIM_INFINITY);
    set_limit(RLIMIT_FSIZE, 8192);
    CHECK_DUMPED(core_of(fault), SIGSEGV);
    CHECK(place_size("core") >= 4096 && place_size("core") <= 8192);
    set_limit(RLIMIT_FSIZE, RLIM_INFINITY);
    place_leave();
}

TEST("I-09 a full disk cuts a core")
{
    core_allow();
    CHECK(mkdir("/tmp/small", 0700) == 0 || errno == EEXIST);
    CHECK_EQ(mount("none", "/tmp/small", "tmpfs", 0, "size=16k"), 0);
    CHECK_EQ(chdir("/tmp/small"), 0);
    CHECK_DUMPED(core_of(fault), SIGSEGV);
    CHECK(place_size("core") >= 4096);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(umount2("/tmp/small", MNT_DETACH), 0);
    CHECK_EQ(rmdir("/tmp/small"), 0);
}

static void fault_blocked(void)
{
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    fault();
}

static void forged_frame(void)
{
    __asm__ volatile("li sp, 0x40\nli a7, 139\necall" : : : "memory");
}

TEST("I-09 blocked faults and forged signal frames leave one, too")
{
    struct core core;
    size_t size;

    begin();
    CHECK_DUMPED(core_of(fault_blocked), SIGSEGV);
    CHECK_EQ(unlink("core"), 0);
    CHECK_DUMPED(core_of(forged_frame), SIGSEGV);
    core_open(&core, "core");
    CHECK_EQ(core_notes(&core, NT_PRSTATUS), 1);
    CHECK(core_note(&core, NT_PRSTATUS, 0, &size));
    core_close(&core);
    place_leave();
}

TEST("I-09 B-18 waitid and SIGCHLD say CLD_DUMPED")
{
    siginfo_t info;
    sigset_t set;
    pid_t pid;

    begin();
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid = child_start(fault);
    CHECK_EQ(sigwaitinfo(&set, &info), SIGCHLD);
    CHECK_EQ(info.si_code, CLD_DUMPED);
    CHECK_EQ(info.si_status, SIGSEGV);
    CHECK_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
    CHECK_EQ(info.si_code, CLD_DUMPED);
    CHECK_EQ(info.si_status, SIGSEGV);
    place_leave();
}

/* --- who may not ----------------------------------------------------------- */

static void hide_and_fault(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    fault();
}

static void change_id_and_fault(void)
{
    CHECK_EQ(setuid(1000), 0);
    fault();
}

static void fault_as_user(void)
{
    CHECK_EQ(setuid(1000), 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
    fault();
}

TEST("I-09 no core of what is not dumpable")
{
    begin();
    CHECK_EQ(core_of(hide_and_fault), SIGSEGV);
    CHECK_EQ(core_of(change_id_and_fault), SIGSEGV);
    CHECK(!exists("core"));
    CHECK_DUMPED(core_of(fault_as_user), SIGSEGV);
    place_leave();
}

static void run_as_user(void)
{
    CHECK_EQ(setuid(1000), 0);
    execl("./crasher", "crasher", NULL);
}

TEST("I-09 no core of set-id programs, nor of those that cannot be read")
{
    static const uint32_t store_to_null[] = { 0x00003023 };
    struct image image;

    begin();
    image_make(&image, ET_EXEC, store_to_null, sizeof(store_to_null));
    image_save("crasher", &image, sizeof(image));
    CHECK_EQ(chmod("crasher", 04755), 0);
    CHECK_EQ(core_of(run_as_user), SIGSEGV);
    CHECK_EQ(chmod("crasher", 0711), 0);
    CHECK_EQ(core_of(run_as_user), SIGSEGV);
    CHECK(!exists("core"));
    CHECK_EQ(chmod("crasher", 0755), 0);
    CHECK_DUMPED(core_of(run_as_user), SIGSEGV);
    place_leave();
}

/* --- what stands in its place ---------------------------------------------- */

TEST("I-09 an older core of one's own is overwritten, and for oneself only")
{
    struct core core;
    char junk[8192];
    int fd;

    begin();
    memset(junk, 'j', sizeof(junk));
    fd = open("core", O_RDWR | O_CREAT, 0666);
    for (int i = 0; i < 200; i++)
        CHECK_EQ(write(fd, junk, sizeof(junk)), sizeof(junk));
    CHECK_EQ(fchmod(fd, 0666), 0);
    CHECK_EQ(close(fd), 0);
    CHECK_DUMPED(core_of(fault), SIGSEGV);
    core_open(&core, "core");
    core_close(&core);
    place_leave();
}

TEST("I-09 nothing is written to links, folders, pipes and others' files")
{
    int fd;

    begin();
    place_file("core", "mine");
    CHECK_EQ(link("core", "other"), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK_EQ(place_size("other"), 4);
    CHECK_EQ(unlink("core"), 0);
    CHECK_EQ(symlink("other", "core"), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK_EQ(place_size("other"), 4);
    CHECK_EQ(rename("other", "core"), 0);
    CHECK_EQ(chown("core", 1000, 0), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK_EQ(place_size("core"), 4);
    CHECK_EQ(unlink("core"), 0);
    CHECK_EQ(mkdir("core", 0777), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK_EQ(rmdir("core"), 0);
    CHECK_EQ(mkfifo("core", 0666), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    fd = open("core", O_RDWR);
    CHECK_EQ(core_of(fault), SIGSEGV);
    close(fd);
    place_leave();
}

TEST("I-09 no core in a folder that may not be written to, or is no more")
{
    begin();
    CHECK_EQ(chmod(".", 0755), 0);
    CHECK_EQ(core_of(fault_as_user), SIGSEGV);
    CHECK(!exists("core"));
    CHECK_EQ(mkdir("gone", 0755), 0);
    CHECK_EQ(chdir("gone"), 0);
    CHECK_EQ(rmdir("../gone"), 0);
    CHECK_EQ(core_of(fault), SIGSEGV);
    CHECK_EQ(chdir(".."), 0);
    place_leave();
}

/* --- names ----------------------------------------------------------------- */

static int set(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY), n;

    CHECK(fd >= 0);
    n = write(fd, text, strlen(text));
    close(fd);
    return n == (int)strlen(text) ? 0 : -1;
}

/* The one core that a child of this pattern leaves is called so. */
static void check_name(const char *pattern, const char *format)
{
    char name[300];
    pid_t pid;
    int status;

    CHECK_EQ(set(PATTERN, pattern), 0);
    pid = child_start(fault);
    status = child_wait(pid);
    CHECK_EQ(set(PATTERN, "core\n"), 0);
    CHECK_EQ(status, SIGSEGV | 0x80);
    snprintf(name, sizeof(name), format, pid);
    CHECK(exists(name));
    CHECK_EQ(unlink(name), 0);
}

TEST("I-09 core_pattern: what stands for what")
{
    struct utsname names;
    char text[200];

    begin();
    CHECK_EQ(uname(&names), 0);
    snprintf(text, sizeof(text), "h-%s", names.nodename);
    check_name("c.%p\n", "c.%d");
    check_name("%e-%s-%u-%g", "t_core_when-11-0-0");
    check_name("%i.%%", "%d.%%");
    check_name("h-%h", text);
    check_name("x%y%", "x");
    CHECK_EQ(mkdir("sub", 0755), 0);
    check_name("sub/%e", "sub/t_core_when");
    check_name("/tmp/place/abs", "/tmp/place/abs");
    place_leave();
}

static void slash_and_fault(void)
{
    prctl(PR_SET_NAME, "../a/b");
    fault();
}

TEST("I-09 core_pattern: a program's name is no path, %t is the time")
{
    time_t before = time(NULL);
    char name[100];
    bool found = false;

    begin();
    CHECK_EQ(set(PATTERN, "%e"), 0);
    CHECK_DUMPED(core_of(slash_and_fault), SIGSEGV);
    CHECK_EQ(set(PATTERN, "at-%t"), 0);
    CHECK_DUMPED(core_of(fault), SIGSEGV);
    CHECK_EQ(set(PATTERN, "core\n"), 0);
    CHECK(exists("..!a!b"));
    for (time_t t = before; t <= time(NULL); t++) {
        snprintf(name, sizeof(name), "at-%ld", (long)t);
        found |= exists(name);
    }
    CHECK(found);
    place_leave();
}

TEST("I-09 core_uses_pid adds the number, unless it is there")
{
    begin();
    CHECK_EQ(set(USES_PID, "1\n"), 0);
    check_name("core", "core.%d");
    check_name("c-%p", "c-%d");
    CHECK_EQ(set(USES_PID, "0"), 0);
    check_name("core", "core");
    CHECK_FAILS(set(USES_PID, "x"), EINVAL);
    place_leave();
}

TEST("I-09 core_pattern: no pipes, no more than 127 bytes, for root only")
{
    char text[300], back[300];
    int fd;

    CHECK_FAILS(set(PATTERN, "|/bin/cat"), EINVAL);
    memset(text, 'x', sizeof(text));
    text[299] = '\0';
    set(PATTERN, text);
    fd = open(PATTERN, O_RDONLY);
    CHECK_EQ(read(fd, back, sizeof(back)), 128);
    close(fd);
    CHECK_EQ(set(PATTERN, "core\n"), 0);
    fd = open(PATTERN, O_RDONLY);
    CHECK_EQ(read(fd, back, sizeof(back)), 5);
    CHECK(memcmp(back, "core\n", 5) == 0);
    close(fd);
    CHECK_EQ(seteuid(1000), 0);
    CHECK_FAILS(open(PATTERN, O_WRONLY), EACCES);
    CHECK_EQ(seteuid(0), 0);
}

/* --- meanwhile ------------------------------------------------------------- */

#define MUCH (8ul << 20)

static void fault_with_much(void)
{
    memset(probe_pages(MUCH / PAGE, PROT_READ | PROT_WRITE), 1, MUCH);
    fault();
}

TEST("I-09 SIGKILL ends a dump, other signals do not")
{
    int killed = 0;

    begin();
    for (int i = 0; i < 20 && !killed; i++) {
        pid_t pid = child_start(fault_with_much);
        int status;

        while (!exists("core"))
            sched_yield();
        kill(pid, SIGTERM);
        kill(pid, SIGSTOP);
        kill(pid, SIGKILL);
        status = child_wait(pid);
        /* It may have come too late. */
        CHECK(status == SIGKILL || status == (SIGSEGV | 0x80));
        killed += status == SIGKILL && space("core") < MUCH;
        CHECK_EQ(unlink("core"), 0);
    }
    CHECK(killed);
    place_leave();
}

static void vfork_and_fault(void)
{
    pid_t pid = vfork();

    if (pid == 0)
        fault();
    CHECK_EQ(child_wait(pid), SIGSEGV | 0x80);
    _exit(3);
}

TEST("I-09 a vfork child's core, then its parent goes on")
{
    begin();
    CHECK_EQ(core_of(vfork_and_fault), 3 << 8);
    place_leave();
}

static int change_memory(void *unused)
{
    (void)unused;
    for (;;) {
        char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        munmap(p + 8 * PAGE, 16 * PAGE);
        munmap(p, 64 * PAGE);
    }
    return 0;
}

static pid_t *other;

static void fault_with_sharer(void)
{
    static char stack[8192] __attribute__((aligned(16)));

    *other = clone(change_memory, stack + sizeof(stack), CLONE_VM | SIGCHLD,
                   NULL);
    usleep(1000);
    fault();
}

TEST("I-09 another process that changes the memory meanwhile does no harm")
{
    struct core core;

    begin();
    other = child_shared(PAGE);
    for (int i = 0; i < 20; i++) {
        CHECK_DUMPED(core_of(fault_with_sharer), SIGSEGV);
        CHECK_EQ(kill(*other, SIGKILL), 0);
        core_open(&core, "core");
        core_close(&core);
        CHECK_EQ(unlink("core"), 0);
    }
    place_leave();
}

static void *exec_another(void *arg)
{
    execl("/bin/true", "true", NULL);
    return arg;
}

static void fault_during_exec(void)
{
    pthread_t t;

    pthread_create(&t, NULL, exec_another, NULL);
    usleep(tap_below(3000));
    fault();
}

TEST("I-09 a fault while another thread execs: one of the two wins")
{
    begin();
    for (int i = 0; i < 50; i++) {
        int status = core_of(fault_during_exec);

        CHECK(status == 0 || status == SIGSEGV ||
              status == (SIGSEGV | 0x80) || status == SIGKILL);
        unlink("core");
    }
    place_leave();
}

static int failing;

static void fault_without_memory(void)
{
    fail_open();
    fail_nth(failing);
    fault();
}

TEST("I-09 for want of memory there is no core, or part of one")
{
    int without = 0;

    begin();
    fail_open();
    for (failing = 1; failing <= 60; failing++) {
        int status = core_of(fault_without_memory);

        CHECK(status == SIGSEGV || status == (SIGSEGV | 0x80));
        without += status == SIGSEGV;
        fail_nth(0);
        unlink("core");
    }
    CHECK(without > 0 && without < failing - 1);
    close(fail_switch);
    place_leave();
}
