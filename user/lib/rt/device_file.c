/* device_file.c - the files of /dev as devices. */
#include "user/lib/lwp/result.h"
#include "user/lib/rt/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR      512l                /* bytes of a block device's block */
#define SECTORS_MAX (SIZE_MAX / 2 / SECTOR)

/* The RT-Thread code of the call that failed. */
static rt_err_t failed(void)
{
    return __lwp_result(-errno);
}

static int open_path(const char *name, int mode)
{
    char path[sizeof("/dev/") + RT_NAME_MAX];

    snprintf(path, sizeof(path), "/dev/%s", name);
    return open(path, mode | O_CLOEXEC | O_NOCTTY);
}

/* What is asked for; with nothing asked for, what can be had. */
static int open_file(const char *name, int oflag)
{
    static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR };
    int fd = open_path(name, modes[oflag & RT_DEVICE_OFLAG_RDWR]);

    if (fd < 0 && errno == EACCES && !(oflag & RT_DEVICE_OFLAG_RDWR))
        fd = open_path(name, O_RDONLY);
    return fd;
}

/* For the first time, or with more rights than before. */
static rt_err_t file_open(rt_device_t dev, rt_uint16_t oflag)
{
    int have = dev->open_flag & RT_DEVICE_OFLAG_RDWR;
    int want = oflag & RT_DEVICE_OFLAG_RDWR;
    int fd;

    if (dev->ref_count && (want & ~have) == 0)
        return RT_EOK;
    fd = open_file(dev->name, have | want);
    if (fd < 0)
        return failed();
    if (dev->fd < 0) {
        dev->fd = fd;
        return RT_EOK;
    }
    dup3(fd, dev->fd, O_CLOEXEC);       /* others go on with it */
    close(fd);
    return RT_EOK;
}

static rt_err_t file_close(rt_device_t dev)
{
    int fd = dev->fd;

    dev->fd = -1;
    return close(fd) ? failed() : RT_EOK;
}

/* Bytes, or an error, as what rt_device_read() tells. */
static rt_ssize_t in_units(rt_device_t dev, rt_ssize_t bytes)
{
    if (bytes < 0)
        return failed();
    return dev->type == RT_Device_Class_Block ? bytes / SECTOR : bytes;
}

static rt_ssize_t file_read(rt_device_t dev, rt_off_t pos, void *buffer,
                            rt_size_t size)
{
    if (dev->type != RT_Device_Class_Block)
        return in_units(dev, read(dev->fd, buffer, size));
    if (size > SECTORS_MAX)
        return __lwp_result(-EINVAL);
    return in_units(dev, pread(dev->fd, buffer, size * SECTOR, pos * SECTOR));
}

static rt_ssize_t file_write(rt_device_t dev, rt_off_t pos, const void *buffer,
                             rt_size_t size)
{
    if (dev->type != RT_Device_Class_Block)
        return in_units(dev, write(dev->fd, buffer, size));
    if (size > SECTORS_MAX)
        return __lwp_result(-EINVAL);
    return in_units(dev, pwrite(dev->fd, buffer, size * SECTOR, pos * SECTOR));
}

static rt_err_t file_control(rt_device_t dev, int cmd, void *args)
{
    return ioctl(dev->fd, cmd, args) < 0 ? failed() : RT_EOK;
}

static const struct rt_device_ops file_ops = {
    .open = file_open,
    .close = file_close,
    .read = file_read,
    .write = file_write,
    .control = file_control,
};

/* A plain name: not up and out of /dev. */
static int is_device(const char *name, struct stat *st)
{
    char path[sizeof("/dev/") + RT_NAME_MAX];

    if (!*name || *name == '.' || strstr(name, "/.") ||
        strlen(name) >= RT_NAME_MAX)
        return 0;
    snprintf(path, sizeof(path), "/dev/%s", name);
    return !stat(path, st) && (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode));
}

struct rt_device *__rt_device_file(const char *name)
{
    struct rt_device *dev;
    struct stat st;

    if (!is_device(name, &st))
        return NULL;
    dev = calloc(1, sizeof(*dev));
    if (!dev)
        return NULL;
    dev->type = S_ISBLK(st.st_mode) ? RT_Device_Class_Block
                                    : RT_Device_Class_Char;
    dev->flag = RT_DEVICE_FLAG_RDWR;
    dev->ops = &file_ops;
    dev->fd = -1;
    return dev;
}

void __rt_device_file_free(struct rt_device *dev)
{
    free(dev);
}

int __rt_device_is_file(const struct rt_device *dev)
{
    return dev->ops == &file_ops;
}
