/*
 * The disassembler: one listing in full, and words.
 */
#include "policy/disassemble.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "policy/kernel.h"
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

int main(void)
{
	Suite *s = suite_create("disassemble");
	TCase *c = tcase_create("disassemble");

	tcase_add_test(c, listing);
	tcase_add_test(c, labels);
	tcase_add_loop_test(c, words, 0, (int)GL_ARRAY_SIZE(returns));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
