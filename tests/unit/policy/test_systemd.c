/*
 * Policies as lines of a systemd unit.
 */
#include "policy/systemd.h"

#include "policy/group.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"
#include "tests/lib/policy_random.h"
#include "tests/lib/unit.h"

static const struct {
	const char *text, *lines, *losses; /* each line of them stands there */
} rows[] = {
	{"default allow", "SystemCallArchitectures=native x86\nSystemCallErrorNumber=EPERM\n", ""},
	/* Calls of 32-bit programs alone. */
	{"default allow\ndeny vm86 socketcall", "SystemCallFilter=~socketcall vm86\n", ""},
	{"default allow\nlog ptrace reboot", "SystemCallLog=ptrace reboot\n", ""},
	{"default allow\ntrap ptrace", "SystemCallFilter=~ptrace:kill\n",
	 "ptrace: a unit has no trap: it kills\n"},
	{"default trap\nallow read", "", "default trap: a unit has no trap: it kills\n"},
	{"default allow\ndeny ptrace if kernel < 4.8", "",
	 "conditions on the kernel: the lines are for Linux 6.1, where they were written\n"},
	{"default allow\ndeny unshare", "", ""},
	{"default allow\ndeny personality if persona == 8", "",
	 "personality: the tests of its arguments are lost: it is allowed\n"},
	{"default allow\nabis native\ndeny mount unless cap SYS_ADMIN\ncapabilities keep +SYS_ADMIN",
	 "AmbientCapabilities=CAP_SYS_ADMIN\n", ""},
	{"default allow\nabis native\ndeny bpf\ndeny errno ENOSYS clone3\nkill keyctl",
	 "SystemCallArchitectures=native\nSystemCallFilter=~bpf\nSystemCallFilter=~clone3:ENOSYS\n"
	 "SystemCallFilter=~keyctl:kill\n",
	 ""},
	{"known-through 6.1\ndefault deny errno EACCES\nallow read write",
	 "SystemCallFilter=@default\nSystemCallFilter=~@default\n"
	 "SystemCallErrorNumber=EACCES\nRestrictAddressFamilies=none\nRestrictNamespaces=yes\n"
	 "LockPersonality=yes\n",
	 "they answer EACCES, not ENOSYS\n"},
	{"default allow\ndeny socket if domain not in {AF_UNIX, AF_INET}",
	 "RestrictAddressFamilies=AF_UNIX AF_INET\n",
	 "socket: RestrictAddressFamilies= does not bind 32-bit programs\n"
	 "socket: of the tests of its arguments RestrictAddressFamilies= keeps a part\n"},
	{"default allow\ndeny clone if flags & CLONE_NEWUSER\ndeny unshare if flags & CLONE_NEWUSER",
	 "RestrictNamespaces=cgroup ipc net mnt pid uts\n",
	 "setns: RestrictNamespaces= restricts it too\n"
	 "unshare: of the tests of its arguments RestrictNamespaces= keeps a part\n"},
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
	/* That later calls get no ENOSYS is true of all. */
	if (!rows[_i].losses[0])
		ck_assert_ptr_eq(strchr(gl_buf_text(&losses), '\n') + 1, gl_buf_text(&losses) + losses.len);
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
	/* systemd makes execve under the filter */
	{"default allow\nexec deny", "execve"},
	/* libseccomp refuses what the default says, and the unit does not start */
	{"default deny\nallow read\ndeny write", ":EPERM"},
	{"default kill\nallow read\nkill write", ":kill"},
	{"default deny errno ENOSYS\nallow read", ":ENOSYS"},
	{"default allow\nabis native\ndeny mount unless cap SYS_ADMIN\ncapabilities keep +SYS_ADMIN",
	 "~mount"},
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

/* --- the lists, read as systemd 252 reads them (config_parse_syscall_filter) ------------------ */

#define ABSENT (-1)
#define PLAIN  0 /* in the list without an errno */
#define KILLS  4096

struct unit_filter {
	int *calls; /* owned; of each call of the machine: the above, or an errno */
	bool begun, allows;
	int errnum; /* SystemCallErrorNumber=; KILLS where there is none */
};

static void put_word(struct unit_filter *f, const struct gl_machine_calls *m, const char *name, bool inverted,
		     int answer)
{
	uint16_t call = gl_syscall_find(m, name, strlen(name));

	ck_assert_msg(call != GL_CALL_NONE, "%s", name);
	f->calls[call] = inverted == !f->allows || (inverted && answer != PLAIN) ? answer : ABSENT;
}

static void put_default(struct unit_filter *f, bool inverted)
{
	const struct gl_policy_group *group = gl_policy_group_find("default", strlen("default"));

	for (size_t i = 0; i < group->call_count; i++)
		f->calls[group->calls[i]] = inverted == !f->allows ? PLAIN : ABSENT;
}

static void read_list(struct unit_filter *f, const struct gl_machine_calls *m, char *words)
{
	bool inverted = *words == '~';
	char *rest = NULL;

	if (!f->begun)
		f->allows = !inverted;
	if (!f->begun && !inverted)
		put_default(f, false);
	f->begun = true;
	for (char *word = strtok_r(words + inverted, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *errno_name = strchr(word, ':');
		int answer = PLAIN;

		if (!strcmp(word, "@default")) {
			put_default(f, inverted);
			continue;
		}
		if (errno_name) {
			*errno_name++ = '\0';
			ck_assert(inverted); /* refused else */
			answer = KILLS;
			ck_assert(!strcmp(errno_name, "kill") ||
				  gl_vocabulary_errno(errno_name, strlen(errno_name), &answer));
		}
		put_word(f, m, word, inverted, answer);
	}
}

static void read_unit(struct unit_filter *f, const struct gl_machine_calls *m, char *text)
{
	static const char filter[] = "SystemCallFilter=", number[] = "SystemCallErrorNumber=";
	char *rest = NULL;

	*f = (struct unit_filter){.calls = calloc(m->call_count, sizeof(*f->calls)), .errnum = KILLS};
	for (size_t i = 0; i < m->call_count; i++)
		f->calls[i] = ABSENT;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *name = line + strlen(number);

		if (!strncmp(line, filter, strlen(filter)))
			read_list(f, m, line + strlen(filter));
		else if (!strncmp(line, number, strlen(number)))
			ck_assert(gl_vocabulary_errno(name, strlen(name), &f->errnum));
	}
}

/* What a call gets: 0 where it passes, an errno, or KILLS. */
static int unit_answer(const struct unit_filter *f, uint16_t call)
{
	int answer = f->calls[call];

	/* libseccomp refuses a rule that says what the default says. */
	ck_assert(!f->allows || answer == PLAIN || answer != f->errnum);
	if (answer == ABSENT)
		return f->allows ? f->errnum : 0;
	return answer != PLAIN ? answer : f->allows ? 0 : f->errnum;
}

static int policy_answer(const struct gl_policy_answer *answer)
{
	if (answer->action == GL_POLICY_ALLOW || answer->action == GL_POLICY_LOG)
		return 0;
	return answer->action == GL_POLICY_DENY ? answer->errnum : KILLS;
}

static bool hangs_on_arguments(const struct gl_policy *policy, uint16_t call)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].test_count > 0 && gl_policy_rule_names(&policy->rules[i], call))
			return true;
	return false;
}

/* Calls that systemd makes, or has no names for. */
static bool is_special(const struct gl_machine_calls *m, uint16_t call)
{
	return gl_call_is_exec(m, call) || strstr(m->calls[call].name, "probe");
}

static void compare_abi(const struct gl_policy *policy, const struct gl_policy_facts *facts,
			const struct gl_abi *abi, const struct unit_filter *f)
{
	const uint64_t args[6] = {0};

	for (size_t i = 0; i < abi->number_count; i++) {
		uint16_t call = abi->numbers[i].call;
		struct gl_policy_decision d =
			gl_policy_decide(policy, facts, abi->arch, abi->numbers[i].number, args);

		if (!hangs_on_arguments(policy, call) && !is_special(policy->machine, call))
			ck_assert_msg(unit_answer(f, call) == policy_answer(&d.answer), "%s %s: %d, not %d",
				      abi->name, policy->machine->calls[call].name, unit_answer(f, call),
				      policy_answer(&d.answer));
	}
}

static void compare(const struct gl_policy *policy)
{
	const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct unit_filter f;

	gl_systemd_write(policy, &facts, &text, NULL);
	ck_assert_int_eq(gl_buf_error(&text), 0);
	read_unit(&f, policy->machine, text.data);
	for (size_t i = 0; i < GL_MACHINE_ABIS && policy->machine->abis[i].name; i++)
		if (!policy->machine->abis[i].x32 && (i == 0 || !policy->foreign_abis_killed))
			compare_abi(policy, &facts, &policy->machine->abis[i], &f);
	free(f.calls);
}

START_TEST(presets_mean_the_same)
{
	static const char *const machines[] = {"x86_64", "aarch64"};
	const struct gl_machine_calls *m = gl_machine_calls_of(machines[_i]);

	for (size_t i = 0; i < gl_preset_texts_count; i++) {
		gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(gl_policy_parse(m, gl_preset_texts[i].name, gl_preset_texts[i].text, NULL,
						 NULL, &policy, &err),
				 0);
		compare(&policy);
	}
}
END_TEST

START_TEST(random_policies_mean_the_same)
{
	static const char *const machines[] = {"x86_64", "aarch64"};
	const struct gl_policy_random options = {.max_rules = 8, .conditions = true};
	struct gl_random random = {11};

	for (int i = 0; i < 40; i++) {
		const struct gl_machine_calls *m = gl_machine_calls_of(machines[i % 2]);
		gl_autopolicy struct gl_policy policy = gl_policy_random(m, &random, &options);

		compare(&policy);
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
	tcase_add_loop_test(c, presets_mean_the_same, 0, 2);
	tcase_add_test(c, random_policies_mean_the_same);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
