/*
 * Policies as text: what stands in it, and that it is read as the same policy.
 * GL_RANDOM_TEXTS says how many are made up (10^5), GL_RANDOM_SEED which.
 */
#include "policy/show.h"

#include "policy/group.h"
#include "tests/lib/policy_text_random.h"
#include "tests/lib/unit.h"

#define TEXTS	   100000
#define STATEMENTS 12
#define TIMEOUT	   86400

static void parse(const struct gl_machine_calls *machine, const char *text, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	if (gl_policy_parse(machine, "t", text, gl_policy_text_random_include, (void *)(uintptr_t)machine,
			    ret, &err) < 0)
		ck_abort_msg("%s\n--- of:\n%s", err.msg, text);
}

/* Is the shown policy the same, and shown the same? */
static void check_round(const struct gl_policy *policy, bool origins)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT, again = GL_BUF_INIT;
	gl_autopolicy struct gl_policy reread = GL_POLICY_INIT;

	gl_policy_show(policy, origins, &text);
	parse(policy->machine, gl_buf_text(&text), &reread);
	if (!gl_policy_equal(policy, &reread))
		ck_abort_msg("not the same:\n%s\n--- shown:\n%s", policy->files[0].text, gl_buf_text(&text));
	gl_policy_show(&reread, false, &again);
	if (!origins && strcmp(gl_buf_text(&text), gl_buf_text(&again)) != 0)
		ck_abort_msg("shown otherwise:\n%s\n--- then:\n%s", gl_buf_text(&text), gl_buf_text(&again));
}

static const struct {
	const char *text, *shown;
} rows[] = {
	{"default allow\nknown-through 6.7", "known-through 6.7\ndefault allow\nabis all\n"},
	{"default deny errno EACCES\nexec deny\nno-new-privs on\nknown-through 5.2\n",
	 "known-through 5.2\ndefault deny errno EACCES\nabis native\nexec deny\nno-new-privs on\n"},
	{"default deny\nknown-through 6.7\nallow write read", /* clone3 is built in */
	 "known-through 6.7\ndefault deny\nabis native\nallow read write\n"},
	{"default allow\nknown-through 6.7\ndeny socket if domain in {2, 40, 999} && type & 0x80001",
	 "known-through 6.7\ndefault allow\nabis all\n"
	 "deny socket if domain in {AF_INET, AF_VSOCK, 0x3e7} && type & (SOCK_STREAM | SOCK_CLOEXEC)\n"},
	{"default allow\nknown-through 6.7\nkill read if fd != 0 && count > 0x1000 unless cap kill, CAP_CHOWN",
	 "known-through 6.7\ndefault allow\nabis all\n"
	 "kill read if fd != 0 && count > 0x1000 unless cap CHOWN, KILL\n"},
	{"default allow\nknown-through 6.7\ntrap read write if kernel < 5.0 && arg0 == 5 && kernel >= 4.2",
	 "known-through 6.7\ndefault allow\nabis all\n"
	 "trap read write if arg0 == 5 && kernel >= 4.2 && kernel < 5.0\n"},
	{"default allow\nknown-through 6.7\nlog chmod if mode & 07777 == 04755",
	 "known-through 6.7\ndefault allow\nabis all\nlog chmod if mode & 0xfff == 0x9ed\n"},
	{"default allow\nknown-through 6.7\nlimit nofile 1:2\nread /a \"/b c\" optional\nenv set \"A=\\x01\"",
	 "known-through 6.7\ndefault allow\nabis all\nlimit nofile 1:2\nread /a optional\n"
	 "read \"/b c\" optional\nenv set \"A=\\x01\"\n"},
};

START_TEST(shown)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse(gl_machine_calls(), rows[_i].text, &p);
	gl_policy_show(&p, false, &text);
	ck_assert_str_eq(gl_buf_text(&text), rows[_i].shown);
	check_round(&p, false);
}
END_TEST

START_TEST(origins)
{
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "a\nb",
					 "default deny\nallow read\n\nallow write", NULL, NULL, &p, &err),
			 0);
	gl_policy_show(&p, true, &text);
	ck_assert_str_eq(gl_buf_text(&text), "known-through 3.0\t# built in\ndefault deny\t# a\\x0ab:1\n"
					     "abis native\t# built in\nallow read\t# a\\x0ab:2\n"
					     "allow write\t# a\\x0ab:4\n");
	check_round(&p, true);
}
END_TEST

/* Many calls stand on several lines. */
START_TEST(presets)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;

	parse(gl_machine_calls(), gl_preset_texts[_i].text, &p);
	check_round(&p, false);
	check_round(&p, true);
	gl_policy_show(&p, false, &text);
	for (const char *line = gl_buf_text(&text); *line; line += strcspn(line, "\n") + 1)
		ck_assert_uint_lt(strcspn(line, "\n"), 400);
}
END_TEST

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

START_TEST(random_texts)
{
	uint64_t count = from_environment("GL_RANDOM_TEXTS", TEXTS);
	uint64_t first = from_environment("GL_RANDOM_SEED", 1);

	for (uint64_t seed = first; seed < first + count; seed++) {
		struct gl_random random = {seed};
		const struct gl_machine_calls *machine = &gl_machine_table[seed % gl_machine_table_count];
		gl_autobuf struct gl_buf text = GL_BUF_INIT;
		gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

		gl_policy_text_random(machine, &random, STATEMENTS, &text);
		parse(machine, gl_buf_text(&text), &p);
		check_round(&p, seed & 1);
	}
}
END_TEST

/* Every difference is one. */
START_TEST(differences)
{
	static const char *const texts[] = {
		"default allow\nknown-through 6.7",
		"default deny\nknown-through 6.7\nabis all",
		"default allow\nknown-through 6.8",
		"default allow\nknown-through 6.7\nexec deny",
		"default allow\nknown-through 6.7\nno-new-privs on",
		"default allow\nknown-through 6.7\nabis native",
		"default allow\nknown-through 6.7\ndeny read",
		"default allow\nknown-through 6.7\ndeny write",
		"default allow\nknown-through 6.7\nkill write",
		"default allow\nknown-through 6.7\ndeny errno ENOENT write",
		"default allow\nknown-through 6.7\ndeny write if fd == 1",
		"default allow\nknown-through 6.7\ndeny write if fd == 2",
		"default allow\nknown-through 6.7\ndeny write if fd != 2",
		"default allow\nknown-through 6.7\ndeny write if fd & 2",
		"default allow\nknown-through 6.7\ndeny write if arg0 & 2",
		"default allow\nknown-through 6.7\ndeny write if arg0 & 1",
		"default allow\nknown-through 6.7\ndeny write if kernel < 5.0",
		"default allow\nknown-through 6.7\ndeny write if kernel >= 5.0",
		"default allow\nknown-through 6.7\ndeny write unless cap KILL",
		"default allow\nknown-through 6.7\nread /a",
		"default allow\nknown-through 6.7\nread /a optional",
		"default allow\nknown-through 6.7\nread /b",
		"default allow\nknown-through 6.7\nwrite /b",
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < GL_ARRAY_SIZE(texts); j++) {
			gl_autopolicy struct gl_policy a = GL_POLICY_INIT, b = GL_POLICY_INIT;

			parse(gl_machine_calls(), texts[i], &a);
			parse(gl_machine_calls(), texts[j], &b);
			ck_assert_msg(gl_policy_equal(&a, &b) == (i == j), "%zu %zu", i, j);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("show");
	TCase *c = tcase_create("show");

	tcase_set_timeout(c, TIMEOUT);
	tcase_add_loop_test(c, shown, 0, (int)GL_ARRAY_SIZE(rows));
	tcase_add_test(c, origins);
	tcase_add_loop_test(c, presets, 0, (int)gl_preset_texts_count);
	tcase_add_test(c, random_texts);
	tcase_add_test(c, differences);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
