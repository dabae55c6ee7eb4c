#include "user/bin/lib/signals.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

#include "user/bin/lib/util.h"

#define LAST_SIGNAL 64
#define FIRST_REALTIME 32

static const char names[FIRST_REALTIME][8] = {
    [0] = "EXIT", [SIGHUP] = "HUP", [SIGINT] = "INT", [SIGQUIT] = "QUIT",
    [SIGILL] = "ILL", [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",
    [SIGBUS] = "BUS", [SIGFPE] = "FPE", [SIGKILL] = "KILL",
    [SIGUSR1] = "USR1", [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
    [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
    [SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD", [SIGCONT] = "CONT",
    [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP", [SIGTTIN] = "TTIN",
    [SIGTTOU] = "TTOU", [SIGURG] = "URG", [SIGXCPU] = "XCPU",
    [SIGXFSZ] = "XFSZ", [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
    [SIGWINCH] = "WINCH", [SIGIO] = "IO", [SIGPWR] = "PWR",
    [SIGSYS] = "SYS",
};

const char *signal_name(int signal, char *buf)
{
    if (signal < 0 || signal > LAST_SIGNAL)
        return NULL;
    if (signal < FIRST_REALTIME)
        return names[signal];
    snprint(buf, 16, "RT%d", signal - FIRST_REALTIME);
    return buf;
}

int signal_arg(const char *text)
{
    const char *p = text;
    char buf[16];
    long long number;

    if (scan_number(&p, 10, &number) && !*p && number <= LAST_SIGNAL)
        return (int)number;
    if (strncasecmp(text, "SIG", 3) == 0)
        text += 3;
    for (int i = 0; i <= LAST_SIGNAL; i++) {
        if (strcasecmp(text, signal_name(i, buf)) == 0)
            return i;
    }
    die("unknown signal '%s'", text);
}

void signal_list(void)
{
    char buf[16];

    for (int i = 1; i <= LAST_SIGNAL; i++)
        print("%2d %-8s%s", i, signal_name(i, buf), i % 6 ? "" : "\n");
    print("\n");
}
