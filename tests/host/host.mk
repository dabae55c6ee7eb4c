# Unit tests on this machine: each tests/host/test_*.c is one program, made of
# the sources that its "sources:" comment names, compiled unchanged with ASan
# and UBSan, the harness, and those stand-ins that nothing else defines.

HOST_CC     ?= gcc
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-common \
               -fsanitize=address,undefined -fno-sanitize-recover=all \
               -Wall -Wextra -Wno-unused-parameter -Wno-format-truncation \
               -D_STRUCT_TIMESPEC -DHOST_DATA='"$(B)/host"' -Itests/host -I.

HOST_SRC    := $(sort $(wildcard tests/host/test_*.c))
HOST_NAMES  := $(patsubst tests/host/%.c,%,$(HOST_SRC))
HOST_TESTS  := $(addprefix $(B)/host/,$(HOST_NAMES))
HOST_CHECKS := tools/check-layers tests/sh/on-host
HOST_LIB    := $(patsubst %.c,$(B)/host/obj/%.o,tests/host/harness.c \
               $(sort $(wildcard tests/host/stand-ins/*.c)))

# The sources that a test's head comment names, and their objects.
named_sources = $(shell sed -n 's,^[/ ]\*.*sources:\([^*]*\).*,\1,p' $(1))
host_objects = $(patsubst %.c,$(B)/host/obj/%.o,$(1) $(call named_sources,$(1)))

$(B)/host/obj/%.o: %.c tests/host/host.mk | $(TEST_TOOLS)
	$(call say,HCC $<)mkdir -p $(@D) && \
		$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

# An archive, so that a test's own sources come before stand-ins.
$(B)/host/harness.a: $(HOST_LIB)
	$(Q)rm -f $@ && ar rcs $@ $(HOST_LIB)

define host_test
$(B)/host/$(1): $(call host_objects,tests/host/$(1).c) $(B)/host/harness.a
	$$(call say,HLD $$@)$$(HOST_CC) $$(HOST_CFLAGS) $$^ -lcmocka -o $$@
endef
$(foreach name,$(HOST_NAMES),$(eval $(call host_test,$(name))))

# What the emulator itself says its board is.
$(B)/host/virt.dtb: tests/host/host.mk | $(TEST_TOOLS)
	$(Q)mkdir -p $(@D) && qemu-system-riscv64 -display none -smp 4 -m 128M \
		-machine virt,dumpdtb=$@ 2>/dev/null

$(B)/host/test_fdt $(B)/host/test_fdt_bad: | $(B)/host/virt.dtb

-include tests/fuzz/fuzz.mk tests/bin/bin.mk

.PHONY: test-host-run
test-host-run: $(HOST_TESTS)
	@tests/run.py --only "$(T)" --host $(HOST_TESTS) $(HOST_CHECKS)

-include $(shell find $(B)/host -name '*.d' 2>/dev/null)
