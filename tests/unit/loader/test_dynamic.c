/*
 * loader/dynamic.h: which entry becomes DT_RPATH, and what it says.
 */
#include <stdlib.h>

#include "loader/dynamic.h"
#include "tests/lib/unit.h"
#include "tests/unit/loader/kit.h"

#define DT_RUNPATH 29

static struct kit kit;
static struct gl_ld_elf elf;
static const char string[] = "/the/new/path";

static uint64_t bias(void)
{
	return (uint64_t)(uintptr_t)kit.bytes - kit.base;
}

/* A program with these entries after DT_STRTAB; room: entries the section holds. */
static int read_with(const Elf64_Dyn *entries, size_t count, size_t room, struct gl_ld_dynamic *ret)
{
	kit_make(&kit, ET_EXEC, 0x400000);
	memset(kit_dynamic(&kit) + 1, 0, 8 * sizeof(Elf64_Dyn));
	memcpy(kit_dynamic(&kit) + 1, entries, count * sizeof(*entries));
	kit_segment(&kit, KIT_DYNAMIC)->p_memsz = room * sizeof(Elf64_Dyn);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf), 0);
	return gl_ld_dynamic_read(&elf, bias(), ret);
}

/* The entry's string, as a loader finds it: DT_STRTAB relocated, plus the value. */
static const char *as_loaded(const Elf64_Dyn *entry)
{
	return (const char *)(uintptr_t)(bias() + kit_dynamic(&kit)[0].d_un.d_ptr + entry->d_un.d_val);
}

static void check_only_path(size_t at)
{
	const Elf64_Dyn *d = kit_dynamic(&kit);

	ck_assert_int_eq(d[at].d_tag, DT_RPATH);
	for (size_t i = 0; d[i].d_tag != DT_NULL; i++) {
		ck_assert_int_ne(d[i].d_tag, DT_RUNPATH);
		if (d[i].d_tag == DT_RPATH)
			ck_assert_ptr_eq(as_loaded(&d[i]), string);
	}
}

static int set(const struct gl_ld_dynamic *d)
{
	return gl_ld_dynamic_set(d, bias(), (uint64_t)(uintptr_t)string);
}

START_TEST(replaces_paths)
{
	const Elf64_Dyn both[] = {{DT_RPATH, {1}}, {DT_NEEDED, {1}}, {DT_RUNPATH, {5}}};
	const Elf64_Dyn rpath[] = {{DT_NEEDED, {1}}, {DT_RPATH, {1}}};
	struct gl_ld_dynamic d;

	ck_assert_int_eq(read_with(both, 3, 8, &d), 0);
	ck_assert_str_eq(d.path, "$ORIGIN/x"); /* DT_RUNPATH hides DT_RPATH */
	ck_assert(d.needs);
	ck_assert_int_eq(set(&d), 0);
	check_only_path(1);
	check_only_path(3);

	ck_assert_int_eq(read_with(rpath, 2, 8, &d), 0);
	ck_assert_str_eq(d.path, "old:$ORIGIN/x");
	ck_assert_int_eq(set(&d), 0);
	check_only_path(2);
	ck_assert_int_eq(kit_dynamic(&kit)[3].d_tag, DT_NULL);
}
END_TEST

START_TEST(takes_a_spare_entry)
{
	const Elf64_Dyn entries[] = {{DT_SYMENT, {24}}, {DT_DEBUG, {0}}};
	struct gl_ld_dynamic d;

	ck_assert_int_eq(read_with(entries, 2, 5, &d), 0);
	ck_assert_ptr_null(d.path);
	ck_assert(!d.needs);
	ck_assert_int_eq(set(&d), 0);
	check_only_path(3);
	ck_assert_int_eq(kit_dynamic(&kit)[4].d_tag, DT_NULL); /* the section still ends */
}
END_TEST

START_TEST(takes_syment)
{
	const Elf64_Dyn entries[] = {{DT_SYMENT, {24}}, {DT_DEBUG, {0}}};
	const Elf64_Dyn none[] = {{DT_DEBUG, {0}}};
	struct gl_ld_dynamic d;

	ck_assert_int_eq(read_with(entries, 2, 4, &d), 0);
	ck_assert_int_eq(set(&d), 0);
	check_only_path(1);
	ck_assert_int_eq(kit_dynamic(&kit)[3].d_tag, DT_NULL);

	ck_assert_int_eq(read_with(none, 1, 3, &d), 0);
	ck_assert_int_eq(set(&d), GL_LD_NO_ROOM_FOR_PATH);
}
END_TEST

START_TEST(malformed_sections)
{
	const Elf64_Dyn wild[] = {{DT_RUNPATH, {UINT64_MAX / 2}}}, code[] = {{DT_RPATH, {0}}};
	const Elf64_Dyn ok[] = {{DT_RPATH, {1}}};
	struct gl_ld_dynamic d;

	ck_assert_int_eq(read_with(wild, 1, 8, &d), GL_LD_BAD_DYNAMIC);
	ck_assert_int_eq(read_with(ok, 1, 2, &d), GL_LD_BAD_DYNAMIC); /* does not end */
	ck_assert_int_eq(read_with(ok, 1, 0, &d), GL_LD_BAD_DYNAMIC);
	ck_assert_int_eq(read_with(code, 1, 8, &d), 0);
	/* A table of strings in code without a NUL, then none at all. */
	kit_dynamic(&kit)[0].d_un.d_ptr = kit.base + KIT_CODE_AT;
	ck_assert_int_eq(gl_ld_dynamic_read(&elf, bias(), &d), GL_LD_BAD_DYNAMIC);
	kit_dynamic(&kit)[0].d_tag = DT_DEBUG;
	ck_assert_int_eq(gl_ld_dynamic_read(&elf, bias(), &d), GL_LD_BAD_DYNAMIC);
}
END_TEST

static const struct path_row {
	const char *lib, *old, *origin;
	bool musl;
	const char *want; /* NULL: unusable */
} path_rows[] = {
	{"/b/lib", NULL, "/b/program", false, "/b/lib"},
	{"/b/lib", "", "/b/program", false, "/b/lib"},
	{"/b/lib", "/x:/y", "/b/program", false, "/b/lib:/x:/y"},
	{"/b/lib", "$ORIGIN/../l:${ORIGIN}:z", "/b/program", false, "/b/lib:/b/program/../l:/b/program:z"},
	{"/b/lib", "$ORIGINAL:$ORIGIN_1", "/b/p", false, "/b/lib:$ORIGINAL:$ORIGIN_1"},
	{"/b/lib", "$ORIGINAL", "/b/p", true, "/b/lib:/b/pAL"}, /* musl looks for no end of the name */
	{"/b/lib", "${ORIGIN/x", "/b/p", false, "/b/lib:${ORIGIN/x"},
	{"/b/lib", "$LIB:$ORIGIN", "/b/p", false, "/b/lib:$LIB:/b/p"},
	{"/b/lib", "$LIB:$ORIGIN", "/b/p", true, "/b/lib"},
	{"/b/lib", "/x:$", "/b/p", true, "/b/lib"},
	{"/b/lib", "$ORIGIN/x", "/b/p", true, "/b/lib:/b/p/x"},
	{"/b:c/lib", NULL, "/b/p", false, NULL},
	{"/b$c/lib", NULL, "/b/p", false, NULL},
	{"/b\nc/lib", NULL, "/b/p", false, "/b\nc/lib"},
	{"/b\nc/lib", NULL, "/b/p", true, NULL},
	{"/b/lib", "$ORIGIN", "/b:c/p", false, NULL},
	{"/b/lib", "$ORIGIN", "/b\nc/p", true, NULL},
	{"/b/lib", "/x", "/b:c/p", false, "/b/lib:/x"}, /* not used, so no matter */
};

START_TEST(paths)
{
	const struct path_row *row = &path_rows[_i];
	char array[200];
	struct gl_ld_text t = gl_ld_text_in(array, sizeof(array));
	int r = gl_ld_dynamic_path(row->lib, row->old, row->origin, strlen(row->origin), row->musl, &t);

	ck_assert_int_eq(r, row->want ? 0 : GL_LD_PATH_UNUSABLE);
	if (row->want)
		ck_assert_str_eq(array, row->want);
}
END_TEST

START_TEST(long_paths)
{
	char array[10];
	struct gl_ld_text t = gl_ld_text_in(array, sizeof(array));

	ck_assert_int_eq(gl_ld_dynamic_path("/long/path", NULL, "", 0, false, &t), GL_LD_PATH_TOO_LONG);
	t = gl_ld_text_in(array, sizeof(array));
	ck_assert_int_eq(gl_ld_dynamic_path("/lib", "/more", "", 0, false, &t), GL_LD_PATH_TOO_LONG);
	t = gl_ld_text_in(array, sizeof(array));
	ck_assert_int_eq(gl_ld_dynamic_path("/lib", "/mor", "", 0, false, &t), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/dynamic");
	TCase *t = tcase_create("dynamic");

	tcase_add_test(t, replaces_paths);
	tcase_add_test(t, takes_a_spare_entry);
	tcase_add_test(t, takes_syment);
	tcase_add_test(t, malformed_sections);
	tcase_add_loop_test(t, paths, 0, sizeof(path_rows) / sizeof(path_rows[0]));
	tcase_add_test(t, long_paths);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
