/*
 * The option table of run: one row each, and what it does with its value.
 */
#include "cmd/run_options.h"

#include <errno.h>

#include "cmd/verbs.h"
#include "proc/signals.h"

#define MAX_TIME_MS (24ul * 3600 * 1000)

/* Rows that only keep their value or set a flag: TAKE_TEXT(member), TAKE_FLAG(member), TAKE_VALUE(member). */
#define TAKE_TEXT(member)                                                                                    \
	static int take_##member(void *into, const char *value, struct gl_err *err)                          \
	{                                                                                                    \
		(void)err;                                                                                   \
		((struct gl_run_options *)into)->member = value;                                             \
		return 0;                                                                                    \
	}
#define TAKE_FLAG(member)                                                                                    \
	static int take_##member(void *into, const char *value, struct gl_err *err)                          \
	{                                                                                                    \
		(void)value;                                                                                 \
		(void)err;                                                                                   \
		((struct gl_run_options *)into)->member = true;                                              \
		return 0;                                                                                    \
	}
#define TAKE_VALUE(member)                                                                                   \
	static int take_##member(void *into, const char *value, struct gl_err *err)                          \
	{                                                                                                    \
		return gl_values_add(&((struct gl_run_options *)into)->member, value, err);                  \
	}

TAKE_TEXT(program)
TAKE_TEXT(termination_log)
TAKE_TEXT(user)
TAKE_FLAG(version)
TAKE_FLAG(no_supervise)
TAKE_FLAG(dry_run)
TAKE_FLAG(no_bypass)
TAKE_FLAG(no_env)
TAKE_FLAG(env_clear)
TAKE_FLAG(close_fds)
TAKE_FLAG(subreaper)
TAKE_FLAG(kill_group)
TAKE_FLAG(warn_reaping)
TAKE_VALUE(caps)
TAKE_VALUE(limits)
TAKE_VALUE(env_keep)
TAKE_VALUE(keep_fds)
GL_FALLBACK_TAKE(take, struct gl_run_options)

static int take_policy(void *into, const char *value, struct gl_err *err)
{
	if (!*value)
		return gl_err_set(err, EINVAL, "must be a preset or a file");
	((struct gl_run_options *)into)->policy = value;
	return 0;
}

static int take_report(void *into, const char *value, struct gl_err *err)
{
	if (!strcmp(value, "syslog"))
		return gl_err_set(err, ENOTSUP, "'syslog' is not in this version");
	((struct gl_run_options *)into)->report = value;
	return 0;
}

static int take_check(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[GL_CHECK_MAX] = {
		[GL_CHECK_STRICT] = "strict", [GL_CHECK_WARN] = "warn", [GL_CHECK_OFF] = "off"};
	int i = gl_option_choose(value, words, GL_CHECK_MAX, err);

	if (i < 0)
		return i;
	((struct gl_run_options *)into)->check = (enum gl_check_mode)i;
	return 0;
}

static int take_capture(void *into, const char *value, struct gl_err *err)
{
	static const char *const words[GL_CAPTURE_MAX] = {[GL_CAPTURE_AUTO] = "auto",
							  [GL_CAPTURE_INIT] = "init",
							  [GL_CAPTURE_ALL] = "all",
							  [GL_CAPTURE_OFF] = "off"};
	int i = gl_option_choose(value, words, GL_CAPTURE_MAX, err);

	if (i < 0)
		return i;
	((struct gl_run_options *)into)->capture = (enum gl_capture_mode)i;
	return 0;
}

static int take_parent_death(void *into, const char *value, struct gl_err *err)
{
	int signo = gl_signals_parse(value);

	if (signo < 0)
		return gl_err_set(err, EINVAL, "must be a signal's name or number");
	((struct gl_run_options *)into)->parent_death_signal = signo;
	return 0;
}

static int take_ok_status(void *into, const char *value, struct gl_err *err)
{
	char *end;
	unsigned long status = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || status > 255)
		return gl_err_set(err, EINVAL, "must be a status from 0 to 255");
	((struct gl_run_options *)into)->ok_status[status] = true;
	return 0;
}

/* ".5": millionths; *at is moved behind it.  False: a dot without a digit. */
static bool take_fraction(char **at, unsigned long *ret)
{
	unsigned long millionths = 0, scale = 1000000;

	*ret = 0;
	if (**at != '.')
		return true;
	if (*++*at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; ++*at) {
		scale /= 10;
		millionths += scale * (unsigned long)(**at - '0');
	}
	*ret = millionths;
	return true;
}

/* "500ms", "1.5s", "2m", "1h"; a plain number is seconds.  Returns milliseconds, 0: none of these, or too long. */
static unsigned parse_time(const char *text)
{
	static const struct {
		const char *name;
		unsigned long ms;
	} units[] = {{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000}, {"h", 3600000}};
	unsigned long count, fraction;
	char *unit;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	count = strtoul(text, &unit, 10);
	if (errno || count > MAX_TIME_MS || !take_fraction(&unit, &fraction))
		return 0;
	for (size_t i = 0; i < GL_ARRAY_SIZE(units); i++) {
		uint64_t ms = (uint64_t)count * units[i].ms + (uint64_t)fraction * units[i].ms / 1000000;

		if (!strcmp(unit, units[i].name) && ms <= MAX_TIME_MS)
			return (unsigned)ms;
	}
	return 0;
}

static int take_start_timeout(void *into, const char *value, struct gl_err *err)
{
	unsigned ms = parse_time(value);

	if (!ms)
		return gl_err_set(err, EINVAL, "must be a time like 10s, 1.5s, 500ms or 2m, at most 24h");
	((struct gl_run_options *)into)->start_timeout_ms = ms;
	return 0;
}

#define ENV	 GL_OPTION_ENV
#define SECURITY (GL_OPTION_ENV | GL_OPTION_SECURITY)
#define REPEAT	 GL_OPTION_REPEAT

static const struct gl_option options[] = {
	{"policy", 0, "NAME|FILE", SECURITY, take_policy,
	 "what the program may do: a preset, or a policy file"},
	{"program", 0, "PATH", 0, take_program, "the program, whatever words follow"},
	{"bundle", 0, "DIR", SECURITY | REPEAT, take_bundle,
	 "a bundled loader to use where the host's will not do"},
	{"bundle-cache", 0, "DIR", SECURITY, take_bundle_cache,
	 "keep a copy of the loader stub there, under the program's name"},
	{"fallback", 0, "auto|never|always", ENV, take_fallback,
	 "use a bundle when needed, never, or even where the host would do"},
	{"check", 0, "strict|warn|off", ENV, take_check,
	 "refuse what surely fails, only say so, or do not look"},
	{"capture", 0, "auto|init|all|off", ENV, take_capture,
	 "keep a copy of the program's stderr: until main.main, or for its life"},
	{"report", 0, "FILE|fd:N", ENV, take_report, "one JSON line about how the run ended"},
	{"termination-log", 0, "auto|FILE|off", ENV, take_termination_log, "a short text for Kubernetes"},
	{"start-timeout", 0, "TIME", ENV, take_start_timeout,
	 "end and explain a start that takes longer: 10s, 500ms, 2m"},
	{"no-supervise", 0, NULL, ENV, take_no_supervise,
	 "check, confine and execve in place: no parent stays"},
	{"user", 0, "USER[:GROUP]", SECURITY, take_user, "run the program as this user"},
	{"cap", 0, "+X,-Y|none|keep", SECURITY | REPEAT, take_caps, "capabilities the program has"},
	{"limit", 0, "NAME=SOFT[:HARD]", ENV | REPEAT, take_limits, "a resource limit of the program"},
	{"env-clear", 0, NULL, ENV, take_env_clear, "pass on no environment but what --env-keep names"},
	{"env-keep", 0, "PATTERN", ENV | REPEAT, take_env_keep,
	 "pass on variables that match; others are dropped"},
	{"close-fds", 0, NULL, ENV, take_close_fds, "close inherited descriptors above 2"},
	{"keep-fd", 0, "N", ENV | REPEAT, take_keep_fds, "with --close-fds: pass this one on"},
	{"dry-run", 0, NULL, ENV, take_dry_run, "say what would be done"},
	{"no-bypass", 0, NULL, 0, take_no_bypass, "ignore GOLAUNCH_BYPASS"},
	{"no-env", 0, NULL, GL_OPTION_NO_ENV, take_no_env, "take no option from the environment"},
	{NULL, 's', NULL, 0, take_subreaper, "reap orphans also when not PID 1"},
	{NULL, 'g', NULL, 0, take_kill_group, "send signals to the program's process group"},
	{NULL, 'w', NULL, 0, take_warn_reaping, "warn when an orphan is reaped"},
	{NULL, 'p', "SIGNAL", 0, take_parent_death, "get this signal when the parent dies"},
	{NULL, 'e', "STATUS", REPEAT, take_ok_status, "turn this exit status into 0"},
	GL_COMMON_OPTIONS,
	{"version", 0, NULL, 0, take_version, "show the version"},
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_run_option_table(void)
{
	return &table;
}
