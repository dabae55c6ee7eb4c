/* failnth.c - see failnth.h. */
#define _GNU_SOURCE
#include "tests/user/lib/failnth.h"

#include "tests/user/lib/child.h"

#include <fcntl.h>
#include <signal.h>

int fail_switch;

void fail_nth(int n)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%d", n);

    /* The write allocates, too, and may be what fails. */
    while (write(fail_switch, text, length) != length)
        CHECK_EQ(errno, ENOMEM);
}

/* A process keeps room for one signal once it had one. */
void fail_open(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR2);
    CHECK_EQ(sigwaitinfo(&set, NULL), SIGUSR2);
    fail_switch = open("/proc/self/fail-nth", O_WRONLY);
    if (fail_switch < 0)
        tap_skip("no /proc/self/fail-nth");
}

bool fail_is_want(int error)
{
    return error == ENOMEM || error == EAGAIN || error == ENOSPC ||
           error == ENOBUFS;
}

/* What the system has: kB that are free or kept by caches, objects in use. */
#define CACHES_MAX 64

struct stock {
    long memory;
    int caches;
    char names[CACHES_MAX][24];
    long used[CACHES_MAX];
};

static struct stock before, now;

static void take_stock(struct stock *s)
{
    static char text[16384];
    int fd = open("/proc/slabinfo", O_RDONLY);
    ssize_t n = read(fd, text, sizeof(text) - 1);

    close(fd);
    text[n > 0 ? n : 0] = '\0';
    s->caches = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        CHECK(s->caches < CACHES_MAX);
        s->caches += sscanf(line, "%23s %ld", s->names[s->caches],
                            &s->used[s->caches]) == 2;
    }
    s->memory = tap_read_number("/proc/meminfo", "MemFree") +
                tap_read_number("/proc/meminfo", "Slab") +
                tap_read_number("/proc/meminfo", "KStackFree");
}

/* The objects of a cache before; it may be new. */
static long used_before(const char *name)
{
    for (int i = 0; i < before.caches; i++)
        if (!strcmp(before.names[i], name))
            return before.used[i];
    return 0;
}

/* What there is less than before, in words; NULL: nothing. */
static const char *find_loss(void)
{
    static char words[80];

    take_stock(&now);
    for (int i = 0; i < now.caches; i++) {
        long more = now.used[i] - used_before(now.names[i]);
        snprintf(words, sizeof(words), "%ld of %s", more, now.names[i]);
        if (more > 0)
            return words;
    }
    snprintf(words, sizeof(words), "%ld kB", before.memory - now.memory);
    return now.memory < before.memory ? words : NULL;
}

/* Is all as before?  The dead need a moment. */
static bool has_settled(void)
{
    for (int i = 0; i < 50; i++) {
        if (!find_loss())
            return true;
        sleep_ms(2);
    }
    return false;
}

/* The error (0: none) of a call whose n-th allocation fails.  What is lost
 * every time is lost; once may be a table that grows for good. */
static int try_without_loss(int (*try)(int n), int n)
{
    int error;

    for (int i = 0; i < 3; i++) {
        take_stock(&before);
        error = try(n);
        if (error && !fail_is_want(error))
            tap_fail(__FILE__, __LINE__, "failure %d: errno %d", n, error);
        if (has_settled())
            return error;
    }
    tap_fail(__FILE__, __LINE__, "failure %d loses %s", n, find_loss());
}

/* Some failures are made good, so several successes end it. */
void fail_walk_all(int (*try)(int n), int least_errors)
{
    int errors = 0, calm = 0;

    find_loss();                        /* pages of our own */
    for (int n = 1; calm < 5; n++) {
        CHECK(n < FAIL_TRIES);
        if (try_without_loss(try, n)) {
            errors++;
            calm = 0;
        } else {
            calm++;
        }
    }
    printf("# %d failures\n", errors);
    fflush(stdout);
    CHECK(errors >= least_errors);
}

static const struct trial *trial;

static int try_trial(int n)
{
    long result;
    int error;

    fail_nth(n);
    result = trial->call();
    error = errno;
    fail_nth(0);
    if (result < 0)
        return error;
    trial->undo(result);
    return 0;
}

void fail_walk(const struct trial *t)
{
    fail_open();
    trial = t;
    for (int i = 0; i < 3; i++)         /* caches */
        try_trial(0);
    fail_walk_all(try_trial, 1);
    close(fail_switch);
}

void fail_no_undo(long result)
{
    (void)result;
}
