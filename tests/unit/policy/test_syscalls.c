/*
 * The tables of system calls: against libseccomp's and this machine's headers.
 */
#include "policy/syscalls.h"

#include <elf.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "policy/kernel.h"
#include "tests/lib/unit.h"

static uint16_t find(const char *name)
{
	return gl_syscall_find(gl_machine_calls(), name, strlen(name));
}

START_TEST(calls_are_sorted)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	ck_assert_uint_gt(m->call_count, 500);
	for (size_t i = 0; i < m->call_count; i++) {
		if (i > 0)
			ck_assert_int_lt(strcmp(m->calls[i - 1].name, m->calls[i].name), 0);
		ck_assert_uint_eq(find(m->calls[i].name), i);
		ck_assert(m->calls[i].since == 0 || m->calls[i].since >= GL_KERNEL(3, 0));
		ck_assert_uint_le(m->calls[i].since, m->through);
	}
	ck_assert_uint_eq(find(""), GL_CALL_NONE);
	ck_assert_uint_eq(find("zzz"), GL_CALL_NONE);
	ck_assert_uint_eq(find("ope"), GL_CALL_NONE);
	ck_assert_uint_eq(gl_syscall_find(m, "openat2x", 7), find("openat2"));
}
END_TEST

START_TEST(numbers_are_sorted)
{
	for (size_t m = 0; m < gl_machine_table_count; m++) {
		for (size_t a = 0; a < GL_MACHINE_ABIS && gl_machine_table[m].abis[a].name; a++) {
			const struct gl_abi *abi = &gl_machine_table[m].abis[a];

			ck_assert_uint_gt(abi->number_count, 300);
			for (size_t i = 0; i < abi->number_count; i++) {
				const struct gl_syscall_number *n = &abi->numbers[i];

				if (i > 0)
					ck_assert_uint_lt(abi->numbers[i - 1].number, n->number);
				ck_assert_uint_eq(gl_syscall_at(abi, n->number), n->call);
				ck_assert_int_ge(gl_syscall_number(abi, n->call), 0);
			}
			ck_assert_uint_eq(gl_syscall_at(abi, 100000), GL_CALL_NONE);
		}
	}
}
END_TEST

static const struct {
	const char *machine;
	size_t abi;
	const char *call;
	int number;
} numbers[] = {
	{"x86_64", 0, "read", 0},
	{"x86_64", 0, "exit_group", 231},
	{"x86_64", 0, "uretprobe", 335},
	{"x86_64", 0, "uprobe", 336},
	{"x86_64", 0, "futex_requeue", 456},
	{"x86_64", 0, "statmount", 457},
	{"x86_64", 0, "listns", 470},
	{"x86_64", 0, "socketcall", -1},
	{"x86_64", 1, "read", 3},
	{"x86_64", 1, "socket", 359},
	{"x86_64", 1, "socketcall", 102},
	{"x86_64", 1, "uretprobe", -1},
	{"x86_64", 1, "mseal", 462},
	{"x86_64", 2, "read", 0},
	{"x86_64", 2, "execve", 520},
	{"x86_64", 2, "mseal", 462},
	{"aarch64", 0, "read", 63},
	{"aarch64", 0, "open", -1},
	{"aarch64", 0, "newfstatat", 79},
	{"aarch64", 0, "map_shadow_stack", 453},
	{"aarch64", 0, "listns", 470},
	{"aarch64", 1, "read", 3},
	{"aarch64", 1, "memfd_secret", -1},
	{"aarch64", 1, "rseq_slice_yield", 471},
};

START_TEST(known_numbers)
{
	const struct gl_machine_calls *m = gl_machine_calls_of(numbers[_i].machine);
	uint16_t call = gl_syscall_find(m, numbers[_i].call, strlen(numbers[_i].call));

	ck_assert_uint_ne(call, GL_CALL_NONE);
	ck_assert_int_eq(gl_syscall_number(&m->abis[numbers[_i].abi], call), numbers[_i].number);
}
END_TEST

START_TEST(own_machine)
{
	const struct gl_abi *abi = &gl_machine_calls()->abis[0];

	ck_assert_ptr_eq(gl_machine_calls_of(gl_machine_calls()->name), gl_machine_calls());
	ck_assert_ptr_null(gl_machine_calls_of("vax"));
	ck_assert_int_eq(gl_syscall_number(abi, find("getpid")), SYS_getpid);
	ck_assert_int_eq(gl_syscall_number(abi, find("execveat")), SYS_execveat);
	ck_assert_int_eq(gl_syscall_number(abi, find("futex_waitv")), SYS_futex_waitv);
}
END_TEST

/*
 * Since 5.1 numbers are given in order, but to calls that wait longer for their
 * release than others: a higher number never came more than two releases before.
 */
START_TEST(releases_follow_numbers)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	uint32_t newest = 0;

	for (unsigned n = 424; n < 600; n++) {
		uint16_t call = gl_syscall_at(&m->abis[0], n);

		if (call == GL_CALL_NONE)
			continue;
		ck_assert_uint_ge(m->calls[call].since, GL_KERNEL(5, 1));
		ck_assert_msg(newest < m->calls[call].since + 4, "%s", m->calls[call].name);
		newest = GL_MAX(newest, m->calls[call].since);
	}
	ck_assert_uint_eq(newest, GL_KERNEL(7, 0));
}
END_TEST

START_TEST(always)
{
	static const char *const names[] = {
		"exit", "exit_group", "rt_sigreturn", "sigreturn", "restart_syscall", "uretprobe", "uprobe"};
	const struct gl_machine_calls *m = gl_machine_calls();
	size_t count = 0;

	for (size_t i = 0; i < m->call_count; i++)
		count += m->calls[i].always;
	ck_assert_uint_eq(count, GL_ARRAY_SIZE(names));
	for (size_t i = 0; i < GL_ARRAY_SIZE(names); i++)
		ck_assert(m->calls[find(names[i])].always);
}
END_TEST

START_TEST(abi_of)
{
	const struct gl_machine_calls *x86 = gl_machine_calls_of("x86_64"),
				      *arm = gl_machine_calls_of("aarch64");

	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_X86_64, 0)->name, "x86-64");
	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_X86_64, GL_X32_BIT - 1)->name, "x86-64");
	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_X86_64, GL_X32_BIT)->name, "x32");
	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_X86_64, GL_X32_LAST)->name, "x32");
	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_X86_64, UINT32_MAX)->name, "x86-64");
	ck_assert_str_eq(gl_abi_of(x86, AUDIT_ARCH_I386, UINT32_MAX)->name, "i386");
	ck_assert_ptr_null(gl_abi_of(x86, AUDIT_ARCH_AARCH64, 0));
	ck_assert_str_eq(gl_abi_of(arm, AUDIT_ARCH_AARCH64, UINT32_MAX)->name, "aarch64");
	ck_assert_str_eq(gl_abi_of(arm, AUDIT_ARCH_ARM, 0)->name, "arm");
	ck_assert(gl_abi_of(arm, AUDIT_ARCH_ARM, 0)->private_calls);
	ck_assert_uint_eq(x86->elf_machine, EM_X86_64);
	ck_assert_uint_eq(arm->elf_machine, EM_AARCH64);
}
END_TEST

START_TEST(arguments)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	ck_assert_uint_gt(m->argument_count, 500);
	for (size_t i = 0; i < m->argument_count; i++) {
		const struct gl_argument *a = &m->arguments[i], *before = i ? a - 1 : NULL;

		ck_assert_uint_lt(a->index, 6);
		ck_assert(!before || before->call < a->call ||
			  (before->call == a->call && before->index < a->index));
		/* A call does not have two of one name, nor one that is called as a register is. */
		for (size_t j = i; before && j-- > 0 && m->arguments[j].call == a->call;)
			ck_assert_str_ne(gl_argument_name(&m->arguments[j]), gl_argument_name(a));
		ck_assert(strncmp(gl_argument_name(a), "arg", 3) != 0 || gl_argument_name(a)[3] < '0' ||
			  gl_argument_name(a)[3] > '5');
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("syscalls");
	TCase *c = tcase_create("syscalls");

	tcase_add_test(c, calls_are_sorted);
	tcase_add_test(c, numbers_are_sorted);
	tcase_add_loop_test(c, known_numbers, 0, (int)GL_ARRAY_SIZE(numbers));
	tcase_add_test(c, own_machine);
	tcase_add_test(c, releases_follow_numbers);
	tcase_add_test(c, always);
	tcase_add_test(c, abi_of);
	tcase_add_test(c, arguments);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
