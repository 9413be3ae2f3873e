/*
 * Which files of a host go into a bundle, and under which names.
 */
#include "bundle/collect.h"
#include "tests/unit/host/kit.h"

/* A host with a glibc in /lib, and the source made of it. */
struct site {
	struct kit kit;
	struct gl_source source;
	struct gl_collection c;
	struct gl_findings findings;
};

/* As a real one a program too, so that a bundle can be made of it alone. */
static void put_libc(struct kit *kit, const char *path)
{
	const struct elfgen libc = {
		.type = ET_DYN,
		.interp = GLIBC_LD,
		.soname = "libc.so.6",
		.needed = (const char *const[]){"ld-linux-x86-64.so.2", NULL},
		.defs = (const char *const[]){"GLIBC_2.2.5", "GLIBC_2.36", "GLIBC_PRIVATE", NULL},
	};

	kit_elf(kit, path, &libc);
}

static void site_init(struct site *site)
{
	kit_init(&site->kit);
	KIT_GLIBC(&site->kit, "GLIBC_2.36");
	put_libc(&site->kit, "/lib/libc.so.6");
	site->c = GL_COLLECTION_INIT;
	site->findings = GL_FINDINGS_INIT;
}

static void site_open(struct site *site, const char *libc)
{
	const struct gl_bundle_request request = {.sysroot = libc ? NULL : site->kit.root, .libc = libc};
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(!gl_source_open(&request, &site->source, &err), "%s", err.msg);
}

static void site_done(struct site *site)
{
	gl_collection_done(&site->c);
	gl_findings_done(&site->findings);
	gl_source_done(&site->source);
	kit_done(&site->kit);
}

#define PROGRAM(kit, path, ...)                                                                              \
	kit_elf((kit), (path),                                                                               \
		&(struct elfgen){.type = ET_DYN,                                                             \
				 .interp = GLIBC_LD,                                                         \
				 .needed = (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}})

static void collect(struct site *site, const char *path)
{
	struct gl_err err = GL_ERR_INIT;

	ck_assert_msg(!gl_collect_program(&site->source, kit_outside(&site->kit, path), &site->c,
					  &site->findings, &err),
		      "%s", err.msg);
}

static const struct gl_part *part_at(const struct site *site, const char *place)
{
	const struct gl_part *part = gl_collection_find(&site->c, place);

	ck_assert_msg(part != NULL, "nothing at %s", place);
	return part;
}

#define HAS(site, place, where) ck_assert_str_eq(part_at((site), (place))->path, (where))
#define LACKS(site, place)	ck_assert_ptr_null(gl_collection_find(&(site)->c, (place)))
#define GOOD(site)                                                                                           \
	ck_assert_msg(!(site)->findings.count, "%s",                                                         \
		      (site)->findings.count ? (site)->findings.items[0]->message : "")
#define BAD(site, id, words)                                                                                 \
	do {                                                                                                 \
		const struct gl_finding *f_ = gl_findings_find(&(site)->findings, GL_CODE_##id);             \
		ck_assert_ptr_nonnull(f_);                                                                   \
		ck_assert_msg(strstr(f_->message, (words)) != NULL, "%s", f_->message);                      \
	} while (0)

START_TEST(takes_the_closure)
{
	struct site site;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/lib/libone.so.1", "libone.so.1", "libtwo.so.2", "libc.so.6");
	KIT_LIBRARY(&site.kit, "/usr/lib/libtwo.so.2.7", "libtwo.so.2");
	kit_link(&site.kit, "/usr/lib/libtwo.so.2", "libtwo.so.2.7");
	KIT_LIBRARY(&site.kit, "/lib/libother.so", "libother.so");
	PROGRAM(&site.kit, "/app/prog", "libone.so.1", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "program/prog", "/app/prog");
	ck_assert_int_eq(part_at(&site, "prog")->role, GL_ROLE_STUB);
	HAS(&site, "lib/ld-linux-x86-64.so.2", GLIBC_LD);
	ck_assert_int_eq(part_at(&site, "lib/ld-linux-x86-64.so.2")->role, GL_ROLE_LOADER);
	HAS(&site, "lib/libone.so.1", "/lib/libone.so.1");
	HAS(&site, "lib/libtwo.so.2", "/usr/lib/libtwo.so.2");
	HAS(&site, "lib/libc.so.6", "/lib/libc.so.6");
	LACKS(&site, "lib/libother.so");
	ck_assert_uint_eq(site.c.count, 6);
	ck_assert_int_eq(site.c.libc.kind, GL_LIBC_GLIBC);
	ck_assert_str_eq(site.c.libc.version, "2.36");
	site_done(&site);
}
END_TEST

START_TEST(takes_what_libc_loads_by_name)
{
	const struct elfgen unfit = {
		.type = ET_DYN,
		.soname = "libgcc_s.so.1",
		.needed = (const char *const[]){"libc.so.6", NULL},
		.needs =
			(const struct elfgen_need[]){
				{.file = "libc.so.6", .version = "GLIBC_2.99", .index = 9}, {.file = NULL}},
	};
	struct site site;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/lib/libnss_files.so.2", "libnss_files.so.2", "libc.so.6");
	/* hesiod needs libresolv, which is then there without being asked for */
	KIT_LIBRARY(&site.kit, "/lib/libnss_hesiod.so.2", "libnss_hesiod.so.2", "libnew.so.1");
	KIT_LIBRARY(&site.kit, "/usr/lib/libnew.so.1", "libnew.so.1");
	/* of another build: not where the libc is */
	KIT_LIBRARY(&site.kit, "/usr/lib/libnss_dns.so.2", "libnss_dns.so.2", "libc.so.6");
	/* what it needs is missing */
	KIT_LIBRARY(&site.kit, "/lib/libnss_compat.so.2", "libnss_compat.so.2", "libnowhere.so");
	kit_elf(&site.kit, "/lib/libgcc_s.so.1", &unfit);
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "lib/libnss_files.so.2", "/lib/libnss_files.so.2");
	HAS(&site, "lib/libnss_hesiod.so.2", "/lib/libnss_hesiod.so.2");
	HAS(&site, "lib/libnew.so.1", "/usr/lib/libnew.so.1");
	LACKS(&site, "lib/libnss_dns.so.2");
	LACKS(&site, "lib/libnss_compat.so.2");
	LACKS(&site, "lib/libgcc_s.so.1");
	site_done(&site);
}
END_TEST

/* A part of libc that the program itself needs is taken from wherever it is. */
START_TEST(needs_come_before_the_table)
{
	struct site site;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/usr/lib/libresolv.so.2", "libresolv.so.2", "libc.so.6");
	PROGRAM(&site.kit, "/app/prog", "libresolv.so.2", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "lib/libresolv.so.2", "/usr/lib/libresolv.so.2");
	site_done(&site);
}
END_TEST

START_TEST(leaves_the_hosts_own_preloads)
{
	struct site site;

	site_init(&site);
	kit_text(&site.kit, "/etc/ld.so.preload", "/lib/libspy.so\n");
	KIT_LIBRARY(&site.kit, "/lib/libspy.so", "libspy.so", "libspyglass.so");
	KIT_LIBRARY(&site.kit, "/lib/libspyglass.so", "libspyglass.so");
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	LACKS(&site, "lib/libspy.so");
	LACKS(&site, "lib/libspyglass.so");
	site_done(&site);
}
END_TEST

START_TEST(two_names_of_one_file)
{
	struct site site;
	const struct gl_part *first, *second;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/lib/libone.so.1.5", "libone.so.1.5");
	kit_link(&site.kit, "/lib/libone.so.1", "libone.so.1.5");
	kit_link(&site.kit, "/lib/libone.so", "libone.so.1.5");
	PROGRAM(&site.kit, "/app/prog", "libone.so.1", "libone.so", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	first = part_at(&site, "lib/libone.so.1");
	second = part_at(&site, "lib/libone.so");
	ck_assert_uint_eq(second->same, (size_t)(first - site.c.parts));
	ck_assert_uint_eq(first->same, (size_t)(first - site.c.parts));
	site_done(&site);
}
END_TEST

/* PT_INTERP alone: a Go program with -buildmode=pie and without cgo. */
START_TEST(needs_a_loader_only)
{
	struct site site;

	site_init(&site);
	PROGRAM(&site.kit, "/app/prog");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "lib/ld-linux-x86-64.so.2", GLIBC_LD);
	HAS(&site, "lib/libc.so.6", "/lib/libc.so.6");
	site_done(&site);
}
END_TEST

START_TEST(programs_share)
{
	struct site site;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/lib/libone.so.1", "libone.so.1");
	PROGRAM(&site.kit, "/app/a", "libone.so.1", "libc.so.6");
	PROGRAM(&site.kit, "/app/b", "libone.so.1", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/a");
	collect(&site, "/app/b");
	collect(&site, "/app/b");
	GOOD(&site);
	ck_assert_uint_eq(site.c.count, 2 + 2 + 3);
	site_done(&site);
}
END_TEST

START_TEST(programs_conflict)
{
	static const char *const runpaths[] = {"/opt/a", "/opt/b"};
	struct site site;

	site_init(&site);
	KIT_LIBRARY(&site.kit, "/opt/a/libone.so.1", "libone.so.1");
	KIT_LIBRARY(&site.kit, "/opt/b/libone.so.1", "libone.so.1");
	for (int i = 0; i < 2; i++) {
		const struct elfgen program = {
			.type = ET_DYN,
			.interp = GLIBC_LD,
			.needed = (const char *const[]){"libone.so.1", "libc.so.6", NULL},
			.runpath = runpaths[i],
		};

		kit_elf(&site.kit, i ? "/app/b" : "/app/a", &program);
	}
	site_open(&site, NULL);
	collect(&site, "/app/a");
	GOOD(&site);
	collect(&site, "/app/b");
	BAD(&site, BUNDLE_UNSUITABLE, "two files have one name");
	site_done(&site);
}
END_TEST

START_TEST(same_name_of_programs)
{
	struct site site;

	site_init(&site);
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	PROGRAM(&site.kit, "/other/prog", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	collect(&site, "/other/prog");
	BAD(&site, BUNDLE_UNSUITABLE, "two files have one name");
	site_done(&site);
}
END_TEST

static void refuses(const char *path, const struct elfgen *spec, const char *words)
{
	struct site site;

	site_init(&site);
	kit_elf(&site.kit, path, spec);
	site_open(&site, NULL);
	collect(&site, path);
	BAD(&site, BUNDLE_UNSUITABLE, words);
	ck_assert_uint_eq(site.findings.count, 1);
	site_done(&site);
}

START_TEST(what_cannot_be_bundled)
{
	const struct elfgen program = {
		.type = ET_DYN, .interp = GLIBC_LD, .needed = (const char *const[]){"libc.so.6", NULL}};

	refuses("/app/prog", &(struct elfgen){.type = ET_EXEC}, "needs no bundle");
	refuses("/app/prog",
		&(struct elfgen){.type = ET_DYN,
				 .interp = GLIBC_LD,
				 .needed = (const char *const[]){"/lib/libc.so.6", NULL}},
		"by its path");
	refuses("/app/lib", &program, "of that name");
	refuses("/app/manifest.json", &program, "of that name");
	refuses("/app/pro\ngram", &program, "of that name");
}
END_TEST

START_TEST(scripts_cannot)
{
	struct site site;

	site_init(&site);
	PROGRAM(&site.kit, "/bin/sh", "libc.so.6");
	kit_text(&site.kit, "/app/script", "#!/bin/sh\n");
	site_open(&site, NULL);
	collect(&site, "/app/script");
	BAD(&site, BUNDLE_UNSUITABLE, "no ELF program");
	site_done(&site);
}
END_TEST

START_TEST(what_is_missing_is_said_as_check_does)
{
	const struct elfgen program = {
		.type = ET_DYN,
		.interp = GLIBC_LD,
		.needed = (const char *const[]){"libnowhere.so.1", "libc.so.6", NULL},
		.needs =
			(const struct elfgen_need[]){
				{.file = "libc.so.6", .version = "GLIBC_2.99", .index = 9}, {.file = NULL}},
	};
	struct site site;

	site_init(&site);
	kit_elf(&site.kit, "/app/prog", &program);
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	BAD(&site, LIBRARY_MISSING, "libnowhere.so.1");
	BAD(&site, SYMBOL_VERSION_MISSING, "2.99");
	ck_assert_uint_eq(site.findings.count, 2);
	ck_assert_uint_eq(site.c.count, 0);
	collect(&site, "/app/nothing");
	BAD(&site, NOT_FOUND, "nothing");
	site_done(&site);
}
END_TEST

/* What fails in execve alone is no matter: the copy has another mode and place. */
START_TEST(the_mode_does_not_matter)
{
	struct site site;

	site_init(&site);
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	ck_assert(!chmod(kit_outside(&site.kit, "/app/prog"), 0644));
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "program/prog", "/app/prog");
	site_done(&site);
}
END_TEST

START_TEST(another_libc_by_name)
{
	char *dir;
	struct site site;

	site_init(&site);
	kit_link(&site.kit, "/opt/glibc/lib/ld-linux-x86-64.so.2", "../../.." GLIBC_LD);
	put_libc(&site.kit, "/opt/glibc/lib/libc.so.6");
	KIT_LIBRARY(&site.kit, "/opt/glibc/lib/libnss_files.so.2", "libnss_files.so.2", "libc.so.6");
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	ck_assert_int_gt(asprintf(&dir, "%s/opt/glibc/lib", site.kit.root), 0);
	site_open(&site, dir);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "lib/libc.so.6", kit_outside(&site.kit, "/opt/glibc/lib/libc.so.6"));
	HAS(&site, "lib/libnss_files.so.2", kit_outside(&site.kit, "/opt/glibc/lib/libnss_files.so.2"));
	HAS(&site, "lib/ld-linux-x86-64.so.2", kit_outside(&site.kit, "/opt/glibc/lib/ld-linux-x86-64.so.2"));
	free(dir);
	site_done(&site);
}
END_TEST

START_TEST(libc_alone)
{
	struct gl_err err = GL_ERR_INIT;
	struct site site;

	site_init(&site);
	ck_assert(!rename(kit_outside(&site.kit, GLIBC_LD), kit_outside(&site.kit, "/lib/ld-2.36.so")));
	kit_link(&site.kit, GLIBC_LD, "/lib/ld-2.36.so");
	KIT_LIBRARY(&site.kit, "/lib/libnss_files.so.2", "libnss_files.so.2", "libc.so.6");
	KIT_LIBRARY(&site.kit, "/lib/libm.so.6", "libm.so.6", "libc.so.6");
	site_open(&site, NULL);
	ck_assert_msg(!gl_collect_libc(&site.source, GL_LIBC_GLIBC, &site.c, &site.findings, &err), "%s",
		      err.msg);
	GOOD(&site);
	HAS(&site, "lib/libc.so.6", "/lib/libc.so.6");
	HAS(&site, "lib/libm.so.6", "/lib/libm.so.6");
	HAS(&site, "lib/libnss_files.so.2", "/lib/libnss_files.so.2");
	ck_assert_int_eq(part_at(&site, "lib/ld-linux-x86-64.so.2")->role, GL_ROLE_LOADER);
	ck_assert_uint_eq(site.c.count, 4);
	ck_assert_int_lt(gl_collect_libc(&site.source, GL_LIBC_MUSL, &site.c, &site.findings, &err), 0);
	site_done(&site);
}
END_TEST

START_TEST(musl)
{
	const struct elfgen program = {
		.type = ET_DYN,
		.interp = MUSL_LD,
		.needed = (const char *const[]){"libone.so", "libc.so", NULL},
	};
	struct gl_err err = GL_ERR_INIT;
	struct site site;

	site_init(&site);
	kit_musl(&site.kit);
	KIT_LIBRARY(&site.kit, "/lib/libone.so", "libone.so", "libpthread.so.0");
	KIT_LIBRARY(&site.kit, "/lib/libgcc_s.so.1", "libgcc_s.so.1");
	kit_elf(&site.kit, "/app/prog", &program);
	PROGRAM(&site.kit, "/app/other", "libc.so.6");
	site_open(&site, NULL);
	collect(&site, "/app/prog");
	GOOD(&site);
	HAS(&site, "lib/ld-musl-x86_64.so.1", MUSL_LD);
	HAS(&site, "lib/libone.so", "/lib/libone.so");
	ck_assert_uint_eq(site.c.count, 4);
	ck_assert_int_eq(site.c.libc.kind, GL_LIBC_MUSL);
	collect(&site, "/app/other");
	BAD(&site, BUNDLE_UNSUITABLE, "another loader");
	gl_collection_done(&site.c);
	ck_assert_msg(!gl_collect_libc(&site.source, GL_LIBC_MUSL, &site.c, &site.findings, &err), "%s",
		      err.msg);
	ck_assert_uint_eq(site.c.count, 1);
	site_done(&site);
}
END_TEST

START_TEST(gconv)
{
	struct gl_err err = GL_ERR_INIT;
	struct site site;

	site_init(&site);
	kit_text(&site.kit, "/usr/lib/gconv/gconv-modules", "module A// B// A 1\n");
	kit_text(&site.kit, "/usr/lib/gconv/gconv-modules.cache", "cache");
	kit_text(&site.kit, "/usr/lib/gconv/gconv-modules.d/more.conf", "module C// D// C 1\n");
	kit_text(&site.kit, "/usr/lib/gconv/gconv-modules.d/README", "text");
	KIT_LIBRARY(&site.kit, "/usr/lib/gconv/A.so", NULL, "libc.so.6");
	PROGRAM(&site.kit, "/app/prog", "libc.so.6");
	site_open(&site, NULL);
	ck_assert_int_eq(gl_collect_gconv(&site.source, &site.c, &err), -ENOENT);
	collect(&site, "/app/prog");
	ck_assert_msg(!gl_collect_gconv(&site.source, &site.c, &err), "%s", err.msg);
	HAS(&site, "lib/gconv/A.so", "/usr/lib/gconv/A.so");
	HAS(&site, "lib/gconv/gconv-modules", "/usr/lib/gconv/gconv-modules");
	LACKS(&site, "lib/gconv/gconv-modules.cache");
	ck_assert_uint_eq(site.c.count, 4 + 3);
	ck_assert(site.c.parts[5].append);
	ck_assert_str_eq(site.c.parts[5].path, "/usr/lib/gconv/gconv-modules.d/more.conf");
	ck_assert_str_eq(site.c.parts[5].place, "lib/gconv/gconv-modules");
	site_done(&site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collect");
	TCase *tcase = tcase_create("collect");

	if (gl_arch_native()->elf_machine != EM_X86_64) {
		puts("1..0 # SKIP the files made here are x86-64's, and golaunch bundles its own machine's only");
		return 0;
	}
	tcase_add_test(tcase, takes_the_closure);
	tcase_add_test(tcase, takes_what_libc_loads_by_name);
	tcase_add_test(tcase, needs_come_before_the_table);
	tcase_add_test(tcase, leaves_the_hosts_own_preloads);
	tcase_add_test(tcase, two_names_of_one_file);
	tcase_add_test(tcase, needs_a_loader_only);
	tcase_add_test(tcase, programs_share);
	tcase_add_test(tcase, programs_conflict);
	tcase_add_test(tcase, same_name_of_programs);
	tcase_add_test(tcase, what_cannot_be_bundled);
	tcase_add_test(tcase, scripts_cannot);
	tcase_add_test(tcase, what_is_missing_is_said_as_check_does);
	tcase_add_test(tcase, the_mode_does_not_matter);
	tcase_add_test(tcase, another_libc_by_name);
	tcase_add_test(tcase, libc_alone);
	tcase_add_test(tcase, musl);
	tcase_add_test(tcase, gconv);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
