/*
 * Policies that are right: what the model is made of.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "policy/group.h"
#include "policy/kernel.h"
#include "policy/policy.h"
#include "tests/lib/unit.h"

#define HEAD	      "known-through 6.7\ndefault allow\n"
#define CAP_BIT(name) (UINT64_C(1) << CAP_##name)

static void parse(const char *text, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, ret, &err) == 0, "%s",
		      err.msg);
}

static uint16_t call(const char *name)
{
	uint16_t found = gl_syscall_find(gl_machine_calls(), name, strlen(name));

	ck_assert_uint_ne(found, GL_CALL_NONE);
	return found;
}

static bool names(const struct gl_policy_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->call_count; i++)
		if (rule->calls[i] == call(name))
			return true;
	return false;
}

START_TEST(empty_policy)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse("default allow\nknown-through 6.7", &p);
	ck_assert_uint_eq(p.known_through, GL_KERNEL(6, 7));
	ck_assert_int_eq(p.fallback.action, GL_POLICY_ALLOW);
	ck_assert_uint_eq(p.rule_count, 0);
	ck_assert(!p.foreign_abis_killed);
	ck_assert_int_eq(p.exec, GL_POLICY_UNSAID);
	ck_assert_int_eq(p.no_new_privs, GL_POLICY_UNSAID);
}
END_TEST

START_TEST(rules)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD
	      "deny write read write\ndeny errno ENOENT bpf\nallow bpf\nkill keyctl\ntrap acct\nlog mount\n",
	      &p);
	ck_assert_uint_eq(p.rule_count, 6);
	ck_assert_int_eq(p.rules[0].answer.action, GL_POLICY_DENY);
	ck_assert_int_eq(p.rules[0].answer.errnum, EPERM);
	ck_assert_uint_eq(p.rules[0].call_count, 2); /* no call twice, ascending */
	ck_assert_uint_eq(p.rules[0].calls[0], call("read"));
	ck_assert_uint_eq(p.rules[0].calls[1], call("write"));
	ck_assert_uint_eq(p.rules[0].place.line, 3);
	ck_assert_uint_eq(p.rules[0].place.column, 1);
	ck_assert_int_eq(p.rules[1].answer.errnum, ENOENT);
	ck_assert_int_eq(p.rules[2].answer.action, GL_POLICY_ALLOW);
	ck_assert_int_eq(p.rules[3].answer.action, GL_POLICY_KILL);
	ck_assert_int_eq(p.rules[4].answer.action, GL_POLICY_TRAP);
	ck_assert_int_eq(p.rules[5].answer.action, GL_POLICY_LOG);
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

static const struct {
	const char *condition; /* of a rule about this call */
	const char *call;
	uint8_t argument;
	bool wide;
	enum gl_policy_op op;
	uint64_t mask;
	size_t value_count;
	uint64_t values[3];
} tests[] = {
	{"flags & (CLONE_NEWUSER | CLONE_NEWNS | 0x80)",
	 "clone",
	 0,
	 false,
	 GL_POLICY_ANY_BIT,
	 CLONE_NEWUSER | CLONE_NEWNS | 0x80,
	 0,
	 {0}},
	{"domain in {AF_VSOCK, AF_ALG}", "socket", 0, false, GL_POLICY_IN, 0, 2, {AF_VSOCK, AF_ALG}},
	{"domain in {AF_VSOCK}", "socket", 0, false, GL_POLICY_IN, 0, 1, {AF_VSOCK}},
	{"type != 1", "socket", 1, false, GL_POLICY_NOT_IN, 0, 1, {1}},
	{"protocol == 0", "socket", 2, false, GL_POLICY_IN, 0, 1, {0}},
	{"protocol == NETLINK_ROUTE", "socket", 2, false, GL_POLICY_IN, 0, 1, {0}},
	{"type & 0xf == SOCK_RAW", "socket", 1, false, GL_POLICY_MASKED_EQUAL, 15, 1, {SOCK_RAW}},
	{"type & SOCK_STREAM", "socket", 1, false, GL_POLICY_ANY_BIT, 1, 0, {0}},
	{"persona not in {0, 8 | UNAME26, 0xffffffff}",
	 "personality",
	 0,
	 false,
	 GL_POLICY_NOT_IN,
	 0,
	 3,
	 {0, 0x20008, UINT32_MAX}},
	{"persona in {(8 | UNAME26), 1}", "personality", 0, false, GL_POLICY_IN, 0, 2, {0x20008, 1}},
	{"count > 0x100000000", "read", 2, true, GL_POLICY_GREATER, 0, 1, {UINT64_C(1) << 32}},
	{"count >= 010", "read", 2, true, GL_POLICY_GREATER_EQUAL, 0, 1, {8}},
	{"count < 18446744073709551615", "read", 2, true, GL_POLICY_LESS, 0, 1, {UINT64_MAX}},
	{"count <= 0xFfFf", "read", 2, true, GL_POLICY_LESS_EQUAL, 0, 1, {0xffff}},
	{"fd == -1", "read", 0, false, GL_POLICY_IN, 0, 1, {UINT32_MAX}},
	{"count == -1", "read", 2, true, GL_POLICY_IN, 0, 1, {UINT64_MAX}},
	{"dirfd == AT_FDCWD", "openat", 0, false, GL_POLICY_IN, 0, 1, {(uint32_t)AT_FDCWD}},
	{"flags & O_ACCMODE == O_RDONLY", "openat", 2, false, GL_POLICY_MASKED_EQUAL, 3, 1, {0}},
	{"flags & O_DIRECTORY", "openat", 2, false, GL_POLICY_ANY_BIT, O_DIRECTORY, 0, {0}},
	{"mode & 07000", "chmod", 1, false, GL_POLICY_ANY_BIT, 07000, 0, {0}},
	{"mode & (S_ISUID | S_ISGID) == S_ISUID",
	 "chmod",
	 1,
	 false,
	 GL_POLICY_MASKED_EQUAL,
	 06000,
	 1,
	 {04000}},
	{"arg1 == 0", "read", 1, true, GL_POLICY_IN, 0, 1, {0}},
	{"arg5 & AF_INET", "read", 5, true, GL_POLICY_ANY_BIT, AF_INET, 0, {0}},
	{"sig == SIGKILL", "tgkill", 2, false, GL_POLICY_IN, 0, 1, {9}},
};

START_TEST(argument_tests)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	const struct gl_policy_test *test;
	char text[256];

	snprintf(text, sizeof(text), HEAD "deny %s if %s", tests[_i].call, tests[_i].condition);
	parse(text, &p);
	ck_assert_uint_eq(p.rules[0].test_count, 1);
	test = &p.rules[0].tests[0];
	ck_assert_uint_eq(test->argument, tests[_i].argument);
	ck_assert_int_eq(test->wide, tests[_i].wide);
	ck_assert_int_eq(test->op, tests[_i].op);
	ck_assert_uint_eq(test->mask, tests[_i].mask);
	ck_assert_uint_eq(test->value_count, tests[_i].value_count);
	for (size_t i = 0; i < test->value_count; i++)
		ck_assert_uint_eq(test->values[i], tests[_i].values[i]);
}
END_TEST

/* Flags have the values of the machine that the policy is for. */
START_TEST(constants_of_another_machine)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(gl_machine_calls_of("aarch64"), "t",
					 HEAD "deny openat if flags & O_DIRECTORY", NULL, NULL, &p, &err),
			 0);
	ck_assert_uint_eq(p.rules[0].tests[0].mask, 040000);
}
END_TEST

START_TEST(groups)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "deny @swap read\nallow @default\ndeny @default\nkill @process\n", &p);
	ck_assert_uint_eq(p.rules[0].call_count, 3);
	ck_assert(names(&p.rules[1], "exit_group"));
	ck_assert(!names(&p.rules[2], "exit_group")); /* never denied */
	ck_assert(!names(&p.rules[2], "uretprobe"));
	ck_assert(names(&p.rules[2], "brk"));
	ck_assert(names(&p.rules[3], "clone"));
}
END_TEST

/* Whatever a group holds, execve is not in a rule. */
START_TEST(no_rule_about_execve)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "allow @known\ndeny @known", &p);
	for (size_t i = 0; i < p.rule_count; i++) {
		ck_assert(!names(&p.rules[i], "execve"));
		ck_assert(!names(&p.rules[i], "execveat"));
		ck_assert(names(&p.rules[i], "mount"));
	}
}
END_TEST

static const struct {
	const char *text;
	uint32_t through;
	size_t rules;
	bool clone3; /* the first rule is the one built in */
} known[] = {
	{"default allow\nallow read", GL_KERNEL(7, 2), 1, false},
	{"default log\nallow read", GL_KERNEL(7, 2), 1, false},
	{"default deny\nallow read", GL_KERNEL(3, 0), 1, false}, /* clone3 is newer */
	{"default deny\nallow read openat2 statx", GL_KERNEL(5, 6), 2, true},
	{"default kill\nallow read openat2 statx", GL_KERNEL(5, 6), 1, false},
	{"default deny errno ENOENT\nallow futex_waitv", GL_KERNEL(5, 16), 2, true},
	{"default deny\nknown-through 5.2\nallow read", GL_KERNEL(5, 2), 1, false},
	{"default deny\nknown-through 5.3\nallow read", GL_KERNEL(5, 3), 2, true},
	{"default allow\nknown-through 4.18\ndeny @sandbox", GL_KERNEL(4, 18), 1,
	 false}, /* without landlock */
	{"default allow\nknown-through 3.2\ndeny @sandbox", GL_KERNEL(3, 2), 0, false},
};

START_TEST(known_through)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(known[_i].text, &p);
	ck_assert_uint_eq(p.known_through, known[_i].through);
	ck_assert_uint_eq(p.rule_count, known[_i].rules);
	for (size_t i = 0; i < p.rule_count; i++)
		ck_assert_int_eq(p.rules[i].place.line == 0, i == 0 && known[_i].clone3);
	if (known[_i].clone3) {
		ck_assert_int_eq(p.rules[0].answer.errnum, ENOSYS);
		ck_assert_uint_eq(p.rules[0].call_count, 1);
		ck_assert_uint_eq(p.rules[0].calls[0], call("clone3"));
	}
}
END_TEST

static const struct {
	const char *text;
	bool killed;
} abis[] = {
	{"default allow", false},
	{"default log", false},
	{"default deny", true},
	{"default kill", true},
	{"default trap", true},
	{"default deny\nabis all", false},
	{"abis native\ndefault allow", true},
};

START_TEST(foreign_abis)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(abis[_i].text, &p);
	ck_assert_int_eq(p.foreign_abis_killed, abis[_i].killed);
}
END_TEST

static const struct {
	const char *line;
	enum gl_policy_setting_kind kind;
	size_t count;
	const char *first, *last;
	bool optional;
} settings[] = {
	{"capabilities none", GL_POLICY_CAPABILITIES, 1, "none", "none", false},
	{"capabilities +NET_BIND_SERVICE -cap_chown", GL_POLICY_CAPABILITIES, 2, "+NET_BIND_SERVICE",
	 "-cap_chown", false},
	{"limit nofile 4096:65536", GL_POLICY_LIMIT, 1, "nofile=4096:65536", "nofile=4096:65536", false},
	{"limit as 2G", GL_POLICY_LIMIT, 1, "as=2G", "as=2G", false},
	{"limit core unlimited:unlimited", GL_POLICY_LIMIT, 1, "core=unlimited:unlimited",
	 "core=unlimited:unlimited", false},
	{"env keep PATH HOME GO*", GL_POLICY_ENV_KEEP, 3, "PATH", "GO*", false},
	{"env drop \"A B\"", GL_POLICY_ENV_DROP, 1, "A B", "A B", false},
	{"env set A=", GL_POLICY_ENV_SET, 1, "A=", "A=", false},
	{"env set \"A=b \\\"c\\\" \\\\ # \\x0a\\xff\"", GL_POLICY_ENV_SET, 1, "A=b \"c\" \\ # \n\xff",
	 "A=b \"c\" \\ # \n\xff", false},
	{"user 1000:1000", GL_POLICY_USER, 1, "1000:1000", "1000:1000", false},
	{"read /etc /usr/share # why", GL_POLICY_READ, 2, "/etc", "/usr/share", false},
	{"write /tmp optional", GL_POLICY_WRITE, 1, "/tmp", "/tmp", true},
	{"execute \"/a b\" \"/\xc3\xa9\" optional", GL_POLICY_EXECUTE, 2, "/a b", "/\xc3\xa9", true},
	{"bind 80 8000-8999", GL_POLICY_BIND, 2, "80", "8000-8999", false},
	{"connect 0 65535 optional", GL_POLICY_CONNECT, 2, "0", "65535", true},
};

START_TEST(setting_lines)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	char text[256];

	snprintf(text, sizeof(text), HEAD "%s\n", settings[_i].line);
	parse(text, &p);
	ck_assert_uint_eq(p.setting_count, settings[_i].count);
	for (size_t i = 0; i < p.setting_count; i++) {
		ck_assert_int_eq(p.settings[i].kind, settings[_i].kind);
		ck_assert_int_eq(p.settings[i].optional, settings[_i].optional);
		ck_assert_uint_eq(p.settings[i].place.line, 3);
	}
	ck_assert_str_eq(p.settings[0].text, settings[_i].first);
	ck_assert_str_eq(p.settings[p.setting_count - 1].text, settings[_i].last);
}
END_TEST

/* "optional" is of its own line only. */
START_TEST(optional_lines)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(HEAD "read /a\nread /b optional\nread /c\nexec deny\nno-new-privs off", &p);
	ck_assert(!p.settings[0].optional);
	ck_assert(p.settings[1].optional);
	ck_assert(!p.settings[2].optional);
	ck_assert_int_eq(p.exec, GL_POLICY_NO);
	ck_assert_int_eq(p.no_new_privs, GL_POLICY_NO);
	ck_assert_uint_eq(p.exec_place.line, 6);
}
END_TEST

/* --- limits ----------------------------------------------------------------------------------- */

/* head, then word as often as told. */
static int parse_many(const char *head, const char *word, size_t count)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	size_t len = strlen(head), step = strlen(word);
	gl_autofree char *text = malloc(len + count * step + 1);
	struct gl_err err = GL_ERR_INIT;
	int r;

	memcpy(text, head, len);
	for (size_t i = 0; i < count; i++)
		memcpy(text + len + i * step, word, step);
	text[len + count * step] = '\0';
	r = gl_policy_parse(gl_machine_calls(), "t", text, NULL, NULL, &p, &err);
	ck_assert_int_eq(r == 0, err.msg[0] == '\0');
	return r;
}

START_TEST(limits)
{
	const char *set = HEAD "deny read if fd in {0";

	ck_assert_int_eq(parse_many(set, ",1", GL_POLICY_MAX_VALUES), -EINVAL);
	ck_assert_int_eq(parse_many(HEAD, "kill read\n", GL_POLICY_MAX_RULES), 0);
	ck_assert_int_eq(parse_many(HEAD, "kill read\n", GL_POLICY_MAX_RULES + 1), -E2BIG);
	ck_assert_int_eq(parse_many(HEAD, "kill @known\n", GL_POLICY_MAX_CALLS / 400), -E2BIG);
	ck_assert_int_eq(parse_many(HEAD "env keep", " A", GL_POLICY_MAX_ITEMS), 0);
	ck_assert_int_eq(parse_many(HEAD "env keep", " A", GL_POLICY_MAX_ITEMS + 1), -E2BIG);
	ck_assert_int_eq(parse_many(HEAD, "#", GL_POLICY_MAX_BYTES - strlen(HEAD)), 0);
	ck_assert_int_eq(parse_many(HEAD, "#", GL_POLICY_MAX_BYTES), -E2BIG);
}
END_TEST

/* Presets are policies, for every machine. */
START_TEST(presets_parse)
{
	for (size_t m = 0; m < gl_machine_table_count; m++) {
		gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_msg(gl_policy_parse(&gl_machine_table[m], gl_preset_texts[_i].name,
					      gl_preset_texts[_i].text, NULL, NULL, &p, &err) == 0,
			      "%s", err.msg);
		ck_assert_uint_gt(p.rule_count, 0);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("parse");
	TCase *c = tcase_create("parse");

	tcase_add_test(c, empty_policy);
	tcase_add_test(c, rules);
	tcase_add_test(c, conditions);
	tcase_add_loop_test(c, argument_tests, 0, (int)GL_ARRAY_SIZE(tests));
	tcase_add_test(c, constants_of_another_machine);
	tcase_add_test(c, groups);
	tcase_add_test(c, no_rule_about_execve);
	tcase_add_loop_test(c, known_through, 0, (int)GL_ARRAY_SIZE(known));
	tcase_add_loop_test(c, foreign_abis, 0, (int)GL_ARRAY_SIZE(abis));
	tcase_add_loop_test(c, setting_lines, 0, (int)GL_ARRAY_SIZE(settings));
	tcase_add_test(c, optional_lines);
	tcase_add_test(c, limits);
	tcase_add_loop_test(c, presets_parse, 0, (int)gl_preset_texts_count);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
