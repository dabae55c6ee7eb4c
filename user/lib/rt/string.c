/* string.c - memory and strings: rtthread/string.h. */
#include <rtthread/string.h>
#include <string.h>
#include <strings.h>

void *rt_memset(void *to, int byte, rt_ubase_t size)
{
    return memset(to, byte, size);
}

void *rt_memcpy(void *to, const void *from, rt_ubase_t size)
{
    return memcpy(to, from, size);
}

void *rt_memmove(void *to, const void *from, rt_size_t size)
{
    return memmove(to, from, size);
}

rt_int32_t rt_memcmp(const void *a, const void *b, rt_size_t size)
{
    return memcmp(a, b, size);
}

rt_size_t rt_strlen(const char *s)
{
    return strlen(s);
}

rt_size_t rt_strnlen(const char *s, rt_ubase_t max)
{
    return strnlen(s, max);
}

char *rt_strcpy(char *to, const char *from)
{
    return strcpy(to, from);
}

char *rt_strncpy(char *to, const char *from, rt_size_t size)
{
    return strncpy(to, from, size);
}

rt_int32_t rt_strcmp(const char *a, const char *b)
{
    return strcmp(a, b);
}

rt_int32_t rt_strncmp(const char *a, const char *b, rt_size_t count)
{
    return strncmp(a, b, count);
}

rt_int32_t rt_strcasecmp(const char *a, const char *b)
{
    return strcasecmp(a, b);
}

char *rt_strstr(const char *s, const char *part)
{
    return strstr(s, part);
}
