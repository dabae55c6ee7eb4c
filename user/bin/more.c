/* more: show text a screen at a time (POSIX, the common keys). */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: more [FILE]...\n"
    "Show files or standard input a screen at a time.\n"
    "Keys: space next screen, enter next line, d half a screen, q quit.\n";

static int terminal = -1;
static struct termios old_modes;
static int rows = 24;
static int columns = 80;
static int left;        /* rows to show before the next pause */

static void restore_modes(void)
{
    tcsetattr(terminal, TCSANOW, &old_modes);
}

/* Keys come from the terminal even if the text comes from a pipe. */
static void open_terminal(void)
{
    struct winsize size;
    struct termios modes;

    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0)
        terminal = STDERR_FILENO;
    if (tcgetattr(terminal, &old_modes) < 0)
        die_file("terminal");
    if (ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_row > 1) {
        rows = size.ws_row;
        columns = size.ws_col ? size.ws_col : columns;
    }
    atexit(restore_modes);
    modes = old_modes;
    modes.c_lflag &= ~(ICANON | ECHO);
    tcsetattr(terminal, TCSANOW, &modes);
    left = rows - 1;
}

/* Waits for a key; returns how many more rows it asks for, 0 to quit. */
static int ask(void)
{
    char key;

    print("\033[7m--More--\033[m");
    fflush(stdout);
    for (;;) {
        if (read(terminal, &key, 1) <= 0)
            key = 'q';
        if (!strchr(" f\n\rjdq\3\4", key))
            continue;
        print("\r\033[K");
        if (key == ' ' || key == 'f')
            return rows - 1;
        if (key == 'd')
            return rows / 2;
        return key == '\n' || key == '\r' || key == 'j';
    }
}

/* Long lines take several rows of the screen. */
static int rows_of(const char *line, ssize_t length)
{
    size_t column = 0;

    for (ssize_t i = 0; i < length; i++)
        column = column_after(column, line[i]);
    return column ? (int)((column + columns - 1) / columns) : 1;
}

static void page(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    (void)name;
    while ((length = read_line(file, &line, &room)) >= 0) {
        if (left <= 0) {
            left = ask();
            if (!left)
                exit(finish());
        }
        fwrite(line, 1, length, stdout);
        putchar('\n');
        left -= rows_of(line, length);
    }
    free(line);
}

static void copy(FILE *file, const char *name)
{
    fflush(stdout);
    copy_data(fileno(file), name, STDOUT_FILENO, "standard output");
}

int main(int argc, char **argv)
{
    char **files = plain_operands(argv, 0, argc);

    if (!*files && isatty(STDIN_FILENO))
        usage_error("no file, and standard input is the keyboard");
    if (isatty(STDOUT_FILENO)) {
        open_terminal();
        for_each_input(files, page);
    } else {
        for_each_input(files, copy);
    }
    return finish();
}
