/*
 * When a SIGKILL is called the out-of-memory killer's, and what is said then.
 */
#include <signal.h>

#include "report/oom.h"
#include "tests/lib/unit.h"
#include "tests/unit/report/kit.h"

#define MIB (1024 * 1024ull)

static struct gl_cgroup cgroup;
static struct gl_death death;

/* A group of 64 MiB, one kill before the start and two now. */
static void setup(void)
{
	cgroup = (struct gl_cgroup){
		.place = {.version = GL_CGROUP_V2, .name = "/a/b\033", .dir = "/sys/fs/cgroup/a/b\033"},
		.kills_before = 1,
		.hits_before = GL_CGROUP_UNKNOWN,
		.level_count = 1};
	cgroup.levels[0].name_len = strlen(cgroup.place.name);
	cgroup.levels[0].figures = (struct gl_cgroup_figures){
		.kills = 2, .hits = 4, .limit = 64 * MIB, .peak = 64 * MIB, .current = 1 * MIB};
	death = (struct gl_death){.by_signal = true, .status = SIGKILL};
	death.usage.ru_maxrss = 1536;
}

static enum gl_oom_verdict judge(bool by_us)
{
	return gl_oom_judge(
		&(struct gl_oom_facts){.death = &death, .cgroup = &cgroup, .killed_by_us = by_us});
}

START_TEST(judges)
{
	ck_assert_int_eq(judge(false), GL_OOM_CERTAIN);
	ck_assert_int_eq(judge(true), GL_OOM_LIKELY); /* golaunch sent that one; both may have */
	death.status = SIGTERM;
	ck_assert_int_eq(judge(false), GL_OOM_NO);
	death = (struct gl_death){.by_signal = false, .status = SIGKILL};
	ck_assert_int_eq(judge(false), GL_OOM_NO);
	ck_assert_int_eq(gl_oom_judge(&(struct gl_oom_facts){.death = &death}), GL_OOM_NO);
}
END_TEST

START_TEST(only_a_rise_counts)
{
	cgroup.kills_before = 2;
	ck_assert_int_eq(judge(false), GL_OOM_NO);
	cgroup.kills_before = GL_CGROUP_UNKNOWN;
	ck_assert_int_eq(judge(false), GL_OOM_NO);
	cgroup.kills_before = 1;
	cgroup.level_count = 0;
	ck_assert_int_eq(judge(false), GL_OOM_NO);
}
END_TEST

START_TEST(others_groups_are_likely_at_most)
{
	cgroup.shared = true;
	ck_assert_int_eq(judge(false), GL_OOM_LIKELY);
	cgroup.shared = false;
	/* a kernel that counts no kills */
	cgroup.kills_before = cgroup.levels[0].figures.kills = GL_CGROUP_UNKNOWN;
	cgroup.hits_before = 3;
	ck_assert_int_eq(judge(false), GL_OOM_LIKELY);
	cgroup.hits_before = 4;
	ck_assert_int_eq(judge(false), GL_OOM_NO);
}
END_TEST

static const char *row(const struct gl_finding *f, const char *label)
{
	for (size_t i = 0; i < f->row_count; i++)
		if (!strcmp(f->rows[i].label, label))
			return f->rows[i].text;
	return "";
}

static json_int_t number(const struct gl_finding *f, const char *key)
{
	return json_integer_value(json_object_get(f->evidence, key));
}

START_TEST(says_whose_limit_it_was)
{
	const struct gl_oom_facts facts = {.death = &death, .cgroup = &cgroup};
	struct gl_findings list = GL_FINDINGS_INIT;
	const struct gl_finding *f = gl_oom_add(&list, &facts);

	ck_assert_int_eq(f->code, GL_CODE_OUT_OF_MEMORY);
	ck_assert_str_eq(f->message, "killed by the kernel, out of memory: the limit is 64 MiB");
	ck_assert_str_eq(row(f, "limit"), "64 MiB (memory.max of /a/b\\x1b)");
	ck_assert_str_eq(row(f, "used"), "64 MiB in the group at most, 1.5 MiB in the program itself");
	ck_assert_int_eq(number(f, "limit_bytes"), 64 * MIB);
	ck_assert_int_eq(number(f, "oom_kills"), 1);
	ck_assert_int_eq(number(f, "max_rss_bytes"), 1536 * 1024);
	ck_assert_ptr_nonnull(strstr(f->fixes[1], "GOMEMLIMIT=57MiB"));
	gl_findings_done(&list);
}
END_TEST

/* No limit of the group's: the host, or a group that cannot be seen. */
START_TEST(claims_no_limit_that_it_does_not_know)
{
	const struct gl_oom_facts facts = {.death = &death, .cgroup = &cgroup};
	struct gl_findings list = GL_FINDINGS_INIT;
	const struct gl_finding *f;

	cgroup.levels[0].figures.limit = GL_CGROUP_NO_LIMIT;
	cgroup.levels[0].figures.peak = GL_CGROUP_UNKNOWN;
	f = gl_oom_add(&list, &facts);
	ck_assert_str_eq(f->message, "killed by the kernel, out of memory");
	ck_assert_str_eq(row(f, "used"), "1.5 MiB in the program itself");
	ck_assert(json_is_null(json_object_get(f->evidence, "limit_bytes")));
	for (size_t i = 0; i < f->fix_count; i++)
		ck_assert_ptr_null(strstr(f->fixes[i], "GOMEMLIMIT"));
	gl_findings_done(&list);
}
END_TEST

START_TEST(hints)
{
	const struct gl_oom_facts facts = {.death = &death, .cgroup = &cgroup};
	struct gl_findings list = GL_FINDINGS_INIT;

	gl_oom_hint(&list, &facts); /* nothing there to hint at */
	gl_findings_add(&list, GL_CODE_KILLED_BY_SIGNAL, "killed by SIGKILL");
	gl_oom_hint(&list, &facts);
	ck_assert_uint_eq(list.items[0]->row_count, 0); /* certain: it has its own finding */
	cgroup.shared = true;
	gl_oom_hint(&list, &facts);
	ck_assert_str_eq(row(list.items[0], "likely"),
			 "out of memory: the kernel killed 1 in the group /a/b\\x1b "
			 "meanwhile, which others use too");
	gl_findings_done(&list);
}
END_TEST

/* The start timeout killed it, and the kernel somebody. */
START_TEST(hints_behind_a_timeout)
{
	const struct gl_oom_facts facts = {.death = &death, .cgroup = &cgroup, .killed_by_us = true};
	struct gl_findings list = GL_FINDINGS_INIT;

	gl_findings_add(&list, GL_CODE_INIT_TIMEOUT, "ended");
	gl_oom_hint(&list, &facts);
	ck_assert_str_eq(row(list.items[0], "likely"),
			 "out of memory: the kernel killed 1 in the group /a/b\\x1b meanwhile");
	gl_findings_done(&list);
}
END_TEST

START_TEST(writes_sizes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {{0, "0 bytes"},
		    {1023, "1023 bytes"},
		    {1024, "1 KiB"},
		    {64 * MIB, "64 MiB"},
		    {1536 * MIB, "1.5 GiB"},
		    {2048 * MIB - 1, "1.9 GiB"},
		    {GL_CGROUP_NO_LIMIT, "no limit"},
		    {GL_CGROUP_UNKNOWN, "unknown"}};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++) {
		gl_autobuf struct gl_buf b = GL_BUF_INIT;

		gl_oom_size(&b, rows[i].bytes);
		ck_assert_str_eq(gl_buf_text(&b), rows[i].text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oom");
	TCase *tc = tcase_create("oom");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, judges);
	tcase_add_test(tc, only_a_rise_counts);
	tcase_add_test(tc, others_groups_are_likely_at_most);
	tcase_add_test(tc, says_whose_limit_it_was);
	tcase_add_test(tc, claims_no_limit_that_it_does_not_know);
	tcase_add_test(tc, hints);
	tcase_add_test(tc, hints_behind_a_timeout);
	tcase_add_test(tc, writes_sizes);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
