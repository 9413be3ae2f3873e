/*
 * golaunch policy check NAME|FILE...
 *
 * Errors: what cannot be read, and what starves the program that is named.
 * Warnings: lines that never decide, grants that undo sandboxes, what another
 * format's words cannot be carried over, and what would starve some Go program
 * where none is named, or what may harm it.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/escape.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/policy.h"
#include "cmd/run.h"
#include "gobin/gobin.h"
#include "policy/dangers.h"
#include "policy/dead.h"
#include "policy/group.h"
#include "policy/show.h"
#include "policy/starve.h"
#include "policy/unseen.h"
#include "policy/vocabulary.h"

#define MAX_ROWS (GL_FINDING_MAX_ROWS - 1) /* the last says how many more there are */
#define SHOWN	 300

struct check_options {
	struct gl_common common; /* first: see cmd/common.h */
	const char *program;
	enum gl_severity fail_on;
};

/* The program of --program, as it is told about. */
struct subject {
	struct gl_starve_program needs;
	char *words;	    /* owned: "./app (go1.22.5, cgo)"; NULL: no program was named, or a script */
	const char *script; /* NULL: it is none */
	char interpreter[GL_SCRIPT_LINE_MAX + 1];
};

static int take_program(void *into, const char *value, struct gl_err *err)
{
	(void)err;
	((struct check_options *)into)->program = value;
	return 0;
}

static int take_fail_on(void *into, const char *value, struct gl_err *err)
{
	struct check_options *o = into;

	if (!strcmp(value, "error"))
		o->fail_on = GL_SEVERITY_ERROR;
	else if (!strcmp(value, "warning"))
		o->fail_on = GL_SEVERITY_WARNING;
	else
		return gl_err_set(err, EINVAL, "must be error or warning");
	return 0;
}

static const struct gl_option options[] = {
	{"program", 0, "PATH", 0, take_program, "the Go program that is to live under it"},
	{"fail-on", 0, "error|warning", 0, take_fail_on, "what makes the exit status 1 (error)"},
	GL_COMMON_OPTIONS,
};
static const struct gl_option_table table = {options, GL_ARRAY_SIZE(options)};

const struct gl_option_table *gl_policy_check_option_table(void)
{
	return &table;
}

/* --- the program ---------------------------------------------------------------------------- */

static int settle_subject(const char *path, const struct gl_gobin *gobin, struct subject *subject,
			  struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(path, SHOWN), *version = gl_escape_dup(gobin->version, 60);
	unsigned major = 0, minor = 0;

	if (gobin->kind == GL_GOBIN_NO)
		return gl_err_set(err, EINVAL, "'%s' is not a Go program", shown);
	if (gl_gobin_version(gobin, &major, &minor) == 0 && major == 1)
		subject->needs.minor = minor;
	subject->needs.cgo = gobin->cgo;
	if (asprintf(&subject->words, "%s (%s%s)", shown, *version ? version : "Go",
		     gobin->cgo == GL_CGO_YES ? ", cgo" : "") < 0)
		return gl_err_sys(err, ENOMEM, "cannot look at '%s'", shown);
	return 0;
}

static int read_binary(const char *path, struct subject *subject, struct gl_err *err)
{
	gl_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	gl_autoimage struct gl_image *image = NULL;
	struct gl_gobin gobin = GL_GOBIN_INIT;
	int r;

	if (fd < 0)
		return gl_err_sys(err, errno, "cannot open '%.200s'", path);
	r = gl_image_open(fd, &image, err);
	if (r < 0)
		return gl_err_wrap(err, "cannot read '%.200s'", path);
	r = gl_gobin_read(image, &gobin, err);
	if (r == 0)
		r = settle_subject(path, &gobin, subject, err);
	gl_gobin_done(&gobin);
	return r;
}

/* Of a script the interpreter is started, and by that whatever it is for: none of them is known. */
static int read_subject(const char *path, struct subject *subject, struct gl_err *err)
{
	gl_autofree char *shown = gl_escape_dup(path, SHOWN), *by = NULL;

	if (!gl_run_read_interpreter(path, subject->interpreter))
		return read_binary(path, subject, err);
	subject->script = path;
	by = gl_escape_dup(subject->interpreter, SHOWN);
	gl_log(GL_LOG_WARNING,
	       "'%s' is a script of '%s': which Go programs it starts is not known, so GL5003 is about all of "
	       "them",
	       shown, by);
	return 0;
}

/* --- findings ------------------------------------------------------------------------------------ */

/* One file's findings in the making. */
struct check {
	const struct gl_policy *policy;
	const char *shown; /* its name, escaped */
	struct gl_policy_facts facts;
	const struct subject *subject;
	struct gl_findings *findings;
};

/* Rows up to MAX_ROWS; the others are counted. */
static void add_row(struct gl_finding *f, size_t *count, const char *label, const char *text)
{
	if ((*count)++ < MAX_ROWS)
		gl_finding_row(f, label, "%s", text);
}

static void end_rows(struct gl_finding *f, size_t count)
{
	if (count > MAX_ROWS)
		gl_finding_row(f, "", "and %zu more", count - MAX_ROWS);
}

static void put_place(const struct check *c, struct gl_policy_place place, struct gl_buf *text)
{
	gl_buf_puts(text, " (");
	gl_policy_show_place(c->policy, place, text);
	gl_buf_putc(text, ')');
}

/* What is found is collected first: the finding's first line has their number. */
struct row {
	struct gl_buf text;
	const char *call;
};

struct rows {
	struct row *items; /* owned */
	size_t count, room;
};

static struct gl_buf *new_row(struct rows *rows, const char *call)
{
	struct row *row = gl_mem_grow(&rows->items, &rows->room, rows->count, sizeof(*row), GL_FINDINGS_MAX);

	if (!row)
		return NULL;
	row->call = call;
	rows->count++;
	return &row->text;
}

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		gl_buf_done(&rows->items[i].text);
	free(rows->items);
}

static void fill(struct gl_finding *f, const char *label, const struct rows *rows)
{
	char *calls[GL_FINDING_MAX_ROWS];
	size_t count = 0, named = GL_MIN(rows->count, GL_ARRAY_SIZE(calls));

	for (size_t i = 0; i < named; i++)
		calls[i] = (char *)(uintptr_t)rows->items[i].call; /* not written to */
	gl_finding_evidence_list(f, "calls", calls, named);
	for (size_t i = 0; i < rows->count; i++)
		add_row(f, &count, label, gl_buf_text(&rows->items[i].text));
	end_rows(f, count);
}

/* The needs of one verdict, as rows. */
static void collect_needs(const struct check *c, enum gl_starve_verdict verdict, struct rows *rows)
{
	for (size_t i = 0; i < gl_starve_need_count; i++) {
		const struct gl_starve_need *need = &gl_starve_needs[i];
		struct gl_policy_decision d;
		struct gl_buf *row;

		if (gl_starves(c->policy, &c->facts, &c->subject->needs, need, &d) != verdict)
			continue;
		row = new_row(rows, need->call);
		if (!row)
			return;
		gl_starve_describe(need, row);
		put_place(c, d.place, row);
	}
}

static void check_needs(const struct check *c, enum gl_starve_verdict verdict)
{
	GL_CLEANUP(rows_done) struct rows rows = {.items = NULL};
	const char *words = c->subject->words;
	struct gl_finding *f;

	collect_needs(c, verdict, &rows);
	if (rows.count == 0)
		return;
	f = gl_findings_add(c->findings, GL_CODE_POLICY_STARVES_GO_RUNTIME, "%s %s %s: %zu call%s", c->shown,
			    verdict == GL_STARVE_ENDS ? "starves" : "may harm", words ? words : "Go programs",
			    rows.count, rows.count == 1 ? "" : "s");
	if (f && (!words || verdict == GL_STARVE_HARMS))
		f->severity = GL_SEVERITY_WARNING; /* it need not be what this program meets */
	fill(f, "call", &rows);
	gl_finding_fix(f, "allow @go-runtime, and @go-cgo for programs with cgo; clone3 shall answer ENOSYS");
}

/* As a launch refuses it: cmd/run_exec.c. */
static void check_script(const struct check *c)
{
	gl_autofree char *script = gl_escape_dup(c->subject->script, SHOWN);
	gl_autobuf struct gl_buf place = GL_BUF_INIT;
	struct gl_finding *f;

	if (!c->subject->script || c->policy->exec != GL_POLICY_NO)
		return;
	gl_policy_show_place(c->policy, c->policy->exec_place, &place);
	f = gl_findings_add(c->findings, GL_CODE_EXEC_DENIED_TO_SCRIPT,
			    "%s is a script, and the policy lets it start no program", script);
	gl_finding_row(f, "rule", "%s \"exec deny\"", gl_buf_text(&place));
	gl_finding_evidence(f, "interpreter", c->subject->interpreter);
}

static void check_dead(const struct check *c)
{
	for (size_t i = 0; i < c->policy->rule_count; i++) {
		gl_autobuf struct gl_buf at = GL_BUF_INIT, by = GL_BUF_INIT, line = GL_BUF_INIT;
		const struct gl_policy_rule *later = NULL;
		struct gl_finding *f;

		if (!gl_policy_rule_is_dead(c->policy, i, &later))
			continue;
		gl_policy_show_place(c->policy, c->policy->rules[i].place, &at);
		gl_policy_show_place(c->policy, later->place, &by);
		gl_policy_show_rule(c->policy, later, &line);
		f = gl_findings_add(c->findings, GL_CODE_POLICY_DEAD_RULE, "%s: never decides",
				    gl_buf_text(&at));
		gl_finding_row(f, "by", "%s: %.200s%s", gl_buf_text(&by), gl_buf_text(&line),
			       line.len > 200 ? "..." : "");
		gl_finding_evidence(f, "place", gl_buf_text(&at));
		gl_finding_evidence(f, "by", gl_buf_text(&by));
	}
}

/* Of the policy's own lines: what a preset leaves open to i386 it says itself. */
static void check_unseen(const struct check *c)
{
	for (size_t i = 0; i < c->policy->rule_count; i++) {
		const struct gl_policy_rule *rule = &c->policy->rules[i];
		const char *file = c->policy->files[rule->place.file].name, *call, *by;
		gl_autobuf struct gl_buf at = GL_BUF_INIT;
		struct gl_finding *f;

		if (gl_preset_text_find(file, strlen(file)) ||
		    !gl_policy_rule_is_passed_by(c->policy, &c->facts, rule, &call, &by))
			continue;
		gl_policy_show_place(c->policy, rule->place, &at);
		f = gl_findings_add(c->findings, GL_CODE_POLICY_CONDITION_PASSED_BY,
				    "%s: i386 programs pass by this condition on %s", gl_buf_text(&at), call);
		gl_finding_row(f, "by", "%s, whose arguments are in memory, where no filter can look", by);
		gl_finding_evidence(f, "place", gl_buf_text(&at));
		gl_finding_fix(f, "abis native, if no 32-bit program is to run");
		if (strcmp(call, by) != 0)
			gl_finding_fix(f, "deny errno ENOSYS %s: new libcs use %s itself then", by, call);
	}
}

static void collect_capabilities(const struct check *c, struct rows *rows)
{
	for (size_t i = 0; i < c->policy->setting_count; i++) {
		const struct gl_policy_setting *s = &c->policy->settings[i];
		unsigned capability;
		const char *grants;
		struct gl_buf *row;

		if (s->kind != GL_POLICY_CAPABILITIES || *s->text != '+' ||
		    !gl_vocabulary_capability(s->text + 1, strlen(s->text + 1), &capability))
			continue;
		grants = gl_danger_of_capability(capability);
		row = grants ? new_row(rows, s->text) : NULL;
		if (!row)
			continue;
		gl_buf_printf(row, "%s: %s", s->text, grants);
		put_place(c, s->place, row);
	}
}

static void check_dangers(const struct check *c)
{
	GL_CLEANUP(rows_done) struct rows rows = {.items = NULL};
	struct gl_finding *f;

	for (size_t i = 0; i < gl_danger_count; i++) {
		const struct gl_danger *danger = &gl_dangers[i];
		struct gl_policy_decision d;
		struct gl_buf *row;

		if (!gl_danger_is_granted(c->policy, &c->facts, danger, &d))
			continue;
		row = new_row(&rows, danger->call);
		if (!row)
			return;
		gl_buf_printf(row, "%s: %s", danger->what ? danger->what : danger->call, danger->grants);
		put_place(c, d.place, row);
	}
	collect_capabilities(c, &rows);
	if (rows.count == 0)
		return;
	f = gl_findings_add(c->findings, GL_CODE_POLICY_DANGEROUS_GRANT,
			    "%s grants what undoes sandboxes: %zu", c->shown, rows.count);
	fill(f, "grants", &rows);
}

static void add_loss(const char *line, void *arg)
{
	gl_autofree char *shown = gl_escape_dup(line, 0);

	gl_findings_add(arg, GL_CODE_POLICY_NOT_EXACT, "%s", shown);
}

static void add_small_loss(const char *line, void *arg)
{
	struct gl_findings *findings = arg;
	gl_autofree char *shown = gl_escape_dup(line, 0);
	struct gl_finding *f = gl_findings_add(findings, GL_CODE_POLICY_NOT_EXACT, "%s", shown);

	if (f)
		f->severity = GL_SEVERITY_NOTE;
}

/* --- a file ---------------------------------------------------------------------------------------- */

/* Is there a filter for it, of either variant, as a launch would make it? */
static int check_size(const struct gl_policy_source *source, struct gl_err *err)
{
	int r = 0;

	for (int variant = 0; variant < GL_FILTER_VARIANT_MAX && r == 0; variant++) {
		gl_autofilter struct gl_filter filter = GL_FILTER_INIT;

		if (source->form != GL_FORM_COMPILED)
			r = gl_policy_compile(&source->policy, (enum gl_filter_variant)variant, NULL, &filter,
					      err);
	}
	return r;
}

/* Returns 0 or -errno: golaunch itself failed. */
static int check_policy(const char *name, const struct subject *subject, struct gl_findings *findings,
			struct gl_err *err)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT, notes = GL_BUF_INIT;
	gl_autofree char *shown = gl_escape_dup(strcmp(name, "-") ? name : GL_POLICY_STDIN, SHOWN);
	struct check c = {&source.policy, shown, gl_policy_facts_here(), subject, findings};
	int r = gl_policy_open_word(name, &warnings, &notes, &source, err);

	gl_policy_each_line(&warnings, add_loss, findings);
	gl_policy_each_line(&notes, add_small_loss, findings);
	if (r == 0)
		r = check_size(&source, err);
	if (r < 0)
		return gl_policy_finding(findings, err) ? 0 : r;
	check_needs(&c, GL_STARVE_ENDS);
	check_needs(&c, GL_STARVE_HARMS);
	check_script(&c);
	check_dead(&c);
	check_dangers(&c);
	check_unseen(&c);
	return findings->incomplete ? gl_err_sys(err, ENOMEM, "cannot check '%s'", shown) : 0;
}

static void put_text(struct gl_buf *b, const struct gl_common *common, const char *name,
		     const struct gl_findings *findings)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);
	bool color = gl_common_color(common, STDOUT_FILENO), silent = true;

	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i]->severity == GL_SEVERITY_NOTE && common->verbosity <= 0)
			continue;
		gl_finding_text(b, findings->items[i], "", color, -1);
		silent = false;
	}
	if (silent && common->verbosity >= 0)
		gl_buf_printf(b, "%s: nothing is wrong with it\n", shown);
}

static int check_one(const struct check_options *o, const char *name, const struct subject *subject,
		     struct gl_buf *text, json_t *results, struct gl_err *err)
{
	struct gl_findings findings = GL_FINDINGS_INIT;
	int r = check_policy(name, subject, &findings, err);

	if (r == 0 && o->common.format == GL_FORMAT_JSON)
		json_array_append_new(results, json_pack("{s:o, s:o}", "policy", gl_json_text(name),
							 "findings", gl_findings_json(&findings)));
	else if (r == 0)
		put_text(text, &o->common, name, &findings);
	if (r == 0)
		r = findings.count > 0 && gl_findings_worst(&findings) >= o->fail_on;
	gl_findings_done(&findings);
	return r;
}

static int check_all(const struct check_options *o, const struct subject *subject, int count, char **names)
{
	struct gl_buf text = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	json_t *results = json_array();
	int status = 0, r = 0;

	for (int i = 0; i < count && r >= 0; i++) {
		r = check_one(o, names[i], subject, &text, results, &err);
		status |= r > 0;
	}
	if (r >= 0 && o->common.format == GL_FORMAT_JSON)
		r = gl_cmd_put_json(&text,
				    json_pack("{s:s, s:s, s:O}", "schema", "golaunch.policy-check/1",
					      "golaunch", GL_VERSION, "results", results),
				    &err);
	json_decref(results);
	return gl_cmd_finish(&text, r, status, &err);
}

int gl_cmd_policy_check(int argc, char **argv, char **env)
{
	struct check_options o = {.fail_on = GL_SEVERITY_ERROR};
	struct subject subject = {.needs = {.cgo = GL_CGO_UNKNOWN}};
	struct gl_err err = GL_ERR_INIT;
	int used, status;

	if (!gl_common_begin(&table, "policy check", argc, argv, env, &o, &used, &status))
		return status;
	if (used == argc)
		return gl_cmd_misused("policy check needs a NAME or FILE");
	if (o.program && read_subject(o.program, &subject, &err) < 0)
		return gl_cmd_failed(&err);
	status = check_all(&o, &subject, argc - used, argv + used);
	free(subject.words);
	return status;
}
