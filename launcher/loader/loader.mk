# The loader stub, and its sources built hosted for unit tests and the fuzzer.
#
# Freestanding: no libc, no start files, no thread-local storage (so no stack
# protector), and one relocation-free image.  It is built for the machine that
# golaunch is built for and takes none of the user's CFLAGS, so that the same
# sources and compiler give the same bytes.

STUB := $(BUILD)/loader/stub
STUB_MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
STUB_SOURCES := $(sort $(wildcard launcher/loader/*.c) $(wildcard launcher/loader/$(STUB_MACHINE)/*.S))
STUB_OBJECTS := $(patsubst %,$(BUILD)/loader/obj/%.o,$(STUB_SOURCES))
STUB_CPPFLAGS := $(STD) -iquote include -iquote .
# General registers alone: the floating-point state stays as execve left it.
STUB_CFLAGS := -O2 -g0 $(WARN) -ffreestanding -fPIE -fvisibility=hidden -fno-stack-protector -fno-builtin \
	-fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables -fno-unwind-tables -mgeneral-regs-only \
	-ffunction-sections -fno-ident
# Few segments, and none that somebody would have to relocate or protect.
STUB_LDFLAGS := -nostdlib -static-pie -Wl,--gc-sections,--build-id=none,--no-dynamic-linker,--hash-style=gnu \
	-Wl,-z,noexecstack,-z,norelro,-z,noseparate-code,-z,text,-s

$(BUILD)/loader/obj/%.o: % $(BUILD)/config.mk
	@mkdir -p $(@D)
	$(CC) $(STUB_CPPFLAGS) $(STUB_CFLAGS) -MMD -MP -c $< -o $@
$(STUB): $(STUB_OBJECTS)
	$(CC) $(STUB_CFLAGS) $(STUB_LDFLAGS) -o $@ $^

# What golaunch embeds.
$(BUILD)/obj/launcher/bundle/stub_image.o: CPPFLAGS_ALL += -DGL_STUB_FILE='"$(STUB)"'
$(BUILD)/obj/launcher/bundle/stub_image.o: $(STUB)

# Hosted: all but what libc or the machine's start code has, and main.
LOADER_HOSTED = $(filter-out %/memory.c %/main.c %/slot.c,$(wildcard launcher/loader/*.c))
$(BUILD)/lib/loader.a: $(patsubst %.c,$(BUILD)/obj/%.o,$(LOADER_HOSTED))
-include $(wildcard $(BUILD)/loader/obj/launcher/loader/*.d $(BUILD)/loader/obj/launcher/loader/*/*.d) \
	$(wildcard $(BUILD)/obj/launcher/loader/*.d)
