/*
 * include: where the other text stands, what counts of two that say the same,
 * loops, depth, and what a reader may answer.
 */
#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/policy.h"
#include "tests/lib/unit.h"

/* Files of a test: name and text, ended by a NULL. */
struct file {
	const char *name, *text;
};

/* A gl_policy_reader over a list of files; names are looked up as they are written. */
static int read_list(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
		     struct gl_err *err)
{
	ck_assert_ptr_nonnull(from);
	for (const struct file *f = arg; f->name; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		*ret_name = strdup(name);
		*ret_text = strdup(f->text);
		return 0;
	}
	return gl_err_set(err, ENOENT, "cannot open '%s': no such file", name);
}

static int parse(const struct file *files, struct gl_policy *ret, struct gl_err *err)
{
	return gl_policy_parse(gl_machine_calls(), files[0].name, files[0].text, read_list,
			       (void *)(uintptr_t)files, ret, err);
}

static void parse_good(const struct file *files, struct gl_policy *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(parse(files, ret, &err) == 0, "%s", err.msg);
}

START_TEST(in_place)
{
	const struct file files[] = {{"a", "default allow\ndeny read\ninclude ./b\ndeny mount\n"},
				     {"./b", "kill bpf\ninclude ./c\ntrap acct"},
				     {"./c", "log mknod\n"},
				     {NULL, NULL}};
	static const struct {
		unsigned file, line;
		enum gl_policy_action action;
	} expected[] = {{0, 2, GL_POLICY_DENY},
			{1, 1, GL_POLICY_KILL},
			{2, 1, GL_POLICY_LOG},
			{1, 3, GL_POLICY_TRAP},
			{0, 4, GL_POLICY_DENY}};
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse_good(files, &p);
	ck_assert_uint_eq(p.file_count, 3);
	ck_assert_uint_eq(p.rule_count, GL_ARRAY_SIZE(expected));
	for (size_t i = 0; i < p.rule_count; i++) {
		ck_assert_uint_eq(p.rules[i].place.file, expected[i].file);
		ck_assert_uint_eq(p.rules[i].place.line, expected[i].line);
		ck_assert_int_eq(p.rules[i].answer.action, expected[i].action);
	}
	ck_assert_str_eq(p.files[1].name, "./b");
	ck_assert_uint_eq(p.files[2].depth, 2);
}
END_TEST

/* A text counts over what it includes, before and after; of two that are included, the later. */
static const struct {
	struct file files[4];
	uint32_t through;
	enum gl_policy_action action;
} counts[] = {
	{{{"a", "known-through 6.1\ndefault allow\ninclude ./b"}, {"./b", "known-through 6.6\ndefault kill"}},
	 GL_KERNEL(6, 1),
	 GL_POLICY_ALLOW},
	{{{"a", "include ./b\nknown-through 6.1\ndefault allow"}, {"./b", "known-through 6.6\ndefault kill"}},
	 GL_KERNEL(6, 1),
	 GL_POLICY_ALLOW},
	{{{"a", "include ./b\ndefault allow"}, {"./b", "known-through 6.6\ndefault kill"}},
	 GL_KERNEL(6, 6),
	 GL_POLICY_ALLOW},
	{{{"a", "include ./b\ninclude ./c"},
	  {"./b", "known-through 6.6\ndefault kill"},
	  {"./c", "default trap"}},
	 GL_KERNEL(6, 6),
	 GL_POLICY_TRAP},
	{{{"a", "include ./b\n"},
	  {"./b", "include ./c\ndefault log"},
	  {"./c", "default trap\nknown-through 6.2"}},
	 GL_KERNEL(6, 2),
	 GL_POLICY_LOG},
	{{{"a", "include go-server\ndefault kill"}}, GL_KERNEL(6, 12), GL_POLICY_KILL},
};

START_TEST(outer_counts)
{
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse_good(counts[_i].files, &p);
	ck_assert_uint_eq(p.known_through, counts[_i].through);
	ck_assert_int_eq(p.fallback.action, counts[_i].action);
}
END_TEST

static const struct {
	struct file files[4];
	int errnum;
	const char *message;
} bad[] = {
	{{{"a", "include ./x"}}, ENOENT, "a:1:9: cannot open './x': no such file\ninclude ./x\n        ^"},
	{{{"./a", "include ./a"}}, ELOOP, "./a:1:1: './a' includes itself\ninclude ./a\n^"},
	{{{"a", "include ./b"}, {"./b", "\ninclude ./c"}, {"./c", "deny read\n include ./b"}},
	 ELOOP,
	 "./c:2:2: './b' includes itself\n include ./b\n ^"},
	{{{"a", "include ./b"}, {"./b", "deny read\ndeny wriet"}},
	 ENOENT,
	 "./b:2:6: no machine has a system call of this name: 'wriet'; did you mean 'write'?\ndeny wriet\n     ^"},
	{{{"a", "include ./b\ninclude ./b"}, {"./b", "exec deny\n"}},
	 EINVAL,
	 "a:2:12: the policy does not say 'default'\ninclude ./b\n           ^"},
	/* a newer call that the policy names itself; one in what it includes is left alone */
	{{{"a", "include ./b\nallow listns"}, {"./b", "# b\nknown-through 6.12\ndefault deny"}},
	 EINVAL,
	 "a:2:7: 'listns' came with Linux 6.19, later than 'known-through 6.12' in line 2 of './b'\n"
	 "allow listns\n      ^"},
};

START_TEST(refused)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(parse(bad[_i].files, &p, &err), -bad[_i].errnum);
	ck_assert_str_eq(err.msg, bad[_i].message);
}
END_TEST

START_TEST(newer_calls_of_others)
{
	const struct file files[] = {{"a", "known-through 6.1\ndefault allow\ninclude ./b\nkill read"},
				     {"./b", "deny mseal"},
				     {NULL, NULL}};
	gl_autopolicy struct gl_policy p = GL_POLICY_INIT;

	parse_good(files, &p);
	ck_assert_uint_eq(p.rule_count, 1); /* nothing is left of the other */
}
END_TEST

/* A reader whose files go on for ever. */
static int read_deeper(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
		       struct gl_err *err)
{
	unsigned *depth = arg;

	(void)from;
	(void)name;
	(void)err;
	ck_assert_int_ge(asprintf(ret_name, "file%u", ++*depth), 0);
	*ret_text = strdup("include ./next");
	return 0;
}

START_TEST(depth)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	unsigned reached = 0;

	ck_assert_int_eq(
		gl_policy_parse(gl_machine_calls(), "a", "include ./next", read_deeper, &reached, &p, &err),
		-ELOOP);
	ck_assert_str_eq(err.msg, "file8:1:1: includes are nested more than 8 deep\ninclude ./next\n^");
	ck_assert_uint_eq(reached, GL_POLICY_MAX_DEPTH + 1);
}
END_TEST

/* The same text twice is fine, but not without end. */
START_TEST(many_files)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char text[2048] = "default allow\n";
	struct file files[] = {{"a", text}, {"./b", ""}, {NULL, NULL}};
	size_t used = strlen(text);

	for (size_t i = 1; i <= GL_POLICY_MAX_FILES; i++) {
		ck_assert_int_eq(parse(files, &p, &err), 0);
		gl_policy_done(&p);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "include ./b\n");
	}
	ck_assert_int_eq(parse(files, &p, &err), -E2BIG);
	ck_assert_ptr_nonnull(strstr(err.msg, "more than 64 texts in one policy"));
}
END_TEST

/* A reader that gives more than a policy may have. */
static int read_much(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
		     struct gl_err *err)
{
	(void)arg;
	(void)from;
	(void)err;
	*ret_name = strdup(name);
	*ret_text = malloc(GL_POLICY_MAX_BYTES + 2);
	memset(*ret_text, '#', GL_POLICY_MAX_BYTES + 1);
	(*ret_text)[GL_POLICY_MAX_BYTES + 1] = '\0';
	return 0;
}

START_TEST(large_file)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_parse(gl_machine_calls(), "a", "include ./x", read_much, NULL, &p, &err),
			 -E2BIG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("include");
	TCase *c = tcase_create("include");

	tcase_add_test(c, in_place);
	tcase_add_loop_test(c, outer_counts, 0, (int)GL_ARRAY_SIZE(counts));
	tcase_add_loop_test(c, refused, 0, (int)GL_ARRAY_SIZE(bad));
	tcase_add_test(c, newer_calls_of_others);
	tcase_add_test(c, depth);
	tcase_add_test(c, many_files);
	tcase_add_test(c, large_file);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
