/*
 * The register layouts: what golaunch's own machine says of itself.
 */
#include <stddef.h>
#include <string.h>
#include <sys/user.h>

#include "arch/arch.h"
#include "tests/lib/unit.h"

static const char *const machines[] = {"x86-64", "aarch64"};

START_TEST(layouts_are_within_their_bounds)
{
	const struct gl_register_layout *l = gl_arch_named(machines[_i])->registers;

	ck_assert_ptr_nonnull(l);
	ck_assert_uint_le(l->count, GL_REGISTERS_MAX);
	ck_assert_uint_lt(l->pc, l->count);
	ck_assert_uint_lt(l->sp, l->count);
	ck_assert_uint_lt(l->fp, l->count);
	ck_assert(l->lr == GL_REGISTER_NONE || l->lr < l->count);
	for (size_t i = 0; i < GL_REGISTERS_ARGUMENTS; i++)
		ck_assert_uint_lt(l->arguments[i], l->count);
	ck_assert_uint_le(l->breakpoint_size, sizeof(l->breakpoint));
	ck_assert_uint_le(l->call_size, GL_REGISTERS_INSTRUCTION);
	ck_assert_uint_le(l->breakpoint_size, l->call_size);
}
END_TEST

#ifdef __x86_64__
#define WORD(member) (offsetof(struct user_regs_struct, member) / 8)

START_TEST(x86_64_is_the_kernels)
{
	const struct gl_register_layout *l = gl_arch_native()->registers;
	const uint8_t arguments[] = {WORD(rdi), WORD(rsi), WORD(rdx), WORD(r10), WORD(r8), WORD(r9)};

	ck_assert_uint_eq(l->count, sizeof(struct user_regs_struct) / 8);
	ck_assert_uint_eq(l->pc, WORD(rip));
	ck_assert_uint_eq(l->sp, WORD(rsp));
	ck_assert_uint_eq(l->fp, WORD(rbp));
	ck_assert_uint_eq(l->number, WORD(orig_rax));
	ck_assert_uint_eq(l->result, WORD(rax));
	ck_assert_mem_eq(l->arguments, arguments, sizeof(arguments));
}
END_TEST
#endif

START_TEST(a_register_that_is_not_there_is_zero)
{
	struct gl_registers registers;

	memset(&registers, 0xff, sizeof(registers));
	ck_assert_uint_eq(gl_register(&registers, GL_REGISTER_NONE), 0);
	ck_assert_uint_eq(gl_register(&registers, 0), UINT64_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("registers");
	TCase *t = tcase_create("registers");

	tcase_add_loop_test(t, layouts_are_within_their_bounds, 0, 2);
#ifdef __x86_64__
	tcase_add_test(t, x86_64_is_the_kernels);
#endif
	tcase_add_test(t, a_register_that_is_not_there_is_zero);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
