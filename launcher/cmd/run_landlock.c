/*
 * The lines of a policy that Landlock serves (sandbox/landlock.h): what the
 * program and its loader open is known once the launch is decided, so this is
 * apart from the rest of the plan.
 */
#include <errno.h>

#include "base/log.h"
#include "base/mem.h"
#include "cmd/run.h"

#define BUNDLE_PATHS 2 /* its directory, its libraries */

/* By golaunch, by the kernel for it (PT_INTERP, #!), or by the stub of a bundle. */
struct programs {
	const char *paths[4 + GL_EXAMINE_MAX_DEPTH];
	size_t count;
	char interpreters[GL_EXAMINE_MAX_DEPTH][GL_SCRIPT_LINE_MAX + 1]; /* of scripts */
	bool is_script;
};

static void add(const char **paths, size_t *count, const char *path)
{
	if (path && *path)
		paths[(*count)++] = path;
}

/* Scripts may be interpreted by scripts. */
static void collect_interpreters(const struct gl_run *run, struct programs *ret)
{
	const char *path = run->path;

	for (size_t i = 0; i < GL_EXAMINE_MAX_DEPTH && gl_run_read_interpreter(path, ret->interpreters[i]);
	     i++) {
		path = ret->interpreters[i];
		add(ret->paths, &ret->count, path);
		ret->is_script = true;
	}
}

static void collect_programs(const struct gl_run *run, struct programs *ret)
{
	*ret = (struct programs){.count = 0};
	add(ret->paths, &ret->count, run->path);
	add(ret->paths, &ret->count, run->choice.path);
	add(ret->paths, &ret->count, run->choice.program);
	add(ret->paths, &ret->count, run->has_examination ? run->x.libc.interpreter : NULL);
	collect_interpreters(run, ret);
}

static size_t collect_libraries(const struct gl_run *run, const char **libraries)
{
	const struct gl_closure *closure = &run->x.closure;
	size_t count = 0;

	add(libraries, &count, run->choice.bundle.dir);
	add(libraries, &count, run->choice.lib);
	for (size_t i = 0; run->has_examination && i < closure->count; i++)
		add(libraries, &count, closure->libraries[i]->path);
	return count;
}

static int build(struct gl_run *run, struct gl_err *err)
{
	struct programs programs;
	gl_autofree const char **libraries =
		calloc((run->has_examination ? run->x.closure.count : 0) + BUNDLE_PATHS, sizeof(*libraries));
	struct gl_landlock_request request = {
		.policy = &run->policy.policy,
		.version = gl_landlock_version(),
		.programs = programs.paths,
		.libraries = libraries,
	};

	if (!libraries)
		return gl_err_sys(err, ENOMEM, "cannot start");
	collect_programs(run, &programs);
	request.program_count = programs.count;
	request.any_loader = programs.is_script || !run->examined;
	request.library_count = collect_libraries(run, libraries);
	return gl_landlock_build(&request, &run->plan.landlock, err);
}

int gl_run_make_landlock(struct gl_run *run, struct gl_err *err)
{
	int r;

	if (!gl_landlock_wanted(&run->policy.policy))
		return 0;
	r = build(run, err);
	if (r == -ENOSYS)
		return gl_run_end_unprotected(run, err);
	if (r == 0 && *run->plan.landlock.note)
		gl_log(GL_LOG_NOTE, "GL5004: %s", run->plan.landlock.note);
	return r;
}
