/*
 * types.h - the integer types and small macros that all of Larch uses.
 * Layouts and widths are those of the RISC-V LP64 ABI.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef long ssize_t;
typedef long off_t;         /* bytes */
typedef int pid_t;
typedef unsigned int mode_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;

typedef u64 paddr_t;        /* a physical address */
typedef u64 vaddr_t;        /* a virtual address, never dereferenced */
typedef u64 pfn_t;          /* physical address / PAGE_SIZE */
typedef u64 nsec_t;         /* nanoseconds, CLOCK_MONOTONIC unless said */

struct phys_range {
    paddr_t start, end;         /* [start, end) */
};

/*
 * User pointers have types of their own, to structs that are never defined:
 * `*p` does not compile outside mm/uaccess.c.
 */
typedef struct user_memory *uptr_t;
typedef struct user_string *ustr_t;     /* NUL-terminated */

#define PAGE_SHIFT  12
#define PAGE_SIZE   (1ul << PAGE_SHIFT)
#define PAGE_MASK   (PAGE_SIZE - 1)
#define page_down(x)    ((x) & ~PAGE_MASK)
#define page_up(x)      (((x) + PAGE_MASK) & ~PAGE_MASK)

#define NSEC_PER_SEC    1000000000ul
#define NSEC_PER_MSEC   1000000ul
#define NSEC_PER_USEC   1000ul

#define NEVER           (~0ul)      /* a deadline that does not come */

#define ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)  (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define MIN(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
                     a_ < b_ ? a_ : b_; })
#define MAX(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
                     a_ > b_ ? a_ : b_; })
#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr) - offsetof(type, member)))

#define likely(x)       __builtin_expect(!!(x), 1)
#define unlikely(x)     __builtin_expect(!!(x), 0)
#define noreturn        __attribute__((noreturn))
#define noinline        __attribute__((noinline))
#define always_inline   inline __attribute__((always_inline))
/* For the shortest hot paths: no frame unless the function calls something.  A
 * backtrace from what it calls does not show who called it. */
#define frameless       __attribute__((optimize("omit-frame-pointer")))
#define printf_like(fmt, args)  __attribute__((format(printf, fmt, args)))
#define must_check      __attribute__((warn_unused_result))
/* The compiler cannot know it, and it is not worth a test. */
#define assume(cond)    do { if (!(cond)) __builtin_unreachable(); } while (0)
#define unused_arg      __attribute__((unused))

/* One access, not torn, not repeated and not moved by the compiler. */
#define READ_ONCE(x)        (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)    (*(volatile __typeof__(x) *)&(x) = (v))
