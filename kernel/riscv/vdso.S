/*
 * vdso.S - the vDSO: a small ELF shared object, written out by hand, that every
 * process finds in its memory (vdso(7)).  It lies in one page; the page behind
 * it holds struct arch_vdso_data.  The names and their version are Linux's.
 */
#include "kernel/riscv/layout.h"

#define ET_DYN          3
#define EM_RISCV        243
#define EF_RISCV_RVC    1
#define PT_LOAD         1
#define PT_DYNAMIC      2
#define PF_RX           5
#define DT_HASH         4
#define DT_STRTAB       5
#define DT_SYMTAB       6
#define DT_STRSZ        10
#define DT_SYMENT       11
#define DT_SONAME       14
#define DT_VERSYM       0x6ffffff0
#define DT_VERDEF       0x6ffffffc
#define DT_VERDEFNUM    0x6ffffffd
#define STT_FUNC_GLOBAL 0x12
#define VERSION_HASH    0x0ae77f75      /* of "LINUX_4.15", as ELF hashes */
#define SONAME_HASH     0x0deebfa1      /* of "linux-vdso.so.1" */

#define AT(label)       (label - arch_vdso_image)

    .section .rodata.vdso, "a"
    .balign 8
    .globl arch_vdso_image, arch_vdso_image_end, arch_vdso_sigreturn
arch_vdso_image:
    .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0
    .quad 0
    .half ET_DYN, EM_RISCV
    .word 1
    .quad 0                             /* entry: none */
    .quad AT(segments), 0
    .word EF_RISCV_RVC
    .half 64, 56, 2, 64, 0, 0

segments:
    .word PT_LOAD, PF_RX
    .quad 0, 0, 0, AT(arch_vdso_image_end), AT(arch_vdso_image_end), 0x1000
    .word PT_DYNAMIC, 4
    .quad AT(dynamic), AT(dynamic), AT(dynamic)
    .quad dynamic_end - dynamic, dynamic_end - dynamic, 8

dynamic:
    .quad DT_SONAME, soname - strings
    .quad DT_HASH, AT(hash)
    .quad DT_STRTAB, AT(strings)
    .quad DT_SYMTAB, AT(symbols)
    .quad DT_STRSZ, strings_end - strings
    .quad DT_SYMENT, 24
    .quad DT_VERSYM, AT(versions)
    .quad DT_VERDEF, AT(definitions)
    .quad DT_VERDEFNUM, 2
    .quad 0, 0
dynamic_end:

/* One symbol a line: its name, where it begins, where it ends. */
.macro FUNCTION name, start, end
    .word \name - strings
    .byte STT_FUNC_GLOBAL, 0
    .half 1
    .quad AT(\start), \end - \start
.endm

#define FUNCTIONS 6

symbols:
    .quad 0, 0, 0
    FUNCTION name_sigreturn, sigreturn, clock_gettime
    FUNCTION name_clock_gettime, clock_gettime, gettimeofday
    FUNCTION name_gettimeofday, gettimeofday, clock_getres
    FUNCTION name_clock_getres, clock_getres, getcpu
    FUNCTION name_getcpu, getcpu, flush_icache
    FUNCTION name_flush_icache, flush_icache, arch_vdso_image_end

/* A table of one bucket: all symbols on one chain, from the last to the first. */
hash:
    .word 1, FUNCTIONS + 1
    .word FUNCTIONS
    .word 0, 0, 1, 2, 3, 4, 5

versions:
    .half 0, 2, 2, 2, 2, 2, 2
    .balign 8
definitions:
    .half 1, 1, 1, 1                    /* the file itself */
    .word SONAME_HASH, 20, 28
    .word soname - strings, 0
    .half 1, 0, 2, 1
    .word VERSION_HASH, 20, 0
    .word version - strings, 0

strings:
    .byte 0
soname:             .asciz "linux-vdso.so.1"
version:            .asciz "LINUX_4.15"
name_sigreturn:     .asciz "__vdso_rt_sigreturn"
name_clock_gettime: .asciz "__vdso_clock_gettime"
name_gettimeofday:  .asciz "__vdso_gettimeofday"
name_clock_getres:  .asciz "__vdso_clock_getres"
name_getcpu:        .asciz "__vdso_getcpu"
name_flush_icache:  .asciz "__vdso_flush_icache"
strings_end:

/* --- code ------------------------------------------------------------------ */

    .option push
    .option norelax
    .option norvc
    .balign 16

/* struct arch_vdso_data, relative to the image */
#define DATA_BOOT_TICKS     0x1000
#define DATA_NS_PER_TICK    0x1008
#define DATA_REALTIME       0x1010

#define NR_RT_SIGRETURN     139
#define NR_GETCPU           168
#define NR_CLOCK_GETTIME    113
#define NR_CLOCK_GETRES     114
#define NR_GETTIMEOFDAY     169
#define NR_FLUSH_ICACHE     259

/* Bits of clock numbers: CLOCK_REALTIME and _COARSE; CLOCK_MONOTONIC, _RAW,
 * _COARSE, CLOCK_BOOTTIME. */
#define REALTIME_CLOCKS     0x21
#define MONOTONIC_CLOCKS    0xd2

/* t4 = ns since boot, t0 = image; uses t5, t6.  time_now() of kernel/time.c. */
.macro READ_CLOCK
    lla t0, arch_vdso_image
    li t5, DATA_BOOT_TICKS
    add t5, t0, t5
    ld t6, DATA_NS_PER_TICK - DATA_BOOT_TICKS(t5)
    rdtime t4
    ld t5, 0(t5)
    sub t4, t4, t5
    mulhu t5, t4, t6
    mul t4, t4, t6
    slli t5, t5, 32
    srli t4, t4, 32
    or t4, t4, t5
.endm

.macro ADD_REALTIME
    li t5, DATA_REALTIME
    add t5, t0, t5
    ld t5, 0(t5)
    add t4, t4, t5
.endm

.macro SYSTEM_CALL number
    li a7, \number
    ecall
    ret
.endm

/* The way back from signal handlers: debuggers and unwinders know a frame by
 * exactly these two instructions. */
arch_vdso_sigreturn:
sigreturn:
    li a7, NR_RT_SIGRETURN
    ecall
    .balign 16

clock_gettime:                          /* (clock, struct timespec *) */
    sltiu t1, a0, 8
    beqz t1, 2f
    li t2, 1
    sll t2, t2, a0
    andi t3, t2, MONOTONIC_CLOCKS
    bnez t3, 1f
    andi t3, t2, REALTIME_CLOCKS
    beqz t3, 2f
    READ_CLOCK
    ADD_REALTIME
    j 3f
1:  READ_CLOCK
3:  li t5, 1000000000
    divu t6, t4, t5
    mul t5, t6, t5
    sub t4, t4, t5
    sd t6, 0(a1)
    sd t4, 8(a1)
    li a0, 0
    ret
2:  SYSTEM_CALL NR_CLOCK_GETTIME
    .balign 16

gettimeofday:                           /* (struct timeval *, timezone) */
    beqz a0, 1f
    bnez a1, 1f
    READ_CLOCK
    ADD_REALTIME
    li t5, 1000
    divu t4, t4, t5
    li t5, 1000000
    divu t6, t4, t5
    mul t5, t6, t5
    sub t4, t4, t5
    sd t6, 0(a0)
    sd t4, 8(a0)
    li a0, 0
    ret
1:  SYSTEM_CALL NR_GETTIMEOFDAY
    .balign 16

clock_getres:
    SYSTEM_CALL NR_CLOCK_GETRES
    .balign 16
getcpu:
    SYSTEM_CALL NR_GETCPU
    .balign 16
flush_icache:
    SYSTEM_CALL NR_FLUSH_ICACHE
    .balign 16
    .option pop
arch_vdso_image_end:
