/*
 * The table of machines: see arch/arch.h.  The only place that asks the
 * compiler which machine this is.
 */
#include "arch/arch.h"

#include <elf.h>

#include "arch/machines.h"
#include "base/macros.h"

static const struct gl_arch *const machines[] = {
	&gl_arch_x86_64,
	&gl_arch_i386,
	&gl_arch_aarch64,
	&gl_arch_arm,
};

/* Names of machines that golaunch only has to name. */
static const struct {
	uint16_t machine;
	const char *name32, *name64;
} names[] = {
	{EM_SPARC, "SPARC", "SPARC"},
	{EM_68K, "m68k", "m68k"},
	{EM_MIPS, "MIPS", "MIPS64"},
	{EM_PARISC, "PA-RISC", "PA-RISC"},
	{EM_PPC, "PowerPC", "PowerPC"},
	{EM_PPC64, "PowerPC64", "PowerPC64"},
	{EM_S390, "S/390", "s390x"},
	{EM_SPARCV9, "SPARC64", "SPARC64"},
	{EM_IA_64, "Itanium", "Itanium"},
	{EM_RISCV, "RISC-V 32", "RISC-V 64"},
	{EM_BPF, "BPF", "BPF"},
	{EM_ALPHA, "Alpha", "Alpha"},
	{258, "LoongArch32", "LoongArch64"},
};

const struct gl_arch *gl_arch_native(void)
{
#if defined(__x86_64__)
	return &gl_arch_x86_64;
#elif defined(__aarch64__)
	return &gl_arch_aarch64;
#else
#error "golaunch has no record of this machine: add launcher/arch/<machine>.c"
#endif
}

const struct gl_arch *gl_arch_find(uint16_t elf_machine, uint8_t elf_class)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(machines); i++)
		if (machines[i]->elf_machine == elf_machine && machines[i]->elf_class == elf_class)
			return machines[i];
	return NULL;
}

const struct gl_arch *gl_arch_named(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i]->name, name))
			return machines[i];
	return NULL;
}

const char *gl_arch_machine_name(uint16_t elf_machine, uint8_t elf_class, char *buf, unsigned long size)
{
	const struct gl_arch *known = gl_arch_find(elf_machine, elf_class);

	if (known)
		return known->name;
	if (elf_machine == EM_X86_64)
		return "x32";
	for (size_t i = 0; i < GL_ARRAY_SIZE(names); i++)
		if (names[i].machine == elf_machine)
			return elf_class == ELFCLASS32 ? names[i].name32 : names[i].name64;
	snprintf(buf, size, "machine %u", elf_machine);
	return buf;
}
