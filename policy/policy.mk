# Data of the policy layer, made into C by two host tools, which run on the
# machine that builds (HOSTCC) and take the target as an argument:
#
#   policy-tables   system calls, their arguments and constants, groups, texts
#   policy-embed    presets (policy/presets/*.policy) compiled to BPF
#
# policy-embed is made of the policy layer itself, with its tables, but without
# the formats of others and what needs the presets.
HOSTCC ?= $(CC)
TARGET_MACHINE ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
PRESETS := $(sort $(wildcard policy/presets/*.policy))
POLICY_DATA := $(sort $(wildcard policy/data/*.list policy/groups/*.group)) $(PRESETS)
TABLES_SOURCES := $(sort policy/tool/policy_tables.c $(wildcard policy/tool/tables_*.c)) \
	$(addprefix launcher/base/,err.c fd.c file.c mem.c)
EMBED_WITHOUT := $(wildcard policy/preset.c policy/source.c policy/compiled_stale.c policy/oci*.c policy/minijail*.c policy/learn*.c)
EMBED_SOURCES := $(sort $(wildcard policy/tool/policy_embed*.c) $(filter-out $(EMBED_WITHOUT),$(wildcard policy/*.c))) \
	$(addprefix launcher/base/,buf.c err.c escape.c fd.c file.c hash.c hex.c mem.c)
HOST_HEADERS := $(wildcard policy/*.h policy/tool/*.h include/policy/*.h include/base/*.h)
HOST_COMPILE = $(HOSTCC) $(CPPFLAGS_ALL) -O1 -g $(WARN)

$(BUILD)/host/policy-tables: $(TABLES_SOURCES) $(HOST_HEADERS) $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(HOST_COMPILE) -o $@ $(TABLES_SOURCES) $(SECCOMP_LIBS)

$(BUILD)/gen/policy/tables.c: $(BUILD)/host/policy-tables $(POLICY_DATA)
	@mkdir -p $(@D)
	$< $(TARGET_MACHINE) $(POLICY_DATA) >$@

$(BUILD)/host/policy-embed: $(EMBED_SOURCES) $(BUILD)/gen/policy/tables.c $(HOST_HEADERS) $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(HOST_COMPILE) -o $@ $(EMBED_SOURCES) $(BUILD)/gen/policy/tables.c -lcap-ng

$(BUILD)/gen/presets.c: $(BUILD)/host/policy-embed
	@mkdir -p $(@D)
	$< $(TARGET_MACHINE) >$@
$(BUILD)/gen/policy/presets-%.c: $(BUILD)/host/policy-embed
	@mkdir -p $(@D)
	$< $* >$@

$(BUILD)/lib/policy.a: $(BUILD)/obj/gen/presets.o $(BUILD)/obj/gen/policy/tables.o

# The language's manual, with that data in it.
MANUAL_SOURCES := man/golaunch.policy.5.in $(POLICY_DATA) launcher/sandbox/landlock_paths.c
$(BUILD)/man/golaunch.policy.5: man/policy.awk $(MANUAL_SOURCES)
	@mkdir -p $(@D)
	awk -f man/policy.awk $(MANUAL_SOURCES) >$@

# Simulations (tests/sim): linked as unit tests of the sandbox layer are, and
# with libseccomp, which compiles what golaunch's filters are compared with.
$(BUILD)/obj/tests/sim/test_docker_profile_aarch64.o: $(BUILD)/gen/policy/presets-aarch64.c
$(BUILD)/tests/sim/%: $(BUILD)/obj/tests/sim/%.o $(BUILD)/lib/test.a $(call archives_upto,sandbox)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
		$(SECCOMP_LIBS) $(LIBS) $(TEST_LIBS)

# What Docker's default profile and the preset "default" answer to every system call.
.PHONY: policy-table
policy-table: $(BUILD)/docker-profile.txt
$(BUILD)/docker-profile.txt: $(BUILD)/tests/sim/docker_table tests/sim/docker-differences.list
	@tests/setup/prepare docker-profile
	$< "$$(tests/setup/prepare where)/docker-profile/seccomp.json" >$@
