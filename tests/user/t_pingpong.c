/*
 * t_pingpong.c - the seed's pong and ping, compiled as the manual prints them
 * (tests/user/seed), in one piece and disturbed.  tests/check_pingpong.py sees
 * to it that they are what is printed there.
 *
 * run: cpus=1,4 timeout=300 with=seed
 */
#define _GNU_SOURCE
#include "tests/user/lib/pair.h"
#include "tests/user/lib/place.h"
#include "tests/user/lib/slurp.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#define RUNS 1000
#define SYS_lwp_shmrm 1037

/* Nothing is left that has a name; tap.c counts the rest. */
static void check_nothing_left(void)
{
    CHECK_EQ(slurp_lines("/proc/channels"), 0);
    CHECK_EQ(slurp_lines("/proc/lwp_shm"), 0);
}

static pid_t start_pong(const char *file)
{
    pid_t pid = pair_start("pong", file);

    pair_wait_channel();
    return pid;
}

static void leave(void)
{
    check_nothing_left();
    place_leave();
}

/* --- undisturbed ---------------------------------------------------------- */

TEST("C-23 K-13 pong and ping exchange 100 messages, print what they should, "
     "and leave nothing")
{
    pid_t pong, ping;

    place_enter();
    pong = start_pong("pong");
    ping = pair_start("ping", "ping");
    CHECK_EXITS(ping, 0);
    CHECK_EXITS(pong, 0);
    pong_expect_all("pong");
    ping_expect_all("ping");
    leave();
}

TEST("C-23 ping without pong says so, and exits with 255")
{
    place_enter();
    for (int i = 0; i < 2; i++) {
        CHECK_EXITS(pair_start("ping", "ping"), 255);
        CHECK(!strcmp(slurp("ping"),
                      "Error: could not find the pong channel!\n"));
    }
    leave();
}

TEST("C-23 a second ping, after pong's end, finds no channel; a new pong "
     "serves again")
{
    pid_t pong;

    place_enter();
    for (int i = 0; i < 3; i++) {
        pong = start_pong("pong");
        CHECK_EXITS(pair_start("ping", "ping"), 0);
        CHECK_EXITS(pong, 0);
        CHECK_EXITS(pair_start("ping", "late"), 255);
        pong_expect_all("pong");
        ping_expect_all("ping");
    }
    leave();
}

/* --- several pings -------------------------------------------------------- */

/* Each answer that the ping got is one that this pong gave to its message. */
static void check_answers(const struct ping *ping, const struct pong *pong)
{
    for (int i = 0; i < ping->answered; i++) {
        CHECK(ping->reply[i] >= 0 && ping->reply[i] < pong->count);
        CHECK(i == 0 || ping->reply[i] > ping->reply[i - 1]);
        CHECK_EQ(pong->taken[ping->reply[i]], i);
    }
}

static void stop_and_continue(pid_t pid)
{
    int status;

    CHECK_EQ(kill(pid, SIGSTOP), 0);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(kill(pid, SIGCONT), 0);
}

/* Pong is held up after some 20 messages until both wait for it: the second
 * one's message is queued. */
static void run_two_pings(bool stop_second)
{
    struct ping a, b;
    struct pong pong;
    struct dam dam;
    pid_t first, second;

    dam_start(&dam, "pong", 1024);
    pair_wait_channel();
    first = pair_start("ping", "first");
    dam_wait(&dam);
    second = pair_start("ping", "second");
    pair_wait_asking(second);
    if (stop_second) {
        stop_and_continue(second);
        pair_wait_asking(second);
    }
    CHECK_EQ(dam_open(&dam, "pong"), 0);
    CHECK_EXITS(first, 0);
    CHECK_EXITS(second, 0);
    pong_read("pong", &pong);
    ping_read("first", &a);
    ping_read("second", &b);
    CHECK_EQ(pong.count, PAIR_ROUNDS);
    check_answers(&a, &pong);
    check_answers(&b, &pong);
    CHECK_EQ(a.answered + b.answered, PAIR_ROUNDS);
    CHECK(a.answered > 10 && b.answered > 0);
}

TEST("C-23 C-19 two pings at once share a pong's 100 answers; what is too late "
     "gets errors, and all end")
{
    place_enter();
    run_two_pings(false);
    leave();
}

TEST("C-23 two pings and two pongs, one pong after the other")
{
    place_enter();
    for (int i = 0; i < 2; i++)
        run_two_pings(false);
    leave();
}

TEST("C-23 C-09 a ping is stopped and continued in the queue: nothing is lost")
{
    place_enter();
    run_two_pings(true);
    leave();
}

TEST("C-23 C-09 pong is stopped and continued while it waits: nothing is lost")
{
    pid_t pong;

    place_enter();
    pong = start_pong("pong");
    for (int i = 0; i < 3; i++) {
        pair_wait_serving(pong);
        stop_and_continue(pong);
    }
    CHECK_EXITS(pair_start("ping", "ping"), 0);
    CHECK_EXITS(pong, 0);
    pong_expect_all("pong");
    ping_expect_all("ping");
    leave();
}

/* --- killed --------------------------------------------------------------- */

TEST("C-23 C-19 pong is killed before an answer: ping's calls fail, it prints "
     "the last answer again and ends")
{
    struct ping ping;
    struct dam dam;
    pid_t pid;

    place_enter();
    dam_start(&dam, "pong", 2048);
    pair_wait_channel();
    pid = pair_start("ping", "ping");
    dam_wait(&dam);
    pair_wait_asking(pid);
    CHECK_EQ(kill(dam.pid, SIGKILL), 0);
    CHECK_EQ(dam_open(&dam, "pong"), SIGKILL);
    CHECK_EXITS(pid, 0);
    ping_read("ping", &ping);
    CHECK(ping.answered > 20 && ping.answered < PAIR_ROUNDS - 20);
    for (int i = 0; i < ping.answered; i++)
        CHECK_EQ(ping.reply[i], i);
    leave();
}

TEST("C-23 D-07 ping is killed while it waits: pong goes on with the next one, "
     "the segment stays until it is removed")
{
    struct ping ping;
    struct pong pong;
    struct dam dam;
    long segments[2];
    pid_t pid;

    place_enter();
    dam_start(&dam, "pong", 2048);
    pair_wait_channel();
    pid = pair_start("ping", "ping");
    dam_wait(&dam);
    pair_wait_asking(pid);
    child_kill(pid);
    pid = pair_start("ping", "ping");
    pair_wait_asking(pid);
    CHECK_EQ(dam_open(&dam, "pong"), 0);
    CHECK_EXITS(pid, 0);
    pong_read("pong", &pong);
    ping_read("ping", &ping);
    check_answers(&ping, &pong);
    CHECK_EQ(pong.count, PAIR_ROUNDS);
    /* The answer to the killed one is lost. */
    CHECK_EQ(ping.reply[0] + ping.answered, PAIR_ROUNDS);
    CHECK(ping.answered > 20 && ping.answered < PAIR_ROUNDS - 20);
    CHECK_EQ(slurp_column("/proc/lwp_shm", "ID", segments, 2), 1);
    CHECK_EQ(syscall(SYS_lwp_shmrm, segments[0]), 0);
    leave();
}

/* --- often ----------------------------------------------------------------- */

TEST("C-23 1,000 runs of the pair leave memory, channels and segments as they "
     "were")
{
    for (int i = 0; i < RUNS; i++) {
        pid_t pong = pair_start("pong", "/dev/null"), ping;

        pair_wait_channel();
        ping = pair_start("ping", "/dev/null");
        CHECK_EXITS(ping, 0);
        CHECK_EXITS(pong, 0);
    }
    check_nothing_left();
}
