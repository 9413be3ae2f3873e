/*
 * --user: see sandbox/users.h.  The files are read as passwd(5) and group(5)
 * say; what does not parse is somebody else's line (NIS "+" lines too).
 */
#include "sandbox/users.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "base/mem.h"

#define MAX_FIELDS 7

/* A piece of text that is not NUL-terminated. */
struct span {
	const char *text;
	size_t len;
};

void gl_user_done(struct gl_user *user)
{
	free(user->groups);
	free(user->name);
	free(user->home);
	*user = GL_USER_INIT;
}

/* Cuts the next line into fields at ':'; the last takes the rest.  Returns false at the end. */
static bool next_line(const char **cursor, struct span fields[MAX_FIELDS], size_t *ret_count)
{
	const char *text = *cursor, *end = text + strcspn(text, "\n");
	size_t count = 0;

	if (!*text)
		return false;
	*cursor = *end ? end + 1 : end;
	for (; count < MAX_FIELDS; count++) {
		const char *colon = memchr(text, ':', (size_t)(end - text));

		if (!colon || count == MAX_FIELDS - 1)
			colon = end;
		fields[count] = (struct span){text, (size_t)(colon - text)};
		if (colon == end)
			break;
		text = colon + 1;
	}
	*ret_count = count + 1;
	return true;
}

static bool span_is(struct span span, struct span other)
{
	return span.len == other.len && !memcmp(span.text, other.text, span.len);
}

/* An id: decimal, and not (uid_t)-1, which the kernel takes for "leave it". */
static bool parse_id(struct span span, uint32_t *ret_id)
{
	uint64_t id = 0;

	for (size_t i = 0; i < span.len; i++) {
		if (span.text[i] < '0' || span.text[i] > '9')
			return false;
		id = id * 10 + (uint64_t)(span.text[i] - '0');
		if (id >= UINT32_MAX)
			return false;
	}
	if (span.len == 0)
		return false;
	*ret_id = (uint32_t)id;
	return true;
}

static bool all_digits(struct span span)
{
	return span.len > 0 && strspn(span.text, "0123456789") >= span.len;
}

struct passwd_entry {
	struct span name, home;
	uint32_t uid, gid;
};

/* The first entry of that name, or of that number. */
static bool find_passwd(const char *passwd, struct span name, const uint32_t *uid,
			struct passwd_entry *ret_entry)
{
	struct span fields[MAX_FIELDS];
	struct passwd_entry entry;
	size_t count;

	while (next_line(&passwd, fields, &count)) {
		if (count < 6 || !parse_id(fields[2], &entry.uid) || !parse_id(fields[3], &entry.gid))
			continue;
		if (uid ? entry.uid != *uid : !span_is(fields[0], name))
			continue;
		entry.name = fields[0];
		entry.home = fields[5];
		*ret_entry = entry;
		return true;
	}
	return false;
}

static int find_group(const char *group, struct span name, gid_t *ret_gid, struct gl_err *err)
{
	struct span fields[MAX_FIELDS];
	size_t count;
	uint32_t gid;

	if (all_digits(name)) {
		if (!parse_id(name, ret_gid))
			return gl_err_set(err, EINVAL, "group number '%.*s' is too big",
					  (int)GL_MIN(name.len, 64u), name.text);
		return 0;
	}
	while (next_line(&group, fields, &count)) {
		if (count >= 3 && span_is(fields[0], name) && parse_id(fields[2], &gid)) {
			*ret_gid = gid;
			return 0;
		}
	}
	return gl_err_set(err, ENOENT, "no group '%.*s' in /etc/group", (int)GL_MIN(name.len, 64u),
			  name.text);
}

static int add_group(struct gl_user *user, size_t *room, gid_t gid, struct gl_err *err)
{
	gid_t *group;

	for (size_t i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return 0;
	group = gl_mem_grow(&user->groups, room, user->group_count, sizeof(*group), GL_USERS_MAX_GROUPS);
	if (!group)
		return gl_err_sys(err, errno, "cannot take so many groups");
	*group = gid;
	user->group_count++;
	return 0;
}

static bool lists_member(struct span members, struct span name)
{
	const char *text = members.text, *end = text + members.len;

	while (text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		struct span member = {text, (size_t)((comma ? comma : end) - text)};

		if (span_is(member, name))
			return true;
		text = comma ? comma + 1 : end;
	}
	return false;
}

/* The user's own group and every group that lists the name, as initgroups(3) has it. */
static int collect_groups(struct gl_user *user, const char *group, struct span name, struct gl_err *err)
{
	struct span fields[MAX_FIELDS];
	size_t count, room = 0;
	uint32_t gid;
	int r = add_group(user, &room, user->gid, err);

	while (r == 0 && name.len > 0 && next_line(&group, fields, &count))
		if (count >= 4 && parse_id(fields[2], &gid) && lists_member(fields[3], name))
			r = add_group(user, &room, gid, err);
	return r;
}

/* Fills everything but the groups; *ret_name is empty where the number has no entry. */
static int find_user(struct span name, const char *passwd, bool group_given, struct gl_user *user,
		     struct span *ret_name, struct gl_err *err)
{
	struct passwd_entry entry = {.home = {"/", 1}};
	int shown = (int)GL_MIN(name.len, 64u);
	bool numeric = all_digits(name), found;

	if (numeric && !parse_id(name, &entry.uid))
		return gl_err_set(err, EINVAL, "user number '%.*s' is too big", shown, name.text);
	found = find_passwd(passwd, name, numeric ? &entry.uid : NULL, &entry);
	if (!found && !numeric)
		return gl_err_set(err, ENOENT, "no user '%.*s' in /etc/passwd", shown, name.text);
	if (!found && !group_given)
		return gl_err_set(err, ENOENT,
				  "user %.*s is not in /etc/passwd, so say its group too: %.*s:GROUP", shown,
				  name.text, shown, name.text);
	if (entry.home.len == 0)
		entry.home = (struct span){"/", 1};
	user->uid = entry.uid;
	user->gid = entry.gid;
	user->home = strndup(entry.home.text, entry.home.len);
	user->name = found ? strndup(entry.name.text, entry.name.len) : NULL;
	if (!user->home || (found && !user->name))
		return gl_err_sys(err, ENOMEM, "cannot look up user '%.*s'", shown, name.text);
	*ret_name = entry.name;
	return 0;
}

static int resolve(const char *spec, const char *passwd, const char *group, struct gl_user *user,
		   struct gl_err *err)
{
	struct span name = {spec, strcspn(spec, ":")}, group_name = {NULL, 0}, found_name = {NULL, 0};
	const char *colon = spec[name.len] ? spec + name.len : NULL;
	int r;

	if (colon)
		group_name = (struct span){colon + 1, strlen(colon + 1)};
	if (name.len == 0 || (colon && group_name.len == 0))
		return gl_err_set(err, EINVAL, "user '%.80s' is not of the form USER[:GROUP]", spec);
	r = find_user(name, passwd, colon, user, &found_name, err);
	if (r < 0)
		return r;
	if (!colon)
		return collect_groups(user, group, found_name, err);
	r = find_group(group, group_name, &user->gid, err);
	return r < 0 ? r : collect_groups(user, group, (struct span){NULL, 0}, err);
}

int gl_user_resolve(const char *spec, const char *passwd, const char *group, struct gl_user *ret_user,
		    struct gl_err *err)
{
	struct gl_user user = GL_USER_INIT;
	int r = resolve(spec, passwd, group, &user, err);

	if (r < 0)
		gl_user_done(&user);
	else
		*ret_user = user;
	return r;
}

static int slurp(const char *path, char **ret_text, struct gl_err *err)
{
	size_t len;
	int r = gl_file_slurp(path, GL_USERS_MAX_BYTES, ret_text, &len, err);

	if (r != -ENOENT)
		return r;
	*ret_text = strdup("");
	return *ret_text ? 0 : gl_err_sys(err, ENOMEM, "cannot read '%s'", path);
}

int gl_user_resolve_here(const char *spec, struct gl_user *ret_user, struct gl_err *err)
{
	gl_autofree char *passwd = NULL;
	gl_autofree char *group = NULL;
	int r = slurp("/etc/passwd", &passwd, err);

	if (r == 0)
		r = slurp("/etc/group", &group, err);
	return r < 0 ? r : gl_user_resolve(spec, passwd, group, ret_user, err);
}
