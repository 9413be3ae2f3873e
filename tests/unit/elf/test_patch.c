/*
 * Taking DT_RPATH and DT_RUNPATH out of files: generated ones of every class and
 * byte order, hostile ones, and real libraries, which must still load.
 */
#include "elf/patch.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

static const struct elfgen library = {
	.type = ET_DYN,
	.needed = (const char *const[]){"liba.so", "libb.so", NULL},
	.soname = "libself.so.1",
	.rpath = "/a:/b",
	.runpath = "$ORIGIN/../lib",
};

static void read_back(int fd, unsigned char *bytes, size_t len)
{
	struct stat st;

	ck_assert(!fstat(fd, &st));
	ck_assert_uint_eq((size_t)st.st_size, len);
	ck_assert_int_eq(pread(fd, bytes, len, 0), (ssize_t)len);
}

/* Patches the made file in a memfd; the outcome is in bytes. */
static int patch(const struct elfgen_file *file, unsigned char *bytes, struct gl_err *err)
{
	int fd = elfgen_fd(file->bytes, file->len);
	int r = gl_patch_remove_run_paths(fd, err);

	read_back(fd, bytes, file->len);
	close(fd);
	return r;
}

/* NEEDED NEEDED SONAME RPATH RUNPATH rest NULL: the rest moves up, two more are NULL, and no other byte changes. */
START_TEST(entries_move_up)
{
	const size_t before = 3, gone = 2, rest = 3;
	struct elfgen spec = library;
	struct gl_err err = GL_ERR_INIT;
	unsigned char *bytes, *wanted, *at;
	struct elfgen_file file;
	size_t entry;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_PPC : EM_X86_64;
	entry = spec.narrow ? sizeof(Elf32_Dyn) : sizeof(Elf64_Dyn);
	elfgen_make(&spec, &file);
	bytes = malloc(file.len);
	wanted = malloc(file.len);
	memcpy(wanted, file.bytes, file.len);
	at = wanted + file.dynamic + before * entry;
	memmove(at, at + gone * entry, rest * entry);
	memset(at + rest * entry, 0, gone * entry);
	ck_assert_msg(patch(&file, bytes, &err) == 0, "%s", err.msg);
	ck_assert_mem_eq(bytes, wanted, file.len);
	free(bytes);
	free(wanted);
	elfgen_done(&file);
}
END_TEST

START_TEST(the_image_says_so)
{
	struct gl_err err = GL_ERR_INIT;
	const struct gl_image_dynamic *d;
	struct elfimage e, after;
	unsigned char *bytes;

	elfimage_make(&library, &e);
	bytes = malloc(e.file.len);
	ck_assert_int_eq(patch(&e.file, bytes, &err), 0);
	elfimage_of_bytes(bytes, e.file.len, &after);
	ck_assert_str_eq(gl_image_defect_text(after.image), "");
	d = gl_image_dynamic(after.image);
	ck_assert_ptr_null(d->rpath);
	ck_assert_ptr_null(d->runpath);
	ck_assert_str_eq(d->soname, "libself.so.1");
	ck_assert_uint_eq(d->needed_count, 2);
	ck_assert_str_eq(d->needed[1], "libb.so");
	elfimage_done(&after);
	elfimage_done(&e);
	free(bytes);
}
END_TEST

static const struct elfgen without[] = {
	{.type = ET_DYN, .dynamic = true},
	{.type = ET_DYN, .soname = "liba.so"},
	{.type = ET_EXEC},
};

START_TEST(a_file_without_them_stays_as_it_is)
{
	struct gl_err err = GL_ERR_INIT;
	struct elfgen_file file;
	unsigned char *bytes;

	elfgen_make(&without[_i], &file);
	bytes = malloc(file.len);
	ck_assert_int_eq(patch(&file, bytes, &err), 1);
	ck_assert_mem_eq(bytes, file.bytes, file.len);
	elfgen_done(&file);
	free(bytes);
}
END_TEST

static const struct elfgen_note note[] = {{"X", 1, "y", 1, false}, {NULL, 0, NULL, 0, false}};

/* Files with a run path that must not be touched. */
static const struct {
	uint32_t segment;
	size_t field, size;
	uint64_t value;
} hostile[] = {
	{PT_DYNAMIC, offsetof(Elf64_Phdr, p_vaddr), 8, UINT64_MAX},
	{PT_DYNAMIC, offsetof(Elf64_Phdr, p_vaddr), 8, ELFGEN_BASE}, /* the ELF header: no table, no end */
	{PT_DYNAMIC, offsetof(Elf64_Phdr, p_offset), 8, 64},	     /* elsewhere than by address */
	{PT_DYNAMIC, offsetof(Elf64_Phdr, p_offset), 8, UINT64_MAX - 15},
	{PT_LOAD, offsetof(Elf64_Phdr, p_filesz), 8, UINT64_MAX},
	{PT_LOAD, offsetof(Elf64_Phdr, p_filesz), 8, 64}, /* .dynamic is behind it */
	{PT_LOAD, offsetof(Elf64_Phdr, p_type), 4, PT_NULL},
	{PT_NOTE, offsetof(Elf64_Phdr, p_type), 4, PT_DYNAMIC}, /* a second one */
};

START_TEST(hostile_files_are_refused_untouched)
{
	struct elfgen spec = library;
	struct gl_err err = GL_ERR_INIT;
	struct elfgen_file file;
	unsigned char *bytes;

	spec.notes = note;
	elfgen_make(&spec, &file);
	elfgen_poke(&spec, &file, elfgen_phdr(&spec, &file, hostile[_i].segment) + hostile[_i].field,
		    hostile[_i].size, hostile[_i].value);
	bytes = malloc(file.len);
	ck_assert_int_eq(patch(&file, bytes, &err), -EBADMSG);
	ck_assert_uint_gt(strlen(err.msg), 0);
	ck_assert_mem_eq(bytes, file.bytes, file.len);
	elfgen_done(&file);
	free(bytes);
}
END_TEST

START_TEST(no_elf_file_is_refused)
{
	static const char *const texts[] = {"", "#!/bin/sh\n", "\177ELF", "\177ELF\2\1\1"};
	struct gl_err err = GL_ERR_INIT;
	int fd = elfgen_fd(texts[_i], strlen(texts[_i]));

	ck_assert_int_eq(gl_patch_remove_run_paths(fd, &err), -EBADMSG);
	ck_assert_uint_gt(strlen(err.msg), 0);
	close(fd);
}
END_TEST

/* Every length at which a file may have been cut: no read beyond it, and nothing written unless all is there. */
START_TEST(truncated_files_are_refused)
{
	struct elfgen_file file;

	elfgen_make(&library, &file);
	for (size_t len = 0; len < file.len; len++) {
		unsigned char *bytes = malloc(file.len);
		struct elfgen_file cut = {.bytes = file.bytes, .len = len};
		struct gl_err err = GL_ERR_INIT;

		ck_assert_int_eq(patch(&cut, bytes, &err), -EBADMSG);
		ck_assert_mem_eq(bytes, file.bytes, len);
		free(bytes);
	}
	elfgen_done(&file);
}
END_TEST

START_TEST(too_much_is_refused)
{
	static const char *needed[GL_IMAGE_MAX_NEEDED + 2];
	struct elfgen spec = library;
	struct gl_err err = GL_ERR_INIT;
	struct elfgen_file file;
	unsigned char *bytes;

	for (size_t i = 0; i <= GL_IMAGE_MAX_NEEDED; i++)
		needed[i] = "liba.so";
	spec.needed = needed;
	elfgen_make(&spec, &file);
	bytes = malloc(file.len);
	ck_assert_int_eq(patch(&file, bytes, &err), -E2BIG);
	ck_assert_mem_eq(bytes, file.bytes, file.len);
	elfgen_done(&file);
	free(bytes);
}
END_TEST

START_TEST(a_descriptor_for_reading_only_is_an_error)
{
	char path[64];
	struct gl_err err = GL_ERR_INIT;
	struct elfgen_file file;
	int fd, again;

	elfgen_make(&library, &file);
	fd = elfgen_fd(file.bytes, file.len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(again, 0);
	ck_assert_int_eq(gl_patch_remove_run_paths(again, &err), -EBADF);
	close(again);
	close(fd);
	elfgen_done(&file);
}
END_TEST

/* A library by this machine's compiler; the linker's flag says which tag. */
static void build(const char *path, const char *flag)
{
	char command[PATH_MAX + 256];

	snprintf(command, sizeof(command),
		 "echo 'int answer(void) { return 42; }' | cc -x c -shared -fPIC -Wl,%s,-rpath,/nowhere "
		 "-Wl,-soname,libanswer.so.1 -o '%s' -",
		 flag, path);
	ck_assert_int_eq(pclose(popen(command, "r")), 0);
}

/* The lines of "readelf -d" that name a tag, counted. */
static size_t count_tag(const char *path, const char *tag)
{
	char command[PATH_MAX + 64], line[4096];
	size_t count = 0;
	FILE *out;

	snprintf(command, sizeof(command), "readelf -dW '%s'", path);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	while (fgets(line, sizeof(line), out))
		count += strstr(line, tag) != NULL;
	ck_assert_int_eq(pclose(out), 0);
	return count;
}

static const struct {
	const char *flag, *tag;
} real[] = {
	{"--enable-new-dtags", "(RUNPATH)"},
	{"--disable-new-dtags", "(RPATH)"},
};

START_TEST(a_real_library_still_loads)
{
	char path[] = "/tmp/golaunch-patch.XXXXXX";
	struct gl_err err = GL_ERR_INIT;
	int (*answer)(void);
	void *handle;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	build(path, real[_i].flag);
	ck_assert_uint_eq(count_tag(path, real[_i].tag), 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_msg(gl_patch_remove_run_paths(fd, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(gl_patch_remove_run_paths(fd, &err), 1);
	close(fd);
	ck_assert_uint_eq(count_tag(path, real[_i].tag), 0);
	ck_assert_uint_eq(count_tag(path, "(SONAME)"), 1);
	handle = dlopen(path, RTLD_NOW);
	ck_assert_msg(handle != NULL, "%s", dlerror());
	*(void **)&answer = dlsym(handle, "answer");
	ck_assert_int_eq(answer(), 42);
	dlclose(handle);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/patch");
	TCase *c = tcase_create("patch");

	tcase_add_loop_test(c, entries_move_up, 0, 4);
	tcase_add_test(c, the_image_says_so);
	tcase_add_loop_test(c, a_file_without_them_stays_as_it_is, 0, (int)GL_ARRAY_SIZE(without));
	tcase_add_loop_test(c, hostile_files_are_refused_untouched, 0, (int)GL_ARRAY_SIZE(hostile));
	tcase_add_loop_test(c, no_elf_file_is_refused, 0, 4);
	tcase_add_test(c, truncated_files_are_refused);
	tcase_add_test(c, too_much_is_refused);
	tcase_add_test(c, a_descriptor_for_reading_only_is_an_error);
	tcase_add_loop_test(c, a_real_library_still_loads, 0, (int)GL_ARRAY_SIZE(real));
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
