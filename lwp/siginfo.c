/*
 * siginfo.c - names of signals, and details for programs.
 */
#include "lwp/siginfo.h"

#include "kernel/lib/errno.h"
#include "mm/uaccess.h"

const char *signal_name(int signo)
{
    static const char *const names[SIGRTMIN] = {
#define S(name, number, action) [number] = #name,
#include "lwp/signal.def"
#undef S
    };

    if (!signal_valid(signo))
        return "SIG?";
    return signo < SIGRTMIN ? names[signo] : "SIGRT";
}

int siginfo_to_user(uptr_t to, const struct siginfo *info)
{
    if (copy_to_user(to, info, sizeof(*info)))
        return -EFAULT;
    return clear_user(uptr_add(to, sizeof(*info)),
                      SIGINFO_USER_SIZE - sizeof(*info));
}
