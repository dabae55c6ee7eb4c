/* rtdevice.h - where drivers look for rt_device_* (rtthread/device.h). */
#pragma once

#include <rtthread.h>
