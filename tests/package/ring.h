/* ring.h - a package as they are written for RT-Thread: a byte ring. */
#ifndef __RING_H__
#define __RING_H__

#include <rtthread.h>

struct ring
{
    rt_uint8_t *pool;
    rt_size_t size, head, tail;
    rt_list_t list;
    char name[RT_NAME_MAX];
};
typedef struct ring *ring_t;

ring_t ring_create(const char *name, rt_size_t size);
void ring_delete(ring_t ring);
rt_err_t ring_put(ring_t ring, rt_uint8_t byte);
rt_err_t ring_get(ring_t ring, rt_uint8_t *byte);
ring_t ring_find(const char *name);

#endif
