/*
 * t_proc_harts.c - what the harts count: nested traps, FP registers, times,
 * interrupts (rows S29, S30, I-07).  Page tables: t_switch.c.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>

#define ROUNDS  500

/* Both sides of a ping-pong; doubles are used between the strokes if asked. */
static int ping[2], pong[2];
static bool with_doubles;
static volatile double number = 1.0;

static void stay_on_hart_0(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

static void stroke(int from, int to)
{
    char c = 'x';

    if (with_doubles)
        number = number * 1.0000001;
    CHECK_EQ(write(to, &c, 1), 1);
    CHECK_EQ(read(from, &c, 1), 1);
}

static void *answer(void *unused)
{
    char c;

    while (read(ping[0], &c, 1) == 1 && c != 'q') {
        if (with_doubles)
            number = number * 1.0000001;
        CHECK_EQ(write(pong[1], &c, 1), 1);
    }
    return unused;
}

static void play(void)
{
    for (int i = 0; i < ROUNDS; i++)
        stroke(pong[0], ping[1]);
}

static void start_game(void)
{
    stay_on_hart_0();
    CHECK(pipe(ping) == 0 && pipe(pong) == 0);
}

static void end_game(void)
{
    CHECK_EQ(write(ping[1], "q", 1), 1);
}

/* How much a counter grows while work() runs: the least of some times, as
 * others may run now and then. */
static long growth(const char *name, void (*work)(void))
{
    long least = -1;

    for (int i = 0; i < 20 && least != 0; i++) {
        long before = slurp_counter(name), grown;

        work();
        grown = slurp_counter(name) - before;
        if (least < 0 || grown < least)
            least = grown;
    }
    return least;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signo)
{
    (void)signo;
    alarms++;
}

TEST("S29 timers during long system calls are traps within traps")
{
    struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
    size_t size = 16 << 20;
    char *buf = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int zero = open("/dev/zero", O_RDONLY);
    long before = slurp_counter("nested_traps");
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

    CHECK(buf != MAP_FAILED && zero >= 0);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    for (int i = 0; alarms < 20 && i < 10000; i++) {
        ssize_t n = read(zero, buf, size);      /* pages come in the midst */

        CHECK(n > 0 && n <= (ssize_t)size);
        for (ssize_t k = 0; k < n; k += 4096)
            CHECK(buf[k] == 0);
        CHECK(madvise(buf, size, MADV_DONTNEED) == 0);
    }
    CHECK(alarms >= 20);
    CHECK(slurp_counter("nested_traps") > before);
}

TEST("S30 FP registers are saved when a thread has changed them, else not")
{
    pthread_t other;
    long before;

    start_game();
    CHECK(pthread_create(&other, NULL, answer, NULL) == 0);
    play();
    /* Reading the counter may touch one. */
    CHECK(growth("fp_saves", play) <= 1);
    CHECK(growth("fp_loads", play) <= 1);
    with_doubles = true;
    before = slurp_counter("fp_loads");
    CHECK(growth("fp_saves", play) >= 2 * ROUNDS);
    CHECK(slurp_counter("fp_loads") - before >= 2 * ROUNDS);
    end_game();
    CHECK(pthread_join(other, NULL) == 0);
    CHECK(number > 1.0);
}

/* "cpuN user nice system idle ...", in hundredths of a second. */
static void read_times(const char *hart, long times[4])
{
    char *line = strstr(slurp("/proc/stat"), hart);

    CHECK(line);
    CHECK_EQ(sscanf(line + strlen(hart), "%ld %ld %ld %ld", &times[0],
                    &times[1], &times[2], &times[3]), 4);
}

static void spin_ms(long ms)
{
    int64_t end = tap_now() + ms * 1000000;

    while (tap_now() < end)
        for (volatile int i = 0; i < 10000; i++)
            ;
}

TEST("I-07 /proc/stat: user, nice and idle time go where they belong")
{
    long before[4], after[4];

    read_times("cpu ", before);
    spin_ms(300);
    read_times("cpu ", after);
    CHECK(after[0] - before[0] >= 15);
    CHECK(nice(10) == 10);
    read_times("cpu ", before);
    spin_ms(300);
    read_times("cpu ", after);
    CHECK(after[1] - before[1] >= 15);
    CHECK(after[0] - before[0] < 15);
    read_times("cpu ", before);
    sleep_ms(300);
    read_times("cpu ", after);
    CHECK(after[3] - before[3] >= 15);
}

TEST("I-07 /proc/stat: a loop in user mode on another hart is user time")
{
    pid_t pid = child_fork();
    long user, system;

    if (pid == 0)
        for (;;)
            ;
    sleep_ms(500);
    user = slurp_stat(pid, 14);
    system = slurp_stat(pid, 15);
    CHECK(user >= 10 && user > 4 * system);
    CHECK(kill(pid, SIGKILL) == 0);
    CHECK_KILLED(pid, SIGKILL);
}

TEST("I-07 /proc/stat: the sum of the harts, forks, switches")
{
    long all[4], one[4], sum = 0, forks, switches;
    char name[16];
    int harts = sysconf(_SC_NPROCESSORS_ONLN);
    char *text;

    read_times("cpu ", all);
    for (int i = 0; i < harts; i++) {
        snprintf(name, sizeof(name), "cpu%d ", i);
        read_times(name, one);
        sum += one[0] + one[1] + one[2] + one[3];
    }
    CHECK(sum + 2 * harts >= all[0] + all[1] + all[2] + all[3]);
    text = slurp("/proc/stat");
    forks = atol(strstr(text, "\nprocesses ") + 11);
    switches = atol(strstr(text, "\nctxt ") + 6);
    CHECK_EXITS(child_start(sync), 0);
    text = slurp("/proc/stat");
    CHECK(atol(strstr(text, "\nprocesses ") + 11) > forks);
    CHECK(atol(strstr(text, "\nctxt ") + 6) > switches);
    CHECK(strstr(text, "\nbtime ") && strstr(text, "\nprocs_running "));
    CHECK(strstr(text, "\nprocs_blocked ") && strstr(text, "\nintr "));
}

TEST("I-07 /proc/interrupts: a column for each hart, the UART by its name")
{
    int harts = sysconf(_SC_NPROCESSORS_ONLN), columns = 0;
    char *text = slurp("/proc/interrupts"), *line, *end;
    long sum = 0;

    for (char *c = text; (c = strstr(c, "CPU")) != NULL; c++)
        columns++;
    CHECK_EQ(columns, harts);
    line = strstr(text, "uart");
    CHECK(line && strstr(text, "IPI:"));
    line = strstr(text, "\nTMR:");
    CHECK(line);
    end = line + 5;
    for (int i = 0; i < harts; i++)
        sum += strtol(end, &end, 10);
    sleep_ms(20);
    line = strstr(slurp("/proc/interrupts"), "\nTMR:");
    end = line + 5;
    for (int i = 0; i < harts; i++)
        sum -= strtol(end, &end, 10);
    CHECK(sum < 0);
}
