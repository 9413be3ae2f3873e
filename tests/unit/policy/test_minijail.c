/*
 * minijail policies: what becomes of each line, and what is refused.
 */
#include "policy/minijail.h"

#include <errno.h>

#include "policy/decide.h"
#include "policy/kernel.h"
#include "policy/show.h"
#include "tests/lib/unit.h"

static const struct gl_machine_calls *machine(void)
{
	return gl_machine_calls_of("x86_64");
}

static const struct {
	const char *text, *statements; /* behind the first line, which names the file */
} rows[] = {
	{"", "default kill\nexec deny\n"},
	{"read: 1\nwrite: allow\n\n# nothing\n", "allow read\nallow write\ndefault kill\nexec deny\n"},
	{"open: return ENOSYS\nread: return 13", "deny errno ENOSYS open\ndeny errno EACCES read\n"},
	{"open: return 1", "deny open\n"},
	{"read: kill\nwrite: kill-process\nopen: kill-thread", "kill read\nkill write\nkill open\n"},
	{"read: log\nwrite: trap", "log read\ntrap write\n"},
	{"@default return EPERM\nread: 1", "allow read\ndefault deny\nexec deny\n"},
	{"read: 1\n@default log", "allow read\ndefault log\nexec allow\n"},
	{"@frequency ./file\nread: 1", "allow read\n"},
	{"execve: 1\nexit_group: 1", "allow exit_group\ndefault kill\nexec allow\n"},
	{"execve: kill\n@default allow", "default allow\nexec deny\n"},
	{"read: arg0 == 1", "kill read\nallow read if arg0 == 1\n"},
	{"read: arg0 != 16; return EPERM", "deny read\nallow read if arg0 != 0x10\n"},
	{"@default return EACCES\nread: arg0 < 010", "deny errno EACCES read\nallow read if arg0 < 8\n"},
	{"read: arg0 <= -1", "allow read if arg0 <= 0xffffffffffffffff\n"},
	{"read: arg1 > 0x10 && arg2 >= 2", "allow read if arg1 > 0x10 && arg2 >= 2\n"},
	{"read: arg1 & 4 || \\\n arg1 == 0", "allow read if arg1 & 4\nallow read if arg1 == 0\n"},
	{"socket: arg0 == AF_UNIX || arg0 == AF_INET && arg1 == SOCK_STREAM",
	 "allow socket if arg0 == 1\nallow socket if arg0 == 2 && arg1 == 1\n"},
	/* "in": no other bits */
	{"mmap: arg2 in ~PROT_EXEC", "allow mmap if arg2 & 4 == 0\n"},
	{"mmap: arg2 in PROT_READ|PROT_WRITE", "allow mmap if arg2 & 0xfffffffffffffffc == 0\n"},
	{"mmap: arg2 in ~(PROT_EXEC|PROT_WRITE)", "allow mmap if arg2 & 6 == 0\n"},
	{"mmap: arg2 == (PROT_READ | ((2)))", "allow mmap if arg2 == 3\n"},
	{"mmap: arg2 in ~0", "kill mmap\nallow mmap\n"},
};

START_TEST(reads)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	const char *got;

	ck_assert_msg(gl_minijail_read(machine(), "p", rows[_i].text, &converted, &err) == 0, "%s", err.msg);
	got = gl_buf_text(&converted.text);
	ck_assert(!strncmp(got, "# from p, a minijail policy\n", 28));
	ck_assert_msg(strstr(got, rows[_i].statements), "want:\n%s\ngot:\n%s", rows[_i].statements, got);
	ck_assert_msg(gl_converted_parse(&converted, machine(), "p", rows[_i].text, &policy, &err) == 0, "%s",
		      err.msg);
}
END_TEST

static const struct {
	const char *text;
	int errnum;
	const char *message;
} errors[] = {
	{"reed: 1", ENOENT, "p:1:1: no machine has a system call of this name: 'reed'; did you mean 'read'?"},
	{"read 1", EINVAL, "p:1:6: expected ':': '1'"},
	{"read: 1 1", EINVAL, "p:1:9: expected the end of the line: '1'"},
	{"read: 2", EINVAL, "p:1:7: expected an argument, arg0 to arg5: '2'"},
	{"read:", EINVAL, "p:1:6: expected an argument, arg0 to arg5"},
	{": 1", EINVAL, "p:1:1: expected the name of a system call: ':'"},
	{"read: 1\nread: 1", EINVAL, "p:2:1: 'read' is said twice, in line 1 already"},
	{"read: $", EINVAL, "p:1:7: unexpected character"},
	{"read: user-notify", EINVAL, "p:1:7: needs an agent that decides, which golaunch does not start"},
	{"read: trace", EINVAL, "p:1:7: needs a tracer, which golaunch is not: 'trace'"},
	{"read: return", EINVAL, "p:1:13: expected an errno"},
	{"read: return EPREM", ENOENT, "p:1:14: unknown errno name: 'EPREM'; did you mean 'EPERM'?"},
	{"read: return 4000", EINVAL, "p:1:14: no error has this number: '4000'"},
	{"read: arg6 == 1", EINVAL, "p:1:7: expected an argument, arg0 to arg5: 'arg6'"},
	{"read: arg0 = 1", EINVAL, "p:1:12: expected '==', '!=', '<', '<=', '>', '>=', '&' or 'in': '='"},
	{"read: arg0 == AF_INETT", ENOENT, "p:1:15: unknown constant: 'AF_INETT'; did you mean 'AF_INET'?"},
	{"read: arg0 == ~", EINVAL, "p:1:16: expected a constant or a number"},
	{"read: arg0 == (", EINVAL, "p:1:16: expected a constant or a number"},
	{"read: arg0 == ()", EINVAL, "p:1:16: expected a constant or a number: ')'"},
	{"read: arg0 == (1", EINVAL, "p:1:17: expected ')'"},
	{"read: arg0 == 1)", EINVAL, "p:1:16: expected the end of the line: ')'"},
	{"read: arg0 == (((((((((1)))))))))", E2BIG, "p:1:23: too many parentheses: '('"},
	{"read: arg0 == 0x10000000000000000", ENOENT, "p:1:15: unknown constant: '0x10000000000000000'"},
	{"read: arg0 & 0", EINVAL, "p:1:15: no bits: this can never hold"},
	{"read: arg0 == 1;", EINVAL, "p:1:17: expected 'return ERRNO'"},
	{"read: arg0 == 1; return EPERM x", EINVAL, "p:1:31: expected the end of the line: 'x'"},
	{"exit_group: kill", EINVAL,
	 "p:1:1: 'exit_group' can never be denied: without it a program hangs or dies unexplained"},
	{"execve: arg0 == 0", EINVAL,
	 "p:1:1: 'execve' cannot be filtered: a policy lets every program be executed, or none"},
	{"@include ./x", EINVAL, "p:1:1: includes are not followed: put the text in its place: '@include'"},
	{"@defualt kill", EINVAL, "p:1:1: expected the name of a system call: '@defualt'"},
	{"@default 7", EINVAL, "p:1:10: expected an action: '7'"},
	{"read: arg0 == 1\n@default log", EINVAL, "p:2:1: must stand before the first filter: '@default'"},
	{"read: arg0 == 1 && arg0 == 2 && arg0 == 3 && arg0 == 4 && arg0 == 5 && arg0 == 6 && arg0 == 7",
	 E2BIG, "p:1:"},
};

START_TEST(refuses)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_minijail_read(machine(), "p", errors[_i].text, &converted, &err),
			 -errors[_i].errnum);
	ck_assert_msg(!strncmp(err.msg, errors[_i].message, strlen(errors[_i].message)), "want: %s\ngot:  %s",
		      errors[_i].message, err.msg);
}
END_TEST

START_TEST(bounds)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	gl_buf_puts(&text, "read: arg0 == 0");
	for (int i = 0; i < GL_MINIJAIL_MAX_TERMS; i++)
		gl_buf_printf(&text, " || arg0 == %d", i);
	ck_assert_int_eq(gl_minijail_read(machine(), "p", gl_buf_text(&text), &converted, &err), -E2BIG);
}
END_TEST

/* Rules have their lines in the file that was read. */
START_TEST(keeps_lines)
{
	static const char text[] = "# a\nread: 1\n\nsocket: arg0 == 1 || \\\n  arg0 == 2\nwrite: 1\n";
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	static const unsigned lines[] = {2, 4, 4, 4, 6};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_minijail_read(machine(), "p", text, &converted, &err), 0);
	ck_assert_int_eq(gl_converted_parse(&converted, machine(), "p", text, &policy, &err), 0);
	ck_assert_uint_eq(policy.rule_count, GL_ARRAY_SIZE(lines));
	for (size_t i = 0; i < policy.rule_count; i++) {
		ck_assert_uint_eq(policy.rules[i].place.line, lines[i]);
		ck_assert_str_eq(policy.files[policy.rules[i].place.file].name, "p");
	}
	ck_assert_str_eq(policy.files[0].name, "p (converted)");
}
END_TEST

START_TEST(tells_minijail)
{
	static const char *const are[] = {"read: 1", "# x\n\n  read :1", "@default kill", "@include x",
					  "@frequency x"};
	static const char *const are_not[] = {
		"", "default allow", "# read: 1", "allow read", "include x:y", "{\"a\": 1}", "@x"};

	for (size_t i = 0; i < GL_ARRAY_SIZE(are); i++)
		ck_assert_msg(gl_minijail_is(are[i]), "%s", are[i]);
	for (size_t i = 0; i < GL_ARRAY_SIZE(are_not); i++)
		ck_assert_msg(!gl_minijail_is(are_not[i]), "%s", are_not[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("minijail");
	TCase *c = tcase_create("minijail");

	tcase_add_loop_test(c, reads, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_loop_test(c, refuses, 0, (int)GL_ARRAY_SIZE(errors));
	tcase_add_test(c, bounds);
	tcase_add_test(c, keeps_lines);
	tcase_add_test(c, tells_minijail);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
