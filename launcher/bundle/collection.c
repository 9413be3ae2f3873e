/*
 * The list of a bundle's parts: see bundle/collect.h.
 */
#include <errno.h>

#include "base/mem.h"
#include "bundle/collect.h"

void gl_collection_done(struct gl_collection *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->parts[i].place);
		free(c->parts[i].path);
	}
	free(c->parts);
	free(c->loader);
	*c = GL_COLLECTION_INIT;
}

const struct gl_part *gl_collection_find(const struct gl_collection *c, const char *place)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->parts[i].place, place))
			return &c->parts[i];
	return NULL;
}

/* Stubs are all of one making. */
static bool is_copy_of(const struct gl_part *part, const struct gl_part_origin *origin)
{
	if (!part->host || !origin)
		return !part->host && !origin;
	return part->dev == origin->dev && part->ino == origin->ino;
}

/*
 * Only libraries and the loader share copies: those lose their DT_RPATH, all
 * else stays as it is.
 */
static size_t find_same(const struct gl_collection *c, enum gl_bundle_role role,
			const struct gl_part_origin *origin)
{
	if (role == GL_ROLE_LIBRARY) {
		for (size_t i = 0; i < c->count; i++)
			if ((c->parts[i].role == GL_ROLE_LIBRARY || c->parts[i].role == GL_ROLE_LOADER) &&
			    is_copy_of(&c->parts[i], origin))
				return i;
	}
	return c->count;
}

static int append_part(struct gl_collection *c, const char *place, const struct gl_part *part,
		       const struct gl_part_origin *origin, struct gl_err *err)
{
	struct gl_part *added =
		gl_mem_grow(&c->parts, &c->room, c->count, sizeof(*added), GL_MANIFEST_MAX_FILES);

	if (!added)
		return gl_err_sys(err, errno, "cannot add '%s' to the bundle", place);
	*added = *part;
	added->place = strdup(place);
	if (origin) {
		added->host = origin->host;
		added->dev = origin->dev;
		added->ino = origin->ino;
		added->path = strdup(origin->path);
	}
	c->count++;
	if (!added->place || (origin && !added->path))
		return gl_err_sys(err, ENOMEM, "cannot add '%s' to the bundle", place);
	return 0;
}

int gl_collection_add(struct gl_collection *c, const char *place, enum gl_bundle_role role,
		      const struct gl_part_origin *origin, const char *wanted_by, struct gl_err *err)
{
	const struct gl_part *there = gl_collection_find(c, place);
	const struct gl_part part = {
		.role = role, .wanted_by = wanted_by, .same = find_same(c, role, origin)};

	if (there)
		return !is_copy_of(there, origin);
	return append_part(c, place, &part, origin, err);
}

int gl_collection_append(struct gl_collection *c, const char *place, enum gl_bundle_role role,
			 const struct gl_part_origin *origin, struct gl_err *err)
{
	const struct gl_part part = {.role = role, .append = true, .same = c->count};

	return append_part(c, place, &part, origin, err);
}
