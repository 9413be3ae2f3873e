/*
 * What a part of glibc says of itself, and where that counts.
 */
#include "base/fd.h"
#include "base/macros.h"
#include "host/glibc_banner.h"
#include "tests/unit/host/kit.h"

static struct kit kit;

static void set_up(void)
{
	kit_init(&kit);
}

static void tear_down(void)
{
	kit_done(&kit);
}

/* A libc.so.6 with that text among its constants. */
static void put_libc(const char *version, const char *text)
{
	const struct elfgen_note constants[] = {
		{.name = "text", .type = 1, .desc = text, .desc_len = strlen(text) + 1}, {.name = NULL}};

	kit_elf(&kit, "/lib/libc.so.6",
		&(struct elfgen){.type = ET_DYN,
				 .soname = "libc.so.6",
				 .defs = (const char *const[]){"GLIBC_2.2.5", version, "GLIBC_PRIVATE", NULL},
				 .notes = constants});
}

#define LONG_200                                                                                               \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
	const char *text, *name, *want;
	unsigned minor;
} banners[] = {
	{"GNU C Library (Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.\nCopyright",
	 GL_GLIBC_BANNER_LIBC, "Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.", 31},
	{"GNU C Library (GNU libc) development release version 2.36.9000.\n", GL_GLIBC_BANNER_LIBC,
	 "GNU libc) development release version 2.36.9000.", 36},
	{"ld.so (GNU libc) stable release version 2.43.\n", GL_GLIBC_BANNER_LOADER,
	 "GNU libc) stable release version 2.43.", 43},
	/* The first that is one, and to the end of its line. */
	{"GNU C Library\nGNU C Library (x\nGNU C Library (y) stable release version 2.40",
	 GL_GLIBC_BANNER_LIBC, "y) stable release version 2.40", 40},
	{"ld.so (GNU libc) stable release version 2.43.\n", GL_GLIBC_BANNER_LIBC, "", 0},
	{"GNU C Library (" LONG_200 LONG_200 ") stable release version 2.31.\n", GL_GLIBC_BANNER_LIBC, "", 0},
	{"GNU C Library (GNU libc) stable release version 3.1.\n", GL_GLIBC_BANNER_LIBC,
	 "GNU libc) stable release version 3.1.", 0},
	{"GNU C Library (GNU libc) stable release version 2.99999999999999999999.\n", GL_GLIBC_BANNER_LIBC,
	 "GNU libc) stable release version 2.99999999999999999999.", 0},
};

START_TEST(banner_is_read)
{
	gl_autoimage struct gl_image *image = NULL;
	gl_autoclose int fd = -1;
	struct gl_err err = GL_ERR_INIT;
	char got[GL_GLIBC_BANNER_MAX];

	put_libc("GLIBC_2.30", banners[_i].text);
	fd = gl_root_open(&kit.host, "/lib/libc.so.6", O_RDONLY);
	ck_assert_msg(!gl_image_open(fd, &image, &err), "%s", err.msg);
	ck_assert_int_eq(gl_glibc_banner(image, banners[_i].name, got), 0);
	ck_assert_str_eq(got, banners[_i].want);
	ck_assert_uint_eq(gl_glibc_banner_minor(got), banners[_i].minor);
}
END_TEST

#define BANNER(release) "GNU C Library (GNU libc) stable release version " release ".\n"

static const struct {
	const char *version, *text, *want;
} hosts[] = {
	{"GLIBC_2.18", BANNER("2.21"), "2.21"}, /* no link tells it: a bundle's */
	{"GLIBC_2.30", BANNER("2.31"), "2.31"},
	{"GLIBC_2.36", BANNER("2.37"), "2.37"},
	{"GLIBC_2.39", BANNER("2.40"), "2.40"},
	{"GLIBC_2.30", BANNER("2.30"), "2.30"},
	{"GLIBC_2.30", "", "2.30"},
	{"GLIBC_2.30", BANNER("2.17"), "2.30"}, /* it has what it has */
	{"GLIBC_2.35", BANNER("2.36"), "2.35"}, /* not read: the next release brought symbols */
};

START_TEST(banner_tells_the_release_without_symbols)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_libc libc;

	KIT_GLIBC(&kit, "GLIBC_2.4");
	put_libc(hosts[_i].version, hosts[_i].text);
	ck_assert_msg(!gl_libc_identify(&kit.host, GLIBC_LD, &libc, &err), "%s", err.msg);
	ck_assert_str_eq(libc.version, hosts[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("glibc_banner");
	TCase *tcase = tcase_create("glibc_banner");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, banner_is_read, 0, (int)GL_ARRAY_SIZE(banners));
	tcase_add_loop_test(tcase, banner_tells_the_release_without_symbols, 0, (int)GL_ARRAY_SIZE(hosts));
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
