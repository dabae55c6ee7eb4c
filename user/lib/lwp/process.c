/* process.c - processes and threads by their numbers: the rest of lwp.h. */
#include <errno.h>
#include <lwp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int lwp_kill(pid_t pid, int sig)
{
    return kill(pid, sig);
}

int lwp_tkill(int tid, int sig)
{
    return (int)syscall(SYS_tkill, tid, sig);
}

pid_t lwp_getpid(void)
{
    return getpid();
}

int lwp_gettid(void)
{
    return (int)syscall(SYS_gettid);
}

int cacheflush(void *addr, int size, int cache)
{
    if (size < 0 || !cache || cache & ~BCACHE) {
        errno = EINVAL;
        return -1;
    }
    if (!(cache & ICACHE))
        return 0;
    return (int)syscall(SYS_riscv_flush_icache, addr, (char *)addr + size, 0);
}
