/*
 * Reading the memory figures of golaunch's own group: see proc/cgroup.h.
 *
 * A few small files, each read whole into a buffer on the stack.  What is missing
 * (an older kernel, a controller that is off, a sandbox without these files) is
 * unknown and no error: nobody is refused or killed for it.
 */
#include "proc/cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_PROC_FILE ((size_t)1 << 20)
#define MAX_FILE      4096 /* memory.events has less than 200 bytes */
#define MAX_PLACES    4	   /* mounts of the same hierarchy that are tried */

/* Version 1 says "no limit" by its highest counter, which depends on the page size (mm/page_counter, PAGE_COUNTER_MAX). */
#define V1_NO_LIMIT ((uint64_t)1 << 62)

/* The files of each version; NULL: it has none.  A key is looked for in the file, "" is the whole file. */
struct source {
	const char *file, *key;
};

enum figure {
	FIGURE_KILLS,
	FIGURE_KILLS_BELOW, /* where the first is missing */
	FIGURE_HITS,
	FIGURE_LIMIT,
	FIGURE_PEAK,
	FIGURE_CURRENT,
	FIGURE_MAX
};

static const struct source sources[GL_CGROUP_VERSION_MAX][FIGURE_MAX] = {
	[GL_CGROUP_V1] =
		{
			[FIGURE_KILLS] = {"memory.oom_control", "oom_kill"},
			[FIGURE_HITS] = {"memory.failcnt", ""},
			[FIGURE_LIMIT] = {"memory.limit_in_bytes", ""},
			[FIGURE_PEAK] = {"memory.max_usage_in_bytes", ""},
			[FIGURE_CURRENT] = {"memory.usage_in_bytes", ""},
		},
	[GL_CGROUP_V2] =
		{
			[FIGURE_KILLS] = {"memory.events.local", "oom_kill"},
			[FIGURE_KILLS_BELOW] = {"memory.events", "oom_kill"},
			[FIGURE_HITS] = {"memory.events", "oom"},
			[FIGURE_LIMIT] = {"memory.max", ""},
			[FIGURE_PEAK] = {"memory.peak", ""}, /* Linux 5.19 */
			[FIGURE_CURRENT] = {"memory.current", ""},
		},
};

/* The file that says whether a directory is a group of the memory controller. */
static const char *const telltale[GL_CGROUP_VERSION_MAX] = {
	[GL_CGROUP_V1] = "memory.oom_control",
	[GL_CGROUP_V2] = "memory.events",
};

static uint64_t number_at(const char *text)
{
	uint64_t value = 0;

	if (!strncmp(text, "max", 3))
		return GL_CGROUP_NO_LIMIT;
	if (*text < '0' || *text > '9')
		return GL_CGROUP_UNKNOWN;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (value > (GL_CGROUP_NO_LIMIT - 9) / 10)
			return GL_CGROUP_NO_LIMIT;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	return value;
}

uint64_t gl_cgroup_number(const char *text, const char *key)
{
	size_t len = strlen(key);

	if (!len)
		return number_at(text);
	for (const char *line = text; line; line = strchr(line, '\n'), line += line ? 1 : 0)
		if (!strncmp(line, key, len) && line[len] == ' ')
			return number_at(line + len + 1);
	return GL_CGROUP_UNKNOWN;
}

/* The path of a file in the group that is the first dir_len bytes of dir. */
static void path_of(const struct gl_cgroup_place *place, size_t dir_len, const char *file,
		    char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "%.*s/%s", (int)dir_len, place->dir, file);

	if (n < 0 || n >= PATH_MAX)
		path[0] = '\0';
}

static bool read_file(const char *path, char text[MAX_FILE])
{
	gl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : gl_file_pread(fd, text, MAX_FILE - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static uint64_t read_figure(const struct gl_cgroup_place *place, size_t dir_len, enum figure which)
{
	const struct source *source = &sources[place->version][which];
	char path[PATH_MAX], text[MAX_FILE];

	if (!source->file)
		return GL_CGROUP_UNKNOWN;
	path_of(place, dir_len, source->file, path);
	return read_file(path, text) ? gl_cgroup_number(text, source->key) : GL_CGROUP_UNKNOWN;
}

static uint64_t read_kills(const struct gl_cgroup_place *place, size_t dir_len)
{
	uint64_t kills = read_figure(place, dir_len, FIGURE_KILLS);

	return kills == GL_CGROUP_UNKNOWN ? read_figure(place, dir_len, FIGURE_KILLS_BELOW) : kills;
}

static uint64_t read_limit(const struct gl_cgroup_place *place, size_t dir_len)
{
	uint64_t limit = read_figure(place, dir_len, FIGURE_LIMIT);

	return limit != GL_CGROUP_UNKNOWN && limit >= V1_NO_LIMIT ? GL_CGROUP_NO_LIMIT : limit;
}

static bool has_file(const struct gl_cgroup_place *place, size_t dir_len, const char *file)
{
	char path[PATH_MAX];

	path_of(place, dir_len, file, path);
	return access(path, F_OK) == 0;
}

static bool is_group(const struct gl_cgroup_place *place, size_t dir_len)
{
	return has_file(place, dir_len, telltale[place->version]);
}

/* The length of the path one level up, or 0 above top. */
static size_t parent_of(const char *path, size_t len, size_t top)
{
	while (len > top && path[len - 1] != '/')
		len--;
	return len > top ? len - 1 : 0;
}

/* The group that is charged: the process's own, or the nearest above it that has the memory controller; 0: none. */
static size_t find_charged(const struct gl_cgroup_place *place)
{
	size_t dir_len = strlen(place->dir);

	/* In a container the path may lead nowhere: its own group is the mount's root. */
	if (!has_file(place, dir_len, "cgroup.procs"))
		return 0;
	while (dir_len && !is_group(place, dir_len))
		dir_len = parent_of(place->dir, dir_len, place->top);
	return dir_len;
}

static bool try_usual_place(const char *membership, struct gl_cgroup *cgroup)
{
	if (gl_cgroup_usual_place(membership, &cgroup->place))
		return false;
	cgroup->charged = find_charged(&cgroup->place);
	cgroup->assumed = cgroup->charged != 0;
	return cgroup->assumed;
}

static void look_up_place(const char *membership, struct gl_cgroup *cgroup)
{
	gl_autofree char *mounts = NULL;
	size_t len;

	cgroup->charged = 0;
	if (gl_file_slurp("/proc/self/mountinfo", MAX_PROC_FILE, &mounts, &len, NULL))
		return;
	for (size_t i = 0; i < MAX_PLACES && !cgroup->charged; i++) {
		if (gl_cgroup_place(membership, mounts, i, &cgroup->place))
			return;
		cgroup->charged = find_charged(&cgroup->place);
	}
}

static char *read_membership(void)
{
	char *text = NULL;
	size_t len;

	return gl_file_slurp("/proc/self/cgroup", MAX_PROC_FILE, &text, &len, NULL) ? NULL : text;
}

void gl_cgroup_begin(struct gl_cgroup *ret)
{
	gl_autofree char *membership = read_membership();

	*ret = GL_CGROUP_INIT;
	if (!membership)
		return;
	if (!try_usual_place(membership, ret))
		look_up_place(membership, ret);
	ret->kills_before = ret->hits_before = GL_CGROUP_UNKNOWN;
	if (!ret->charged)
		return;
	ret->shared = ret->place.dir[ret->charged] != '\0';
	ret->kills_before = read_kills(&ret->place, ret->charged);
	if (ret->kills_before == GL_CGROUP_UNKNOWN)
		ret->hits_before = read_figure(&ret->place, ret->charged, FIGURE_HITS);
}

static bool is_same_directory(const char *a, const char *b)
{
	struct stat st_a, st_b;

	return stat(a, &st_a) == 0 && stat(b, &st_b) == 0 && st_a.st_dev == st_b.st_dev &&
	       st_a.st_ino == st_b.st_ino;
}

/* Is the assumed place really that of our group? */
static void prove_place(struct gl_cgroup *cgroup)
{
	gl_autofree char *membership = read_membership();
	char assumed[PATH_MAX];

	memcpy(assumed, cgroup->place.dir, sizeof(assumed));
	cgroup->charged = 0;
	cgroup->assumed = false;
	if (membership)
		look_up_place(membership, cgroup);
	if (cgroup->charged && !is_same_directory(assumed, cgroup->place.dir))
		cgroup->charged = 0;
}

static void read_level(const struct gl_cgroup_place *place, struct gl_cgroup_level *level)
{
	size_t dir_len = level->dir_len;

	level->figures = (struct gl_cgroup_figures){.kills = read_kills(place, dir_len),
						    .hits = read_figure(place, dir_len, FIGURE_HITS),
						    .limit = read_limit(place, dir_len),
						    .peak = read_figure(place, dir_len, FIGURE_PEAK),
						    .current = read_figure(place, dir_len, FIGURE_CURRENT)};
}

void gl_cgroup_end(struct gl_cgroup *cgroup)
{
	const struct gl_cgroup_place *place = &cgroup->place;
	size_t dir_len, name_len;

	cgroup->level_count = 0;
	if (cgroup->assumed)
		prove_place(cgroup);
	dir_len = cgroup->charged;
	name_len = strlen(place->name) - GL_MIN(strlen(place->name), strlen(place->dir) - dir_len);
	while (dir_len && cgroup->level_count < GL_CGROUP_MAX_LEVELS && is_group(place, dir_len)) {
		struct gl_cgroup_level *level = &cgroup->levels[cgroup->level_count++];

		*level =
			(struct gl_cgroup_level){.dir_len = dir_len, .name_len = GL_MAX(name_len, (size_t)1)};
		read_level(place, level);
		dir_len = parent_of(place->dir, dir_len, place->top);
		name_len = parent_of(place->name, name_len, 0);
	}
}

static uint64_t rise(uint64_t before, uint64_t after)
{
	if (before == GL_CGROUP_UNKNOWN || after == GL_CGROUP_UNKNOWN)
		return GL_CGROUP_UNKNOWN;
	return after > before ? after - before : 0;
}

uint64_t gl_cgroup_kills(const struct gl_cgroup *cgroup)
{
	if (!cgroup->level_count)
		return GL_CGROUP_UNKNOWN;
	return rise(cgroup->kills_before, cgroup->levels[0].figures.kills);
}

bool gl_cgroup_was_hit(const struct gl_cgroup *cgroup)
{
	uint64_t hits;

	if (!cgroup->level_count)
		return false;
	hits = rise(cgroup->hits_before, cgroup->levels[0].figures.hits);
	return hits && hits != GL_CGROUP_UNKNOWN;
}

const struct gl_cgroup_level *gl_cgroup_limiting(const struct gl_cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->level_count; i++) {
		const struct gl_cgroup_figures *figures = &cgroup->levels[i].figures;

		if (figures->limit < GL_CGROUP_NO_LIMIT && figures->hits &&
		    figures->hits != GL_CGROUP_UNKNOWN)
			return &cgroup->levels[i];
	}
	return NULL;
}

bool gl_cgroup_is_killed_as_one(const struct gl_cgroup *cgroup)
{
	char path[PATH_MAX], text[MAX_FILE];
	size_t dir_len = cgroup->charged;

	if (cgroup->place.version != GL_CGROUP_V2)
		return false;
	for (; dir_len; dir_len = parent_of(cgroup->place.dir, dir_len, cgroup->place.top)) {
		path_of(&cgroup->place, dir_len, "memory.oom.group", path);
		if (read_file(path, text) && text[0] == '1')
			return true;
	}
	return false;
}

uint64_t gl_cgroup_limit(const struct gl_cgroup *cgroup)
{
	return cgroup->charged ? read_limit(&cgroup->place, cgroup->charged) : GL_CGROUP_UNKNOWN;
}

void gl_cgroup_file(const struct gl_cgroup *cgroup, const char *name, char path[PATH_MAX])
{
	path[0] = '\0';
	if (cgroup->charged)
		path_of(&cgroup->place, cgroup->charged, name, path);
}
