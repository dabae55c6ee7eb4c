/*
 * weather.c - a small program in the manner of RT-Thread's samples.
 *
 * A timer says that it is time to measure. The sensor thread then takes an
 * empty record, fills it and posts its address to a mailbox; the display
 * thread prints what it finds there and gives the record back. A semaphore
 * counts the empty records: where the display is slow, the sensor waits.
 *
 * Nothing in this file is Larch's own. docs/porting-rtthread.md tells how it
 * was brought here.
 */
#include <rtthread.h>

#define RECORDS      3
#define MEASUREMENTS 12
#define PERIOD       rt_tick_from_millisecond(10)

struct record {
    rt_uint32_t number;
    rt_int32_t tenths;                  /* of a degree */
};

static struct record records[RECORDS];
static struct rt_semaphore due;         /* the timer releases it */
static struct rt_semaphore empty;       /* as many as there are records */
static struct rt_mailbox mailbox;
static rt_ubase_t mail[RECORDS + 1];    /* and one that says: no more */
static rt_sem_t done;
static rt_timer_t timer;

static void on_timer(void *parameter)
{
    rt_sem_release(&due);
}

static rt_int32_t measure(rt_uint32_t number)
{
    return 215 - (rt_int32_t)(number * number) % 40;
}

static void sensor_entry(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < MEASUREMENTS; i++) {
        struct record *record = &records[i % RECORDS];

        rt_sem_take(&due, RT_WAITING_FOREVER);
        rt_sem_take(&empty, RT_WAITING_FOREVER);
        record->number = i;
        record->tenths = measure(i);
        rt_mb_send(&mailbox, (rt_ubase_t)record);
    }
    rt_mb_send(&mailbox, 0);
}

static void display_entry(void *parameter)
{
    rt_ubase_t letter;

    while (rt_mb_recv(&mailbox, &letter, RT_WAITING_FOREVER) == RT_EOK &&
           letter != 0) {
        struct record *record = (struct record *)letter;

        rt_kprintf("measurement %2d: %d.%d degrees\n", record->number,
                   record->tenths / 10, record->tenths % 10);
        if (record->number == 4)
            rt_thread_mdelay(80);       /* the sensor has to wait for this */
        rt_sem_release(&empty);
    }
    rt_sem_release(done);
}

static int start(void)
{
    rt_thread_t sensor, display;

    rt_sem_init(&due, "due", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&empty, "empty", RECORDS, RT_IPC_FLAG_FIFO);
    rt_mb_init(&mailbox, "mail", mail, RECORDS + 1, RT_IPC_FLAG_FIFO);
    done = rt_sem_create("done", 0, RT_IPC_FLAG_PRIO);
    timer = rt_timer_create("measure", on_timer, RT_NULL, PERIOD,
                            RT_TIMER_FLAG_PERIODIC | RT_TIMER_FLAG_SOFT_TIMER);
    sensor = rt_thread_create("sensor", sensor_entry, RT_NULL, 1024, 20, 10);
    display = rt_thread_create("display", display_entry, RT_NULL, 1024, 22, 10);
    if (done == RT_NULL || timer == RT_NULL || sensor == RT_NULL ||
        display == RT_NULL)
        return -RT_ENOMEM;

    rt_thread_startup(display);
    rt_thread_startup(sensor);
    return rt_timer_start(timer);
}

int main(void)
{
    if (start() != RT_EOK) {
        rt_kprintf("weather: no memory\n");
        return 1;
    }
    rt_sem_take(done, RT_WAITING_FOREVER);

    rt_timer_delete(timer);
    rt_sem_delete(done);
    rt_mb_detach(&mailbox);
    rt_sem_detach(&empty);
    rt_sem_detach(&due);
    rt_kprintf("%d measurements shown\n", MEASUREMENTS);
    return 0;
}
