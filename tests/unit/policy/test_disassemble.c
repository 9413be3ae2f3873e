/*
 * The disassembler: one listing in full, words, and listings that are assembled again.
 */
#include "policy/disassemble.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "policy/group.h"
#include "policy/kernel.h"
#include "policy/vocabulary.h"
#include "tests/lib/policy_random.h"
#include "tests/lib/unit.h"

/* Every kind of line. */
static const char policy_text[] =
	"known-through 6.7\n"
	"default allow\n"
	"abis native\n"
	"deny mount unless cap SYS_ADMIN\n"
	"deny errno EACCES socket if domain in {1, 40} && arg1 & 0x100000000 "
	"unless cap SYS_ADMIN, NET_ADMIN\n"
	"kill ptrace if kernel >= 3.5 && kernel < 4.8 && arg0 >= 16 && arg3 & 0xf0 == 0x10\n";

static const char *const lines[] = {
	"        load arch\n",
	"if == x86-64",
	"if == i386",
	":     load number\n",
	"if == 41 (socket)",
	"if == 101 (ptrace)",
	"if == 165 (mount)",
	"return errno EPERM               unless cap SYS_ADMIN; else allow\n",
	"go on                            unless cap NET_ADMIN, SYS_ADMIN; else L",
	"go on                            if kernel >= 3.5 && kernel < 4.8; else L",
	"        load arg0\n",
	"        load arg0, high\n",
	":    load arg1, high\n",
	":    load arg3\n",
	"        and  0xf0\n",
	"if & 0x1 ",
	"if >= 0x10 ",
	"if == 0x28 ",
	"if >= 0x40000000 ",
	"return errno EACCES\n",
	"return errno ENOSYS\n",
	"return kill\n",
	"return allow\n",
};

START_TEST(listing)
{
	const struct gl_machine_calls *m = gl_machine_calls_of("x86_64");
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	size_t newlines = 0;

	ck_assert_msg(gl_policy_parse(m, "t", policy_text, NULL, NULL, &policy, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_PLAIN, NULL, &filter, &err), 0);
	gl_filter_disassemble(&filter, m, &text);
	ck_assert_int_eq(gl_buf_error(&text), 0);
	for (size_t i = 0; i < GL_ARRAY_SIZE(lines); i++)
		ck_assert_msg(strstr(gl_buf_text(&text), lines[i]), "no '%s' in:\n%s", lines[i],
			      gl_buf_text(&text));
	for (size_t i = 0; i < text.len; i++)
		newlines += text.data[i] == '\n';
	ck_assert_uint_eq(newlines, filter.count);
}
END_TEST

/* Every label that is named stands somewhere, and the other way round. */
START_TEST(labels)
{
	const struct gl_machine_calls *m = gl_machine_calls_of("aarch64");
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(m, "t", "include default\n", NULL, NULL, &policy, &err), 0);
	ck_assert_int_eq(gl_policy_compile(&policy, GL_FILTER_EXPLAIN, NULL, &filter, &err), 0);
	gl_filter_disassemble(&filter, m, &text);
	for (size_t i = 0; i < filter.count; i++) {
		char label[32], use[32];
		size_t len;

		snprintf(label, sizeof(label), "\nL%zu:", i);
		snprintf(use, sizeof(use), " L%zu", i);
		len = strlen(use);
		for (const char *at = gl_buf_text(&text); (at = strstr(at, use)) != NULL; at += len)
			ck_assert_msg((at[len] >= '0' && at[len] <= '9') || strstr(gl_buf_text(&text), label),
				      "no label%s", use);
		if (strstr(gl_buf_text(&text), label))
			ck_assert_ptr_nonnull(strstr(gl_buf_text(&text), use));
	}
}
END_TEST

static const struct {
	uint32_t value;
	const char *words;
} returns[] = {
	{SECCOMP_RET_ALLOW, "allow"},
	{SECCOMP_RET_LOG, "log"},
	{SECCOMP_RET_TRAP, "trap"},
	{SECCOMP_RET_TRACE, "trace"},
	{SECCOMP_RET_USER_NOTIF, "notify"},
	{SECCOMP_RET_KILL_PROCESS, "kill"},
	{SECCOMP_RET_KILL_THREAD, "kill thread"},
	{SECCOMP_RET_ERRNO | EPERM, "errno EPERM"},
	{SECCOMP_RET_ERRNO | 4000, "errno 4000"},
	{0x12340000, "0x12340000"},
};

START_TEST(words)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;

	gl_filter_describe_return(returns[_i].value, &text);
	ck_assert_str_eq(gl_buf_text(&text), returns[_i].words);
}
END_TEST

/* --- assembled again ------------------------------------------------------------ */

static uint32_t return_of(const char *said)
{
	char shown[64];
	int errnum = 0;

	for (size_t i = 0; i < GL_ARRAY_SIZE(returns); i++)
		if (!strcmp(said, returns[i].words))
			return returns[i].value;
	if (sscanf(said, "errno %d", &errnum) == 1)
		return SECCOMP_RET_ERRNO | (uint32_t)errnum;
	ck_assert_msg(!strncmp(said, "errno ", 6), "what is '%s'?", said);
	do {
		const char *name = gl_vocabulary_errno_name(++errnum);

		snprintf(shown, sizeof(shown), "errno %s", name ? name : "");
	} while (strcmp(shown, said) != 0 && errnum < 4096);
	return SECCOMP_RET_ERRNO | (uint32_t)errnum;
}

static uint32_t offset_of(const char *word)
{
	static const char *const names[] = {"number", "arch", "instruction pointer",
					    "instruction pointer, high"};
	unsigned argument;

	for (size_t i = 0; i < GL_ARRAY_SIZE(names); i++)
		if (!strcmp(word, names[i]))
			return (uint32_t)(i * sizeof(uint32_t));
	ck_assert_int_eq(sscanf(word, "arg%u", &argument), 1);
	return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument + (strchr(word, ',') ? 4 : 0));
}

/* " then L5 else L7": how many instructions are passed over behind at. */
static uint32_t skip_of(const char *line, const char *word, size_t at)
{
	const char *found = strstr(line, word);
	size_t target;

	if (!found)
		return 0;
	ck_assert_int_eq(sscanf(found + strlen(word), "%zu", &target), 1);
	return (uint32_t)(target - at - 1);
}

static uint32_t operand_of(const struct gl_machine_calls *m, const char *operand)
{
	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name; i++)
		if (!strncmp(operand, m->abis[i].name, strlen(m->abis[i].name)))
			return m->abis[i].arch;
	return (uint32_t)strtoul(operand, NULL, 0);
}

static struct sock_filter branch_of(const struct gl_machine_calls *m, const char *line, size_t at)
{
	static const struct {
		const char *sign;
		uint16_t op;
	} operators[] = {{"== ", BPF_JEQ}, {">= ", BPF_JGE}, {"> ", BPF_JGT}, {"& ", BPF_JSET}};
	struct sock_filter insn = {.jt = (uint8_t)skip_of(line, "then L", at),
				   .jf = (uint8_t)skip_of(line, "else L", at)};

	for (size_t i = 0; i < GL_ARRAY_SIZE(operators) && !insn.code; i++) {
		size_t len = strlen(operators[i].sign);

		if (strncmp(line, operators[i].sign, len) != 0)
			continue;
		insn.code = BPF_JMP | BPF_K | operators[i].op;
		insn.k = operand_of(m, line + len);
	}
	return insn;
}

static struct sock_filter assemble(const struct gl_machine_calls *m, const char *line, size_t at)
{
	if (!strncmp(line, "load ", 5))
		return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset_of(line + 5));
	if (!strncmp(line, "and ", 4))
		return (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
						    (uint32_t)strtoul(line + 4, NULL, 0));
	if (!strncmp(line, "return ", 7))
		return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, return_of(line + 7));
	if (!strncmp(line, "go to L", 7))
		return (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, skip_of(line, "go to L", at));
	ck_assert_msg(!strncmp(line, "if ", 3), "what is '%s'?", line);
	return branch_of(m, line + 3, at);
}

/* The line without its label, which must be this one. */
static const char *without_label(const char *line, size_t at)
{
	size_t label = at;

	if (*line == 'L')
		ck_assert_int_eq(sscanf(line, "L%zu:", &label), 1);
	ck_assert_uint_eq(label, at);
	line += *line == 'L' ? strcspn(line, " ") : 0;
	return line + strspn(line, " ");
}

static void check_assembles(const struct gl_machine_calls *m, struct gl_policy *policy)
{
	const struct gl_policy_facts here = {.kernel = GL_KERNEL(6, 1)};
	gl_autofilter struct gl_filter filter = GL_FILTER_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	char *rest;

	if (gl_policy_compile(policy, GL_FILTER_EXPLAIN, &here, &filter, &err) == -E2BIG)
		return;
	gl_filter_disassemble(&filter, m, &text);
	rest = text.data;
	for (size_t i = 0; i < filter.count; i++) {
		const char *line = strsep(&rest, "\n");
		struct sock_filter made = assemble(m, without_label(line, i), i);

		ck_assert_msg(!memcmp(&made, &filter.insns[i], sizeof(made)), "%zu: '%s' is %x %u %u %#x", i,
			      line, filter.insns[i].code, filter.insns[i].jt, filter.insns[i].jf,
			      filter.insns[i].k);
	}
}

/* What is shown is all there is: from it the very instructions can be made again. */
START_TEST(assembles)
{
	static const char *const machines[] = {"x86_64", "aarch64"};
	const struct gl_machine_calls *m = gl_machine_calls_of(machines[_i % 2]);
	const struct gl_policy_random options = {.max_rules = 60, .conditions = true};
	struct gl_random random = {.state = (uint64_t)_i};
	gl_autopolicy struct gl_policy policy = gl_policy_random(m, &random, &options);

	check_assembles(m, &policy);
}
END_TEST

START_TEST(presets_assemble)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	static const char *const names[] = {"default", "go-server", "go-cli", "go-compute"};
	const struct gl_preset_text *preset = gl_preset_text_find(names[_i], strlen(names[_i]));
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(m, preset->name, preset->text, NULL, NULL, &policy, &err), 0);
	check_assembles(m, &policy);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("disassemble");
	TCase *c = tcase_create("disassemble");

	tcase_add_test(c, listing);
	tcase_add_test(c, labels);
	tcase_add_loop_test(c, words, 0, (int)GL_ARRAY_SIZE(returns));
	tcase_add_loop_test(c, assembles, 0, 200);
	tcase_add_loop_test(c, presets_assemble, 0, 4);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
