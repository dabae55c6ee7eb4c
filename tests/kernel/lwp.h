/*
 * lwp.h - for programs compiled into the kernel: its own door to channels and
 * segments, with the results that programs know.
 */
#pragma once

#include "kernel/fs/fcntl.h"
#include "lwp/ipc.h"
#include "lwp/shm.h"

static inline int program_result(int result)
{
    return result < 0 ? -1 : result;
}

#define rt_channel_open(name, flags) \
    program_result(rt_raw_channel_open(name, flags))
#define rt_channel_close rt_raw_channel_close
#define rt_channel_send_recv rt_raw_channel_send_recv

#define lwp_shmget(key, size, create) \
    program_result(lwp_shmget(key, size, create))
