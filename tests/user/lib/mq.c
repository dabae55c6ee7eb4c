/* mq.c - see mq.h. */
#define _GNU_SOURCE
#include "tests/user/lib/mq.h"

mqd_t mq_make(long depth, int flags, bool keep)
{
    struct mq_attr attr = { .mq_maxmsg = depth, .mq_msgsize = MQ_SIZE };
    mqd_t q;

    mq_unlink(MQ_NAME);
    q = mq_open(MQ_NAME, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr);
    CHECK(q >= 0);
    if (!keep)
        CHECK_EQ(mq_unlink(MQ_NAME), 0);
    return q;
}

void mq_expect(const char *file, int line, mqd_t q, const char *word,
               unsigned priority)
{
    unsigned got = ~0u;
    char text[MQ_SIZE + 1];
    ssize_t n = mq_receive(q, text, MQ_SIZE, &got);

    if (n < 0)
        tap_fail(file, line, "no message (errno %d), not %s", errno, word);
    text[n] = '\0';
    if (strcmp(text, word) || got != priority)
        tap_fail(file, line, "message %s of priority %u, not %s of %u", text,
                 got, word, priority);
}

struct timespec mq_time(long ms)
{
    struct timespec t;

    CHECK_EQ(clock_gettime(CLOCK_REALTIME, &t), 0);
    ms += t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
}

void mq_await_sleep(pid_t pid, int number)
{
    char path[40];
    int call = -1;

    snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
    for (int i = 0; i < 2000 && call != number; i++) {
        FILE *f = fopen(path, "r");

        CHECK(f);
        if (fscanf(f, "%d", &call) != 1)
            call = -1;
        fclose(f);
        sleep_ms(5);
    }
    CHECK_EQ(call, number);
}
