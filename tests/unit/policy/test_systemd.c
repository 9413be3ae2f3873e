/*
 * Policies as lines of a systemd unit.
 */
#include "policy/systemd.h"

#include "policy/kernel.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text, *lines, *losses; /* each line of them stands there */
} rows[] = {
	{"default allow", "SystemCallErrorNumber=EPERM\n", ""},
	{"default allow\nabis native\ndeny bpf\ndeny errno ENOSYS clone3\nkill keyctl",
	 "SystemCallArchitectures=native\nSystemCallFilter=~bpf\nSystemCallFilter=~clone3:ENOSYS\n"
	 "SystemCallFilter=~keyctl:kill\n",
	 ""},
	{"known-through 6.1\ndefault deny errno EACCES\nallow read write",
	 "SystemCallErrorNumber=EACCES\nRestrictAddressFamilies=none\nRestrictNamespaces=yes\n"
	 "LockPersonality=yes\n",
	 "clone3: answers EACCES, not ENOSYS: a list of what is allowed has one errno\n"},
	{"default allow\ndeny socket if domain not in {AF_UNIX, AF_INET}",
	 "RestrictAddressFamilies=AF_UNIX AF_INET\n",
	 "socket: of the tests of its arguments RestrictAddressFamilies= keeps a part\n"},
	{"default allow\ndeny clone if flags & CLONE_NEWUSER\ndeny unshare if flags & CLONE_NEWUSER",
	 "RestrictNamespaces=cgroup ipc net mnt pid uts\n", ""},
	{"default allow\ndeny ioctl if request == TIOCSTI", "SystemCallErrorNumber=EPERM\n",
	 "ioctl: the tests of its arguments are lost: it is allowed\n"},
	{"default deny\nallow ioctl if request == TCGETS", "",
	 "ioctl: the tests of its arguments are lost: it is allowed\n"},
	/* conditions on capabilities are settled by those that the policy gives */
	{"default allow\ndeny mount unless cap SYS_ADMIN\ncapabilities none +NET_BIND_SERVICE",
	 "SystemCallFilter=~mount\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"
	 "AmbientCapabilities=CAP_NET_BIND_SERVICE\n",
	 ""},
	{"default allow\ncapabilities none", "CapabilityBoundingSet=\nAmbientCapabilities=\n", ""},
	{"default allow\ncapabilities -SYS_ADMIN -BPF", "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_BPF\n", ""},
	{"default allow\ncapabilities +CHOWN -CHOWN", "CapabilityBoundingSet=~CAP_CHOWN\n", ""},
	{"default allow\nno-new-privs on\nlimit nofile 4096:65536\nlimit core unlimited\nlimit as 2G",
	 "NoNewPrivileges=yes\nLimitNOFILE=4096:65536\nLimitCORE=infinity\nLimitAS=2G\n", ""},
	{"default allow\nno-new-privs off\nuser www:web\nuser nobody", "NoNewPrivileges=no\nUser=nobody\n",
	 ""},
	{"default allow\nuser www%i:web%%", "User=www%%i\nGroup=web%%%%\n", ""},
	{"default allow\nlimit nofile 010:0100\nlimit nice unlimited\nlimit core 0",
	 "LimitNOFILE=10:100\nLimitNICE=40\nLimitCORE=0\n", ""},
	{"default allow\nenv keep PATH GO*\nenv drop HOME\nenv set \"A=b \\\"c\\\" 5%\\x0a\"",
	 "PassEnvironment=PATH\nUnsetEnvironment=HOME\nEnvironment=\"A=b \\\"c\\\" 5%%\\x0a\"\n",
	 "env: a unit has no patterns: 'GO*'\n"},
	/* systemd unsets last of all: what is set or kept all the same may not be unset */
	{"default allow\nenv drop A B C\nenv keep B\nenv set C=1",
	 "UnsetEnvironment=A\nPassEnvironment=B\nEnvironment=\"C=1\"\n", ""},
	{"default allow\nenv keep A B\nenv drop A", "UnsetEnvironment=A\n", ""},
	{"default allow\nenv keep a-b \"A\\x0aB\"\nenv set \"A=\\xff\"\nenv set 1A=b", "",
	 "env: systemd has no variables of such a name: 'a-b'\n"
	 "env: systemd has no variables of such a name: 'A\\x0aB'\n"
	 "env: systemd refuses values that are not UTF-8: 'A=\xef\xbf\xbd'\n"
	 "env: systemd has no variables of such a name: '1A=b'\n"},
	{"default allow\nexec deny\nread /etc\nbind 80", "",
	 "exec deny: a unit cannot forbid it after its own start\n"
	 "read /etc: a unit has no Landlock rules\nbind 80: a unit has no Landlock rules\n"},
};

static void expect_lines(const char *text, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n") + 1;
		char line[200];

		snprintf(line, sizeof(line), "%.*s", (int)len, lines);
		ck_assert_msg(strstr(text, line), "no '%s' in:\n%.3000s", line, text);
		lines += len;
	}
}

START_TEST(writes)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT, losses = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls_of("x86_64"), "p", rows[_i].text, NULL, NULL, &policy,
				      &err) == 0,
		      "%s", err.msg);
	gl_systemd_write(&policy, &facts, &text, &losses);
	ck_assert_int_eq(gl_buf_error(&text), 0);
	expect_lines(gl_buf_text(&text), rows[_i].lines);
	expect_lines(gl_buf_text(&losses), rows[_i].losses);
	ck_assert(rows[_i].losses[0] || losses.len == 0 || strstr(rows[_i].text, "unshare"));
	ck_assert_ptr_null(strstr(gl_buf_text(&text), "\n\n"));
}
END_TEST

/* What would be wrong in a unit. */
static const struct {
	const char *text, *line;
} wrong[] = {
	{"default allow\nuser www:web\nuser nobody", "web"},
	{"default allow\nenv drop A\nenv keep A", "UnsetEnvironment="},
	{"default allow\nenv drop A\nenv set A=1", "UnsetEnvironment="},
	{"default allow\nenv keep A\nenv drop A", "PassEnvironment="},
	{"default allow\nenv keep \"A\\x0aKillMode\"", "KillMode"},
	{"default allow\nenv set \"A\\x0aB=1\"", "Environment="},
};

START_TEST(writes_nothing_wrong)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_parse(gl_machine_calls_of("x86_64"), "p", wrong[_i].text, NULL, NULL, &policy,
				      &err) == 0,
		      "%s", err.msg);
	gl_systemd_write(&policy, &facts, &text, NULL);
	ck_assert_msg(!strstr(gl_buf_text(&text), wrong[_i].line), "%s in:\n%.3000s", wrong[_i].line,
		      gl_buf_text(&text));
}
END_TEST

/* Nothing of a list is lost between its lines. */
START_TEST(lists_all)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	const struct gl_machine_calls *m = gl_machine_calls_of("x86_64");

	ck_assert_int_eq(gl_policy_parse(m, "p", "default deny\nallow @file-system @network-io", NULL, NULL,
					 &policy, &err),
			 0);
	gl_systemd_write(&policy, &facts, &text, NULL);
	for (size_t i = 0; i < policy.rules[1].call_count; i++) {
		uint16_t call = policy.rules[1].calls[i];
		char name[64];
		const char *at;

		if (gl_syscall_number(&m->abis[0], call) < 0)
			continue;
		snprintf(name, sizeof(name), "%s", m->calls[call].name);
		at = strstr(gl_buf_text(&text), name);
		while (at && (!strchr(" =", at[-1]) || !strchr(" \n", at[strlen(name)])))
			at = strstr(at + 1, name);
		ck_assert_msg(at, "%s", name);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("systemd");
	TCase *c = tcase_create("systemd");

	tcase_add_loop_test(c, writes, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_loop_test(c, writes_nothing_wrong, 0, (int)GL_ARRAY_SIZE(wrong));
	tcase_add_test(c, lists_all);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
