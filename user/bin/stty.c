/* stty: show or change the terminal's settings (POSIX, the common part). */

#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/bin/lib/util.h"

const char usage[] =
    "usage: stty [-a] [-F FILE]\n"
    "       stty [-F FILE] SETTING...\n"
    "Show the settings of the terminal on standard input or FILE, or set:\n"
    "  sane, raw, cooked, size, rows N, cols N, min N, time N, intr ^C ...\n"
    "  and flags like echo, off with - in front: -echo; see stty -a\n";

struct mode {
    const char *name;
    tcflag_t bit;
    size_t field;       /* which flag word: an offset in struct termios */
};

#define FIELD(member) offsetof(struct termios, member)

static const struct mode modes[] = {
    { "isig", ISIG, FIELD(c_lflag) }, { "icanon", ICANON, FIELD(c_lflag) },
    { "iexten", IEXTEN, FIELD(c_lflag) }, { "echo", ECHO, FIELD(c_lflag) },
    { "echoe", ECHOE, FIELD(c_lflag) }, { "echok", ECHOK, FIELD(c_lflag) },
    { "echonl", ECHONL, FIELD(c_lflag) }, { "noflsh", NOFLSH, FIELD(c_lflag) },
    { "tostop", TOSTOP, FIELD(c_lflag) },
    { "echoctl", ECHOCTL, FIELD(c_lflag) },
    { "echoke", ECHOKE, FIELD(c_lflag) },
    { "ignbrk", IGNBRK, FIELD(c_iflag) }, { "brkint", BRKINT, FIELD(c_iflag) },
    { "istrip", ISTRIP, FIELD(c_iflag) }, { "inlcr", INLCR, FIELD(c_iflag) },
    { "igncr", IGNCR, FIELD(c_iflag) }, { "icrnl", ICRNL, FIELD(c_iflag) },
    { "ixon", IXON, FIELD(c_iflag) }, { "ixoff", IXOFF, FIELD(c_iflag) },
    { "ixany", IXANY, FIELD(c_iflag) }, { "iutf8", IUTF8, FIELD(c_iflag) },
    { "opost", OPOST, FIELD(c_oflag) }, { "onlcr", ONLCR, FIELD(c_oflag) },
    { "ocrnl", OCRNL, FIELD(c_oflag) }, { "onocr", ONOCR, FIELD(c_oflag) },
    { "onlret", ONLRET, FIELD(c_oflag) },
    { "parenb", PARENB, FIELD(c_cflag) }, { "cread", CREAD, FIELD(c_cflag) },
    { "hupcl", HUPCL, FIELD(c_cflag) }, { "clocal", CLOCAL, FIELD(c_cflag) },
};

static const struct { const char *name; int index; } characters[] = {
    { "intr", VINTR }, { "quit", VQUIT }, { "erase", VERASE },
    { "kill", VKILL }, { "eof", VEOF }, { "eol", VEOL }, { "susp", VSUSP },
    { "start", VSTART }, { "stop", VSTOP }, { "lnext", VLNEXT },
    { "werase", VWERASE },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int fd = STDIN_FILENO;
static struct termios state;
static struct winsize size;

static tcflag_t *flag_word(const struct mode *mode)
{
    return (tcflag_t *)((char *)&state + mode->field);
}

static void show_character(int c)
{
    if (c == 0)
        print("<undef>");
    else if (c < ' ')
        print("^%c", c + '@');
    else if (c == 0x7f)
        print("^?");
    else
        putchar(c);
}

static void show_all(void)
{
    print("rows %d; columns %d;\n", size.ws_row, size.ws_col);
    for (size_t i = 0; i < COUNT(characters); i++) {
        print("%s = ", characters[i].name);
        show_character(state.c_cc[characters[i].index]);
        print(";%s", i % 6 == 5 ? "\n" : " ");
    }
    print("min = %d; time = %d;\n", state.c_cc[VMIN], state.c_cc[VTIME]);
    for (size_t i = 0; i < COUNT(modes); i++)
        print("%s%s%s", *flag_word(&modes[i]) & modes[i].bit ? "" : "-",
              modes[i].name, i % 8 == 7 || i + 1 == COUNT(modes) ? "\n" : " ");
}

static void make_sane(void)
{
    cc_t sane[NCCS] = {
        [VINTR] = 3, [VQUIT] = 28, [VERASE] = 127, [VKILL] = 21, [VEOF] = 4,
        [VSTART] = 17, [VSTOP] = 19, [VSUSP] = 26, [VREPRINT] = 18,
        [VWERASE] = 23, [VLNEXT] = 22, [VMIN] = 1,
    };

    state.c_iflag = ICRNL | IXON | BRKINT;
    state.c_oflag = OPOST | ONLCR;
    state.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL |
                    ECHOKE;
    state.c_cflag |= CREAD;
    memcpy(state.c_cc, sane, sizeof(sane));
}

static bool set_mode(const char *word)
{
    bool off = *word == '-';

    for (size_t i = 0; i < COUNT(modes); i++) {
        if (strcmp(word + off, modes[i].name) != 0)
            continue;
        if (off)
            *flag_word(&modes[i]) &= ~modes[i].bit;
        else
            *flag_word(&modes[i]) |= modes[i].bit;
        return true;
    }
    return false;
}

static bool set_character(const char *word, const char *value)
{
    for (size_t i = 0; i < COUNT(characters); i++) {
        if (strcmp(word, characters[i].name) != 0)
            continue;
        if (!value)
            usage_error("%s needs a value", word);
        if (strcmp(value, "undef") == 0 || strcmp(value, "^-") == 0)
            state.c_cc[characters[i].index] = 0;
        else if (*value == '^' && value[1])
            state.c_cc[characters[i].index] = value[1] == '?' ? 0x7f
                                                      : value[1] & 0x1f;
        else
            state.c_cc[characters[i].index] = *value;
        return true;
    }
    return false;
}

static void set_size(const char *word, const char *value)
{
    unsigned short number;

    if (!value)
        usage_error("%s needs a value", word);
    number = number_arg(value, 0, 65535);
    if (*word == 'r')
        size.ws_row = number;
    else
        size.ws_col = number;
    if (ioctl(fd, TIOCSWINSZ, &size) < 0)
        die_file("size");
}

/* Obeys one setting; returns how many words it had. */
static int set(const char *word, const char *value)
{
    if (strcmp(word, "sane") == 0 || strcmp(word, "cooked") == 0 ||
        strcmp(word, "-raw") == 0) {
        make_sane();
    } else if (strcmp(word, "raw") == 0) {
        cfmakeraw(&state);
    } else if (strcmp(word, "size") == 0) {
        print("%d %d\n", size.ws_row, size.ws_col);
    } else if (strcmp(word, "min") == 0 || strcmp(word, "time") == 0) {
        state.c_cc[*word == 'm' ? VMIN : VTIME] =
            number_arg(value ? value : "", 0, 255);
        return 2;
    } else if (strcmp(word, "rows") == 0 || strncmp(word, "col", 3) == 0) {
        set_size(word, value);
        return 2;
    } else if (set_character(word, value)) {
        return 2;
    } else if (!set_mode(word)) {
        usage_error("unknown setting '%s'", word);
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct termios before;
    int i = 1;

    /* Not next_option(): -echo is a setting. */
    help_option(argv);
    if (argc > 2 && strcmp(argv[1], "-F") == 0) {
        if (!freopen(argv[2], "re", stdin))
            die_file(argv[2]);
        fd = fileno(stdin);
        i = 3;
    }
    if (tcgetattr(fd, &state) < 0)
        die_file("standard input");
    before = state;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0)
        size = (struct winsize){ 0 };
    if (i == argc || strcmp(argv[i], "-a") == 0) {
        show_all();
        return finish();
    }
    while (i < argc)
        i += set(argv[i], argv[i + 1]);
    if (memcmp(&before, &state, sizeof(state)) != 0 &&
        tcsetattr(fd, TCSADRAIN, &state) < 0)
        die_file("standard input");
    return finish();
}
