/*
 * Small policies, compiled and interpreted: what the default preset does not
 * show, such as several tests in one rule.
 */
#include <errno.h>
#include <linux/audit.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "policy/tool/compile.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/unit.h"

#define HEAD	"known-through 6.7\ndefault allow\n"
#define ALLOWED SECCOMP_RET_ALLOW
#define DENIED	(SECCOMP_RET_ERRNO | EPERM)
#define NEWER	(SECCOMP_RET_ERRNO | ENOSYS)
#define HIGH	((uint64_t)1 << 32)

static struct gl_compiled compiled;

static int compile(const char *text, const char *machine, struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	int r = gl_policy_parse("t", text, &policy, err);

	compiled = (struct gl_compiled){.condition_count = 0};
	return r < 0 ? r : gl_compile(&policy, gl_target_find(machine), &compiled, err);
}

static uint32_t ask(uint32_t arch, int nr, uint64_t a, uint64_t b)
{
	const struct seccomp_data data = {.nr = nr, .arch = arch, .args = {a, b}};
	uint32_t answer = 0;

	ck_assert(gl_bpf_run(compiled.program.insns, compiled.program.count, &data, &answer));
	return answer;
}

static const struct {
	const char *policy;
	uint32_t arch;
	int nr;
	uint64_t a, b;
	uint32_t answer;
} rows[] = {
	/* several tests: all must hold */
	{"deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 1, 2, DENIED},
	{"deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 1, 4 | 8, DENIED},
	{"deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 1, 8, ALLOWED},
	{"deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 2, 2, ALLOWED},
	/* sets */
	{"deny socket if domain in {1, 2, 3}", AUDIT_ARCH_X86_64, 41, 1, 0, DENIED},
	{"deny socket if domain in {1, 2, 3}", AUDIT_ARCH_X86_64, 41, 3, 0, DENIED},
	{"deny socket if domain in {1, 2, 3}", AUDIT_ARCH_X86_64, 41, 4, 0, ALLOWED},
	{"deny socket if domain not in {1, 2}", AUDIT_ARCH_X86_64, 41, 2, 0, ALLOWED},
	{"deny socket if domain not in {1, 2}", AUDIT_ARCH_X86_64, 41, 3, 0, DENIED},
	{"deny socket if domain != 2 && type != 3", AUDIT_ARCH_X86_64, 41, 1, 1, DENIED},
	{"deny socket if domain != 2 && type != 3", AUDIT_ARCH_X86_64, 41, 2, 1, ALLOWED},
	{"deny socket if domain != 2 && type != 3", AUDIT_ARCH_X86_64, 41, 1, 3, ALLOWED},
	/* the high half is not looked at */
	{"deny socket if domain == 1", AUDIT_ARCH_X86_64, 41, HIGH | 1, 0, DENIED},
	/* i386: socket() itself, not socketcall(), whose second argument is a pointer */
	{"deny socket if domain == 1", AUDIT_ARCH_I386, 359, 1, 0, DENIED},
	{"deny socket if domain == 1", AUDIT_ARCH_I386, 359, 2, 0, ALLOWED},
	{"deny socket if domain == 1", AUDIT_ARCH_I386, 102, 1, 0, ALLOWED},
	/* numbers are those of the ABI */
	{"deny getpid", AUDIT_ARCH_X86_64, 39, 0, 0, DENIED},
	{"deny getpid", AUDIT_ARCH_X86_64, 20, 0, 0, ALLOWED},
	{"deny getpid", AUDIT_ARCH_I386, 20, 0, 0, DENIED},
	{"deny getpid", AUDIT_ARCH_I386, 39, 0, 0, ALLOWED},
	{"deny errno ENOENT vm86", AUDIT_ARCH_I386, 166, 0, 0, SECCOMP_RET_ERRNO | ENOENT},
	{"deny errno ENOENT vm86", AUDIT_ARCH_X86_64, 166, 0, 0, ALLOWED},
	/* newer calls, x32, -1, another machine */
	{"", AUDIT_ARCH_X86_64, 456, 0, 0, ALLOWED},
	{"", AUDIT_ARCH_X86_64, 457, 0, 0, NEWER},
	{"", AUDIT_ARCH_I386, 457, 0, 0, NEWER},
	{"", AUDIT_ARCH_X86_64, 0x40000000, 0, 0, NEWER},
	{"", AUDIT_ARCH_X86_64, -1, 0, 0, NEWER},
	{"", AUDIT_ARCH_AARCH64, 0, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
};

START_TEST(answers)
{
	struct gl_err err = GL_ERR_INIT;
	char text[256];

	snprintf(text, sizeof(text), HEAD "%s\n", rows[_i].policy);
	ck_assert_msg(compile(text, "x86_64", &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(ask(rows[_i].arch, rows[_i].nr, rows[_i].a, rows[_i].b), rows[_i].answer);
}
END_TEST

START_TEST(arm_private_calls)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(compile(HEAD "deny getpid\n", "aarch64", &err), 0);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0000, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0001, 0, 0), ALLOWED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0005, 0, 0), ALLOWED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0006, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 20, 0, 0), DENIED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 457, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_AARCH64, 0xf0001, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_AARCH64, 172, 0, 0), DENIED);
}
END_TEST

START_TEST(conditions_are_shared)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(compile(HEAD "deny mount unless cap SYS_ADMIN\ndeny chroot unless cap SYS_CHROOT\n"
				      "deny socket if domain == 1 unless cap SYS_ADMIN\n",
				 "x86_64", &err),
			 0);
	ck_assert_uint_eq(compiled.condition_count, 2);
	ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 165, 0, 0), ask(AUDIT_ARCH_X86_64, 41, 1, 0));
	ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 41, 2, 0), ALLOWED);
	ck_assert_uint_ne(ask(AUDIT_ARCH_X86_64, 165, 0, 0), ask(AUDIT_ARCH_X86_64, 161, 0, 0));
}
END_TEST

START_TEST(unknown_call)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(compile(HEAD "deny mount mout\n", "x86_64", &err), -EINVAL);
	ck_assert_str_eq(err.msg,
			 "t:3:12: no machine has a system call of this name\ndeny mount mout\n           ^");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile");
	TCase *c = tcase_create("compile");

	tcase_add_loop_test(c, answers, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, arm_private_calls);
	tcase_add_test(c, conditions_are_shared);
	tcase_add_test(c, unknown_call);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
