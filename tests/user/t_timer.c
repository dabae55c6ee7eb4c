/*
 * t_timer.c - setitimer(2), timer_create(2), timerfd_create(2), RLIMIT_CPU
 * (lwp.md rows G-22, H-08, H-09; peers.md P15).
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#define MS 1000000l

static volatile int calls;
static siginfo_t last_info;

static void note(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    last_info = *info;
    calls++;
}

static void catch(int signo)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO };

    action.sa_sigaction = note;
    CHECK_EQ(sigaction(signo, &action, NULL), 0);
    calls = 0;
}

/* Run until the handler was called, or 5 s of CPU time have gone. */
static void burn_until_called(void)
{
    int64_t end = child_cpu_time() + 5000 * MS;

    while (!calls && child_cpu_time() < end)
        ;
}

/* --- setitimer --- */

TEST("G-22 ITIMER_REAL: once, then again and again, then off")
{
    struct itimerval timer = { { 0, 0 }, { 0, 20000 } }, old;
    int64_t begin = tap_now();

    catch(SIGALRM);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
    CHECK(old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 20000);
    pause();
    CHECK(tap_now() - begin >= 20 * MS);
    CHECK_EQ(calls, 1);
    CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
    CHECK_EQ(old.it_value.tv_usec, 0);
    timer.it_interval.tv_usec = 2000;
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    while (calls < 5)
        pause();
    timer.it_value.tv_usec = 0;
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, &old), 0);
    CHECK_EQ(old.it_interval.tv_usec, 2000);
    calls = 0;
    sleep_ms(20);
    CHECK_EQ(calls, 0);
}

TEST("G-22 ITIMER_VIRTUAL and ITIMER_PROF count CPU time, not sleep")
{
    struct itimerval timer = { { 0, 0 }, { 0, 20000 } };

    catch(SIGVTALRM);
    CHECK_EQ(setitimer(ITIMER_VIRTUAL, &timer, NULL), 0);
    sleep_ms(40);
    CHECK_EQ(calls, 0);
    burn_until_called();
    CHECK_EQ(last_info.si_signo, SIGVTALRM);
    catch(SIGPROF);
    CHECK_EQ(setitimer(ITIMER_PROF, &timer, NULL), 0);
    sleep_ms(40);
    CHECK_EQ(calls, 0);
    burn_until_called();
    CHECK_EQ(last_info.si_signo, SIGPROF);
}

TEST("G-22 an interval of a microsecond does not stop the machine")
{
    struct itimerval timer = { { 0, 1 }, { 0, 1 } };
    int64_t end = tap_now() + 50 * MS;

    catch(SIGALRM);
    CHECK_EQ(setitimer(ITIMER_REAL, &timer, NULL), 0);
    while (tap_now() < end)
        ;
    CHECK(calls > 1);
}

#define TIMERS 3000

/* More than can be served: a hart that tried to would do nothing else. */
static void start_many_timers(void)
{
    struct itimerspec often = { { 0, 1 }, { 0, 1 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGRTMIN };
    timer_t timer;
    sigset_t set;

    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    for (int i = 0; i < TIMERS; i++) {
        CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
        CHECK_EQ(timer_settime(timer, 0, &often, NULL), 0);
    }
    for (;;)
        pause();
}

TEST("H-08 3,000 intervals of a nanosecond do not stop the machine")
{
    pid_t pid = child_start(start_many_timers);
    int64_t start = tap_now();

    sleep_ms(200);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_KILLED(pid, SIGKILL);
    CHECK(tap_now() - start < 20000 * MS);
}

TEST("G-22 setitimer, alarm: errors and results")
{
    struct itimerval timer = { { 0, 0 }, { 0, 1000000 } };

    CHECK_FAILS(setitimer(ITIMER_REAL, &timer, NULL), EINVAL);
    timer.it_value.tv_usec = 0;
    CHECK_FAILS(setitimer(7, &timer, NULL), EINVAL);
    CHECK_FAILS(getitimer(-1, &timer), EINVAL);
    CHECK_EQ(alarm(100), 0);
    CHECK_EQ(alarm(0), 100);
}

static void check_no_alarm(void)
{
    CHECK_EQ(alarm(0), 0);
}

TEST("G-22 a child does not inherit its parent's alarm")
{
    alarm(100);
    CHECK_EQ(tap_in_child(check_no_alarm), 0);
    CHECK_EQ(alarm(0), 100);
}

/* --- timer_create --- */

static timer_t create(clockid_t clock, int signo, int value)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = signo };
    timer_t timer;

    event.sigev_value.sival_int = value;
    CHECK_EQ(timer_create(clock, &event, &timer), 0);
    return timer;
}

static void set(timer_t timer, long first_ns, long interval_ns)
{
    struct itimerspec setting = { { 0, interval_ns }, { 0, first_ns } };

    CHECK_EQ(timer_settime(timer, 0, &setting, NULL), 0);
}

TEST("P15 a POSIX timer fires, with its value")
{
    timer_t timer = create(CLOCK_MONOTONIC, SIGRTMIN, 4711);
    struct itimerspec left;

    catch(SIGRTMIN);
    set(timer, 10 * MS, 0);
    CHECK_EQ(timer_gettime(timer, &left), 0);
    CHECK(left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 10 * MS);
    while (!calls)
        sleep_ms(1);
    CHECK_EQ(last_info.si_code, SI_TIMER);
    CHECK_EQ(last_info.si_value.sival_int, 4711);
    CHECK_EQ(timer_getoverrun(timer), 0);
    CHECK_EQ(timer_delete(timer), 0);
    CHECK_FAILS(syscall(SYS_timer_delete, timer), EINVAL);
}

TEST("H-08 expiries while the signal is blocked are counted as overruns")
{
    timer_t timer = create(CLOCK_MONOTONIC, SIGRTMIN, 1);
    sigset_t set_, old;

    catch(SIGRTMIN);
    sigemptyset(&set_);
    sigaddset(&set_, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set_, &old);
    set(timer, MS, MS);
    sleep_ms(20);
    set(timer, 0, 0);
    sigprocmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(calls, 1);
    CHECK(timer_getoverrun(timer) >= 10);
    CHECK_EQ(timer_getoverrun(timer), last_info.si_overrun);
}

TEST("H-08 timers on CPU time")
{
    timer_t process = create(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1, 0);
    timer_t thread = create(CLOCK_THREAD_CPUTIME_ID, SIGUSR2, 0);

    catch(SIGUSR1);
    set(process, 10 * MS, 0);
    sleep_ms(20);
    CHECK_EQ(calls, 0);
    burn_until_called();
    CHECK_EQ(last_info.si_signo, SIGUSR1);
    catch(SIGUSR2);
    set(thread, 10 * MS, 0);
    burn_until_called();
    CHECK_EQ(last_info.si_signo, SIGUSR2);
}

TEST("H-08 timer_create, timer_settime: the errors")
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = 99 };
    struct itimerspec setting = { { 0, 0 }, { 0, 1000000000 } };
    timer_t timer;

    CHECK_FAILS(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
    CHECK_FAILS(timer_create(99, NULL, &timer), EINVAL);
    CHECK_FAILS(timer_create(CLOCK_MONOTONIC_COARSE, NULL, &timer), EOPNOTSUPP);
    timer = create(CLOCK_REALTIME, SIGALRM, 0);
    CHECK_FAILS(timer_settime(timer, 0, &setting, NULL), EINVAL);
    CHECK_FAILS(syscall(SYS_timer_gettime, 12345, &setting), EINVAL);
}

static void *wait_for_end(void *end)
{
    while (!__atomic_load_n((bool *)end, __ATOMIC_ACQUIRE))
        usleep(1000);
    return NULL;
}

TEST("H-08 timers by the CPU clocks of the process and of its threads")
{
    pthread_t thread;
    clockid_t clock;
    bool end = false;
    timer_t timer;

    CHECK_EQ(pthread_create(&thread, NULL, wait_for_end, &end), 0);
    CHECK_EQ(pthread_getcpuclockid(thread, &clock), 0);
    timer = create(clock, SIGUSR1, 0);
    catch(SIGUSR1);
    set(timer, 500 * MS, 0);
    CHECK_EQ(clock_getcpuclockid(getpid(), &clock), 0);
    timer = create(clock, SIGUSR2, 0);
    catch(SIGUSR2);
    set(timer, 20 * MS, 0);
    burn_until_called();
    CHECK_EQ(calls, 1);
    CHECK_EQ(last_info.si_signo, SIGUSR2);
    __atomic_store_n(&end, true, __ATOMIC_RELEASE);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(clock_getcpuclockid(1, &clock), 0);
    CHECK_FAILS(timer_create(clock, NULL, &timer), EINVAL);
    CHECK_FAILS(clock_settime(clock, &(struct timespec){ 1, 0 }), EPERM);
}

TEST("H-08 overruns are counted of a signal that is ignored once unblocked, too")
{
    timer_t timer = create(CLOCK_MONOTONIC, SIGURG, 0);
    sigset_t urgent;

    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &urgent, NULL), 0);
    set(timer, 2 * MS, 2 * MS);
    sleep_ms(20);
    set(timer, 0, 0);
    CHECK_EQ(timer_getoverrun(timer), 0);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &urgent, NULL), 0);
    CHECK(timer_getoverrun(timer) >= 5);
}

/* Set the wall clock so many seconds forward, or back. */
static void shift_clock(long seconds)
{
    struct timespec now;

    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
    now.tv_sec += seconds;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
}

static long seconds_left(timer_t timer)
{
    struct itimerspec setting;

    CHECK_EQ(timer_gettime(timer, &setting), 0);
    return setting.it_value.tv_sec;
}

TEST("H-08 a relative time of CLOCK_REALTIME does not move with the clock")
{
    struct itimerspec relative = { { 0, 0 }, { 50, 0 } }, absolute = { 0 };
    timer_t timer = create(CLOCK_REALTIME, SIGALRM, 0);
    long left;

    catch(SIGALRM);
    CHECK_EQ(timer_settime(timer, 0, &relative, NULL), 0);
    shift_clock(-1000);
    CHECK(seconds_left(timer) <= 50);
    shift_clock(2000);
    left = seconds_left(timer);
    CHECK_EQ(calls, 0);
    CHECK(left > 0 && left <= 50);
    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &absolute.it_value), 0);
    absolute.it_value.tv_sec += 5000;
    CHECK_EQ(timer_settime(timer, TIMER_ABSTIME, &absolute, NULL), 0);
    shift_clock(-1000);
    CHECK(seconds_left(timer) > 5500);
    CHECK_EQ(calls, 0);
    shift_clock(7000);
    CHECK_EQ(calls, 1);
    shift_clock(-7000);
}

/* --- timerfd --- */

TEST("P15 timerfd: expiries are read, polled for, and lost when set anew")
{
    struct itimerspec setting = { { 0, 2 * MS }, { 0, 5 * MS } };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct pollfd p = { fd, POLLIN, 0 };
    uint64_t n;

    CHECK(fd >= 0);
    CHECK_FAILS(read(fd, &n, 8), EAGAIN);
    CHECK_EQ(timerfd_settime(fd, 0, &setting, NULL), 0);
    CHECK_EQ(poll(&p, 1, 5000), 1);
    CHECK_EQ(read(fd, &n, 8), 8);
    CHECK(n >= 1);
    sleep_ms(10);
    CHECK_EQ(read(fd, &n, 8), 8);
    CHECK(n >= 4);
    CHECK_FAILS(read(fd, &n, 4), EINVAL);
    setting = (struct itimerspec){ { 0, 0 }, { 0, 0 } };
    sleep_ms(5);
    CHECK_EQ(timerfd_settime(fd, 0, &setting, NULL), 0);
    CHECK_FAILS(read(fd, &n, 8), EAGAIN);
    CHECK_FAILS(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    CHECK_FAILS(timerfd_settime(fd, 77, &setting, NULL), EINVAL);
    CHECK_FAILS(timerfd_gettime(0, &setting), EINVAL);
}

TEST("H-09 timerfd follows CLOCK_REALTIME when that is set")
{
    struct itimerspec setting = { 0 };
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    struct timespec now;
    uint64_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    setting.it_value = now;
    setting.it_value.tv_sec += 100;
    CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
                             &setting, NULL), 0);
    now.tv_sec += 50;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
    CHECK_FAILS(read(fd, &n, 8), ECANCELED);
    CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, NULL), 0);
    now.tv_sec += 51;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
    CHECK_EQ(read(fd, &n, 8), 8);
    CHECK_EQ(n, 1);
    now.tv_sec -= 101;
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
}

/* --- limits --- */

static void burn_for_ever(void)
{
    for (;;)
        ;
}

static void burn_under_limits(void)
{
    struct rlimit limit = { 1, 2 };

    CHECK_EQ(setrlimit(RLIMIT_CPU, &limit), 0);
    catch(SIGXCPU);
    burn_until_called();
    CHECK_EQ(calls, 1);
    burn_for_ever();
}

TEST("RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one")
{
    CHECK_EQ(tap_in_child(burn_under_limits), SIGKILL);
}
