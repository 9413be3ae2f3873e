/*
 * The environment the program gets.
 */
#pragma once

#include "base/err.h"
#include "cmd/run_options.h"
#include "policy/policy.h"

struct gl_environment {
	char **strings; /* NULL-terminated; the array is owned, see owned_from */
	size_t count;
	size_t owned_from; /* strings from here on are owned */
	char *listen_pid;  /* where the digits of LISTEN_PID and WATCHDOG_PID go, or NULL */
	char *watchdog_pid;
};

#define GL_ENVIRONMENT_INIT ((struct gl_environment){.strings = NULL})

/*
 * From env (kept, must live as long): without golaunch's own variables (exact
 * names only), filtered by --env-clear and --env-keep (shell patterns on the
 * name), or where neither is given by what policy (NULL: none) says of env: the
 * last line whose pattern fits decides; where none fits the variable is kept unless
 * a line says "env keep".  extra ("HOME=...", NULL-terminated, may be NULL) comes
 * over it.  Returns 0 or -ENOMEM.
 */
int gl_environment_make(char *const *env, const struct gl_run_options *o, const struct gl_policy *policy,
			char *const *extra, struct gl_environment *ret, struct gl_err *err) GL_MUST_CHECK;

/*
 * Under socket activation the program compares LISTEN_PID (sd_listen_fds(3))
 * and WATCHDOG_PID with its own pid: makes room in them for that pid where
 * they name golaunch.
 */
int gl_environment_readdress(struct gl_environment *e, struct gl_err *err) GL_MUST_CHECK;

/* The program keeps our pid after all: writes it where room was made. */
void gl_environment_keep_pid(struct gl_environment *e) GL_NONNULL;

void gl_environment_done(struct gl_environment *e) GL_NONNULL;

/* A variable's value in env, or NULL. */
const char *gl_environment_get(char *const *env, const char *name) GL_NONNULL;
