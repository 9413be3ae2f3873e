/*
 * Preloaded libraries: glibc elf/rtld.c, handle_preload_list() and the reading
 * of /etc/ld.so.preload behind it; musl ldso/dynlink.c, load_preload().
 */
#include "host/preload.h"

#include <errno.h>

#include "base/mem.h"
#include "host/root.h"

#define GLIBC_ENV_SEPARATORS  " :"
#define GLIBC_FILE_SEPARATORS ": \t\n"
#define MUSL_SEPARATORS	      ": \t\n\v\f\r"
#define SECURE_NAME_LIMIT     255 /* glibc's, for names under AT_SECURE */

static int each_name(const char *list, const char *separators, bool secure, gl_preload_fn each, void *arg,
		     struct gl_err *err)
{
	size_t len;
	int r = 0;

	for (const char *at = list; !r; at += len) {
		gl_autofree char *name = NULL;

		at += strspn(at, separators);
		len = strcspn(at, separators);
		if (!len)
			break;
		name = strndup(at, len);
		if (!name)
			return gl_err_sys(err, ENOMEM, "cannot read the list of preloaded libraries");
		if (secure && (strchr(name, '/') || len >= SECURE_NAME_LIMIT))
			continue;
		r = each(name, arg, err);
	}
	return r;
}

/* A hash sign makes a comment of the rest of its line. */
static void blank_comments(char *text)
{
	bool comment = false;

	for (; *text; text++) {
		comment = *text != '\n' && (comment || *text == '#');
		if (comment)
			*text = ' ';
	}
}

static int each_in_file(struct gl_search *search, gl_preload_fn each, void *arg, struct gl_err *err)
{
	gl_autofree char *text = NULL;
	const char *path;
	size_t len;
	int r = gl_glibc_file(&search->glibc, GL_GLIBC_PRELOAD, &path, err);

	if (r)
		return r;
	r = gl_root_slurp(search->host, path, GL_PRELOAD_MAX_BYTES, &text, &len, err);
	if (r == -ENOMEM)
		return r;
	if (r)
		return 0;
	blank_comments(text);
	return each_name(text, GLIBC_FILE_SEPARATORS, false, each, arg, err);
}

int gl_preload_glibc(struct gl_search *search, gl_preload_fn each, void *arg, struct gl_err *err)
{
	const char *list = gl_host_env(search->host, "LD_PRELOAD");
	int r = 0;

	if (list)
		r = each_name(list, GLIBC_ENV_SEPARATORS, search->host->secure, each, arg, err);
	return r ? r : each_in_file(search, each, arg, err);
}

int gl_preload_musl(struct gl_search *search, gl_preload_fn each, void *arg, struct gl_err *err)
{
	const char *list = search->host->secure ? NULL : gl_host_env(search->host, "LD_PRELOAD");

	return list ? each_name(list, MUSL_SEPARATORS, false, each, arg, err) : 0;
}
