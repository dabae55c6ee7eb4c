#include "kernel/fs/ldisc.h"

#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"

#define TAB_WIDTH   8
#define SLOT(at)    ((at) & (LDISC_SIZE - 1))
#define DISABLED    0               /* a control character that is none */

static bool has(const struct ldisc *l, unsigned lflag)
{
    return l->termios.lflag & lflag;
}

static bool is_control(const struct ldisc *l, u8 c, unsigned which)
{
    return c != DISABLED && c == l->termios.cc[which];
}

/* --- output --------------------------------------------------------------- */

static bool is_continuation(const struct ldisc *l, u8 c)
{
    return (l->termios.iflag & IUTF8) && (c & 0xc0) == 0x80;
}

static void move_cursor(struct ldisc *l, u8 c)
{
    switch (c) {
    case '\n':
        if (l->termios.oflag & ONLRET)
            l->column = 0;
        break;
    case '\r':
        l->column = 0;
        break;
    case '\t':
        l->column += TAB_WIDTH - l->column % TAB_WIDTH;
        break;
    case '\b':
        if (l->column)
            l->column--;
        break;
    default:
        if (c >= ' ' && c != 0x7f && !is_continuation(l, c))
            l->column++;
        break;
    }
}

/* What one byte looks like on the line: into out, of TAB_WIDTH bytes. */
static size_t expand_byte(struct ldisc *l, u8 c, char *out)
{
    unsigned oflag = l->termios.oflag;

    if ((oflag & OLCUC) && c >= 'a' && c <= 'z')
        c -= 'a' - 'A';
    if (c == '\n' && (oflag & ONLCR)) {
        out[0] = '\r';
        out[1] = '\n';
        l->column = 0;
        return 2;
    }
    if (c == '\r' && (oflag & ONOCR) && l->column == 0)
        return 0;
    if (c == '\r' && (oflag & OCRNL))
        c = '\n';
    if (c == '\t' && (oflag & TABDLY) == TABDLY) {
        size_t spaces = TAB_WIDTH - l->column % TAB_WIDTH;

        memset(out, ' ', spaces);
        l->column += spaces;
        return spaces;
    }
    move_cursor(l, c);
    out[0] = c;
    return 1;
}

size_t ldisc_expand(struct ldisc *l, const u8 *src, size_t n, char *dst,
                    size_t room, size_t *used)
{
    size_t made = 0, i = 0;

    if (!(l->termios.oflag & OPOST)) {
        n = MIN(n, room);
        memcpy(dst, src, n);
        *used = n;
        return n;
    }
    for (; i < n && room - made >= TAB_WIDTH; i++)
        made += expand_byte(l, src[i], dst + made);
    *used = i;
    return made;
}

/* --- echo ----------------------------------------------------------------- */

static void show(struct ldisc *l, const char *text, size_t n)
{
    char out[64];

    while (n) {
        size_t used;
        size_t made = ldisc_expand(l, (const u8 *)text, n, out, sizeof out,
                                   &used);

        l->show(l, out, made);
        text += used;
        n -= used;
    }
}

/* Control characters are shown as ^X, but for tab and newline. */
static bool shown_with_caret(const struct ldisc *l, u8 c)
{
    return has(l, ECHOCTL) && (c < ' ' || c == 0x7f) && c != '\t' && c != '\n';
}

static void echo(struct ldisc *l, u8 c)
{
    if (!has(l, ECHO))
        return;
    if (shown_with_caret(l, c))
        show(l, (char[]){ '^', c ^ 0x40 }, 2);
    else
        show(l, (char[]){ c }, 1);
}

/* --- the buffer ----------------------------------------------------------- */

static bool store(struct ldisc *l, u8 c, bool mark)
{
    u32 used = l->head - l->tail;

    /* The last place is for the byte that ends the line. */
    if (used >= LDISC_SIZE - (mark ? 0 : 1)) {
        if (l->termios.iflag & IMAXBEL)
            l->show(l, "\a", 1);
        return false;
    }
    l->buf[SLOT(l->head)] = c;
    if (mark)
        bitmap_set(l->marks, SLOT(l->head));
    else
        bitmap_clear(l->marks, SLOT(l->head));
    l->head++;
    if (mark || !has(l, ICANON))
        l->canon = l->head;
    return true;
}

void ldisc_flush_input(struct ldisc *l)
{
    l->tail = l->head;
    l->canon = l->head;
    l->literal = false;
}

size_t ldisc_available(const struct ldisc *l)
{
    u32 n = l->canon - l->tail;

    /* An end of file right at the front is no byte. */
    if (has(l, ICANON) && n && bitmap_test(l->marks, SLOT(l->tail)) &&
        l->buf[SLOT(l->tail)] == DISABLED)
        return 0;
    return n;
}

bool ldisc_readable(const struct ldisc *l)
{
    return l->canon != l->tail;
}

static bool at_end_of_file(const struct ldisc *l)
{
    return l->tail != l->canon && bitmap_test(l->marks, SLOT(l->tail)) &&
           l->buf[SLOT(l->tail)] == DISABLED;
}

static size_t take_line(struct ldisc *l, u8 *buf, size_t n, bool *end)
{
    size_t done = 0;

    while (done < n && l->tail != l->canon) {
        bool mark = bitmap_test(l->marks, SLOT(l->tail));
        u8 c = l->buf[SLOT(l->tail)];

        l->tail++;
        *end = mark;
        if (mark && c == DISABLED)
            return done;
        buf[done++] = c;
        if (mark)
            return done;
    }
    /* An end of file behind what was asked for belongs to it. */
    if (done && at_end_of_file(l)) {
        l->tail++;
        *end = true;
    }
    return done;
}

size_t ldisc_take(struct ldisc *l, u8 *buf, size_t n, bool *end)
{
    size_t done = 0;

    *end = false;
    if (has(l, ICANON))
        return take_line(l, buf, n, end);
    while (done < n && l->tail != l->canon)
        buf[done++] = l->buf[SLOT(l->tail++)];
    return done;
}

/* --- editing -------------------------------------------------------------- */

/* The column behind [canon, upto) of the line being edited. */
static unsigned column_at(const struct ldisc *l, u32 upto)
{
    unsigned column = l->line_column;

    for (u32 at = l->canon; at != upto; at++) {
        u8 c = l->buf[SLOT(at)];

        if (c == '\t')
            column += TAB_WIDTH - column % TAB_WIDTH;
        else if (shown_with_caret(l, c))
            column += 2;
        else if (c >= ' ' && !is_continuation(l, c))
            column++;
    }
    return column;
}

/* Shorten the line to `to` and, on the screen, rub out the rest. */
static void rub_out(struct ldisc *l, u32 to)
{
    unsigned columns = column_at(l, l->head) - column_at(l, to);

    l->head = to;
    if (!has(l, ECHO))
        return;
    while (columns--)
        show(l, "\b \b", 3);
}

static u32 before_last_character(const struct ldisc *l)
{
    u32 at = l->head;

    do
        at--;
    while (at != l->canon && is_continuation(l, l->buf[SLOT(at)]));
    return at;
}

static void erase_character(struct ldisc *l, u8 c)
{
    if (l->head == l->canon)
        return;
    if (has(l, ECHOE)) {
        rub_out(l, before_last_character(l));
    } else {
        l->head = before_last_character(l);
        echo(l, c);
    }
}

static bool is_word(u8 c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static void erase_word(struct ldisc *l)
{
    u32 at = l->head;

    while (at != l->canon && !is_word(l->buf[SLOT(at - 1)]))
        at--;
    while (at != l->canon && is_word(l->buf[SLOT(at - 1)]))
        at--;
    rub_out(l, at);
}

static void erase_line(struct ldisc *l, u8 c)
{
    if (has(l, ECHOK) && has(l, ECHOKE) && has(l, ECHOE)) {
        rub_out(l, l->canon);
        return;
    }
    l->head = l->canon;
    echo(l, c);
    if (has(l, ECHOK) && has(l, ECHO))
        show(l, "\n", 1);
}

static void reprint_line(struct ldisc *l, u8 c)
{
    echo(l, c);
    show(l, "\n", 1);
    l->line_column = l->column;
    for (u32 at = l->canon; at != l->head; at++)
        echo(l, l->buf[SLOT(at)]);
}

static void end_line(struct ldisc *l, u8 c, bool visible)
{
    if (visible)
        show(l, (char[]){ c }, 1);
    store(l, c, true);
    l->line_column = l->column;
}

/* A character that edits the line.  false: it is an ordinary one. */
static bool edit(struct ldisc *l, u8 c)
{
    bool extended = has(l, IEXTEN);

    if (is_control(l, c, VERASE))
        erase_character(l, c);
    else if (is_control(l, c, VKILL))
        erase_line(l, c);
    else if (extended && is_control(l, c, VWERASE))
        erase_word(l);
    else if (extended && has(l, ECHO) && is_control(l, c, VREPRINT))
        reprint_line(l, c);
    else if (c == '\n')
        end_line(l, c, has(l, ECHO) || has(l, ECHONL));
    else if (is_control(l, c, VEOF))
        end_line(l, DISABLED, false);
    else if (is_control(l, c, VEOL) || (extended && is_control(l, c, VEOL2)))
        end_line(l, c, has(l, ECHO));
    else
        return false;
    return true;
}

/* --- receiving ------------------------------------------------------------ */

static int signal_of(const struct ldisc *l, u8 c)
{
    if (!has(l, ISIG))
        return 0;
    if (is_control(l, c, VINTR))
        return SIGINT;
    if (is_control(l, c, VQUIT))
        return SIGQUIT;
    return is_control(l, c, VSUSP) ? SIGTSTP : 0;
}

/* ^S and ^Q.  true: the byte has done its work. */
static bool flow_control(struct ldisc *l, u8 c)
{
    if (!(l->termios.iflag & IXON))
        return false;
    if (is_control(l, c, VSTART)) {
        l->stopped = false;
        return true;
    }
    if (is_control(l, c, VSTOP)) {
        l->stopped = true;
        return true;
    }
    if (l->termios.iflag & IXANY)
        l->stopped = false;
    return false;
}

static void receive_ordinary(struct ldisc *l, u8 c)
{
    if (l->head == l->canon)
        l->line_column = l->column;
    /* \377 marks what is no byte, so the byte itself comes twice. */
    if (c == 0xff && (l->termios.iflag & (PARMRK | ISTRIP)) == PARMRK)
        store(l, c, false);
    if (store(l, c, false))
        echo(l, c);
}

static int receive_signal(struct ldisc *l, u8 c, int sig)
{
    if (!has(l, NOFLSH)) {
        ldisc_flush_input(l);
        if (l->drop_output)
            l->drop_output(l);
    }
    l->stopped = false;
    echo(l, c);
    return sig;
}

int ldisc_break(struct ldisc *l)
{
    unsigned iflag = l->termios.iflag;

    if (iflag & IGNBRK)
        return 0;
    if (iflag & BRKINT) {
        ldisc_flush_input(l);
        return SIGINT;
    }
    if (iflag & PARMRK) {
        store(l, 0xff, false);
        store(l, 0, false);
    }
    store(l, 0, false);
    return 0;
}

int ldisc_receive(struct ldisc *l, u8 c)
{
    unsigned iflag = l->termios.iflag;
    int sig;

    if (iflag & ISTRIP)
        c &= 0x7f;
    if ((iflag & IUCLC) && has(l, IEXTEN) && c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    if (l->literal) {
        l->literal = false;
        receive_ordinary(l, c);
        return 0;
    }
    if (flow_control(l, c))
        return 0;
    sig = signal_of(l, c);
    if (sig)
        return receive_signal(l, c, sig);
    if (c == '\r') {
        if (iflag & IGNCR)
            return 0;
        if (iflag & ICRNL)
            c = '\n';
    } else if (c == '\n' && (iflag & INLCR)) {
        c = '\r';
    }
    if (has(l, ICANON)) {
        if (has(l, IEXTEN) && is_control(l, c, VLNEXT)) {
            l->literal = true;
            if (has(l, ECHO) && has(l, ECHOCTL))
                show(l, "^\b", 2);
            return 0;
        }
        if (edit(l, c))
            return 0;
    }
    receive_ordinary(l, c);
    return 0;
}

bool ldisc_has_room(const struct ldisc *l)
{
    return l->head - l->tail < LDISC_SIZE - 1 ||
           (has(l, ICANON) && !ldisc_readable(l));
}

size_t ldisc_overtake(struct ldisc *l, const u8 *src, size_t n, int *sig)
{
    if (has(l, NOFLSH))
        return 0;
    for (size_t i = 0; i < n; i++) {
        u8 c = src[i] & (l->termios.iflag & ISTRIP ? 0x7f : 0xff);

        if ((l->termios.iflag & IXON) && is_control(l, c, VSTART))
            l->stopped = false;
        *sig = signal_of(l, c);
        if (*sig) {
            receive_signal(l, c, *sig);
            return i + 1;
        }
    }
    return 0;
}

/* --- settings ------------------------------------------------------------- */

void ldisc_init(struct ldisc *l,
                void (*show_fn)(struct ldisc *l, const char *text, size_t n))
{
    static const struct termios fresh = {
        .iflag = ICRNL | IXON | IUTF8,
        .oflag = OPOST | ONLCR,
        .cflag = B38400 | CS8 | CREAD | HUPCL,
        .lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
                 IEXTEN,
        .cc = {
            [VINTR] = 'C' - 64, [VQUIT] = '\\' - 64, [VERASE] = 0x7f,
            [VKILL] = 'U' - 64, [VEOF] = 'D' - 64, [VMIN] = 1,
            [VSTART] = 'Q' - 64, [VSTOP] = 'S' - 64, [VSUSP] = 'Z' - 64,
            [VREPRINT] = 'R' - 64, [VDISCARD] = 'O' - 64,
            [VWERASE] = 'W' - 64, [VLNEXT] = 'V' - 64,
        },
    };

    memset(l, 0, sizeof *l);
    l->termios = fresh;
    l->show = show_fn;
}

void ldisc_set_termios(struct ldisc *l, const struct termios *t)
{
    bool was_canonical = has(l, ICANON);

    l->termios = *t;
    if (!(t->iflag & IXON))
        l->stopped = false;
    if (was_canonical == has(l, ICANON))
        return;
    /* What is half a line so far can be read now; going back to lines, it
     * counts as one. */
    if (!was_canonical && l->head != l->tail)
        bitmap_set(l->marks, SLOT(l->head - 1));
    l->canon = l->head;
    l->literal = false;
}
