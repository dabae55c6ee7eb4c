/* selftest.c - instead of kernel/selftest*.c, in kernels for other uses. */
#include "kernel/selftest.h"

#include "kernel/panic.h"
#include "kernel/params.h"

void selftest_run(void)
{
    char which[8];

    if (!bootarg("selftest", which, sizeof(which)))
        return;
    log_error("this kernel has no self-tests: `make SELFTEST=y' builds one");
    machine_exit(1);
}

void selftest_start_ping(void)
{
}
