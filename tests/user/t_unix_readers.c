/*
 * t_unix_readers.c - several who read one socket (unix(7)).  While one copies,
 * the others wait for it; when it is through, each of them has to look again.
 *
 * run: cpus=1,4
 */
#define _GNU_SOURCE
#include "tests/user/lib/child.h"
#include "tests/user/lib/unix.h"

#include <poll.h>
#include <sys/mman.h>

#define BIG     100000          /* takes a while to copy, into new pages */
#define ROUNDS  60

static char big[BIG];

static ssize_t receive_slowly(int flags)
{
    madvise(big, sizeof(big), MADV_DONTNEED);
    return recv(pair[1], big, sizeof(big), flags);
}

/* Until the round's message was read, by this or the other one. */
static void try_to_receive(int *taken, int round)
{
    while (__atomic_load_n(taken, __ATOMIC_SEQ_CST) < round)
        if (receive_slowly(MSG_DONTWAIT) == BIG)
            __atomic_store_n(taken, round, __ATOMIC_SEQ_CST);
}

TEST("I-16 readers: MSG_DONTWAIT does not wait for what another took away")
{
    int *taken = child_shared(2 * sizeof(*taken)), done[2];
    pid_t pids[2];
    char c;

    make_pair(SOCK_DGRAM);
    CHECK(pipe(done) == 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = child_fork();
        if (pids[i])
            continue;
        for (int round = 1; round <= ROUNDS; round++) {
            try_to_receive(taken, round);
            write(done[1], "d", 1);
            while (__atomic_load_n(taken + 1, __ATOMIC_SEQ_CST) < round)
                usleep(100);
        }
        _exit(0);
    }
    for (int round = 1; round <= ROUNDS; round++) {
        CHECK_EQ(send(pair[0], big, sizeof(big), 0), BIG);
        for (int n = 0; n < 2; n++) {
            struct pollfd p = { done[0], POLLIN, 0 };

            CHECK_EQ(poll(&p, 1, 20000), 1);
            CHECK_EQ(read(done[0], &c, 1), 1);
        }
        __atomic_store_n(taken + 1, round, __ATOMIC_SEQ_CST);
    }
    CHECK_EXITS(pids[0], 0);
    CHECK_EXITS(pids[1], 0);
}

/* It comes while the message before is being copied. */
TEST("I-16 readers: each of them hears of the end")
{
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pids[2];

        make_pair(SOCK_SEQPACKET);
        for (int i = 0; i < 2; i++) {
            pids[i] = child_fork();
            if (pids[i])
                continue;
            close(pair[0]);
            alarm(20);
            while (receive_slowly(0) > 0)
                continue;
            _exit(0);
        }
        CHECK_EQ(send(pair[0], big, sizeof(big), 0), BIG);
        close(pair[0]);
        CHECK_EXITS(pids[0], 0);
        CHECK_EXITS(pids[1], 0);
        close(pair[1]);
    }
}
