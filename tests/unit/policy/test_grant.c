/*
 * What calls grant: a line for each call that any preset denies by name, and for
 * the others their group's.
 */
#include "policy/grant.h"

#include <string.h>

#include "tests/lib/unit.h"

static const char *grant(const char *name)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	uint16_t call = gl_syscall_find(m, name, strlen(name));

	ck_assert_msg(call != GL_CALL_NONE, "%s", name);
	return gl_grant_of(m, call);
}

START_TEST(says)
{
	ck_assert_str_eq(grant("bpf"), "loading code into the kernel");
	ck_assert_str_eq(grant("mount_setattr"), "changing mounted file systems");
	/* by their groups */
	ck_assert_str_eq(grant("setuid"), "becoming another user or group");
	ck_assert_str_eq(grant("pwrite64"), "reading and writing on open descriptors");
}
END_TEST

START_TEST(is_complete)
{
	const struct gl_machine_calls *m = gl_machine_calls();

	for (size_t i = 0; i < gl_grant_table_count; i++)
		ck_assert_msg(*gl_grant_table[i].text, "%s", gl_grant_table[i].name);
	for (uint16_t call = 0; call < m->call_count; call++)
		if (gl_syscall_number(&m->abis[0], call) >= 0)
			ck_assert_msg(gl_grant_of(m, call) != NULL, "nothing is said of %s",
				      m->calls[call].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("grant");
	TCase *all = tcase_create("all");

	tcase_add_test(all, says);
	tcase_add_test(all, is_complete);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
