/*
 * Fuzzes gl_manifest_parse() with damaged manifests.  Whatever it accepts must
 * obey the rules that the rest of golaunch relies on, and be read again, the same,
 * from what is written of it.
 */
#include "bundle/manifest.h"

#include <errno.h>

#include "tests/fuzz/fuzz.h"

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "fuzz: not so: %s\n", #condition);                                   \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

static void check_files(const struct gl_manifest *m)
{
	REQUIRE(m->count > 0 && m->count <= GL_MANIFEST_MAX_FILES);
	REQUIRE(gl_manifest_loader(m));
	for (size_t i = 0; i < m->count; i++) {
		const struct gl_bundle_file *file = &m->files[i];

		REQUIRE(gl_bundle_role_takes(file->role, file->path));
		REQUIRE(!i || strcmp(m->files[i - 1].path, file->path) < 0);
		REQUIRE(gl_manifest_find(m, file->path) == file);
		REQUIRE(file->provide_count <= GL_MANIFEST_MAX_PROVIDES);
	}
}

static void check_again(const struct gl_manifest *m)
{
	struct gl_manifest again = GL_MANIFEST_INIT;
	char *first = gl_manifest_text(m), *second;

	REQUIRE(first);
	REQUIRE(!gl_manifest_parse(first, strlen(first), &again, NULL));
	second = gl_manifest_text(&again);
	REQUIRE(second && !strcmp(first, second));
	free(first);
	free(second);
	gl_manifest_done(&again);
}

static bool one(const unsigned char *bytes, size_t len)
{
	struct gl_manifest m = GL_MANIFEST_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_manifest_parse((const char *)bytes, len, &m, &err);

	REQUIRE(r == 0 || r == -EBADMSG || r == -ENOMEM);
	REQUIRE(!r || (err.msg[0] && m.count == 0));
	if (r)
		return false;
	REQUIRE(m.arch && (m.libc == GL_LIBC_GLIBC || m.libc == GL_LIBC_MUSL));
	check_files(&m);
	check_again(&m);
	gl_manifest_done(&m);
	return true;
}

static const char *const words[] = {"{",
				    "}",
				    "[",
				    "]",
				    ",",
				    ":",
				    "\"",
				    "\\u0000",
				    "..",
				    "/",
				    "lib/../",
				    "\"path\":",
				    "\"role\":",
				    "\"files\":",
				    "\"stub\"",
				    "\"loader\"",
				    "-1",
				    "1e9",
				    "18446744073709551616",
				    "null",
				    "true",
				    "\xff",
				    "\xe2\x80\xae",
				    NULL};

int main(int argc, char **argv)
{
	return fuzz_main(&(struct fuzz){"manifest", one, words}, argc, argv);
}
