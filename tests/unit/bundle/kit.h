/*
 * What the tests of bundles share: a small bundle of generated ELF files below
 * TMPDIR, sound in every respect, to be spoilt by a test.
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

#include "base/file.h"
#include "base/mem.h"
#include "bundle/bundle.h"
#include "bundle/facts.h"
#include "bundle/stub.h"
#include "tests/lib/elfgen.h"
#include "tests/lib/unit.h"

#define KIT_MTIME  315532800
#define KIT_LOADER "ld-linux-x86-64.so.2"

struct kit {
	char root[PATH_MAX]; /* of the test: real, nobody else may write to it */
	char dir[PATH_MAX + 32];
	struct gl_host host;
	struct gl_manifest manifest;
};

/* A path of the bundle; one of a few static buffers. */
static inline const char *kit_path(const struct kit *kit, const char *relative)
{
	static char buffers[4][PATH_MAX * 2];
	static unsigned next;
	char *buffer = buffers[next++ % 4];

	snprintf(buffer, sizeof(buffers[0]), "%s/%s", kit->dir, relative);
	return buffer;
}

static inline void kit_set_time(const char *path, time_t time)
{
	const struct timespec times[2] = {{.tv_sec = time}, {.tv_sec = time}};

	ck_assert_msg(!utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), "%s", path);
}

/* Writes a file of the bundle; its time is the manifest's. */
static inline void kit_write(const struct kit *kit, const char *path, const void *bytes, size_t len)
{
	int fd = open(kit_path(kit, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(gl_file_write_all(fd, bytes, len), 0);
	ck_assert(!fchmod(fd, 0644));
	close(fd);
	kit_set_time(kit_path(kit, path), KIT_MTIME);
}

/* What the manifest would say of the file as it is now. */
static inline void kit_describe(struct kit *kit, struct gl_bundle_file *file)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_image *image;
	struct stat st;
	int fd = open(kit_path(kit, file->path), O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert(!fstat(fd, &st));
	file->size = (uint64_t)st.st_size;
	file->mtime = st.st_mtime;
	ck_assert_int_eq(gl_sha256_fd(fd, UINT64_MAX, file->sha256), 0);
	ck_assert_msg(!gl_image_open(fd, &image, &err), "%s", err.msg);
	if (file->role != GL_ROLE_STUB && gl_image_defect(image) == GL_IMAGE_SOUND) {
		ck_assert_msg(!gl_facts_describe(image, file, &err), "%s", err.msg);
		gl_facts_raise_floor(image, kit->manifest.kernel, &kit->manifest.cpu_level);
	}
	gl_image_free(image);
	close(fd);
}

/* Adds a file to the bundle and to its manifest. */
static inline void kit_add(struct kit *kit, const char *path, enum gl_bundle_role role, const void *bytes,
			   size_t len)
{
	struct gl_bundle_file *file = gl_manifest_add(&kit->manifest, path, role);

	ck_assert_ptr_nonnull(file);
	kit_write(kit, path, bytes, len);
	kit_describe(kit, file);
}

static inline void kit_add_elf(struct kit *kit, const char *path, enum gl_bundle_role role,
			       const struct elfgen *spec)
{
	struct elfgen_file file;

	elfgen_make(spec, &file);
	kit_add(kit, path, role, file.bytes, file.len);
	elfgen_done(&file);
}

/* The manifest's entry, to be spoilt before kit_seal(). */
static inline struct gl_bundle_file *kit_entry(struct kit *kit, const char *path)
{
	for (size_t i = 0; i < kit->manifest.count; i++)
		if (!strcmp(kit->manifest.files[i].path, path))
			return &kit->manifest.files[i];
	ck_abort_msg("no entry %s", path);
	return NULL;
}

/* Takes a file out of the bundle and out of its manifest. */
static inline void kit_forget(struct kit *kit, const char *path)
{
	struct gl_bundle_file *file = kit_entry(kit, path);
	struct gl_manifest rest = {.files = malloc(sizeof(*file)), .count = 1};

	ck_assert(!unlink(kit_path(kit, path)));
	*rest.files = *file;
	*file = kit->manifest.files[--kit->manifest.count];
	gl_manifest_done(&rest);
}

/* Replaces a file that the manifest knows, and what it says of it. */
static inline void kit_replace_elf(struct kit *kit, const char *path, const struct elfgen *spec)
{
	struct gl_bundle_file *file = kit_entry(kit, path);
	struct elfgen_file made;

	elfgen_make(spec, &made);
	kit_write(kit, path, made.bytes, made.len);
	elfgen_done(&made);
	gl_mem_free_p(&file->soname);
	gl_mem_free_p(&file->build_id);
	for (size_t i = 0; i < file->provide_count; i++)
		free(file->provides[i]);
	gl_mem_free_p(&file->provides);
	file->provide_count = 0;
	kit_describe(kit, file);
}

static inline void kit_seal(struct kit *kit)
{
	char *text = gl_manifest_text(&kit->manifest);

	ck_assert_ptr_nonnull(text);
	kit_write(kit, GL_MANIFEST_NAME, text, strlen(text));
	free(text);
}

/* glibc's parts; each can be had with something else in it. */
#define KIT_SPEC_LOADER                                                                                      \
	.type = ET_DYN, .soname = KIT_LOADER,                                                                \
	.defs = (const char *const[]){"GLIBC_2.2.5", "GLIBC_PRIVATE", NULL},                                 \
	.symbols = (const struct elfgen_symbol[])                                                            \
	{                                                                                                    \
		{"_rtld_global", 3, true},                                                                   \
		{                                                                                            \
			NULL, 0, false                                                                       \
		}                                                                                            \
	}
#define KIT_SPEC_LIBC_OF(its_symbols)                                                                        \
	.type = ET_DYN, .soname = "libc.so.6", .needed = (const char *const[]){KIT_LOADER, NULL},            \
	.needs = (const struct elfgen_need[]){{KIT_LOADER, "GLIBC_PRIVATE", 9, false},                       \
					      {NULL, NULL, 0, false}},                                       \
	.defs = (const char *const[]){"GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_PRIVATE", NULL},                   \
	.symbols = (its_symbols)
#define KIT_SPEC_LIBC                                                                                        \
	KIT_SPEC_LIBC_OF(((const struct elfgen_symbol[]){                                                    \
		{"_rtld_global", 9, false}, {"puts", 2, true}, {NULL, 0, false}}))
#define KIT_SPEC_LIBRARY                                                                                     \
	.type = ET_DYN, .soname = "libfoo.so.1", .needed = (const char *const[]){"libc.so.6", NULL},         \
	.needs = (const struct elfgen_need[])                                                                \
	{                                                                                                    \
		{"libc.so.6", "GLIBC_2.34", 2, false},                                                       \
		{                                                                                            \
			NULL, NULL, 0, false                                                                 \
		}                                                                                            \
	}
#define KIT_SPEC_PROGRAM                                                                                     \
	.interp = "/lib64/" KIT_LOADER, .needed = (const char *const[]){"libfoo.so.1", "libc.so.6", NULL},   \
	.needs = (const struct elfgen_need[])                                                                \
	{                                                                                                    \
		{"libc.so.6", "GLIBC_2.34", 2, false},                                                       \
		{                                                                                            \
			NULL, NULL, 0, false                                                                 \
		}                                                                                            \
	}

static inline void kit_folder(const struct kit *kit, const char *path)
{
	ck_assert_msg(!mkdir(kit_path(kit, path), 0755), "%s: %s", path, strerror(errno));
	ck_assert(!chmod(kit_path(kit, path), 0755));
}

static inline void kit_fill(struct kit *kit)
{
	size_t size;
	const unsigned char *stub = gl_stub_image(&size);

	kit->manifest = (struct gl_manifest){.golaunch = strdup("0.1.0"),
					     .libc = GL_LIBC_GLIBC,
					     .libc_version = "2.34",
					     .arch = gl_arch_find(EM_X86_64, ELFCLASS64)};
	kit_add_elf(kit, "lib/" KIT_LOADER, GL_ROLE_LOADER, &(struct elfgen){KIT_SPEC_LOADER});
	kit_add_elf(kit, "lib/libc.so.6", GL_ROLE_LIBRARY, &(struct elfgen){KIT_SPEC_LIBC});
	kit_add_elf(kit, "lib/libfoo.so.1", GL_ROLE_LIBRARY, &(struct elfgen){KIT_SPEC_LIBRARY});
	kit_add_elf(kit, "program/app", GL_ROLE_PROGRAM, &(struct elfgen){KIT_SPEC_PROGRAM});
	kit_add(kit, "app", GL_ROLE_STUB, stub, size);
	kit_seal(kit);
}

static inline void kit_init(struct kit *kit)
{
	static char *env[] = {NULL};
	const char *tmp = getenv("TMPDIR");
	struct gl_err err;
	char path[PATH_MAX];

	memset(kit, 0, sizeof(*kit));
	snprintf(path, sizeof(path), "%s/golaunch-bundle.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_ptr_nonnull(realpath(path, kit->root));
	snprintf(kit->dir, sizeof(kit->dir), "%s/app.bundle", kit->root);
	ck_assert_msg(!gl_host_init(&kit->host, env, &err), "%s", err.msg);
	kit_folder(kit, "");
	kit_folder(kit, "lib");
	kit_folder(kit, "program");
	kit_fill(kit);
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
	gl_manifest_done(&kit->manifest);
	gl_host_done(&kit->host);
	nftw(kit->root, kit_remove, 16, FTW_DEPTH | FTW_PHYS);
}
