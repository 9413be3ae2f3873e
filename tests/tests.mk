# Tests.  Every test program prints TAP; tests/run adds them up.
#
#   make check        install what the tests need, build, run everything
#   make check-unit   one Check suite per module
#   make check-sim    filters, interpreted without a kernel
#   make check-meta   the tree itself: layers, tables, help == manual page
#   make check-cli    the real binary
#   make check-live   the real binary in other roots, containers, terminals
#   make check-kernels   the same on older kernels, emulated (apart from check)
#   make check-asan   unit tests and bad input under ASan and UBSan
#   make soak         the long ones: SOAK_STARTS=5000 starts of each Go version, every death, 100000 requests to servers
#   make soak-policy  SOAK_POLICIES=1000000 made-up policies, a tenth as many under ASan and UBSan
#   make asan         that build, in $(BUILD)-asan
#   make bench        what a launch costs, beside tini

SHELL_TESTS = $(sort $(wildcard tests/$(1)/*.sh))
SIM_SOURCES := $(sort $(wildcard tests/sim/test_*.c))
SIM_TESTS := $(patsubst tests/sim/%.c,$(BUILD)/tests/sim/%,$(SIM_SOURCES))
TEST_ENVIRONMENT = GL_BUILD=$(abspath $(BUILD)) GOLAUNCH=$(abspath $(BUILD))/golaunch
RUN_TESTS = $(TEST_ENVIRONMENT) \
	GL_DOCKER_PROFILE="$$(tests/setup/prepare where)/docker-profile/seccomp.json" tests/run
ASAN_BUILD := $(BUILD)-asan
ASAN_UNIT_TESTS := $(patsubst $(BUILD)/%,$(ASAN_BUILD)/%,$(UNIT_TESTS))
# A nested make shares the outer one's -j; without any, the two halves of a small machine.
PARALLEL := $(if $(filter -j%,$(MAKEFLAGS)),,-j2)

# Once the test libraries are there, config.mk may name them; it changes only if it differs.
$(BUILD)/deps-test.stamp: tools/deps.sh tools/deps.list $(BUILD)/config.mk
	@tools/deps.sh test
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tools/configure.sh $(BUILD)/config.mk.new
	@cmp -s $(BUILD)/config.mk.new $(BUILD)/config.mk || mv $(BUILD)/config.mk.new $(BUILD)/config.mk
	@rm -f $(BUILD)/config.mk.new
	@touch $@
test-deps: $(BUILD)/deps-test.stamp

.PHONY: test-programs prepare check-asan run-unit run-sim run-meta run-cli run-live run-asan run-all
test-programs: $(BUILD)/golaunch $(BUILD)/man/golaunch.policy.5 $(UNIT_TESTS) $(SIM_TESTS) $(HELPERS)
prepare:
	@tests/setup/prepare all
asan:
	@$(MAKE) $(PARALLEL) BUILD=$(ASAN_BUILD) SANITIZE=address,undefined $(ASAN_BUILD)/golaunch $(ASAN_UNIT_TESTS)

# In two steps: the second make reads the config.mk that the first one completed.
check: $(BUILD)/deps-test.stamp
	@$(MAKE) $(PARALLEL) test-programs prepare
	@$(MAKE) asan
	@$(MAKE) --no-print-directory run-all
check-unit check-sim check-meta check-cli check-live: check-%: $(BUILD)/deps-test.stamp
	@$(MAKE) $(PARALLEL) test-programs $(if $(filter check-cli check-live,$@),prepare)
	@$(MAKE) --no-print-directory run-$*
check-asan: $(BUILD)/deps-test.stamp
	@$(MAKE) asan
	@$(MAKE) --no-print-directory run-asan

# The sanitizers' golaunch runs the same table of bad input as the real one.
ASAN_TESTS = $(ASAN_UNIT_TESTS) $(BUILD)/tests/asan/badinput.sh
$(BUILD)/tests/asan/badinput.sh: tests/cli/badinput.sh
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nGL_CHECK_ONLY=1 GL_BUILD=%s GOLAUNCH=%s/golaunch exec %s\n' \
		$(abspath $(BUILD)) $(abspath $(ASAN_BUILD)) $(abspath $<) >$@
	@chmod +x $@

run-unit: ; @$(RUN_TESTS) $(UNIT_TESTS)
run-sim: ; @$(RUN_TESTS) $(SIM_TESTS)
run-meta: ; @$(RUN_TESTS) $(call SHELL_TESTS,meta)
run-cli: ; @$(RUN_TESTS) $(call SHELL_TESTS,cli)
run-live: ; @$(RUN_TESTS) $(call SHELL_TESTS,live)
run-asan: $(BUILD)/tests/asan/badinput.sh ; @$(RUN_TESTS) $(ASAN_TESTS)
# The long ones first, so that the two jobs end together.  The counts stay in a file for .ci/run.
run-all: $(BUILD)/tests/asan/badinput.sh
	@rm -f $(BUILD)/tests/counts
	@$(RUN_TESTS) -c $(BUILD)/tests/counts $(call SHELL_TESTS,live) $(call SHELL_TESTS,cli) $(call SHELL_TESTS,meta) \
		$(SIM_TESTS) $(UNIT_TESTS) $(ASAN_TESTS)

# What check does in small, with the tables.  Results also stay in $(BUILD)/tests/soak.
SOAK_STARTS ?= 5000
SOAK_KILLS ?= 1000
SOAK_REQUESTS ?= 100000
SOAK = env $(TEST_ENVIRONMENT) GL_TABLE=1 GL_SOAK_STARTS=$(SOAK_STARTS) GL_KILLS=$(SOAK_KILLS) \
	GL_DEATHS_MATRIX=full GL_REQUESTS=$(SOAK_REQUESTS) GL_STD=all GL_STARVE=all
.PHONY: soak run-soak
soak: $(BUILD)/deps-test.stamp
	@$(MAKE) $(PARALLEL) test-programs prepare
	@$(MAKE) --no-print-directory run-soak
run-soak:
	@mkdir -p $(BUILD)/tests/soak
	@failed=0; for name in soak watch_killed deaths presets_servers go_std starve; do \
		$(SOAK) tests/live/$$name.sh >$(BUILD)/tests/soak/$$name.tap || failed=1; \
		grep -v '^ok' $(BUILD)/tests/soak/$$name.tap; \
		echo "$$name: $$(grep -c '^ok' $(BUILD)/tests/soak/$$name.tap) ok, $$(grep -c '^not ok' $(BUILD)/tests/soak/$$name.tap) not"; \
	done; exit $$failed

# What test_compile_random and test_show do in small.
SOAK_POLICIES ?= 1000000
SOAK_POLICY_TESTS := tests/sim/test_compile_random tests/unit/policy/test_show
.PHONY: soak-policy
soak-policy: $(BUILD)/deps-test.stamp
	@$(MAKE) $(PARALLEL) $(addprefix $(BUILD)/,$(SOAK_POLICY_TESTS))
	@$(MAKE) $(PARALLEL) BUILD=$(ASAN_BUILD) SANITIZE=address,undefined \
		$(addprefix $(ASAN_BUILD)/,$(SOAK_POLICY_TESTS))
	@tests/soak-policy $(BUILD) $(SOAK_POLICIES)
	@echo "under ASan and UBSan:"
	@tests/soak-policy $(ASAN_BUILD) $$(($(SOAK_POLICIES) / 10))

include $(wildcard tests/fuzz/fuzz.mk tests/kernels/kernels.mk)

bench: $(BUILD)/golaunch $(BUILD)/tests/bench/launch $(BUILD)/tests/bench/noop $(BUILD)/tests/bench/notify \
	$(BUILD)/tests/bench/unwatched $(BUILD)/tests/bench/filter
	@GL_DOCKER_PROFILE="$$(tests/setup/prepare where)/docker-profile/seccomp.json" \
		tests/bench/bench.sh $(abspath $(BUILD))
# golaunch itself, but for the start watch.
$(BUILD)/tests/bench/unwatched: $(BUILD)/obj/tests/bench/unwatched.o $(BUILD)/golaunch
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(STATIC_LDFLAGS) -o $@ $< $(BUILD)/obj/launcher/main.o \
		-Wl,--start-group $(foreach l,$(LAYERS),$(call archive,$(l))) -Wl,--end-group $(LIBS)
# Filters beside libseccomp's.
$(BUILD)/tests/bench/filter: $(BUILD)/obj/tests/bench/filter.o $(BUILD)/lib/test.a $(call archives_upto,sandbox)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(SECCOMP_LIBS) $(LIBS) $(TEST_LIBS)
$(BUILD)/tests/bench/%: tests/bench/%.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(CC) $(STD) -O2 $(WARN) -static -o $@ $<
