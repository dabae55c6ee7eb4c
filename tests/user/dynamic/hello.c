/* hello.c - linked in each way there is: static, static PIE, dynamic. */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
