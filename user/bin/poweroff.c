/* poweroff, reboot, halt: end the machine, by way of init. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: poweroff [-fn]\n"
    "       reboot [-fn]\n"
    "       halt [-fn]\n"
    "Ask init to end all processes and then turn the machine off, restart it\n"
    "or stop it.\n"
    "  -f  at once, without init  -n  with -f: do not sync first\n";

/* The signals are init's side of it: see user/init/init.c. */
static const struct ending {
    const char *name;
    int signal;
    int command;
} endings[] = {
    { "poweroff", SIGUSR2, RB_POWER_OFF },
    { "reboot", SIGTERM, RB_AUTOBOOT },
    { "halt", SIGUSR1, RB_HALT_SYSTEM },
};

int main(int argc, char **argv)
{
    const struct ending *ending = endings;
    bool force = false;
    bool no_sync = false;
    int option;

    (void)argc;
    while ((option = next_option(argv, "fn"))) {
        force |= option == 'f';
        no_sync |= option == 'n';
    }
    operands(argv, 0, 0);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (strcmp(program_invocation_short_name, endings[i].name) == 0)
            ending = &endings[i];
    }
    if (!force) {
        if (kill(1, ending->signal) < 0)
            die_file("init");
        return finish();
    }
    if (!no_sync)
        sync();
    if (reboot(ending->command) < 0)
        die_file(ending->name);
    return finish();
}
