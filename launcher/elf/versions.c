/*
 * Symbol version tables, walked as glibc walks them (elf/dl-version.c): from
 * record to record by vn_next and vna_next until one is 0, whatever the counts
 * beside them say.  The offsets are unsigned, so a chain only moves forward, and
 * every record adds an entry, whose number is bounded.
 */
#include "elf/versions.h"

#include <errno.h>
#include <inttypes.h>

#include "base/mem.h"
#include "elf/image_private.h"

#define INDEX_MASK 0x7fff /* without the "hidden" bit */
#define INDICES	   0x8000

/* The records are the same in both classes; field sizes and places as in the gABI. */
#define FIELD(type, field) offsetof(Elf64_##type, field), sizeof(((Elf64_##type *)0)->field)

struct walk {
	struct gl_image *image;
	struct gl_range range;
	const char *table; /* "DT_VERNEED" */
	struct gl_err *err;
};

/* Says what a step of the walk met, in terms of the table. */
static int fail(const struct walk *w, int r, uint64_t at)
{
	if (r == -ERANGE || r == -EBADMSG)
		return gl_err_set(w->err, EBADMSG, "%s is malformed at byte %" PRIu64 ": out of the file",
				  w->table, at);
	if (r == -E2BIG)
		return gl_err_set(w->err, E2BIG, "%s has more or longer records than golaunch looks at",
				  w->table);
	return gl_err_sys(w->err, -r, "cannot read %s", w->table);
}

static int field(const struct walk *w, uint64_t at, size_t offset, size_t size, uint64_t *ret)
{
	int r = gl_range_read_value(w->image, &w->range, at + offset, size, ret);

	return r ? fail(w, r, at) : 0;
}

static int name_field(const struct walk *w, uint64_t at, size_t offset, size_t size, const char **ret)
{
	uint64_t name;
	int r = field(w, at, offset, size, &name);

	if (r)
		return r;
	r = gl_image_keep_string(w->image, w->image->tables.strtab + name, ret);
	return r ? fail(w, r, at) : 0;
}

/* A record's version: names are compared by the thousand, so that no long ones are taken. */
static int version_field(const struct walk *w, uint64_t at, size_t offset, size_t size, const char **ret)
{
	int r = name_field(w, at, offset, size, ret);

	return !r && strlen(*ret) >= GL_IMAGE_MAX_VERSION_NAME ? fail(w, -E2BIG, at) : r;
}

/* One more entry of either table, which may double its array. */
static int charge_entry(const struct walk *w, uint64_t at, size_t size)
{
	int r = gl_image_charge_kept(w->image, 2 * size);

	return r ? fail(w, r, at) : 0;
}

/* Both kinds of record start with a version number that must be 1. */
static int check_revision(const struct walk *w, uint64_t at)
{
	uint64_t revision;
	int r = field(w, at, FIELD(Verneed, vn_version), &revision);

	if (!r && revision != VER_NEED_CURRENT)
		r = gl_err_set(w->err, EBADMSG, "%s has a record of unknown version %" PRIu64, w->table,
			       revision);
	return r;
}

static int add_need(struct walk *w, uint64_t at, const char *file)
{
	struct gl_version_needs *needs = &w->image->needs;
	struct gl_version_need *need =
		gl_mem_grow(&needs->items, &needs->room, needs->count, sizeof(*need), GL_IMAGE_MAX_VERSIONS);
	uint64_t hash, flags, other;
	int r;

	if (!need)
		return fail(w, -errno, at);
	r = charge_entry(w, at, sizeof(*need));
	if (!r)
		r = version_field(w, at, FIELD(Vernaux, vna_name), &need->version);
	if (!r)
		r = field(w, at, FIELD(Vernaux, vna_hash), &hash);
	if (!r)
		r = field(w, at, FIELD(Vernaux, vna_flags), &flags);
	if (!r)
		r = field(w, at, FIELD(Vernaux, vna_other), &other);
	if (r)
		return r;
	need->file = file;
	need->hash = (uint32_t)hash;
	need->weak = (flags & VER_FLG_WEAK) != 0;
	need->index = other & INDEX_MASK;
	needs->count++;
	return 0;
}

/* One file's Vernaux chain. */
static int walk_aux(struct walk *w, uint64_t at, const char *file)
{
	uint64_t next;
	int r;

	for (;; at += next) {
		r = add_need(w, at, file);
		if (!r)
			r = field(w, at, FIELD(Vernaux, vna_next), &next);
		if (r || next == 0)
			return r;
	}
}

static int walk_needs(struct walk *w)
{
	const char *file = NULL;
	uint64_t at, aux, next;
	int r;

	for (at = 0;; at += next) {
		r = check_revision(w, at);
		if (!r)
			r = name_field(w, at, FIELD(Verneed, vn_file), &file);
		if (!r)
			r = field(w, at, FIELD(Verneed, vn_aux), &aux);
		if (!r)
			r = walk_aux(w, at + aux, file);
		if (!r)
			r = field(w, at, FIELD(Verneed, vn_next), &next);
		if (r || next == 0)
			return r;
	}
}

static int walk_table(struct walk *w, uint64_t vaddr, int (*walk)(struct walk *w))
{
	int r = gl_image_locate(w->image, vaddr, &w->range);

	return r ? fail(w, r, 0) : walk(w);
}

/* What a table that was read before came to. */
static int again(const struct walk *w, int error)
{
	return error ? gl_err_set(w->err, -error, "%s could not be read before", w->table) : 0;
}

int gl_image_version_needs(struct gl_image *image, const struct gl_version_need **ret, size_t *ret_count,
			   struct gl_err *err)
{
	struct gl_version_needs *needs = &image->needs;
	struct walk w = {.image = image, .table = "DT_VERNEED", .err = err};
	int r;

	if (needs->read || !image->tables.verneed)
		r = again(&w, needs->error);
	else
		r = needs->error = walk_table(&w, image->tables.verneed, walk_needs);
	needs->read = true;
	if (r)
		return r;
	*ret = needs->items;
	*ret_count = needs->count;
	return 0;
}

static int add_def(struct walk *w, uint64_t at)
{
	struct gl_version_defs *defs = &w->image->defs;
	struct gl_version_def *def =
		gl_mem_grow(&defs->items, &defs->room, defs->count, sizeof(*def), GL_IMAGE_MAX_VERSIONS);
	uint64_t hash, flags, index, aux;
	int r;

	if (!def)
		return fail(w, -errno, at);
	r = charge_entry(w, at, sizeof(*def));
	if (!r)
		r = field(w, at, FIELD(Verdef, vd_aux), &aux);
	if (!r)
		r = version_field(w, at + aux, FIELD(Verdaux, vda_name), &def->version);
	if (!r)
		r = field(w, at, FIELD(Verdef, vd_hash), &hash);
	if (!r)
		r = field(w, at, FIELD(Verdef, vd_flags), &flags);
	if (!r)
		r = field(w, at, FIELD(Verdef, vd_ndx), &index);
	if (r)
		return r;
	def->hash = (uint32_t)hash;
	def->index = index & INDEX_MASK;
	def->base = (flags & VER_FLG_BASE) != 0;
	defs->count++;
	return 0;
}

static int walk_defs(struct walk *w)
{
	uint64_t at, next;
	int r;

	for (at = 0;; at += next) {
		r = check_revision(w, at);
		if (!r)
			r = add_def(w, at);
		if (!r)
			r = field(w, at, FIELD(Verdef, vd_next), &next);
		if (r || next == 0)
			return r;
	}
}

/* The base entry names the file, not a version; it stays only where it is alone. */
static void drop_base(struct gl_version_defs *defs)
{
	size_t kept = 0;

	if (defs->count < 2)
		return;
	for (size_t i = 0; i < defs->count; i++)
		if (!defs->items[i].base)
			defs->items[kept++] = defs->items[i];
	defs->count = kept;
}

int gl_image_version_defs(struct gl_image *image, const struct gl_version_def **ret, size_t *ret_count,
			  struct gl_err *err)
{
	struct gl_version_defs *defs = &image->defs;
	struct walk w = {.image = image, .table = "DT_VERDEF", .err = err};
	int r;

	if (defs->read || !image->tables.verdef) {
		r = again(&w, defs->error);
	} else {
		r = defs->error = walk_table(&w, image->tables.verdef, walk_defs);
		drop_base(defs);
	}
	defs->read = true;
	if (r)
		return r;
	*ret = defs->items;
	*ret_count = defs->count;
	return 0;
}

struct named {
	const char **names; /* by index; NULL: none of that index */
	gl_versioned_symbol_fn each;
	void *arg;
};

/* gl_symbol_fn */
static int give_named(const char *name, unsigned version_index, bool defined, void *arg)
{
	const struct named *named = arg;
	const char *version = named->names[version_index];

	return version ? named->each(name, version, defined, named->arg) : 0;
}

/* Needs and definitions share one space of indices. */
static int collect_names(struct gl_image *image, const char **names, struct gl_err *err)
{
	const struct gl_version_need *needs;
	const struct gl_version_def *defs;
	size_t need_count, def_count;
	int r = gl_image_version_needs(image, &needs, &need_count, err);

	if (!r)
		r = gl_image_version_defs(image, &defs, &def_count, err);
	if (r)
		return r;
	for (size_t i = 0; i < need_count; i++)
		names[needs[i].index] = needs[i].version;
	for (size_t i = 0; i < def_count; i++)
		names[defs[i].index] = defs[i].version;
	names[VER_NDX_LOCAL] = names[VER_NDX_GLOBAL] = NULL;
	return 0;
}

int gl_image_each_versioned_symbol(struct gl_image *image, gl_versioned_symbol_fn each, void *arg,
				   struct gl_err *err)
{
	gl_autofree const char **names = calloc(INDICES, sizeof(*names));
	struct named named = {.names = names, .each = each, .arg = arg};
	int r;

	if (!names)
		return gl_err_sys(err, ENOMEM, "cannot read the versions of symbols");
	r = collect_names(image, names, err);
	return r ? r : gl_image_each_symbol(image, give_named, &named, err);
}
