/*
 * log.c - the log ring.
 *
 * Lines are kept in one array of bytes, each as a header and its text; a new
 * line pushes out the oldest ones.  A line's sequence number is its position in
 * all bytes ever written, so a reader that fell behind just skips ahead.
 */
#include "kernel/log.h"

#include "kernel/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printf.h"
#include "kernel/lib/string.h"
#include "kernel/spinlock.h"
#include "kernel/time.h"

#define RING_SIZE   65536       /* a power of two */
#define LOG_LINE_MAX 400

struct line {
    nsec_t time;
    u16 length;                 /* of the text behind this header */
    u8 level;
    u32 number;                 /* of the line, from 0 */
};

static struct spinlock lock = SPINLOCK_INIT(RANK_LOG);
/* guarded by lock */
static char ring[RING_SIZE];
static u64 head, tail;          /* positions of the oldest line and of the end */
static u64 cleared;             /* dmesg -c: show nothing before this */
static u32 line_count;

static void (*listener)(void);  /* atomic: see log_listen() */

static int console_level = LOG_DEBUG;
static bool to_semihost;
static bool panicking;

static void ring_copy_in(u64 at, const void *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ring[(at + i) % RING_SIZE] = ((const char *)src)[i];
}

static void ring_copy_out(u64 at, void *dst, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)dst)[i] = ring[(at + i) % RING_SIZE];
}

static u64 line_after(u64 at)
{
    struct line l;

    ring_copy_out(at, &l, sizeof(l));
    return at + sizeof(l) + l.length;
}

static void append_locked(const struct line *l, const char *text)
{
    size_t need = sizeof(*l) + l->length;

    while (tail + need - head > RING_SIZE)
        head = line_after(head);
    ring_copy_in(tail, l, sizeof(*l));
    ring_copy_in(tail + sizeof(*l), text, l->length);
    tail += need;
}

/* "[    1.234567] text\n"; the length. */
static int format_line(char *buf, size_t size, const struct line *l,
                       const char *text)
{
    u64 us = l->time / NSEC_PER_USEC;

    return kscnprintf(buf, size, "[%5lu.%06lu] %.*s\n", us / 1000000,
                      us % 1000000, l->length, text);
}

static void echo(const struct line *l, const char *text)
{
    /* By the lock, or the one hart that reports a panic: stacks are short. */
    static char out[LOG_LINE_MAX + 32];
    int n = format_line(out, sizeof(out) - 1, l, text);

    if (to_semihost) {
        arch_semihost_write(out);
        return;
    }
    out[n - 1] = '\r';
    out[n++] = '\n';
    if (panicking)
        console_write_polled(out, n);
    else
        console_write(out, n);
}

void klog(enum log_level level, const char *format, ...)
{
    char text[LOG_LINE_MAX];
    struct line l = { .time = time_frequency() ? time_now() : 0,
                      .level = level };
    va_list args;

    va_start(args, format);
    int n = kvsnprintf(text, sizeof(text), format, args);
    va_end(args);
    l.length = MIN((size_t)n, sizeof(text) - 1);
    if (panicking) {
        echo(&l, text);
        return;
    }
    spin_lock(&lock);
    l.number = line_count++;
    append_locked(&l, text);
    if ((int)level < console_level)
        echo(&l, text);
    spin_unlock(&lock);
    /* Any lock may be held here: let an interrupt do it. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (unlikely(READ_ONCE(listener)))
        arch_ipi(arch_this_hart);
}

bool log_limit_pass(struct log_limit *limit)
{
    u64 second = time_now() / NSEC_PER_SEC;

    if (second != READ_ONCE(limit->second)) {
        WRITE_ONCE(limit->second, second);
        WRITE_ONCE(limit->count, 0);
    }
    return __atomic_add_fetch(&limit->count, 1, __ATOMIC_RELAXED) <= 10;
}

/* One line at *seq into buf, with dmesg's "<level>" mark before it. */
static size_t read_line_locked(u64 *seq, char *buf, size_t size)
{
    char text[LOG_LINE_MAX], out[LOG_LINE_MAX + 40];
    struct line l;

    ring_copy_out(*seq, &l, sizeof(l));
    ring_copy_out(*seq + sizeof(l), text, l.length);
    int n = kscnprintf(out, sizeof(out), "<%u>", l.level);
    n += format_line(out + n, sizeof(out) - n, &l, text);
    if ((size_t)n > size)
        return 0;
    memcpy(buf, out, n);
    *seq += sizeof(l) + l.length;
    return n;
}

size_t log_read_line(u64 *seq, char *buf, size_t size)
{
    size_t n = 0;

    spin_lock(&lock);
    if (*seq < head)
        *seq = head;
    if (*seq < tail)
        n = read_line_locked(seq, buf, size);
    spin_unlock(&lock);
    return n;
}

size_t log_read(u64 *seq, char *buf, size_t size)
{
    size_t done = 0, n;

    spin_lock(&lock);
    if (*seq < head)
        *seq = head;
    while (*seq < tail && (n = read_line_locked(seq, buf + done, size - done)))
        done += n;
    spin_unlock(&lock);
    return done;
}

/* What is no plain text is shown as \x and two digits, like \ itself. */
static size_t put_escaped(char *buf, size_t size, const char *text, size_t n)
{
    size_t done = 0;

    for (size_t i = 0; i < n; i++) {
        u8 c = text[i];

        done += kscnprintf(buf + done, size - done,
                           c < ' ' || c >= 0x7f || c == '\\' ? "\\x%02x" : "%c",
                           c);
    }
    return done;
}

static ssize_t read_record_locked(u64 *seq, char *buf, size_t size)
{
    char text[LOG_LINE_MAX];
    struct line l;
    size_t n;

    if (*seq < head) {
        *seq = head;
        return -EPIPE;
    }
    if (*seq >= tail)
        return 0;
    ring_copy_out(*seq, &l, sizeof(l));
    ring_copy_out(*seq + sizeof(l), text, l.length);
    n = kscnprintf(buf, size, "%u,%u,%lu,-;", l.level, l.number,
                   l.time / NSEC_PER_USEC);
    n += put_escaped(buf + n, size - n, text, l.length);
    *seq = line_after(*seq);
    return n + kscnprintf(buf + n, size - n, "\n");
}

ssize_t log_read_record(u64 *seq, char *buf, size_t size)
{
    ssize_t n;

    spin_lock(&lock);
    n = read_record_locked(seq, buf, size);
    spin_unlock(&lock);
    return n;
}

void log_listen(void (*fn)(void))
{
    __atomic_store_n(&listener, fn, __ATOMIC_SEQ_CST);
}

void log_deliver(void)
{
    void (*fn)(void) = READ_ONCE(listener);

    if (unlikely(fn)) {
        WRITE_ONCE(listener, NULL);
        fn();
    }
}

u64 log_oldest(void)
{
    return READ_ONCE(head);
}

u64 log_first(void)
{
    spin_lock(&lock);
    u64 first = MAX(head, cleared);
    spin_unlock(&lock);
    return first;
}

u64 log_next(void)
{
    return READ_ONCE(tail);
}

void log_clear(void)
{
    spin_lock(&lock);
    cleared = tail;
    spin_unlock(&lock);
}

void log_set_console_level(int level)
{
    console_level = level < 1 ? 1 : level > 8 ? 8 : level;
}

void log_use_semihost(void)
{
    to_semihost = true;
}

void log_panic_mode(void)
{
    panicking = true;
}
