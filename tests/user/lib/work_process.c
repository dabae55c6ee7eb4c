/* work_process.c - work of forking, executing, stopping and killing. */
#define _GNU_SOURCE
#include "tests/user/lib/work.h"

#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define CHILDREN 4

static void kill_one(pid_t pid, int signo)
{
    CHECK(kill(pid, signo) == 0);
}

/* Killed by us, or by scarcity. */
static void wait_killed(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) != pid)
        CHECK(errno == EINTR);
    CHECK(status == SIGKILL || status == 0);
}

/* Each child's answer is its own. */
void work_children(void)
{
    pid_t pid[CHILDREN];
    int status;

    for (int i = 0; i < CHILDREN; i++) {
        pid[i] = work_fork();
        if (pid[i] == 0) {
            work_any();
            _exit(10 + i);
        }
    }
    for (int i = CHILDREN - 1; i >= 0; i--) {
        siginfo_t info = { 0 };

        if (pid[i] < 0)
            continue;
        while (waitid(P_PID, pid[i], &info, WEXITED | WNOWAIT) < 0)
            CHECK_EQ(errno, EINTR);
        CHECK_EQ(waitpid(pid[i], &status, WNOHANG), pid[i]);
        CHECK(status == (10 + i) << 8 || status == SIGKILL);
        CHECK_EQ(info.si_pid, pid[i]);
        CHECK_EQ(info.si_status, status == SIGKILL ? SIGKILL : 10 + i);
    }
}

/* By clone(CLONE_VM | CLONE_VFORK). */
void work_vfork(void)
{
    char *words[] = { "true", NULL };
    pid_t pid;

    errno = posix_spawn(&pid, "/bin/true", NULL, NULL, words, words + 1);
    CHECK(errno == 0 || work_scarce());
    if (!errno)
        work_wait(pid);
}

/* --- arguments arrive whole --- */

#define WORDS_MAX 64
#define WORD_SIZE 3000

static unsigned add_up(char *const *words)
{
    unsigned sum = 0;

    for (; *words; words++)
        for (const char *p = *words; *p; p++)
            sum = sum * 31 + (unsigned char)*p;
    return sum;
}

ROLE(sum)
{
    return argc < 3 || add_up(argv + 2) != strtoul(argv[1], NULL, 10);
}

static _Noreturn void exec_with_words(char *text)
{
    char sum[16], *words[WORDS_MAX + 3] = { "sum", sum };
    char *const environment[] = { "ROLE=sum", NULL };
    int n = 1 + tap_below(WORDS_MAX);

    for (int i = 0; i < n; i++)
        words[2 + i] = text + tap_below(WORD_SIZE);
    snprintf(sum, sizeof(sum), "%u", add_up(words + 2));
    execve(tap_self, words, environment);
    CHECK(work_scarce());
    _exit(0);
}

void work_arguments(void)
{
    static char text[WORD_SIZE + 1];
    pid_t pid = work_fork();

    if (pid == 0) {
        for (int i = 0; i < WORD_SIZE; i++)
            text[i] = 'a' + tap_below(26);
        exec_with_words(text);
    }
    if (pid > 0)
        work_wait(pid);
}

/* --- stopping and killing --- */

static _Noreturn void count_up(volatile long *counter)
{
    for (;;)
        ++*counter;
}

/* What is stopped does not count. */
void work_stop(void)
{
    volatile long *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    long before;
    int status;
    pid_t pid;

    if (counter == MAP_FAILED)
        return;
    pid = work_fork_bound();
    if (pid == 0)
        count_up(counter);
    if (pid < 0)
        goto unmap;
    kill_one(pid, SIGSTOP);
    while (waitpid(pid, &status, WUNTRACED) != pid)
        CHECK_EQ(errno, EINTR);
    if (WIFSTOPPED(status)) {
        CHECK_EQ(WSTOPSIG(status), SIGSTOP);
        before = *counter;
        sched_yield();
        CHECK_EQ(*counter, before);
        if (tap_below(2))
            kill_one(pid, SIGCONT);
        kill_one(pid, SIGKILL);
        wait_killed(pid);
    } else {
        CHECK_EQ(status, SIGKILL);
    }
unmap:
    munmap((void *)counter, 4096);
}

/* All of a group, and its stopped ones too, are reached by one kill(). */
void work_group(void)
{
    pid_t leader = 0, pid[CHILDREN];

    for (int i = 0; i < CHILDREN; i++) {
        pid[i] = work_fork_bound();
        if (pid[i] == 0) {
            if (tap_below(2))
                raise(SIGSTOP);
            for (;;)
                pause();
        }
        if (pid[i] < 0)
            continue;
        leader = leader ? leader : pid[i];
        /* A leader that is gone, killed for want of memory, has no group. */
        if (setpgid(pid[i], leader) < 0) {
            CHECK(errno == EPERM || errno == ESRCH);
            kill_one(pid[i], SIGKILL);
        }
    }
    if (leader && kill(-leader, SIGKILL) < 0)
        CHECK_EQ(errno, ESRCH);
    for (int i = 0; i < CHILDREN; i++)
        if (pid[i] > 0)
            wait_killed(pid[i]);
}

/* Children whose parent ends first: somebody else waits for them. */
void work_orphans(void)
{
    pid_t pid = work_fork();

    if (pid == 0) {
        for (int i = 0; i < CHILDREN; i++)
            if (work_fork() == 0) {
                if (tap_below(2))
                    usleep(tap_below(2000));
                work_any();
                _exit(0);
            }
        _exit(0);
    }
    if (pid > 0)
        work_wait(pid);
}

/* A child is killed somewhere in its work. */
void work_kill(void)
{
    pid_t pid = work_fork_bound();

    if (pid == 0)
        for (;;)
            work_any();
    if (pid < 0)
        return;
    usleep(tap_below(10000));
    kill_one(pid, SIGKILL);
    wait_killed(pid);
}
