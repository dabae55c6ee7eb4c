/*
 * ipcbench.c - what messages between two processes cost, from one to the other
 * and back: through a channel (lwp.md C-24), and for comparison through pipes;
 * a notification; a page of shared memory from its making to its end.
 *
 * Under -icount (tools/bench) a nanosecond is an instruction, kernel and program
 * together; else these are nanoseconds, of 1, 2 or 4 harts as QEMU is given.
 *
 *     ipcbench [NAME...]               prints "NAME FIGURE", a line each
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(cond) \
    do { \
        if (!(cond)) { \
            printf("# line %d: %s: errno %d\n", __LINE__, #cond, errno); \
            exit(1); \
        } \
    } while (0)

struct message {
    uint64_t sender;
    int type;
    uint64_t d, e;
};

/* As the user library makes its calls: no errno. */
static inline long call(long number, long a, long b, long c)
{
    register long a7 __asm__("a7") = number;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2)
                     : "memory");
    return a0;
}

__attribute__((noinline)) static long channel_open(const char *name, int flags)
{
    return call(1024, (long)name, flags, 0);
}

__attribute__((noinline)) static long channel_call(int fd, struct message *m,
                                                   struct message *reply)
{
    return call(1027, fd, (long)m, (long)reply);
}

__attribute__((noinline)) static long channel_reply(int fd, struct message *m)
{
    return call(1029, fd, (long)m, 0);
}

__attribute__((noinline)) static long channel_recv(int fd, struct message *m)
{
    return call(1030, fd, (long)m, 0);
}

__attribute__((noinline)) static long channel_notify(int fd, struct message *m)
{
    return call(1032, fd, (long)m, 0);
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static pid_t start(void (*serve)(int fd, long n), int fd, long n)
{
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        serve(fd, n);
        _exit(0);
    }
    return pid;
}

static void finish(pid_t pid)
{
    int status;

    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* --- channels --- */

static void answer(int fd, long n)
{
    struct message m;

    while (n--) {
        CHECK(channel_recv(fd, &m) == 0);
        CHECK(channel_reply(fd, &m) == 0);
    }
}

static uint64_t round_trip(long n)
{
    int fd = channel_open("ipcbench", O_CREAT);
    struct message m = { .d = 1 }, back;
    uint64_t t;
    pid_t pid;

    CHECK(fd >= 0);
    pid = start(answer, fd, n + 1);
    CHECK(channel_call(fd, &m, &back) == 0);
    t = now();
    for (long i = 0; i < n; i++)
        CHECK(channel_call(fd, &m, &back) == 0);
    t = now() - t;
    finish(pid);
    return t;
}

static void take(int fd, long n)
{
    struct message m;

    while (n--)
        CHECK(channel_recv(fd, &m) == 0);
}

/* The receiver is asleep each time, as it is the more urgent. */
static uint64_t notify(long n)
{
    int fd = channel_open("ipcbench", O_CREAT);
    struct message m = { .d = 1 };
    uint64_t t;
    pid_t pid;

    pid = start(take, fd, n);
    t = now();
    for (long i = 0; i < n; i++)
        while (channel_notify(fd, &m))
            usleep(100);
    finish(pid);
    return now() - t;
}

/* --- pipes --- */

static int there[2], back[2];

static void answer_pipe(int fd, long n)
{
    struct message m;

    (void)fd;
    while (n--) {
        CHECK(read(there[0], &m, sizeof(m)) == sizeof(m));
        CHECK(write(back[1], &m, sizeof(m)) == sizeof(m));
    }
}

static uint64_t pipe_round_trip(long n)
{
    struct message m = { .d = 1 };
    uint64_t t;
    pid_t pid;

    CHECK(!pipe(there) && !pipe(back));
    pid = start(answer_pipe, -1, n + 1);
    CHECK(write(there[1], &m, sizeof(m)) == sizeof(m));
    CHECK(read(back[0], &m, sizeof(m)) == sizeof(m));
    t = now();
    for (long i = 0; i < n; i++) {
        CHECK(write(there[1], &m, sizeof(m)) == sizeof(m));
        CHECK(read(back[0], &m, sizeof(m)) == sizeof(m));
    }
    t = now() - t;
    finish(pid);
    return t;
}

/* Made, attached, detached and removed (lwp.md section D). */
static uint64_t shm_life(long n, int touch)
{
    uint64_t start = now();

    while (n--) {
        long id = call(1034, 0x5e9bef, 100, 1);
        long p = call(1035, id, 0, 0);

        CHECK(id >= 0 && p > 0);
        if (touch)
            *(volatile char *)p = 1;
        CHECK(call(1036, p, 0, 0) == 0 && call(1037, id, 0, 0) == 0);
    }
    return now() - start;
}

static uint64_t shm_untouched(long n)
{
    return shm_life(n, 0);
}

static uint64_t shm_touched(long n)
{
    return shm_life(n, 1);
}

static const struct {
    const char *name;
    uint64_t (*run)(long n);        /* nanoseconds for n operations */
    long n;
} benches[] = {
    { "channel_roundtrip", round_trip, 3000 },
    { "channel_notify", notify, 3000 },
    { "pipe_roundtrip_32B", pipe_round_trip, 3000 },
    { "lwp_shm_page", shm_untouched, 3000 },
    { "lwp_shm_page_touched", shm_touched, 3000 },
};

static int wanted(const char *name, char **names)
{
    if (!*names)
        return 1;
    for (; *names; names++)
        if (!strcmp(*names, name))
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
        long n = benches[i].n;
        pid_t pid;

        if (!wanted(benches[i].name, argv + 1))
            continue;
        pid = fork();           /* a failure costs one line */
        if (pid == 0) {
            benches[i].run(64);             /* to warm up */
            printf("%-24s %.1f\n", benches[i].name,
                   (double)benches[i].run(n) / n);
            exit(0);
        }
        finish(pid);
    }
    return 0;
}
