# Larch. `make help' lists what there is to make; plain `make' builds it all.
# Everything made lands in build/, which is safe to delete.

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# Where everything goes. The C library and the set-up's marks stay in build/.
B       ?= build
CROSS   ?= riscv64-unknown-elf-
SYSROOT := build/sysroot/usr/lib/libc.a
export LARCH_BUILD := $(B)

# The machine that `make qemu' and `make gdb' start.
CPUS   ?= 2
MEM    ?= 128M
APPEND ?=

# Quiet by default: `  CC      mm/page.c'. V=1 shows the commands.
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' $(1);)

# --- set-up: packages and the C library, on first use -----------------------

BUILD_TOOLS := build/.setup-build
TEST_TOOLS  := build/.setup-test
GDB_TOOLS   := build/.setup-gdb
FUZZ_TOOLS  := build/.setup-fuzz

build/.setup-%: tools/requirements
	@tools/setup $*
	@mkdir -p build && touch $@

# One after the other: only one may ask questions, or run apt.
$(TEST_TOOLS) $(GDB_TOOLS) $(FUZZ_TOOLS): | $(BUILD_TOOLS)

$(SYSROOT): tools/build-musl tools/libatomic.c tools/sources | $(BUILD_TOOLS)
	@tools/build-musl

# --- the kernel -------------------------------------------------------------

# gcc names two multilibs for this kernel: rv64imac has the soft-float libgcc,
# and -misa-spec=2.2 lets it assemble csrr and fence.i all the same.
KARCH   := -march=rv64imac -mabi=lp64 -misa-spec=2.2 -mcmodel=medany
KWARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wundef -Wvla -Wstack-usage=1024
KCFLAGS := $(KARCH) -std=gnu11 -O2 -g -ffreestanding -fno-common -fno-pic \
           -fno-strict-aliasing -fno-omit-frame-pointer \
           -fno-asynchronous-unwind-tables -I. -Ikernel/riscv $(KWARN) \
           $(if $(WERROR),-Werror -Wno-error=stack-usage=)
KLDFLAGS := $(KARCH) -nostdlib -static -z max-page-size=4096 \
           -Wl,--build-id=none -Wl,--no-warn-rwx-segments

KSRC := $(sort $(wildcard $(addsuffix /*.[cS],kernel kernel/* mm lwp)))
kobjects = $(patsubst %.c,$(B)/obj/%.o,$(1:%.S=$(B)/obj/%.S.o))
KOBJ := $(call kobjects,$(KSRC))

# A kernel may go without some parts: kernel/without/ has what takes their
# place. All kernels are made of the same objects.
LWP_TEST := $(filter lwp/selftest%,$(KSRC))
LWP_SRC  := $(filter-out $(LWP_TEST),\
              $(filter lwp/% kernel/riscv/syscall_frame.S,$(KSRC)))
FS_SRC   := $(filter kernel/fs/% kernel/net/%,$(KSRC))
TEST_SRC := $(filter kernel/selftest%,$(KSRC))
CORE_SRC := $(filter-out kernel/without/% $(LWP_SRC) $(LWP_TEST) $(FS_SRC) $(TEST_SRC),\
              $(KSRC))
without   = $(1:%=kernel/without/%.c)

VARIANT := $(if $(filter n,$(FS)),-without-fs,$(if $(filter \
              n,$(LWP)),-without-lwp,$(if $(filter y,$(SELFTEST)),-selftest)))
KERNEL  := $(B)/kernel$(VARIANT).elf
export LARCH_KERNEL := $(notdir $(KERNEL))

# What runs once, seldom, or for people to read had better be small than quick.
COLD := $(patsubst %.c,%,$(wildcard kernel/selftest*.c kernel/fs/procfs*.c \
                                    lwp/proc*.c lwp/ptrace*.c lwp/core*.c \
                                    lwp/ipc_*.c \
                                    lwp/shm*.c lwp/sysv*.c lwp/object*.c \
                                    lwp/rt_*.c lwp/*mqueue*.c)) \
        $(addprefix kernel/,bootargs console dt hart inspect ksym loadavg log \
                            main panic random schedparam) \
        $(addprefix kernel/lib/,cpio elf_check fdt fdt_walk printf) \
        $(addprefix kernel/drivers/,plic uart16550) \
        $(addprefix kernel/fs/,console_tty cred devfs devpts epoll eventfd fifo \
                               initramfs kmsg ldisc lock mount names pty rename tmpfs_super tty \
                               tty_ioctl tty_job) \
        $(addprefix lwp/,clocktimer exec_args exec_script futex_pi init \
                         itimer limits oom pi pid pidfd posix_timer prctl report \
                         rttime session_tty signalfd \
                         session sigwait sys_fd sys_ids sys_limits \
                         sys_mount sys_path sys_poll sys_sched sys_session \
                         sys_system timerfd) \
        $(addprefix mm/,count debug foreign memmap oom slab_debug) \
        $(patsubst %.c,%,$(wildcard kernel/net/*.c)) lwp/sys_net lwp/sys_netmsg
$(COLD:%=$(B)/obj/%.o): KCFLAGS += -Os

define compile_kernel
$(call say,CC $<)mkdir -p $(@D) && $(CROSS)gcc $(KCFLAGS) -MMD -MP -c $< -o $@
endef

$(B)/obj/%.o: %.c Makefile | $(BUILD_TOOLS)
	$(compile_kernel)

$(B)/obj/%.S.o: %.S Makefile | $(BUILD_TOOLS)
	$(compile_kernel)

# Linked twice: the first link says where the functions are, the second one
# carries that table for the backtraces of panics.
link_kernel = $(CROSS)gcc $(KLDFLAGS) -T linker.ld $(filter %.o,$^) $(1) -lgcc \
	-o $(2)

$(B)/ksyms-none.S: tools/ksyms | $(BUILD_TOOLS)
	@mkdir -p $(@D) && tools/ksyms </dev/null >$@

# kernel_of: name, sources
define kernel_of
$(B)/$(1)-nosyms.elf: $(call kobjects,$(2)) $(B)/ksyms-none.S linker.ld
	$$(Q)$$(call link_kernel,$(B)/ksyms-none.S,$$@)

$(B)/$(1)-ksyms.S: $(B)/$(1)-nosyms.elf tools/ksyms
	$$(Q)$$(CROSS)nm -n $$< | tools/ksyms >$$@

$(B)/$(1).elf: $(call kobjects,$(2)) $(B)/$(1)-ksyms.S
	$$(call say,LD $$@)$$(call link_kernel,$(B)/$(1)-ksyms.S,$$@)
	@$$(CROSS)nm -n $$@ | tools/ksyms | cmp -s - $(B)/$(1)-ksyms.S || \
		{ echo "the symbol table moved the functions it names"; exit 1; }
endef

$(eval $(call kernel_of,kernel,$(CORE_SRC) $(FS_SRC) $(LWP_SRC) \
	$(call without,selftest)))
$(eval $(call kernel_of,kernel-selftest,$(CORE_SRC) $(FS_SRC) $(LWP_SRC) \
	$(TEST_SRC) $(LWP_TEST)))
$(eval $(call kernel_of,kernel-without-lwp,$(CORE_SRC) $(FS_SRC) $(TEST_SRC) \
	$(call without,lwp)))
$(eval $(call kernel_of,kernel-without-fs,$(CORE_SRC) $(TEST_SRC) \
	$(call without,lwp fs)))

# The manual's ping in the kernel, from the source that programs have (K-17).
KPING := $(B)/obj/tests/kernel/ping.o
$(addprefix $(B)/kernel-selftest,-nosyms.elf .elf): $(KPING)
$(KPING): KCFLAGS += -Os -Itests/kernel -Dmain=ping_main -Wno-unused-parameter \
	-Wno-missing-prototypes -Wno-int-to-pointer-cast -Wno-pointer-to-int-cast
$(KPING): tests/user/seed/ping.c Makefile | $(BUILD_TOOLS)
	$(compile_kernel)

# --- user programs ----------------------------------------------------------

LARCH_CC := tools/larch-cc
UCFLAGS  := -std=gnu11 -Os -g -ffunction-sections -fdata-sections \
            -fno-omit-frame-pointer -Wall -Wextra -I. \
            $(if $(WERROR),-Werror)
ULDFLAGS := -Wl,--gc-sections -Wl,-z,norelro

objects = $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard $(1))))

INIT_OBJ    := $(call objects,user/init/*.c)
SH_OBJ      := $(call objects,user/sh/*.c)
BIN_OBJ     := $(call objects,user/bin/*.c)
BIN_LIB     := $(call objects,user/bin/lib/*.c)
TEST_OBJ    := $(call objects,tests/user/*.c)
TEST_LIB    := $(call objects,tests/user/lib/*.c)
BENCH_OBJ   := $(call objects,tests/bench/*.c)
LWP_OBJ     := $(call objects,user/lib/lwp/*.c)
RT_OBJ      := $(call objects,user/lib/rt/*.c)
UOBJ        := $(INIT_OBJ) $(SH_OBJ) $(BIN_OBJ) $(BIN_LIB) $(TEST_OBJ) \
               $(TEST_LIB) $(BENCH_OBJ) $(LWP_OBJ) $(RT_OBJ)

$(BIN_OBJ) $(BIN_LIB) $(LWP_OBJ) $(RT_OBJ): UCFLAGS += -D_GNU_SOURCE
$(LWP_OBJ) $(RT_OBJ): UCFLAGS += -fPIC -ftls-model=initial-exec
$(LWP_OBJ) $(RT_OBJ) $(TEST_OBJ) $(BENCH_OBJ): UCFLAGS += $(LIB_INCLUDES)

# The libraries of the RT-Thread API go where larch-cc finds them. What is built
# here reads the headers where they stand, so that -MMD sees them.
STUBS        := $(B)/gen/lwp_syscalls
LIB_INCLUDES := -Iuser/lib/include -I$(B)/gen
USR          := build/sysroot/usr
HEADERS      := $(patsubst user/lib/include/%,$(USR)/include/%,$(wildcard \
                  $(addprefix user/lib/include/,*.h */*.h))) \
                $(USR)/include/lwp_syscalls.h
LIBS         := $(USR)/lib/liblwp.a $(USR)/lib/librtthread.a

$(STUBS).h: STUBS_KIND := --header
$(STUBS).S: STUBS_KIND := --code
$(STUBS).h $(STUBS).S: lwp/syscalls.def tools/syscall-stubs tools/lib/calls.py | $(BUILD_TOOLS)
	$(call say,STUBS $@)mkdir -p $(@D) && tools/syscall-stubs $(STUBS_KIND) >$@

$(STUBS).o: $(STUBS).S $(SYSROOT)
	$(Q)$(LARCH_CC) -c $< -o $@

$(LWP_OBJ) $(RT_OBJ) $(TEST_OBJ) $(BENCH_OBJ): | $(STUBS).h

$(USR)/include/%.h: user/lib/include/%.h $(SYSROOT)
	$(Q)mkdir -p $(@D) && cp $< $@

$(USR)/include/lwp_syscalls.h: $(STUBS).h $(SYSROOT)
	$(Q)cp $< $@

# librtthread has liblwp's objects too: the order of the two does not matter.
$(USR)/lib/liblwp.a: $(LWP_OBJ) $(STUBS).o
$(USR)/lib/librtthread.a: $(RT_OBJ) $(LWP_OBJ) $(STUBS).o
$(LIBS): $(SYSROOT)
	$(call say,AR $@)rm -f $@ && $(CROSS)ar rcsD $@ $(filter %.o,$^)

define compile_user
$(call say,UCC $<)mkdir -p $(@D) && $(LARCH_CC) $(UCFLAGS) -MMD -MP -c $< -o $@
endef

$(B)/obj/user/%.o: user/%.c Makefile $(SYSROOT)
	$(compile_user)

$(B)/obj/tests/%.o: tests/%.c Makefile $(SYSROOT)
	$(compile_user)

# With symbols in build/user, for gdb; stripped in build/bin-image and
# build/tests, for the guest.
NAMES   := $(notdir $(basename $(BIN_OBJ)))
TESTS   := $(notdir $(basename $(TEST_OBJ)))
BENCHES := $(notdir $(basename $(BENCH_OBJ)))
IMAGE   := $(addprefix $(B)/bin-image/,$(if $(INIT_OBJ),init) \
           $(if $(SH_OBJ),sh) $(NAMES))
GUEST_TESTS := $(addprefix $(B)/tests/,$(TESTS))
BENCH_PROGRAMS := $(addprefix $(B)/user/bench/,$(BENCHES))

define link_user
$(call say,ULD $@)mkdir -p $(@D) && \
	$(LARCH_CC) $(ULDFLAGS) $(filter %.o,$^) $(ULIBS) -o $@
endef

$(B)/user/init: $(INIT_OBJ) $(SYSROOT)
	$(link_user)

$(B)/user/sh: $(SH_OBJ) $(SYSROOT)
	$(link_user)

$(addprefix $(B)/user/,$(NAMES)): $(B)/user/%: $(B)/obj/user/bin/%.o \
		$(BIN_LIB) $(SYSROOT)
	$(link_user)

$(addprefix $(B)/user/tests/,$(TESTS)): $(B)/user/tests/%: \
		$(B)/obj/tests/user/%.o $(TEST_LIB) $(SYSROOT) | $(LIBS)
	$(link_user)

$(filter $(B)/user/tests/t_rt_%,$(addprefix $(B)/user/tests/,$(TESTS))): $(LIBS)

# Programs and libraries for the test of dynamic linking.
DYNAMIC     := $(addprefix $(B)/tests/dynamic/,hello-static hello-static-pie \
               hello-pie user cost libown.so plugin.so preload.so)
DYNAMIC_SRC := tests/user/dynamic
$(B)/tests/t_dynamic: | $(DYNAMIC)

define link_dynamic
$(call say,ULD $@)mkdir -p $(@D) && $(LARCH_CC) $(UCFLAGS) -s \
	$(filter %.c %.so,$^) -o $@
endef

$(B)/tests/dynamic/%.so: UCFLAGS += -shared -fPIC -Wl,-soname,$(@F)
$(B)/tests/dynamic/hello-static-pie: UCFLAGS += -static-pie -fPIE
$(B)/tests/dynamic/hello-pie $(B)/tests/dynamic/user: UCFLAGS += -pie -fPIE

$(addprefix $(B)/tests/dynamic/hello-,static static-pie pie): \
		$(DYNAMIC_SRC)/hello.c $(SYSROOT)
	$(link_dynamic)

$(B)/tests/dynamic/user: $(DYNAMIC_SRC)/user.c $(B)/tests/dynamic/libown.so
	$(link_dynamic)

$(B)/tests/dynamic/cost: $(DYNAMIC_SRC)/cost.c $(SYSROOT)
	$(link_dynamic)

$(B)/tests/dynamic/libown.so: $(DYNAMIC_SRC)/own.c $(DYNAMIC_SRC)/own.h $(SYSROOT)
	$(link_dynamic)

$(B)/tests/dynamic/plugin.so: $(DYNAMIC_SRC)/plugin.c \
		$(B)/tests/dynamic/libown.so
	$(link_dynamic)

$(B)/tests/dynamic/preload.so: $(DYNAMIC_SRC)/preload.c $(SYSROOT)
	$(link_dynamic)

# The manual's programs, by its command; what the compiler says of their casts
# is seen by tests/check_pingpong.py.
MANUAL := $(addprefix $(B)/tests/seed/,pong ping)
$(B)/tests/t_pingpong: | $(MANUAL)

$(MANUAL): $(B)/tests/seed/%: tests/user/seed/%.c $(LIBS) $(HEADERS)
	$(call say,UCC $<)mkdir -p $(@D) && cd $(<D) && \
		{ $(abspath $(LARCH_CC)) $*.c -o $(abspath $@) -llwp -lrtthread \
		2>$(abspath $(B))/obj/$*.said || \
		{ cat $(abspath $(B))/obj/$*.said; exit 1; }; }

$(addprefix $(B)/user/bench/,$(BENCHES)): $(B)/user/bench/%: \
		$(B)/obj/tests/bench/%.o $(SYSROOT) | $(LIBS)
	$(link_user)

$(B)/user/tests/% $(B)/user/bench/%: ULIBS := -lrtthread

$(B)/bin-image/%: $(B)/user/%
	@mkdir -p $(@D) && $(CROSS)strip -o $@ $<

$(B)/tests/%: $(B)/user/tests/%
	@mkdir -p $(@D) && $(CROSS)strip -o $@ $<

# The first thing to try: ./pong & ./ping. Not in /bin, where that name is
# another program's.
HOME_IMAGE := $(MANUAL:$(B)/tests/seed/%=$(B)/home-image/%)
$(HOME_IMAGE): $(B)/home-image/%: $(B)/tests/seed/%
	@mkdir -p $(@D) && $(CROSS)strip -o $@ $<

$(B)/initramfs.cpio: $(IMAGE) $(HOME_IMAGE) $(wildcard user/etc user/etc/*) \
		user/bin/links tools/mkinitramfs tools/lib/newc.py Makefile
	$(call say,CPIO $@)tools/mkinitramfs $@ --etc user/etc \
		--links user/bin/links $(addprefix --home ,$(HOME_IMAGE)) $(IMAGE)

# --- what to make -----------------------------------------------------------

BOOTABLE := $(KERNEL) $(B)/initramfs.cpio
KERNELS  := $(addprefix $(B)/kernel,.elf -selftest.elf -without-lwp.elf \
              -without-fs.elf)

.PHONY: all qemu gdb test test-host test-guest soak bench fuzz sysroot doctor \
	clean distclean help lines

all: $(BOOTABLE) $(HEADERS) $(LIBS) docs/syscalls.md docs/api.md docs/lwp.md ## build the kernel (LWP=n, FS=n, SELFTEST=y), the programs and the initramfs

qemu: $(BOOTABLE) ## boot to a shell (CPUS=1..8 MEM=24M..8G APPEND=..)
	@tools/qemu --cpus $(CPUS) --mem $(MEM) --append "$(APPEND)"

gdb: $(BOOTABLE) | $(GDB_TOOLS) ## boot under gdb, with symbols
	@tools/debug --cpus $(CPUS) --mem $(MEM) --append "$(APPEND)"

# tests/host/host.mk builds the unit tests: HOST_TESTS is the list of programs,
# HOST_CHECKS that of scripts that print TAP. The scripts tests/check_* boot
# Larch through tools/ to test just that.
-include tests/host/host.mk
$(HOST_TESTS) $(HOST_CHECKS): | $(TEST_TOOLS)
BOOT_CHECKS := $(sort $(wildcard tests/check_*.py))

test: $(BOOTABLE) $(KERNELS) $(HOST_TESTS) $(GUEST_TESTS) $(BENCH_PROGRAMS) ## all tests (T=name: only that one)
	@tests/run.py --only "$(T)" --rows tests/rows \
		--host $(HOST_TESTS) $(HOST_CHECKS) $(BOOT_CHECKS) --guest $(GUEST_TESTS)

test-host: $(HOST_TESTS) ## the unit tests, on this machine
	@tests/run.py --only "$(T)" --host $(HOST_TESTS) $(HOST_CHECKS)

test-guest: $(BOOTABLE) $(KERNELS) $(GUEST_TESTS) $(BENCH_PROGRAMS) ## the programs in tests/user, inside Larch
	@tests/run.py --only "$(T)" --host $(BOOT_CHECKS) --guest $(GUEST_TESTS)

# Tests that go on for as long as they are told. They run a second time, for a
# moment, if the first run has lost something.
SOAK_SECONDS ?= 600
SOAK_TESTS   := t_stress t_sysfuzz t_ipcfuzz
soak: CPUS := 4
soak: $(BOOTABLE) $(addprefix $(B)/tests/,$(SOAK_TESTS)) ## stress, then calls at random, each SOAK_SECONDS=600 guest seconds (CPUS=4 MEM= SEED=)
	@for t in $(SOAK_TESTS); do echo "# $$t, log in $(B)/soak-$$t.log"; \
		tools/run --cpus $(CPUS) --mem $(MEM) \
		--timeout $$(($(SOAK_SECONDS) + 600)) --log $(B)/soak-$$t.log \
		--add $(B)/tests/$$t:/tests/$$t -- sh -c "SOAK_SECONDS=$(SOAK_SECONDS) \
		$(if $(SEED),SEED=$(SEED)) /tests/$$t" </dev/null || exit 1; done

bench: $(BOOTABLE) $(BENCH_PROGRAMS) ## instructions per operation, beside their budgets
	@for b in $(BENCH_PROGRAMS); do tools/bench $$b $(T) || exit 1; done

sysroot: $(SYSROOT) $(HEADERS) $(LIBS) ## build what tools/larch-cc needs, and nothing else

doctor: ## compare every tool's version with what is needed
	@tools/doctor

lines: ## lines of source, folder by folder
	@tools/count-lines

docs/syscalls.md: lwp/syscalls.def tools/syscall-doc tools/lib/calls.py \
		$(wildcard lwp/*.c)
	$(Q)mkdir -p $(@D) && tools/syscall-doc >$@.new && mv $@.new $@

docs/api.md: $(wildcard $(addprefix user/lib/include/,*.h */*.h)) tools/api-doc
	$(Q)tools/api-doc >$@.new && mv $@.new $@

# Each time: after a merge the page is newer than the tests that it lists.
.PHONY: FORCE
docs/lwp.md: FORCE
	$(Q)tools/row-doc >$@.new && \
		if cmp -s $@ $@.new; then rm $@.new; else mv $@.new $@; fi

# One entry a source file, for clangd and other editors.
compile_commands.json: Makefile $(KSRC) ## for clangd and its kind
	@{ $(foreach s,$(filter %.c,$(KSRC)),echo '$s $(CROSS)gcc $(KCFLAGS)';) \
	   $(foreach o,$(UOBJ),echo '$(o:$(B)/obj/%.o=%.c) $(LARCH_CC) $(UCFLAGS)';) \
	} | tools/compile-commands >$@

clean: ## delete what is built, but for the C library
	@rm -rf $(filter-out $(addprefix $(B)/,sysroot bin libexec),$(wildcard \
		$(B)/*)) compile_commands.json

distclean: ## delete everything but the downloads (~/.cache/larch)
	@rm -rf build $(B) compile_commands.json

help: ## this list
	@awk -F ':.*## ' '/^[a-z_.-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' \
		$(filter %Makefile %.mk,$(MAKEFILE_LIST))

.SECONDARY:
-include $(KOBJ:.o=.d) $(UOBJ:.o=.d)
