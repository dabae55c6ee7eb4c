/* pair.c - see pair.h. */
#define _GNU_SOURCE
#include "tests/user/lib/pair.h"

#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#define WAIT_NS 30000000000ll
#define SYS_rt_channel_send_recv 1027
#define SYS_rt_channel_recv 1030

/* --- starting ------------------------------------------------------------ */

static pid_t start(const char *name, int out)
{
    char path[64], *argv[] = { path, NULL };
    pid_t pid;

    snprintf(path, sizeof(path), "/tests/seed/%s", name);
    pid = child_fork();
    if (pid == 0) {
        dup2(out, 1);
        execv(path, argv);
        _exit(98);
    }
    return pid;
}

static int create(const char *file)
{
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    CHECK(fd >= 0);
    return fd;
}

pid_t pair_start(const char *name, const char *file)
{
    int fd = create(file);
    pid_t pid = start(name, fd);

    close(fd);
    return pid;
}

void pair_wait_channel(void)
{
    int64_t limit = tap_now() + WAIT_NS;

    while (!strstr(slurp("/proc/channels"), "pong")) {
        CHECK(tap_now() < limit);
        sched_yield();
    }
}

static void wait_call(pid_t pid, long number)
{
    int64_t limit = tap_now() + WAIT_NS;

    while (strtol(slurp("/proc/%d/syscall", pid), NULL, 10) != number) {
        CHECK(tap_now() < limit);
        sched_yield();
    }
}

void pair_wait_serving(pid_t pong)
{
    wait_call(pong, SYS_rt_channel_recv);
}

void pair_wait_asking(pid_t ping)
{
    wait_call(ping, SYS_rt_channel_send_recv);
}

/* --- a dam ---------------------------------------------------------------- */

void dam_start(struct dam *d, const char *name, size_t room)
{
    static char junk[DAM_SIZE];
    int p[2];

    CHECK(pipe2(p, O_CLOEXEC) == 0);
    CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, DAM_SIZE), DAM_SIZE);
    d->before = DAM_SIZE - room;
    CHECK_EQ(write(p[1], junk, d->before), d->before);
    d->pid = start(name, p[1]);
    d->fd = p[0];
    close(p[1]);
}

void dam_wait(const struct dam *d)
{
    wait_call(d->pid, SYS_writev);
}

int dam_open(struct dam *d, const char *file)
{
    char buf[DAM_SIZE];
    int out = create(file);
    ssize_t n;

    while ((n = read(d->fd, buf, sizeof(buf))) > 0) {
        size_t skip = d->before < (size_t)n ? d->before : (size_t)n;

        CHECK_EQ(write(out, buf + skip, n - skip), n - skip);
        d->before -= skip;
    }
    CHECK_EQ(n, 0);
    close(d->fd);
    close(out);
    return child_wait(d->pid);
}

/* --- what they print ------------------------------------------------------ */

/* Reads "format" with its one number at *text and moves behind it. */
static bool take(const char **text, const char *format, int *number)
{
    char whole[64];
    int end = -1;

    snprintf(whole, sizeof(whole), "%s%%n", format);
    if (sscanf(*text, whole, number, &end) < 1 || end < 0 ||
        (*text)[end] != '\n')
        return false;
    *text += end + 1;
    return true;
}

void ping_read(const char *file, struct ping *p)
{
    const char *text = slurp("%s", file);
    int sent, last = -1;

    p->answered = 0;
    for (int i = 0; i < PAIR_ROUNDS; i++) {
        CHECK_EQ(*text++, '\n');
        CHECK(take(&text, "Ping: send count = %d", &sent));
        CHECK_EQ(sent, i);
        CHECK(take(&text, "Ping: receive the reply %d", &p->reply[i]));
        if (p->answered == i && (i == 0 || p->reply[i] != last))
            p->answered++;
        else
            CHECK_EQ(p->reply[i], last);
        last = p->reply[i];
    }
    CHECK_EQ(*text, '\0');
}

void pong_read(const char *file, struct pong *p)
{
    const char *text = slurp("%s", file);
    int fd, i;

    p->count = 0;
    CHECK_EQ(*text++, '\n');
    CHECK(take(&text, "Pong: wait on the IPC channel: %d", &fd));
    while (*text) {
        CHECK(p->count < PAIR_ROUNDS);
        CHECK(take(&text, "Pong: receive count = %d", &p->taken[p->count]));
        CHECK(take(&text, "Pong: reply count = %d", &i));
        CHECK_EQ(i, p->count++);
    }
}

static void expect(const char *file, const char *text)
{
    const char *got = slurp("%s", file);

    if (strcmp(got, text))
        tap_fail(__FILE__, __LINE__, "%s is not as it should be: %s", file,
                 got);
}

void ping_expect_all(const char *file)
{
    char text[PAIR_ROUNDS * 60], *end = text;

    for (int i = 0; i < PAIR_ROUNDS; i++)
        end += sprintf(end, "\nPing: send count = %d\n"
                       "Ping: receive the reply %d\n", i, i);
    expect(file, text);
}

void pong_expect_all(const char *file)
{
    char text[PAIR_ROUNDS * 60], *end = text;

    end += sprintf(end, "\nPong: wait on the IPC channel: 3\n");
    for (int i = 0; i < PAIR_ROUNDS; i++)
        end += sprintf(end, "Pong: receive count = %d\n"
                       "Pong: reply count = %d\n", i, i);
    expect(file, text);
}
