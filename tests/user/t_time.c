/*
 * t_time.c - clocks, sleeping, interval timers; all in guest time.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#define MS 1000000ll

/* Late is a busy host; early is wrong. */
static void check_slept(int64_t start, int64_t ns)
{
    int64_t slept = tap_now() - start;

    if (slept < ns || slept > ns + 100 * MS)
        tap_fail(__FILE__, __LINE__, "slept %lld ns, not %lld",
                 (long long)slept, (long long)ns);
}

static volatile sig_atomic_t count;

static void count_signal(int signo)
{
    (void)signo;
    count++;
}

static void catch_signal(int signo)
{
    struct sigaction act = { .sa_handler = count_signal };

    CHECK(sigaction(signo, &act, NULL) == 0);
}

TEST("nanosleep: never shorter than asked, and not much longer")
{
    static const long times[] = { 1, 1000, 100000, 1000000, 20000000 };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t start = tap_now();

        CHECK(nanosleep(&(struct timespec){ 0, times[i] }, NULL) == 0);
        check_slept(start, times[i]);
    }
}

TEST("nanosleep: interrupted, it says what is left")
{
    struct timespec t = { 1, 0 }, left;

    catch_signal(SIGALRM);
    ualarm(50000, 0);
    CHECK_FAILS(nanosleep(&t, &left), EINTR);
    CHECK(left.tv_sec == 0 && left.tv_nsec > 500 * MS &&
          left.tv_nsec <= 950 * MS);
}

TEST("nanosleep: not a time")
{
    CHECK_FAILS(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL), EINVAL);
    CHECK_FAILS(nanosleep(&(struct timespec){ -1, 0 }, NULL), EINVAL);
    CHECK_FAILS(nanosleep(&(struct timespec){ 0, -1 }, NULL), EINVAL);
    CHECK(nanosleep(&(struct timespec){ 0, 0 }, NULL) == 0);
}

TEST("clock_nanosleep: until a moment; one that is over")
{
    struct timespec t;
    int64_t start = tap_now();

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += 20 * MS;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
    CHECK(tap_now() - start >= 20 * MS);
    CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
    CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME,
                             &(struct timespec){ 1, 0 }, NULL), 0);
    CHECK_EQ(clock_nanosleep(99, 0, &t, NULL), EINVAL);
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec t;

    CHECK(clock_gettime(clock, &t) == 0);
    CHECK(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

TEST("H-10 clocks: resolution, order, agreement")
{
    static const clockid_t clocks[] = {
        CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
        CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
    };
    struct timespec t;
    struct timeval tv;

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        int64_t before = read_clock(clocks[i]);

        CHECK(clock_getres(clocks[i], &t) == 0 && t.tv_sec == 0);
        CHECK(read_clock(clocks[i]) >= before);
    }
    CHECK_FAILS(clock_gettime(99, &t), EINVAL);
    CHECK_FAILS(clock_getres(99, &t), EINVAL);
    CHECK(gettimeofday(&tv, NULL) == 0);
    CHECK(llabs(tv.tv_sec * 1000000000ll + tv.tv_usec * 1000 -
                read_clock(CLOCK_REALTIME)) < 100 * MS);
    CHECK(tv.tv_sec > 1577836800);              /* 2020: there is an RTC */
    CHECK(llabs(read_clock(CLOCK_MONOTONIC) -
                read_clock(CLOCK_BOOTTIME)) < 100 * MS);
}

TEST("H-10 the monotonic clock never goes back, on whatever hart")
{
    int64_t last = 0, now;

    for (int i = 0; i < 20000; i++) {
        now = tap_now();
        CHECK(now >= last);
        last = now;
        if (i % 500 == 0)
            sleep_ms(1);
    }
}

static void set_clock_as_user(void)
{
    struct timespec t = { 1000000000, 0 };

    CHECK(setuid(1000) == 0);
    CHECK_FAILS(clock_settime(CLOCK_REALTIME, &t), EPERM);
}

TEST("clock_settime: moves the real-time clock only, by root only")
{
    struct timespec t = { 2000000000, 0 }, old;
    int64_t start = tap_now();

    CHECK_EQ(tap_in_child(set_clock_as_user), 0);
    CHECK(clock_gettime(CLOCK_REALTIME, &old) == 0);
    CHECK(clock_settime(CLOCK_REALTIME, &t) == 0);
    CHECK(read_clock(CLOCK_REALTIME) - 2000000000ll * 1000000000 < 1000 * MS);
    CHECK(tap_now() >= start && tap_now() - start < 1000 * MS);
    CHECK(clock_settime(CLOCK_REALTIME, &old) == 0);
    CHECK_FAILS(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
    t.tv_nsec = -1;
    CHECK_FAILS(clock_settime(CLOCK_REALTIME, &t), EINVAL);
}

/* --- processor time --- */

static void burn(int64_t ns)
{
    int64_t end = read_clock(CLOCK_PROCESS_CPUTIME_ID) + ns;

    while (read_clock(CLOCK_PROCESS_CPUTIME_ID) < end)
        ;
}

static void burn_50_ms(void)
{
    burn(50 * MS);
}

TEST("S20 processor time: a sleeper has none, children's is added by wait")
{
    int64_t start = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    struct rusage u;
    struct tms t;

    sleep_ms(100);
    CHECK(read_clock(CLOCK_PROCESS_CPUTIME_ID) - start < 30 * MS);
    CHECK_EQ(tap_in_child(burn_50_ms), 0);
    CHECK(getrusage(RUSAGE_CHILDREN, &u) == 0);
    CHECK((u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
          u.ru_utime.tv_usec + u.ru_stime.tv_usec >= 49000);
    CHECK(times(&t) != (clock_t)-1);
    CHECK(t.tms_cutime + t.tms_cstime >= 4);
}

/* --- interval timers --- */

TEST("G-22 ITIMER_REAL: once, every so often, and switched off")
{
    struct itimerval t = { { 0, 10000 }, { 0, 20000 } }, old;
    int64_t start = tap_now();

    catch_signal(SIGALRM);
    CHECK(setitimer(ITIMER_REAL, &t, NULL) == 0);
    while (count < 5)
        pause();
    CHECK(tap_now() - start >= 60 * MS);
    CHECK(getitimer(ITIMER_REAL, &old) == 0);
    CHECK_EQ(old.it_interval.tv_usec, 10000);
    CHECK(old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 10000);
    t = (struct itimerval){ { 0, 0 }, { 0, 0 } };
    CHECK(setitimer(ITIMER_REAL, &t, &old) == 0);
    count = 0;
    sleep_ms(30);
    CHECK_EQ(count, 0);
    t.it_value.tv_usec = 1000000;
    CHECK_FAILS(setitimer(ITIMER_REAL, &t, NULL), EINVAL);
    CHECK_FAILS(setitimer(99, &old, NULL), EINVAL);
}

TEST("G-22 ITIMER_VIRTUAL and ITIMER_PROF count processor time")
{
    static const int timers[] = { ITIMER_VIRTUAL, ITIMER_PROF };
    static const int signals[] = { SIGVTALRM, SIGPROF };
    struct itimerval t = { { 0, 0 }, { 0, 20000 } };

    for (int i = 0; i < 2; i++) {
        count = 0;
        catch_signal(signals[i]);
        CHECK(setitimer(timers[i], &t, NULL) == 0);
        sleep_ms(60);
        CHECK_EQ(count, 0);
        for (int64_t end = tap_now() + 5000 * MS; !count; )
            CHECK(tap_now() < end);
    }
}

TEST("alarm: seconds, replaced, inherited by nobody")
{
    pid_t pid;

    CHECK_EQ(alarm(100), 0);
    CHECK_EQ(alarm(50), 100);
    pid = child_fork();
    if (pid == 0)
        _exit(alarm(0));
    CHECK_EXITS(pid, 0);
    CHECK_EQ(alarm(0), 50);
}

TEST("timers: the longest times there are")
{
    const time_t longest = (time_t)(~0ul >> 1);
    struct itimerspec t = { { longest, 999999999 }, { 0, 1000 } }, left;
    struct timespec far = { 1l << 40, 0 };
    timer_t timer;

    catch_signal(SIGALRM);
    CHECK(timer_create(CLOCK_REALTIME, NULL, &timer) == 0);
    CHECK(timer_settime(timer, 0, &t, NULL) == 0);
    sleep_ms(30);
    CHECK_EQ(count, 1);
    CHECK(timer_gettime(timer, &left) == 0);
    CHECK(left.it_value.tv_sec > 1000000000);
    t.it_value = t.it_interval;
    CHECK(timer_settime(timer, 0, &t, NULL) == 0);
    sleep_ms(30);
    CHECK_EQ(count, 1);
    CHECK_FAILS(clock_settime(CLOCK_REALTIME, &far), EINVAL);
    CHECK(timer_delete(timer) == 0);
}
