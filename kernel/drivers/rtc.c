/* rtc.c - the goldfish real-time clock: nanoseconds since 1970. */
#include "kernel/drivers/drivers.h"
#include "kernel/params.h"
#include "kernel/time.h"

#define TIME_LOW    0           /* reading it latches the high half */
#define TIME_HIGH   4

void rtc_init(void)
{
    volatile u8 *base =
        machine.rtc ? arch_map_device(machine.rtc, PAGE_SIZE) : NULL;

    if (!base)
        return;
    u64 low = *(volatile u32 *)(base + TIME_LOW);
    u64 high = *(volatile u32 *)(base + TIME_HIGH);
    time_set_realtime(high << 32 | low);
}
