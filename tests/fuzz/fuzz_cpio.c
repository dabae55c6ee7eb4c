/*
 * fuzz_cpio.c - initramfs images.
 * sources: kernel/lib/cpio.c
 */
#include "fuzz.h"

#include <string.h>

#include "kernel/lib/assert.h"
#include "kernel/lib/cpio.h"
#include "kernel/lib/errno.h"

static void check_entry(const struct cpio_reader *reader,
                        const struct cpio_entry *entry)
{
    const u8 *end = reader->base + reader->size;
    const u8 *name = (const u8 *)entry->name;
    size_t length = strlen(entry->name);

    assert(name >= reader->base && name + length < end);
    assert(length > 0 && length < CPIO_NAME_MAX);
    assert(entry->data >= reader->base && entry->data <= end);
    assert(entry->size <= (size_t)(end - entry->data));
    assert(reader->offset <= reader->size);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct cpio_reader reader;
    struct cpio_entry entry, first;
    size_t before = 0;
    int result, links = 0;

    cpio_open(&reader, data, size);
    while ((result = cpio_next(&reader, &entry)) == 1) {
        check_entry(&reader, &entry);
        assert(reader.offset > before);     /* so it comes to an end */
        before = reader.offset;
        /* A walk of its own each time; a few show what there is to see. */
        if (entry.nlink > 1 && links++ < 16 &&
            cpio_find_link(&reader, &entry, &first)) {
            check_entry(&reader, &first);
            assert(first.ino == entry.ino && first.name < entry.name);
        }
    }
    assert(result == 0 || result == -EINVAL);
    assert((result < 0) == (reader.error != NULL));
    assert(cpio_next(&reader, &entry) == result);
    return 0;
}
