/*
 * Packages by rpm: see bundle/origin.h.  One question a file: rpm's answer does
 * not name the file it is about.
 */
#include <errno.h>

#include "base/mem.h"
#include "bundle/origin.h"
#include "bundle/tool.h"

#define FORMAT "%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{LICENSE}\\n"

/* "glibc<tab>2.34-60.el9<tab>LGPLv2+ and ..."; what is no such line ("is not owned by any package") is passed over. */
static int take_answer(const char *answer, struct gl_bundle_file *file, struct gl_err *err)
{
	char **const fields[] = {&file->package, &file->package_version, &file->licence};
	const char *end = strchrnul(answer, '\n'), *at = answer;
	size_t len;
	int r = 0;

	if (!memchr(answer, '\t', (size_t)(end - answer)))
		return 0;
	for (size_t i = 0; i < GL_ARRAY_SIZE(fields) && at <= end && !r; i++, at += len + 1) {
		len = strcspn(at, "\t\n");
		r = gl_origin_set(fields[i], at, len, err);
	}
	return r;
}

/* Any of a file's spellings may be known. */
static int ask_for(const char *db_dir, const struct gl_origin *origin, struct gl_err *err)
{
	int r = 0;

	for (int s = 0; s < 2 && !r && !origin->file->package; s++) {
		const char *const words[] = {
			"rpm", db_dir, "--query", "--queryformat", FORMAT, "--file", origin->spellings[s],
			NULL};
		gl_autofree char *answer = NULL;

		r = gl_tool_ask(words, &answer, err);
		if (r)
			return r;
		r = take_answer(answer, origin->file, err);
	}
	return r;
}

int gl_origins_ask_rpm(const struct gl_source *source, const char *db_dir, struct gl_origin *origins,
		       size_t count, struct gl_err *err)
{
	gl_autofree char *option = NULL;
	int r = 0;

	(void)source;
	if (asprintf(&option, "--dbpath=%s", db_dir) < 0) {
		option = NULL;
		return gl_err_sys(err, ENOMEM, "cannot ask for packages");
	}
	for (size_t i = 0; i < count && !r; i++)
		r = ask_for(option, &origins[i], err);
	/* 1: there is no rpm here */
	return r < 0 ? r : 0;
}
