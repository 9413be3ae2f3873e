/*
 * Where a process's memory group is, on the texts of real hosts and containers;
 * the numbers in its files; and golaunch's own group, if there is one.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc/cgroup.h"
#include "tests/lib/unit.h"

#define V1_MOUNT "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
#define V2_MOUNT                                                                                             \
	"30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"
#define OTHERS                                                                                               \
	"23 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"                                                   \
	"34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"

struct place_case {
	const char *what, *membership, *mountinfo;
	enum gl_cgroup_version version; /* NONE: there is none */
	const char *name, *dir;
	size_t top;
};

static const struct place_case places[] = {
	{"a hybrid host", "8:pids:/\n4:memory:/user/1\n0::/init\n",
	 OTHERS V1_MOUNT "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n", GL_CGROUP_V1,
	 "/user/1", "/sys/fs/cgroup/memory/user/1", 21},
	{"several controllers in one hierarchy", "5:cpu,memory,pids:/a\n",
	 "35 31 0:32 / /cg rw - cgroup none rw,cpu,memory,pids\n", GL_CGROUP_V1, "/a", "/cg/a", 3},
	{"version 2", "0::/system.slice/app.service\n", OTHERS V2_MOUNT, GL_CGROUP_V2,
	 "/system.slice/app.service", "/sys/fs/cgroup/system.slice/app.service", 14},
	{"a container with its own namespace", "0::/\n", V2_MOUNT, GL_CGROUP_V2, "/", "/sys/fs/cgroup", 14},
	{"a container of version 1 that sees its own group only", "4:memory:/docker/4f\n",
	 "35 31 0:32 /docker/4f /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", GL_CGROUP_V1,
	 "/docker/4f", "/sys/fs/cgroup/memory", 21},
	{"a group below the mount's", "4:memory:/docker/4f/sub\n",
	 "35 31 0:32 /docker/4f /mnt ro - cgroup cgroup rw,memory\n", GL_CGROUP_V1, "/docker/4f/sub",
	 "/mnt/sub", 4},
	{"names with blanks and colons", "0::/a b:c\n",
	 "30 24 0:26 /a\\040b:c /cg\\040x rw - cgroup2 cgroup2 rw\n", GL_CGROUP_V2, "/a b:c", "/cg x", 5},
	{"the mount of another group", "4:memory:/docker/4f\n",
	 "35 31 0:32 /docker/4 /mnt ro - cgroup cgroup rw,memory\n", GL_CGROUP_NONE, NULL, NULL, 0},
	{"a mount from outside the namespace", "0::/\n", "30 24 0:26 /../.. /cg rw - cgroup2 cgroup2 rw\n",
	 GL_CGROUP_NONE, NULL, NULL, 0},
	{"version 1 has the controller, and is not mounted", "4:memory:/a\n0::/a\n", V2_MOUNT, GL_CGROUP_NONE,
	 NULL, NULL, 0},
	{"no groups at all", "", OTHERS V1_MOUNT V2_MOUNT, GL_CGROUP_NONE, NULL, NULL, 0},
	{"a path that is none", "0::a\n", V2_MOUNT, GL_CGROUP_NONE, NULL, NULL, 0},
	{"lines cut short", "0:\n0\n4:memory\n",
	 "30\n30 24 0:26 /\n30 24 0:26 / /cg rw -\n30 24 0:26 / /cg rw - cgroup2\n", GL_CGROUP_NONE, NULL,
	 NULL, 0},
};

START_TEST(finds_the_place)
{
	const struct place_case *c = &places[_i];
	struct gl_cgroup_place place;
	int r = gl_cgroup_place(c->membership, c->mountinfo, 0, &place);

	ck_assert_msg(r == (c->version == GL_CGROUP_NONE), "%s", c->what);
	if (r)
		return;
	ck_assert_int_eq(place.version, c->version);
	ck_assert_str_eq(place.name, c->name);
	ck_assert_str_eq(place.dir, c->dir);
	ck_assert_uint_eq(place.top, c->top);
}
END_TEST

START_TEST(offers_every_mount)
{
	struct gl_cgroup_place place;

	ck_assert_int_eq(gl_cgroup_place("0::/\n", V2_MOUNT "1 2 0:1 / /two rw - cgroup2 x rw\n", 1, &place),
			 0);
	ck_assert_str_eq(place.dir, "/two");
	ck_assert_int_eq(gl_cgroup_place("0::/\n", V2_MOUNT, 1, &place), 1);
}
END_TEST

/* A name as long as a path can be, and one longer. */
START_TEST(bounds_names)
{
	static char membership[3 * PATH_MAX];
	struct gl_cgroup_place place;

	for (size_t len = PATH_MAX - 20; len < PATH_MAX + 20; len++) {
		int n = snprintf(membership, sizeof(membership), "0::/");

		memset(membership + n, 'x', len);
		memcpy(membership + (size_t)n + len, "\n", 2);
		if (gl_cgroup_place(membership, V2_MOUNT, 0, &place) == 0)
			ck_assert_uint_lt(strlen(place.dir), PATH_MAX);
		else
			ck_assert_uint_ge(len + strlen("/sys/fs/cgroup/"), PATH_MAX);
	}
}
END_TEST

START_TEST(reads_numbers)
{
	static const char events[] = "low 0\nhigh 0\nmax 41\noom 3\noom_kill 2\noom_group_kill 1\n";
	static const struct {
		const char *text, *key;
		uint64_t value;
	} rows[] = {
		{events, "oom", 3},
		{events, "oom_kill", 2},
		{events, "oom_group_kill", 1},
		{events, "oo", GL_CGROUP_UNKNOWN},
		{"oom_kill_disable 0\nunder_oom 0\n", "oom_kill", GL_CGROUP_UNKNOWN},
		{"oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", "oom_kill", 7},
		{"67108864\n", "", 67108864},
		{"max\n", "", GL_CGROUP_NO_LIMIT},
		{"9223372036854771712\n", "", 9223372036854771712u},
		{"99999999999999999999999\n", "", GL_CGROUP_NO_LIMIT},
		{"", "", GL_CGROUP_UNKNOWN},
		{"-1\n", "", GL_CGROUP_UNKNOWN},
		{"oom_kill", "oom_kill", GL_CGROUP_UNKNOWN},
		{"oom_kill ", "oom_kill", GL_CGROUP_UNKNOWN},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++)
		ck_assert_msg(gl_cgroup_number(rows[i].text, rows[i].key) == rows[i].value, "row %zu", i);
}
END_TEST

START_TEST(knows_the_usual_place)
{
	struct gl_cgroup_place place;

	ck_assert_int_eq(gl_cgroup_usual_place("4:memory:/docker/4f\n0::/\n", &place), 0);
	ck_assert_int_eq(place.version, GL_CGROUP_V1);
	ck_assert_str_eq(place.dir, "/sys/fs/cgroup/memory/docker/4f");
	ck_assert_int_eq(gl_cgroup_usual_place("0::/a/b\n", &place), 0);
	ck_assert_int_eq(place.version, GL_CGROUP_V2);
	ck_assert_str_eq(place.dir, "/sys/fs/cgroup/a/b");
	ck_assert_uint_eq(place.top, strlen("/sys/fs/cgroup"));
	ck_assert_int_eq(gl_cgroup_usual_place("0::/\n", &place), 0);
	ck_assert_str_eq(place.dir, "/sys/fs/cgroup");
	ck_assert_int_eq(gl_cgroup_usual_place("8:pids:/\n", &place), 1);
}
END_TEST

/* As one level of a read group. */
static struct gl_cgroup_level level(uint64_t hits, uint64_t limit)
{
	return (struct gl_cgroup_level){
		.figures = {.hits = hits, .limit = limit, .kills = GL_CGROUP_UNKNOWN}};
}

START_TEST(finds_whose_limit_it_was)
{
	struct gl_cgroup cgroup = {.level_count = 3};

	cgroup.levels[0] = level(5, GL_CGROUP_NO_LIMIT);
	cgroup.levels[1] = level(5, 100);
	cgroup.levels[2] = level(5, 50);
	ck_assert_ptr_eq(gl_cgroup_limiting(&cgroup), &cgroup.levels[1]);
	cgroup.levels[1] = level(0, 100);
	ck_assert_ptr_eq(gl_cgroup_limiting(&cgroup), &cgroup.levels[2]);
	cgroup.levels[2] = level(GL_CGROUP_UNKNOWN, 50);
	ck_assert_ptr_null(gl_cgroup_limiting(&cgroup));
	cgroup.levels[2] = level(5, GL_CGROUP_UNKNOWN);
	ck_assert_ptr_null(gl_cgroup_limiting(&cgroup));
}
END_TEST

START_TEST(counts_since_the_start)
{
	struct gl_cgroup cgroup = {.level_count = 1, .kills_before = 1, .hits_before = GL_CGROUP_UNKNOWN};
	struct gl_cgroup_figures *now = &cgroup.levels[0].figures;

	*now = (struct gl_cgroup_figures){.kills = 3, .hits = 9};
	ck_assert_uint_eq(gl_cgroup_kills(&cgroup), 2);
	ck_assert(!gl_cgroup_was_hit(&cgroup));
	now->kills = 0; /* another group's figures: never a negative count */
	ck_assert_uint_eq(gl_cgroup_kills(&cgroup), 0);
	cgroup.kills_before = GL_CGROUP_UNKNOWN;
	cgroup.hits_before = 8;
	ck_assert_uint_eq(gl_cgroup_kills(&cgroup), GL_CGROUP_UNKNOWN);
	ck_assert(gl_cgroup_was_hit(&cgroup));
	cgroup.level_count = 0;
	ck_assert_uint_eq(gl_cgroup_kills(&cgroup), GL_CGROUP_UNKNOWN);
	ck_assert(!gl_cgroup_was_hit(&cgroup));
}
END_TEST

/* Where there is a group of our own its figures must make sense; where there is none nothing may be claimed. */
START_TEST(reads_our_own)
{
	static struct gl_cgroup cgroup;
	const struct gl_cgroup_figures *own = &cgroup.levels[0].figures;
	char path[PATH_MAX];

	gl_cgroup_begin(&cgroup);
	gl_cgroup_end(&cgroup);
	if (!cgroup.level_count) {
		ck_assert_uint_eq(gl_cgroup_kills(&cgroup), GL_CGROUP_UNKNOWN);
		return;
	}
	ck_assert(!cgroup.assumed);
	ck_assert_int_ne(cgroup.place.version, GL_CGROUP_NONE);
	ck_assert_uint_eq(cgroup.levels[0].dir_len, cgroup.charged);
	if (own->current != GL_CGROUP_UNKNOWN && own->peak != GL_CGROUP_UNKNOWN)
		ck_assert_uint_ge(own->peak, own->current / 2);
	gl_cgroup_file(&cgroup, "cgroup.procs", path);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tc = tcase_create("cgroup");

	tcase_add_loop_test(tc, finds_the_place, 0, (int)GL_ARRAY_SIZE(places));
	tcase_add_test(tc, offers_every_mount);
	tcase_add_test(tc, bounds_names);
	tcase_add_test(tc, reads_numbers);
	tcase_add_test(tc, knows_the_usual_place);
	tcase_add_test(tc, counts_since_the_start);
	tcase_add_test(tc, finds_whose_limit_it_was);
	tcase_add_test(tc, reads_our_own);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
