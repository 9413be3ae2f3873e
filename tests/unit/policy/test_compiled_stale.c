/*
 * What a compiled policy was made of is found again, and whether it is still the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "policy/compiled.h"
#include "policy/read.h"
#include "tests/lib/unit.h"

#define TEXT "default allow\n"

static char folder[] = "/tmp/golaunch-stale-XXXXXX";

static void put(const char *path, const char *text)
{
	gl_autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(gl_file_write_all(fd, text, strlen(text)), 0);
}

/* in/app.policy includes in/sub/more.policy and a preset; out is for what is compiled. */
static void enter(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	umask(022);
	ck_assert(!mkdir("in", 0755) && !mkdir("in/sub", 0755) && !mkdir("out", 0755));
	put("in/app.policy", "include go-server\ninclude .//sub/more.policy\n");
	put("in/sub/more.policy", "deny bpf\n");
}

static void leave(void)
{
	static const char *const files[] = {
		"in/app.policy", "in/sub/more.policy", "in/sub", "in/link", "in",
		"out/app.bpf",	 "out/link",	       "out",	 "pipe",    "link"};

	ck_assert_int_eq(chdir(folder), 0);
	for (size_t i = 0; i < GL_ARRAY_SIZE(files); i++)
		remove(files[i]);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

/* --- where they lie ----------------------------------------------------------------------- */

static void locate(const char *path, const char *output, struct gl_policy *policy)
{
	const struct gl_policy_reading reading = {.machine = gl_machine_calls()};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(gl_policy_read_file(&reading, path, policy, &err) == 0, "%s", err.msg);
	ck_assert_msg(gl_compiled_locate(policy, output, &err) == 0, "%s", err.msg);
}

static void expect_located(const char *path, const char *output, const char *own, const char *included)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	size_t last;

	locate(path, output, &policy);
	last = policy.file_count - 1;
	ck_assert_uint_gt(last, 1);
	ck_assert_pstr_eq(policy.files[0].location, own);
	ck_assert_pstr_eq(policy.files[1].location, NULL); /* the preset */
	ck_assert_pstr_eq(policy.files[last].location, included);
}

START_TEST(locations)
{
	char absolute[100], output[100];

	expect_located("in/app.policy", "in/app.bpf", "app.policy", "sub/more.policy");
	expect_located("in/app.policy", "app.bpf", "in/app.policy", "in/sub/more.policy");
	expect_located("in/app.policy", "out/app.bpf", "../in/app.policy", "../in/sub/more.policy");
	expect_located("in/app.policy", "in/sub/app.bpf", "../app.policy", "more.policy");
	expect_located("out/../in/app.policy", "./in/../out/app.bpf", "../in/app.policy",
		       "../in/sub/more.policy");
	snprintf(absolute, sizeof(absolute), "%s/in/app.policy", folder);
	snprintf(output, sizeof(output), "%s/in/app.bpf", folder);
	expect_located(absolute, "out/app.bpf", "../in/app.policy", "../in/sub/more.policy");
	expect_located("in/app.policy", output, "app.policy", "sub/more.policy");
	ck_assert_int_eq(chdir("in"), 0);
	expect_located("app.policy", "../out/app.bpf", "../in/app.policy", "../in/sub/more.policy");
	snprintf(output, sizeof(output), "%s/in/sub/more.policy", folder);
	expect_located("app.policy", "/app.bpf", absolute + 1, output + 1);
}
END_TEST

/* A folder by its real name; a file's own link, which may lead elsewhere tomorrow, as the link. */
START_TEST(locations_through_links)
{
	ck_assert_int_eq(symlink("in", "link"), 0);
	expect_located("link/app.policy", "out/app.bpf", "../in/app.policy", "../in/sub/more.policy");
	expect_located("in/app.policy", "link/app.bpf", "app.policy", "sub/more.policy");
	ck_assert_int_eq(symlink("../out/app.bpf", "in/link"), 0);
	expect_located("in/app.policy", "in/link", "../in/app.policy", "../in/sub/more.policy");
	put("out/app.bpf", "");
	expect_located("in/app.policy", "in/link", "../in/app.policy", "../in/sub/more.policy");
	ck_assert_int_eq(unlink("in/link"), 0);
	ck_assert_int_eq(symlink("app.policy", "in/link"), 0);
	expect_located("in/link", "out/app.bpf", "../in/link", "../in/sub/more.policy");
}
END_TEST

START_TEST(no_locations)
{
	gl_autoclose int fd = open("in/app.policy", O_RDONLY | O_CLOEXEC);
	char name[40];

	ck_assert_int_eq(mkfifo("pipe", 0644), 0);
	expect_located("in/app.policy", "pipe", NULL, NULL);
	expect_located("in/app.policy", "/dev/null", NULL, NULL);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	expect_located("in/app.policy", name, NULL, NULL);
	ck_assert_int_eq(symlink(name, "link"), 0);
	expect_located("in/app.policy", "link", NULL, NULL);
	/* What is to be put in the place of its own text has none to be compared with. */
	expect_located("in/app.policy", "in/app.policy", NULL, "sub/more.policy");
	ck_assert_int_eq(unlink("link"), 0);
	ck_assert_int_eq(symlink("link", "link"), 0);
	expect_located("in/app.policy", "link", NULL, NULL);
}
END_TEST

/* A descriptor's name is another file to the next process. */
START_TEST(no_location_of_a_descriptor)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT, by_link = GL_POLICY_INIT;
	gl_autoclose int fd = open("in/sub/more.policy", O_RDWR | O_TRUNC | O_CLOEXEC);
	char name[40];

	ck_assert_int_eq(gl_file_write_all(fd, TEXT, strlen(TEXT)), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	locate(name, "app.bpf", &policy);
	ck_assert_ptr_null(policy.files[0].location);
	ck_assert_int_eq(symlink(name, "link"), 0);
	locate("link", "app.bpf", &by_link);
	ck_assert_ptr_null(by_link.files[0].location);
}
END_TEST

START_TEST(no_folder)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_policy_reading reading = {.machine = gl_machine_calls()};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_int_eq(gl_policy_read_file(&reading, "in/app.policy", &policy, &err), 0);
	ck_assert_int_eq(gl_compiled_locate(&policy, "no/such/x.bpf", &err), -ENOENT);
	ck_assert_str_eq(err.msg, "cannot write 'no/such/x.bpf': No such file or directory");
}
END_TEST

/* --- whether they are the same ------------------------------------------------------------- */

/* As if a policy of that text, at location, had been read from the file called name. */
static int check(const char *location, const char *name, struct gl_err *err)
{
	struct gl_policy_file file = {.name = (char *)(uintptr_t) "a",
				      .text = (char *)(uintptr_t)TEXT,
				      .location = (char *)(uintptr_t)location};
	const struct gl_compiled compiled = {.files = &file, .file_count = 1};

	return gl_compiled_check_files(&compiled, name, err);
}

static void expect_changed(const char *location, const char *name, const char *shown)
{
	struct gl_err err = GL_ERR_INIT;
	char message[200];

	snprintf(message, sizeof(message),
		 "'%s' has been changed since it was compiled: compile it again (golaunch policy compile)",
		 shown);
	ck_assert_int_eq(check(location, name, &err), -ESTALE);
	ck_assert_str_eq(err.msg, message);
}

static void expect_passed(const char *location, const char *name)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(check(location, name, &err) == 0, "%s", err.msg);
}

START_TEST(compares)
{
	static const char *const others[] = {"", "default kill!\n", TEXT "\n", "default allow",
					     TEXT "deny bpf\n"};

	put("in/app.policy", TEXT);
	expect_passed("app.policy", "in/app.bpf");
	expect_passed("../in/app.policy", "out/app.bpf");
	expect_passed(NULL, "in/app.bpf");
	for (size_t i = 0; i < GL_ARRAY_SIZE(others); i++) {
		put("in/app.policy", others[i]);
		expect_changed("app.policy", "in/app.bpf", "in/app.policy");
		expect_changed("../in/app.policy", "out/app.bpf", "out/../in/app.policy");
		expect_passed(NULL, "in/app.bpf");
	}
	ck_assert_int_eq(chdir("in"), 0);
	expect_changed("app.policy", "app.bpf", "app.policy");
	expect_changed("app.policy", "./app.bpf", "./app.policy");
}
END_TEST

/* Names are as seen from where the compiled policy really lies. */
START_TEST(follows_links)
{
	put("in/app.policy", "default kill\n");
	ck_assert_int_eq(symlink("../in/app.bpf", "out/link"), 0);
	ck_assert_int_eq(symlink("out/link", "link"), 0);
	expect_changed("app.policy", "link", "out/../in/app.policy");
	put("in/app.policy", TEXT);
	expect_passed("app.policy", "link");
	/* A link that has come to lead elsewhere is a change. */
	ck_assert_int_eq(symlink("sub/more.policy", "in/link"), 0);
	expect_changed("link", "in/app.bpf", "in/link");
}
END_TEST

START_TEST(passes_over_what_cannot_be_compared)
{
	char longest[GL_COMPILED_MAX_NAME + 1];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	expect_passed("nosuch", "in/app.bpf");
	expect_passed("app.policy/x", "in/app.bpf");
	expect_passed("sub", "in/app.bpf");
	expect_passed(longest, "in/app.bpf");
	expect_passed("../../../../../../../../dev/zero", "in/app.bpf");
	ck_assert_int_eq(mkfifo("pipe", 0644), 0);
	expect_passed("../pipe", "in/app.bpf");
	ck_assert_int_eq(symlink("link", "link"), 0);
	expect_passed("../link", "in/app.bpf");
	expect_passed("app.policy", "link");
	expect_passed("app.policy", "/proc/self/fd/0");
}
END_TEST

START_TEST(message_is_printable)
{
	put("in/\n\033[31m", "");
	expect_changed("\n\033[31m", "in/app.bpf", "in/\\x0a\\x1b[31m");
	ck_assert_int_eq(unlink("in/\n\033[31m"), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compiled_stale");
	TCase *c = tcase_create("compiled_stale");

	tcase_add_checked_fixture(c, enter, leave);
	tcase_add_test(c, locations);
	tcase_add_test(c, locations_through_links);
	tcase_add_test(c, no_locations);
	tcase_add_test(c, no_location_of_a_descriptor);
	tcase_add_test(c, no_folder);
	tcase_add_test(c, compares);
	tcase_add_test(c, follows_links);
	tcase_add_test(c, passes_over_what_cannot_be_compared);
	tcase_add_test(c, message_is_printable);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
