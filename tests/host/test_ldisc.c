/*
 * test_ldisc.c - the line discipline: typing, editing, echo, signals, modes,
 * output.
 *
 * sources: kernel/fs/ldisc.c kernel/lib/bitmap.c kernel/lib/string.c
 */
#include "harness.h"

#include <string.h>

#include "kernel/fs/ldisc.h"

static struct ldisc l;
static char shown[8192];

static void show(struct ldisc *ldisc, const char *text, size_t n)
{
    strncat(shown, text, n);
}

static int begin(void **state)
{
    ldisc_init(&l, show);
    shown[0] = '\0';
    return 0;
}

/* Type it; the last signal. */
static int type(const char *text)
{
    int sig = 0;

    for (; *text; text++) {
        int one = ldisc_receive(&l, *text);

        sig = one ? one : sig;
    }
    return sig;
}

/* A read(2) of n bytes: what it gives, "EOF", or "wait". */
static const char *take(size_t n)
{
    static char buf[LDISC_SIZE + 1];
    bool end;
    size_t got;

    if (!ldisc_readable(&l))
        return "wait";
    got = ldisc_take(&l, (u8 *)buf, n, &end);
    buf[got] = '\0';
    return got || !end ? buf : "EOF";
}

static void set(u32 *flags, u32 clear, u32 add)
{
    *flags = (*flags & ~clear) | add;
}

static void set_raw(void)
{
    struct termios t = l.termios;

    set(&t.lflag, ICANON | ECHO, 0);
    ldisc_set_termios(&l, &t);
}

/* --- canonical mode ------------------------------------------------------- */

static void test_lines(void **state)
{
    type("one");
    assert_string_equal(take(100), "wait");
    assert_int_equal(ldisc_available(&l), 0);
    type("\rtwo\n");
    assert_int_equal(ldisc_available(&l), 8);
    assert_string_equal(take(100), "one\n");
    assert_string_equal(take(2), "tw");
    assert_string_equal(take(100), "o\n");
    assert_string_equal(take(100), "wait");
    assert_string_equal(shown, "one\r\ntwo\r\n");
}

static void test_end_of_file(void **state)
{
    type("\004");
    assert_int_equal(ldisc_available(&l), 0);
    assert_string_equal(take(10), "EOF");
    type("part\004");
    assert_string_equal(take(10), "part");
    assert_string_equal(take(10), "wait");
    /* An end of file right behind what was asked for is used up with it. */
    type("four\004");
    assert_string_equal(take(4), "four");
    assert_string_equal(take(4), "wait");
    type("x\n\004y\n");
    assert_string_equal(take(10), "x\n");
    assert_string_equal(take(10), "EOF");
    assert_string_equal(take(10), "y\n");
}

static void test_erasing(void **state)
{
    type("abc\177\177x\n");
    assert_string_equal(take(10), "ax\n");
    assert_string_equal(shown, "abc\b \b\b \bx\r\n");
    type("\177\177ok\n");
    assert_string_equal(take(10), "ok\n");
    type("to go\025stay\n");
    assert_string_equal(take(10), "stay\n");
    type("two words  \027x\n");
    assert_string_equal(take(10), "two x\n");
}

static void test_erasing_what_is_wide(void **state)
{
    shown[0] = '\0';
    type("\001\177");
    assert_string_equal(shown, "^A\b \b\b \b");
    shown[0] = '\0';
    type("a\t\177");
    assert_string_equal(shown, "a\t\b \b\b \b\b \b\b \b\b \b\b \b\b \b");
    shown[0] = '\0';
    type("\303\244\177\n");         /* a with two dots, in UTF-8 */
    assert_string_equal(shown, "\303\244\b \b\r\n");
    assert_string_equal(take(10), "a\n");
}

static void test_literal_next(void **state)
{
    assert_int_equal(type("\026\003\026\004\n"), 0);
    assert_string_equal(take(10), "\003\004\n");
    assert_string_equal(shown, "^\b^C^\b^D\r\n");
}

static void test_reprint(void **state)
{
    type("ab\022");
    assert_string_equal(shown, "ab^R\r\nab");
}

static void test_other_ends_of_line(void **state)
{
    l.termios.cc[VEOL] = ';';
    type("a;b\n");
    assert_string_equal(take(10), "a;");
    assert_string_equal(take(10), "b\n");
}

static void test_long_line_can_be_ended(void **state)
{
    static char line[LDISC_SIZE + 100];

    set(&l.termios.lflag, ECHO, 0);
    memset(line, 'x', sizeof line - 1);
    type(line);
    assert_string_equal(take(10), "wait");
    type("\n");
    assert_int_equal(strlen(take(LDISC_SIZE)), LDISC_SIZE);
    type("next\n");
    assert_string_equal(take(10), "next\n");
}

static void test_full_of_lines_has_no_room(void **state)
{
    set(&l.termios.lflag, ECHO, 0);
    for (int i = 0; i < LDISC_SIZE / 2 - 1; i++)
        type("x\n");
    assert_true(ldisc_has_room(&l));
    type("y");
    assert_false(ldisc_has_room(&l));
    assert_string_equal(take(1), "x");
    assert_true(ldisc_has_room(&l));
}

static void test_unfinished_line_always_has_room(void **state)
{
    for (int i = 0; i < 2 * LDISC_SIZE; i++) {
        assert_true(ldisc_has_room(&l));
        ldisc_receive(&l, 'x');
    }
    set_raw();
    assert_false(ldisc_has_room(&l));
}

static size_t overtake(const char *waiting, int *sig)
{
    *sig = 0;
    return ldisc_overtake(&l, (const u8 *)waiting, strlen(waiting), sig);
}

static void test_some_keys_overtake(void **state)
{
    int sig;

    type("a\nb");
    l.stopped = true;
    assert_int_equal(overtake("one\ntwo", &sig), 0);
    assert_true(l.stopped);
    assert_int_equal(overtake("one\021two", &sig), 0);
    assert_false(l.stopped);
    assert_int_equal(overtake("one\003two", &sig), 4);
    assert_int_equal(sig, 2);
    assert_string_equal(take(10), "wait");
    type("a\n");
    set(&l.termios.lflag, 0, NOFLSH);
    assert_int_equal(overtake("\003", &sig), 0);
    assert_int_equal(sig, 0);
    assert_string_equal(take(10), "a\n");
}

/* --- signals, flow -------------------------------------------------------- */

static void test_signals(void **state)
{
    type("lost");
    assert_int_equal(type("\003"), 2);
    assert_string_equal(shown, "lost^C");
    type("kept\n");
    assert_string_equal(take(10), "kept\n");
    assert_int_equal(type("\034"), 3);
    assert_int_equal(type("\032"), 20);
    set(&l.termios.lflag, 0, NOFLSH);
    type("kept");
    assert_int_equal(type("\003"), 2);
    type("\n");
    assert_string_equal(take(10), "kept\n");
    set(&l.termios.lflag, ISIG, 0);
    assert_int_equal(type("\003\n"), 0);
    assert_string_equal(take(10), "\003\n");
    /* A disabled one is an ordinary byte. */
    set(&l.termios.lflag, 0, ISIG);
    l.termios.cc[VINTR] = 0;
    assert_int_equal(ldisc_receive(&l, 0), 0);
}

static void test_flow_control(void **state)
{
    type("\023");
    assert_true(l.stopped);
    type("a\n");
    assert_true(l.stopped);
    type("\021");
    assert_false(l.stopped);
    assert_string_equal(take(10), "a\n");
    type("\023");
    set(&l.termios.iflag, 0, IXANY);
    type("b\n");
    assert_false(l.stopped);
    set(&l.termios.iflag, IXON, 0);
    type("\023\n");
    assert_false(l.stopped);
    assert_string_equal(take(10), "b\n");
    assert_string_equal(take(10), "\023\n");
}

static void test_breaks(void **state)
{
    type("lost");
    set(&l.termios.iflag, 0, BRKINT);
    assert_int_equal(ldisc_break(&l), 2);
    set(&l.termios.iflag, 0, IGNBRK);
    assert_int_equal(ldisc_break(&l), 0);
    set_raw();
    assert_string_equal(take(10), "wait");
    set(&l.termios.iflag, IGNBRK | BRKINT, PARMRK);
    assert_int_equal(ldisc_break(&l), 0);
    type("\377");
    assert_int_equal(ldisc_available(&l), 5);
    assert_memory_equal(take(10), "\377\0\0\377\377", 5);
    set(&l.termios.iflag, PARMRK, 0);
    assert_int_equal(ldisc_break(&l), 0);
    assert_int_equal(ldisc_available(&l), 1);
    assert_string_equal(take(10), "");
}

/* --- other modes ---------------------------------------------------------- */

static void test_raw_mode(void **state)
{
    set_raw();
    type("ab\177");
    assert_int_equal(ldisc_available(&l), 3);
    assert_string_equal(take(2), "ab");
    assert_string_equal(take(2), "\177");
    assert_string_equal(take(2), "wait");
    assert_string_equal(shown, "");
}

static void test_changing_modes_keeps_input(void **state)
{
    type("half");
    assert_string_equal(take(10), "wait");
    set_raw();
    assert_string_equal(take(2), "ha");
    struct termios t = l.termios;
    t.lflag |= ICANON;
    ldisc_set_termios(&l, &t);
    assert_string_equal(take(10), "lf");
    type("line\n");
    assert_string_equal(take(10), "line\n");
}

static void test_input_translation(void **state)
{
    set(&l.termios.iflag, ICRNL, IGNCR);
    type("a\rb\n");
    assert_string_equal(take(10), "ab\n");
    set(&l.termios.iflag, IGNCR, INLCR | ICRNL);
    set_raw();
    type("\n\r");
    assert_string_equal(take(10), "\r\n");
    set(&l.termios.iflag, IUTF8, ISTRIP);
    type("\301");
    assert_string_equal(take(10), "A");
}

static void test_echo_switches(void **state)
{
    set(&l.termios.lflag, ECHO, ECHONL);
    type("secret\n");
    assert_string_equal(shown, "\r\n");
    shown[0] = '\0';
    set(&l.termios.lflag, ECHOCTL | ECHONL, ECHO);
    type("\001");
    assert_string_equal(shown, "\001");
}

/* --- output --------------------------------------------------------------- */

static const char *output(const char *text, size_t room, size_t *used)
{
    static char out[256];

    out[ldisc_expand(&l, (const u8 *)text, strlen(text), out, room, used)] = 0;
    return out;
}

static void test_output(void **state)
{
    size_t used;

    assert_string_equal(output("a\nb", 100, &used), "a\r\nb");
    assert_int_equal(used, 3);
    set(&l.termios.oflag, 0, TABDLY);
    assert_string_equal(output("\n12\tx", 100, &used), "\r\n12      x");
    set(&l.termios.oflag, ONLCR | TABDLY, OCRNL);
    assert_string_equal(output("\r", 100, &used), "\n");
    set(&l.termios.oflag, 0, OLCUC);
    assert_string_equal(output("aZ{", 100, &used), "AZ{");
    set(&l.termios.oflag, OPOST, 0);
    assert_string_equal(output("\r\n\t", 100, &used), "\r\n\t");
}

static void test_output_never_exceeds_room(void **state)
{
    const char *text = "\n\n\n\t\t\tabc\n";

    set(&l.termios.oflag, 0, TABDLY);
    for (size_t room = 0; room < 40; room++) {
        size_t used;

        assert_true(strlen(output(text, room, &used)) <= room);
        assert_true(used <= strlen(text));
        if (room >= 8)
            assert_true(used > 0);
    }
}

/* Whatever is typed and read in whatever mode: nothing breaks, and no more
 * comes out than went in. */
static void test_random_typing(void **state)
{
    size_t in = 0, out = 0;

    for (int i = 0; i < 200000; i++) {
        u64 r = xorshift_next(&host_random);
        bool end;
        u8 buf[64];

        shown[0] = '\0';
        if (r % 1000 == 0) {
            struct termios t = l.termios;

            t.lflag ^= 1u << (r >> 20) % 16;
            t.iflag ^= 1u << (r >> 30) % 15;
            ldisc_set_termios(&l, &t);
        } else if (r % 16 == 0) {
            out += ldisc_take(&l, buf, (r >> 10) % sizeof buf, &end);
        } else {
            ldisc_receive(&l, r >> 40);
            in++;
        }
        assert_true(l.canon - l.tail <= l.head - l.tail);
        assert_true(l.head - l.tail <= LDISC_SIZE);
        assert_true(out <= in);
    }
}

int main(void)
{
#define fresh(test) cmocka_unit_test_setup(test, begin)
    const struct CMUnitTest tests[] = {
        fresh(test_lines),
        fresh(test_end_of_file),
        fresh(test_erasing),
        fresh(test_erasing_what_is_wide),
        fresh(test_literal_next),
        fresh(test_reprint),
        fresh(test_other_ends_of_line),
        fresh(test_long_line_can_be_ended),
        fresh(test_full_of_lines_has_no_room),
        fresh(test_unfinished_line_always_has_room),
        fresh(test_some_keys_overtake),
        fresh(test_signals),
        fresh(test_flow_control),
        fresh(test_breaks),
        fresh(test_raw_mode),
        fresh(test_changing_modes_keeps_input),
        fresh(test_input_translation),
        fresh(test_echo_switches),
        fresh(test_output),
        fresh(test_output_never_exceeds_room),
        fresh(test_random_typing),
    };

    return host_run(tests);
}
