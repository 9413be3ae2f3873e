/*
 * Where the files of a process's memory group are: see proc/cgroup.h.  Text in,
 * a path out; the texts are the kernel's, but in them are names that others chose.
 */
#include "proc/cgroup.h"

#include <string.h>

#define MOUNT_FIELDS_BEFORE_ROOT 3 /* proc_pid_mountinfo(5): id, parent, device */

struct span {
	const char *text;
	size_t len;
};

static bool is(struct span s, const char *word)
{
	return s.len == strlen(word) && !memcmp(s.text, word, s.len);
}

/* Takes what stands before the separator off the front of *s; false if *s is empty. */
static bool take(struct span *s, char separator, struct span *ret)
{
	const char *end;

	if (!s->len)
		return false;
	end = memchr(s->text, separator, s->len);
	*ret = (struct span){.text = s->text, .len = end ? (size_t)(end - s->text) : s->len};
	s->text += end ? ret->len + 1 : s->len;
	s->len -= end ? ret->len + 1 : s->len;
	return true;
}

static bool has_word(struct span list, const char *word)
{
	struct span item;

	while (take(&list, ',', &item))
		if (is(item, word))
			return true;
	return false;
}

/*
 * Lines "ID:CONTROLLERS:PATH" (cgroups(7)).  A controller that version 1 has is
 * not to be had from version 2, "0::PATH".
 */
static enum gl_cgroup_version membership_of(const char *text, struct span *ret_path)
{
	struct span rest = {.text = text, .len = strlen(text)}, line, id, controllers;
	enum gl_cgroup_version version = GL_CGROUP_NONE;

	while (take(&rest, '\n', &line)) {
		if (!take(&line, ':', &id) || !take(&line, ':', &controllers))
			continue;
		if (has_word(controllers, "memory")) {
			*ret_path = line;
			return GL_CGROUP_V1;
		}
		if (is(id, "0") && !controllers.len) {
			*ret_path = line;
			version = GL_CGROUP_V2;
		}
	}
	return version;
}

/* One line of mountinfo, as far as it matters. */
struct mount {
	struct span root, point, type, options;
};

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool parse_mount(struct span line, struct mount *ret)
{
	struct span field;

	for (int i = 0; i < MOUNT_FIELDS_BEFORE_ROOT; i++)
		if (!take(&line, ' ', &field))
			return false;
	if (!take(&line, ' ', &ret->root) || !take(&line, ' ', &ret->point))
		return false;
	while (take(&line, ' ', &field))
		if (is(field, "-"))
			return take(&line, ' ', &ret->type) && take(&line, ' ', &field) &&
			       take(&line, ' ', &ret->options);
	return false;
}

/* A path without the kernel's escapes: \040 for a blank (fs/proc_namespace.c, mangle()).  False if it is too long. */
static bool unescape(struct span s, char out[PATH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < PATH_MAX - 1; n++) {
		const unsigned char *c = (const unsigned char *)s.text + i;
		bool escaped = c[0] == '\\' && s.len - i >= 4 && c[1] >= '0' && c[1] <= '3' && c[2] >= '0' &&
			       c[2] <= '7' && c[3] >= '0' && c[3] <= '7';

		out[n] = escaped ? (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')) : (char)c[0];
		i += escaped ? 4 : 1;
	}
	out[n] = '\0';
	return n < PATH_MAX - 1;
}

/* The part of path below root, "" or "/..."; false if it lies elsewhere. */
static bool below(struct span path, const char *root, struct span *ret)
{
	size_t len = strcmp(root, "/") ? strlen(root) : 0;

	if (path.len < len || memcmp(path.text, root, len) || (path.len > len && path.text[len] != '/'))
		return false;
	*ret = (struct span){.text = path.text + len, .len = path.len - len};
	if (is(*ret, "/"))
		ret->len = 0;
	return true;
}

static bool carries(const struct mount *mount, enum gl_cgroup_version version)
{
	if (version == GL_CGROUP_V2)
		return is(mount->type, "cgroup2");
	return is(mount->type, "cgroup") && has_word(mount->options, "memory");
}

static bool place_at(const struct mount *mount, struct span path, struct gl_cgroup_place *place)
{
	char root[PATH_MAX];
	struct span rest;

	if (!unescape(mount->root, root) || !below(path, root, &rest) || !unescape(mount->point, place->dir))
		return false;
	place->top = strlen(place->dir);
	if (place->top + rest.len >= sizeof(place->dir))
		return false;
	memcpy(place->dir + place->top, rest.text, rest.len);
	place->dir[place->top + rest.len] = '\0';
	return true;
}

/* A path that leaves the reader's namespace ("/../x") is below no mount that we could name. */
static bool fill_name(const char *membership, struct gl_cgroup_place *place, struct span *ret_path)
{
	place->version = membership_of(membership, ret_path);
	if (place->version == GL_CGROUP_NONE || !ret_path->len || ret_path->text[0] != '/' ||
	    ret_path->len >= sizeof(place->name))
		return false;
	memcpy(place->name, ret_path->text, ret_path->len);
	place->name[ret_path->len] = '\0';
	return true;
}

int gl_cgroup_place(const char *membership, const char *mountinfo, size_t nth, struct gl_cgroup_place *ret)
{
	struct span rest = {.text = mountinfo, .len = strlen(mountinfo)}, line, path = {.text = ""};
	struct gl_cgroup_place place = {.version = GL_CGROUP_NONE};
	struct mount mount;

	if (!fill_name(membership, &place, &path))
		return 1;
	while (take(&rest, '\n', &line)) {
		if (!parse_mount(line, &mount) || !carries(&mount, place.version) ||
		    !place_at(&mount, path, &place) || nth--)
			continue;
		*ret = place;
		return 0;
	}
	return 1;
}

int gl_cgroup_usual_place(const char *membership, struct gl_cgroup_place *ret)
{
	static const char *const points[GL_CGROUP_VERSION_MAX] = {
		[GL_CGROUP_V1] = "/sys/fs/cgroup/memory",
		[GL_CGROUP_V2] = "/sys/fs/cgroup",
	};
	struct gl_cgroup_place place = {.version = GL_CGROUP_NONE};
	struct span path = {.text = ""};
	struct mount mount = {.root = {.text = "/", .len = 1}};

	if (!fill_name(membership, &place, &path))
		return 1;
	mount.point = (struct span){.text = points[place.version], .len = strlen(points[place.version])};
	if (!place_at(&mount, path, &place))
		return 1;
	*ret = place;
	return 0;
}
