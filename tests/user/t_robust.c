/*
 * t_robust.c - the list of robust mutexes that the kernel walks when a thread
 * ends: get_robust_list(2), set_robust_list(2) (lwp.md H-06; seeds.md S10;
 * peers.md P8).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define WAITERS    0x80000000u
#define OWNER_DIED 0x40000000u
#define MOST 2048                       /* entries that the kernel looks at */

struct entry {
    struct entry *next;
    uint32_t word;
};

struct head {
    struct entry *first;
    long offset;
    struct entry *pending;
};

/* What is shared with a child that ends. */
static struct shared {
    struct head head;
    struct entry entries[MOST + 10];
} *shared;

static void set_list(void)
{
    CHECK_EQ(syscall(SYS_set_robust_list, &shared->head, sizeof(struct head)),
             0);
}

/* A list of n entries, all words this. */
static void make_list(int n, uint32_t word)
{
    struct entry *end = (struct entry *)&shared->head;

    shared->head.offset = offsetof(struct entry, word);
    shared->head.pending = NULL;
    shared->head.first = n ? &shared->entries[0] : end;
    for (int i = 0; i < n; i++) {
        shared->entries[i].next = i + 1 < n ? &shared->entries[i + 1] : end;
        shared->entries[i].word = word;
    }
}

static void share(void)
{
    shared = child_shared(sizeof(*shared));
}

TEST("H-06 set_robust_list, get_robust_list: the errors, and what was set")
{
    struct head *head;
    size_t size = 0;
    pid_t pid;

    share();
    CHECK_FAILS(syscall(SYS_set_robust_list, &shared->head, 23), EINVAL);
    CHECK_FAILS(syscall(SYS_set_robust_list, &shared->head, 25), EINVAL);
    set_list();
    CHECK_EQ(syscall(SYS_get_robust_list, 0, &head, &size), 0);
    CHECK(head == &shared->head);
    CHECK_EQ(size, 24);
    CHECK_EQ(syscall(SYS_get_robust_list, getpid(), &head, &size), 0);
    CHECK_FAILS(syscall(SYS_get_robust_list, 0, 8, &size), EFAULT);
    CHECK_FAILS(syscall(SYS_get_robust_list, 0, &head, 8), EFAULT);
    CHECK_FAILS(syscall(SYS_get_robust_list, 32767, &head, &size), ESRCH);
    pid = child_fork();
    if (pid == 0) {
        CHECK_EQ(syscall(SYS_get_robust_list, 0, &head, &size), 0);
        CHECK(head == NULL);            /* not inherited */
        CHECK_EQ(setuid(4321), 0);
        CHECK_FAILS(syscall(SYS_get_robust_list, 1, &head, &size), EPERM);
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    make_list(0, 0);
}

TEST("S10 H-06 words that the dead thread owned say so; others stay")
{
    pid_t pid;

    share();
    pid = child_fork();
    if (pid == 0) {
        make_list(4, gettid());
        shared->entries[1].word |= WAITERS;
        shared->entries[2].word = getppid();
        shared->entries[3].word = 0;
        set_list();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(shared->entries[0].word, OWNER_DIED);
    CHECK_EQ(shared->entries[1].word, WAITERS | OWNER_DIED);
    CHECK_EQ(shared->entries[2].word, getpid());
    CHECK_EQ(shared->entries[3].word, 0);
}

/* Until that process sleeps. */
static void await_sleep(pid_t pid)
{
    char path[32], state = 0;

    sprintf(path, "/proc/%d/stat", pid);
    while (state != 'S') {
        FILE *file = fopen(path, "r");

        CHECK(file && fscanf(file, "%*d %*s %c", &state) == 1);
        fclose(file);
    }
}

static void wait_for_word(void)
{
    CHECK_EQ(syscall(SYS_futex, &shared->entries[0].word, 0,
                     shared->entries[0].word, NULL, NULL, 0), 0);
    CHECK_EQ(shared->entries[0].word, WAITERS | OWNER_DIED);
}

TEST("S10 P8 a waiter in another process is woken when the owner is killed")
{
    struct gate ready;
    pid_t owner, waiter;

    share();
    gate_init(&ready);
    owner = child_fork();
    if (owner == 0) {
        make_list(1, gettid() | WAITERS);
        set_list();
        gate_open(&ready);
        for (;;)
            pause();
    }
    gate_pass(&ready);
    waiter = child_start(wait_for_word);
    await_sleep(waiter);
    CHECK_EQ(waitpid(waiter, NULL, WNOHANG), 0);
    CHECK_EQ(kill(owner, SIGKILL), 0);
    CHECK_KILLED(owner, SIGKILL);
    CHECK_EXITS(waiter, 0);
}

/* The word that was just being taken or released. */
TEST("H-06 the pending entry: owned, or free with a waiter that none woke")
{
    struct gate end;
    pid_t pid, waiter;

    share();
    gate_init(&end);
    for (int released = 0; released < 2; released++) {
        uint32_t *word = &shared->entries[5].word;

        *word = WAITERS;
        make_list(0, 0);
        pid = child_fork();
        if (pid == 0) {
            *word = released ? 0 : gettid();
            shared->head.pending = &shared->entries[5];
            set_list();
            gate_pass(&end);
            _exit(0);
        }
        while (*word == WAITERS)
            sched_yield();
        waiter = child_fork();
        if (waiter == 0 && released) {
            CHECK_EQ(syscall(SYS_futex, word, 0, 0, NULL, NULL, 0), 0);
            _exit(0);
        }
        if (waiter == 0)
            _exit(0);
        if (released)
            await_sleep(waiter);
        gate_open(&end);
        CHECK_EXITS(pid, 0);
        CHECK_EQ(*word, released ? 0 : OWNER_DIED);
        CHECK_EXITS(waiter, 0);
    }
}

TEST("H-06 2,048 entries are looked at and no more, in a ring or not")
{
    pid_t pid;

    share();
    pid = child_fork();
    if (pid == 0) {
        make_list(MOST + 10, gettid());
        set_list();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    for (int i = 0; i < MOST + 10; i++)
        CHECK_EQ(shared->entries[i].word == OWNER_DIED, i < MOST);
    pid = child_fork();
    if (pid == 0) {
        make_list(3, gettid());
        shared->entries[2].next = &shared->entries[0];
        set_list();
        _exit(0);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(shared->entries[2].word, OWNER_DIED);
}

static void end_with_bad_list(int kind)
{
    struct head *bad = (struct head *)8;
    char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);

    make_list(3, gettid());
    if (kind == 0) {
        syscall(SYS_set_robust_list, bad, sizeof(*bad));
        _exit(0);
    }
    if (kind == 1)
        shared->entries[1].next = (struct entry *)page;
    if (kind == 2)
        shared->entries[1].next = (struct entry *)-4096l;
    if (kind == 3)
        shared->head.offset = -(long)&shared->entries[1] - 64;
    if (kind == 4)
        shared->head.offset++;          /* words at odd addresses */
    if (kind == 5)
        shared->head.pending = (struct entry *)page;
    if (kind == 6)
        CHECK_EQ(mprotect(shared, sizeof(*shared), PROT_READ), 0);
    set_list();
    _exit(0);
}

TEST("H-06 lists that lead nowhere end the walk and nothing else")
{
    share();
    for (int kind = 0; kind < 7; kind++) {
        pid_t pid = child_fork();

        if (pid == 0)
            end_with_bad_list(kind);
        CHECK_EXITS(pid, 0);
    }
}

/* --- threads, exec --- */

static void *end_with_list(void *arg)
{
    make_list(2, gettid());
    set_list();
    return arg;
}

TEST("S10 a thread's end is told to the others of its process")
{
    pthread_t thread;

    share();
    CHECK_EQ(pthread_create(&thread, NULL, end_with_list, NULL), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(shared->entries[0].word, OWNER_DIED);
    CHECK_EQ(shared->entries[1].word, OWNER_DIED);
}

ROLE(nothing)
{
    return 0;
}

TEST("H-06 exec leaves the mutexes as an exit does")
{
    pid_t pid;

    share();
    pid = child_fork();
    if (pid == 0) {
        make_list(1, gettid());
        set_list();
        setenv("ROLE", "nothing", 1);
        execl(tap_self, tap_self, NULL);
        _exit(1);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(shared->entries[0].word, OWNER_DIED);
}

/* --- the library's mutexes --- */

static pthread_mutex_t *mutex;

static void init_robust(int type)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&attr, type);
    CHECK_EQ(pthread_mutex_init(mutex, &attr), 0);
}

static void *lock_and_leave(void *arg)
{
    CHECK_EQ(pthread_mutex_lock(mutex), 0);
    return arg;
}

TEST("S10 EOWNERDEAD once, then ENOTRECOVERABLE unless it is mended")
{
    static const int types[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                 PTHREAD_MUTEX_ERRORCHECK };
    pthread_t thread;

    mutex = child_shared(4096);
    for (int i = 0; i < 3; i++) {
        init_robust(types[i]);
        CHECK_EQ(pthread_create(&thread, NULL, lock_and_leave, NULL), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        CHECK_EQ(pthread_mutex_trylock(mutex), EOWNERDEAD);
        CHECK_EQ(pthread_mutex_unlock(mutex), 0);
        CHECK_EQ(pthread_mutex_lock(mutex), ENOTRECOVERABLE);
        CHECK_EQ(pthread_mutex_trylock(mutex), ENOTRECOVERABLE);
        init_robust(types[i]);
        CHECK_EQ(pthread_create(&thread, NULL, lock_and_leave, NULL), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
        CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
        CHECK_EQ(pthread_mutex_consistent(mutex), 0);
        CHECK_EQ(pthread_mutex_unlock(mutex), 0);
        CHECK_EQ(pthread_mutex_lock(mutex), 0);
        CHECK_EQ(pthread_mutex_unlock(mutex), 0);
    }
}

static void lock_and_die(void)
{
    if (pthread_mutex_lock(mutex) == EOWNERDEAD)
        pthread_mutex_consistent(mutex);
    raise(SIGKILL);
}

TEST("S10 P8 a mutex passes through the hands of 50 processes that are killed")
{
    pid_t pids[50];

    mutex = child_shared(4096);
    init_robust(PTHREAD_MUTEX_NORMAL);
    for (int i = 0; i < 50; i++)
        pids[i] = child_start(lock_and_die);
    for (int i = 0; i < 50; i++)
        CHECK_KILLED(pids[i], SIGKILL);
    CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
}
