# Presets: policy/presets/*.policy, compiled into C by policy-embed, which runs
# on the machine that builds (HOSTCC) and takes the target as an argument.
HOSTCC ?= $(CC)
TARGET_MACHINE ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
PRESETS := $(sort $(wildcard policy/presets/*.policy))
EMBED_SOURCES := $(sort $(wildcard policy/tool/*.c)) \
	$(addprefix policy/,policy.c lexer.c parse.c condition.c vocabulary.c kernel.c) \
	$(addprefix launcher/base/,err.c fd.c file.c mem.c)
EMBED_HEADERS := $(wildcard policy/*.h policy/tool/*.h include/policy/*.h include/base/*.h)

$(BUILD)/host/policy-embed: $(EMBED_SOURCES) $(EMBED_HEADERS) $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(HOSTCC) $(CPPFLAGS_ALL) -O1 -g $(WARN) -o $@ $(EMBED_SOURCES) $(SECCOMP_LIBS) -lcap-ng

$(BUILD)/gen/presets.c: $(BUILD)/host/policy-embed $(PRESETS)
	@mkdir -p $(@D)
	$< $(TARGET_MACHINE) $(PRESETS) >$@
$(BUILD)/gen/policy/presets-%.c: $(BUILD)/host/policy-embed $(PRESETS)
	@mkdir -p $(@D)
	$< $* $(PRESETS) >$@

$(BUILD)/lib/policy.a: $(BUILD)/obj/gen/presets.o

# Simulations (tests/sim): linked as unit tests of the sandbox layer are, with
# the compiler that policy-embed is made of, and with libseccomp, which also
# compiles what golaunch's filters are compared with.
$(BUILD)/lib/compiler.a: $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out %/policy_embed.c,$(wildcard policy/tool/*.c)))
$(BUILD)/obj/tests/sim/test_docker_profile_aarch64.o: $(BUILD)/gen/policy/presets-aarch64.c
$(BUILD)/tests/sim/%: $(BUILD)/obj/tests/sim/%.o $(BUILD)/lib/test.a $(BUILD)/lib/compiler.a \
		$(call archives_upto,sandbox)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(SECCOMP_LIBS) $(LIBS) $(TEST_LIBS)
