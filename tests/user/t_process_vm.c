/*
 * t_process_vm.c - process_vm_readv(2), process_vm_writev(2) (row E-11).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/probe.h"

#include <limits.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define RW (PROT_READ | PROT_WRITE)
#define PAGES 6

static char *area;                      /* the same in all processes */
static struct gate ready, go;
static pid_t other;
static char here[PAGES * PAGE];

static void other_body(void)
{
    memset(area, 'o', PAGES * PAGE);
    memcpy(area + PAGE - 4, "12345678", 8);
    CHECK_EQ(munmap(area + 3 * PAGE, PAGE), 0);
    CHECK_EQ(mprotect(area + 4 * PAGE, PAGE, PROT_NONE), 0);
    CHECK_EQ(mprotect(area + 5 * PAGE, PAGE, PROT_READ), 0);
    gate_open(&ready);
    gate_pass(&go);
    if (memcmp(area + PAGE - 4, "12345678", 8))
        _exit(1);
}

/* A child with a hole at 3, nothing allowed at 4, reading at 5. */
static void begin(void)
{
    area = probe_pages(PAGES, RW);
    memset(area, 'm', PAGES * PAGE);
    gate_init(&ready);
    gate_init(&go);
    other = child_start(other_body);
    gate_pass(&ready);
}

static void end(int status)
{
    gate_open(&go);
    CHECK_EXITS(other, status);
}

static ssize_t get(size_t page, size_t offset, size_t size)
{
    struct iovec to = { here, sizeof(here) };
    struct iovec from = { area + page * PAGE + offset, size };

    return process_vm_readv(other, &to, 1, &from, 1, 0);
}

static ssize_t put(size_t page, size_t offset, size_t size)
{
    struct iovec from = { here, size };
    struct iovec to = { area + page * PAGE + offset, size };

    return process_vm_writev(other, &from, 1, &to, 1, 0);
}

TEST("E-11 process_vm_readv: across pages, from many pieces into many")
{
    char a[3], b[5];
    struct iovec to[] = { { a, 3 }, { NULL, 0 }, { b, 5 } };
    struct iovec from[] = { { NULL, 2 }, { NULL, 0 }, { NULL, 6 } };

    begin();
    from[0].iov_base = area + PAGE - 4;
    from[2].iov_base = area + PAGE - 2;
    CHECK_EQ(process_vm_readv(other, to, 3, from, 3, 0), 8);
    CHECK(memcmp(a, "123", 3) == 0 && memcmp(b, "45678", 5) == 0);
    CHECK_EQ(get(0, 0, 3 * PAGE), 3 * PAGE);
    CHECK(here[0] == 'o' && here[3 * PAGE - 1] == 'o' && here[PAGE] == '5');
    CHECK_EQ(area[0], 'm');
    CHECK_EQ(get(5, 1, 10), 10);
    end(0);
}

TEST("E-11 process_vm_writev: the other's memory changes, ours does not")
{
    begin();
    memcpy(here, "abcdefgh", 8);
    CHECK_EQ(put(0, PAGE - 4, 8), 8);
    CHECK_EQ(area[PAGE], 'm');
    CHECK_EQ(get(0, PAGE - 5, 10), 10);
    CHECK(memcmp(here, "oabcdefgho", 10) == 0);
    end(1);
}

TEST("E-11 a vector too long for the other ends the transfer, no error")
{
    struct iovec to = { here, 10 }, from[2];

    begin();
    from[0] = (struct iovec){ area, 6 };
    from[1] = (struct iovec){ area + PAGE, 6 };
    CHECK_EQ(process_vm_readv(other, &to, 1, from, 2, 0), 10);
    CHECK(memcmp(here, "oooooo5678", 10) == 0);
    to.iov_len = 100;
    CHECK_EQ(process_vm_readv(other, &to, 1, from, 2, 0), 12);
    end(0);
}

TEST("E-11 what can be moved before a fault is, else EFAULT")
{
    struct iovec to[2] = { { here, 8 }, { NULL, 8 } }, from;

    begin();
    CHECK_EQ(get(2, 100, 2 * PAGE), PAGE - 100);
    CHECK_FAILS(get(3, 0, 8), EFAULT);
    CHECK_FAILS(get(4, 0, 8), EFAULT);
    CHECK_FAILS(put(5, 0, 8), EFAULT);
    CHECK_EQ(put(2, PAGE - 1, 8), 1);
    from = (struct iovec){ area, 16 };
    to[1].iov_base = (void *)8;
    CHECK_EQ(process_vm_readv(other, to, 2, &from, 1, 0), 8);
    CHECK_FAILS(process_vm_readv(other, to + 1, 1, &from, 1, 0), EFAULT);
    CHECK_FAILS(process_vm_writev(other, to + 1, 1, &from, 1, 0), EFAULT);
    from.iov_base = (void *)(1ul << 63);
    CHECK_FAILS(process_vm_readv(other, to, 1, &from, 1, 0), EFAULT);
    from = (struct iovec){ (void *)-8ul, 16 };
    CHECK_FAILS(process_vm_readv(other, to, 1, &from, 1, 0), EFAULT);
    end(0);
}

TEST("E-11 EINVAL: flags, too many pieces, lengths that overflow")
{
    static struct iovec many[IOV_MAX + 1];
    struct iovec one = { here, 8 }, huge[2] = { { here, LONG_MAX },
                                                { here, 8 } };

    begin();
    CHECK_FAILS(process_vm_readv(other, &one, 1, &one, 1, 1), EINVAL);
    CHECK_FAILS(process_vm_readv(other, many, IOV_MAX + 1, &one, 1, 0), EINVAL);
    CHECK_FAILS(process_vm_readv(other, &one, 1, many, IOV_MAX + 1, 0), EINVAL);
    CHECK_FAILS(process_vm_readv(other, &one, 1ul << 32, &one, 1, 0), EINVAL);
    CHECK_FAILS(process_vm_readv(other, huge, 2, &one, 1, 0), EINVAL);
    CHECK_FAILS(process_vm_readv(other, &one, 1, huge, 2, 0), EINVAL);
    huge[0].iov_len = -1;
    CHECK_FAILS(process_vm_writev(other, huge, 1, &one, 1, 0), EINVAL);
    CHECK_FAILS(process_vm_readv(other, (void *)8, 1, &one, 1, 0), EFAULT);
    CHECK_FAILS(process_vm_readv(other, &one, 1, (void *)8, 1, 0), EFAULT);
    for (int i = 0; i < IOV_MAX; i++)
        many[i] = (struct iovec){ area + i, 1 };
    one.iov_len = IOV_MAX;
    CHECK_EQ(process_vm_readv(other, &one, 1, many, IOV_MAX, 0), IOV_MAX);
    end(0);
}

TEST("E-11 ESRCH for nobody and for zombies; nothing to move is no error")
{
    struct iovec one = { here, 8 }, none = { here, 0 };
    pid_t zombie = child_fork();

    if (zombie == 0)
        _exit(0);
    CHECK_EQ(waitid(P_PID, zombie, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
    CHECK_FAILS(process_vm_readv(zombie, &one, 1, &one, 1, 0), ESRCH);
    CHECK_FAILS(process_vm_readv(0, &one, 1, &one, 1, 0), ESRCH);
    CHECK_FAILS(process_vm_readv(-1, &one, 1, &one, 1, 0), ESRCH);
    CHECK_FAILS(process_vm_writev(4000000, &one, 1, &one, 1, 0), ESRCH);
    CHECK_EQ(process_vm_readv(-1, &one, 1, &none, 1, 0), 0);
    CHECK_EQ(process_vm_readv(-1, &none, 1, &one, 1, 0), 0);
    CHECK_EQ(process_vm_readv(-1, NULL, 0, NULL, 0, 0), 0);
    child_wait(zombie);
}

static void try_as_user(void)
{
    CHECK_EQ(setuid(1000), 0);
    CHECK_FAILS(get(0, 0, 8), EPERM);
    CHECK_FAILS(put(0, 0, 8), EPERM);
    CHECK_EQ(process_vm_readv(getpid(), &(struct iovec){ here, 8 }, 1,
                              &(struct iovec){ area, 8 }, 1, 0), 8);
    CHECK_EQ(here[0], 'm');
}

static void be_hidden(void)
{
    CHECK_EQ(setuid(1000), 0);
    CHECK_EQ(prctl(PR_SET_DUMPABLE, *(int *)area), 0);
    gate_open(&ready);
    gate_pass(&go);
}

static void look_as_user(void)
{
    CHECK_EQ(setuid(1000), 0);
    if (*(int *)area)
        CHECK_EQ(get(0, 0, 8), 8);
    else
        CHECK_FAILS(get(0, 0, 8), EPERM);
}

TEST("E-11 EPERM for those who might not trace it")
{
    begin();
    CHECK_EXITS(child_start(try_as_user), 0);
    end(0);
    for (int i = 0; i < 2; i++) {
        *(int *)area = i;
        other = child_start(be_hidden);
        gate_pass(&ready);
        CHECK_EXITS(child_start(look_as_user), 0);
        end(0);
    }
}

static void *tell_id(void *arg)
{
    *(pid_t *)arg = gettid();
    gate_open(&ready);
    gate_pass(&go);
    return NULL;
}

TEST("E-11 a thread's number will do")
{
    pid_t tid;
    pthread_t t;

    area = probe_pages(1, RW);
    gate_init(&ready);
    gate_init(&go);
    CHECK_EQ(pthread_create(&t, NULL, tell_id, &tid), 0);
    gate_pass(&ready);
    area[0] = 'z';
    other = tid;
    CHECK_EQ(get(0, 0, 1), 1);
    CHECK_EQ(here[0], 'z');
    gate_open(&go);
    pthread_join(t, NULL);
}

static void change_always(void)
{
    for (;;) {
        munmap(area + PAGE, 2 * PAGE);
        mmap(area + PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0);
        area[PAGE] = 1;
    }
}

TEST("E-11 the other unmaps meanwhile: as much as there was")
{
    area = probe_pages(PAGES, RW);
    other = child_start(change_always);
    for (int i = 0; i < 2000; i++) {
        ssize_t n = i % 2 ? get(0, 0, PAGES * PAGE) : put(0, 0, PAGES * PAGE);

        CHECK(n == PAGE || n == 2 * PAGE || n == PAGES * PAGE);
    }
    CHECK_EQ(kill(other, SIGKILL), 0);
    CHECK_KILLED(other, SIGKILL);
    CHECK_FAILS(get(0, 0, 1), ESRCH);
}
