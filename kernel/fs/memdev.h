/* memdev.h - devices that are only memory: null, zero, full, random, kmsg. */
#pragma once

void memdev_init(void);
