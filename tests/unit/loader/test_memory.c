/*
 * loader/memory.h: the stub's own memcpy and kin, under other names beside libc's.
 */
#include "tests/lib/unit.h"

#include <string.h>

#define memcpy	stub_memcpy
#define memmove stub_memmove
#define memset	stub_memset
#define memcmp	stub_memcmp
#define strlen	stub_strlen
#include "launcher/loader/memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

START_TEST(like_those_of_libc)
{
	char ours[] = "0123456789", libcs[] = "0123456789";

	for (size_t from = 0; from < 10; from++)
		for (size_t to = 0; to < 10; to++) {
			size_t len = 10 - (from > to ? from : to);

			ck_assert_ptr_eq(stub_memmove(ours + to, ours + from, len), ours + to);
			memmove(libcs + to, libcs + from, len);
			ck_assert_str_eq(ours, libcs);
		}
	ck_assert_ptr_eq(stub_memcpy(ours, "abc", 4), ours);
	ck_assert_str_eq(ours, "abc");
	ck_assert_ptr_eq(stub_memset(ours, 'x' | 0x100, 2), ours);
	ck_assert_str_eq(ours, "xxc");
	ck_assert_uint_eq(stub_strlen(""), 0);
	ck_assert_uint_eq(stub_strlen(ours), 3);
	ck_assert_int_eq(stub_memcmp("abc", "abd", 2), 0);
	ck_assert_int_lt(stub_memcmp("abc", "abd", 3), 0);
	ck_assert_int_gt(stub_memcmp("\x80", "\x7f", 1), 0); /* bytes, not chars */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/memory");
	TCase *t = tcase_create("memory");

	tcase_add_test(t, like_those_of_libc);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
