/*
 * Groups and presets as they are embedded.
 */
#include "policy/group.h"

#include "policy/decide.h"
#include "policy/preset.h"
#include "tests/lib/unit.h"

static const struct gl_policy_group *group(const char *name)
{
	return gl_policy_group_find(name, strlen(name));
}

static bool has(const char *name, const char *call)
{
	const struct gl_policy_group *g = group(name);
	uint16_t wanted = gl_syscall_find(gl_machine_calls(), call, strlen(call));

	ck_assert_ptr_nonnull(g);
	ck_assert_uint_ne(wanted, GL_CALL_NONE);
	for (size_t i = 0; i < g->call_count; i++)
		if (g->calls[i] == wanted)
			return true;
	return false;
}

START_TEST(well_formed)
{
	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		const struct gl_policy_group *g = &gl_policy_group_table[i];

		ck_assert_ptr_eq(group(g->name), g);
		ck_assert_uint_gt(strlen(g->summary), 10);
		ck_assert_uint_gt(g->call_count, 0);
		ck_assert_ptr_eq(strstr(g->text, g->name), g->text + 2);
		for (size_t j = 1; j < g->call_count; j++)
			ck_assert_uint_lt(g->calls[j - 1], g->calls[j]);
	}
	ck_assert_ptr_null(group(""));
	ck_assert_ptr_null(group("@swap"));
	ck_assert_ptr_null(gl_policy_group_find("swap", 3));
}
END_TEST

/* systemd's names, and ours. */
static const char *const expected[] = {
	"aio",	      "basic-io",    "chown",	 "clock",      "cpu-emulation",	 "debug",
	"default",    "file-system", "io-event", "ipc",	       "keyring",	 "known",
	"memlock",    "module",	     "mount",	 "network-io", "obsolete",	 "pkey",
	"privileged", "process",     "raw-io",	 "reboot",     "resources",	 "sandbox",
	"setuid",     "signal",	     "swap",	 "sync",       "system-service", "timer",
	"go-runtime", "go-cgo",	     "loader",	 "probes",
};

START_TEST(all_there)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(expected); i++)
		ck_assert_msg(group(expected[i]) != NULL, "%s", expected[i]);
	ck_assert_uint_eq(gl_policy_group_table_count, GL_ARRAY_SIZE(expected));
}
END_TEST

START_TEST(members)
{
	ck_assert(has("swap", "swapon"));
	ck_assert(has("privileged", "swapon")); /* a group within */
	ck_assert(has("system-service", "futex"));
	ck_assert(!has("system-service", "mount"));
	ck_assert(!has("system-service", "ptrace"));
	ck_assert(!has("go-runtime", "socket"));
	ck_assert(!has("go-cgo", "clone3"));
	ck_assert(!has("probes", "bpf"));
	ck_assert_uint_eq(group("known")->call_count, gl_machine_calls()->call_count);
}
END_TEST

/* execve is decided by "exec" alone, so no group but @known brings it along. */
START_TEST(no_execve)
{
	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		const struct gl_policy_group *g = &gl_policy_group_table[i];

		for (size_t j = 0; j < g->call_count && strcmp(g->name, "known") != 0; j++)
			ck_assert(!gl_call_is_exec(gl_machine_calls(), g->calls[j]));
	}
}
END_TEST

START_TEST(presets)
{
	static const char *const names[] = {"default", "go-cli", "go-compute", "go-server"};

	ck_assert_uint_eq(gl_preset_texts_count, GL_ARRAY_SIZE(names));
	ck_assert_uint_eq(gl_preset_table_count, GL_ARRAY_SIZE(names));
	for (size_t i = 0; i < GL_ARRAY_SIZE(names); i++) {
		ck_assert_ptr_nonnull(gl_preset_text_find(names[i], strlen(names[i])));
		ck_assert_ptr_nonnull(gl_preset_find(names[i]));
	}
	ck_assert_ptr_null(gl_preset_find("none"));
	ck_assert_ptr_null(gl_preset_find("def"));
	ck_assert_ptr_null(gl_preset_text_find("none", 4));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("group");
	TCase *c = tcase_create("group");

	tcase_add_test(c, well_formed);
	tcase_add_test(c, all_there);
	tcase_add_test(c, members);
	tcase_add_test(c, no_execve);
	tcase_add_test(c, presets);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
