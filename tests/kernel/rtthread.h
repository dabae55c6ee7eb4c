/* rtthread.h - for programs compiled into the kernel: what ping asks for. */
#pragma once

#include "kernel/hart.h"

#define rt_inline static inline
#define RT_NULL NULL

#define rt_thread_self current_thread
