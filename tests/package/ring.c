#include <rthw.h>
#include "ring.h"

static rt_list_t _rings = RT_LIST_OBJECT_INIT(_rings);

ring_t ring_create(const char *name, rt_size_t size)
{
    rt_base_t level;
    ring_t ring = (ring_t)rt_calloc(1, sizeof(struct ring));

    RT_ASSERT(size > 0);
    if (ring == RT_NULL)
        return RT_NULL;
    ring->size = RT_ALIGN(size + 1, RT_ALIGN_SIZE);
    ring->pool = rt_malloc(ring->size);
    if (ring->pool == RT_NULL)
    {
        rt_free(ring);
        return RT_NULL;
    }
    rt_strncpy(ring->name, name, RT_NAME_MAX - 1);
    level = rt_hw_interrupt_disable();
    rt_list_insert_after(&_rings, &ring->list);
    rt_hw_interrupt_enable(level);
    return ring;
}
RTM_EXPORT(ring_create);

void ring_delete(ring_t ring)
{
    rt_base_t level = rt_hw_interrupt_disable();

    rt_list_remove(&ring->list);
    rt_hw_interrupt_enable(level);
    rt_free(ring->pool);
    rt_free(ring);
}

rt_err_t ring_put(ring_t ring, rt_uint8_t byte)
{
    rt_base_t level = rt_hw_interrupt_disable();
    rt_size_t next = (ring->head + 1) % ring->size;
    rt_err_t result = -RT_EFULL;

    if (next != ring->tail)
    {
        ring->pool[ring->head] = byte;
        ring->head = next;
        result = RT_EOK;
    }
    rt_hw_interrupt_enable(level);
    return result;
}

rt_err_t ring_get(ring_t ring, rt_uint8_t *byte)
{
    rt_base_t level = rt_hw_interrupt_disable();
    rt_err_t result = -RT_EEMPTY;

    if (ring->tail != ring->head)
    {
        *byte = ring->pool[ring->tail];
        ring->tail = (ring->tail + 1) % ring->size;
        result = RT_EOK;
    }
    rt_hw_interrupt_enable(level);
    return result;
}

ring_t ring_find(const char *name)
{
    struct rt_list_node *node;

    rt_list_for_each(node, &_rings)
    {
        ring_t ring = rt_list_entry(node, struct ring, list);
        if (rt_strncmp(ring->name, name, RT_NAME_MAX) == 0)
            return ring;
    }
    return RT_NULL;
}
