/* rtobj.c - see rtobj.h. */
#include "tests/user/lib/rtobj.h"

#include "tests/user/lib/child.h"
#include "tests/user/lib/slurp.h"

bool rtobj_find(int id, struct rtobj *out)
{
    char *line = slurp("/proc/rtobjects");

    while ((line = strchr(line, '\n')) && *++line) {
        CHECK_EQ(sscanf(line, "%15s %d %15s %23s %u %u", out->type, &out->id,
                        out->name, out->state, &out->waiters, &out->holders),
                 6);
        if (out->id == id)
            return true;
    }
    return false;
}

int rtobj_count(void)
{
    int lines = 0;

    for (char *c = slurp("/proc/rtobjects"); *c; c++)
        lines += *c == '\n';
    return lines - 1;
}

void rtobj_await(int id, unsigned waiters)
{
    struct rtobj o;

    while (rtobj_find(id, &o) && o.waiters != waiters)
        sleep_ms(1);
}
