/* work_time.c - work with signals and timers. */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

static volatile int caught, expected;

static void catch(int signo, siginfo_t *info, void *context)
{
    (void)context;
    if (signo == SIGRTMIN && info->si_code == SI_QUEUE)
        CHECK_EQ(info->si_value.sival_int, expected++);
    caught++;
}

static void catch_signal(int signo)
{
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };

    action.sa_sigaction = catch;
    CHECK(sigaction(signo, &action, NULL) == 0);
}

static void block(int how, int signo)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signo);
    CHECK(sigprocmask(how, &set, NULL) == 0);
}

void work_timer(void)
{
    struct itimerspec time = { { 0, 300000 }, { 0, 100000 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGRTMIN + 1 };
    timer_t timer;

    catch_signal(SIGRTMIN + 1);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0) {
        CHECK(work_scarce());
        return;
    }
    caught = 0;
    CHECK(timer_settime(timer, 0, &time, NULL) == 0);
    for (int i = 0; i < 20 && caught < 3; i++)
        usleep(500);
    CHECK(caught > 0 || timer_getoverrun(timer) >= 0);
    CHECK(timer_delete(timer) == 0);
}

/* Real-time signals arrive each, and in order. */
void work_queue(void)
{
    int sent = 0, n = 1 + tap_below(20);
    union sigval value;

    catch_signal(SIGRTMIN);
    block(SIG_BLOCK, SIGRTMIN);
    expected = 0;
    for (int i = 0; i < n; i++) {
        value.sival_int = sent;
        if (sigqueue(getpid(), SIGRTMIN, value) == 0)
            sent++;
        else
            CHECK(work_scarce());
    }
    block(SIG_UNBLOCK, SIGRTMIN);
    CHECK_EQ(expected, sent);
}

/* A child's signals end its parent's waits; the last one is the end. */
void work_suspend(void)
{
    struct signalfd_siginfo info;
    sigset_t set;
    pid_t pid, parent = getpid();
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0) {
        CHECK(work_scarce());
        goto unblock;
    }
    pid = work_fork();
    if (pid == 0) {
        kill(parent, SIGUSR2);
        _exit(0);
    }
    while (pid > 0 && work_read(fd, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo == SIGCHLD && info.ssi_pid == (unsigned)pid)
            break;
    if (pid > 0)
        work_wait(pid);
    close(fd);
unblock:
    while (sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) > 0 ||
           errno == EINTR)
        ;
    CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

void work_alarm(void)
{
    struct itimerval soon = { { 0, 0 }, { 0, 1 + tap_below(800) } };
    struct itimerspec time = { { 0, 0 }, { 0, 1 + tap_below(500000) } };
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    uint64_t times;

    catch_signal(SIGALRM);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    if (fd >= 0) {
        CHECK(timerfd_settime(fd, 0, &time, NULL) == 0);
        CHECK_EQ(work_read(fd, &times, 8), 8);
        CHECK_EQ(times, 1);
        close(fd);
    }
    soon.it_value.tv_usec = 0;
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
}
