/* top: show the busiest processes, again and again. */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "user/bin/lib/names.h"
#include "user/bin/lib/proc.h"
#include "user/bin/lib/times.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: top [-b] [-d TIME] [-n NUMBER]\n"
    "Show the processes that used most time since the last look, every 2\n"
    "seconds; q ends it.\n"
    "  -b  plain text for files and pipes  -d  every TIME  -n  only so often\n";

struct sample {
    struct process process;
    unsigned long long recent;  /* ticks since the last look */
};

struct samples {
    struct sample *item;
    size_t count;
};

static bool batch;
static struct samples before, now;
static struct termios old_modes;

static unsigned long long ticks_before(int pid)
{
    for (size_t i = 0; i < before.count; i++) {
        if (before.item[i].process.pid == pid)
            return before.item[i].process.ticks;
    }
    return 0;
}

static void add_sample(const struct process *process, void *unused)
{
    unsigned long long past = ticks_before(process->pid);

    (void)unused;
    now.item = grow(now.item, (now.count + 1) * sizeof(*now.item));
    now.item[now.count++] = (struct sample){
        .process = *process,
        .recent = process->ticks > past ? process->ticks - past : 0,
    };
}

static int compare(const void *a, const void *b)
{
    const struct sample *x = a;
    const struct sample *y = b;

    if (x->recent != y->recent)
        return x->recent < y->recent ? 1 : -1;
    return x->process.pid - y->process.pid;
}

/* By a copy: what was `now` is `before` at the next look. */
static void take_samples(void)
{
    struct samples old = before;

    before = now;
    now = (struct samples){ 0 };
    free(old.item);
    for_each_process(add_sample, NULL);
    if (now.count)
        qsort(now.item, now.count, sizeof(*now.item), compare);
}

static void show_summary(void)
{
    char total[8], used[8], clock[20];
    unsigned long long all = memory_figure("MemTotal");
    struct sysinfo info;

    if (sysinfo(&info) < 0)
        die_file("sysinfo");
    time_text(time(NULL), clock);
    print("%s  up %ld:%02ld  %zu processes  memory %s of %s used\n\n",
          clock + 11, (long)info.uptime / 3600, (long)info.uptime / 60 % 60,
          now.count, human_size(all - memory_figure("MemFree"), used),
          human_size(all, total));
}

static void show_process(const struct sample *sample, long long milliseconds)
{
    const struct process *process = &sample->process;
    long long permille = sample->recent * 1000000 /
                         (sysconf(_SC_CLK_TCK) * milliseconds);
    char user[64], command[256], ticks[24], memory[8];

    print("%5d %-8s %3d %3d %6s %c %3lld.%lld %8s %.40s\n", process->pid,
          name_of(NAME_USER, process->uid, user, sizeof(user)),
          process->priority, process->nice,
          human_size(process->memory, memory), process->state,
          permille / 10, permille % 10, ticks_text(process->ticks, ticks),
          process_command(process, command, sizeof(command)));
}

static size_t screen_rows(void)
{
    struct winsize size;

    if (batch)
        return 1 << 20;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 5)
        return size.ws_row - 4;
    return 20;
}

static void show(long long milliseconds)
{
    size_t rows = screen_rows();

    take_samples();
    if (!batch)
        print("\033[H\033[J");
    show_summary();
    print("%5s %-8s %3s %3s %6s %s %5s %8s %s\n", "PID", "USER", "PRI", "NI",
          "MEM", "S", "%CPU", "TIME", "COMMAND");
    for (size_t i = 0; i < now.count && i < rows; i++)
        show_process(&now.item[i], milliseconds ? milliseconds : 1);
    if (fflush(stdout) == EOF)
        die_file("standard output");
}

/* Waits; true if q was pressed meanwhile. */
static bool pause_for(int milliseconds)
{
    struct pollfd keyboard = { .fd = STDIN_FILENO, .events = POLLIN };
    char key = 0;

    if (poll(&keyboard, batch ? 0 : 1, milliseconds) <= 0)
        return false;
    return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q';
}

static void restore_modes(void)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &old_modes);
}

/* Keys are wanted at once, and not on the screen. */
static void prepare_keyboard(void)
{
    struct termios modes;

    if (tcgetattr(STDIN_FILENO, &old_modes) < 0) {
        batch = true;
        return;
    }
    atexit(restore_modes);
    modes = old_modes;
    modes.c_lflag &= ~(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

int main(int argc, char **argv)
{
    struct timespec period = { .tv_sec = 2 };
    long long looks = -1;
    int milliseconds;
    int option;

    (void)argc;
    while ((option = next_option(argv, "bd:n:"))) {
        if (option == 'b')
            batch = true;
        else if (option == 'd')
            period = duration_arg(opt_value);
        else
            looks = number_arg(opt_value, 1, 1 << 30);
    }
    operands(argv, 0, 0);
    milliseconds = (int)(period.tv_sec * 1000 + period.tv_nsec / 1000000);
    if (!batch)
        prepare_keyboard();
    show(milliseconds);
    while (--looks != 0 && !pause_for(milliseconds))
        show(milliseconds);
    return finish();
}
