/*
 * loader/text.h and loader/problem.h: strings that end, a line that is one line.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "loader/problem.h"
#include "loader/text.h"
#include "tests/lib/unit.h"

START_TEST(never_beyond_the_array)
{
	char array[8];
	struct gl_ld_text t = gl_ld_text_in(array, 6);

	memset(array + 6, '#', 2);
	gl_ld_text_add(&t, "abc");
	gl_ld_text_add_number(&t, 0);
	ck_assert(!t.cut);
	gl_ld_text_add(&t, "de");
	ck_assert(t.cut);
	ck_assert_str_eq(array, "abc0d");
	gl_ld_text_add(&t, "f");
	ck_assert_str_eq(array, "abc0d");
	ck_assert_int_eq(array[6], '#');
}
END_TEST

START_TEST(numbers_and_escapes)
{
	char array[200];
	struct gl_ld_text t = gl_ld_text_in(array, sizeof(array));

	gl_ld_text_add_number(&t, 18446744073709551615ul);
	ck_assert_str_eq(array, "18446744073709551615");
	t = gl_ld_text_in(array, sizeof(array));
	gl_ld_text_add_escaped(&t, "a\n\033[0m\x7f \xc3\xa9 \xc2\x9b\\");
	ck_assert_str_eq(array, "a\\x0a\\x1b[0m\\x7f \xc3\xa9 \xc2\\x9b\\");
}
END_TEST

START_TEST(path_parts)
{
	ck_assert_uint_eq(gl_ld_dir_length("/a/b"), 2);
	ck_assert_uint_eq(gl_ld_dir_length("/a"), 0);
	ck_assert_uint_eq(gl_ld_dir_length("a"), 0);
	ck_assert_str_eq(gl_ld_base_name("/a/b"), "b");
	ck_assert_str_eq(gl_ld_base_name("b"), "b");
	ck_assert_str_eq(gl_ld_base_name("a/"), "");
}
END_TEST

START_TEST(every_problem_has_words)
{
	for (int i = GL_LD_FINE + 1; i < GL_LD_PROBLEM_MAX; i++) {
		ck_assert_int_eq(strncmp(gl_ld_problem_code((enum gl_ld_problem)i), "GL", 2), 0);
		ck_assert_uint_eq(strlen(gl_ld_problem_code((enum gl_ld_problem)i)), 6);
		ck_assert_uint_gt(strlen(gl_ld_problem_text((enum gl_ld_problem)i)), 5);
	}
	ck_assert_str_eq(gl_ld_errno_name(ENOENT), "ENOENT");
	ck_assert_str_eq(gl_ld_errno_name(ENAMETOOLONG), "ENAMETOOLONG");
	ck_assert_ptr_null(gl_ld_errno_name(0));
}
END_TEST

/* What the stub writes, through a pipe in the place of stderr. */
static void told(enum gl_ld_problem problem, const char *path, int errnum, char *ret, size_t size)
{
	int pipes[2], saved = dup(2);
	ssize_t len;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(dup2(pipes[1], 2), 2);
	gl_ld_problem_tell(problem, path, errnum);
	ck_assert_int_eq(dup2(saved, 2), 2);
	len = read(pipes[0], ret, size - 1);
	ck_assert_int_gt(len, 0);
	ret[len] = '\0';
	close(saved), close(pipes[0]), close(pipes[1]);
}

START_TEST(lines)
{
	static char line[20000], path[4096];

	told(GL_LD_CANNOT_OPEN, "/x\ny", ENOENT, line, sizeof(line));
	ck_assert_str_eq(line, "golaunch: error[GL7003]: /x\\x0ay: cannot be opened (ENOENT)\n");
	told(GL_LD_CANNOT_MAP, "p", 999, line, sizeof(line));
	ck_assert_str_eq(line, "golaunch: error[GL7004]: p: cannot be mapped (errno 999)\n");
	told(GL_LD_NOT_ELF, "p", 0, line, sizeof(line));
	ck_assert_str_eq(line, "golaunch: error[GL7003]: p: is not an ELF file\n");
	memset(path, '\1', sizeof(path) - 1);
	told(GL_LD_NOT_ELF, path, ENOENT, line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, ": is not an ELF file (ENOENT)\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, never_beyond_the_array);
	tcase_add_test(t, numbers_and_escapes);
	tcase_add_test(t, path_parts);
	tcase_add_test(t, every_problem_has_words);
	tcase_add_test(t, lines);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
