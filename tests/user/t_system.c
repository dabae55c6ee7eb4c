/*
 * t_system.c - the machine as a whole, and calls that peers answer with a bare 0
 * (rows I-13, P4; uname(2), sysinfo(2), syslog(2), getrandom(2), membarrier(2)).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define NOBODY 65534

/* --- names --- */

static void rename_as_nobody(void)
{
    CHECK_EQ(setuid(NOBODY), 0);
    CHECK_FAILS(sethostname("mine", 4), EPERM);
    CHECK_FAILS(setdomainname("mine", 4), EPERM);
}

TEST("I-13 uname says what was set, /proc/sys/kernel the same; root only sets")
{
    struct utsname old, now;
    char name[70] = "a-name";

    CHECK_EQ(uname(&old), 0);
    CHECK(!strcmp(old.sysname, "Linux") && !strcmp(old.machine, "riscv64"));
    CHECK(strtol(old.release, NULL, 10) >= 5);
    CHECK_EQ(sethostname(name, 6), 0);
    CHECK_EQ(uname(&now), 0);
    CHECK(!strcmp(now.nodename, name));
    CHECK(!strncmp(slurp("/proc/sys/kernel/hostname"), "a-name\n", 7));
    CHECK_EQ(setdomainname("domain", 6), 0);
    CHECK_EQ(uname(&now), 0);
    CHECK(!strcmp(now.domainname, "domain"));
    memset(name, 'x', 64);
    CHECK_EQ(sethostname(name, 64), 0);
    CHECK_EQ(uname(&now), 0);
    CHECK_EQ(strlen(now.nodename), 64);
    CHECK_FAILS(sethostname(name, 65), EINVAL);
    CHECK_FAILS(sethostname(name, -1), EINVAL);
    CHECK_FAILS(sethostname((char *)8, 4), EFAULT);
    CHECK_FAILS(syscall(SYS_uname, 8), EFAULT);
    CHECK_EQ(tap_in_child(rename_as_nobody), 0);
    CHECK_EQ(sethostname(old.nodename, strlen(old.nodename)), 0);
    CHECK_EQ(setdomainname(old.domainname, strlen(old.domainname)), 0);
}

/* --- counts --- */

TEST("I-13 sysinfo: memory that is taken is missing, processes are counted")
{
    size_t size = 8 << 20;
    struct sysinfo before, after;
    pid_t pids[10];
    char *p;

    CHECK_EQ(sysinfo(&before), 0);
    CHECK_EQ(before.mem_unit, 1);
    CHECK_EQ(before.totalram / 1024,
             tap_read_number("/proc/meminfo", "MemTotal"));
    CHECK(before.freeram <= before.totalram && before.totalswap == 0);
    p = mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    CHECK(p != MAP_FAILED);
    for (int i = 0; i < 10; i++)
        pids[i] = child_start((void (*)(void))pause);
    CHECK_EQ(sysinfo(&after), 0);
    CHECK(after.freeram + size <= before.freeram + (256 << 10));
    CHECK(after.procs >= before.procs + 10);
    CHECK(after.uptime >= before.uptime &&
          after.uptime <= before.uptime + 10);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(kill(pids[i], SIGKILL), 0);
        CHECK_KILLED(pids[i], SIGKILL);
    }
    CHECK_FAILS(syscall(SYS_sysinfo, 8), EFAULT);
}

/* --- the log --- */

enum {
    READ_ALL = 3, READ_CLEAR = 4, CLEAR = 5, LEVEL = 8, UNREAD = 9, SIZE = 10,
};

static void write_to_log(const char *text)
{
    int fd = open("/dev/kmsg", O_WRONLY);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void log_as_nobody(void)
{
    char buf[64];

    CHECK_EQ(setuid(NOBODY), 0);
    CHECK(klogctl(READ_ALL, buf, sizeof(buf)) >= 0);
    CHECK(klogctl(SIZE, NULL, 0) > 0);
    CHECK_FAILS(klogctl(CLEAR, NULL, 0), EPERM);
    CHECK_FAILS(klogctl(LEVEL, NULL, 7), EPERM);
    CHECK_FAILS(klogctl(READ_CLEAR, buf, sizeof(buf)), EPERM);
}

TEST("I-13 syslog: the last lines that fit, cleared on demand, by root")
{
    static char buf[65536];
    int n, size;

    for (int i = 0; i < 20; i++)
        write_to_log("a line of the test");
    write_to_log("the very last line");
    size = klogctl(SIZE, NULL, 0);
    CHECK(size > 0 && size < (int)sizeof(buf));
    n = klogctl(READ_ALL, buf, sizeof(buf) - 1);
    CHECK(n > 400);
    buf[n] = '\0';
    CHECK(strstr(buf, "the very last line"));
    n = klogctl(READ_ALL, buf, 100);
    CHECK(n > 0 && n <= 100);
    buf[n] = '\0';
    CHECK(strstr(buf, "the very last line") && buf[0] == '<');
    CHECK_FAILS(klogctl(READ_ALL, NULL, 100), EINVAL);
    CHECK_FAILS(klogctl(READ_ALL, buf, -1), EINVAL);
    CHECK_FAILS(syscall(SYS_syslog, READ_ALL, 8, 100), EFAULT);
    CHECK_FAILS(klogctl(LEVEL, NULL, 0), EINVAL);
    CHECK_FAILS(klogctl(LEVEL, NULL, 9), EINVAL);
    CHECK_FAILS(klogctl(11, NULL, 0), EINVAL);
    CHECK_EQ(tap_in_child(log_as_nobody), 0);
    CHECK_EQ(klogctl(CLEAR, NULL, 0), 0);
    CHECK_EQ(klogctl(READ_ALL, buf, sizeof(buf)), 0);
    write_to_log("after that");
    CHECK(klogctl(READ_ALL, buf, sizeof(buf)) > 0);
}

TEST("I-13 getrandom: flags, sizes, addresses")
{
    unsigned char bytes[300] = { 0 };
    int zeroes = 0;

    CHECK_EQ(getrandom(bytes, sizeof(bytes), GRND_NONBLOCK), sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeroes += bytes[i] == 0;
    CHECK(zeroes < 20);
    CHECK_EQ(getrandom(bytes, 0, 0), 0);
    CHECK_FAILS(getrandom(bytes, 1, 8), EINVAL);
    CHECK_FAILS(getrandom(bytes, 1, GRND_RANDOM | 4), EINVAL);
    CHECK_FAILS(syscall(SYS_getrandom, 8, 16, 0), EFAULT);
}

/* --- calls that could lie --- */

TEST("P4 symlinkat makes links that lead somewhere; fsync wants a file")
{
    char target[16] = "";
    int p[2], fd, dir;

    place_enter();
    place_file("file", "content");
    dir = open(".", O_RDONLY | O_DIRECTORY);
    CHECK_EQ(symlinkat("file", dir, "link"), 0);
    CHECK_EQ(readlinkat(dir, "link", target, sizeof(target)), 4);
    CHECK(!strcmp(target, "file"));
    CHECK(!strcmp(slurp("link"), "content"));
    CHECK_FAILS(symlinkat("file", dir, "link"), EEXIST);
    CHECK_FAILS(symlinkat("", dir, "other"), ENOENT);
    CHECK_FAILS(symlinkat("file", 99, "other"), EBADF);
    fd = open("file", O_RDWR);
    CHECK_EQ(fsync(fd), 0);
    CHECK_EQ(fdatasync(fd), 0);
    CHECK_EQ(pipe(p), 0);
    CHECK_FAILS(fsync(p[0]), EINVAL);
    CHECK_FAILS(fsync(99), EBADF);
    close(fd);
    close(dir);
    place_leave();
}

#define MEMBARRIER_QUERY                0
#define MEMBARRIER_GLOBAL               1
#define MEMBARRIER_PRIVATE              8
#define MEMBARRIER_REGISTER_PRIVATE     16
#define LITMUS_ROUNDS                   3000

static volatile int x, y, saw_x, turn, done;

/* Stores and loads without a fence of its own: only the compiler is held. */
static void *light_side(void *arg)
{
    for (int round = 1; round <= LITMUS_ROUNDS; round++) {
        while (turn != round)
            ;
        y = 1;
        __asm__ volatile("" : : : "memory");
        saw_x = x;
        __atomic_store_n(&done, round, __ATOMIC_RELEASE);
    }
    return arg;
}

TEST("P4 membarrier is a fence for the other threads, once it is registered")
{
    long known = syscall(SYS_membarrier, MEMBARRIER_QUERY, 0, 0);
    pthread_t t;

    CHECK(known & MEMBARRIER_PRIVATE && known & MEMBARRIER_REGISTER_PRIVATE);
    CHECK_FAILS(syscall(SYS_membarrier, MEMBARRIER_PRIVATE, 0, 0), EPERM);
    CHECK_FAILS(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
    CHECK_FAILS(syscall(SYS_membarrier, MEMBARRIER_QUERY, 7, 0), EINVAL);
    CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_REGISTER_PRIVATE, 0, 0), 0);
    if (get_nprocs() == 1)
        return;
    CHECK_EQ(pthread_create(&t, NULL, light_side, NULL), 0);
    for (int round = 1; round <= LITMUS_ROUNDS; round++) {
        x = y = 0;
        __atomic_store_n(&turn, round, __ATOMIC_SEQ_CST);
        x = 1;
        CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_PRIVATE, 0, 0), 0);
        int saw_y = y;
        while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != round)
            ;
        CHECK(saw_y || saw_x);          /* one of them came second */
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
}

TEST("P4 calls that are not there say so, and not 0")
{
    static const int absent[] = {
        SYS_shmctl, SYS_msgctl, SYS_io_uring_setup, SYS_bpf, SYS_add_key,
        SYS_kexec_load, SYS_init_module, SYS_swapon, SYS_perf_event_open,
    };

    for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
        CHECK(syscall(absent[i], -1, -1, -1, -1, -1) == -1);
}
