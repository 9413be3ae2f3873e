/*
 * The program's environment: see cmd/environment.h.
 */
#include "cmd/environment.h"

#include <errno.h>
#include <fnmatch.h>

#include "base/mem.h"
#include "cmd/verbs.h"
#include "proc/spawn.h"

#define NAME_ROOM 256
#define BYPASS	  "GOLAUNCH_BYPASS="

const char *gl_environment_get(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; env[i]; i++)
		if (!strncmp(env[i], name, len) && env[i][len] == '=')
			return env[i] + len + 1;
	return NULL;
}

/* What the policy says; the last line that fits decides. */
static bool is_kept_by_policy(const struct gl_policy *policy, const char *name)
{
	bool kept = true, chosen = false;

	for (size_t i = 0; policy && i < policy->setting_count; i++) {
		const struct gl_policy_setting *s = &policy->settings[i];

		if (s->kind != GL_POLICY_ENV_KEEP && s->kind != GL_POLICY_ENV_DROP)
			continue;
		if (!fnmatch(s->text, name, 0)) {
			kept = s->kind == GL_POLICY_ENV_KEEP;
			chosen = true;
		} else if (!chosen && s->kind == GL_POLICY_ENV_KEEP) {
			kept = false;
		}
	}
	return kept;
}

static bool is_kept(const struct gl_run_options *o, const struct gl_policy *policy, const char *string)
{
	char name[NAME_ROOM];

	snprintf(name, sizeof(name), "%.*s", (int)GL_MIN(strcspn(string, "="), sizeof(name) - 1), string);
	if (!o->env_clear && !o->env_keep.count)
		return is_kept_by_policy(policy, name);
	for (size_t i = 0; i < o->env_keep.count; i++)
		if (!fnmatch(o->env_keep.items[i], name, 0))
			return true;
	return false;
}

/* Does one of extra set the same name? */
static bool is_replaced(char *const *extra, const char *string)
{
	size_t len = strcspn(string, "=") + 1;

	for (size_t i = 0; extra && extra[i]; i++)
		if (!strncmp(extra[i], string, len))
			return true;
	return false;
}

static size_t count_strings(char *const *strings)
{
	size_t n = 0;

	while (strings && strings[n])
		n++;
	return n;
}

int gl_environment_make(char *const *env, const struct gl_run_options *o, const struct gl_policy *policy,
			char *const *extra, struct gl_environment *ret, struct gl_err *err)
{
	size_t extra_count = count_strings(extra);
	struct gl_environment e = GL_ENVIRONMENT_INIT;

	e.strings = calloc(count_strings(env) + extra_count + 1, sizeof(char *));
	if (!e.strings)
		return gl_err_sys(err, ENOMEM, "cannot make the environment");
	for (size_t i = 0; env[i]; i++)
		if (!gl_options_owns(gl_run_option_table(), env[i]) &&
		    strncmp(env[i], BYPASS, strlen(BYPASS)) && is_kept(o, policy, env[i]) &&
		    !is_replaced(extra, env[i]))
			e.strings[e.count++] = env[i];
	e.owned_from = e.count;
	for (size_t i = 0; i < extra_count; i++) {
		e.strings[e.count] = strdup(extra[i]);
		if (!e.strings[e.count++]) {
			gl_environment_done(&e);
			return gl_err_sys(err, ENOMEM, "cannot make the environment");
		}
	}
	*ret = e;
	return 0;
}

/* Replaces "NAME=<our pid>" by a string with room for another pid, put at the end; its digits' place in *ret. */
static int readdress(struct gl_environment *e, const char *name, char **ret, struct gl_err *err)
{
	const char *value = e->strings ? gl_environment_get(e->strings, name) : NULL;
	size_t at = 0, name_len = strlen(name);
	char *string;

	if (!value || strtol(value, NULL, 10) != getpid())
		return 0;
	string = calloc(1, name_len + 1 + GL_SPAWN_PID_ROOM);
	if (!string)
		return gl_err_sys(err, ENOMEM, "cannot make the environment");
	snprintf(string, name_len + 1 + GL_SPAWN_PID_ROOM, "%s=", name);
	while (e->strings[at] + name_len + 1 != value)
		at++;
	/* Owned strings stand last: move the hole there. */
	memmove(&e->strings[at], &e->strings[at + 1], (e->count - at - 1) * sizeof(char *));
	if (at < e->owned_from)
		e->owned_from--;
	e->strings[e->count - 1] = string;
	*ret = string + name_len + 1;
	return 0;
}

int gl_environment_readdress(struct gl_environment *e, struct gl_err *err)
{
	int r = readdress(e, "LISTEN_PID", &e->listen_pid, err);

	return r ? r : readdress(e, "WATCHDOG_PID", &e->watchdog_pid, err);
}

void gl_environment_keep_pid(struct gl_environment *e)
{
	char *const slots[] = {e->listen_pid, e->watchdog_pid};

	for (size_t i = 0; i < GL_ARRAY_SIZE(slots); i++)
		if (slots[i])
			snprintf(slots[i], GL_SPAWN_PID_ROOM, "%d", (int)getpid());
}

void gl_environment_done(struct gl_environment *e)
{
	for (size_t i = e->owned_from; i < e->count; i++)
		free(e->strings[i]);
	free(e->strings);
	*e = GL_ENVIRONMENT_INIT;
}
