/*
 * golaunch check FILE...
 */
#include <errno.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/mem.h"
#include "cmd/common.h"
#include "cmd/verbs.h"
#include "diag/examine.h"

#define MAX_IGNORED 64
#define PREFIX	    ""

struct check_options {
	struct gl_common common; /* first: see cmd/common.h */
	enum gl_severity fail_on;
	bool fail_on_unknown;
	enum gl_code ignored[MAX_IGNORED];
	size_t ignored_count;
	const char *sysroot;
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

static const struct gl_option options[] = {
	{"fail-on", 0, "error|warning|unknown", 0, take_fail_on, "what makes the exit status 1 (error)"},
	{"ignore", 0, "CODE=REASON", GL_OPTION_REPEAT, take_ignore, "do not count this finding"},
	{"sysroot", 0, "DIR", 0, take_sysroot, "judge FILE for the system below DIR"},
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

static void put_text(struct gl_buf *b, const struct check_options *o, const struct gl_examination *x)
{
	static const char *const words[GL_VERDICT_MAX] = {
		[GL_VERDICT_RUNS] = "runs here",
		[GL_VERDICT_REFUSED] = "does not run here",
		[GL_VERDICT_UNKNOWN] = "may run here: not everything could be looked at",
	};
	bool color = gl_common_color(&o->common, STDOUT_FILENO);

	for (size_t i = 0; i < x->findings.count; i++)
		if (!x->findings.items[i]->told &&
		    (x->findings.items[i]->severity != GL_SEVERITY_NOTE || o->common.verbosity > 0))
			gl_finding_text(b, x->findings.items[i], PREFIX, color, -1);
	if (o->common.verbosity < 0)
		return;
	gl_examination_summary(x, b);
	gl_buf_printf(b, ": %s\n", words[gl_examination_verdict(x)]);
}

/* What check works with, besides its options. */
struct check {
	const struct check_options *o;
	struct gl_host host;	 /* the system judged for: this one, or --sysroot's */
	struct gl_host here;	 /* this one, where files outside of --sysroot are */
	struct gl_host *outside; /* here, or host itself where there is no --sysroot */
	char *sysroot;		 /* its real path, without a slash at the end; NULL: none */
};

/* The real path of file's directory and its last name: a link as last name stays one. */
static char *real_place(const char *file)
{
	const char *slash = strrchr(file, '/');
	gl_autofree char *dir =
		slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : strdup(".");
	gl_autofree char *real = dir ? realpath(dir, NULL) : NULL;
	char *place = NULL;

	if (!real || asprintf(&place, "%s/%s", strcmp(real, "/") ? real : "", slash ? slash + 1 : file) < 0)
		return NULL;
	return place;
}

/* A file below the system root is judged at its place inside, any other as if it were put into that system. */
static int examine(struct check *c, const char *file, struct gl_examination *x, struct gl_err *err)
{
	gl_autofree char *place = c->sysroot ? real_place(file) : NULL;
	size_t len = c->sysroot ? strlen(c->sysroot) : 0;

	if (place && !strncmp(place, c->sysroot, len) && place[len] == '/')
		return gl_examine_at(&c->host, &c->host, file, place + len, x, err);
	return gl_examine_at(&c->host, c->outside, file, file, x, err);
}

/* Examines one file; adds to the text or to results.  Returns 0, 1 (it counts as failed) or -errno. */
static int check_file(struct check *c, const char *file, struct gl_buf *text, json_t *results,
		      struct gl_err *err)
{
	struct gl_examination x;
	int r = examine(c, file, &x, err);

	if (!r) {
		if (c->o->common.format == GL_FORMAT_JSON)
			json_array_append_new(results, gl_examination_json(&x));
		else
			put_text(text, c->o, &x);
		r = fails(c->o, &x);
	}
	gl_examination_done(&x);
	return r;
}

static int put_document(struct gl_buf *b, struct gl_host *host, json_t *results, struct gl_err *err)
{
	json_t *host_json = gl_host_json(host, err), *document;
	gl_autofree char *text = NULL;

	if (!host_json)
		return -ENOMEM;
	document = json_pack("{s:s, s:s, s:o, s:O}", "schema", "golaunch.check/1", "golaunch", GL_VERSION,
			     "host", host_json, "results", results);
	text = document ? json_dumps(document, JSON_INDENT(1)) : NULL;
	json_decref(document);
	if (!text)
		return gl_err_sys(err, ENOMEM, "cannot write the result");
	gl_buf_printf(b, "%s\n", text);
	return 0;
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
	if (r < 0) {
		gl_buf_done(&text);
		return gl_cmd_failed(&err);
	}
	r = gl_cmd_print(&text);
	return r ? r : status;
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
	c->outside = sysroot ? &c->here : &c->host;
	c->sysroot = sysroot ? realpath(sysroot, NULL) : NULL;
	if (c->sysroot && !strcmp(c->sysroot, "/"))
		c->sysroot[0] = '\0';
	return 0;
}

int gl_cmd_check(int argc, char **argv, char **env)
{
	struct check_options o = {.fail_on = GL_SEVERITY_ERROR};
	struct check c = {.o = &o};
	struct gl_err err = GL_ERR_INIT;
	bool ended;
	int used, r, status;

	r = gl_options_parse(&table, argc, argv, env, &o, &used, &ended, &err);
	if (!r && used == argc && !o.common.help)
		r = gl_err_set(&err, EINVAL, "check needs a FILE");
	gl_common_apply(&o.common);
	if (r)
		return gl_cmd_usage(&err);
	if (o.common.help)
		return gl_cmd_help_of("check");
	if (open_hosts(&c, env, &err))
		return gl_cmd_failed(&err);
	status = check_files(&c, argc - used, argv + used);
	gl_host_done(&c.host);
	gl_host_done(&c.here);
	free(c.sysroot);
	return status;
}
