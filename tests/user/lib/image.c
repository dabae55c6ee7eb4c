/* image.c - see image.h. */
#include "tests/user/lib/image.h"

#include <fcntl.h>
#include <sys/stat.h>

#define CODE_OFFSET 0x200
#define INTERP_OFFSET 0x180
#define DATA_OFFSET 0x1000
#define DATA_MEMORY 0x3000              /* with the zeroes behind it */

#define EM_RISCV_NUMBER 243

/*
 * Is IMAGE_MAGIC at the start of the data, and 0 in each of the other words up
 * to DATA_MEMORY?  The data lies IMAGE_DATA - CODE_OFFSET behind the code.
 */
__asm__(
    ".pushsection .rodata\n"
    ".option push\n.option norvc\n"
    ".globl image_code, image_code_end\n"
    "image_code:\n"
    "  auipc t0, 0\n"
    "  li t1, 0x2000 - 0x200\n"
    "  add t0, t0, t1\n"
    "  li t1, 0x3000\n"
    "  add t1, t0, t1\n"
    "  li a0, 24\n"
    "  ld t2, 0(t0)\n"
    "  li t3, 0x4c61726368\n"
    "  bne t2, t3, 2f\n"
    "1: addi t0, t0, 8\n"
    "  beq t0, t1, 3f\n"
    "  ld t2, 0(t0)\n"
    "  beqz t2, 1b\n"
    "2: li a7, 93\n"
    "  ecall\n"
    "3: li a0, 23\n"
    "  j 2b\n"
    "image_code_end:\n"
    ".option pop\n"
    ".popsection\n");

extern const char image_code[], image_code_end[];

static Elf64_Phdr load(int flags, size_t offset, size_t filesz, size_t memsz)
{
    return (Elf64_Phdr){
        .p_type = PT_LOAD, .p_flags = flags, .p_offset = offset,
        .p_filesz = filesz, .p_memsz = memsz, .p_align = 0x1000,
    };
}

void image_make(struct image *image, int type, const void *code, size_t size)
{
    uint64_t base = type == ET_EXEC ? IMAGE_BASE : 0, magic = IMAGE_MAGIC;

    if (!code) {
        code = image_code;
        size = image_code_end - image_code;
    }
    CHECK(size <= DATA_OFFSET - CODE_OFFSET);
    memset(image, 0, sizeof(*image));
    memcpy(image->header.e_ident, ELFMAG, SELFMAG);
    image->header.e_ident[EI_CLASS] = ELFCLASS64;
    image->header.e_ident[EI_DATA] = ELFDATA2LSB;
    image->header.e_ident[EI_VERSION] = EV_CURRENT;
    image->header.e_type = type;
    image->header.e_machine = EM_RISCV_NUMBER;
    image->header.e_version = EV_CURRENT;
    image->header.e_entry = base + CODE_OFFSET;
    image->header.e_phoff = sizeof(Elf64_Ehdr);
    image->header.e_ehsize = sizeof(Elf64_Ehdr);
    image->header.e_phentsize = sizeof(Elf64_Phdr);
    image->header.e_phnum = 3;
    image->phdr[0] = load(PF_R | PF_X, 0, DATA_OFFSET, DATA_OFFSET);
    image->phdr[0].p_vaddr = base;
    image->phdr[1] = load(PF_R | PF_W, DATA_OFFSET, IMAGE_SIZE - DATA_OFFSET,
                          DATA_MEMORY);
    image->phdr[1].p_vaddr = base + IMAGE_DATA;
    image->phdr[2] = (Elf64_Phdr){ .p_type = PT_GNU_STACK,
                                   .p_flags = PF_R | PF_W };
    memcpy(image->bytes + CODE_OFFSET, code, size);
    memcpy(image->bytes + DATA_OFFSET, &magic, sizeof(magic));
}

void image_set_interp(struct image *image, const char *path)
{
    size_t size = strlen(path) + 1;

    CHECK(size <= CODE_OFFSET - INTERP_OFFSET);
    memcpy(image->bytes + INTERP_OFFSET, path, size);
    image->phdr[3] = (Elf64_Phdr){
        .p_type = PT_INTERP, .p_flags = PF_R, .p_offset = INTERP_OFFSET,
        .p_filesz = size, .p_memsz = size,
    };
    image->header.e_phnum = 4;
}

void image_save(const char *path, const void *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, bytes, size), size);
    CHECK_EQ(fchmod(fd, 0755), 0);
    CHECK_EQ(close(fd), 0);
}
