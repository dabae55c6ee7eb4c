# The everyday programs built for this machine, with ASan and UBSan, so that
# tests/bin/run can try them without an emulator.

HOST_BIN_DIR := $(B)/host/bin
HOST_BIN     := $(addprefix $(HOST_BIN_DIR)/,$(NAMES))
HOST_BIN_LIB := $(BIN_LIB:$(B)/obj/%=$(B)/host/obj/%)
HOST_CHECKS  += tests/bin/run

test test-host: $(HOST_BIN)

$(B)/host/obj/user/bin/%.o: HOST_CFLAGS += -D_GNU_SOURCE \
	-U_STRUCT_TIMESPEC

$(HOST_BIN): $(HOST_BIN_DIR)/%: $(B)/host/obj/user/bin/%.o $(HOST_BIN_LIB) \
		user/bin/links
	$(call say,HLD $@)mkdir -p $(@D) && \
		$(HOST_CC) $(HOST_CFLAGS) $(filter %.o,$^) -o $@ && \
		while read -r name target; do [ $$target != $* ] || \
		ln -sf $$target $(@D)/$$name; done <user/bin/links
