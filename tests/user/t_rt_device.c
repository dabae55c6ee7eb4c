/*
 * t_rt_device.c - RT-Thread's devices: files of /dev, and the program's own
 * (lwp.md rows K-10, I-15).
 *
 * run: cpus=1,4
 */
#include "tests/user/lib/child.h"
#include "tests/user/lib/rt.h"

#include <fcntl.h>
#include <rtdevice.h>
#include <sys/ioctl.h>

/* --- files ---------------------------------------------------------------- */

TEST("K-10 I-15 /dev/zero and /dev/null: find, open, read, write, close")
{
    rt_device_t zero = rt_device_find("zero"), null = rt_device_find("null");
    char buf[64];

    CHECK(zero && null && zero != null);
    CHECK(rt_device_find("zero") == zero);
    CHECK_EQ(zero->type, RT_Device_Class_Char);
    CHECK_EQ(rt_device_open(zero, RT_DEVICE_OFLAG_RDWR), RT_EOK);
    memset(buf, 1, sizeof(buf));
    CHECK_EQ(rt_device_read(zero, 0, buf, 63), 63);
    CHECK(buf[0] == 0 && buf[62] == 0 && buf[63] == 1);
    CHECK_EQ(rt_device_open(null, RT_DEVICE_OFLAG_RDWR), RT_EOK);
    CHECK_EQ(rt_device_write(null, 0, buf, 64), 64);
    rt_set_errno(-RT_ERROR);
    CHECK_EQ(rt_device_read(null, 0, buf, 64), 0);
    CHECK_EQ(rt_get_errno(), RT_EOK);   /* the end, not an error */
    CHECK_EQ(rt_device_close(zero), RT_EOK);
    CHECK_EQ(rt_device_close(null), RT_EOK);
}

TEST("K-10 each open wants a close; then it is closed, and no fd is left")
{
    rt_device_t zero = rt_device_find("zero");
    int fd = open("/dev/null", O_RDONLY);
    char c = 5;

    CHECK(close(fd) == 0);
    RT_FAILS(rt_device_close(zero), RT_ERROR);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(rt_device_open(zero, RT_DEVICE_OFLAG_RDONLY), RT_EOK);
    CHECK_EQ(zero->ref_count, 3);
    CHECK_EQ(rt_device_write(zero, 0, &c, 1), 0);
    CHECK(rt_get_errno() < 0);
    CHECK_EQ(rt_device_open(zero, RT_DEVICE_OFLAG_WRONLY), RT_EOK);
    CHECK_EQ(rt_device_write(zero, 0, &c, 1), 1);
    CHECK_EQ(rt_device_read(zero, 0, &c, 1), 1);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(rt_device_close(zero), RT_EOK);
    RT_FAILS(rt_device_close(zero), RT_ERROR);
    CHECK_EQ(rt_device_read(zero, 0, &c, 1), 0);
    CHECK_EQ(rt_get_errno(), -RT_ERROR);
    CHECK_EQ(open("/dev/null", O_RDONLY), fd);
}

TEST("K-10 control is an ioctl; one that it does not know is -RT_ENOSYS")
{
    rt_device_t tty = rt_device_find("console"), null = rt_device_find("null");
    struct winsize size;

    CHECK(tty && null);
    CHECK_EQ(rt_device_open(tty, 0), RT_EOK);
    CHECK_EQ(rt_device_control(tty, TIOCGWINSZ, &size), RT_EOK);
    CHECK_EQ(rt_device_control(tty, TIOCGWINSZ, (void *)16), -EFAULT);
    CHECK_EQ(rt_device_open(null, 0), RT_EOK);
    RT_FAILS(rt_device_control(null, TIOCGWINSZ, &size), RT_ENOSYS);
    RT_FAILS(rt_device_set_rx_indicate(null, NULL), RT_ENOSYS);
}

TEST("K-10 what is no device file is not found, nor what lies outside /dev")
{
    CHECK(!rt_device_find("nothing"));
    CHECK(!rt_device_find(""));
    CHECK(!rt_device_find("."));
    CHECK(!rt_device_find("../bin/sh"));
    CHECK(!rt_device_find("shm/../null"));
    CHECK(!rt_device_find("shm"));
    CHECK(!rt_device_find("a-name-that-is-longer-than-a-name-can-be"));
    CHECK(!rt_device_find(NULL));
}

/* --- forged handles ------------------------------------------------------- */

TEST("I-15 K-10 no handle but a device's is taken, wherever it points")
{
    static struct rt_device never, look_alike;
    rt_device_t zero = rt_device_find("zero");
    rt_device_t forged[] = {
        NULL, &never, &look_alike, (rt_device_t)16, (rt_device_t)-8ul,
        (rt_device_t)0xffffffff80000000ul, (rt_device_t)((char *)zero + 8),
    };
    char c;

    look_alike = *zero;
    for (size_t i = 0; i < sizeof(forged) / sizeof(*forged); i++) {
        RT_FAILS(rt_device_init(forged[i]), RT_EIO);
        RT_FAILS(rt_device_open(forged[i], 0), RT_EIO);
        RT_FAILS(rt_device_close(forged[i]), RT_EIO);
        RT_FAILS(rt_device_control(forged[i], 0, NULL), RT_EIO);
        RT_FAILS(rt_device_unregister(forged[i]), RT_EIO);
        CHECK_EQ(rt_device_read(forged[i], 0, &c, 1), 0);
        CHECK_EQ(rt_get_errno(), -RT_EIO);
        CHECK_EQ(rt_device_write(forged[i], 0, &c, 1), 0);
        CHECK_EQ(rt_get_errno(), -RT_EIO);
    }
    RT_FAILS(rt_device_unregister(zero), RT_EIO);
}

/* --- the program's own ---------------------------------------------------- */

static int inits, opens, closes;
static char memory[16];
static rt_err_t open_result;

static rt_err_t ram_init(rt_device_t dev)
{
    (void)dev;
    inits++;
    return RT_EOK;
}

static rt_err_t ram_open(rt_device_t dev, rt_uint16_t oflag)
{
    (void)dev;
    (void)oflag;
    opens++;
    return open_result;
}

static rt_err_t ram_close(rt_device_t dev)
{
    (void)dev;
    closes++;
    return RT_EOK;
}

static rt_ssize_t ram_read(rt_device_t dev, rt_off_t pos, void *buffer,
                           rt_size_t size)
{
    (void)dev;
    memcpy(buffer, memory + pos, size);
    return size;
}

static rt_ssize_t ram_write(rt_device_t dev, rt_off_t pos, const void *buffer,
                            rt_size_t size)
{
    memcpy(memory + pos, buffer, size);
    if (dev->rx_indicate)
        dev->rx_indicate(dev, size);
    return size;
}

static rt_err_t ram_control(rt_device_t dev, int cmd, void *args)
{
    (void)dev;
    *(int *)args = cmd + 1;
    return cmd == 7 ? -RT_EBUSY : RT_EOK;
}

static const struct rt_device_ops ram_ops = {
    ram_init, ram_open, ram_close, ram_read, ram_write, ram_control,
};

static rt_size_t indicated;

static rt_err_t indicate(rt_device_t dev, rt_size_t size)
{
    (void)dev;
    indicated = size;
    return RT_EOK;
}

/* The same device, its functions in a table or one by one. */
static void use_ram(struct rt_device *ram)
{
    char buf[4];
    int answer;

    CHECK_EQ(rt_device_register(ram, "ram", RT_DEVICE_FLAG_RDWR), RT_EOK);
    CHECK(rt_device_find("ram") == ram);
    CHECK_EQ(rt_device_open(ram, RT_DEVICE_OFLAG_RDWR), RT_EOK);
    CHECK_EQ(rt_device_open(ram, RT_DEVICE_OFLAG_RDWR), RT_EOK);
    CHECK_EQ(rt_device_init(ram), RT_EOK);
    CHECK_EQ(inits, 1);
    CHECK_EQ(rt_device_set_rx_indicate(ram, indicate), RT_EOK);
    CHECK_EQ(rt_device_write(ram, 3, "abc", 3), 3);
    CHECK_EQ(indicated, 3);
    CHECK_EQ(rt_device_read(ram, 4, buf, 2), 2);
    CHECK(!memcmp(buf, "bc", 2));
    CHECK_EQ(rt_device_control(ram, 41, &answer), RT_EOK);
    CHECK_EQ(answer, 42);
    RT_FAILS(rt_device_control(ram, 7, &answer), RT_EBUSY);
    RT_FAILS(rt_device_unregister(ram), RT_EBUSY);
    CHECK_EQ(rt_device_close(ram), RT_EOK);
    CHECK_EQ(closes, 0);
    CHECK_EQ(rt_device_close(ram), RT_EOK);
    CHECK_EQ(closes, 1);
    CHECK_EQ(rt_device_unregister(ram), RT_EOK);
    CHECK(!rt_device_find("ram"));
    RT_FAILS(rt_device_open(ram, 0), RT_EIO);
    inits = opens = closes = 0;
    indicated = 0;
}

TEST("K-10 a device of the program's: by a table of functions, or one by one")
{
    static struct rt_device by_ops = { .ops = &ram_ops };
    static struct rt_device by_fields = {
        .init = ram_init, .open = ram_open, .close = ram_close,
        .read = ram_read, .write = ram_write, .control = ram_control,
    };

    use_ram(&by_ops);
    use_ram(&by_fields);
}

TEST("K-10 names are taken once; what a device refuses or lacks is told")
{
    static struct rt_device one = { .ops = &ram_ops }, two, alone;
    char c;

    CHECK_EQ(rt_device_register(&one, "one", RT_DEVICE_FLAG_RDWR), RT_EOK);
    RT_FAILS(rt_device_register(&two, "one", 0), RT_ERROR);
    RT_FAILS(rt_device_register(&one, "uno", 0), RT_ERROR);
    RT_FAILS(rt_device_register(NULL, "none", 0), RT_ERROR);
    RT_FAILS(rt_device_register(&two, NULL, 0), RT_ERROR);
    open_result = -RT_EBUSY;
    RT_FAILS(rt_device_open(&one, 0), RT_EBUSY);
    CHECK_EQ(one.ref_count, 0);
    CHECK_EQ(rt_device_register(&two, "two", 0), RT_EOK);
    CHECK_EQ(rt_device_open(&two, 0), RT_EOK);
    CHECK_EQ(rt_device_read(&two, 0, &c, 1), 0);
    CHECK_EQ(rt_get_errno(), -RT_ENOSYS);
    CHECK_EQ(rt_device_write(&two, 0, &c, 1), 0);
    CHECK_EQ(rt_get_errno(), -RT_ENOSYS);
    RT_FAILS(rt_device_control(&two, 1, NULL), RT_ENOSYS);
    CHECK_EQ(rt_device_register(&alone, "alone", RT_DEVICE_FLAG_STANDALONE),
             RT_EOK);
    CHECK_EQ(rt_device_open(&alone, 0), RT_EOK);
    RT_FAILS(rt_device_open(&alone, 0), RT_EBUSY);
}

static volatile bool is_opening;

static rt_err_t slow_open(rt_device_t dev, rt_uint16_t oflag)
{
    (void)dev;
    (void)oflag;
    is_opening = true;
    rt_thread_mdelay(50);
    return RT_EOK;
}

static void unregister(void *dev)
{
    RT_UNTIL(is_opening);
    RT_FAILS(rt_device_unregister(dev), RT_EBUSY);
    is_opening = false;
}

TEST("K-10 a device that is being opened is not taken back")
{
    static struct rt_device slow = { .open = slow_open };

    CHECK_EQ(rt_device_register(&slow, "slow", 0), RT_EOK);
    rt_go(unregister, &slow, 5);
    CHECK_EQ(rt_device_open(&slow, 0), RT_EOK);
    RT_UNTIL(!is_opening);
    CHECK_EQ(rt_device_close(&slow), RT_EOK);
    CHECK_EQ(rt_device_unregister(&slow), RT_EOK);
}

static volatile int done;

static void open_and_close(void *dev)
{
    for (int i = 0; i < 300; i++) {
        char c = 1;

        CHECK_EQ(rt_device_open(dev, RT_DEVICE_OFLAG_RDONLY), RT_EOK);
        CHECK_EQ(rt_device_read(dev, 0, &c, 1), 1);
        CHECK_EQ(c, 0);
        CHECK_EQ(rt_device_close(dev), RT_EOK);
    }
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
}

TEST("K-10 four threads open, read and close one device")
{
    rt_device_t zero = rt_device_find("zero");

    for (int i = 0; i < 4; i++)
        rt_go(open_and_close, zero, 20);
    RT_UNTIL(done == 4);
    CHECK_EQ(zero->ref_count, 0);
}
