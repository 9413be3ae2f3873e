/*
 * loader/place.h: from the stub's own file to the program, its loader, its
 * libraries.
 */
#include <linux/auxvec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/place.h"
#include "loader/problem.h"
#include "tests/lib/unit.h"

static char dir[] = "/tmp/golaunch-place.XXXXXX";

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
}

static void teardown(void)
{
	const char *names[] = {"a", "b", "c", "loop"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	rmdir(dir);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
}

START_TEST(links_are_followed)
{
	char path[GL_STUB_PATH_MAX], want[GL_STUB_PATH_MAX];

	ck_assert_int_eq(symlink("b", "a"), 0);
	ck_assert_int_eq(symlink("./c", "b"), 0);
	ck_assert_int_eq(gl_ld_place_follow("a", path, sizeof(path)), 0);
	snprintf(want, sizeof(want), "%s/./c", dir);
	ck_assert_str_eq(path, want);
	ck_assert_int_eq(symlink("/nowhere/x", "c"), 0);
	ck_assert_int_eq(gl_ld_place_follow("a", path, sizeof(path)), 0);
	ck_assert_str_eq(path, "/nowhere/x");
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	ck_assert_int_eq(gl_ld_place_follow("loop", path, sizeof(path)), 0); /* opening it fails */
	ck_assert_int_eq(gl_ld_place_follow("loop", path, 8), GL_LD_PATH_TOO_LONG);
}
END_TEST

/* This test's own file stands for the stub. */
START_TEST(beside_the_stub)
{
	static const struct gl_stub_slot empty;
	uint64_t words[] = {0, 0, 0, AT_NULL, 0};
	struct gl_ld_vector vector;
	static struct gl_ld_place place;
	char self[GL_STUB_PATH_MAX] = "", want[2 * GL_STUB_PATH_MAX];

	ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof(self) - 1), 0);
	gl_ld_vector_read(words, &vector);
	ck_assert_int_eq(gl_ld_place_find(&empty, &vector, &place), 0);
	ck_assert_str_eq(place.self, self);
	snprintf(want, sizeof(want), "%.*s/program/test_place", (int)(strrchr(self, '/') - self), self);
	ck_assert_str_eq(place.program, want);
	snprintf(want, sizeof(want), "%.*s/lib", (int)(strrchr(self, '/') - self), self);
	ck_assert_str_eq(place.lib, want);
	ck_assert_int_eq(gl_ld_place_loader(&place, "ld.so"), 0);
	snprintf(want, sizeof(want), "%s/ld.so", place.lib);
	ck_assert_str_eq(place.loader, want);
}
END_TEST

START_TEST(as_the_slot_says)
{
	static struct gl_stub_slot slot = {.program = "/p/prog", .lib = "/l"};
	uint64_t words[] = {0, 0, 0, AT_NULL, 0};
	struct gl_ld_vector vector;
	static struct gl_ld_place place;

	gl_ld_vector_read(words, &vector);
	ck_assert_int_eq(gl_ld_place_find(&slot, &vector, &place), 0);
	ck_assert_str_eq(place.program, "/p/prog");
	ck_assert_str_eq(place.lib, "/l");
	ck_assert_str_eq(place.self, "");
	slot.program[0] = '\0';
	ck_assert_int_eq(gl_ld_place_find(&slot, &vector, &place), 0);
	ck_assert_str_eq(place.lib, "/l");
	ck_assert_ptr_nonnull(strstr(place.program, "/program/test_place"));
}
END_TEST

START_TEST(long_loader_name)
{
	static struct gl_ld_place place;

	memset(place.lib, 'x', sizeof(place.lib) - 1);
	ck_assert_int_eq(gl_ld_place_loader(&place, "ld.so"), GL_LD_PATH_TOO_LONG);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/place");
	TCase *t = tcase_create("place");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, links_are_followed);
	tcase_add_test(t, beside_the_stub);
	tcase_add_test(t, as_the_slot_says);
	tcase_add_test(t, long_loader_name);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
