/*
 * Where things are: see loader/place.h.
 */
#include "loader/place.h"

#include <linux/auxvec.h>
#include <linux/errno.h>
#include <stdbool.h>

#include "loader/memory.h"
#include "loader/problem.h"
#include "loader/sys.h"
#include "loader/text.h"

#define LINKS_MAX 40 /* MAXSYMLINKS of the kernel */
#define SELF_EXE  "/proc/self/exe"
#define DELETED	  " (deleted)"

/* A link's text in ret, NUL-terminated.  Returns 0 or -errno. */
static int read_link(const char *path, char *ret, size_t size)
{
	long len = gl_sys_readlink(path, ret, size - 1);

	if (len < 0)
		return (int)len;
	ret[len] = '\0';
	return (size_t)len < size - 1 ? 0 : -ENAMETOOLONG;
}

/* Puts the working directory before a relative path. */
static int make_absolute(struct gl_ld_text *path)
{
	char cwd[GL_STUB_PATH_MAX], rest[GL_STUB_PATH_MAX];
	struct gl_ld_text copy = gl_ld_text_in(rest, sizeof(rest));

	if (path->at[0] == '/')
		return 0;
	/* "(unreachable)/dir": the directory is outside of this root. */
	if (gl_sys_getcwd(cwd, sizeof(cwd)) < 0 || cwd[0] != '/')
		return GL_LD_NO_PLACE;
	gl_ld_text_add(&copy, path->at);
	*path = gl_ld_text_in(path->at, path->size);
	gl_ld_text_add(path, cwd);
	gl_ld_text_add(path, "/");
	gl_ld_text_add(path, rest);
	return path->cut || copy.cut ? GL_LD_PATH_TOO_LONG : 0;
}

/* Replaces the path by where the link there leads. */
static void follow_link(struct gl_ld_text *path, const char *link)
{
	size_t dir = link[0] == '/' ? 0 : (size_t)(gl_ld_base_name(path->at) - path->at);

	path->len = dir;
	path->at[dir] = '\0';
	gl_ld_text_add(path, link);
}

int gl_ld_place_follow(const char *path, char *ret, size_t size)
{
	struct gl_ld_text text = gl_ld_text_in(ret, size);
	char link[GL_STUB_PATH_MAX];

	gl_ld_text_add(&text, path);
	/* What is no link, or is not there, ends it: opening the program tells the rest. */
	for (int i = 0; i < LINKS_MAX && !text.cut && read_link(text.at, link, sizeof(link)) == 0; i++)
		follow_link(&text, link);
	return text.cut ? GL_LD_PATH_TOO_LONG : make_absolute(&text);
}

/*
 * The stub's file may have been replaced by another while a process of it runs
 * that executes /proc/self/exe again: what is now there under its name serves.
 */
static void forget_deletion(char *path)
{
	size_t len = strlen(path), suffix = sizeof(DELETED) - 1;
	char link[2];

	if (len > suffix && memcmp(path + len - suffix, DELETED, suffix) == 0 &&
	    gl_sys_readlink(path, link, sizeof(link)) == -ENOENT)
		path[len - suffix] = '\0';
}

static int find_self(const struct gl_ld_vector *vector, char *ret, size_t size)
{
	const char *name = (const char *)(uintptr_t)gl_ld_vector_aux(vector, AT_EXECFN, 0);
	int r = read_link(SELF_EXE, ret, size);

	if (r == 0 && ret[0] == '/') {
		forget_deletion(ret);
		return 0;
	}
	if (r == -ENAMETOOLONG)
		return GL_LD_PATH_TOO_LONG;
	return name && *name ? gl_ld_place_follow(name, ret, size) : GL_LD_NO_PLACE;
}

/* The slot's path, else what stands beside the stub: DIR/FOLDER or DIR/FOLDER/NAME. */
static int place_beside(const char *slot, const char *self, const char *folder, const char *name, char *ret,
			size_t size)
{
	struct gl_ld_text t = gl_ld_text_in(ret, size);

	if (*slot) {
		gl_ld_text_add(&t, slot);
		return t.cut ? GL_LD_PATH_TOO_LONG : 0;
	}
	gl_ld_text_add_bytes(&t, self, gl_ld_dir_length(self));
	gl_ld_text_add(&t, folder);
	if (name) {
		gl_ld_text_add(&t, "/");
		gl_ld_text_add(&t, name);
	}
	return t.cut ? GL_LD_PATH_TOO_LONG : 0;
}

int gl_ld_place_find(const struct gl_stub_slot *slot, const struct gl_ld_vector *vector,
		     struct gl_ld_place *ret)
{
	int r = 0;

	ret->self[0] = '\0';
	if (!slot->program[0] || !slot->lib[0])
		r = find_self(vector, ret->self, sizeof(ret->self));
	if (r == 0)
		r = place_beside(slot->program, ret->self, "/program", gl_ld_base_name(ret->self),
				 ret->program, sizeof(ret->program));
	if (r == 0)
		r = place_beside(slot->lib, ret->self, "/lib", NULL, ret->lib, sizeof(ret->lib));
	return r;
}

int gl_ld_place_loader(struct gl_ld_place *place, const char *interp)
{
	struct gl_ld_text t = gl_ld_text_in(place->loader, sizeof(place->loader));

	gl_ld_text_add(&t, place->lib);
	gl_ld_text_add(&t, "/");
	gl_ld_text_add(&t, interp);
	return t.cut ? GL_LD_PATH_TOO_LONG : 0;
}
