/*
 * The records of machines, raw system calls, the CPU's level.
 */
#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "arch/arch.h"
#include "arch/syscall.h"
#include "base/file.h"
#include "base/mem.h"
#include "tests/lib/unit.h"

START_TEST(test_native_is_this_machine)
{
	const struct gl_arch *arch = gl_arch_native();
	struct utsname name;

	uname(&name);
	ck_assert_str_eq(arch->uname, name.machine);
	ck_assert_ptr_eq(gl_arch_find(arch->elf_machine, arch->elf_class), arch);
	ck_assert_ptr_eq(gl_arch_named(arch->name), arch);
	ck_assert_uint_eq(arch->elf_class, sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
	ck_assert_ptr_nonnull(gl_arch_find(arch->compat_machine, ELFCLASS32));
}
END_TEST

static const struct {
	uint16_t machine;
	uint8_t elf_class;
	const char *want;
} names[] = {
	{EM_X86_64, ELFCLASS64, "x86-64"},   {EM_X86_64, ELFCLASS32, "x32"},
	{EM_386, ELFCLASS32, "i386"},	     {EM_AARCH64, ELFCLASS64, "aarch64"},
	{EM_RISCV, ELFCLASS64, "RISC-V 64"}, {EM_PPC64, ELFCLASS64, "PowerPC64"},
	{4711, ELFCLASS64, "machine 4711"},
};

START_TEST(test_names)
{
	char buf[32];

	ck_assert_str_eq(gl_arch_machine_name(names[_i].machine, names[_i].elf_class, buf, sizeof(buf)),
			 names[_i].want);
}
END_TEST

START_TEST(test_unknown)
{
	ck_assert_ptr_null(gl_arch_find(4711, ELFCLASS64));
	ck_assert_ptr_null(gl_arch_named("pdp-11"));
}
END_TEST

/* Raw calls answer -errno and leave errno alone. */
START_TEST(test_syscall)
{
	errno = ENOMSG;
	ck_assert_int_eq(gl_syscall0(SYS_getpid), getpid());
	ck_assert_int_eq(gl_syscall1(SYS_close, -1), -EBADF);
	/* the sixth argument counts too: an offset within a page */
	ck_assert_int_eq(gl_syscall6(SYS_mmap, 0, 4096, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1), -EINVAL);
	ck_assert_int_eq(errno, ENOMSG);
}
END_TEST

/* The kernel's own list of what the CPU has, for the features that set the levels apart. */
START_TEST(test_level_agrees_with_cpuinfo)
{
	static const struct {
		const char *flag;
		unsigned level;
	} flags[] = {{" sse4_2 ", 2}, {" avx2 ", 3}, {" bmi2 ", 3}, {" avx512f ", 4}, {" avx512vl ", 4}};
	unsigned level = gl_arch_cpu_level();
	gl_autofree char *text = NULL;
	size_t len;

	if (gl_arch_native()->elf_machine != EM_X86_64) {
		ck_assert_uint_eq(level, 0);
		return;
	}
	ck_assert_uint_ge(level, 1);
	ck_assert_uint_le(level, 4);
	ck_assert_int_eq(gl_file_slurp("/proc/cpuinfo", 1 << 20, &text, &len, NULL), 0);
	for (size_t i = 0; i < GL_ARRAY_SIZE(flags); i++)
		if (level >= flags[i].level)
			ck_assert_ptr_nonnull(strstr(text, flags[i].flag));
	if (level < 4)
		ck_assert(!strstr(text, " avx512f ") || !strstr(text, " avx512vl ") ||
			  !strstr(text, " avx512bw "));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch");
	TCase *tcase = tcase_create("arch");

	tcase_add_test(tcase, test_native_is_this_machine);
	tcase_add_loop_test(tcase, test_names, 0, GL_ARRAY_SIZE(names));
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_syscall);
	tcase_add_test(tcase, test_level_agrees_with_cpuinfo);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
