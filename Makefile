# golaunch: one non-recursive Makefile.
#
#   make            build/golaunch
#   make demo       build it and show it on a real Go program
#   make check      install what the tests need, build, run every test
#   make help       the other targets
#
# Sources are found by folder, so a new file needs no line here.  Every layer
# becomes an archive of its own, and a unit test is linked with its layer and
# those to the left of it only: a call to a higher layer does not link.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
DEVELOPER ?= 0
SANITIZE ?=
VERSION := 0.1.0

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check check-unit check-sim check-cli check-live check-meta check-layers asan demo bench install uninstall \
	clean help format format-check
all: $(BUILD)/golaunch $(BUILD)/man/golaunch.policy.5

# Compiler, flags and libraries are probed once, into config.mk, which also
# installs what the build needs.  Goals that build nothing do without.
ifneq ($(filter-out clean help uninstall format format-check check-layers,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/config.mk
endif
$(BUILD)/config.mk: tools/configure.sh tools/deps.sh tools/deps.list
	@mkdir -p $(@D)
	@tools/deps.sh build
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tools/configure.sh $@

# Layers, each may use those before it.  policy's data and generator are below.
LAYERS := base arch elf gobin host diag policy sandbox proc bundle report cmd

STD := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
WARN := -Wall -Wextra -Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wundef -Wwrite-strings \
	-Wswitch-enum -Wpointer-arith -Wcast-qual -Wnull-dereference -Werror=int-conversion -fno-common
ifeq ($(DEVELOPER),1)
WARN += -Werror
endif
OPT ?= -O2 -g
# Layers that speak, and do so seldom, are compiled for their size.
OPT_SMALL ?= $(patsubst -O2,-Os,$(OPT))
SMALL_LAYERS := diag bundle report cmd
CPPFLAGS_ALL := $(STD) -iquote include -iquote . -iquote $(BUILD)/gen -include include/base/banned.h \
	-DGL_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL = $(OPT) $(WARN) $(HARDEN_CFLAGS) $(SANITIZE_FLAGS) $(CFLAGS)
LDFLAGS_ALL := $(HARDEN_LDFLAGS) $(SANITIZE_FLAGS) $(LDFLAGS)

folder = $(if $(filter policy,$(1)),policy,launcher/$(1))
sources = $(sort $(wildcard $(call folder,$(1))/*.c))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))
archive = $(BUILD)/lib/$(1).a
upto = $(if $(filter $(1),$(firstword $(2))),$(1),$(firstword $(2)) $(call upto,$(1),$(wordlist 2,99,$(2))))
archives_upto = $(foreach l,$(call upto,$(1),$(LAYERS)),$(call archive,$(l)))

ALL_OBJECTS := $(foreach l,$(LAYERS),$(call objects,$(l)))
$(foreach l,$(LAYERS),$(eval $(call archive,$(l)): $(call objects,$(l))))

$(foreach l,$(SMALL_LAYERS),$(BUILD)/obj/$(call folder,$(l))/%.o): OPT := $(OPT_SMALL)
$(BUILD)/obj/%.o: %.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c $< -o $@
$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

# Presets: text in policy/presets, compiled by a host tool into C.
include policy/policy.mk

# The loader stub: freestanding, for golaunch's own machine, embedded into it.
include launcher/loader/loader.mk

$(BUILD)/golaunch: $(BUILD)/obj/launcher/main.o $(foreach l,$(LAYERS),$(call archive,$(l)))
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(STATIC_LDFLAGS) -o $@ $< \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

# Unit tests: tests/unit/<layer>/test_<module>.c
TEST_LIB_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/lib/*.c)))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SOURCES))
layer_of = $(word 1,$(subst /, ,$(patsubst $(BUILD)/tests/unit/%,%,$(1))))
archives_for = $(if $(filter loader,$(1)),$(BUILD)/lib/loader.a,$(call archives_upto,$(1)))
.SECONDEXPANSION:
$(BUILD)/lib/test.a: $(TEST_LIB_OBJECTS)
$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/lib/test.a $$(call archives_for,$$(call layer_of,$$@))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS) $(TEST_LIBS)
# Tests hand string literals to char *const [] parameters, as execve's callers do.
$(BUILD)/obj/tests/%.o: WARN += -Wno-write-strings
# Programs the black-box tests drive things with: tests/helpers/<name>.c
HELPERS := $(patsubst tests/helpers/%.c,$(BUILD)/tests/helpers/%,$(sort $(wildcard tests/helpers/*.c)))
$(BUILD)/tests/helpers/%: tests/helpers/%.c $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(CC) $(STD) -O2 -g $(WARN) -static -o $@ $<
$(HELPERS): $(wildcard tests/helpers/*.h)

include tests/tests.mk

demo: $(BUILD)/golaunch
	@tools/deps.sh demo
	@tools/demo.sh $(BUILD)/golaunch $(BUILD)/demo

# golaunch finds its installed bundles in ../lib/golaunch, seen from its own place.
INSTALLED_BUNDLE := $(DESTDIR)$(PREFIX)/lib/golaunch/glibc.bundle
MANUALS := $(wildcard man/*.1) $(BUILD)/man/golaunch.policy.5
INSTALLED_MANUALS := $(foreach m,$(MANUALS),$(DESTDIR)$(PREFIX)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
install: $(BUILD)/golaunch $(MANUALS)
	install -d $(DESTDIR)$(PREFIX)/bin $(sort $(dir $(INSTALLED_MANUALS) $(INSTALLED_BUNDLE)))
	install -m 0755 -s $(BUILD)/golaunch $(DESTDIR)$(PREFIX)/bin/golaunch
	install -m 0644 $(filter %.1,$(MANUALS)) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(filter %.5,$(MANUALS)) $(DESTDIR)$(PREFIX)/share/man/man5
	$(BUILD)/golaunch bundle create -o $(INSTALLED_BUNDLE)
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/golaunch $(INSTALLED_MANUALS)
	rm -rf $(INSTALLED_BUNDLE)
	-rmdir $(dir $(INSTALLED_BUNDLE))

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find . -name '*.[ch]' -not -path './build*')
format:
	clang-format -i $(C_FILES)
format-check:
	@clang-format --dry-run -Werror $(C_FILES)
check-layers:
	@tests/meta/layers.sh

clean:
	rm -rf $(BUILD)
help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile tests/tests.mk policy/policy.mk

-include $(ALL_OBJECTS:.o=.d) $(wildcard $(BUILD)/obj/tests/*/*.d $(BUILD)/obj/tests/*/*/*.d $(BUILD)/obj/gen/*.d $(BUILD)/obj/launcher/*.d)
