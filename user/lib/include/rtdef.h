/*
 * rtdef.h - types and constants of RT-Thread programs, in RT-Thread's sizes for
 * a 64-bit machine (lwp.md row K-15).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* --- numbers ------------------------------------------------------------- */

typedef int8_t rt_int8_t;
typedef int16_t rt_int16_t;
typedef int32_t rt_int32_t;
typedef int64_t rt_int64_t;
typedef uint8_t rt_uint8_t;
typedef uint16_t rt_uint16_t;
typedef uint32_t rt_uint32_t;
typedef uint64_t rt_uint64_t;

/* As wide as a register and a pointer. */
typedef long rt_base_t;
typedef unsigned long rt_ubase_t;

typedef int rt_bool_t;
typedef rt_base_t rt_err_t;             /* RT_EOK, or -RT_Exxx */
typedef rt_base_t rt_flag_t;
typedef rt_base_t rt_off_t;
typedef rt_base_t rt_ssize_t;
typedef rt_ubase_t rt_size_t;
typedef rt_ubase_t rt_dev_t;
typedef rt_uint32_t rt_time_t;
typedef rt_uint32_t rt_tick_t;          /* wraps after 49.7 days */

#define RT_TRUE     1
#define RT_FALSE    0
#define RT_NULL     ((void *)0)

#define RT_UINT8_MAX    0xff
#define RT_UINT16_MAX   0xffff
#define RT_UINT32_MAX   0xffffffff
#define RT_TICK_MAX     RT_UINT32_MAX

/* --- what a configuration says elsewhere --------------------------------- */

#define RT_NAME_MAX             16      /* bytes of a name, with its 0 */
#define RT_ALIGN_SIZE           8       /* bytes */
#define RT_THREAD_PRIORITY_MAX  32      /* priorities 0 (most urgent) .. 31 */
#define RT_TICK_PER_SECOND      1000
#define RT_CONSOLEBUF_SIZE      256
#define RT_MM_PAGE_SIZE         4096

/* --- errors, with a minus as results ------------------------------------- */

#define RT_EOK          0
#define RT_ERROR        1               /* anything else */
#define RT_ETIMEOUT     2
#define RT_EFULL        3
#define RT_EEMPTY       4
#define RT_ENOMEM       5
#define RT_ENOSYS       6
#define RT_EBUSY        7
#define RT_EIO          8               /* also: not such an object */
#define RT_EINTR        9               /* a signal's handler ran */
#define RT_EINVAL       10

/* --- waiting ------------------------------------------------------------- */

/* Timeouts are ticks (milliseconds), or one of these. */
#define RT_WAITING_FOREVER  (-1)
#define RT_WAITING_NO       0

/* Which of the waiting threads is first. */
#define RT_IPC_FLAG_FIFO    0
#define RT_IPC_FLAG_PRIO    1

/* For rt_xxx_control. */
#define RT_IPC_CMD_UNKNOWN  0
#define RT_IPC_CMD_RESET    1

/* The classes of objects, by which handles are told apart. */
enum rt_object_class_type {
    RT_Object_Class_Null,
    RT_Object_Class_Thread,
    RT_Object_Class_Semaphore,
    RT_Object_Class_Mutex,
    RT_Object_Class_Event,
    RT_Object_Class_MailBox,
    RT_Object_Class_MessageQueue,
    RT_Object_Class_MemHeap,
    RT_Object_Class_MemPool,
    RT_Object_Class_Device,
    RT_Object_Class_Timer,
    RT_Object_Class_Static = 0x80,      /* added: in memory of the caller's */
};

/* --- the compiler -------------------------------------------------------- */

#define rt_inline           static __inline
#define rt_used             __attribute__((used))
#define rt_weak             __attribute__((weak))
#define rt_noreturn         __attribute__((noreturn))
#define rt_section(name)    __attribute__((section(name)))
#define rt_align(n)         __attribute__((aligned(n)))
#define RT_USED             rt_used
#define RT_WEAK             rt_weak
#define RT_UNUSED(x)        ((void)(x))

/* As RT-Thread 4 called them; its samples begin stacks with ALIGN(). */
#ifndef ALIGN
#define ALIGN(n)            rt_align(n)
#endif
#ifndef SECTION
#define SECTION(name)       rt_section(name)
#endif

/* The next multiple of `align`, a power of two, at or above and at or below. */
#define RT_ALIGN(size, align)       (((size) + (align) - 1) & ~((align) - 1))
#define RT_ALIGN_DOWN(size, align)  ((size) & ~((align) - 1))

/* The structure of type `type` whose `member` lies at `pointer`. */
#define rt_container_of(pointer, type, member) \
    ((type *)((char *)(pointer) - offsetof(type, member)))

/* Symbols for modules; a program needs none. */
#define RTM_EXPORT(symbol)
