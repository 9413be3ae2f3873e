/*
 * Conditions that i386 calls pass by.
 */
#include "policy/unseen.h"

#include "tests/lib/unit.h"

static const struct {
	const char *machine, *text;
	const char *call, *by; /* NULL: nothing is passed by */
} rows[] = {
	{"x86_64", "default allow\ndeny mmap if prot & PROT_EXEC", "mmap", "mmap"},
	{"x86_64", "default allow\ndeny socket if domain == AF_VSOCK", "socket", "socketcall"},
	{"x86_64", "default allow\ndeny semget if arg0 == 1", "semget", "ipc"},
	{"x86_64", "default deny\nabis all\nallow socketcall\nlog socket if domain == AF_UNIX", "socket",
	 "socketcall"},
	/* closed, by another line or by the same one */
	{"x86_64", "default allow\ndeny socket if domain == AF_VSOCK\ndeny socketcall", NULL, NULL},
	{"x86_64", "default deny\nabis all\nallow socket if domain == AF_UNIX", NULL, NULL},
	{"x86_64", "default allow\ndeny mmap if prot & PROT_EXEC == 0", NULL, NULL},
	/* not served */
	{"x86_64", "default allow\nabis native\ndeny mmap if prot & PROT_EXEC", NULL, NULL},
	/* no arguments are tested */
	{"x86_64", "default allow\ndeny mmap socket unless cap SYS_ADMIN", NULL, NULL},
	{"x86_64", "default allow\ndeny mmap2 ioctl if arg2 == 4", NULL, NULL},
	/* arm's calls are in registers */
	{"aarch64", "default allow\ndeny socket if domain == AF_VSOCK", NULL, NULL},
};

START_TEST(passed_by)
{
	const struct gl_policy_facts facts = {.kernel = UINT32_MAX};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	const char *call = NULL, *by = NULL;
	bool found;

	if (gl_policy_parse(gl_machine_calls_of(rows[_i].machine), "t", rows[_i].text, NULL, NULL, &policy,
			    &err) < 0)
		ck_abort_msg("%s", err.msg);
	for (size_t i = 0; i < policy.rule_count && !call; i++) {
		found = gl_policy_rule_is_passed_by(&policy, &facts, &policy.rules[i], &call, &by);
		ck_assert(found == (call != NULL));
	}
	ck_assert_pstr_eq(call, rows[_i].call);
	ck_assert_pstr_eq(by, rows[_i].by);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("unseen");
	TCase *c = tcase_create("unseen");

	tcase_add_loop_test(c, passed_by, 0, (int)GL_ARRAY_SIZE(rows));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
