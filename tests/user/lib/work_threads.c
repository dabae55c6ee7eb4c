/* work_threads.c - work by threads, and on futexes between processes. */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define THREADS 6
#define ROUNDS 60

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

/* Signals go to the main thread: what they count is its own. */
static bool start(pthread_t *thread, void *(*body)(void *), void *arg)
{
    int result = pthread_create(thread, NULL, body, arg);

    errno = result;
    CHECK(!result || work_scarce());
    return !result;
}

static void *add(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        if (i % 16 == 0)
            sched_yield();
    }
    return arg;
}

void work_threads(void)
{
    pthread_t threads[THREADS];
    int n = 0;
    void *result;

    counter = 0;
    while (n < THREADS && start(&threads[n], add, &threads[n]))
        n++;
    for (int i = 0; i < n; i++) {
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == &threads[i]);
    }
    CHECK_EQ(counter, n * ROUNDS);
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *arg)
{
    int me = (long)arg;

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < ROUNDS / 4; i++) {
        while (turn != me)
            pthread_cond_wait(&condition, &mutex);
        turn = !me;
        pthread_cond_signal(&condition);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

void work_condition(void)
{
    pthread_t other;

    turn = 0;
    if (!start(&other, take_turns, (void *)1))
        return;
    take_turns((void *)0);
    CHECK(pthread_join(other, NULL) == 0);
    CHECK_EQ(turn, 0);
}

/* --- the end of a group whose threads are anywhere --- */

static int endless_pipe[2];

static void *read_for_ever(void *arg)
{
    char c;

    while (read(endless_pipe[0], &c, 1))
        ;
    return arg;
}

static void *wait_for_ever(void *arg)
{
    static int word;

    for (;;)
        syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return arg;
}

static void *spin_for_ever(void *arg)
{
    for (volatile long i = 0; ; i++)
        ;
    return arg;
}

static void *map_for_ever(void *arg)
{
    for (;;) {
        char *p = work_memory(16384);

        if (p) {
            p[4096] = 1;
            munmap(p, 16384);
        }
    }
    return arg;
}

static void *exec_now(void *arg)
{
    execl("/bin/true", "true", NULL);
    CHECK(work_scarce());
    _exit(0);
    return arg;
}

static void *exit_now(void *arg)
{
    _exit(0);
    return arg;
}

static _Noreturn void end_group(void)
{
    static void *(*const bodies[])(void *) = {
        read_for_ever, wait_for_ever, spin_for_ever, map_for_ever,
        read_for_ever, spin_for_ever, exec_now, exit_now,
    };
    pthread_t thread;

    CHECK(pipe(endless_pipe) == 0 || work_scarce());
    for (int i = 0; i < THREADS; i++)
        start(&thread, bodies[tap_below(8)], NULL);
    if (tap_below(2))
        start(&thread, tap_below(2) ? exec_now : exit_now, NULL);
    else if (tap_below(2))
        exec_now(NULL);
    usleep(20000);
    _exit(0);
}

void work_end_of_group(void)
{
    pid_t pid = work_fork();

    if (pid == 0)
        end_group();
    if (pid > 0)
        work_wait(pid);
}

/* --- a ball between two processes --- */

#define OVER (-1)

static void set_ball(int *ball, int value)
{
    __atomic_store_n(ball, value, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, ball, FUTEX_WAKE, 2, NULL, NULL, 0);
}

static pid_t start_player(int *ball, int me)
{
    pid_t pid = work_fork();

    if (pid)
        return pid;
    for (int i = 0; i < ROUNDS / 2; i++) {
        int now;

        while ((now = __atomic_load_n(ball, __ATOMIC_SEQ_CST)) != me) {
            if (now == OVER)
                _exit(0);
            syscall(SYS_futex, ball, FUTEX_WAIT, now, NULL, NULL, 0);
        }
        if (__atomic_compare_exchange_n(ball, &now, !me, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            syscall(SYS_futex, ball, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
    _exit(0);
}

/* Nobody has a time-out: a lost wake-up would hang. */
void work_futex(void)
{
    int *ball = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int players = 0, status;

    if (ball == MAP_FAILED) {
        CHECK(work_scarce());
        return;
    }
    for (int i = 0; i < 2; i++)
        players += start_player(ball, i) > 0;
    if (players < 2)
        set_ball(ball, OVER);
    while (players) {
        if (wait(&status) < 0) {
            CHECK_EQ(errno, EINTR);
            continue;
        }
        players--;
        if (status) {
            CHECK_EQ(status, SIGKILL);
            set_ball(ball, OVER);
        }
    }
    munmap(ball, 4096);
}
