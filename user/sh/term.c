/* The terminal: raw mode, keys, size. */
#include "user/sh/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/sh/shell.h"
#include "user/sh/trap.h"
#include "user/sh/vars.h"

static struct termios cooked;

bool term_raw(void)
{
    const char *type = var_get("TERM");
    struct termios raw;

    if (type && strcmp(type, "dumb") == 0)
        return false;
    if (tcgetattr(STDIN_FILENO, &cooked) < 0)
        return false;
    raw = cooked;
    /* ICRNL stays: what is typed ahead for a command has its newlines */
    raw.c_iflag &= ~(IXON | INLCR | IGNCR | ISTRIP);
    raw.c_lflag &= ~(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

void term_cooked(void)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, &cooked);
}

int term_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 8)
        return 80;
    return size.ws_col;
}

/* One byte at a time: the rest may be for the command. */
static int read_byte(void)
{
    for (;;) {
        unsigned char c;
        ssize_t n = read(STDIN_FILENO, &c, 1);

        if (n == 1)
            return c;
        if (n == 0 || errno != EINTR)
            return KEY_CLOSED;
        trap_run_pending();
        if (sh.flow)
            return KEY_SIGNAL;
    }
}

/* ESC [ number ~ */
static int numbered_key(int number)
{
    switch (number) {
    case 1:
    case 7:
        return KEY_HOME;
    case 3:
        return KEY_DELETE;
    case 4:
    case 8:
        return KEY_END;
    default:
        return KEY_UNKNOWN;
    }
}

/* ESC [ letter and ESC O letter; with a modifier, arrows go by words. */
static int lettered_key(int letter, bool modified)
{
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return modified ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
        return modified ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    default:
        return KEY_UNKNOWN;
    }
}

/* ESC [ number ; modifier letter */
static int read_sequence(void)
{
    int numbers[2] = { 0, 0 };
    int which = 0;
    int c = read_byte();

    for (; (c >= '0' && c <= '9') || c == ';'; c = read_byte()) {
        if (c == ';')
            which = 1;
        else if (numbers[which] < 1000)
            numbers[which] = numbers[which] * 10 + (c - '0');
    }
    if (c >= 256)
        return c;
    return c == '~' ? numbered_key(numbers[0])
                    : lettered_key(c, numbers[1] > 1);
}

/* Escape is also how Alt comes. */
static int read_escape(void)
{
    int c = read_byte();

    switch (c) {
    case '[':
        return read_sequence();
    case 'O':
        return lettered_key(read_byte(), false);
    case 'b':
        return KEY_WORD_LEFT;
    case 'f':
        return KEY_WORD_RIGHT;
    case 'd':
        return KEY_WORD_DELETE;
    case KEY_BACKSPACE:
    case CTRL('H'):
        return KEY_WORD_RUBOUT;
    default:
        return c >= 256 ? c : KEY_UNKNOWN;
    }
}

int term_read_key(void)
{
    int c = read_byte();

    return c == KEY_ESCAPE ? read_escape() : c;
}
