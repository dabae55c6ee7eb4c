#include <rtthread.h>
#include <finsh.h>
#include "ring.h"

#define DBG_TAG "ring"
#define DBG_LVL DBG_INFO
#include <rtdbg.h>

#define THREAD_PRIORITY   25
#define THREAD_STACK_SIZE 512
#define THREAD_TIMESLICE  5

static rt_sem_t done_sem = RT_NULL;
static struct rt_timer blink;
ALIGN(RT_ALIGN_SIZE)
static rt_uint8_t stack[THREAD_STACK_SIZE];
static struct rt_thread consumer;
static int blinks;

static int ring_system_init(void)
{
    return ring_create("system", 32) == RT_NULL ? -RT_ENOMEM : RT_EOK;
}
INIT_APP_EXPORT(ring_system_init);

static void blink_entry(void *parameter)
{
    blinks++;
    if (blinks == 3)
        rt_timer_stop(&blink);
}

static void producer_entry(void *parameter)
{
    ring_t ring = (ring_t)parameter;
    const char *text = "through the ring";

    while (*text)
    {
        while (ring_put(ring, *text) == -RT_EFULL)
            rt_thread_mdelay(1);
        text++;
    }
    ring_put(ring, '\n');
}

static void consumer_entry(void *parameter)
{
    ring_t ring = (ring_t)parameter;
    rt_uint8_t byte = 0;

    while (byte != '\n')
    {
        if (ring_get(ring, &byte) == RT_EOK)
            rt_kprintf("%c", byte);
        else
            rt_thread_delay(rt_tick_from_millisecond(2));
    }
    rt_sem_release(done_sem);
}

int ring_sample(int argc, char *argv[])
{
    rt_thread_t tid;
    ring_t ring = ring_find("system");

    if (ring == RT_NULL)
    {
        LOG_E("no ring");
        return -1;
    }
    done_sem = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    rt_timer_init(&blink, "blink", blink_entry, RT_NULL, 2,
                  RT_TIMER_FLAG_PERIODIC | RT_TIMER_FLAG_SOFT_TIMER);
    rt_timer_start(&blink);
    rt_thread_init(&consumer, "eat", consumer_entry, ring, &stack[0],
                   sizeof(stack), THREAD_PRIORITY, THREAD_TIMESLICE);
    rt_thread_startup(&consumer);
    tid = rt_thread_create("feed", producer_entry, ring, THREAD_STACK_SIZE,
                           THREAD_PRIORITY - 1, THREAD_TIMESLICE);
    if (tid != RT_NULL)
        rt_thread_startup(tid);
    rt_sem_take(done_sem, RT_WAITING_FOREVER);
    while (blinks < 3)
        rt_thread_mdelay(1);
    rt_kprintf("%d blinks, %d argument(s)\n", blinks, argc - 1);
    rt_timer_detach(&blink);
    rt_sem_delete(done_sem);
    LOG_I("%d of %s", (int)ring->size, ring->name);
    LOG_D("not at this level: %p", ring);
    ring_delete(ring);
    return 7;
}
MSH_CMD_EXPORT(ring_sample, a ring between two threads);
