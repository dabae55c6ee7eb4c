/*
 * device.h - devices (lwp.md rows K-10 and I-15): the files of /dev, and those
 * that the program itself makes and registers.  All functions block as long as the
 * device's own do that they call; of a file, as long as open, read, write, close or
 * ioctl(2).
 */
#pragma once

#include <rtdef.h>
#include <rtservice.h>

enum rt_device_class_type {
    RT_Device_Class_Char,
    RT_Device_Class_Block,
    RT_Device_Class_NetIf,
    RT_Device_Class_MTD,
    RT_Device_Class_CAN,
    RT_Device_Class_RTC,
    RT_Device_Class_Sound,
    RT_Device_Class_Graphic,
    RT_Device_Class_Miscellaneous = 16,
    RT_Device_Class_Unknown,
};

/* What a device can do. */
#define RT_DEVICE_FLAG_DEACTIVATE   0x000
#define RT_DEVICE_FLAG_RDONLY       0x001
#define RT_DEVICE_FLAG_WRONLY       0x002
#define RT_DEVICE_FLAG_RDWR         0x003
#define RT_DEVICE_FLAG_REMOVABLE    0x004
#define RT_DEVICE_FLAG_STANDALONE   0x008   /* open only once */
#define RT_DEVICE_FLAG_ACTIVATED    0x010   /* init was called */
#define RT_DEVICE_FLAG_SUSPENDED    0x020
#define RT_DEVICE_FLAG_STREAM       0x040
#define RT_DEVICE_FLAG_INT_RX       0x100
#define RT_DEVICE_FLAG_DMA_RX       0x200
#define RT_DEVICE_FLAG_INT_TX       0x400
#define RT_DEVICE_FLAG_DMA_TX       0x800

/* How it is opened; the flags above STREAM may be added. */
#define RT_DEVICE_OFLAG_CLOSE       0x000
#define RT_DEVICE_OFLAG_RDONLY      0x001
#define RT_DEVICE_OFLAG_WRONLY      0x002
#define RT_DEVICE_OFLAG_RDWR        0x003
#define RT_DEVICE_OFLAG_OPEN        0x008   /* it is open */
#define RT_DEVICE_OFLAG_MASK        0xf0f

/* Commands that all devices may know; each has more of its own. */
#define RT_DEVICE_CTRL_RESUME       0x01
#define RT_DEVICE_CTRL_SUSPEND      0x02
#define RT_DEVICE_CTRL_CONFIG       0x03

struct rt_device;
typedef struct rt_device *rt_device_t;

/* What a device does; each may be RT_NULL.  Their results are those of the
 * functions below that call them. */
struct rt_device_ops {
    rt_err_t (*init)(rt_device_t dev);
    rt_err_t (*open)(rt_device_t dev, rt_uint16_t oflag);
    rt_err_t (*close)(rt_device_t dev);
    rt_ssize_t (*read)(rt_device_t dev, rt_off_t pos, void *buffer,
                       rt_size_t size);
    rt_ssize_t (*write)(rt_device_t dev, rt_off_t pos, const void *buffer,
                        rt_size_t size);
    rt_err_t (*control)(rt_device_t dev, int cmd, void *args);
};

/*
 * A device.  Who makes one fills in `type`, `user_data` and the functions, in
 * `ops` or one by one; those it has not are left RT_NULL.
 */
struct rt_device {
    char name[RT_NAME_MAX];
    rt_uint8_t object_type;             /* RT_Object_Class_Device: registered */
    enum rt_device_class_type type;
    rt_uint16_t flag, open_flag;
    rt_uint8_t ref_count;               /* how often it is open */
    rt_uint8_t device_id;
    rt_err_t (*rx_indicate)(rt_device_t dev, rt_size_t size);
    rt_err_t (*tx_complete)(rt_device_t dev, void *buffer);
    const struct rt_device_ops *ops;    /* goes before those below */
    rt_err_t (*init)(rt_device_t dev);
    rt_err_t (*open)(rt_device_t dev, rt_uint16_t oflag);
    rt_err_t (*close)(rt_device_t dev);
    rt_ssize_t (*read)(rt_device_t dev, rt_off_t pos, void *buffer,
                       rt_size_t size);
    rt_ssize_t (*write)(rt_device_t dev, rt_off_t pos, const void *buffer,
                        rt_size_t size);
    rt_err_t (*control)(rt_device_t dev, int cmd, void *args);
    void *user_data;
    rt_list_t list;                     /* the library's own */
    int fd;                             /* of a file, the library's own */
};

/*
 * Make a device of the caller's known in this process.
 *
 * RT_EOK; -RT_ERROR: RT_NULL, or the name is taken.
 */
rt_err_t rt_device_register(rt_device_t dev, const char *name,
                            rt_uint16_t flags);

/*
 * Take it back; its memory is the caller's again.  Waits for other threads that
 * are opening or closing devices.
 *
 * RT_EOK; -RT_EBUSY: it is open; -RT_EIO.
 */
rt_err_t rt_device_unregister(rt_device_t dev);

/*
 * The device called `name`: of those registered, else the device file
 * /dev/`name`.  RT_NULL if there is none.
 */
rt_device_t rt_device_find(const char *name);

/*
 * Call its init function, unless that was done.  rt_device_open() does it too.
 *
 * RT_EOK; -RT_EIO; what the device's function gives.
 */
rt_err_t rt_device_init(rt_device_t dev);

/*
 * Open it; each open wants a close.  With neither reading nor writing in `oflag`
 * a file is opened for both, or for what it allows.
 *
 * RT_EOK; -RT_EBUSY: it is open, and can be only once; -RT_EIO; -RT_ERROR: the
 * file says no, for the reason in errno; what the device's function gives.
 */
rt_err_t rt_device_open(rt_device_t dev, rt_uint16_t oflag);

/*
 * Close it once.
 *
 * RT_EOK; -RT_ERROR: it is not open; -RT_EIO; what the device's function gives.
 */
rt_err_t rt_device_close(rt_device_t dev);

/*
 * Read `size` bytes at most, of a block device so many blocks of 512 from block
 * `pos` on.  Blocks as the device does.
 *
 * How many were read; 0 at the end, or on an error, which rt_get_errno() says:
 * -RT_EIO, -RT_ERROR: not open; -RT_ENOSYS: it cannot be read; -RT_EINTR.
 */
rt_ssize_t rt_device_read(rt_device_t dev, rt_off_t pos, void *buffer,
                          rt_size_t size);

/* Write, likewise. */
rt_ssize_t rt_device_write(rt_device_t dev, rt_off_t pos, const void *buffer,
                           rt_size_t size);

/*
 * Have it do `cmd`: of a file, an ioctl(2).
 *
 * RT_EOK; -RT_ENOSYS: it knows no commands; -RT_ERROR: not open; -RT_EIO; what
 * the device's function gives.
 */
rt_err_t rt_device_control(rt_device_t dev, int cmd, void *arg);

/*
 * Set what a device of this process calls when bytes came in, and when a buffer
 * went out.
 *
 * RT_EOK; -RT_ENOSYS: a file; -RT_EIO.
 */
rt_err_t rt_device_set_rx_indicate(
    rt_device_t dev, rt_err_t (*rx_indicate)(rt_device_t dev, rt_size_t size));
rt_err_t rt_device_set_tx_complete(
    rt_device_t dev, rt_err_t (*tx_complete)(rt_device_t dev, void *buffer));
