/*
 * The repair of an outer filter (sandbox/repair.h): whom it is for, and what is said
 * of it.
 *
 * A program that is Go without cgo tells by its release what it needs.  Of any other, as
 * of a script that executes nobody knows what, everything is assumed.
 */
#include "base/log.h"
#include "cmd/run.h"
#include "report/repairs.h"

#define GETRANDOM_MINOR 24

static unsigned users_of_go(const struct gl_gobin *go)
{
	unsigned major, minor;

	if (gl_gobin_version(go, &major, &minor) == 0 && major == 1 && minor < GETRANDOM_MINOR)
		return 0;
	return GL_REPAIR_GO_1_24;
}

static unsigned users_of(const struct gl_run *run)
{
	const struct gl_gobin *go = &run->x.gobin;
	bool is_go = run->examined && !go->packed && (go->kind == GL_GOBIN_YES || go->kind == GL_GOBIN_BARE);

	if (!is_go)
		return GL_REPAIR_GLIBC | GL_REPAIR_LIBC | GL_REPAIR_GO_1_24;
	if (go->cgo == GL_CGO_NO)
		return users_of_go(go);
	if (run->x.libc.kind == GL_LIBC_MUSL)
		return users_of_go(go) | GL_REPAIR_LIBC;
	return users_of_go(go) | GL_REPAIR_LIBC | GL_REPAIR_GLIBC;
}

int gl_run_repair(struct gl_run *run, struct gl_err *err)
{
	const struct gl_finding *f;
	int r = gl_plan_repair(&run->plan, users_of(run), err);

	if (r < 0)
		return r;
	if (run->plan.repair.kills)
		gl_log(GL_LOG_NOTE, "an outer filter kills for %zu calls that the program may try",
		       run->plan.repair.kills);
	if (run->plan.repair.state == GL_REPAIR_UNKNOWN)
		gl_log(GL_LOG_NOTE, "an outer filter gave no answer to the question what it denies");
	f = gl_findings_add_repair(&run->findings, &run->plan.repair);
	if (f && gl_log_enabled(f->severity == GL_SEVERITY_NOTE ? GL_LOG_NOTE : GL_LOG_WARNING))
		gl_run_say(run, f, -1);
	return 0;
}

void gl_run_say_repair(const struct gl_plan_failure *failure)
{
	if (failure->repair_errnum)
		gl_log(GL_LOG_WARNING, "GL5005: the outer filter could not be repaired: %s",
		       strerror(failure->repair_errnum));
}
