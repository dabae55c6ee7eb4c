/* errno.c - names of the error numbers, from the one list in errno.def. */
#include "kernel/lib/errno.h"

#include "kernel/lib/types.h"

/* Searched, not indexed: a switch would take 4 KiB for this sparse list. */
static const struct {
    u16 number;
    char name[18];
} errors[] = {
#define E(name, number, text) { number, #name },
#include "kernel/lib/errno.def"
#undef E
};

const char *errno_name(int error)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
        if (errors[i].number == error)
            return errors[i].name;
    return "E?";
}
