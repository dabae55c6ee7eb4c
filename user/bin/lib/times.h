#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Reads "1.5", "2m", "1h", "1d", in seconds by default; or dies. */
struct timespec duration_arg(const char *text);

/*
 * Reads a point in time: @SECONDS, or [YYYY-MM-DD][ T][HH:MM[:SS]] in local
 * time, where a missing date is today and a missing time is 00:00; or dies.
 */
time_t time_arg(const char *text);

/* "2026-11-20 09:50:01" in local time. */
void time_text(time_t when, char text[20]);

/* The English names; month 0 is Jan, day 0 is Sun. */
const char *month_name(int month);
const char *day_name(int day);
