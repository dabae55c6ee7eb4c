/*
 * devices.h - what the files of devices share: device.c has the list of them and
 * the functions for programs, device_file.c the files of /dev.
 */
#pragma once

#include <rtthread/device.h>

/* A device for /dev/name, not registered yet; NULL: there is none. Its functions
 * are set. */
struct rt_device *__rt_device_file(const char *name);
void __rt_device_file_free(struct rt_device *dev);

/* Whether it is one of those. */
int __rt_device_is_file(const struct rt_device *dev);
