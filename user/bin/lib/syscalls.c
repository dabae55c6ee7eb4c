#include "user/bin/lib/syscalls.h"

#include <stddef.h>
#include <string.h>

#define SYSCALL(number, name, ...) { number, #name, { SYS_ARGS(__VA_ARGS__) } },
#define SYSCALL_FRAME SYSCALL
static const struct syscall_format formats[] = {
#include "lwp/syscalls.def"
};
#undef SYSCALL
#undef SYSCALL_FRAME

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct syscall_format *syscall_format(unsigned long number)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].number == number)
            return &formats[i];
    return NULL;
}

const struct syscall_format *syscall_by_name(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
