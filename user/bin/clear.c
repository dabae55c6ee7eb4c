/* clear: clear the terminal's screen. */

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: clear\n"
    "Clear the screen and go to its top left.\n";

int main(int argc, char **argv)
{
    (void)argc;
    plain_operands(argv, 0, 0);
    print("\033[H\033[2J\033[3J");
    return finish();
}
