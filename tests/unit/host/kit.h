/*
 * What the tests of this layer share: a small root directory below TMPDIR, to
 * put files, links and generated ELF files into, and the host made of it.
 */
#pragma once

#include <check.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/closure.h"
#include "host/root.h"
#include "tests/lib/elfgen.h"
#include "tests/lib/unit.h"

#define KIT_MAX_ENV 8
#define GLIBC_LD    "/lib64/ld-linux-x86-64.so.2"
#define MUSL_LD	    "/lib/ld-musl-x86_64.so.1"

struct kit {
	char root[PATH_MAX];
	char *env[KIT_MAX_ENV + 1];
	struct gl_host host;
};

static inline void kit_init(struct kit *kit)
{
	const char *tmp = getenv("TMPDIR");
	struct gl_err err;

	memset(kit, 0, sizeof(*kit));
	snprintf(kit->root, sizeof(kit->root), "%s/golaunch-host.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(kit->root));
	ck_assert_msg(!gl_host_init_root(&kit->host, kit->root, kit->env, &err), "%s", err.msg);
	/* The same on every machine that runs the test. */
	kit->host.arch = gl_arch_find(EM_X86_64, ELFCLASS64);
	kit->host.cpu_level = 3;
	kit->host.kernel[0] = 5;
	kit->host.kernel[1] = 10;
}

static inline int kit_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void kit_done(struct kit *kit)
{
	gl_host_done(&kit->host);
	nftw(kit->root, kit_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path inside the root as the test's own process names it; one of a few static buffers. */
static inline const char *kit_outside(const struct kit *kit, const char *path)
{
	static char buffers[4][PATH_MAX * 2];
	static unsigned next;
	char *buffer = buffers[next++ % 4];

	snprintf(buffer, sizeof(buffers[0]), "%s%s", kit->root, path);
	return buffer;
}

/* Makes all directories above path. */
static inline void kit_parents(const struct kit *kit, const char *path)
{
	char *copy = strdup(kit_outside(kit, path));

	for (char *at = strchr(copy + strlen(kit->root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		ck_assert(!mkdir(copy, 0755) || errno == EEXIST);
		*at = '/';
	}
	free(copy);
}

static inline void kit_bytes(const struct kit *kit, const char *path, const void *bytes, size_t len)
{
	FILE *f;

	kit_parents(kit, path);
	f = fopen(kit_outside(kit, path), "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert(!fclose(f));
	ck_assert(!chmod(kit_outside(kit, path), 0755));
}

static inline void kit_text(const struct kit *kit, const char *path, const char *text)
{
	kit_bytes(kit, path, text, strlen(text));
}

static inline void kit_link(const struct kit *kit, const char *path, const char *target)
{
	kit_parents(kit, path);
	ck_assert(!symlink(target, kit_outside(kit, path)));
}

static inline void kit_elf(const struct kit *kit, const char *path, const struct elfgen *spec)
{
	struct elfgen_file file;

	elfgen_make(spec, &file);
	kit_bytes(kit, path, file.bytes, file.len);
	elfgen_done(&file);
}

/* A library of that soname that needs the names that follow. */
#define KIT_LIBRARY(kit, path, name, ...)                                                                    \
	kit_elf((kit), (path),                                                                               \
		&(struct elfgen){.type = ET_DYN,                                                             \
				 .dynamic = true,                                                            \
				 .soname = (name),                                                           \
				 .needed = (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}})

/* glibc's loader, its default directories being these bytes ("/lib/\0/usr/lib/\0"), and a libc.so.6 of that version. */
static inline void kit_glibc(const struct kit *kit, const char *dirs, size_t dirs_len, const char *version)
{
	const struct elfgen_note constants[] = {
		{.name = "dirs", .type = 1, .desc = dirs, .desc_len = dirs_len}, {.name = NULL}};
	const struct elfgen loader = {
		.type = ET_DYN,
		.soname = "ld-linux-x86-64.so.2",
		.defs = (const char *const[]){"GLIBC_2.2.5", "GLIBC_2.3", "GLIBC_PRIVATE", NULL},
		.notes = constants,
	};
	const struct elfgen libc = {
		.type = ET_DYN,
		.soname = "libc.so.6",
		.needed = (const char *const[]){"ld-linux-x86-64.so.2", NULL},
		.needs =
			(const struct elfgen_need[]){
				{.file = "ld-linux-x86-64.so.2", .version = "GLIBC_PRIVATE", .index = 9},
				{.file = NULL}},
		.defs = (const char *const[]){"GLIBC_2.2.5", "GLIBC_2.4", version, "GLIBC_PRIVATE", NULL},
	};

	kit_elf(kit, GLIBC_LD, &loader);
	kit_elf(kit, "/lib/libc.so.6", &libc);
}
#define KIT_DIRS		"\0/lib/\0/usr/lib/\0"
#define KIT_GLIBC(kit, version) kit_glibc((kit), KIT_DIRS, sizeof(KIT_DIRS), (version))

/* musl: known by what it prints of itself. */
static inline void kit_musl(const struct kit *kit)
{
	static const char text[] = "\0musl libc (x86_64)\nVersion %s\n\0"
				   "1.2.5\0";
	const struct elfgen_note constants[] = {
		{.name = "text", .type = 1, .desc = text, .desc_len = sizeof(text)}, {.name = NULL}};
	const struct elfgen loader = {.type = ET_DYN, .dynamic = true, .notes = constants};

	kit_elf(kit, MUSL_LD, &loader);
}

/* A resolved program. */
struct kit_run {
	int fd;
	struct gl_image *image;
	struct gl_closure closure;
};

static inline void kit_resolve(struct kit *kit, const char *path, struct kit_run *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ret->image = NULL;
	ret->closure = GL_CLOSURE_INIT;
	ret->fd = gl_root_open(&kit->host, path, O_RDONLY);
	ck_assert_int_ge(ret->fd, 0);
	ck_assert_msg(!gl_image_open(ret->fd, &ret->image, &err), "%s", err.msg);
	ck_assert_msg(!gl_closure_resolve(&kit->host, ret->image, path, &ret->closure, &err), "%s", err.msg);
}

static inline void kit_run_done(struct kit_run *run)
{
	gl_closure_done(&run->closure);
	gl_image_free(run->image);
	close(run->fd);
}

/* The element of that name; the test fails where there is none. */
static inline const struct gl_library *kit_find(const struct kit_run *run, const char *name)
{
	for (size_t i = 0; i < run->closure.count; i++) {
		if (!strcmp(run->closure.libraries[i]->name, name))
			return run->closure.libraries[i];
	}
	ck_abort_msg("no library %s", name);
	return NULL;
}

#define KIT_FOUND(run, name, where, how)                                                                     \
	do {                                                                                                 \
		const struct gl_library *found_ = kit_find((run), (name));                                   \
		ck_assert_str_eq(gl_library_status_name(found_->status), "found");                           \
		ck_assert_str_eq(found_->path, (where));                                                     \
		ck_assert_str_eq(gl_via_name(found_->via), gl_via_name(how));                                \
	} while (0)

#define KIT_STATUS(run, name, is)                                                                            \
	ck_assert_str_eq(gl_library_status_name(kit_find((run), (name))->status), gl_library_status_name(is))
