# Fuzzing of what reads files that anybody may have written.
#
#   make fuzz         each fuzzer for FUZZ_SECONDS (600), under ASan and UBSan
#
# A fuzzer is one file, tests/fuzz/NAME.c, on tests/fuzz/fuzz.h; it is linked
# with the layer named here.  Its seeds are FUZZ_SEEDS_NAME.

FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 1
FUZZ_LAYER_compiled := policy
FUZZ_LAYER_loader_elf := loader
FUZZ_LAYER_manifest := bundle
FUZZ_LAYER_minijail := policy
FUZZ_LAYER_oci := policy
FUZZ_LAYER_policy := policy
FUZZ_LAYER_pclntab := gobin
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_PROGRAMS := $(patsubst %,$(ASAN_BUILD)/tests/fuzz/%,$(FUZZERS))

# Small ones: a round costs as much as its seed is long.
FUZZ_SEEDS_loader_elf = $(BUILD)/tests/fuzz/tiny $(BUILD)/loader/stub /bin/true /lib64/ld-linux-x86-64.so.2
FUZZ_SEEDS_compiled = $(BUILD)/tests/fuzz/compiled.seed
FUZZ_SEEDS_manifest = $(wildcard tests/fuzz/seeds/manifest/*)
FUZZ_SEEDS_minijail = $(wildcard tests/fuzz/seeds/minijail/*)
FUZZ_SEEDS_oci = $(wildcard tests/fuzz/seeds/oci/*)
FUZZ_SEEDS_policy = $(wildcard tests/fuzz/seeds/policy/*)
FUZZ_SEEDS_pclntab = $(BUILD)/tests/fuzz/pclntab-seeds/*

$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $$(call archives_for,$$(FUZZ_LAYER_$$*))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# A program with a search path of its own.
$(BUILD)/tests/fuzz/tiny: $(BUILD)/config.mk
	@mkdir -p $(@D)
	echo 'int main(void) { return 0; }' | $(CC) -s -Wl,-rpath,'$$ORIGIN/x' -x c -o $@ -

# Programs of every layout.
$(BUILD)/tests/fuzz/pclntab-make: $(BUILD)/obj/tests/fuzz/seeds/pclntab/make.o $(BUILD)/lib/test.a $(call archives_for,base)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^
$(BUILD)/tests/fuzz/pclntab-seeds: $(BUILD)/tests/fuzz/pclntab-make
	@mkdir -p $@
	$< $@
	@touch $@

# Of this golaunch.
$(BUILD)/tests/fuzz/compiled.seed: $(BUILD)/tests/fuzz/compiled
	$< --seed $@

.PHONY: fuzz fuzz-programs $(addprefix run-fuzz-,$(FUZZERS))
fuzz-programs: $(addprefix $(BUILD)/tests/fuzz/,$(FUZZERS)) $(BUILD)/tests/fuzz/tiny \
	$(BUILD)/tests/fuzz/compiled.seed $(BUILD)/tests/fuzz/pclntab-seeds $(STUB)
fuzz:
	@$(MAKE) $(PARALLEL) BUILD=$(ASAN_BUILD) SANITIZE=address,undefined fuzz-programs
	@$(MAKE) $(PARALLEL) --no-print-directory BUILD=$(ASAN_BUILD) $(addprefix run-fuzz-,$(FUZZERS))
$(addprefix run-fuzz-,$(FUZZERS)): run-fuzz-%:
	@$(BUILD)/tests/fuzz/$* -s $(FUZZ_SECONDS) -r $(FUZZ_SEED) $(wildcard $(FUZZ_SEEDS_$*))
