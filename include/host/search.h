/*
 * One search for libraries, as a loader of a host does it: what glibc's and
 * musl's searches have in common.  Used by host/closure.h.
 */
#pragma once

#include "host/closure.h"
#include "host/glibc.h"
#include "host/hwcaps.h"

#define GL_SEARCH_MAX_DIRS                                                                                   \
	1024 /* directories that are remembered; the ones after make the closure incomplete */

/* A directory that was searched: what is known not to be there is not asked for again. */
struct gl_search_dir {
	char *path; /* absolute, with a slash at the end */
	size_t hash;
	bool present;
	unsigned char subdirs[GL_HWCAPS_MAX_SUBDIRS]; /* indices of the hwcaps sub-directories that exist */
	size_t subdir_count;
};

/* A file as the loader judges it before it maps it. */
enum gl_screening {
	GL_SCREENING_GOOD,
	GL_SCREENING_SKIP,    /* silently passed over: for another machine */
	GL_SCREENING_FOREIGN, /* for another machine too, but taken, and then the loader gives up */
	GL_SCREENING_CORRUPT  /* the loader gives up */
};

struct gl_search;
typedef enum gl_screening (*gl_screen_fn)(struct gl_search *search, struct gl_image *image, char *why,
					  size_t size);

struct gl_search {
	struct gl_host *host;	    /* not owned, like the next three */
	const struct gl_arch *arch; /* the program's */
	struct gl_closure *closure;
	const char *program_path;
	gl_screen_fn screen;
	struct gl_library *interpreter; /* before it is part of the closure; owned then */
	struct gl_glibc glibc;
	struct gl_hwcaps hwcaps;
	bool hwcaps_known;
	struct gl_search_dir *dirs;
	size_t dir_count, dir_room;
	char *cwd;		       /* what relative paths count from */
	char *program_origin;	       /* "" if it cannot be had */
	char *musl_path;	       /* musl's system path */
	size_t steps;		       /* made, of GL_CLOSURE_MAX_STEPS */
	long long cpu_start;	       /* the thread's CPU time in ns when it began; 0: not asked yet */
	size_t tried, tried_bytes;     /* paths that were kept, of GL_CLOSURE_MAX_ALL_TRIED */
	struct gl_image_budget budget; /* of the libraries' images */
	bool reads_versions;	       /* whether the loader looks at them */
};

void gl_search_done(struct gl_search *search) GL_NONNULL;

/* The answers of a search in one place. */
enum gl_found {
	GL_FOUND_NOT,  /* search on */
	GL_FOUND,      /* *library is settled: found, corrupt or unreadable */
	GL_FOUND_ERROR /* this list of directories is searched no further */
};

/*
 * Looks at one path (absolute) for library: opens it, takes it or notes why not.
 * Rules: glibc elf/dl-load.c open_verify(), musl ldso/dynlink.c path_open().
 * Returns enum gl_found or -errno.
 */
int gl_search_file(struct gl_search *search, const char *path, struct gl_library *library,
		   struct gl_err *err) GL_MUST_CHECK;

#define GL_SEARCH_STEP_BYTES 128 /* that make one step more */
/*
 * Counts one step over a text of that length, whose cost grows with it: a path
 * of 4 KiB makes the kernel walk 2000 directories.  Returns false when there have
 * been too many: the library then counts as unreadable.
 */
bool gl_search_step(struct gl_search *search, struct gl_library *library, size_t len) GL_NONNULL;

/* Notes a path that was tried.  Returns 0 or -ENOMEM. */
int gl_search_tried(struct gl_search *search, struct gl_library *library, const char *path,
		    struct gl_err *err) GL_MUST_CHECK;

/* The path counted from the current directory, or itself; fresh.  A root that is not ours has "/" as that directory. */
int gl_search_absolute(struct gl_search *search, const char *path, char **ret,
		       struct gl_err *err) GL_MUST_CHECK;

/* Is it the program under a loader_dir?  Then that leads its DT_RUNPATH, else DT_RPATH, all of it as DT_RPATH. */
bool gl_search_is_led(const struct gl_search *search, const struct gl_library *object) GL_NONNULL;

/* The directory of the object at that index, as $ORIGIN means it; owned; "" where it cannot be had. */
int gl_search_origin(struct gl_search *search, size_t index, char **ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * Searches for library->name on behalf of the object library->needed_by, by one
 * libc's rules; fills the rest of *library.  Return 0 or -errno.
 */
int gl_search_glibc(struct gl_search *search, struct gl_library *library, struct gl_err *err) GL_MUST_CHECK;
int gl_search_musl(struct gl_search *search, struct gl_library *library, struct gl_err *err) GL_MUST_CHECK;

enum gl_screening gl_screen_glibc(struct gl_search *search, struct gl_image *image, char *why, size_t size);
enum gl_screening gl_screen_musl(struct gl_search *search, struct gl_image *image, char *why, size_t size);

/* Does musl answer this name with itself? */
bool gl_musl_is_builtin(const char *name) GL_NONNULL;
