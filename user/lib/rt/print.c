/* print.c - output and assertions: rtthread/print.h. */
#include <pthread.h>
#include <rtthread/print.h>
#include <stdio.h>
#include <stdlib.h>

int rt_kprintf(const char *format, ...)
{
    va_list args;
    int length;

    pthread_testcancel();
    va_start(args, format);
    length = vprintf(format, args);
    va_end(args);
    return fflush(stdout) ? -1 : length;
}

void rt_kputs(const char *s)
{
    rt_kprintf("%s", s);
}

int rt_sprintf(char *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsprintf(buf, format, args);
    va_end(args);
    return length;
}

int rt_snprintf(char *buf, rt_size_t size, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(buf, size, format, args);
    va_end(args);
    return length;
}

int rt_vsprintf(char *buf, const char *format, va_list args)
{
    return vsprintf(buf, format, args);
}

int rt_vsnprintf(char *buf, rt_size_t size, const char *format, va_list args)
{
    return vsnprintf(buf, size, format, args);
}

static void (*assert_hook)(const char *, const char *, rt_size_t);

void rt_assert_set_hook(void (*hook)(const char *, const char *, rt_size_t))
{
    assert_hook = hook;
}

void rt_assert_handler(const char *condition, const char *function,
                       rt_size_t line)
{
    if (assert_hook) {
        assert_hook(condition, function, line);
        return;
    }
    rt_kprintf("(%s) assertion failed at function:%s, line number:%lu\n",
               condition, function, line);
    abort();
}
