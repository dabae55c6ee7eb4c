#include "user/bin/lib/times.h"

#include <limits.h>
#include <string.h>

#include "user/bin/lib/util.h"

#define NANOSECONDS 1000000000LL

static long long unit_seconds(const char *unit)
{
    if (*unit && unit[1])
        return 0;
    switch (*unit) {
    case '\0':
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    default:
        return 0;
    }
}

/* The digits after the point as nanoseconds. */
static long long take_fraction(const char **p)
{
    long long value = 0;
    long long scale = NANOSECONDS;

    for (; **p >= '0' && **p <= '9'; ++*p) {
        scale /= 10;
        value += (**p - '0') * scale;
    }
    return value;
}

struct timespec duration_arg(const char *text)
{
    const char *p = text;
    long long whole = 0;
    long long fraction = 0;
    long long unit;
    bool digits = scan_number(&p, 10, &whole);

    if (*p == '.') {
        p++;
        digits = digits || (*p >= '0' && *p <= '9');
        fraction = take_fraction(&p);
    }
    unit = unit_seconds(p);
    if (!digits || !unit || whole > INT_MAX)
        die("invalid time interval '%s'", text);
    fraction *= unit;
    return (struct timespec){
        .tv_sec = whole * unit + fraction / NANOSECONDS,
        .tv_nsec = fraction % NANOSECONDS,
    };
}

/* Reads numbers parted by `separator`; returns how many there were. */
static int take_fields(const char **p, char separator, long long field[3])
{
    int count = 0;

    while (count < 3 && scan_number(p, 10, &field[count])) {
        count++;
        if (**p != separator || count == 3)
            break;
        ++*p;
    }
    return count;
}

static bool set_time(const char **p, struct tm *tm)
{
    long long field[3] = { 0 };

    if (take_fields(p, ':', field) < 2)
        return false;
    tm->tm_hour = (int)field[0];
    tm->tm_min = (int)field[1];
    tm->tm_sec = (int)field[2];
    return field[0] < 24 && field[1] < 60 && field[2] < 61;
}

static bool set_date(const char **p, struct tm *tm)
{
    long long field[3];

    if (take_fields(p, '-', field) != 3 || field[0] > 9999)
        return false;
    tm->tm_year = (int)field[0] - 1900;
    tm->tm_mon = (int)field[1] - 1;
    tm->tm_mday = (int)field[2];
    return field[1] >= 1 && field[1] <= 12 && field[2] >= 1 && field[2] <= 31;
}

time_t time_arg(const char *text)
{
    const char *p = text;
    time_t now = time(NULL);
    long long seconds;
    struct tm tm;
    bool good = true;

    if (*p == '@') {
        p++;
        if (!scan_number(&p, 10, &seconds) || *p)
            die("invalid time '%s'", text);
        return seconds;
    }
    localtime_r(&now, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    if (strchr(p, '-')) {
        good = set_date(&p, &tm);
        if (*p == ' ' || *p == 'T')
            p++;
    }
    if (good && *p)
        good = set_time(&p, &tm);
    if (!good || *p || p == text)
        die("invalid time '%s'", text);
    return mktime(&tm);
}

void time_text(time_t when, char text[20])
{
    struct tm tm;

    localtime_r(&when, &tm);
    snprint(text, 20, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900,
            tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *month_name(int month)
{
    static const char names[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };

    return names[month];
}

const char *day_name(int day)
{
    static const char names[][4] = {
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
    };

    return names[day];
}
