/*
 * Policies as text, compiled: single answers, the shape and the size of the
 * filter, and its limits.  That filter and policy agree is tested at large in
 * tests/sim.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/capability.h>
#include <linux/seccomp.h>

#include "base/buf.h"
#include "policy/kernel.h"
#include "tests/lib/bpf_sim.h"
#include "tests/lib/filter_answers.h"
#include "tests/lib/unit.h"

#define ALLOW	   "known-through 6.7\ndefault allow\n"
#define DENY	   "known-through 6.7\ndefault deny\nabis all\n"
#define ALLOWED	   SECCOMP_RET_ALLOW
#define DENIED	   (SECCOMP_RET_ERRNO | EPERM)
#define NEWER	   (SECCOMP_RET_ERRNO | ENOSYS)
#define KILLED	   SECCOMP_RET_KILL_PROCESS
#define NOTIFIED   SECCOMP_RET_USER_NOTIF
#define HIGH	   ((uint64_t)1 << 32)
#define X32(nr)	   ((int)(GL_X32_BIT | (nr)))
#define FACTS(c)   (&(struct gl_policy_facts){(c), GL_KERNEL(6, 1)})
#define ADMIN	   (UINT64_C(1) << CAP_SYS_ADMIN)
#define TINY	   8
#define LONG_LINES 4000

static struct gl_policy policy;
static struct gl_filter filter;

/* The row's policy in "policy", compiled in "filter". */
static void compile(const char *machine, const char *text, enum gl_filter_variant variant,
		    const struct gl_policy_facts *facts)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	policy = GL_POLICY_INIT;
	filter = GL_FILTER_INIT;
	r = gl_policy_parse(gl_machine_calls_of(machine), "t", text, NULL, NULL, &policy, &err);
	ck_assert_msg(r == 0, "%s", err.msg);
	r = gl_policy_compile(&policy, variant, facts, &filter, &err);
	ck_assert_msg(r == 0 && gl_filter_check(&filter, &err) == 0, "%s", err.msg);
}

static void done(void)
{
	gl_filter_done(&filter);
	gl_policy_done(&policy);
}

static uint32_t ask(uint32_t arch, int nr, uint64_t a, uint64_t b)
{
	const struct seccomp_data data = {.nr = nr, .arch = arch, .args = {a, b}};
	uint32_t answer = 0;

	ck_assert(gl_bpf_run(filter.insns, filter.count, &data, &answer));
	return answer;
}

static const struct {
	const char *policy;
	uint32_t arch;
	int nr;
	uint64_t a, b;
	uint32_t plain, explain;
} rows[] = {
	/* several tests: all must hold */
	{ALLOW "deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 1, 2, DENIED, NOTIFIED},
	{ALLOW "deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 1, 8, ALLOWED, ALLOWED},
	{ALLOW "deny socket if domain == 1 && type & (2|4)", AUDIT_ARCH_X86_64, 41, 2, 2, ALLOWED, ALLOWED},
	/* the later statement decides, where it holds */
	{DENY "allow socket\ndeny errno EACCES socket if domain == 1", AUDIT_ARCH_X86_64, 41, 1, 0,
	 SECCOMP_RET_ERRNO | EACCES, NOTIFIED},
	{DENY "allow socket\ndeny errno EACCES socket if domain == 1", AUDIT_ARCH_X86_64, 41, 2, 0, ALLOWED,
	 ALLOWED},
	{DENY "deny errno EACCES socket if domain == 1\nallow socket", AUDIT_ARCH_X86_64, 41, 1, 0, ALLOWED,
	 ALLOWED},
	/* the high half of an int is not looked at, of a register it is */
	{ALLOW "deny socket if domain == 1", AUDIT_ARCH_X86_64, 41, HIGH | 1, 0, DENIED, NOTIFIED},
	{ALLOW "deny socket if arg0 == 1", AUDIT_ARCH_X86_64, 41, HIGH | 1, 0, ALLOWED, ALLOWED},
	/* i386: socket() itself, not socketcall(), whose second argument is a pointer */
	{ALLOW "deny socket if domain == 1", AUDIT_ARCH_I386, 359, 1, 0, DENIED, NOTIFIED},
	{ALLOW "deny socket if domain == 1", AUDIT_ARCH_I386, 102, 1, 0, ALLOWED, ALLOWED},
	/* numbers are those of the ABI */
	{ALLOW "deny getpid", AUDIT_ARCH_X86_64, 39, 0, 0, DENIED, NOTIFIED},
	{ALLOW "deny getpid", AUDIT_ARCH_X86_64, 20, 0, 0, ALLOWED, ALLOWED},
	{ALLOW "deny getpid", AUDIT_ARCH_I386, 20, 0, 0, DENIED, NOTIFIED},
	/* what the actions become */
	{ALLOW "deny errno ENOSYS getpid", AUDIT_ARCH_X86_64, 39, 0, 0, NEWER, NEWER},
	{ALLOW "kill getpid", AUDIT_ARCH_X86_64, 39, 0, 0, KILLED, NOTIFIED},
	{ALLOW "trap getpid", AUDIT_ARCH_X86_64, 39, 0, 0, SECCOMP_RET_TRAP, SECCOMP_RET_TRAP},
	{ALLOW "log getpid", AUDIT_ARCH_X86_64, 39, 0, 0, SECCOMP_RET_LOG, SECCOMP_RET_LOG},
	{ALLOW "deny io_uring_setup", AUDIT_ARCH_X86_64, 425, 0, 0, DENIED, DENIED}, /* of @probes */
	{ALLOW "kill io_uring_setup", AUDIT_ARCH_X86_64, 425, 0, 0, KILLED, NOTIFIED},
	{DENY, AUDIT_ARCH_X86_64, 39, 0, 0, DENIED, NOTIFIED},
	/* never denied */
	{DENY "kill @known", AUDIT_ARCH_X86_64, 231, 0, 0, ALLOWED, ALLOWED},
	{DENY "kill @known", AUDIT_ARCH_X86_64, 15, 0, 0, ALLOWED, ALLOWED},
	{DENY "kill @known", AUDIT_ARCH_X86_64, 335, 0, 0, ALLOWED, ALLOWED},
	/* exec */
	{DENY, AUDIT_ARCH_X86_64, 59, 0, 0, ALLOWED, ALLOWED},
	{DENY "exec deny", AUDIT_ARCH_X86_64, 59, 0, 0, DENIED, NOTIFIED},
	{DENY "exec deny", AUDIT_ARCH_X86_64, 322, 0, 0, DENIED, NOTIFIED},
	{ALLOW "exec deny", AUDIT_ARCH_I386, 11, 0, 0, DENIED, NOTIFIED},
	{ALLOW "exec allow", AUDIT_ARCH_I386, 11, 0, 0, ALLOWED, ALLOWED},
	/* newer calls, x32, -1, other machines */
	{ALLOW, AUDIT_ARCH_X86_64, 456, 0, 0, ALLOWED, ALLOWED},
	{ALLOW, AUDIT_ARCH_X86_64, 457, 0, 0, NEWER, NEWER},
	{ALLOW, AUDIT_ARCH_I386, 457, 0, 0, NEWER, NEWER},
	{ALLOW, AUDIT_ARCH_X86_64, X32(0), 0, 0, NEWER, NEWER},
	{ALLOW, AUDIT_ARCH_X86_64, -1, 0, 0, NEWER, NEWER},
	{ALLOW, AUDIT_ARCH_AARCH64, 0, 0, 0, NEWER, NEWER},
	{ALLOW "abis native", AUDIT_ARCH_I386, 20, 0, 0, KILLED, NOTIFIED},
	{ALLOW "abis native", AUDIT_ARCH_X86_64, X32(0), 0, 0, KILLED, NOTIFIED},
	{ALLOW "abis native", AUDIT_ARCH_X86_64, -1, 0, 0, NEWER, NEWER},
	{ALLOW "abis native", AUDIT_ARCH_AARCH64, 0, 0, 0, NEWER, NEWER},
};

START_TEST(answers)
{
	char text[256];

	snprintf(text, sizeof(text), "%s\n", rows[_i].policy);
	compile("x86_64", text, GL_FILTER_PLAIN, NULL);
	ck_assert_uint_eq(ask(rows[_i].arch, rows[_i].nr, rows[_i].a, rows[_i].b), rows[_i].plain);
	done();
	compile("x86_64", text, GL_FILTER_EXPLAIN, NULL);
	ck_assert_uint_eq(ask(rows[_i].arch, rows[_i].nr, rows[_i].a, rows[_i].b), rows[_i].explain);
	done();
}
END_TEST

START_TEST(arm_private_calls)
{
	compile("aarch64", DENY "kill getpid\n", GL_FILTER_PLAIN, NULL);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0000, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0001, 0, 0), ALLOWED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0005, 0, 0), ALLOWED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 0xf0007, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_ARM, 20, 0, 0), KILLED);
	ck_assert_uint_eq(ask(AUDIT_ARCH_AARCH64, 0xf0001, 0, 0), NEWER);
	ck_assert_uint_eq(ask(AUDIT_ARCH_AARCH64, 172, 0, 0), KILLED);
	done();
}
END_TEST

/* With or without the facts; a condition lifts the test too, so the kernel sees that the call is always allowed. */
START_TEST(conditions)
{
	const char *text =
		ALLOW "deny mount unless cap SYS_ADMIN\ndeny socket if domain == 1 unless cap SYS_ADMIN\n"
		      "deny ptrace if kernel < 4.8\n";

	for (int capable = 0; capable < 2; capable++) {
		const struct gl_policy_facts *facts = FACTS(capable ? ADMIN : 0);
		uint32_t answer = capable ? ALLOWED : DENIED;

		compile("x86_64", text, GL_FILTER_PLAIN, facts);
		ck_assert_uint_eq(filter.patch_count, 0);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 165, 0, 0), answer);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 41, 1, 0), answer);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 101, 0, 0), ALLOWED);
		done();
		compile("x86_64", text, GL_FILTER_PLAIN, NULL);
		ck_assert_uint_eq(filter.patch_count,
				  3); /* one for each condition, and the jump before the test */
		gl_filter_settle(&filter, facts);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 165, 0, 0), answer);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 41, 1, 0), answer);
		ck_assert_uint_eq(ask(AUDIT_ARCH_X86_64, 41, 2, 0), ALLOWED);
		done();
	}
}
END_TEST

static size_t count_loads(uint32_t from)
{
	size_t loads = 0;

	for (size_t i = 0; i < filter.count; i++)
		loads += BPF_CLASS(filter.insns[i].code) == BPF_LD && filter.insns[i].k >= from;
	return loads;
}

/* Where all calls have one answer there is no search; where calls have the same tests these are there once. */
START_TEST(sizes)
{
	compile("x86_64", "known-through 6.7\ndefault kill\n", GL_FILTER_EXPLAIN, NULL);
	done();
	compile("x86_64", ALLOW "abis native\n", GL_FILTER_PLAIN, NULL);
	ck_assert_uint_le(filter.count, 3 * TINY); /* the gaps between the numbers */
	done();
	compile("x86_64", ALLOW "deny socket socketpair if domain == 5\ndeny accept4 if arg0 == 5\n",
		GL_FILTER_PLAIN, NULL);
	ck_assert_uint_eq(count_loads(16), 3); /* one of 32 bits, one of 64, for two ABIs */
	done();
	compile("x86_64", DENY "allow socket if domain == 1\nallow socket if domain == 2\n", GL_FILTER_PLAIN,
		NULL);
	ck_assert_uint_eq(count_loads(16), 2);
	done();
}
END_TEST

/* As many different tests as fit, and more: every jump is a long one. */
static void make_long(struct gl_buf *text, int lines)
{
	gl_buf_puts(text, ALLOW);
	for (int i = 0; i < lines; i++) {
		const struct gl_machine_calls *m = gl_machine_calls_of("x86_64");
		uint16_t call = m->abis[0].numbers[i % 330].call;

		if (m->calls[call].always || m->calls[call].since != 0 || gl_call_is_exec(m, call))
			continue;
		gl_buf_printf(text, "deny %s if arg%d == %d\n", m->calls[call].name, i % 6, 3 * i);
	}
}

START_TEST(long_filters)
{
	const struct gl_policy_facts *facts = FACTS(0);
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_random random = {1};
	struct gl_filter_comparison c = {
		.policy = &policy, .facts = facts, .filter = &filter, .random = &random, .all_numbers = true};

	make_long(&text, 300 + 60 * _i);
	compile("x86_64", gl_buf_text(&text), GL_FILTER_PLAIN, NULL);
	ck_assert_uint_gt(filter.count, 1000);
	ck_assert_msg(gl_filter_compare(&c), "%s", c.difference);
	done();
}
END_TEST

START_TEST(too_long)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	policy = GL_POLICY_INIT;
	filter = GL_FILTER_INIT;
	make_long(&text, LONG_LINES);
	ck_assert_int_eq(gl_policy_parse(gl_machine_calls_of("x86_64"), "t", gl_buf_text(&text), NULL, NULL,
					 &policy, &err),
			 0);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_PLAIN, NULL, &filter, &err), -E2BIG);
	ck_assert_str_eq(err.msg, "policy 't' needs more than the 4096 instructions of a filter: its "
				  "conditions compare arguments with 3675 numbers");
	done();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compile");
	TCase *c = tcase_create("compile");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, answers, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, arm_private_calls);
	tcase_add_test(c, conditions);
	tcase_add_test(c, sizes);
	tcase_add_loop_test(c, long_filters, 0, 6);
	tcase_add_test(c, too_long);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
