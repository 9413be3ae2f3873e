/*
 * What a policy answers to single calls: the rules of policy/policy.h, one by
 * one.
 */
#include "policy/decide.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <sys/socket.h>

#include "policy/kernel.h"
#include "tests/lib/unit.h"

#define ALLOW_HEAD "known-through 6.7\ndefault allow\n"
#define DENY_HEAD  "known-through 6.7\ndefault deny\n"
#define HIGH	   ((uint64_t)1 << 32)
#define CAP(name)  (UINT64_C(1) << CAP_##name)
#define X86	   AUDIT_ARCH_X86_64
#define I386	   AUDIT_ARCH_I386
#define ARM64	   AUDIT_ARCH_AARCH64
#define ARM	   AUDIT_ARCH_ARM

#define ALLOWED	   GL_POLICY_ALLOW, 0
#define KILLED	   GL_POLICY_KILL, 0
#define DENIED(e)  GL_POLICY_DENY, e
#define RULE(line) GL_ZONE_RULE, line
#define DEFAULT	   GL_ZONE_DEFAULT, 2
#define NEWER	   GL_ZONE_NEWER, 1
#define ALWAYS	   GL_ZONE_ALWAYS, 0
#define FOREIGN	   GL_ZONE_FOREIGN, 0
#define EXEC(line) GL_ZONE_EXEC, line

static const struct {
	const char *text;
	uint32_t arch, number;
	uint64_t a, b;
	enum gl_policy_action action;
	int errnum;
	enum gl_policy_zone zone;
	unsigned line;
} rows[] = {
	/* the last one counts */
	{ALLOW_HEAD "", X86, 0, 0, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read", X86, 0, 0, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read\nallow read", X86, 0, 0, 0, ALLOWED, RULE(4)},
	{ALLOW_HEAD "allow read\ndeny errno ENOENT read write", X86, 1, 0, 0, DENIED(ENOENT), RULE(4)},
	{ALLOW_HEAD "deny read\nallow read if fd == 3", X86, 0, 3, 0, ALLOWED, RULE(4)},
	{ALLOW_HEAD "deny read\nallow read if fd == 3", X86, 0, 4, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "kill @swap\nlog swapon", X86, 167, 0, 0, GL_POLICY_LOG, 0, RULE(4)},
	{ALLOW_HEAD "kill @swap\nlog swapon", X86, 168, 0, 0, KILLED, RULE(3)},
	{DENY_HEAD "allow read", X86, 0, 0, 0, ALLOWED, RULE(3)},
	{DENY_HEAD "allow read", X86, 1, 0, 0, DENIED(EPERM), DEFAULT},
	{"known-through 6.7\ndefault deny errno ENOENT\nallow read", X86, 1, 0, 0, DENIED(ENOENT), DEFAULT},
	{"known-through 6.7\ndefault trap\nallow read", X86, 1, 0, 0, GL_POLICY_TRAP, 0, DEFAULT},
	/* widths: the low half of what the kernel reads in 32 bits */
	{ALLOW_HEAD "deny socket if domain == AF_VSOCK", X86, 41, HIGH | AF_VSOCK, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny socket if arg0 == AF_VSOCK", X86, 41, HIGH | AF_VSOCK, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny munmap if length > 0x1000", X86, 11, 0, HIGH, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny munmap if length > 0x1000", X86, 11, 0, 0x1000, ALLOWED, DEFAULT},
	/* operators */
	{ALLOW_HEAD "deny read if fd != 1", X86, 0, 1, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd != 1", X86, 0, 2, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd < 2", X86, 0, 1, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd < 2", X86, 0, 2, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd <= 2", X86, 0, 2, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd <= 2", X86, 0, 3, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd > 2", X86, 0, 2, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd > 2", X86, 0, 0xffffffff, 0, DENIED(EPERM), RULE(3)}, /* unsigned */
	{ALLOW_HEAD "deny read if fd >= 2", X86, 0, 2, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd in {1, 2}", X86, 0, 2, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd in {1, 2}", X86, 0, 3, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd not in {1, 2}", X86, 0, 2, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd not in {1, 2}", X86, 0, 3, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd & 6", X86, 0, 4, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd & 6", X86, 0, 9, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd & 6 == 2", X86, 0, 3, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if fd & 6 == 2", X86, 0, 6, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if fd & 6 == 0", X86, 0, 8, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny socket if domain == 2 && type == 3", X86, 41, 2, 3, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny socket if domain == 2 && type == 3", X86, 41, 2, 2, ALLOWED, DEFAULT},
	/* what only the launch knows: Linux 6.1, CAP_SYS_ADMIN */
	{ALLOW_HEAD "deny read unless cap SYS_ADMIN", X86, 0, 0, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read unless cap KILL", X86, 0, 0, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read unless cap KILL, SYS_ADMIN", X86, 0, 0, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if kernel < 6.1", X86, 0, 0, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "deny read if kernel < 6.2", X86, 0, 0, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if kernel >= 6.1", X86, 0, 0, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read if kernel >= 6.2", X86, 0, 0, 0, ALLOWED, DEFAULT},
	/* newer calls, numbers without one */
	{ALLOW_HEAD "", X86, 456, 0, 0, ALLOWED, DEFAULT},
	{ALLOW_HEAD "", X86, 457, 0, 0, DENIED(ENOSYS), NEWER},
	{ALLOW_HEAD "allow @known", X86, 470, 0, 0, DENIED(ENOSYS), NEWER},
	{ALLOW_HEAD "", X86, 400, 0, 0, DENIED(ENOSYS), NEWER},
	{ALLOW_HEAD "", X86, 100000, 0, 0, DENIED(ENOSYS), NEWER},
	{DENY_HEAD "", X86, 0xffffffff, 0, 0, DENIED(ENOSYS), NEWER}, /* skipped by a tracer */
	{"known-through 5.0\ndefault deny", X86, 435, 0, 0, DENIED(ENOSYS), NEWER},
	{DENY_HEAD "", X86, 435, 0, 0, DENIED(ENOSYS), GL_ZONE_RULE, 0}, /* clone3, built in */
	{DENY_HEAD "deny clone3", X86, 435, 0, 0, DENIED(EPERM), RULE(3)},
	{"known-through 6.7\ndefault kill", X86, 435, 0, 0, KILLED, DEFAULT},
	/* what always passes, and exec */
	{DENY_HEAD "", X86, 231, 0, 0, ALLOWED, ALWAYS},
	{"known-through 6.7\ndefault kill\nkill @known", X86, 15, 0, 0, ALLOWED, ALWAYS},
	{DENY_HEAD "", X86, 335, 0, 0, ALLOWED, ALWAYS}, /* uretprobe, newer than 6.7 */
	{DENY_HEAD "", X86, 59, 0, 0, ALLOWED, EXEC(0)},
	{DENY_HEAD "exec allow\ndeny @known", X86, 322, 0, 0, ALLOWED, EXEC(3)},
	{ALLOW_HEAD "allow @known\nexec deny", X86, 59, 0, 0, DENIED(EPERM), EXEC(4)},
	/* other ABIs and machines */
	{ALLOW_HEAD "deny read", I386, 3, 0, 0, DENIED(EPERM), RULE(3)},
	{ALLOW_HEAD "deny read", I386, 4, 0, 0, ALLOWED, DEFAULT},
	{DENY_HEAD "allow @known", I386, 3, 0, 0, KILLED, FOREIGN},
	{DENY_HEAD "allow @known", I386, 1, 0, 0, KILLED, FOREIGN}, /* exit: the process ends either way */
	{DENY_HEAD "allow read\nabis all", I386, 3, 0, 0, ALLOWED, RULE(3)},
	{ALLOW_HEAD "abis native", I386, 3, 0, 0, KILLED, GL_ZONE_FOREIGN, 3},
	{ALLOW_HEAD "", X86, 0x40000000, 0, 0, DENIED(ENOSYS), FOREIGN},
	{ALLOW_HEAD "", X86, 0x40000208, 0, 0, DENIED(ENOSYS), FOREIGN},
	{DENY_HEAD "allow read", X86, 0x40000000, 0, 0, KILLED, FOREIGN},
	{ALLOW_HEAD "", ARM64, 63, 0, 0, DENIED(ENOSYS), FOREIGN},
	{DENY_HEAD "", ARM64, 63, 0, 0, DENIED(ENOSYS), FOREIGN},
};

static void decide(const char *machine, const char *text, uint32_t arch, uint32_t number, uint64_t a,
		   uint64_t b, struct gl_policy_decision *ret)
{
	const struct gl_policy_facts facts = {CAP(SYS_ADMIN), GL_KERNEL(6, 1)};
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls_of(machine), "t", text, NULL, NULL, &p, &err) == 0,
		      "%s", err.msg);
	*ret = gl_policy_decide(&p, &facts, arch, number, (const uint64_t[6]){a, b});
}

START_TEST(decisions)
{
	struct gl_policy_decision d;

	decide("x86_64", rows[_i].text, rows[_i].arch, rows[_i].number, rows[_i].a, rows[_i].b, &d);
	ck_assert_int_eq(d.zone, rows[_i].zone);
	ck_assert_int_eq(d.answer.action, rows[_i].action);
	ck_assert_int_eq(d.answer.errnum, rows[_i].errnum);
	ck_assert_uint_eq(d.place.line, rows[_i].line);
	ck_assert_int_eq(d.rule != NULL, rows[_i].zone == GL_ZONE_RULE);
}
END_TEST

/* The call is named whatever the zone. */
START_TEST(call_is_named)
{
	struct gl_policy_decision d;

	decide("x86_64", DENY_HEAD, I386, 3, 0, 0, &d);
	ck_assert_str_eq(gl_machine_calls()->calls[d.call].name, "read");
	decide("x86_64", DENY_HEAD, X86, 0x40000000 | 520, 0, 0, &d);
	ck_assert_str_eq(gl_machine_calls()->calls[d.call].name, "execve");
	decide("x86_64", DENY_HEAD, X86, 470, 0, 0, &d);
	ck_assert_str_eq(gl_machine_calls()->calls[d.call].name, "listns");
	decide("x86_64", DENY_HEAD, X86, 5000, 0, 0, &d);
	ck_assert_uint_eq(d.call, GL_CALL_NONE);
}
END_TEST

START_TEST(arm_private_calls)
{
	struct gl_policy_decision d;

	for (uint32_t n = 0xf0000; n <= 0xf0007; n++) {
		bool private = n >= GL_ARM_PRIVATE_FIRST && n <= GL_ARM_PRIVATE_LAST;

		decide("aarch64", DENY_HEAD "abis all", ARM, n, 0, 0, &d);
		ck_assert_int_eq(d.zone, private ? GL_ZONE_ALWAYS : GL_ZONE_NEWER);
		decide("aarch64", DENY_HEAD, ARM, n, 0, 0, &d);
		ck_assert_int_eq(d.answer.action, GL_POLICY_KILL);
		decide("aarch64", ALLOW_HEAD, ARM64, n, 0, 0, &d);
		ck_assert_int_eq(d.zone, GL_ZONE_NEWER);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("decide");
	TCase *c = tcase_create("decide");

	tcase_add_loop_test(c, decisions, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, call_is_named);
	tcase_add_test(c, arm_private_calls);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
