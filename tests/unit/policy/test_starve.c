/*
 * What starves Go programs, what undoes sandboxes, and lines that never decide.
 */
#include "policy/starve.h"

#include <errno.h>
#include <linux/capability.h>

#include "policy/dangers.h"
#include "policy/dead.h"
#include "policy/group.h"
#include "policy/kernel.h"
#include "tests/lib/unit.h"

static const struct gl_policy_facts facts = {0, GL_KERNEL(6, 1)};

static const struct gl_machine_calls *machine(void)
{
	return gl_machine_calls_of("x86_64");
}

static void parse(const char *text, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	if (gl_policy_parse(machine(), "p", text, NULL, NULL, ret, &err) < 0)
		ck_abort_msg("%s", err.msg);
}

/* --- starving ----------------------------------------------------------------------------------- */

/* The calls that starve the program, in the table's order, and what misleads it: "mmap getuid? ". */
static void list_starving(const char *text, const struct gl_starve_program *program, struct gl_buf *calls)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_policy_decision d;

	parse(text, &policy);
	for (size_t i = 0; i < gl_starve_need_count; i++) {
		enum gl_starve_verdict verdict =
			gl_starves(&policy, &facts, program, &gl_starve_needs[i], &d);

		if (verdict != GL_STARVE_NOT)
			gl_buf_printf(calls, "%s%s ", gl_starve_needs[i].call,
				      verdict == GL_STARVE_HARMS ? "?" : "");
	}
}

static const struct {
	const char *text;
	struct gl_starve_program program;
	const char *starving;
} starving[] = {
	{"default allow", {0, GL_CGO_UNKNOWN}, ""},
	{"default allow\ndeny mmap futex", {0, GL_CGO_NO}, "mmap futex "},
	{"default allow\ndeny mmap futex", {19, GL_CGO_UNKNOWN}, "mmap futex "},
	/* by release */
	{"default allow\ndeny fcntl", {21, GL_CGO_NO}, ""},
	{"default allow\ndeny fcntl", {22, GL_CGO_NO}, "fcntl "},
	{"default allow\ndeny fcntl", {0, GL_CGO_NO}, "fcntl "},
	{"default allow\ndeny pipe2 eventfd2", {22, GL_CGO_NO}, "pipe2 "},
	{"default allow\ndeny pipe2 eventfd2", {23, GL_CGO_NO}, "eventfd2 "},
	/* by errno */
	{"default allow\ndeny getrandom", {24, GL_CGO_NO}, "getrandom "},
	{"default allow\ndeny getrandom", {23, GL_CGO_NO}, ""},
	{"default allow\ndeny errno ENOSYS getrandom", {24, GL_CGO_NO}, ""},
	{"default allow\ndeny clone3", {0, GL_CGO_UNKNOWN}, "clone3 "},
	{"default allow\ndeny clone3", {0, GL_CGO_NO}, ""},
	{"default allow\ndeny errno ENOSYS clone3", {0, GL_CGO_UNKNOWN}, ""},
	/* by arguments: threads are let be */
	{"default allow\ndeny clone if flags & CLONE_NEWUSER", {0, GL_CGO_UNKNOWN}, ""},
	{"default allow\ndeny clone if flags & CLONE_THREAD", {0, GL_CGO_NO}, "clone "},
	{"default allow\ndeny clone if flags & CLONE_SETTLS", {0, GL_CGO_NO}, ""},
	/* libc's threads: where clone3 is allowed it depends on which libc that is */
	{"default allow\ndeny clone if flags & CLONE_SETTLS", {0, GL_CGO_YES}, "clone? "},
	{"default allow\ndeny clone", {0, GL_CGO_YES}, "clone? "},
	{"default allow\ndeny clone", {0, GL_CGO_UNKNOWN}, "clone clone? "},
	{"default allow\ndeny clone\ndeny errno ENOSYS clone3", {0, GL_CGO_YES}, "clone "},
	/* what takes an errno without a word does not live through being killed */
	{"default allow\ndeny madvise", {0, GL_CGO_UNKNOWN}, ""},
	{"default allow\nkill madvise", {0, GL_CGO_NO}, "madvise "},
	{"default allow\ntrap madvise", {0, GL_CGO_NO}, "madvise "},
	/* what interrupts loops without calls */
	{"default allow\ndeny getpid gettid tgkill", {27, GL_CGO_NO}, "getpid gettid tgkill "},
	{"default allow\ndeny errno ENOSYS getpid", {15, GL_CGO_YES}, "getpid "},
	{"default allow\nkill getpid", {0, GL_CGO_NO}, "getpid "},
	/* an errno that is taken for the answer; whoever is killed is told no untruth */
	{"default allow\ndeny getuid", {0, GL_CGO_UNKNOWN}, "getuid? "},
	{"default allow\ndeny errno ENOSYS getegid", {0, GL_CGO_NO}, "getegid? "},
	{"default allow\nkill getuid getppid", {0, GL_CGO_UNKNOWN}, ""},
	/* by release, as tried */
	{"default allow\nkill fcntl", {15, GL_CGO_NO}, "fcntl "},
	{"default allow\ndeny uname", {15, GL_CGO_NO}, "uname "},
	{"default allow\ndeny uname", {16, GL_CGO_NO}, ""},
	{"default allow\nkill munmap", {27, GL_CGO_NO}, "munmap? "},
	{"default allow\ndeny munmap", {27, GL_CGO_NO}, ""},
	{"default allow\ndeny munmap openat read close", {27, GL_CGO_YES}, "close openat read munmap "},
	{"default allow\ndeny close openat read", {27, GL_CGO_NO}, "close "},
	{"default allow\nkill getrandom prlimit64", {19, GL_CGO_YES}, "getrandom prlimit64 "},
	{"default allow\nkill getrandom prlimit64", {19, GL_CGO_NO}, ""},
	{"default allow\ndeny errno ENOSYS pipe2", {15, GL_CGO_NO}, ""},
	{"default allow\ndeny errno ENOSYS pipe2", {19, GL_CGO_NO}, "pipe2 "},
};

START_TEST(starves)
{
	gl_autobuf struct gl_buf calls = GL_BUF_INIT;

	list_starving(starving[_i].text, &starving[_i].program, &calls);
	ck_assert_str_eq(gl_buf_text(&calls), starving[_i].starving);
}
END_TEST

/* Golden: no preset starves any Go program. */
START_TEST(presets_feed)
{
	for (size_t i = 0; i < gl_preset_texts_count; i++) {
		gl_autobuf struct gl_buf calls = GL_BUF_INIT;

		list_starving(gl_preset_texts[i].text, &(struct gl_starve_program){0, GL_CGO_UNKNOWN},
			      &calls);
		ck_assert_msg(calls.len == 0, "%s starves: %s", gl_preset_texts[i].name, gl_buf_text(&calls));
	}
}
END_TEST

START_TEST(describes)
{
	static const struct gl_starve_need needs[] = {
		{.call = "a", .effect = "x"},
		{.call = "a", .from = 22, .effect = "x"},
		{.call = "a", .before = 23, .cgo = GL_CGO_YES, .effect = "x"},
		{.call = "a", .from = 19, .before = 24, .effect = "x"},
	};
	gl_autobuf struct gl_buf text = GL_BUF_INIT;

	for (size_t i = 0; i < GL_ARRAY_SIZE(needs); i++) {
		gl_starve_describe(&needs[i], &text);
		gl_buf_putc(&text, '\n');
	}
	ck_assert_str_eq(gl_buf_text(&text), "a: x\na (Go 1.22 and later): x\n"
					     "a (with cgo) (up to Go 1.22): x\na (Go 1.19 to 1.23): x\n");
}
END_TEST

/* Every call of both tables is one. */
START_TEST(tables_name_calls)
{
	for (size_t i = 0; i < gl_starve_need_count; i++)
		ck_assert_msg(gl_syscall_find(machine(), gl_starve_needs[i].call,
					      strlen(gl_starve_needs[i].call)) != GL_CALL_NONE,
			      "%s", gl_starve_needs[i].call);
	for (size_t i = 0; i < gl_danger_count; i++)
		ck_assert_msg(gl_syscall_find(machine(), gl_dangers[i].call, strlen(gl_dangers[i].call)) !=
				      GL_CALL_NONE,
			      "%s", gl_dangers[i].call);
}
END_TEST

/* --- dangers -------------------------------------------------------------------------------------- */

static size_t count_dangers(const char *text)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_policy_decision d;
	size_t count = 0;

	parse(text, &policy);
	for (size_t i = 0; i < gl_danger_count; i++)
		count += gl_danger_is_granted(&policy, &facts, &gl_dangers[i], &d);
	return count;
}

START_TEST(dangers)
{
	ck_assert_uint_eq(count_dangers("default allow"), gl_danger_count);
	ck_assert_uint_eq(count_dangers("default deny"), 0);
	ck_assert_uint_eq(count_dangers("default deny\nallow bpf read"), 1);
	ck_assert_uint_eq(count_dangers("default deny\nlog bpf"), 1);
	ck_assert_uint_eq(count_dangers("default deny\nallow socket if domain == AF_INET"), 0);
	ck_assert_uint_eq(count_dangers("default deny\nallow socket if domain == AF_VSOCK"), 1);
	ck_assert_uint_eq(count_dangers("default allow\ndeny @known\nallow ioctl if request == TIOCSTI"), 1);
	ck_assert_str_eq(gl_danger_of("bpf"), "loading code into the kernel");
	ck_assert_ptr_null(gl_danger_of("read"));
	ck_assert_str_eq(gl_danger_of_capability(CAP_SYS_ADMIN), "nearly all that root can do");
	ck_assert_ptr_null(gl_danger_of_capability(CAP_NET_BIND_SERVICE));
}
END_TEST

/* --- dead lines -------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	unsigned dead, by; /* lines; 0: none */
} dead[] = {
	{"default allow\ndeny read\nallow read", 2, 3},
	{"default allow\ndeny read write\nallow read", 0, 0},
	{"default allow\ndeny read write\nallow read\nallow write", 2, 3},
	{"default allow\ndeny read\nallow read if arg0 == 1", 0, 0},
	{"default allow\ndeny read if arg0 == 1\nallow read", 2, 3},
	{"default allow\ndeny read if arg0 == 1\nallow read if arg0 == 1 && arg1 == 2", 0, 0},
	{"default allow\ndeny read if arg0 == 1 && arg1 == 2\nallow read if arg0 == 1", 2, 3},
	{"default allow\ndeny socket if domain in {1, 2}\nallow socket if domain in {1, 2, 3}", 2, 3},
	{"default allow\ndeny socket if domain in {1, 4}\nallow socket if domain in {1, 2, 3}", 0, 0},
	{"default allow\ndeny socket if domain == 1\nallow socket if domain < 5", 2, 3},
	{"default allow\ndeny socket if domain < 5\nallow socket if domain < 5", 2, 3},
	{"default allow\ndeny socket if domain == 1\nallow socket if arg0 == 1", 0, 0}, /* 32 bits, 64 bits */
	{"default allow\ndeny read unless cap BPF\nallow read", 2, 3},
	{"default allow\ndeny read\nallow read unless cap BPF", 0, 0},
	{"default allow\ndeny read unless cap BPF, CHOWN\nallow read unless cap BPF", 2, 3},
	{"default allow\ndeny read if kernel < 4.8\nallow read if kernel < 5.0", 2, 3},
	{"default allow\ndeny read if kernel < 5.0\nallow read if kernel < 4.8", 0, 0},
	{"default allow\ndeny read if kernel >= 5.0\nallow read if kernel >= 4.8", 2, 3},
	/* over what is included a line may count; by what is included it is lost */
	{"include go-server\nallow @network-io", 0, 0},
	{"allow socket if domain == AF_UNIX\ninclude go-server", 1, 46},
};

START_TEST(finds_dead)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_policy_rule *by = NULL;
	size_t count = 0;

	parse(dead[_i].text, &policy);
	for (size_t i = 0; i < policy.rule_count; i++) {
		if (!gl_policy_rule_is_dead(&policy, i, &by))
			continue;
		count++;
		ck_assert_uint_eq(policy.rules[i].place.line, dead[_i].dead);
		if (by->place.file == 0)
			ck_assert_uint_eq(by->place.line, dead[_i].by);
	}
	ck_assert_uint_eq(count, dead[_i].dead ? 1 : 0);
}
END_TEST

START_TEST(presets_have_none)
{
	for (size_t i = 0; i < gl_preset_texts_count; i++) {
		gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
		const struct gl_policy_rule *by;

		parse(gl_preset_texts[i].text, &policy);
		for (size_t j = 0; j < policy.rule_count; j++)
			ck_assert_msg(!gl_policy_rule_is_dead(&policy, j, &by), "%s:%u",
				      gl_preset_texts[i].name, policy.rules[j].place.line);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("starve");
	TCase *c = tcase_create("starve");

	tcase_add_loop_test(c, starves, 0, (int)GL_ARRAY_SIZE(starving));
	tcase_add_test(c, presets_feed);
	tcase_add_test(c, describes);
	tcase_add_test(c, tables_name_calls);
	tcase_add_test(c, dangers);
	tcase_add_loop_test(c, finds_dead, 0, (int)GL_ARRAY_SIZE(dead));
	tcase_add_test(c, presets_have_none);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
