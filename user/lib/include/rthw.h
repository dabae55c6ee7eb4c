/* rthw.h - where programs look for rt_hw_* (rtthread/critical.h). */
#pragma once

#include <rtthread.h>
