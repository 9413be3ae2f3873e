/*
 * Packages and licences of files, by stand-ins for the package managers.
 */
#include "bundle/origin.h"
#include "bundle/tool.h"
#include "tests/unit/host/kit.h"

#define DEP5 "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"

static void licence_is(const char *text, const char *want)
{
	char *licence = gl_licence_of_copyright(text);

	if (want)
		ck_assert_str_eq(licence, want);
	else
		ck_assert_ptr_null(licence);
	ck_assert(licence || !errno);
	free(licence);
}

START_TEST(licences)
{
	char lengthy[2000] = DEP5 "License: ";

	licence_is(DEP5 "\nFiles: *\nLicense: MIT\n", "MIT");
	licence_is(DEP5 "License:  LGPL-2.1+ \n text\nLicense: GPL-2+\n\nlicense: LGPL-2.1+\n",
		   "LGPL-2.1+ and GPL-2+");
	licence_is(DEP5 "License: MIT\r\n", "MIT");
	licence_is(DEP5 "License: MIT", "MIT");
	licence_is(DEP5 " License: in the text\nLicense:\n", NULL);
	licence_is(DEP5, NULL);
	licence_is("", NULL);
	licence_is("This is the Debian packaged glibc.\nLicense: LGPL\n", NULL);
	licence_is("Format: something else\nLicense: MIT\n", NULL);
	memset(lengthy + strlen(lengthy), 'x', 300);
	licence_is(lengthy, NULL);
}
END_TEST

/* A tool of that name that only this test finds. */
static void put_tool(const struct kit *kit, const char *name, const char *script)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/tools/%s", name);
	kit_text(kit, path, script);
	ck_assert(!setenv("PATH", kit_outside(kit, "/tools"), 1));
}

START_TEST(tools_answer)
{
	static char argument[] = "it's one";
	const char *words[] = {"tool", argument, NULL};
	struct gl_err err = GL_ERR_INIT;
	char *answer = NULL;
	struct kit kit;

	kit_init(&kit);
	put_tool(&kit, "tool",
		 "#!/bin/sh\necho \"$LC_ALL $1\"\necho noise >&2\nread line || echo nothing\nexit 3\n");
	ck_assert_int_eq(gl_tool_ask(words, &answer, &err), 0);
	ck_assert_str_eq(answer, "C it's one\nnothing\n");
	free(answer);
	words[0] = "no-such-tool";
	ck_assert_int_eq(gl_tool_ask(words, &answer, &err), 1);
	put_tool(&kit, "chatter", "#!/bin/sh\nwhile :; do echo yes yes yes yes yes yes yes yes yes; done\n");
	words[0] = "chatter";
	ck_assert_int_eq(gl_tool_ask(words, &answer, &err), 1);
	put_tool(&kit, "silent", "#!/bin/sh\nexit 0\n");
	words[0] = "silent";
	ck_assert_int_eq(gl_tool_ask(words, &answer, &err), 0);
	ck_assert_str_eq(answer, "");
	free(answer);
	kit_done(&kit);
}
END_TEST

/* Asks for three files of the kit's host; file_of(i) is what was found out. */
static struct gl_manifest asked;

static void ask(const struct kit *kit)
{
	static const char *const paths[] = {"/lib/a.so", "/usr/lib/b.so", "/usr/lib/what*.so"};
	const struct gl_bundle_request request = {.sysroot = kit->root};
	struct gl_err err = GL_ERR_INIT;
	struct gl_origin origins[3];
	struct gl_source source;

	asked = GL_MANIFEST_INIT;
	for (size_t i = 0; i < 3; i++) {
		char place[16];

		snprintf(place, sizeof(place), "lib/%zu", i);
		kit_text(kit, paths[i], "text");
		ck_assert_ptr_nonnull(gl_manifest_add(&asked, place, GL_ROLE_LIBRARY));
	}
	for (size_t i = 0; i < 3; i++)
		origins[i] = (struct gl_origin){.path = paths[i], .file = &asked.files[i]};
	ck_assert_int_eq(gl_source_open(&request, &source, &err), 0);
	ck_assert_int_eq(gl_origins_find(&source, origins, 3, &err), 0);
	gl_source_done(&source);
}

START_TEST(dpkg)
{
	struct kit kit;

	kit_init(&kit);
	kit_text(&kit, "/var/lib/dpkg/status", "");
	kit_text(&kit, "/usr/share/doc/libb/copyright", DEP5 "License: BSD-3-clause\n");
	/* a.so is known as /usr/lib/a.so, b.so as /lib/b.so */
	put_tool(&kit, "dpkg-query",
		 "#!/bin/sh\n"
		 "case $1 in --admindir=*/var/lib/dpkg) ;; *) exit 2 ;; esac\n"
		 "case $2 in\n"
		 "--search) case \"$*\" in *what*) exit 2 ;; esac\n"
		 "	echo 'diversion by evil from: /usr/lib/a.so'\n"
		 "	echo 'liba:amd64, other: /usr/lib/a.so'\n"
		 "	echo 'libb: /lib/b.so'\n"
		 "	echo 'nonsense'\n"
		 "	exit 1 ;;\n"
		 "*) shift 3\n"
		 "	for p; do case $p in liba:amd64) v=1.0-1 ;; libb) v=2:3.0+b1 ;; esac; "
		 "printf '%s\\t%s\\n' \"$p\" $v; done ;;\n"
		 "esac\n");
	ask(&kit);
	ck_assert_str_eq(asked.files[0].package, "liba:amd64");
	ck_assert_str_eq(asked.files[0].package_version, "1.0-1");
	ck_assert_ptr_null(asked.files[0].licence);
	ck_assert_str_eq(asked.files[1].package, "libb");
	ck_assert_str_eq(asked.files[1].package_version, "2:3.0+b1");
	ck_assert_str_eq(asked.files[1].licence, "BSD-3-clause");
	ck_assert_ptr_null(asked.files[2].package);
	gl_manifest_done(&asked);
	kit_done(&kit);
}
END_TEST

START_TEST(rpm)
{
	struct kit kit;

	kit_init(&kit);
	ck_assert(!mkdir(kit_outside(&kit, "/var"), 0755) && !mkdir(kit_outside(&kit, "/var/lib"), 0755));
	kit_text(&kit, "/usr/lib/sysimage/rpm/rpmdb.sqlite", "");
	kit_link(&kit, "/var/lib/rpm", "../../usr/lib/sysimage/rpm");
	put_tool(
		&kit, "rpm",
		"#!/bin/sh\n"
		"case $1 in --dbpath=*/usr/lib/sysimage/rpm) ;; *) exit 2 ;; esac\n"
		"for file; do :; done\n"
		"case $file in\n"
		"/usr/lib/a.so) printf 'glibc\\t2.34-60.el9\\tLGPLv2+ and GPLv2+\\nglibc\\told\\tolder\\n' ;;\n"
		"*) echo \"file $file is not owned by any package\"; exit 1 ;;\n"
		"esac\n");
	ask(&kit);
	ck_assert_str_eq(asked.files[0].package, "glibc");
	ck_assert_str_eq(asked.files[0].package_version, "2.34-60.el9");
	ck_assert_str_eq(asked.files[0].licence, "LGPLv2+ and GPLv2+");
	ck_assert_ptr_null(asked.files[1].package);
	gl_manifest_done(&asked);
	kit_done(&kit);
}
END_TEST

START_TEST(nobody_to_ask)
{
	struct kit kit;

	kit_init(&kit);
	ask(&kit);
	ck_assert_ptr_null(asked.files[0].package);
	gl_manifest_done(&asked);
	/* the database is there, the tool is not */
	kit_text(&kit, "/var/lib/dpkg/status", "");
	ck_assert(!setenv("PATH", kit_outside(&kit, "/none"), 1));
	ask(&kit);
	ck_assert_ptr_null(asked.files[0].package);
	gl_manifest_done(&asked);
	kit_done(&kit);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("origin");
	TCase *tcase = tcase_create("origin");

	tcase_add_test(tcase, licences);
	tcase_add_test(tcase, tools_answer);
	tcase_add_test(tcase, dpkg);
	tcase_add_test(tcase, rpm);
	tcase_add_test(tcase, nobody_to_ask);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
