/*
 * What the searches of glibc and musl have in common: see host/search.h.
 *
 * A file is opened once, and all that is ever asked of it is read then: hundreds
 * of libraries must not hold hundreds of descriptors.  The search is for the
 * program's user, who need not be ours: a file only we may read is not there for
 * the loader, and one only the program may read cannot be checked.
 */
#include "host/search.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>

#include "base/fd.h"
#include "base/mem.h"
#include "elf/versions.h"
#include "host/libraries.h"
#include "host/path.h"
#include "host/root.h"

#define WHY_MAX			256
#define STEPS_PER_LOOK_AT_CLOCK 16 /* healthy programs make a few dozens */
#define NS_PER_S		1000000000LL
#define NS_PER_MS		1000000LL

void gl_search_done(struct gl_search *search)
{
	for (size_t i = 0; i < search->dir_count; i++)
		free(search->dirs[i].path);
	gl_mem_free_p(&search->dirs);
	gl_mem_free_p(&search->cwd);
	gl_mem_free_p(&search->program_origin);
	gl_mem_free_p(&search->musl_path);
	gl_library_free(search->interpreter);
	search->interpreter = NULL;
	gl_glibc_done(&search->glibc);
}

/* CPU time, so that a slow disk is no limit. */
static bool is_out_of_time(struct gl_search *search)
{
	struct timespec now;
	long long ns;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now))
		return false;
	ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	if (!search->cpu_start)
		search->cpu_start = ns;
	return ns - search->cpu_start > GL_CLOSURE_MAX_CPU_MS * NS_PER_MS;
}

bool gl_search_step(struct gl_search *search, struct gl_library *library, size_t len)
{
	size_t before = search->steps;

	search->steps += 1 + len / GL_SEARCH_STEP_BYTES;
	if (before / STEPS_PER_LOOK_AT_CLOCK != search->steps / STEPS_PER_LOOK_AT_CLOCK &&
	    is_out_of_time(search))
		search->steps = GL_CLOSURE_MAX_STEPS + 1;
	if (search->steps <= GL_CLOSURE_MAX_STEPS)
		return true;
	search->steps = GL_CLOSURE_MAX_STEPS;
	search->closure->incomplete = true;
	library->status = GL_LIBRARY_UNREADABLE;
	return false;
}

int gl_search_tried(struct gl_search *search, struct gl_library *library, const char *path,
		    struct gl_err *err)
{
	size_t len = strlen(path);
	char *copy;

	library->tried_total++;
	if (library->tried_count == GL_CLOSURE_MAX_TRIED || search->tried == GL_CLOSURE_MAX_ALL_TRIED ||
	    len > GL_CLOSURE_MAX_ALL_TRIED_BYTES - search->tried_bytes)
		return 0;
	if (!library->tried)
		library->tried = calloc(GL_CLOSURE_MAX_TRIED, sizeof(*library->tried));
	copy = library->tried ? strdup(path) : NULL;
	if (!copy)
		return gl_err_sys(err, ENOMEM, "cannot look for '%s'", library->name);
	library->tried[library->tried_count++] = copy;
	search->tried++;
	search->tried_bytes += len;
	return 0;
}

static int find_cwd(struct gl_search *search, struct gl_err *err)
{
	if (search->cwd)
		return 0;
	search->cwd = search->host->root_fd < 0 ? getcwd(NULL, 0) : NULL;
	/* Where it cannot be told (deleted, or of another root): the root. */
	if (!search->cwd)
		search->cwd = strdup("/");
	return search->cwd ? 0 : gl_err_sys(err, ENOMEM, "cannot find the current directory");
}

int gl_search_absolute(struct gl_search *search, const char *path, char **ret, struct gl_err *err)
{
	char *absolute;
	int r = 0;

	if (path[0] == '/') {
		absolute = strdup(path);
	} else {
		r = find_cwd(search, err);
		if (r)
			return r;
		absolute = gl_path_join(search->cwd, "", path);
	}
	if (!absolute)
		return gl_err_sys(err, ENOMEM, "cannot look at '%s'", path);
	*ret = absolute;
	return 0;
}

bool gl_search_is_led(const struct gl_search *search, const struct gl_library *object)
{
	return search->host->loader_dir && !object->index;
}

/* The kernel shows the program to its loader as /proc/self/exe: without links. */
static int find_program_origin(struct gl_search *search, struct gl_err *err)
{
	char real[PATH_MAX];

	if (search->program_origin)
		return 0;
	if (gl_root_canonical(search->host, search->program_path, real, sizeof(real)))
		search->program_origin = strdup("");
	else
		search->program_origin = gl_path_dirname(real);
	return search->program_origin ? 0 : gl_err_sys(err, ENOMEM, "cannot find the program's directory");
}

int gl_search_origin(struct gl_search *search, size_t index, char **ret, struct gl_err *err)
{
	int r = 0;

	if (index == 0)
		r = find_program_origin(search, err);
	if (r)
		return r;
	*ret = index ? gl_path_dirname(search->closure->libraries[index]->path)
		     : strdup(search->program_origin);
	return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot find an object's directory");
}

/* Sets what is to be said of a file that will not do.  Keeps the first of those that are only skipped. */
static int note_defect(struct gl_library *library, const char *path, enum gl_library_status status,
		       const char *why, struct gl_err *err)
{
	if (library->defect && status == GL_LIBRARY_WRONG_MACHINE)
		return 0;
	gl_mem_free_p(&library->path);
	gl_mem_free_p(&library->defect);
	library->status = status;
	library->path = strdup(path);
	library->defect = strdup(why);
	return library->path && library->defect ? 0 : gl_err_sys(err, ENOMEM, "cannot note a defect");
}

/* The file is there, but what it is cannot be told. */
static int unreadable(struct gl_search *search, const char *path, const char *why, struct gl_library *library,
		      struct gl_err *err)
{
	int r = note_defect(library, path, GL_LIBRARY_UNREADABLE, why, err);

	search->closure->incomplete = true;
	return r ? r : GL_FOUND;
}

/*
 * open() failed.  Where we are the program's user the loader fares the same; if
 * not, the mode bits tell whether it may read what we may not.
 */
static int judge_errno(struct gl_search *search, const char *path, int error, struct gl_library *library,
		       struct gl_err *err)
{
	struct stat st;

	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return GL_FOUND_NOT;
	case EACCES:
		if (search->host->uid == geteuid() || gl_root_stat(search->host, path, &st) ||
		    !gl_root_may(search->host, &st, R_OK))
			return GL_FOUND_NOT;
		return unreadable(search, path, "only the program's user may read it", library, err);
	case EMFILE:
	case ENFILE:
		return unreadable(search, path, "too many files are open", library, err);
	case ENOMEM:
		return gl_err_sys(err, error, "cannot open '%s'", path);
	default:
		return GL_FOUND_ERROR;
	}
}

static int corrupt(const char *path, const char *why, struct gl_library *library, struct gl_err *err)
{
	int r = note_defect(library, path, GL_LIBRARY_CORRUPT, why, err);

	return r ? r : GL_FOUND;
}

static bool is_loaded(const struct gl_library *library, const struct stat *st)
{
	return library->via != GL_VIA_PROGRAM && library->image && library->dev == st->st_dev &&
	       library->ino == st->st_ino;
}

/* The element that is this very file, or NULL; the interpreter becomes one if it is. */
static int find_same(struct gl_search *search, const struct stat *st, size_t needed_by,
		     struct gl_library **ret, struct gl_err *err)
{
	struct gl_closure *closure = search->closure;

	*ret = NULL;
	if (search->interpreter && is_loaded(search->interpreter, st))
		return gl_libraries_add_interpreter(search, needed_by, ret, err);
	for (size_t i = 0; i < closure->count && !*ret; i++) {
		if (is_loaded(closure->libraries[i], st))
			*ret = closure->libraries[i];
	}
	return 0;
}

/* Replaces what was noted of skipped files by what was found. */
static int settle(struct gl_library *library, const char *path, struct gl_err *err)
{
	gl_mem_free_p(&library->path);
	gl_mem_free_p(&library->defect);
	library->status = GL_LIBRARY_FOUND;
	library->path = strdup(path);
	return library->path ? GL_FOUND : gl_err_sys(err, ENOMEM, "cannot note '%s'", path);
}

/* What will be asked of a library later on.  Tables that cannot be read say so when they are asked for. */
static int read_ahead(const struct gl_search *search, struct gl_image *image, struct gl_err *err)
{
	const struct gl_version_need *needs;
	const struct gl_version_def *defs;
	size_t count;

	if (!search->reads_versions)
		return 0;
	if (gl_image_version_needs(image, &needs, &count, err) == -ENOMEM ||
	    gl_image_version_defs(image, &defs, &count, err) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

/* Is the open file one that the loader takes? */
static int judge_image(struct gl_search *search, const char *path, int fd, const struct stat *st,
		       struct gl_library *library, struct gl_err *err)
{
	gl_autoimage struct gl_image *image = NULL;
	enum gl_screening screening;
	char why[WHY_MAX] = "";
	int r = gl_image_open_within(fd, &search->budget, &image, err);

	if (r == -ENOMEM)
		return r;
	if (r)
		return corrupt(path, "it cannot be read", library, err);
	if (gl_image_is_partial(image))
		return unreadable(search, path, "it has more to read than golaunch does", library, err);
	screening = search->screen(search, image, why, sizeof(why));
	switch (screening) {
	case GL_SCREENING_SKIP:
	case GL_SCREENING_FOREIGN:
		r = note_defect(library, path, GL_LIBRARY_WRONG_MACHINE, why, err);
		return r ? r : screening == GL_SCREENING_SKIP ? GL_FOUND_NOT : GL_FOUND;
	case GL_SCREENING_CORRUPT:
		return corrupt(path, why, library, err);
	case GL_SCREENING_GOOD:
		break;
	}
	r = read_ahead(search, image, err);
	if (r)
		return r;
	gl_image_detach(image);
	library->dev = st->st_dev;
	library->ino = st->st_ino;
	library->image = GL_TAKE_PTR(image);
	return settle(library, path, err);
}

int gl_search_file(struct gl_search *search, const char *path, struct gl_library *library, struct gl_err *err)
{
	gl_autoclose int fd = -1;
	struct stat st;
	int r;

	if (!gl_search_step(search, library, strlen(path)))
		return GL_FOUND;
	fd = gl_root_open(search->host, path, O_RDONLY);
	if (fd < 0)
		return judge_errno(search, path, -fd, library, err);
	if (fstat(fd, &st))
		return gl_err_sys(err, errno, "cannot examine '%s'", path);
	if (!gl_root_may(search->host, &st, R_OK) || !gl_root_may_reach(search->host, path))
		return GL_FOUND_NOT;
	r = find_same(search, &st, library->needed_by, &library->same, err);
	if (r)
		return r;
	if (library->same)
		return settle(library, path, err);
	if (!S_ISREG(st.st_mode))
		return corrupt(path, S_ISDIR(st.st_mode) ? "it is a directory" : "it is no regular file",
			       library, err);
	return judge_image(search, path, fd, &st, library, err);
}
