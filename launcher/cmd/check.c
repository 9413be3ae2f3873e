/*
 * golaunch check FILE...
 */
#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/mem.h"
#include "bundle/choose.h"
#include "cmd/common.h"
#include "cmd/fallback.h"
#include "cmd/verbs.h"
#include "diag/examine.h"
#include "host/path.h"
#include "host/root.h"

#define MAX_IGNORED 64
#define PREFIX	    ""

struct check_options {
	struct gl_common common; /* first: see cmd/common.h */
	enum gl_severity fail_on;
	bool fail_on_unknown;
	enum gl_code ignored[MAX_IGNORED];
	size_t ignored_count;
	const char *sysroot;
	struct gl_fallback_options fallback;
};

static int take_fail_on(void *into, const char *value, struct gl_err *err)
{
	struct check_options *o = into;

	if (!strcmp(value, "error"))
		o->fail_on = GL_SEVERITY_ERROR;
	else if (!strcmp(value, "warning"))
		o->fail_on = GL_SEVERITY_WARNING;
	else if (!strcmp(value, "unknown"))
		o->fail_on_unknown = true;
	else
		return gl_err_set(err, EINVAL, "must be error, warning or unknown");
	return 0;
}

static int take_ignore(void *into, const char *value, struct gl_err *err)
{
	struct check_options *o = into;
	const char *equals = strchr(value, '=');
	gl_autofree char *code = strndup(value, equals ? (size_t)(equals - value) : strlen(value));
	enum gl_code found = code ? gl_code_find(code) : GL_CODE_NONE;

	if (!equals || !equals[1])
		return gl_err_set(err, EINVAL,
				  "must be CODE=reason: a finding is passed over for a reason only");
	if (found == GL_CODE_NONE)
		return gl_err_set(err, EINVAL, "no finding has that code");
	if (o->ignored_count == MAX_IGNORED)
		return gl_err_set(err, E2BIG, "more than %d", MAX_IGNORED);
	o->ignored[o->ignored_count++] = found;
	return 0;
}

static int take_sysroot(void *into, const char *value, struct gl_err *err)
{
	struct check_options *o = into;

	(void)err;
	o->sysroot = value;
	return 0;
}

GL_FALLBACK_TAKE(take, struct check_options)

static const struct gl_option options[] = {
	{"fail-on", 0, "error|warning|unknown", 0, take_fail_on, "what makes the exit status 1 (error)"},
	{"ignore", 0, "CODE=REASON", GL_OPTION_REPEAT, take_ignore, "do not count this finding"},
	{"sysroot", 0, "DIR", 0, take_sysroot, "judge FILE for the system below DIR"},
	{"bundle", 0, "DIR", GL_OPTION_REPEAT, take_bundle, "a bundled loader that run would be given"},
	{"bundle-cache", 0, "DIR", 0, take_bundle_cache, "the cache directory that run would be given"},
	{"fallback", 0, "auto|never|always", 0, take_fallback, "when run would use a bundle"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_check_option_table(void)
{
	return &table;
}

static bool is_ignored(const struct check_options *o, enum gl_code code)
{
	for (size_t i = 0; i < o->ignored_count; i++)
		if (o->ignored[i] == code)
			return true;
	return false;
}

static bool fails(const struct check_options *o, const struct gl_examination *x)
{
	for (size_t i = 0; i < x->findings.count; i++)
		if (x->findings.items[i]->severity >= o->fail_on &&
		    !is_ignored(o, x->findings.items[i]->code))
			return true;
	return o->fail_on_unknown && gl_examination_verdict(x) == GL_VERDICT_UNKNOWN;
}

/* "runs here", or by what; bundle: the one that carries it, NULL: none. */
static void put_verdict(struct gl_buf *b, const struct gl_examination *x, const char *bundle)
{
	static const char *const words[GL_VERDICT_MAX] = {
		[GL_VERDICT_RUNS] = "runs here",
		[GL_VERDICT_REFUSED] = "does not run here",
		[GL_VERDICT_UNKNOWN] = "may run here: not everything could be looked at",
	};
	gl_autofree char *shown = gl_escape_dup(bundle, 0);

	gl_examination_summary(x, b);
	gl_buf_printf(b, ": %s", words[gl_examination_verdict(x)]);
	if (bundle)
		gl_buf_printf(b, ", with the bundle %s (%s)", shown, gl_launch_name(x->launch));
	gl_buf_putc(b, '\n');
}

static void put_text(struct gl_buf *b, const struct check_options *o, const struct gl_examination *x,
		     const char *bundle)
{
	bool color = gl_common_color(&o->common, STDOUT_FILENO);

	for (size_t i = 0; i < x->findings.count; i++)
		if (!x->findings.items[i]->told &&
		    (x->findings.items[i]->severity != GL_SEVERITY_NOTE || o->common.verbosity > 0))
			gl_finding_text(b, x->findings.items[i], PREFIX, color, -1);
	if (o->common.verbosity >= 0)
		put_verdict(b, x, bundle);
}

/* What check works with, besides its options. */
struct check {
	const struct check_options *o;
	struct gl_host host;	     /* the system judged for: this one, or --sysroot's */
	struct gl_host here;	     /* this one, where files outside of --sysroot are */
	char *sysroot;		     /* its real path; NULL: none */
	struct gl_values bundles;    /* --bundle, as seen inside the system */
	char *places[GL_VALUES_MAX]; /* what they point into */
};

/* Examines one file and how it would be launched.  done() both in any case. */
static int judge(struct check *c, const char *file, struct gl_examination *x, struct gl_choice *choice,
		 struct gl_err *err)
{
	struct gl_fallback fallback = gl_fallback_of(&c->o->fallback);
	int r = gl_examine_below(&c->host, &c->here, c->sysroot, file, x, err);

	if (r)
		return r;
	fallback.bundles = c->bundles.items;
	return gl_bundle_choose(&c->host, &fallback, x, choice, err);
}

/* Examines one file; adds to the text or to results.  Returns 0, 1 (it counts as failed) or -errno. */
static int check_file(struct check *c, const char *file, struct gl_buf *text, json_t *results,
		      struct gl_err *err)
{
	struct gl_choice choice = GL_CHOICE_INIT;
	struct gl_examination x;
	int r = judge(c, file, &x, &choice, err);

	if (!r) {
		if (c->o->common.format == GL_FORMAT_JSON)
			json_array_append_new(results, gl_examination_json(&x));
		else
			put_text(text, c->o, &x, choice.bundle.dir);
		r = fails(c->o, &x);
	}
	gl_examination_done(&x);
	c->host.loader_dir = NULL;
	gl_choice_done(&choice);
	return r;
}

static int put_document(struct gl_buf *b, struct gl_host *host, json_t *results, struct gl_err *err)
{
	json_t *host_json = gl_host_json(host, err);

	if (!host_json)
		return -ENOMEM;
	return gl_cmd_put_json(b,
			       json_pack("{s:s, s:s, s:o, s:O}", "schema", "golaunch.check/1", "golaunch",
					 GL_VERSION, "host", host_json, "results", results),
			       err);
}

static int check_files(struct check *c, int count, char **files)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	json_t *results = json_array();
	int status = 0, r = 0;

	for (int i = 0; i < count && r >= 0; i++) {
		r = check_file(c, files[i], &text, results, &err);
		status |= r > 0;
	}
	if (r >= 0 && c->o->common.format == GL_FORMAT_JSON)
		r = put_document(&text, &c->host, results, &err);
	json_decref(results);
	return gl_cmd_finish(&text, r, status, &err);
}

/* A bundle is named as seen from outside, and used where the system has it. */
static int find_bundles(struct check *c, struct gl_err *err)
{
	c->bundles = c->o->fallback.bundles;
	for (size_t i = 0; c->sysroot && i < c->bundles.count; i++) {
		c->places[i] = gl_root_real_place(&c->here, c->bundles.items[i]);
		c->bundles.items[i] = c->places[i] ? gl_path_below(c->sysroot, c->places[i]) : NULL;
		if (!c->bundles.items[i])
			return gl_err_set(err, EINVAL,
					  "the bundle '%s' is not below the directory of --sysroot",
					  c->o->fallback.bundles.items[i]);
	}
	return 0;
}

static int open_hosts(struct check *c, char **env, struct gl_err *err)
{
	const char *sysroot = c->o->sysroot;
	int r = gl_host_init(&c->here, env, err);

	if (r)
		return r;
	r = sysroot ? gl_host_init_root(&c->host, sysroot, env, err) : gl_host_init(&c->host, env, err);
	if (r)
		return r;
	c->sysroot = sysroot ? realpath(sysroot, NULL) : NULL;
	if (sysroot && !c->sysroot)
		return gl_err_sys(err, errno, "cannot look at '%s'", sysroot);
	return find_bundles(c, err);
}

static void check_done(struct check *c)
{
	gl_host_done(&c->host);
	gl_host_done(&c->here);
	for (size_t i = 0; i < GL_ARRAY_SIZE(c->places); i++)
		free(c->places[i]);
	free(c->sysroot);
}

int gl_cmd_check(int argc, char **argv, char **env)
{
	struct check_options o = {.fail_on = GL_SEVERITY_ERROR};
	struct check c = {.o = &o};
	struct gl_err err = GL_ERR_INIT;
	int used, status;

	if (!gl_common_begin(&table, "check", argc, argv, env, &o, &used, &status))
		return status;
	if (used == argc)
		return gl_cmd_misused("check needs a FILE");
	if (open_hosts(&c, env, &err))
		return gl_cmd_failed(&err);
	status = check_files(&c, argc - used, argv + used);
	check_done(&c);
	return status;
}
