/* own.c - libown.so: data, constructor and destructor, thread-local storage. */
#include "tests/user/dynamic/own.h"

#include <unistd.h>

int own_number = 5;
int own_constructed;
__thread int own_local = 7;

__attribute__((constructor)) static void construct(void)
{
    own_constructed++;
}

__attribute__((destructor)) static void destroy(void)
{
    static const char text[] = "libown: bye\n";

    if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
        _exit(1);
}

int own_add(int a, int b)
{
    return a + b;
}

const char *own_name(void)
{
    return "libown";
}
