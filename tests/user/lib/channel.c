/* channel.c - see channel.h. */
#include "tests/user/lib/channel.h"

#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

void channel_wait_state(const char *name, const char *state)
{
    char want[64];

    sprintf(want, "%-32s %-6s ", name, state);
    while (!strstr(slurp("/proc/channels"), want))
        sleep_ms(1);
}

pid_t channel_start_client(int fd, uint64_t d)
{
    pid_t pid = child_fork();
    struct message m = message_of(d), answer = message_of(0);

    if (pid == 0)
        _exit(channel_call(fd, &m, &answer) ? errno | 128 : (int)answer.u.d);
    return pid;
}

void channel_serve_one(int fd, uint64_t answer)
{
    struct message m;

    CHECK_EQ(channel_recv(fd, &m), 0);
    m = message_of(answer);
    CHECK_EQ(channel_reply(fd, &m), 0);
}
