/*
 * Dynamic string tokens and parts of paths.
 */
#include <check.h>
#include <errno.h>

#include "base/mem.h"
#include "host/path.h"
#include "tests/lib/unit.h"

/* NULL: the path is dropped. */
static const struct {
	const char *text, *want;
} tokens[] = {
	{"/usr/lib", "/usr/lib"},
	{"$ORIGIN", "/opt/app"},
	{"$ORIGIN/../lib", "/opt/app/../lib"},
	{"${ORIGIN}x/$LIB", "/opt/appx/lib64"},
	{"/a/$PLATFORM/${LIB}", "/a/x86_64/lib64"},
	{"$ORIGINAL/x", "$ORIGINAL/x"},
	{"$ORIGIN_", "$ORIGIN_"},
	{"$LIB64", "$LIB64"},
	{"${ORIGIN", "${ORIGIN"},
	{"${ORIGINX}", "${ORIGINX}"},
	{"$", "$"},
	{"a$$ORIGIN", "a$/opt/app"},
	{"$FOO/$BAR", "$FOO/$BAR"},
	{"$ORIGIN:$ORIGIN", "/opt/app:/opt/app"},
	{"", NULL},
};

static const struct gl_path_tokens usual = {.origin = "/opt/app", .lib = "lib64", .platform = "x86_64"};

START_TEST(tokens_are_expanded)
{
	gl_autofree char *got = NULL;
	int r = gl_path_expand(tokens[_i].text, strlen(tokens[_i].text), &usual, &got);

	ck_assert_int_eq(r, tokens[_i].want ? 0 : 1);
	if (!r)
		ck_assert_str_eq(got, tokens[_i].want);
}
END_TEST

START_TEST(only_the_given_length_counts)
{
	gl_autofree char *got = NULL;

	ck_assert_int_eq(gl_path_expand("$ORIGIN:/other", strlen("$ORIGIN"), &usual, &got), 0);
	ck_assert_str_eq(got, "/opt/app");
	gl_mem_free_p(&got);
	ck_assert_int_eq(gl_path_expand("$ORIGINX", strlen("$ORI"), &usual, &got), 0);
	ck_assert_str_eq(got, "$ORI");
}
END_TEST

START_TEST(unknown_values_drop_the_path)
{
	static const struct gl_path_tokens none = {.origin = NULL};
	gl_autofree char *got = NULL;

	ck_assert_int_eq(gl_path_expand("$ORIGIN/x", 9, &none, &got), 1);
	ck_assert_int_eq(gl_path_expand("/x/$LIB", 7, &none, &got), 1);
	ck_assert_ptr_null(got);
}
END_TEST

static const struct {
	const char *text;
	bool executable;
	int answer;
} secure[] = {
	{"$ORIGIN/lib", false, 0}, {"$ORIGIN", false, 0},    {"/x/$ORIGIN", false, 1},
	{"$ORIGINAL", false, 0},   {"${ORIGIN}x", false, 1}, {"$ORIGIN/lib", true, 1},
	{"/x/$LIB", true, 0},
};

START_TEST(secure_programs_have_no_origin)
{
	const struct gl_path_tokens t = {
		.origin = "/opt", .lib = "lib", .secure = true, .executable = secure[_i].executable};
	gl_autofree char *got = NULL;

	ck_assert_int_eq(gl_path_expand(secure[_i].text, strlen(secure[_i].text), &t, &got),
			 secure[_i].answer);
}
END_TEST

START_TEST(expansion_is_bounded)
{
	static char origin[4096], text[8 * 1024];
	const struct gl_path_tokens t = {.origin = origin};
	gl_autofree char *got = NULL;

	memset(origin, 'o', sizeof(origin) - 1);
	for (size_t i = 0; i < sizeof(text) / 8; i++)
		memcpy(text + i * 8, "/$ORIGIN", 8);
	ck_assert_int_eq(gl_path_expand(text, sizeof(text), &t, &got), 1);
}
END_TEST

static const struct {
	const char *path, *directory, *name;
} parts[] = {
	{"/usr/lib/x.so", "/usr/lib", "x.so"},
	{"/x.so", "/", "x.so"},
	{"x.so", ".", "x.so"},
	{"a/x.so", "a", "x.so"},
	{"/usr/", "/usr", ""},
};

START_TEST(paths_have_parts)
{
	gl_autofree char *directory = gl_path_dirname(parts[_i].path);

	ck_assert_str_eq(directory, parts[_i].directory);
	ck_assert_str_eq(gl_path_basename(parts[_i].path), parts[_i].name);
}
END_TEST

static const struct {
	const char *directory, *path, *below;
} places[] = {
	{"/usr", "/usr/lib/x", "/lib/x"},
	{"/usr/", "/usr/lib", "/lib"},
	{"/", "/lib", "/lib"},
	{"/usr", "/usr/", "/"},
	{"/usr", "/usr", ""},
	{"/usr", "/usrlib/x", ""},
	{"/usr", "/us", ""},
	{"/usr", "usr/lib", ""},
};

START_TEST(paths_lie_below_directories)
{
	const char *below = gl_path_below(places[_i].directory, places[_i].path);

	ck_assert_str_eq(below ? below : "", places[_i].below);
}
END_TEST

START_TEST(paths_are_joined_by_one_slash)
{
	gl_autofree char *a = gl_path_join("/usr", "sub/", "x"), *b = gl_path_join("/usr/", "", "x"),
			 *c = gl_path_join("", "", "x");

	ck_assert_str_eq(a, "/usr/sub/x");
	ck_assert_str_eq(b, "/usr/x");
	ck_assert_str_eq(c, "/x");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("path");
	TCase *tcase = tcase_create("path");

	tcase_add_loop_test(tcase, tokens_are_expanded, 0, (int)GL_ARRAY_SIZE(tokens));
	tcase_add_test(tcase, only_the_given_length_counts);
	tcase_add_test(tcase, unknown_values_drop_the_path);
	tcase_add_loop_test(tcase, secure_programs_have_no_origin, 0, (int)GL_ARRAY_SIZE(secure));
	tcase_add_test(tcase, expansion_is_bounded);
	tcase_add_loop_test(tcase, paths_have_parts, 0, (int)GL_ARRAY_SIZE(parts));
	tcase_add_loop_test(tcase, paths_lie_below_directories, 0, (int)GL_ARRAY_SIZE(places));
	tcase_add_test(tcase, paths_are_joined_by_one_slash);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
