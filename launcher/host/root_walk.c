/*
 * Resolves a path inside a root directory without openat2: see host/root_walk.h.
 *
 * One component at a time, never following a link by the kernel's hand: each
 * is opened O_PATH|O_NOFOLLOW, a link's text is put in front of what is left.
 * ".." never reaches the kernel either (a directory moved out of the root in
 * the meantime would lead outside): the walk starts again at the root with the
 * parent's canonical path, which holds no links.
 */
#include "host/root_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/fd.h"

#define STEP_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)

struct walk {
	int root;	      /* O_PATH, owned */
	int dir;	      /* where the walk stands, O_PATH, owned */
	unsigned links;	      /* followed so far */
	char done[PATH_MAX];  /* canonical path of dir, "" at the root */
	char rest[PATH_MAX];  /* what is left to do */
	char piece[PATH_MAX]; /* the component in hand */
};

static void walk_done(struct walk *w)
{
	gl_fd_close(&w->root);
	gl_fd_close(&w->dir);
}

static int stand_at(struct walk *w, int fd)
{
	if (fd < 0)
		return -errno;
	gl_fd_close(&w->dir);
	w->dir = fd;
	return 0;
}

static int go_to_root(struct walk *w)
{
	w->done[0] = '\0';
	return stand_at(w, openat(w->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Takes the next component off w->rest into w->piece; "" when nothing is left. */
static void take_piece(struct walk *w)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(from, "/");

	memcpy(w->piece, from, len);
	w->piece[len] = '\0';
	memmove(w->rest, from + len, strlen(from + len) + 1);
}

/* Is w->piece the last component?  "a/" is not: the slash asks for a directory. */
static bool is_last(const struct walk *w)
{
	return w->rest[0] == '\0';
}

static int append_done(struct walk *w, const char *name)
{
	size_t len = strlen(w->done), more = strlen(name);

	if (len + 1 + more >= sizeof(w->done))
		return -ENAMETOOLONG;
	w->done[len] = '/';
	memcpy(w->done + len + 1, name, more + 1);
	return 0;
}

/* Puts a link's text in front of what is left. */
static int prepend_rest(struct walk *w, const char *text, size_t len)
{
	size_t left = strlen(w->rest);

	if (len + left >= sizeof(w->rest))
		return -ENAMETOOLONG;
	memmove(w->rest + len, w->rest, left + 1);
	memcpy(w->rest, text, len);
	return 0;
}

/* Stands at the directory of that name below the present one; no link is followed. */
static int enter(struct walk *w, const char *name)
{
	int r = stand_at(w, openat(w->dir, name, STEP_FLAGS | O_DIRECTORY));

	return r ? r : append_done(w, name);
}

/* "..": again from the root, along a path that holds no links. */
static int go_up(struct walk *w)
{
	char parent[PATH_MAX];
	const char *at, *slash = strrchr(w->done, '/');
	size_t len = slash ? (size_t)(slash - w->done) : 0;
	int r;

	memcpy(parent, w->done, len);
	parent[len] = '\0';
	r = go_to_root(w);
	for (at = parent; !r && *at; at += len) {
		char name[NAME_MAX + 1];

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, at, len);
		name[len] = '\0';
		r = enter(w, name);
	}
	return r;
}

static int follow(struct walk *w, int link)
{
	char text[PATH_MAX];
	ssize_t len = readlinkat(link, "", text, sizeof(text));
	int r;

	if (len < 0)
		return -errno;
	if (len == (ssize_t)sizeof(text))
		return -ENAMETOOLONG;
	if (len == 0)
		return -ENOENT;
	if (++w->links > GL_ROOT_MAX_LINKS)
		return -ELOOP;
	r = prepend_rest(w, text, (size_t)len);
	if (r || text[0] != '/')
		return r;
	return go_to_root(w);
}

/* The object w->piece names, below w->dir: a link to follow, a directory to enter, or the end. */
static int step(struct walk *w, bool follow_last, bool *ret_end)
{
	gl_autoclose int fd = openat(w->dir, w->piece, STEP_FLAGS);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		return -errno;
	if (S_ISLNK(st.st_mode) && (follow_last || !is_last(w)))
		return follow(w, fd);
	if (is_last(w)) {
		*ret_end = true;
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	r = append_done(w, w->piece);
	return r ? r : stand_at(w, GL_TAKE_FD(fd));
}

/* Walks until w->piece is the last component, in w->dir; "" stands for w->dir itself. */
static int walk_all(struct walk *w, bool follow_last)
{
	bool end = false;
	int r = 0;

	while (!r && !end) {
		take_piece(w);
		if (!w->piece[0])
			return 0;
		if (!strcmp(w->piece, "."))
			continue;
		if (!strcmp(w->piece, ".."))
			r = go_up(w);
		else
			r = step(w, follow_last, &end);
	}
	return r;
}

static int walk_init(struct walk *w, int root_fd, const char *path)
{
	w->links = 0;
	w->root = w->dir = -1;
	w->done[0] = w->piece[0] = w->rest[0] = '\0';
	if (!path[0])
		return -ENOENT;
	if (prepend_rest(w, path, strlen(path)))
		return -ENAMETOOLONG;
	w->root = root_fd < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
			      : openat(root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->root < 0)
		return -errno;
	return go_to_root(w);
}

static int tell_canonical(struct walk *w, char *buf, size_t size)
{
	const char *path;

	if (w->piece[0] && append_done(w, w->piece))
		return -ENAMETOOLONG;
	path = w->done[0] ? w->done : "/";
	if (strlen(path) >= size)
		return -ENAMETOOLONG;
	memcpy(buf, path, strlen(path) + 1);
	return 0;
}

int gl_root_walk(int root_fd, const char *path, int flags, char *canonical, size_t size)
{
	GL_CLEANUP(walk_done) struct walk w;
	int fd, r = walk_init(&w, root_fd, path);

	if (!r)
		r = walk_all(&w, !(flags & O_NOFOLLOW));
	if (r)
		return r;
	/* The end was seen to be no link, or is wanted as one; one put there since must not lead outside. */
	fd = openat(w.dir, w.piece[0] ? w.piece : ".", flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = canonical ? tell_canonical(&w, canonical, size) : 0;
	if (r) {
		gl_fd_close(&fd);
		return r;
	}
	return fd;
}
