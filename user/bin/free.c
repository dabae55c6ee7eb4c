/* free: show how memory is used, from /proc/meminfo. */

#include "user/bin/lib/proc.h"
#include "user/bin/lib/util.h"

const char usage[] =
    "usage: free [-bhkm]\n"
    "Show total, used and free memory in KiB.\n"
    "  -b  in bytes  -m  in MiB  -h  like 1.5M\n";

static int unit = 'k';

static void figure(unsigned long long bytes)
{
    char text[8];

    if (unit == 'h')
        print(" %11s", human_size(bytes, text));
    else
        print(" %11llu", unit == 'b' ? bytes : unit == 'k' ? bytes >> 10
                                                           : bytes >> 20);
}

int main(int argc, char **argv)
{
    unsigned long long total, free, cache, shared, swap, swap_free;
    int option;

    (void)argc;
    while ((option = next_option(argv, "bhkm")))
        unit = option;
    operands(argv, 0, 0);
    total = memory_figure("MemTotal");
    free = memory_figure("MemFree");
    shared = memory_figure("Shmem");
    cache = memory_figure("Buffers") + memory_figure("Cached");
    swap = memory_figure("SwapTotal");
    swap_free = memory_figure("SwapFree");
    print("%-6s %11s %11s %11s %11s %11s %11s\nMem:  ", "", "total", "used",
          "free", "shared", "buff/cache", "available");
    figure(total);
    figure(total - free - cache);
    figure(free);
    figure(shared);
    figure(cache);
    figure(memory_figure("MemAvailable"));
    print("\nSwap: ");
    figure(swap);
    figure(swap - swap_free);
    figure(swap_free);
    putchar('\n');
    return finish();
}
