/*
 * A host of a few files to choose launches on: a program that needs glibc 2.38, no
 * loader, and bundles made for the test.
 */
#pragma once

#include "base/file.h"
#include "base/mem.h"
#include "bundle/choose.h"
#include "bundle/sha256.h"
#include "bundle/stub.h"
#include "tests/unit/host/kit.h"

#define APP    "/opt/app"
#define OWN    "/opt/app.bundle"
#define OTHER  "/srv/other.bundle"
#define THIRD  "/srv/third.bundle"
#define NEEDED "GLIBC_2.38"
#define OLD    "GLIBC_2.31"

static struct kit kit;
static struct gl_examination x;
static struct gl_choice choice;
static struct gl_err err;
static const char *named[4];
static struct gl_fallback fallback;

static void put_program(const char *path, const char *extra)
{
	const struct elfgen program = {
		.interp = GLIBC_LD,
		.needed = (const char *const[]){"libc.so.6", extra, NULL},
		.needs = (const struct elfgen_need[]){{.file = "libc.so.6", .version = NEEDED, .index = 2},
						      {.file = NULL}},
	};

	kit_elf(&kit, path, &program);
}

static void move(const char *from, const char *dir, const char *to)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, to);
	kit_parents(&kit, path);
	ck_assert(!rename(kit_outside(&kit, from), kit_outside(&kit, path)));
}

static void add_file(struct gl_manifest *m, const char *dir, const char *path, enum gl_bundle_role role)
{
	struct gl_bundle_file *file = gl_manifest_add(m, path, role);
	char inside[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(inside, sizeof(inside), "%s/%s", dir, path);
	fd = open(kit_outside(&kit, inside), O_RDONLY | O_CLOEXEC);
	ck_assert(file && fd >= 0 && !fstat(fd, &st));
	file->size = (uint64_t)st.st_size;
	file->mtime = st.st_mtime;
	ck_assert_int_eq(gl_sha256_fd(fd, UINT64_MAX, file->sha256), 0);
	close(fd);
}

/* What a test changes of the manifest before it is written; NULL: nothing. */
typedef void (*edit_fn)(struct gl_manifest *m);

static void put_manifest(const char *dir, bool has_program, edit_fn edit)
{
	struct gl_manifest m = GL_MANIFEST_INIT;
	gl_autofree char *text = NULL;
	char path[PATH_MAX];

	m.golaunch = strdup("0.1.0");
	m.libc = GL_LIBC_GLIBC;
	m.arch = gl_arch_find(EM_X86_64, ELFCLASS64);
	snprintf(m.libc_version, sizeof(m.libc_version), "2.38");
	m.kernel[0] = 3;
	m.kernel[1] = 2;
	add_file(&m, dir, "lib/ld-linux-x86-64.so.2", GL_ROLE_LOADER);
	add_file(&m, dir, "lib/libc.so.6", GL_ROLE_LIBRARY);
	if (has_program) {
		add_file(&m, dir, "app", GL_ROLE_STUB);
		add_file(&m, dir, "program/app", GL_ROLE_PROGRAM);
	}
	if (edit)
		edit(&m);
	gl_manifest_sort(&m);
	text = gl_manifest_text(&m);
	ck_assert_ptr_nonnull(text);
	snprintf(path, sizeof(path), "%s/%s", dir, GL_MANIFEST_NAME);
	kit_text(&kit, path, text);
	ck_assert(!chmod(kit_outside(&kit, path), 0644));
	gl_manifest_done(&m);
}

static void put_stub(const char *path)
{
	size_t size;
	const unsigned char *image = gl_stub_image(&size);

	kit_bytes(&kit, path, image, size);
}

/* A bundle with a glibc of that version; with the program, if it is one of app's. */
static void put_bundle(const char *dir, const char *version, bool has_program, edit_fn edit)
{
	char path[PATH_MAX];

	KIT_GLIBC(&kit, version);
	move(GLIBC_LD, dir, "lib/ld-linux-x86-64.so.2");
	move("/lib/libc.so.6", dir, "lib/libc.so.6");
	if (has_program) {
		snprintf(path, sizeof(path), "%s/app", dir);
		put_stub(path);
		snprintf(path, sizeof(path), "%s/program/app", dir);
		put_program(path, NULL);
	}
	put_manifest(dir, has_program, edit);
}

static void set_up(void)
{
	umask(022);
	kit_init(&kit);
	kit.host.kernel[2] = 1;
	ck_assert(!chmod(kit.root, 0755));
	put_program(APP, NULL);
	x = (struct gl_examination){.fd = -1};
	choice = GL_CHOICE_INIT;
	fallback = (struct gl_fallback){.bundles = named};
}

static void tear_down(void)
{
	gl_examination_done(&x);
	gl_choice_done(&choice);
	kit_done(&kit);
}

static void name_bundle(const char *dir)
{
	named[fallback.bundle_count++] = dir;
}

static void choose_for(const char *program)
{
	ck_assert_msg(!gl_examine(&kit.host, program, GL_SCOPE_LAUNCH, &x, &err), "%s", err.msg);
	ck_assert_msg(!gl_bundle_choose(&kit.host, &fallback, &x, &choice, &err), "%s", err.msg);
	/* One or the other. */
	ck_assert_ptr_eq(kit.host.loader_dir, choice.launch == GL_LAUNCH_DIRECT ? NULL : choice.lib);
	ck_assert_int_eq(x.launch, choice.launch);
}

static void choose(void)
{
	choose_for(APP);
}

static const char *row(const struct gl_finding *f, const char *label)
{
	for (size_t i = 0; i < f->row_count; i++)
		if (!strcmp(f->rows[i].label, label))
			return f->rows[i].text;
	return "";
}

static const char *evidence(const struct gl_finding *f, const char *key)
{
	const char *text = json_string_value(json_object_get(f->evidence, key));

	return text ? text : "";
}

static void assert_chosen(enum gl_launch launch, const char *bundle)
{
	ck_assert_ptr_null(choice.refusal);
	ck_assert_str_eq(gl_launch_name(choice.launch), gl_launch_name(launch));
	ck_assert_str_eq(choice.bundle.dir, bundle);
	ck_assert_int_eq(gl_examination_verdict(&x), GL_VERDICT_RUNS);
	ck_assert_str_eq(x.file, APP);
}

/* Refused for that, and the program's own finding is still there. */
static void assert_refused(enum gl_code code)
{
	ck_assert_int_eq(choice.launch, GL_LAUNCH_DIRECT);
	ck_assert_ptr_nonnull(choice.refusal);
	ck_assert_str_eq(gl_code_info(choice.refusal->code)->code, gl_code_info(code)->code);
	ck_assert_ptr_nonnull(gl_findings_find(&x.findings, code));
	ck_assert_int_eq(gl_examination_verdict(&x), GL_VERDICT_REFUSED);
}
