/*
 * Policies that are right, and what is said of those that are not.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/socket.h>

#include "policy/kernel.h"
#include "policy/policy.h"
#include "tests/lib/unit.h"

#define HEAD	      "known-through 6.7\ndefault allow\n"
#define CAP_BIT(name) (UINT64_C(1) << CAP_##name)

static void parse(const char *text, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse("t", text, ret, &err) == 0, "%s", err.msg);
}

START_TEST(empty_policy)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse("default allow\nknown-through 6.7", &p);
	ck_assert_uint_eq(p.known_through, GL_KERNEL(6, 7));
	ck_assert(p.default_allow);
	ck_assert_uint_eq(p.rule_count, 0);
}
END_TEST

START_TEST(calls_belong_to_their_rule)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "deny mount umount2\ndeny errno ENOSYS clone3\n", &p);
	ck_assert_uint_eq(p.rule_count, 2);
	ck_assert_uint_eq(p.call_count, 3);
	ck_assert_int_eq(p.rules[0].errnum, EPERM);
	ck_assert_int_eq(p.rules[1].errnum, ENOSYS);
	ck_assert_uint_eq(p.calls[1].rule, 0);
	ck_assert_uint_eq(p.calls[2].rule, 1);
	ck_assert_uint_eq(p.calls[2].place.line, 4);
	ck_assert_uint_eq(p.calls[2].place.column, 19);
	ck_assert_int_eq(strncmp(p.calls[2].name, "clone3\n", 7), 0);
}
END_TEST

START_TEST(conditions)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "deny ptrace if kernel < 4.8 unless cap SYS_PTRACE, cap_sys_admin\n"
		   "deny kcmp unless cap BPF if kernel >= 3.5 && kernel < 6.1\n",
	      &p);
	ck_assert_uint_eq(p.rules[0].if_kernel_below, GL_KERNEL(4, 8));
	ck_assert_uint_eq(p.rules[0].if_kernel_from, 0);
	ck_assert_uint_eq(p.rules[0].unless_caps, CAP_BIT(SYS_PTRACE) | CAP_BIT(SYS_ADMIN));
	ck_assert_uint_eq(p.rules[1].if_kernel_from, GL_KERNEL(3, 5));
	ck_assert_uint_eq(p.rules[1].if_kernel_below, GL_KERNEL(6, 1));
	ck_assert_uint_eq(p.rules[1].unless_caps, CAP_BIT(BPF));
}
END_TEST

START_TEST(argument_tests)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "deny clone if flags & (CLONE_NEWUSER | CLONE_NEWNS | 0x80)\n"
		   "deny socket if domain in {AF_VSOCK, AF_ALG} && type != 1 && protocol == 0\n"
		   "deny personality if persona not in {0, 8 | UNAME26, 0xffffffff}\n",
	      &p);
	ck_assert_int_eq(p.rules[0].tests[0].op, GL_POLICY_ANY_BIT);
	ck_assert_uint_eq(p.rules[0].tests[0].values[0], CLONE_NEWUSER | CLONE_NEWNS | 0x80);
	ck_assert_uint_eq(p.rules[1].test_count, 3);
	ck_assert_uint_eq(p.rules[1].tests[0].value_count, 2);
	ck_assert_uint_eq(p.rules[1].tests[0].values[1], AF_ALG);
	ck_assert_int_eq(p.rules[1].tests[1].op, GL_POLICY_NOT_IN);
	ck_assert_uint_eq(p.rules[1].tests[1].argument, 1);
	ck_assert_int_eq(p.rules[1].tests[2].op, GL_POLICY_IN);
	ck_assert_uint_eq(p.rules[1].tests[2].argument, 2);
	ck_assert_int_eq(p.rules[2].tests[0].op, GL_POLICY_NOT_IN);
	ck_assert_uint_eq(p.rules[2].tests[0].values[1], 0x20008);
	ck_assert_uint_eq(p.rules[2].tests[0].values[2], UINT32_MAX);
}
END_TEST

static const struct {
	const char *text, *message;
} bad[] = {
	{"", "t:1:1: the policy does not say 'known-through'\n\n^"},
	{"known-through 6.7",
	 "t:1:18: the policy does not say 'default'\nknown-through 6.7\n                 ^"},
	{"known-through 6",
	 "t:1:15: expected a kernel version such as 6.7: '6'\nknown-through 6\n              ^"},
	{"known-through 4.19",
	 "t:1:15: the calls of Linux 5.1 to 6.17 are known\nknown-through 4.19\n              ^"},
	{"known-through 6.7 6.8", "t:1:19: expected the end of the line: '6.8'\nknown-through 6.7 6.8\n"
				  "                  ^"},
	{"default deny", "t:1:9: expected 'allow': 'deny'\ndefault deny\n        ^"},
	{"default allow\ndefault allow", "t:2:9: 'default' is said twice: 'allow'\ndefault allow\n        ^"},
	{"frobnicate x", "t:1:1: unknown statement: 'frobnicate'\nfrobnicate x\n^"},
	{"& x", "t:1:1: unknown statement: '&'\n& x\n^"},
	{HEAD "deny", "t:3:5: expected the name of a system call\ndeny\n    ^"},
	{HEAD "deny if kernel < 5.0",
	 "t:3:6: expected the name of a system call: 'if'\ndeny if kernel < 5.0\n     ^"},
	{HEAD "deny errno EFOO x", "t:3:12: unknown errno name: 'EFOO'\ndeny errno EFOO x\n           ^"},
	{HEAD "deny a\ndeny b a", "t:4:8: 'a' stands in line 3 already\ndeny b a\n       ^"},
	{HEAD "deny a, b", "t:3:7: expected 'if', 'unless' or the end of the line: ','\ndeny a, b\n      ^"},
	{HEAD "deny a unless cap FOO", "t:3:19: unknown capability: 'FOO'\ndeny a unless cap FOO\n"
				       "                  ^"},
	{HEAD "deny a unless SYS_ADMIN", "t:3:15: expected 'cap': 'SYS_ADMIN'\ndeny a unless SYS_ADMIN\n"
					 "              ^"},
	{HEAD "deny a unless cap", "t:3:18: expected a capability\ndeny a unless cap\n                 ^"},
	{HEAD "deny a unless cap KILL unless cap KILL",
	 "t:3:24: a second 'unless'; name all capabilities in one: 'unless'\n"
	 "deny a unless cap KILL unless cap KILL\n                       ^"},
	{HEAD "deny read if buf == 0", "t:3:14: 'read' has no argument of this name that a filter can test\n"
				       "deny read if buf == 0\n             ^"},
	{HEAD "deny socket clone if domain == 1",
	 "t:3:22: 'clone' has no argument of this name that a filter can test\n"
	 "deny socket clone if domain == 1\n                     ^"},
	{HEAD "deny socket if domain == AF_FOO",
	 "t:3:26: unknown constant: 'AF_FOO'\n"
	 "deny socket if domain == AF_FOO\n                         ^"},
	{HEAD "deny socket if domain == 0x100000000", "t:3:26: unknown constant: '0x100000000'\n"
						      "deny socket if domain == 0x100000000\n"
						      "                         ^"},
	{HEAD "deny socket if domain",
	 "t:3:22: expected '==', '!=', '&', 'in' or 'not in'\ndeny socket if domain\n"
	 "                     ^"},
	{HEAD "deny socket if domain in {1", "t:3:28: expected '}'\ndeny socket if domain in {1\n"
					     "                           ^"},
	{HEAD "deny socket if domain & (1", "t:3:27: expected ')'\ndeny socket if domain & (1\n"
					    "                          ^"},
	{HEAD "deny a if kernel == 5.0", "t:3:18: expected '<' or '>=': '=='\ndeny a if kernel == 5.0\n"
					 "                 ^"},
	{HEAD "deny a if kernel < 5.0 && kernel < 5.1", "t:3:34: the kernel is compared twice: '<'\n"
							"deny a if kernel < 5.0 && kernel < 5.1\n"
							"                                 ^"},
	{HEAD "deny a if kernel < 5.0 if kernel >= 4.0",
	 "t:3:24: a second condition; join them with '&&': 'if'\ndeny a if kernel < 5.0 if kernel >= 4.0\n"
	 "                       ^"},
};

START_TEST(complaints)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse("t", bad[_i].text, &p, &err), -EINVAL);
	ck_assert_str_eq(err.msg, bad[_i].message);
	ck_assert_ptr_null(p.text);
}
END_TEST

/* A set of n values: GL_POLICY_MAX_VALUES are accepted. */
static int parse_values(size_t n)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	char text[512];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD "deny socket if domain in {0");
	struct gl_err err = GL_ERR_INIT;

	for (size_t i = 1; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, ", %zu", i);
	snprintf(text + used, sizeof(text) - used, "}");
	return gl_policy_parse("t", text, &p, &err);
}

START_TEST(limits)
{
	ck_assert_int_eq(parse_values(GL_POLICY_MAX_VALUES), 0);
	ck_assert_int_eq(parse_values(GL_POLICY_MAX_VALUES + 1), -EINVAL);
}
END_TEST

START_TEST(too_many_calls)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	size_t size = (GL_POLICY_MAX_CALLS + 1) * 8 + 64, used;
	char *text = malloc(size);

	used = (size_t)snprintf(text, size, HEAD "deny");
	for (size_t i = 0; i <= GL_POLICY_MAX_CALLS; i++)
		used += (size_t)snprintf(text + used, size - used, " c%zu", i);
	ck_assert_int_eq(gl_policy_parse("t", text, &p, &err), -E2BIG);
	free(text);
}
END_TEST

/* A place far to the right: the message still has its words and the beginning of the line. */
START_TEST(long_line)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char text[512];

	snprintf(text, sizeof(text), HEAD "deny %0*d if", 300, 7);
	ck_assert_int_eq(gl_policy_parse("t", text, &p, &err), -EINVAL);
	ck_assert_ptr_eq(strstr(err.msg, "t:3:309: expected an argument's name or 'kernel'\ndeny 000"),
			 err.msg);
	ck_assert_ptr_null(strchr(err.msg, '^'));
}
END_TEST

/* A policy with any byte replaced, by NUL too, is read or refused; nothing crashes. */
START_TEST(damaged_text)
{
	static const char whole[] =
		HEAD "deny errno ENOSYS clone3 unless cap SYS_ADMIN, BPF \\\n"
		     "if kernel < 4.8\ndeny socket if domain not in {1, 2 | 8} && type & (1|2)\n";
	static const char bytes[] = "\n\\#{}(),&|<>=!\x01\xff \t0az";
	char text[sizeof(whole)];

	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		for (size_t j = 0; j < sizeof(bytes); j++) {
			gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
			struct gl_err err = GL_ERR_INIT;
			int r;

			memcpy(text, whole, sizeof(whole));
			text[i] = bytes[j];
			r = gl_policy_parse("t", text, &p, &err);
			if (r != 0 && r != -EINVAL)
				ck_abort_msg("byte %zu: %d", i, r);
			if (r < 0 && strncmp(err.msg, "t:", 2) != 0)
				ck_abort_msg("byte %zu: '%s'", i, err.msg);
		}
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parse");
	TCase *c = tcase_create("parse");

	tcase_add_test(c, empty_policy);
	tcase_add_test(c, calls_belong_to_their_rule);
	tcase_add_test(c, conditions);
	tcase_add_test(c, argument_tests);
	tcase_add_loop_test(c, complaints, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_test(c, limits);
	tcase_add_test(c, too_many_calls);
	tcase_add_test(c, long_line);
	tcase_add_test(c, damaged_text);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
