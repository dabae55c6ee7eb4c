/*
 * t_rt_types.c - the sizes and values that RT-Thread programs assume (lwp.md row
 * K-15); most of it by the compiler.
 *
 * run: cpus=1
 */
#include "tests/user/lib/tap.h"

#include <lwp.h>
#include <rtthread.h>

#define IS(a, b) _Static_assert((a) == (b), #a " is " #b)
#define IS_SIGNED(type) _Static_assert((type)-1 < 0, #type " is signed")
#define IS_UNSIGNED(type) _Static_assert((type)-1 > 0, #type " is unsigned")

IS(sizeof(rt_int8_t), 1);
IS(sizeof(rt_int16_t), 2);
IS(sizeof(rt_int32_t), 4);
IS(sizeof(rt_int64_t), 8);
IS(sizeof(rt_uint8_t), 1);
IS(sizeof(rt_uint16_t), 2);
IS(sizeof(rt_uint32_t), 4);
IS(sizeof(rt_uint64_t), 8);
IS_SIGNED(rt_int8_t);
IS_SIGNED(rt_int16_t);
IS_SIGNED(rt_int32_t);
IS_SIGNED(rt_int64_t);
IS_UNSIGNED(rt_uint8_t);
IS_UNSIGNED(rt_uint16_t);
IS_UNSIGNED(rt_uint32_t);
IS_UNSIGNED(rt_uint64_t);

IS(sizeof(rt_base_t), sizeof(void *));
IS(sizeof(rt_ubase_t), sizeof(void *));
IS(sizeof(rt_err_t), sizeof(long));
IS(sizeof(rt_size_t), sizeof(size_t));
IS(sizeof(rt_ssize_t), sizeof(long));
IS(sizeof(rt_off_t), sizeof(long));
IS(sizeof(rt_flag_t), sizeof(long));
IS(sizeof(rt_tick_t), 4);
IS(sizeof(rt_bool_t), 4);
IS_SIGNED(rt_base_t);
IS_UNSIGNED(rt_ubase_t);
IS_SIGNED(rt_err_t);
IS_UNSIGNED(rt_size_t);
IS_UNSIGNED(rt_tick_t);
IS_SIGNED(rt_bool_t);
_Static_assert(_Generic((rt_base_t)0, long: 1, default: 0), "base is long");
_Static_assert(_Generic((rt_err_t)0, long: 1, default: 0), "err is long");
_Static_assert(_Generic((rt_bool_t)0, int: 1, default: 0), "bool is int");
_Static_assert(_Generic((rt_tick_t)0, uint32_t: 1, default: 0), "tick");

IS(RT_TRUE, 1);
IS(RT_FALSE, 0);
IS(RT_EOK, 0);
IS(RT_ERROR, 1);
IS(RT_ETIMEOUT, 2);
IS(RT_EFULL, 3);
IS(RT_EEMPTY, 4);
IS(RT_ENOMEM, 5);
IS(RT_ENOSYS, 6);
IS(RT_EBUSY, 7);
IS(RT_EIO, 8);
IS(RT_EINTR, 9);
IS(RT_EINVAL, 10);
IS(RT_WAITING_FOREVER, -1);
IS(RT_WAITING_NO, 0);
IS(RT_IPC_FLAG_FIFO, 0);
IS(RT_IPC_FLAG_PRIO, 1);
IS(RT_EVENT_FLAG_AND, 1);
IS(RT_EVENT_FLAG_OR, 2);
IS(RT_EVENT_FLAG_CLEAR, 4);
IS(RT_TIMER_FLAG_ONE_SHOT, 0);
IS(RT_TIMER_FLAG_PERIODIC, 2);
IS(RT_TIMER_FLAG_HARD_TIMER, 0);
IS(RT_TIMER_FLAG_SOFT_TIMER, 4);
IS(RT_TICK_PER_SECOND, 1000);
IS(RT_THREAD_PRIORITY_MAX, 32);
IS(RT_Object_Class_Semaphore, 2);
IS(RT_Object_Class_MessageQueue, 6);

IS(RT_CHANNEL_RAW, 0);
IS(RT_CHANNEL_BUFFER, 1);
IS(RT_CHANNEL_FD, 2);
IS(sizeof(struct rt_channel_msg), 32);
IS(offsetof(struct rt_channel_msg, sender), 0);
IS(offsetof(struct rt_channel_msg, type), 8);
IS(offsetof(struct rt_channel_msg, u.b.buf), 16);
IS(offsetof(struct rt_channel_msg, u.b.length), 24);
IS(offsetof(struct rt_channel_msg, u.fd.file), 16);
IS(offsetof(struct rt_channel_msg, u.fd.fd), 24);
IS(offsetof(struct rt_channel_msg, u.d), 16);

IS(offsetof(struct rt_user_ipc, type), 0);
IS(sizeof(struct rt_semaphore), sizeof(struct rt_user_ipc));
IS(sizeof(struct rt_mutex), sizeof(struct rt_user_ipc));
IS(sizeof(struct rt_event), sizeof(struct rt_user_ipc));
IS(sizeof(struct rt_mailbox), sizeof(struct rt_user_ipc));
IS(sizeof(struct rt_messagequeue), sizeof(struct rt_user_ipc));

/* What the kernel says of it. */
static int name_length(const char *path, const char *name)
{
    char line[200];
    int length = -1;
    char *found;
    FILE *file = fopen(path, "r");

    CHECK(file);
    while (fgets(line, sizeof(line), file)) {
        found = strstr(line, name);
        if (found)
            length = (int)strcspn(found, " \t\n");
    }
    fclose(file);
    return length;
}

TEST("K-15 types and constants; names have the room that the kernel gives them")
{
    const char *name = "abcdefghijklmnopqrstuvwxyz0123456789";

    CHECK(rt_sem_create(name, 0, RT_IPC_FLAG_FIFO));
    CHECK_EQ(name_length("/proc/rtobjects", "abc"), RT_NAME_MAX - 1);
    CHECK(RT_NULL == NULL && O_CREAT != 0);
}
