/*
 * selftest_ping.c - the manual's ping, the same source as the program, as a
 * thread of the kernel that talks to a program's pong (row K-17).  Its headers
 * are in tests/kernel.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/params.h"
#include "kernel/selftest.h"
#include "kernel/thread.h"
#include "kernel/time.h"
#include "lwp/ipc.h"

#define LINE_MAX 128
#define WAIT_MS 30000
#define STEP_MS 5

int ping_main(int argc, char **argv);           /* tests/user/seed/ping.c */
int printf(const char *format, ...) printf_like(1, 2);  /* tests/kernel/stdio.h */

int printf(const char *format, ...)
{
    char line[LINE_MAX];
    va_list args;
    int length;

    va_start(args, format);
    length = kvsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (length > 0 && length < LINE_MAX && line[length - 1] == '\n')
        line[length - 1] = '\0';
    klog(LOG_NOTICE, "%s", line);
    return length;
}

static bool pong_is_there(void)
{
    int handle = rt_raw_channel_open("pong", 0);

    if (handle >= 0)
        rt_raw_channel_close(handle);
    return handle >= 0;
}

static void ping(unused_arg void *arg)
{
    for (int ms = 0; ms < WAIT_MS && !pong_is_there(); ms += STEP_MS)
        thread_delay(STEP_MS * NSEC_PER_MSEC);
    printf("ping has ended: %d\n", ping_main(0, NULL));
}

void selftest_start_ping(void)
{
    char word[8];

    if (bootarg("kernel_ping", word, sizeof(word)))
        thread_detach(selftest_spawn(ping, NULL));
    selftest_start_echo();
}
