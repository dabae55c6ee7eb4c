/*
 * t_kill.c - SIGKILL at any moment: in vfork, in exec with a MiB of arguments,
 * while pages fault, at terminals, when stopped, in the midst of a fork bomb.
 * Nobody is left over, no wait hangs, and what the dead held is free.
 *
 * run: cpus=1,4 timeout=200
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>

#define VICTIMS 6
#define DELAY_US 8000           /* at most, before it is killed */
#define PATIENCE_NS 30000000000ll
#define USER 1002

/* --- the victims: each goes on for ever ----------------------------------- */

static int shared_fd;

/* One that sleeps in vfork(2), most of the time. */
static void victim_vfork(void)
{
    char *words[] = { "sleep", "0.003", NULL };
    pid_t pid;

    for (;;)
        if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, words, words + 2) == 0)
            waitpid(pid, NULL, 0);
}

#define WORD_BYTES 100000
#define WORDS 10

static void exec_big(void)
{
    char *words[WORDS + 2], *environment[] = { "ROLE=big", NULL };
    char *word = malloc(WORD_BYTES + 1);

    memset(word, 'x', WORD_BYTES);
    word[WORD_BYTES] = '\0';
    words[0] = "big";
    for (int i = 0; i < WORDS; i++)
        words[1 + i] = word;
    words[1 + WORDS] = NULL;
    execve(tap_self, words, environment);
    _exit(0);                   /* no memory */
}

ROLE(big)
{
    if (argc != 1 + WORDS)
        return 1;
    exec_big();
    return 1;
}

static void victim_exec(void)
{
    exec_big();
}

static void *exec_in_thread(void *arg)
{
    exec_big();
    return arg;
}

static void victim_exec_thread(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, exec_in_thread, NULL);
    for (;;)
        pause();
}

#define STORM (4 << 20)

static void victim_faults(void)
{
    for (;;) {
        char *p = mmap(NULL, STORM, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        for (int i = 0; i < STORM; i += 4096)
            p[i] = 1;
        munmap(p, STORM);
    }
}

/* Copies of pages, by two. */
static void victim_cow(void)
{
    char *p = mmap(NULL, STORM / 4, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (;;) {
        pid_t pid = fork();

        for (int i = 0; i < STORM / 4; i += 4096)
            p[i]++;
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
}

/* A session of its own at a terminal of its own, with a job. */
static void victim_terminal(void)
{
    int master, slave;
    char line[64];

    setsid();
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        _exit(0);
    slave = open(ptsname(master), O_RDWR);
    if (slave < 0)
        _exit(0);
    ioctl(slave, TIOCSCTTY, 0);
    if (fork() == 0) {
        setpgid(0, 0);
        for (;;)
            read(slave, line, sizeof(line));    /* SIGTTIN stops it */
    }
    for (;;) {
        write(master, "line\n", 5);
        read(slave, line, sizeof(line));
        read(master, line, sizeof(line));
    }
}

static void victim_stopped(void)
{
    for (;;) {
        pid_t pid = fork();

        if (pid == 0) {
            raise(SIGSTOP);
            _exit(0);
        }
        raise(SIGSTOP);
        kill(pid, SIGCONT);
        waitpid(pid, NULL, 0);
    }
}

static void victim_threads(void)
{
    pthread_t thread;

    for (;;)
        if (pthread_create(&thread, NULL, exec_in_thread, NULL) == 0)
            pthread_detach(thread);
}

/* Waits in the queue of a lock, or has it. */
static void victim_lock(void)
{
    struct flock l = { .l_type = F_WRLCK, .l_len = 1 };

    for (;;) {
        l.l_type = F_WRLCK;
        fcntl(shared_fd, F_SETLKW, &l);
        flock(shared_fd, LOCK_EX);
        flock(shared_fd, LOCK_UN);
        l.l_type = F_UNLCK;
        fcntl(shared_fd, F_SETLK, &l);
        if (fork() == 0)
            continue;
    }
}

static void victim_bomb(void)
{
    for (;;)
        fork();
}

/* --- the murder ----------------------------------------------------------- */

static void no_more_than(rlim_t processes)
{
    struct rlimit limit = { processes, processes };

    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    CHECK(setgid(USER) == 0 && setuid(USER) == 0);
}

/* Until nobody is left whose parent we are; that many there were. */
static int bury_all(void)
{
    int64_t limit = tap_now() + PATIENCE_NS;
    int count = 0, status;
    pid_t pid;

    for (;;) {
        pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0)
            break;
        count += pid > 0;
        CHECK(pid == 0 || status == SIGKILL || status == SIGHUP ||
              WIFEXITED(status));
        if (pid == 0)
            usleep(1000);
        CHECK(tap_now() < limit);
    }
    CHECK_EQ(errno, ECHILD);
    return count;
}

static void kill_all_of_user(void)
{
    CHECK(setuid(USER) == 0);
    kill(-1, SIGKILL);
}

/* The victim alone is killed; then those it leaves, by one kill(-1). */
static void kill_victims(void (*body)(void), rlim_t processes)
{
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    signal(SIGHUP, SIG_IGN);
    shared_fd = open("/tmp/t_kill", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    CHECK(shared_fd >= 0 && unlink("/tmp/t_kill") == 0);
    for (int i = 0; i < VICTIMS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            signal(SIGHUP, SIG_DFL);
            no_more_than(processes);
            body();
        }
        usleep(tap_below(DELAY_US));
        CHECK(kill(pid, SIGKILL) == 0);
        if (i % 4 == 0)
            CHECK_EXITS(child_start(kill_all_of_user), 0);
    }
    CHECK_EXITS(child_start(kill_all_of_user), 0);
    CHECK(bury_all() >= VICTIMS / 2);
    close(shared_fd);
}

#define KILLS(text, victim, processes) \
    TEST("B-12 SIGKILL at any moment: " text) \
    { \
        kill_victims(victim, processes); \
    }

KILLS("in vfork", victim_vfork, 30)
KILLS("in exec with a MiB of arguments", victim_exec, 30)
KILLS("in exec by another thread", victim_exec_thread, 30)
KILLS("while pages fault", victim_faults, 30)
KILLS("while pages are copied", victim_cow, 30)
KILLS("at a terminal", victim_terminal, 100)
KILLS("stopped", victim_stopped, 100)
KILLS("while threads start and run execve", victim_threads, 30)
KILLS("waiting for a lock, or with it", victim_lock, 30)

/* --- calls that take long --------------------------------------------------- */

#define BLOCK (4ul << 20)
#define BLOCKS 500              /* 2 GB of addresses for 4 MB of memory */

static char *many_addresses(void)
{
    int fd = memfd_create("block", 0);
    char *p = mmap(NULL, BLOCK * BLOCKS, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    CHECK(p != MAP_FAILED && ftruncate(fd, BLOCK) == 0);
    for (int i = 0; i < BLOCKS; i++)
        CHECK(mmap(p + i * BLOCK, BLOCK, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_FIXED, fd, 0) == p + i * BLOCK);
    return p;
}

static void read_long(void)
{
    char *p = many_addresses();
    int zero = open("/dev/zero", O_RDONLY);

    for (;;)
        read(zero, p, BLOCK * BLOCKS);
}

static void random_long(void)
{
    char *p = many_addresses();

    for (;;)
        syscall(SYS_getrandom, p, BLOCK * BLOCKS, 0);
}

static void send_long(void)
{
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);

    for (;;)
        sendfile(null, zero, NULL, BLOCK * BLOCKS);
}

static void map_long(void)
{
    char *p = many_addresses();

    for (;;)
        madvise(p, BLOCK * BLOCKS, 22 /* MADV_POPULATE_READ */);
}

/* Of a file that is all holes. */
static void hole_long(void)
{
    struct iovec all = { many_addresses(), BLOCK * BLOCKS };
    int fd = memfd_create("holes", 0);

    CHECK(ftruncate(fd, BLOCK * BLOCKS) == 0);
    for (;;)
        preadv(fd, &all, 1, 0);
}

/* How long it takes to fill them, on this machine, now. */
static int64_t time_to_fill(void)
{
    char *p = many_addresses();
    int zero = open("/dev/zero", O_RDONLY);
    int64_t start = tap_now();

    CHECK_EQ(read(zero, p, BLOCK * BLOCKS / 4), BLOCK * BLOCKS / 4);
    return 4 * (tap_now() - start);
}

TEST("E-12 SIGKILL ends calls that take long")
{
    int64_t long_time = time_to_fill();
    static void (*const bodies[])(void) = {
        read_long, random_long, send_long, map_long, hole_long,
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        pid_t pid = child_start(bodies[i]);
        int64_t start;

        sleep_ms(long_time / 8000000);
        start = tap_now();
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK_KILLED(pid, SIGKILL);
        CHECK(tap_now() - start < long_time / 2);
    }
}

/* --- all at once ---------------------------------------------------------- */

#define BOMBS 4
#define BOMB_SIZE 100

TEST("G-05 a fork bomb of a group is killed by one kill()")
{
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    for (int i = 0; i < BOMBS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            CHECK(setpgid(0, 0) == 0);
            no_more_than(BOMB_SIZE);
            victim_bomb();
        }
        usleep(tap_below(4 * DELAY_US));
        setpgid(pid, pid);
        CHECK(kill(-pid, SIGKILL) == 0);
        CHECK(bury_all() <= BOMB_SIZE);
    }
}

TEST("G-05 a fork bomb of a user is killed by one kill(-1)")
{
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    for (int i = 0; i < BOMBS; i++) {
        pid_t pid = child_fork();

        if (pid == 0) {
            no_more_than(BOMB_SIZE);
            victim_bomb();
        }
        usleep(1000 + tap_below(4 * DELAY_US));
        CHECK_EXITS(child_start(kill_all_of_user), 0);
        kill(pid, SIGKILL);     /* still root? */
        CHECK(bury_all() <= BOMB_SIZE);
    }
}
