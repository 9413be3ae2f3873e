/*
 * Policies of any form: what a file is, is told by what is in it.
 */
#include "policy/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "policy/show.h"
#include "tests/lib/unit.h"

static char folder[] = "/tmp/golaunch-source-XXXXXX";

static void enter(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	umask(022);
}

static void leave(void)
{
	static const char *const files[] = {"a", "sub/b", "sub/c", "sub", "default"};

	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++)
		remove(files[i]);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

static void put(const char *path, const void *bytes, size_t len)
{
	gl_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gl_file_write_all(fd, bytes, len), 0);
}

static void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

static int read_source(const char *name, struct gl_policy_source *source, struct gl_err *err)
{
	const struct gl_policy_reading reading = {
		.machine = gl_machine_calls(), .check_owner = true, .owner = geteuid()};

	return gl_policy_source_read(&reading, name, source, err);
}

static void expect(const char *name, enum gl_policy_form form, struct gl_policy_source *source)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(read_source(name, source, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(source->form, form);
	ck_assert_uint_gt(source->policy.file_count, 0);
}

START_TEST(forms)
{
	static const struct {
		const char *text;
		enum gl_policy_form form;
	} rows[] = {
		{"default allow\n", GL_FORM_TEXT},
		{"{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", GL_FORM_OCI},
		{"read: 1\n", GL_FORM_MINIJAIL},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;

		put_text("a", rows[i].text);
		expect("a", rows[i].form, &source);
	}
}
END_TEST

/* A preset's name goes before a file of that name; with a slash it is the file. */
START_TEST(presets_first)
{
	gl_autosource struct gl_policy_source preset = GL_POLICY_SOURCE_INIT, file = GL_POLICY_SOURCE_INIT;

	put_text("default", "default kill\n");
	expect("default", GL_FORM_PRESET, &preset);
	ck_assert_int_eq(preset.policy.fallback.action, GL_POLICY_ALLOW);
	expect("./default", GL_FORM_TEXT, &file);
	ck_assert_int_eq(file.policy.fallback.action, GL_POLICY_KILL);
}
END_TEST

static void compile(const char *name, struct gl_buf *bytes)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(read_source(name, &source, &err) == 0, "%s", err.msg);
	ck_assert_msg(gl_compiled_write(&source.policy, bytes, &err) == 0, "%s", err.msg);
}

/* It carries along what it was made of: the files may be gone, or be others. */
START_TEST(compiled_carries_includes)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT, place = GL_BUF_INIT;

	ck_assert_int_eq(mkdir("sub", 0755), 0);
	put_text("a", "include ./sub/b\ninclude go-server\nlimit nofile 7\n");
	put_text("sub/b", "include ./c\n");
	put_text("sub/c", "\ndeny bpf\n");
	compile("a", &bytes);
	put("a", bytes.data, bytes.len);
	put_text("sub/c", "allow bpf\n");
	expect("a", GL_FORM_COMPILED, &source);
	ck_assert_uint_eq(source.policy.setting_count, 1);
	ck_assert_uint_gt(source.compiled.filters[GL_FILTER_EXPLAIN].count, 100);
	ck_assert_int_eq(source.policy.rules[1].answer.action, GL_POLICY_DENY);
	gl_policy_show_place(&source.policy, source.policy.rules[1].place, &place);
	ck_assert_str_eq(gl_buf_text(&place), "sub/c:2");
}
END_TEST

START_TEST(compiled_of_json)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT, before = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT, place = GL_BUF_INIT;

	put_text("a", "{\"defaultAction\": \"SCMP_ACT_ERRNO\",\n\n\"syscalls\": [{\"names\": [\"read\"], "
		      "\"action\": \"SCMP_ACT_ALLOW\"}]}");
	expect("a", GL_FORM_OCI, &before);
	compile("a", &bytes);
	put("a", bytes.data, bytes.len);
	expect("a", GL_FORM_COMPILED, &source);
	ck_assert(gl_policy_equal(&before.policy, &source.policy));
	ck_assert_uint_eq(source.policy.rule_count, 1);
	gl_policy_show_place(&source.policy, source.policy.rules[0].place, &place);
	ck_assert_str_eq(gl_buf_text(&place), "a:3");
}
END_TEST

/* What is a file of its own, and can be looked at again. */
START_TEST(files)
{
	gl_autosource struct gl_policy_source text = GL_POLICY_SOURCE_INIT, json = GL_POLICY_SOURCE_INIT,
					      preset = GL_POLICY_SOURCE_INIT, bytes = GL_POLICY_SOURCE_INIT;
	const struct gl_policy_reading reading = {.machine = gl_machine_calls()};
	static const char included[] = "include ./a\n";
	struct gl_err err = GL_ERR_INIT;

	put_text("a", "include default\n");
	expect("a", GL_FORM_TEXT, &text);
	ck_assert(text.policy.files[0].is_file && !text.policy.files[1].is_file);
	expect("default", GL_FORM_PRESET, &preset);
	ck_assert(!preset.policy.files[0].is_file);
	ck_assert_int_eq(
		gl_policy_source_bytes(&reading, "standard input", included, strlen(included), &bytes, &err),
		0);
	ck_assert(!bytes.policy.files[0].is_file && bytes.policy.files[1].is_file);
	put_text("a", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
	expect("a", GL_FORM_OCI, &json);
	ck_assert(!json.policy.files[0].is_file && json.policy.files[1].is_file);
}
END_TEST

START_TEST(refuses_what_was_made_of_another_text)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT, stale = GL_POLICY_SOURCE_INIT,
					      same = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf bytes = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;

	put_text("default", "default allow\n");
	expect("./default", GL_FORM_TEXT, &source);
	ck_assert_int_eq(gl_compiled_locate(&source.policy, "a", &err), 0);
	ck_assert_int_eq(gl_compiled_write(&source.policy, &bytes, &err), 0);
	put("a", bytes.data, bytes.len);
	expect("a", GL_FORM_COMPILED, &same);
	put_text("default", "default kill\n");
	ck_assert_int_eq(read_source("a", &stale, &err), -ESTALE);
	ck_assert_str_eq(err.msg, "policy 'a': 'default' has been changed since it was compiled: compile it "
				  "again (golaunch policy compile)");
	ck_assert_uint_eq(stale.policy.file_count, 0);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *bytes;
		size_t len;
		int errnum;
		const char *message;
	} rows[] = {
		{"default\0allow", 13, EINVAL, "'a' is no text: it holds a NUL byte"},
		{GL_COMPILED_MAGIC, 8, EBADMSG, "policy 'a': a damaged compiled policy"},
		{"{\"defaultAction\": 1}", 20, EINVAL, "a: defaultAction: must be a string"},
		{"read: 2", 7, EINVAL, "a:1:7: expected an argument, arg0 to arg5: '2'\nread: 2\n      ^"},
		{"default alow", 12, EINVAL,
		 "a:1:9: expected 'allow', 'deny', 'kill', 'trap' or 'log': 'alow'"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
		struct gl_err err = GL_ERR_INIT;

		put("a", rows[i].bytes, rows[i].len);
		ck_assert_int_eq(read_source("a", &source, &err), -rows[i].errnum);
		ck_assert_msg(!strncmp(err.msg, rows[i].message, strlen(rows[i].message)),
			      "want: %s\ngot:  %s", rows[i].message, err.msg);
	}
}
END_TEST

START_TEST(refuses_names)
{
	static const struct {
		const char *name, *message;
	} rows[] = {
		{"go-serv", "no preset and no file is called 'go-serv'; did you mean 'go-server'?"},
		{"./nosuch", "cannot open './nosuch': No such file or directory"},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(read_source(rows[i].name, &source, &err), -ENOENT);
		ck_assert_str_eq(err.msg, rows[i].message);
	}
}
END_TEST

/* Trust is asked of every form. */
START_TEST(refuses_what_others_can_write)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	struct gl_err err = GL_ERR_INIT;

	put_text("a", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
	ck_assert_int_eq(chmod("a", 0666), 0);
	ck_assert_int_eq(read_source("a", &source, &err), -EACCES);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("source");
	TCase *c = tcase_create("source");

	tcase_add_checked_fixture(c, enter, leave);
	tcase_add_test(c, forms);
	tcase_add_test(c, presets_first);
	tcase_add_test(c, compiled_carries_includes);
	tcase_add_test(c, compiled_of_json);
	tcase_add_test(c, files);
	tcase_add_test(c, refuses_what_was_made_of_another_text);
	tcase_add_test(c, refuses);
	tcase_add_test(c, refuses_names);
	tcase_add_test(c, refuses_what_others_can_write);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return gl_unit_main(suite());
}
