/*
 * cpio.c - the newc walker.  A header is the magic and 13 numbers of 8 hex
 * digits; behind it the name, behind that the data, each padded to 4 bytes
 * counted from the start of the memory range, as Linux does it.
 */
#include "kernel/lib/cpio.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define MAGIC_LENGTH 6
#define FIELD_LENGTH 8
#define TRAILER "TRAILER!!!"

#define MODE_TYPE 0170000u
#define MODE_DIRECTORY 0040000u

/* The numbers in the order of the header. */
enum {
    INO, MODE, UID, GID, NLINK, MTIME, FILESIZE, DEV_MAJOR, DEV_MINOR,
    RDEV_MAJOR, RDEV_MINOR, NAMESIZE, CHECKSUM, FIELDS
};

#define HEADER_LENGTH (MAGIC_LENGTH + FIELDS * FIELD_LENGTH)

void cpio_open(struct cpio_reader *reader, const void *base, size_t size)
{
    *reader = (struct cpio_reader){ .base = base, .size = size };
}

static int refuse(struct cpio_reader *reader, const char *reason)
{
    reader->error = reason;
    return -EINVAL;
}

static bool parse_hex(const u8 *digits, u32 *value)
{
    *value = 0;
    for (int i = 0; i < FIELD_LENGTH; i++) {
        u8 c = digits[i], lower = c | 0x20;
        unsigned digit;

        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if (lower >= 'a' && lower <= 'f')
            digit = lower - 'a' + 10;
        else
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

/* Move over zero bytes between archives; false at the end of the range. */
static bool skip_padding(struct cpio_reader *reader)
{
    while (reader->offset < reader->size && reader->base[reader->offset] == 0)
        reader->offset++;
    return reader->offset < reader->size;
}

/* What stands here instead of a header, for the message. */
static const char *describe_magic(const u8 *p)
{
    if (p[0] == 0x1f && p[1] == 0x8b)
        return "compressed with gzip; only plain cpio is read";
    if (memcmp(p, "\xfd" "7zXZ", 5) == 0)
        return "compressed with xz; only plain cpio is read";
    if (memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
        return "compressed with zstd; only plain cpio is read";
    if (memcmp(p, "070707", MAGIC_LENGTH) == 0)
        return "old portable cpio; make it with cpio -H newc";
    return "no cpio header (magic 070701) here";
}

static int read_header(struct cpio_reader *reader, u32 field[FIELDS],
                       bool *has_checksum)
{
    const u8 *p = reader->base + reader->offset;

    if (reader->size - reader->offset < HEADER_LENGTH)
        return refuse(reader, "ends within a header");
    *has_checksum = memcmp(p, "070702", MAGIC_LENGTH) == 0;
    if (!*has_checksum && memcmp(p, "070701", MAGIC_LENGTH) != 0)
        return refuse(reader, describe_magic(p));
    if (reader->offset % 4 != 0)
        return refuse(reader, "header is not aligned to 4 bytes");
    p += MAGIC_LENGTH;
    for (int i = 0; i < FIELDS; i++, p += FIELD_LENGTH)
        if (!parse_hex(p, &field[i]))
            return refuse(reader, "header number is not hexadecimal");
    return 0;
}

/* Take `length` bytes and their padding; NULL if they are not all there. */
static const u8 *take(struct cpio_reader *reader, size_t *offset, u32 length)
{
    const u8 *start = reader->base + *offset;

    if (length > reader->size - *offset)
        return NULL;
    /* The very last padding may be cut off with the end of the range. */
    *offset = MIN(ALIGN_UP(*offset + length, 4), reader->size);
    return start;
}

static bool checksum_matches(const struct cpio_entry *entry, u32 expected)
{
    u32 sum = 0;

    for (u32 i = 0; i < entry->size; i++)
        sum += entry->data[i];
    return sum == expected;
}

static int read_name(struct cpio_reader *reader, size_t *offset, u32 length,
                     struct cpio_entry *entry)
{
    if (length < 2 || length > CPIO_NAME_MAX)
        return refuse(reader, "name is empty or too long");
    const u8 *name = take(reader, offset, length);
    if (name == NULL)
        return refuse(reader, "ends within a name");
    if (memchr(name, '\0', length) != name + length - 1)
        return refuse(reader, "name is not terminated at its end");
    entry->name = (const char *)name;
    return 0;
}

/* Read the entry at reader->offset, which on success moves behind it. */
static int read_entry(struct cpio_reader *reader, struct cpio_entry *entry)
{
    size_t offset = reader->offset + HEADER_LENGTH;
    u32 field[FIELDS];
    bool has_checksum;

    int error = read_header(reader, field, &has_checksum);
    if (error < 0)
        return error;
    *entry = (struct cpio_entry){
        .size = field[FILESIZE],
        .ino = field[INO], .mode = field[MODE],
        .uid = field[UID], .gid = field[GID],
        .nlink = field[NLINK], .mtime = field[MTIME],
        .dev_major = field[DEV_MAJOR], .dev_minor = field[DEV_MINOR],
        .rdev_major = field[RDEV_MAJOR], .rdev_minor = field[RDEV_MINOR],
    };
    error = read_name(reader, &offset, field[NAMESIZE], entry);
    if (error < 0)
        return error;
    entry->data = take(reader, &offset, entry->size);
    if (entry->data == NULL)
        return refuse(reader, "ends within a file's data");
    if (has_checksum && !checksum_matches(entry, field[CHECKSUM]))
        return refuse(reader, "checksum of a file is wrong");
    reader->offset = offset;
    return 1;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
    for (;;) {
        if (!reader->inside) {
            if (!skip_padding(reader))
                return 0;
            reader->archive = reader->offset;
        }
        if (reader->offset == reader->size)
            return refuse(reader, "ends without a trailer");
        int result = read_entry(reader, entry);
        if (result < 0)
            return result;
        reader->inside = strcmp(entry->name, TRAILER) != 0;
        if (reader->inside)
            return result;
    }
}

bool cpio_find_link(const struct cpio_reader *reader,
                    const struct cpio_entry *entry, struct cpio_entry *first)
{
    struct cpio_reader again = *reader;

    if (entry->nlink < 2 || (entry->mode & MODE_TYPE) == MODE_DIRECTORY)
        return false;
    again.offset = reader->archive;
    while (cpio_next(&again, first) == 1 && first->name != entry->name)
        if (first->ino == entry->ino &&
            first->dev_major == entry->dev_major &&
            first->dev_minor == entry->dev_minor)
            return true;
    return false;
}
