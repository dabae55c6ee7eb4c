/* reset: bring a terminal back that shows garbage or no echo. */

#include "user/bin/lib/exec.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: reset\n"
    "Reset the terminal's screen and its settings (stty sane).\n";

int main(int argc, char **argv)
{
    static char *stty[] = { "stty", "sane", NULL };

    (void)argc;
    plain_operands(argv, 0, 0);
    print("\033c\033(B\033[m\033[?25h");
    exit_status = wait_for(spawn(stty));
    return finish();
}
