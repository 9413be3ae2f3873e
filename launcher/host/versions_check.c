/*
 * Checks symbol versions: see host/versions_check.h.
 *
 * A version is there or not: names are compared for equality, never by order (a
 * libc may have 2.36 without 2.34's additions, and GLIBC_PRIVATE has no order).
 * An object without any Verdef passes, with a warning of the loader.  Which
 * symbols force a version is asked only of the objects that miss one, in one
 * pass over their symbols, for which a library's file is opened again.
 */
#include "host/versions_check.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/mem.h"
#include "host/root.h"

#define INDICES	      0x8000 /* of versions in an object */
#define PARSING_COSTS 16     /* comparisons that taking a name apart counts as */

struct check {
	struct gl_search *search;
	struct gl_closure *closure; /* the search's */
	gl_provider_fn find;
	void *arg;
	const char *file; /* the last that was asked for */
	struct gl_library *provider;
	size_t comparisons;
};

size_t gl_version_family(const char *version)
{
	return strcspn(version, "0123456789");
}

int gl_version_compare(const char *a, const char *b)
{
	size_t family = gl_version_family(a);
	unsigned long x, y;
	char *a_end, *b_end;

	if (family != gl_version_family(b) || memcmp(a, b, family))
		return strcmp(a, b);
	for (a += family, b += family; *a || *b; a = a_end, b = b_end) {
		x = strtoul(a, &a_end, 10);
		y = strtoul(b, &b_end, 10);
		if (x != y)
			return x < y ? -1 : 1;
		a_end += *a_end == '.';
		b_end += *b_end == '.';
		/* Something that is no number: the rest decides. */
		if (a_end == a && b_end == b)
			return strcmp(a, b);
	}
	return 0;
}

/* The highest of the provider's versions of that family, as its number. */
static void find_have(const struct gl_version_def *defs, size_t count, const char *version, char *have,
		      size_t size)
{
	size_t family = gl_version_family(version);
	const char *best = NULL;

	have[0] = '\0';
	if (!version[family])
		return;
	for (size_t i = 0; i < count; i++) {
		if (defs[i].base || gl_version_family(defs[i].version) != family ||
		    strncmp(defs[i].version, version, family) || !defs[i].version[family])
			continue;
		if (!best || gl_version_compare(defs[i].version, best) > 0)
			best = defs[i].version;
	}
	if (best && strlen(best + family) < size)
		memcpy(have, best + family, strlen(best + family) + 1);
}

static bool is_defined(struct check *check, const struct gl_version_need *need,
		       const struct gl_version_def *defs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check->comparisons++;
		if (defs[i].hash == need->hash && !strcmp(defs[i].version, need->version))
			return true;
	}
	return false;
}

static int note_missing(struct check *check, size_t needed_by, const struct gl_library *provider,
			const struct gl_version_need *need, struct gl_missing_version **ret,
			struct gl_err *err)
{
	struct gl_closure *closure = check->closure;
	struct gl_missing_version *missing = gl_mem_grow(
		&closure->missing_versions, &closure->missing_version_room, closure->missing_version_count,
		sizeof(*missing), GL_CLOSURE_MAX_MISSING_VERSIONS);

	*ret = NULL;
	if (!missing && errno == E2BIG) {
		closure->incomplete = true;
		return 0;
	}
	if (!missing)
		return gl_err_sys(err, ENOMEM, "cannot note a version");
	missing->version = strdup(need->version);
	if (!missing->version)
		return gl_err_sys(err, ENOMEM, "cannot note a version");
	missing->needed_by = needed_by;
	missing->provider = provider->index;
	missing->weak = need->weak;
	missing->index = need->index;
	closure->missing_version_count++;
	*ret = missing;
	return 0;
}

/* A Verneed's records have its file's name in common, the very same string. */
static const struct gl_library *find_provider(struct check *check, const char *file)
{
	if (check->file != file)
		check->provider = check->find(file, check->arg);
	check->file = file;
	return check->provider;
}

/* A table that is malformed, over a limit or unreadable leaves us without an answer.  Returns what is left: 0 or -ENOMEM. */
static int unknown(struct check *check, int r)
{
	check->closure->incomplete |= r && r != -ENOMEM;
	return r == -ENOMEM ? r : 0;
}

static int check_need(struct check *check, const struct gl_library *object,
		      const struct gl_version_need *need, struct gl_err *err)
{
	const struct gl_library *provider = find_provider(check, need->file);
	const struct gl_version_def *defs;
	struct gl_missing_version *missing;
	size_t count;
	int r;

	if (!provider || !provider->image)
		return 0;
	r = gl_image_version_defs(provider->image, &defs, &count, err);
	if (r)
		return unknown(check, r);
	if (!count || is_defined(check, need, defs, count))
		return 0;
	r = note_missing(check, object->index, provider, need, &missing, err);
	if (!r && missing) {
		check->comparisons += count * PARSING_COSTS;
		find_have(defs, count, need->version, missing->have, sizeof(missing->have));
	}
	return r;
}

/* The symbols of one object, told to its missing versions by their index. */
struct symbol_pass {
	struct gl_closure *closure;
	uint16_t *missing_of; /* by version index: 1 + place in missing_versions, as many as fit */
	struct gl_err *err;
};

static int take_symbol(struct gl_missing_version *missing, const char *name, struct gl_err *err)
{
	missing->symbol_total++;
	if (missing->symbol_count == GL_MISSING_SYMBOLS)
		return 0;
	if (!missing->symbols)
		missing->symbols = calloc(GL_MISSING_SYMBOLS, sizeof(*missing->symbols));
	if (missing->symbols)
		missing->symbols[missing->symbol_count] = strdup(name);
	if (!missing->symbols || !missing->symbols[missing->symbol_count])
		return gl_err_sys(err, ENOMEM, "cannot note a symbol");
	missing->symbol_count++;
	return 0;
}

/* gl_symbol_fn */
static int look_at_symbol(const char *name, unsigned version_index, bool defined, void *arg)
{
	struct symbol_pass *pass = arg;
	unsigned place = version_index < INDICES ? pass->missing_of[version_index] : 0;

	if (defined || !place)
		return 0;
	return take_symbol(&pass->closure->missing_versions[place - 1], name, pass->err);
}

/* The symbols of an object whose file was closed: of the same file, opened again; else of none. */
static int each_symbol(struct gl_search *search, const struct gl_library *object, gl_symbol_fn each,
		       void *arg, struct gl_err *err)
{
	gl_autoclose int fd = -1;
	struct stat st;
	int r;

	if (!gl_image_is_detached(object->image))
		return gl_image_each_symbol(object->image, each, arg, err);
	fd = gl_root_open(search->host, object->path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) || st.st_dev != object->dev || st.st_ino != object->ino)
		return 0;
	gl_image_attach(object->image, fd, &search->budget);
	r = gl_image_each_symbol(object->image, each, arg, err);
	gl_image_detach(object->image);
	return r;
}

/* Finds the symbols that force the versions from place first on, all missed by one object. */
static int find_symbols(struct gl_search *search, const struct gl_library *object, size_t first,
			struct gl_err *err)
{
	struct gl_closure *closure = search->closure;
	gl_autofree uint16_t *missing_of = calloc(INDICES, sizeof(*missing_of));
	struct symbol_pass pass = {.closure = closure, .missing_of = missing_of, .err = err};
	int r;

	if (!missing_of)
		return gl_err_sys(err, ENOMEM, "cannot look for symbols");
	for (size_t i = first; i < closure->missing_version_count; i++)
		missing_of[closure->missing_versions[i].index % INDICES] = (uint16_t)(i + 1);
	r = each_symbol(search, object, look_at_symbol, &pass, err);
	/* A symbol table that cannot be read leaves the versions without symbols. */
	return r == -ENOMEM ? r : 0;
}

static int check_object(struct check *check, const struct gl_library *object, struct gl_err *err)
{
	struct gl_closure *closure = check->closure;
	const struct gl_version_need *needs;
	size_t count, first = closure->missing_version_count;
	int r = gl_image_version_needs(object->image, &needs, &count, err);

	if (r)
		return unknown(check, r);
	for (size_t i = 0; !r && i < count; i++) {
		if (check->comparisons > GL_VERSIONS_MAX_COMPARISONS) {
			closure->incomplete = true;
			break;
		}
		r = check_need(check, object, &needs[i], err);
	}
	if (r || closure->missing_version_count == first)
		return r;
	return find_symbols(check->search, object, first, err);
}

int gl_versions_check(struct gl_search *search, gl_provider_fn find, void *arg, struct gl_err *err)
{
	struct gl_closure *closure = search->closure;
	struct check check = {.search = search, .closure = closure, .find = find, .arg = arg};
	int r = 0;

	_Static_assert(GL_CLOSURE_MAX_MISSING_VERSIONS < UINT16_MAX, "places are kept in 16 bits");
	for (size_t i = 0; !r && i < closure->count; i++) {
		if (closure->libraries[i]->image)
			r = check_object(&check, closure->libraries[i], err);
	}
	return r;
}
