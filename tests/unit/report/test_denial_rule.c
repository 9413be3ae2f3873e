/*
 * The line that denied, and the line that would allow it, for policies from a text.
 */
#include "report/denial_rule.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "policy/kernel.h"
#include "tests/lib/unit.h"

static const struct {
	const char *policy, *call;
	uint64_t args[6];
	const char *rule, *allow;
} rows[] = {
	{"known-through 6.12\ndefault deny\nallow read write\n",
	 "bpf",
	 {5},
	 "app.policy:2 \"default deny\"",
	 "add \"allow bpf\" to app.policy (what it grants: loading code into the kernel)"},
	{"# words\ndefault allow\n  deny\tkeyctl   # why\n",
	 "keyctl",
	 {0},
	 "app.policy:3 \"deny keyctl\"",
	 "add \"allow keyctl\" to app.policy (what it grants: the kernel's keys, which containers share)"},
	{"deny socket if domain == AF_VSOCK\ndefault allow\n",
	 "socket",
	 {40, 1},
	 "app.policy:1 \"deny socket if domain == AF_VSOCK\"",
	 "add \"allow socket if domain == AF_VSOCK\" to app.policy (what it grants: sockets of the families that the line names, or of all)"},
	{"default deny\nallow socket if domain in {AF_INET, AF_UNIX}\n",
	 "socket",
	 {16, 3},
	 "app.policy:1 \"default deny\"",
	 "add \"allow socket if domain == AF_NETLINK\" to app.policy (what it grants: sockets of the families that the line names, or of all)"},
	{"default deny\nallow read\n",
	 "socket",
	 {40, 1},
	 "app.policy:1 \"default deny\"",
	 "add \"allow socket\" to app.policy (what it grants: sockets of the families that the line names, or "
	 "of all)"},
	{"default deny\nallow read\ndeny unshare if flags & (CLONE_NEWUSER | CLONE_NEWNS)\n",
	 "unshare",
	 {CLONE_NEWUSER},
	 "app.policy:3 \"deny unshare if flags & (CLONE_NEWUSER | CLONE_NEWNS)\"",
	 "add \"allow unshare if flags & CLONE_NEWUSER\" to app.policy (what it grants: new namespaces; with a "
	 "user namespace, most of the kernel that is root's)"},
	{"deny mount umount2 \\\n  pivot_root unless cap SYS_ADMIN\ndefault allow\n",
	 "mount",
	 {0},
	 "app.policy:1 \"deny mount unless cap SYS_ADMIN\"",
	 "add \"allow mount\" to app.policy (what it grants: changing what the file system looks like)"},
	{"exec deny\ndefault allow\n",
	 "execve",
	 {0},
	 "app.policy:1 \"exec deny\"",
	 "add \"exec allow\" to app.policy (what it grants: running other programs)"},
};

static struct gl_denial denial_of(const char *name, const uint64_t args[6])
{
	const struct gl_machine_calls *m = gl_machine_calls();
	int number = gl_syscall_number(&m->abis[0], gl_syscall_find(m, name, strlen(name)));
	struct gl_denial denial = {.call = {.arch = m->abis[0].arch, .number = (uint64_t)number}};

	ck_assert_int_ge(number, 0);
	memcpy(denial.call.arguments, args, sizeof(denial.call.arguments));
	return denial;
}

START_TEST(of_files)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_denial_judge judge = GL_DENIAL_JUDGE_INIT;
	struct gl_denial denial = denial_of(rows[_i].call, rows[_i].args);
	struct gl_err err = GL_ERR_INIT;
	struct gl_denial_rule rule;
	int r = gl_policy_parse(gl_machine_calls(), "app.policy", rows[_i].policy, NULL, NULL, &policy, &err);

	ck_assert_msg(r == 0, "%s", err.msg);
	judge.policy = &policy;
	judge.is_text = true;
	judge.facts.kernel = GL_KERNEL(6, 1);
	gl_denial_rule(&judge, &denial, &rule);
	ck_assert_str_eq(rule.rule, rows[_i].rule);
	ck_assert_str_eq(rule.allow, rows[_i].allow);
	gl_denial_judge_done(&judge);
}
END_TEST

START_TEST(of_presets)
{
	static const uint64_t args[6] = {0};
	struct gl_denial_judge judge = GL_DENIAL_JUDGE_INIT;
	struct gl_denial denial = denial_of("keyctl", args);
	struct gl_denial_rule rule;

	judge.preset = "default";
	judge.facts.kernel = GL_KERNEL(6, 1);
	gl_denial_rule(&judge, &denial, &rule);
	ck_assert_ptr_nonnull(strstr(rule.rule, "default:"));
	ck_assert_ptr_nonnull(strstr(rule.rule, "keyctl"));
	ck_assert_ptr_nonnull(
		strstr(rule.allow, "--policy FILE, with \"include default\" and \"allow keyctl\""));
	gl_denial_judge_done(&judge);
	/* a policy that is not to be had explains nothing */
	judge.preset = "no such preset";
	gl_denial_rule(&judge, &denial, &rule);
	ck_assert_str_eq(rule.rule, "");
	ck_assert_str_eq(rule.allow, "");
	gl_denial_judge_done(&judge);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("denial_rule");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, of_files, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(all, of_presets);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
