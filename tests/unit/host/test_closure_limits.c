/*
 * Closures of hostile programs and under few resources: what cannot be looked at
 * is never called missing, and nothing costs without bound.
 */
#include <sys/resource.h>
#include <time.h>

#include "base/fd.h"
#include "tests/unit/host/kit.h"

#define APP "/app"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
	KIT_GLIBC(&kit, "GLIBC_2.31");
}

static void tear_down(void)
{
	kit_done(&kit);
}

#define PROGRAM(...)                                                                                         \
	kit_elf(&kit, APP, &(struct elfgen){.type = ET_DYN, .dynamic = true, .interp = GLIBC_LD, __VA_ARGS__})

#define MAX_CROWD 1000
#define NAME_ROOM 32

/* The names prefix0.so, prefix1.so ...; each padded with so many letters; in one static place. */
static const char *const *crowd(const char *prefix, size_t count, size_t padding)
{
	static const char *names[MAX_CROWD + 1];
	static char *texts[MAX_CROWD];

	for (size_t i = 0; i < count; i++) {
		free(texts[i]);
		texts[i] = calloc(1, padding + NAME_ROOM);
		memset(texts[i], 'a', padding);
		snprintf(texts[i] + padding, NAME_ROOM, "%s%zu.so", prefix, i);
		names[i] = texts[i];
	}
	names[count] = NULL;
	return names;
}

/* Libraries lib0.so and so on of the very same needs. */
static void put_libraries(size_t count, const char *const *needed)
{
	const struct elfgen spec = {.type = ET_DYN, .dynamic = true, .needed = needed};
	char path[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/lib/lib%zu.so", i);
		kit_elf(&kit, path, &spec);
	}
}

static size_t count_status(const struct kit_run *run, enum gl_library_status status)
{
	size_t count = 0;

	for (size_t i = 0; i < run->closure.count; i++)
		count += run->closure.libraries[i]->status == status;
	return count;
}

/* Bytes that hold text of the closure. */
static size_t text_bytes(const struct kit_run *run)
{
	size_t bytes = 0;

	for (size_t i = 0; i < run->closure.count; i++) {
		const struct gl_library *library = run->closure.libraries[i];

		bytes += strlen(library->name) + (library->path ? strlen(library->path) : 0);
		for (size_t t = 0; t < library->tried_count; t++)
			bytes += strlen(library->tried[t]);
		for (size_t n = 0; library->image && n < gl_image_dynamic(library->image)->needed_count; n++)
			bytes += strlen(gl_image_dynamic(library->image)->needed[n]);
	}
	return bytes;
}

/* Each library within its own limits, all of them far beyond. */
START_TEST(strings_of_all_libraries)
{
	enum { COUNT = 12 };
	struct kit_run run;

	put_libraries(COUNT, crowd("x", MAX_CROWD, 3900));
	PROGRAM(.needed = crowd("lib", COUNT, 0));
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	KIT_FOUND(&run, "lib0.so", "/lib/lib0.so", GL_VIA_DEFAULT);
	KIT_STATUS(&run, "lib11.so", GL_LIBRARY_UNREADABLE);
	ck_assert_uint_le(text_bytes(&run), 2 * GL_CLOSURE_MAX_KEPT);
	kit_run_done(&run);
}
END_TEST

START_TEST(names_of_all_libraries)
{
	enum { ENOUGH = GL_CLOSURE_MAX_NEEDED / MAX_CROWD };
	struct kit_run run;

	PROGRAM(.needed = crowd("lib", 1, 0));
	for (size_t count = ENOUGH - 1; count <= ENOUGH + 1; count += 2) {
		put_libraries(count, crowd("lib", MAX_CROWD, 0));
		kit_resolve(&kit, APP, &run);
		ck_assert_int_eq(run.closure.incomplete, count > ENOUGH);
		kit_run_done(&run);
	}
}
END_TEST

START_TEST(tried_paths_of_all_libraries)
{
	char runpath[1024] = "/d";
	struct kit_run run;
	size_t kept = 0;

	for (int i = 0; i < 62; i++)
		snprintf(runpath + strlen(runpath), sizeof(runpath) - strlen(runpath), ":/d%d", i);
	PROGRAM(.needed = crowd("x", 200, 0), .runpath = runpath);
	kit_resolve(&kit, APP, &run);
	for (size_t i = 1; i < run.closure.count; i++) {
		ck_assert_uint_eq(run.closure.libraries[i]->tried_total, 65);
		kept += run.closure.libraries[i]->tried_count;
	}
	ck_assert_uint_eq(kept, GL_CLOSURE_MAX_ALL_TRIED);
	ck_assert_uint_eq(kit_find(&run, "x0.so")->tried_count, GL_CLOSURE_MAX_TRIED);
	ck_assert_uint_eq(kit_find(&run, "x199.so")->tried_count, 0);
	/* That is no doubt about the rest. */
	ck_assert(!run.closure.incomplete);
	KIT_STATUS(&run, "x199.so", GL_LIBRARY_MISSING);
	kit_run_done(&run);
}
END_TEST

/* More than golaunch looks at is not malformed. */
START_TEST(too_much_in_one_file)
{
	static const char *many[GL_IMAGE_MAX_NEEDED + 2];
	struct kit_run run;

	for (size_t i = 0; i <= GL_IMAGE_MAX_NEEDED; i++)
		many[i] = "libmissing.so";
	PROGRAM(.needed = crowd("lib", 1, 0));
	put_libraries(1, many);
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	KIT_STATUS(&run, "lib0.so", GL_LIBRARY_UNREADABLE);
	kit_run_done(&run);
	PROGRAM(.needed = many);
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_eq(count_status(&run, GL_LIBRARY_MISSING), 0);
	kit_run_done(&run);
}
END_TEST

/* Nor are too many versions, needed or provided. */
START_TEST(too_many_versions)
{
	static const char *defs[GL_IMAGE_MAX_VERSIONS + 2];
	static struct elfgen_need needs[GL_IMAGE_MAX_VERSIONS + 2];
	const struct elfgen_need one[] = {{.file = "libx.so", .version = "Y_1", .index = 2}, {.file = NULL}};
	struct kit_run run;

	for (size_t i = 0; i <= GL_IMAGE_MAX_VERSIONS; i++) {
		needs[i] = (struct elfgen_need){.file = "libx.so", .version = "X_1", .index = 2};
		defs[i] = "X_1";
	}
	PROGRAM(.needed = (const char *const[]){"libx.so", NULL}, .needs = needs);
	KIT_LIBRARY(&kit, "/lib/libx.so", "libx.so");
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	kit_run_done(&run);
	PROGRAM(.needed = (const char *const[]){"libx.so", NULL}, .needs = one);
	kit_elf(&kit, "/lib/libx.so", &(struct elfgen){.type = ET_DYN, .soname = "libx.so", .defs = defs});
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_eq(run.closure.missing_version_count, 0);
	kit_run_done(&run);
}
END_TEST

/* Findings name each of them together with its company. */
START_TEST(too_many_missing_versions)
{
	enum { COUNT = GL_CLOSURE_MAX_MISSING_VERSIONS + 1 };
	static struct elfgen_need needs[COUNT + 1];
	struct kit_run run;

	for (size_t i = 0; i < COUNT; i++)
		needs[i] = (struct elfgen_need){
			.file = "libc.so.6", .version = "GLIBC_2.99", .index = (uint16_t)(i + 2)};
	PROGRAM(.needed = (const char *const[]){"libc.so.6", NULL}, .needs = needs);
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_eq(run.closure.missing_version_count, GL_CLOSURE_MAX_MISSING_VERSIONS);
	kit_run_done(&run);
}
END_TEST

/* Leaves so many descriptors to open. */
static void leave_descriptors(rlim_t count)
{
	int lowest = dup(STDIN_FILENO);
	struct rlimit limit;

	ck_assert_int_ge(lowest, 0);
	close(lowest);
	ck_assert(!getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = (rlim_t)lowest + count;
	ck_assert(!setrlimit(RLIMIT_NOFILE, &limit));
}

/* The program, the interpreter, the file that is looked at, and one for a path below the root. */
#define FEW 4

START_TEST(few_descriptors)
{
	enum { COUNT = 100 };
	struct kit_run run;

	put_libraries(COUNT, crowd("lib", COUNT, 0));
	PROGRAM(.needed = crowd("lib", COUNT, 0));
	leave_descriptors(FEW);
	kit_resolve(&kit, APP, &run);
	ck_assert(!run.closure.incomplete);
	ck_assert_uint_eq(count_status(&run, GL_LIBRARY_FOUND), COUNT + 1);
	/* Nothing stays open but the program. */
	ck_assert_int_eq(dup(STDIN_FILENO), run.fd + 1);
	kit_run_done(&run);
}
END_TEST

/* The program and the interpreter are open, and that is that. */
START_TEST(no_descriptors)
{
	struct kit_run run;

	put_libraries(1, crowd("x", 1, 0));
	PROGRAM(.needed = crowd("lib", 1, 0));
	leave_descriptors(2);
	kit_resolve(&kit, APP, &run);
	ck_assert(run.closure.incomplete);
	ck_assert_uint_eq(count_status(&run, GL_LIBRARY_MISSING), 0);
	KIT_STATUS(&run, "lib0.so", GL_LIBRARY_UNREADABLE);
	kit_run_done(&run);
}
END_TEST

/* Which takes opening the library once more. */
START_TEST(symbols_of_a_library)
{
	const struct elfgen_need needs[] = {{.file = "libc.so.6", .version = "GLIBC_2.40", .index = 2},
					    {.file = NULL}};
	const struct elfgen_symbol symbols[] = {{.name = "newest", .version = 2}, {.name = NULL}};
	struct kit_run run;

	PROGRAM(.needed = (const char *const[]){"libx.so", NULL});
	kit_elf(&kit, "/lib/libx.so",
		&(struct elfgen){.type = ET_DYN,
				 .needed = (const char *const[]){"libc.so.6", NULL},
				 .needs = needs,
				 .symbols = symbols});
	leave_descriptors(FEW);
	kit_resolve(&kit, APP, &run);
	ck_assert_uint_eq(run.closure.missing_version_count, 1);
	ck_assert_uint_eq(run.closure.missing_versions[0].symbol_count, 1);
	ck_assert_str_eq(run.closure.missing_versions[0].symbols[0], "newest");
	kit_run_done(&run);
}
END_TEST

/* A chain of links as many and as long as the kernel takes: each path through it costs milliseconds. */
static void put_links(void)
{
	enum { LINKS = 36, DETOURS = 780 };
	char path[16], target[DETOURS * 5 + sizeof(path)] = "";

	kit_text(&kit, "/a/x", "");
	for (int i = 0; i < DETOURS; i++)
		memcpy(target + i * strlen("a/../"), "a/../", sizeof("a/../"));
	for (int i = 0; i < LINKS; i++) {
		snprintf(path, sizeof(path), "/k%d", i);
		snprintf(target + DETOURS * strlen("a/../"), sizeof(path), "k%d", i + 1);
		kit_link(&kit, path, target);
	}
	snprintf(path, sizeof(path), "/k%d/x", LINKS);
	kit_text(&kit, path, "");
}

START_TEST(slow_paths)
{
	enum { TIMES = 200 };
	char runpath[TIMES * 8] = "/k0";
	struct timespec start, end;
	struct kit_run run;

	put_links();
	for (int i = 1; i < TIMES; i++)
		snprintf(runpath + strlen(runpath), sizeof(runpath) - strlen(runpath), ":/k0");
	PROGRAM(.needed = crowd("x", MAX_CROWD, 0), .runpath = runpath);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	kit_resolve(&kit, APP, &run);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	ck_assert(run.closure.incomplete);
	KIT_STATUS(&run, "x999.so", GL_LIBRARY_UNREADABLE);
	ck_assert_int_lt((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000,
			 GL_CLOSURE_MAX_CPU_MS * 4);
	kit_run_done(&run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("closure/limits");
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, strings_of_all_libraries);
	tcase_add_test(tcase, names_of_all_libraries);
	tcase_add_test(tcase, tried_paths_of_all_libraries);
	tcase_add_test(tcase, too_much_in_one_file);
	tcase_add_test(tcase, too_many_versions);
	tcase_add_test(tcase, too_many_missing_versions);
	tcase_add_test(tcase, few_descriptors);
	tcase_add_test(tcase, no_descriptors);
	tcase_add_test(tcase, symbols_of_a_library);
	tcase_add_test(tcase, slow_paths);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
