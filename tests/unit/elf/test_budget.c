/*
 * What images may cost together, and images without their file.
 */
#include <elf.h>
#include <errno.h>

#include "elf/versions.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

#define PLENTY ((struct gl_image_budget){.reads = 1 << 20, .kept = 1 << 20})

static const struct elfgen_need needs[] = {
	{.file = "libc.so.6", .version = "GLIBC_2.4", .index = 2},
	{.file = "libc.so.6", .version = "GLIBC_2.34", .index = 3},
	{.file = NULL},
};
static const struct elfgen_symbol symbols[] = {{.name = "printf", .version = 2}, {.name = NULL}};
static const struct elfgen library = {
	.type = ET_DYN,
	.soname = "libx.so",
	.needed = (const char *const[]){"liba.so", "libb.so", NULL},
	.needs = needs,
	.defs = (const char *const[]){"X_1.0", "X_1.1", NULL},
	.symbols = symbols,
};

static struct gl_image *open_within(const struct elfimage *e, struct gl_image_budget *budget)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_image *image = NULL;

	ck_assert_msg(!gl_image_open_within(e->fd, budget, &image, &err), "%s", err.msg);
	return image;
}

/* Reads all that there is.  Returns the first error. */
static int read_all(struct gl_image *image)
{
	const struct gl_version_need *n;
	const struct gl_version_def *d;
	struct gl_err err = GL_ERR_INIT;
	size_t count;
	int r = gl_image_is_partial(image) ? -E2BIG : 0;

	if (!r)
		r = gl_image_version_needs(image, &n, &count, &err);
	return r ? r : gl_image_version_defs(image, &d, &count, &err);
}

/* With every budget smaller than what the file takes it says so, and never that the file is damaged. */
static void shrink(const struct elfimage *e, size_t all, bool reads)
{
	for (size_t have = 0; have <= all; have++) {
		struct gl_image_budget budget = PLENTY;
		struct gl_image *image;

		*(reads ? &budget.reads : &budget.kept) = have;
		image = open_within(e, &budget);
		ck_assert_int_eq(read_all(image), have < all ? -E2BIG : 0);
		ck_assert_int_eq(budget.exhausted, have < all);
		ck_assert_int_eq(gl_image_defect(image), GL_IMAGE_SOUND);
		gl_image_free(image);
	}
}

START_TEST(every_budget)
{
	struct gl_image_budget budget = PLENTY;
	struct gl_image *image;
	struct elfimage e;

	elfimage_init(&library, &e);
	image = open_within(&e, &budget);
	ck_assert_int_eq(read_all(image), 0);
	ck_assert(!budget.exhausted);
	gl_image_free(image);
	shrink(&e, PLENTY.kept - budget.kept, false);
	shrink(&e, PLENTY.reads - budget.reads, true);
	elfimage_done(&e);
}
END_TEST

/* It is one for all. */
START_TEST(budgets_are_shared)
{
	struct gl_image_budget budget = PLENTY;
	struct elfimage e;
	unsigned opened = 0;

	elfimage_init(&library, &e);
	while (opened < PLENTY.kept && !budget.exhausted) {
		struct gl_image *image = open_within(&e, &budget);

		opened++;
		ck_assert_int_eq(gl_image_is_partial(image), budget.exhausted);
		gl_image_free(image);
	}
	ck_assert(budget.exhausted);
	ck_assert_uint_gt(opened, 2);
	elfimage_done(&e);
}
END_TEST

/* gl_symbol_fn */
static int count_symbol(const char *name, unsigned version, bool defined, void *arg)
{
	(void)version;
	(void)defined;
	ck_assert_str_eq(name, "printf");
	++*(unsigned *)arg;
	return 0;
}

START_TEST(detached)
{
	struct gl_image_budget budget = PLENTY;
	struct gl_err err = GL_ERR_INIT;
	const struct gl_version_need *n;
	struct gl_image *image;
	struct elfimage e;
	unsigned seen = 0;
	size_t count = 0;
	char byte;

	elfimage_init(&library, &e);
	image = open_within(&e, &budget);
	ck_assert(!gl_image_is_detached(image));
	ck_assert_int_eq(gl_image_version_needs(image, &n, &count, &err), 0);
	gl_image_detach(image);
	ck_assert(gl_image_is_detached(image));
	/* what was read stays */
	ck_assert_str_eq(gl_image_dynamic(image)->needed[1], "libb.so");
	ck_assert_int_eq(gl_image_version_needs(image, &n, &count, &err), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(n[1].version, "GLIBC_2.34");
	/* what was not cannot be had */
	ck_assert_int_eq(gl_image_read(image, 0, &byte, 1), -EBADF);
	ck_assert_int_eq(gl_image_each_symbol(image, count_symbol, &seen, &err), -EBADF);
	gl_image_attach(image, e.fd, NULL);
	ck_assert_int_eq(gl_image_each_symbol(image, count_symbol, &seen, &err), 0);
	ck_assert_uint_eq(seen, 1);
	gl_image_free(image);
	elfimage_done(&e);
}
END_TEST

/* A table that could not be read is not empty the next time. */
START_TEST(failures_are_remembered)
{
	struct gl_image_budget budget = PLENTY;
	struct gl_err err = GL_ERR_INIT;
	const struct gl_version_need *n;
	const struct gl_version_def *d;
	struct gl_image *image;
	struct elfimage e;
	size_t count;

	elfimage_init(&library, &e);
	image = open_within(&e, &budget);
	budget.kept = 0;
	ck_assert_int_eq(gl_image_version_needs(image, &n, &count, &err), -E2BIG);
	ck_assert_int_eq(gl_image_version_defs(image, &d, &count, &err), -E2BIG);
	gl_image_detach(image);
	ck_assert_int_eq(gl_image_version_needs(image, &n, &count, &err), -E2BIG);
	ck_assert_str_eq(err.msg, "DT_VERNEED could not be read before");
	ck_assert_int_eq(gl_image_version_defs(image, &d, &count, &err), -E2BIG);
	ck_assert_str_eq(err.msg, "DT_VERDEF could not be read before");
	gl_image_free(image);
	elfimage_done(&e);
}
END_TEST

START_TEST(long_version_names)
{
	char name[GL_IMAGE_MAX_VERSION_NAME + 1] = "";
	const char *const defs[] = {name, NULL};
	const struct elfgen_need need[] = {{.file = "libc.so.6", .version = name, .index = 2},
					   {.file = NULL}};
	struct elfimage e;

	for (int over = 0; over < 2; over++) {
		memset(name, 'V', GL_IMAGE_MAX_VERSION_NAME - 1 + over);
		elfimage_init(&(struct elfgen){.type = ET_DYN, .defs = defs}, &e);
		ck_assert_int_eq(read_all(e.image), over ? -E2BIG : 0);
		elfimage_done(&e);
		elfimage_init(&(struct elfgen){.type = ET_DYN, .needs = need}, &e);
		ck_assert_int_eq(read_all(e.image), over ? -E2BIG : 0);
		elfimage_done(&e);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/budget");
	TCase *tcase = tcase_create("budget");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, every_budget);
	tcase_add_test(tcase, budgets_are_shared);
	tcase_add_test(tcase, detached);
	tcase_add_test(tcase, failures_are_remembered);
	tcase_add_test(tcase, long_version_names);
	suite_add_tcase(s, tcase);
	return gl_unit_main(s);
}
