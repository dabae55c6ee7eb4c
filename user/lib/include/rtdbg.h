/*
 * rtdbg.h - RT-Thread's log lines (lwp.md row K-14), of rt_kprintf().  A file
 * that has some says whose they are and how much it wants to hear, and then
 * includes this:
 *
 *     #define DBG_TAG "motor"
 *     #define DBG_LVL DBG_INFO
 *
 * Now LOG_W("%d turns too many", 3) prints "[W/motor] 3 turns too many" and a
 * new line, and LOG_D() nothing.
 */
#pragma once

#include <rtthread.h>

#define DBG_ERROR   0
#define DBG_WARNING 1
#define DBG_INFO    2
#define DBG_LOG     3

/* What the file did not say; the second are older names of both. */
#ifndef DBG_TAG
#ifdef DBG_SECTION_NAME
#define DBG_TAG DBG_SECTION_NAME
#else
#define DBG_TAG "DBG"
#endif
#endif
#ifndef DBG_LVL
#ifdef DBG_LEVEL
#define DBG_LVL DBG_LEVEL
#else
#define DBG_LVL DBG_WARNING
#endif
#endif

/* A line, if it counts at this file's level; arguments are checked anyway. */
#define __RT_LOG(level, letter, format, ...) \
    do { \
        if ((level) <= DBG_LVL) \
            rt_kprintf("[" letter "/" DBG_TAG "] " format "\n", \
                       ##__VA_ARGS__); \
    } while (0)

#define LOG_E(...)      __RT_LOG(DBG_ERROR, "E", __VA_ARGS__)
#define LOG_W(...)      __RT_LOG(DBG_WARNING, "W", __VA_ARGS__)
#define LOG_I(...)      __RT_LOG(DBG_INFO, "I", __VA_ARGS__)
#define LOG_D(...)      __RT_LOG(DBG_LOG, "D", __VA_ARGS__)
#define LOG_RAW(...)    rt_kprintf(__VA_ARGS__)
