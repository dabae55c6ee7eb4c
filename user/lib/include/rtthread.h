/*
 * rtthread.h - RT-Thread's functions for programs: section K of Larch's row
 * table. Link with -lrtthread.
 *
 * Unless a function says otherwise:
 * - results are RT_EOK or -RT_Exxx; the function that failed has set
 *   rt_get_errno() to the same, and errno to its POSIX cousin;
 * - a handle that is RT_NULL, deleted, or of another kind is -RT_EIO;
 * - times are ticks, and a tick is a millisecond;
 * - a wait ends with -RT_EINTR when a signal's handler has run in its thread,
 *   whatever SA_RESTART says;
 * - names of RT_NAME_MAX bytes or more are cut;
 * - all functions may be called by any thread, none by a signal's handler.
 */
#pragma once

#include <fcntl.h>
#include <rtdef.h>
#include <rtservice.h>
#include <rtthread/clock.h>
#include <rtthread/critical.h>
#include <rtthread/device.h>
#include <rtthread/error.h>
#include <rtthread/export.h>
#include <rtthread/heap.h>
#include <rtthread/ipc.h>
#include <rtthread/print.h>
#include <rtthread/string.h>
#include <rtthread/thread.h>
#include <rtthread/timer.h>
