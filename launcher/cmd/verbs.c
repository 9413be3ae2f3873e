/*
 * The table of verbs and the choice between them: see cmd/verbs.h.
 */
#include "cmd/verbs.h"

#include <errno.h>
#include <sys/auxv.h>

#include "base/exitcode.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/bundle.h"
#include "cmd/policy.h"
#include "cmd/run_options.h"

static const struct gl_verb verbs[] = {
	{"run", "[--] PROGRAM [ARG...]", "check, confine, start and supervise PROGRAM (the default verb)",
	 gl_run_option_table, gl_cmd_run, NULL},
	{"check", "FILE...", "tell whether FILE would run here, without running it", gl_check_option_table,
	 gl_cmd_check, NULL},
	{"bundle", "create|verify|show [ARG...]",
	 "make, verify and show bundles: a loader and libraries to travel", gl_family_option_table,
	 gl_cmd_bundle, gl_bundle_verbs},
	{"policy", "show|check|list|compile|convert|learn [ARG...]",
	 "show, check, compile, convert and learn policies: what a program may do", gl_family_option_table,
	 gl_cmd_policy, gl_policy_verbs},
	{"explain", "[CODE]", "explain a finding's code, or list them all", gl_explain_option_table,
	 gl_cmd_explain, NULL},
	{"report", "FILE", "show a report that was saved, as the run itself would have said it",
	 gl_report_option_table, gl_cmd_report, NULL},
	{"trace", "[OPTION-OF-RUN...] [--] PROGRAM [ARG...]",
	 "run PROGRAM and show where its start spends its time", gl_trace_option_table, gl_cmd_trace, NULL},
	{"help", "[VERB]", "show this text, or that of a verb", gl_help_option_table, gl_cmd_help, NULL},
	{"doctor", NULL, NULL, NULL, NULL, NULL},
};

const struct gl_verb *gl_verb_at(size_t i)
{
	return i < GL_ARRAY_SIZE(verbs) ? &verbs[i] : NULL;
}

const struct gl_verb *gl_verb_find(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

int gl_cmd_failed(const struct gl_err *err)
{
	gl_log_err(err);
	return GL_EXIT_GOLAUNCH_FAILED;
}

int gl_cmd_usage(const struct gl_err *err)
{
	gl_log_err(err);
	if (err->errnum != ENOTSUP)
		gl_log(GL_LOG_WARNING, "try 'golaunch --help'");
	return GL_EXIT_GOLAUNCH_FAILED;
}

int gl_cmd_misused(const char *what)
{
	struct gl_err err = GL_ERR_INIT;

	gl_err_set(&err, EINVAL, "%s", what);
	return gl_cmd_usage(&err);
}

int gl_cmd_print(struct gl_buf *text)
{
	struct gl_err err = GL_ERR_INIT;
	int r = gl_buf_error(text) ? -gl_buf_error(text)
				   : gl_file_write_all(STDOUT_FILENO, gl_buf_text(text), text->len);

	gl_buf_done(text);
	if (r >= 0)
		return 0;
	gl_err_sys(&err, -r, "cannot write to standard output");
	return gl_cmd_failed(&err);
}

int gl_cmd_finish(struct gl_buf *text, int r, int status, const struct gl_err *err)
{
	if (r < 0) {
		gl_buf_done(text);
		return gl_cmd_failed(err);
	}
	r = gl_cmd_print(text);
	return r ? r : status;
}

int gl_cmd_put_json(struct gl_buf *text, json_t *document, struct gl_err *err)
{
	gl_autofree char *json = document ? json_dumps(document, JSON_INDENT(1)) : NULL;

	json_decref(document);
	if (!json)
		return gl_err_sys(err, ENOMEM, "cannot write the result");
	gl_buf_printf(text, "%s\n", json);
	return 0;
}

int gl_cmd_put_findings_json(struct gl_buf *text, const char *schema, const struct gl_findings *findings,
			     struct gl_err *err)
{
	return gl_cmd_put_json(text,
			       json_pack("{s:s, s:s, s:o}", "schema", schema, "golaunch", GL_VERSION,
					 "findings", gl_findings_json(findings)),
			       err);
}

char **gl_verb_words(int argc, char **argv, int at)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	int n = 0;

	for (int i = 0; words && i < argc; i++)
		if (i != at)
			words[n++] = argv[i];
	return words;
}

static int run_verb(const struct gl_verb *verb, int argc, char **argv, int at, char **env)
{
	gl_autofree char **words = gl_verb_words(argc, argv, at);
	struct gl_err err = GL_ERR_INIT;

	if (!words) {
		gl_err_sys(&err, ENOMEM, "cannot start");
		return gl_cmd_failed(&err);
	}
	if (!verb->run) {
		gl_err_set(&err, ENOTSUP,
			   "verb '%s' is not in this version (to run a program of that name: golaunch -- %s)",
			   verb->name, verb->name);
		return gl_cmd_usage(&err);
	}
	return verb->run(argc - 1, words, env);
}

/*
 * The first word that is no option is a verb if it is in the table, unless "--"
 * came before it or --program took the place of a PROGRAM word.
 */
int gl_cmd_main(int argc, char **argv, char **env)
{
	struct gl_run_options scan = GL_RUN_OPTIONS_INIT;
	struct gl_err err = GL_ERR_INIT;
	const struct gl_verb *verb;
	bool ended = false;
	int at = 0, r;

	if (getauxval(AT_SECURE)) {
		gl_err_set(&err, EPERM, "setuid, setgid or with file capabilities golaunch refuses to work");
		return gl_cmd_failed(&err);
	}
	if (argc < 1)
		return GL_EXIT_GOLAUNCH_FAILED;
	argc--;
	argv++;
	r = gl_options_parse(gl_run_option_table(), argc, argv, NULL, &scan, &at, &ended, &err);
	if (r)
		return gl_cmd_usage(&err);
	verb = !ended && !scan.program && at < argc ? gl_verb_find(argv[at]) : NULL;
	return verb ? run_verb(verb, argc, argv, at, env) : gl_cmd_run(argc, argv, env);
}
