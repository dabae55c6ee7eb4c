/*
 * t_course.c - the small programs that courses on operating systems begin with,
 * as the usertests of rCore-Tutorial's chapters 5 to 9 have them: processes,
 * faults, pipes, signals, threads and what synchronizes them (seeds.md T03,
 * T19, T20).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* --- processes: forktest, forktree, matrix, sleep, until_timeout --- */

TEST("T03 forktest: 40 children exit with their own numbers, then none is left")
{
    bool seen[40] = { false };
    int status;

    for (int i = 0; i < 40; i++)
        if (child_fork() == 0)
            _exit(i);
    for (int i = 0; i < 40; i++) {
        CHECK(wait(&status) > 0);
        CHECK(WIFEXITED(status) && !seen[WEXITSTATUS(status)]);
        seen[WEXITSTATUS(status)] = true;
    }
    CHECK_FAILS(wait(NULL), ECHILD);
}

static int *leaves;

/* Each process forks two that know one letter more. */
static void grow_tree(int depth)
{
    if (depth == 5) {
        __atomic_add_fetch(leaves, 1, __ATOMIC_SEQ_CST);
        return;
    }
    for (int i = 0; i < 2; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            grow_tree(depth + 1);
            _exit(depth);
        }
        CHECK_EXITS(pid, depth);
    }
}

TEST("T03 forktree: a binary tree of processes has 32 leaves")
{
    leaves = child_shared(4096);
    grow_tree(0);
    CHECK_EQ(*leaves, 32);
}

#define SIDE 10

/* Powers of a matrix, with yields between; every process computes the same. */
static long matrix_trace(int times)
{
    long a[SIDE][SIDE], b[SIDE][SIDE], trace = 0;

    for (int i = 0; i < SIDE * SIDE; i++)
        a[i / SIDE][i % SIDE] = b[i / SIDE][i % SIDE] = 1 + i % 7;
    while (times--) {
        long c[SIDE][SIDE] = { { 0 } };

        for (int n = 0; n < SIDE * SIDE * SIDE; n++)
            c[n / 100][n / 10 % 10] += a[n / 100][n % 10] * b[n % 10][n / 10 % 10];
        for (int n = 0; n < SIDE * SIDE; n++)
            a[n / SIDE][n % SIDE] = c[n / SIDE][n % SIDE] % 9973;
        sched_yield();
    }
    for (int i = 0; i < SIDE; i++)
        trace += a[i][i];
    return trace;
}

TEST("T03 matrix: 20 processes that yield compute as one alone does")
{
    pid_t pids[20];

    for (int i = 0; i < 20; i++) {
        pids[i] = child_fork();
        if (pids[i] == 0)
            _exit(matrix_trace(20 + i) & 0xff);
    }
    for (int i = 0; i < 20; i++)
        CHECK_EXITS(pids[i], (int)(matrix_trace(20 + i) & 0xff));
}

TEST("T03 sleep: it takes its time, and others run meanwhile")
{
    int64_t begin = tap_now();
    pid_t pid = child_fork();

    if (pid == 0)
        _exit(3);
    sleep_ms(50);
    CHECK(tap_now() - begin >= 50000000);
    CHECK_EQ(waitpid(pid, NULL, WNOHANG), pid);
}

TEST("T20 until_timeout: a child that takes too long is killed")
{
    struct timespec limit = { 0, 20000000 };
    sigset_t set;
    pid_t pid;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pid = child_fork();
    if (pid == 0)
        for (;;)
            ;
    CHECK_FAILS(sigtimedwait(&set, NULL, &limit), EAGAIN);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(sigtimedwait(&set, NULL, NULL), SIGCHLD);
    CHECK_KILLED(pid, SIGKILL);
}

/* --- programs that must fail --- */

static volatile int depth_limit = 1 << 30;

static int recurse(int depth)
{
    volatile char page[4096];

    page[0] = depth;
    return depth == depth_limit ? 0 : recurse(depth + 1) + page[0];
}

static void stack_overflow(void)
{
    recurse(0);
}

static void priv_csr(void)
{
    long status;

    __asm__ volatile ("csrr %0, sstatus" : "=r"(status));
}

static void priv_csr_write(void)
{
    __asm__ volatile ("csrw satp, zero");
}

static void priv_sret(void)
{
    __asm__ volatile ("sret");
}

static void priv_wfi_fence(void)
{
    __asm__ volatile ("sfence.vma");
}

static void illegal(void)
{
    __asm__ volatile (".word 0");
}

static int *volatile nowhere = (int *)8;

static void store_null(void)
{
    *nowhere = 1;
}

static void store_text(void)
{
    *(volatile int *)(uintptr_t)store_null = 1;
}

static void load_kernel(void)
{
    (void)*(volatile long *)0xffffffc080200000;
}

static void jump_data(void)
{
    static int data[4] = { 0x00008067 };        /* ret */

    ((void (*)(void))(uintptr_t)data)();
}

static void break_point(void)
{
    __asm__ volatile ("ebreak");
}

static void deep_call(void)
{
    abort();
}

TEST("T20 wrong programs die by the right signal, and nobody else")
{
    static const struct {
        void (*body)(void);
        int signo;
    } wrong[] = {
        { stack_overflow, SIGSEGV }, { priv_csr, SIGILL },
        { priv_csr_write, SIGILL }, { priv_sret, SIGILL },
        { priv_wfi_fence, SIGILL }, { illegal, SIGILL },
        { store_null, SIGSEGV }, { store_text, SIGSEGV },
        { load_kernel, SIGSEGV }, { jump_data, SIGSEGV },
        { break_point, SIGTRAP }, { deep_call, SIGABRT },
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        pid_t pid = child_start(wrong[i].body);
        int status = child_wait(pid);

        if (!WIFSIGNALED(status) || WTERMSIG(status) != wrong[i].signo)
            tap_fail(__FILE__, __LINE__, "program %zu: status %#x", i, status);
    }
}

/* --- files and pipes --- */

TEST("T20 pipetest: bytes, then the end; a large write in two halves")
{
    static char out[100000], in[100000];
    size_t got = 0;
    ssize_t n;
    int p[2];
    pid_t pid;

    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = i * 7 >> 3;
    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        close(p[0]);
        CHECK_EQ(write(p[1], out, sizeof(out)), (long)sizeof(out));
        _exit(0);
    }
    close(p[1]);
    while ((n = read(p[0], in + got, sizeof(in) - got)) > 0)
        got += n;
    CHECK_EQ(got, sizeof(out));
    CHECK(!memcmp(in, out, got));
    CHECK_EXITS(pid, 0);
}

TEST("T20 redirection: a program's output into a file, and from it")
{
    char text[16] = "";
    int fd = open("/tmp/course", O_RDWR | O_CREAT | O_TRUNC, 0600);
    pid_t pid = child_fork();

    if (pid == 0) {
        dup2(fd, 1);
        execl("/bin/echo", "echo", "to", "a", "file", NULL);
        _exit(99);
    }
    CHECK_EXITS(pid, 0);
    CHECK_EQ(pread(fd, text, sizeof(text), 0), 10);
    CHECK(!strcmp(text, "to a file\n"));
    CHECK_EQ(close(fd), 0);
    CHECK_EQ(unlink("/tmp/course"), 0);
}

ROLE(count_arguments)
{
    for (int i = 1; i < argc; i++)
        if (atoi(argv[i]) != i)
            return 99;
    return argc;
}

TEST("T20 cmdline_args: what a program is given arrives")
{
    pid_t pid = child_fork();

    if (pid == 0) {
        setenv("ROLE", "count_arguments", 1);
        execl(tap_self, tap_self, "1", "2", "3", NULL);
        _exit(98);
    }
    CHECK_EXITS(pid, 4);
}

/* --- threads: race_adder, philosophers, semaphores, barriers --- */

#define ADDERS 4
#define ADDS 2000

static long sum;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static volatile int spin_word;

static void add_atomically(void)
{
    __atomic_add_fetch(&sum, 1, __ATOMIC_SEQ_CST);
}

static void add_under_mutex(void)
{
    pthread_mutex_lock(&mutex);
    sum++;
    pthread_mutex_unlock(&mutex);
}

static void add_under_semaphore(void)
{
    sem_wait(&semaphore);
    sum++;
    sem_post(&semaphore);
}

static void add_spinning(void)
{
    while (__atomic_exchange_n(&spin_word, 1, __ATOMIC_ACQUIRE))
        sched_yield();
    sum++;
    __atomic_store_n(&spin_word, 0, __ATOMIC_RELEASE);
}

static void *add_often(void *arg)
{
    for (int i = 0; i < ADDS; i++)
        (*(void (**)(void))arg)();
    return NULL;
}

static void run_threads(int n, void *(*body)(void *), void *arg)
{
    pthread_t threads[16];

    for (int i = 0; i < n; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, body, arg), 0);
    for (int i = 0; i < n; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

TEST("T20 race_adder: atomically, by mutex, semaphore, spinning: no sum is lost")
{
    static void (*ways[])(void) = { add_atomically, add_under_mutex,
                                    add_under_semaphore, add_spinning };

    CHECK_EQ(sem_init(&semaphore, 0, 1), 0);
    for (int i = 0; i < 4; i++) {
        sum = 0;
        run_threads(ADDERS, add_often, &ways[i]);
        CHECK_EQ(sum, ADDERS * ADDS);
    }
}

static volatile int wants[2], turn;

/* Peterson's lock of two threads, by loads and stores alone. */
static void *add_by_peterson(void *arg)
{
    static int next;
    int me = __atomic_fetch_add(&next, 1, __ATOMIC_SEQ_CST) & 1;

    for (int i = 0; i < ADDS; i++) {
        __atomic_store_n(&wants[me], 1, __ATOMIC_SEQ_CST);
        __atomic_store_n(&turn, !me, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&wants[!me], __ATOMIC_SEQ_CST) &&
               __atomic_load_n(&turn, __ATOMIC_SEQ_CST) != me)
            sched_yield();
        sum++;
        __atomic_store_n(&wants[me], 0, __ATOMIC_SEQ_CST);
    }
    return arg;
}

TEST("T20 peterson: loads and stores of two harts are ordered by fences")
{
    sum = 0;
    run_threads(2, add_by_peterson, NULL);
    CHECK_EQ(sum, 2 * ADDS);
}

#define SEATS 5

static pthread_mutex_t forks[SEATS];
static int meals[SEATS];

static void *dine(void *arg)
{
    int me = (int *)arg - meals, low = me, high = (me + 1) % SEATS;

    if (low > high) {
        low = high;
        high = me;
    }
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&forks[low]);
        pthread_mutex_lock(&forks[high]);
        meals[me]++;
        sched_yield();
        pthread_mutex_unlock(&forks[high]);
        pthread_mutex_unlock(&forks[low]);
    }
    return NULL;
}

TEST("T20 phil_din_mutex: five philosophers eat 200 times each")
{
    pthread_t threads[SEATS];

    for (int i = 0; i < SEATS; i++)
        pthread_mutex_init(&forks[i], NULL);
    for (int i = 0; i < SEATS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, dine, &meals[i]), 0);
    for (int i = 0; i < SEATS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < SEATS; i++)
        CHECK_EQ(meals[i], 200);
}

static sem_t first_done;
static volatile int order;

static void *go_first(void *arg)
{
    sleep_ms(10);
    order = 1;
    sem_post(&first_done);
    return arg;
}

static void *go_second(void *arg)
{
    sem_wait(&first_done);
    CHECK_EQ(order, 1);
    order = 2;
    return arg;
}

TEST("T20 sync_sem: the second waits for the first")
{
    pthread_t second;

    CHECK_EQ(sem_init(&first_done, 0, 0), 0);
    CHECK_EQ(pthread_create(&second, NULL, go_second, NULL), 0);
    run_threads(1, go_first, NULL);
    CHECK_EQ(pthread_join(second, NULL), 0);
    CHECK_EQ(order, 2);
}

static void *meet_by_condition(void *arg)
{
    static int arrived;

    pthread_mutex_lock(&mutex);
    if (++arrived == 8)
        pthread_cond_broadcast(&cond);
    while (arrived < 8)
        pthread_cond_wait(&cond, &mutex);
    CHECK_EQ(arrived, 8);
    pthread_mutex_unlock(&mutex);
    return arg;
}

TEST("T20 barrier_condvar: nobody passes before the eighth has come")
{
    run_threads(8, meet_by_condition, NULL);
}

/* --- signals --- */

static sigjmp_buf after_fault;

static void leave_fault(int signo)
{
    siglongjmp(after_fault, signo);
}

TEST("T20 sig_tests: a handler leaves a fault by siglongjmp, 100 times")
{
    signal(SIGSEGV, leave_fault);
    for (volatile int i = 0; i < 100; i++) {
        int signo = sigsetjmp(after_fault, 1);

        if (!signo) {
            store_null();
            CHECK(false);
        }
        CHECK_EQ(signo, SIGSEGV);
    }
}

/* --- a program without any library --- */

/* write(2) and exit(2) by ecall, as the first program of a course has it. */
static long call3(long number, long a, long b, long c)
{
    register long a7 __asm__("a7") = number, a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b, a2 __asm__("a2") = c;

    __asm__ volatile ("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2)
                      : "memory");
    return a0;
}

TEST("T19 system calls by bare ecall, without a library")
{
    char text[8] = "";
    int p[2];
    pid_t pid;

    CHECK_EQ(pipe(p), 0);
    pid = child_fork();
    if (pid == 0) {
        if (call3(SYS_write, p[1], (long)"hi", 2) == 2)
            call3(SYS_exit_group, 42, 0, 0);
        __builtin_trap();
    }
    CHECK_EXITS(pid, 42);
    CHECK_EQ(read(p[0], text, sizeof(text)), 2);
    CHECK(!strcmp(text, "hi"));
    CHECK_EQ(call3(SYS_close, 99, 0, 0), -EBADF);
}
