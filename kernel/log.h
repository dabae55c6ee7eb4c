/*
 * log.h - the kernel's log: a ring in memory, echoed to the console.
 */
#pragma once

#include <stdarg.h>

#include "kernel/lib/types.h"

/* Levels of syslog(3). */
enum log_level {
    LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR,
    LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG,
};

/*
 * Log one line (the newline is added).  Any context, any locks.  Lines with a
 * level below the console level are also printed there.
 */
void klog(enum log_level level, const char *format, ...) printf_like(2, 3);

#define log_error(...)      klog(LOG_ERR, __VA_ARGS__)
#define log_warning(...)    klog(LOG_WARNING, __VA_ARGS__)
#define log_info(...)       klog(LOG_INFO, __VA_ARGS__)
#define log_debug(...)      klog(LOG_DEBUG, __VA_ARGS__)

/* Log at most `burst` lines per second from one place. */
#define log_limited(level, ...) \
    do { \
        static struct log_limit limit_; \
        if (log_limit_pass(&limit_)) \
            klog(level, __VA_ARGS__); \
    } while (0)

struct log_limit {
    u64 second;
    u32 count, dropped;
};
bool log_limit_pass(struct log_limit *l);

/*
 * Copy lines as dmesg(1) shows them, from sequence number *seq on, into buf;
 * moves *seq; the bytes stored, 0 at the end.  Lines overwritten since are
 * skipped.
 */
size_t log_read(u64 *seq, char *buf, size_t size);

/* The same, of one line only. */
size_t log_read_line(u64 *seq, char *buf, size_t size);
u64 log_first(void);

/*
 * The line at *seq as a record of /dev/kmsg, "level,number,microseconds,-;text"
 * and a newline, cut to size; moves *seq behind it.  Its length; 0 at the end;
 * -EPIPE if it was overwritten: then *seq is the oldest line's.
 */
#define LOG_RECORD_MAX 1700
ssize_t log_read_record(u64 *seq, char *buf, size_t size);
u64 log_oldest(void);

/* Call fn once when there is a new line: from an interrupt of whichever hart
 * has logged it, with no locks held.  There is one listener. */
void log_listen(void (*fn)(void));
void log_deliver(void);             /* from the software interrupt */
u64 log_next(void);
void log_clear(void);

/* Console level: lines with level < this are printed (syslog(2) type 8). */
void log_set_console_level(int level);

/* Where echoed lines go instead of the console: semihosting (log=semihost). */
void log_use_semihost(void);

/* For panics: print everything at once, ignoring locks. */
void log_panic_mode(void);
