# Fuzz targets: tests/fuzz/fuzz_X.c with the sources its "sources:" comment
# names. build/fuzz/replay_X runs corpus/X with mutations of its own, as a
# test; build/fuzz/fuzz_X is libFuzzer's, for `make fuzz'.

FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS  := -std=gnu11 -O1 -g -fno-omit-frame-pointer \
                -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
                -Itests/host -I.
# 0: until interrupted. F=elf fuzzes only that.
FUZZ_SECONDS ?= 0
F            ?= $(FUZZ_TARGETS)

REPLAYS    := $(addprefix $(B)/fuzz/replay_,$(FUZZ_TARGETS))
HOST_TESTS += $(REPLAYS)

fuzz_sources = tests/fuzz/fuzz_$(1).c tests/fuzz/panic.c \
    $(call named_sources,tests/fuzz/fuzz_$(1).c)

define fuzz_target
$(B)/fuzz/replay_$(1): tests/fuzz/replay.c $(call fuzz_sources,$(1)) \
		$(wildcard tests/fuzz/*.h kernel/lib/*.h) tests/host/host.mk
	$$(call say,HCC $$@)mkdir -p $$(@D) && $$(HOST_CC) $$(HOST_CFLAGS) \
		-DCORPUS='"tests/fuzz/corpus/$(1)"' $$(filter %.c,$$^) -o $$@

$(B)/fuzz/fuzz_$(1): $(call fuzz_sources,$(1)) \
		$(wildcard tests/fuzz/*.h kernel/lib/*.h) | $(FUZZ_TOOLS)
	$$(call say,FUZZCC $$@)mkdir -p $$(@D) && clang $$(FUZZ_CFLAGS) \
		$$(filter %.c,$$^) -o $$@
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(target))))

# All at once, as each goes on for ever. What they find lands in build/fuzz.
fuzz: $(addprefix $(B)/fuzz/fuzz_,$(F)) ## fuzz ELF, cpio, fdt (F=elf FUZZ_SECONDS=60)
	@for target in $(F); do \
		mkdir -p $(B)/fuzz/corpus/$$target; \
		$(B)/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) \
			-artifact_prefix=$(B)/fuzz/$$target- -print_final_stats=1 \
			$(B)/fuzz/corpus/$$target tests/fuzz/corpus/$$target & \
		jobs="$$jobs $$!"; \
	done; \
	trap 'kill $$jobs' INT TERM; \
	status=0; for job in $$jobs; do wait $$job || status=1; done; exit $$status
