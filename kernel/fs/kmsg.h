/* kmsg.h - /dev/kmsg: the kernel's log, record by record. */
#pragma once

#include "kernel/fs/file.h"

extern const struct file_ops kmsg_ops;
