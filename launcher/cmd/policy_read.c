/*
 * Reading a policy for a verb or a run: see cmd/policy.h.
 */
#include "cmd/policy.h"

#include <errno.h>
#include <sys/utsname.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "policy/kernel.h"

static struct gl_policy_reading reading_here(struct gl_buf *warnings, struct gl_buf *notes)
{
	return (struct gl_policy_reading){.machine = gl_machine_calls(),
					  .check_owner = gl_policy_owner_matters(),
					  .owner = geteuid(),
					  .warnings = warnings,
					  .notes = notes};
}

int gl_policy_open(const char *name, struct gl_buf *warnings, struct gl_buf *notes,
		   struct gl_policy_source *ret_source, struct gl_err *err)
{
	const struct gl_policy_reading reading = reading_here(warnings, notes);

	return gl_policy_source_read(&reading, name, ret_source, err);
}

/* Whoever hands golaunch its standard input is whom it works for: there is no owner to look at. */
static int open_standard_input(const struct gl_policy_reading *reading, struct gl_policy_source *ret_source,
			       struct gl_err *err)
{
	gl_autofree char *bytes = NULL;
	size_t len = 0;
	int r = gl_file_slurp_fd(STDIN_FILENO, GL_COMPILED_MAX_BYTES, &bytes, &len, err);

	return r < 0 ? gl_err_wrap(err, GL_POLICY_STDIN)
		     : gl_policy_source_bytes(reading, GL_POLICY_STDIN, bytes, len, ret_source, err);
}

int gl_policy_open_word(const char *name, struct gl_buf *warnings, struct gl_buf *notes,
			struct gl_policy_source *ret_source, struct gl_err *err)
{
	const struct gl_policy_reading reading = reading_here(warnings, notes);

	return strcmp(name, "-") ? gl_policy_source_read(&reading, name, ret_source, err)
				 : open_standard_input(&reading, ret_source, err);
}

void gl_policy_each_line(const struct gl_buf *text, void (*say)(const char *line, void *arg), void *arg)
{
	for (const char *line = gl_buf_text(text); *line;) {
		size_t len = strcspn(line, "\n");
		gl_autofree char *one = strndup(line, len);

		if (one)
			say(one, arg);
		line += len + (line[len] == '\n');
	}
}

struct gl_policy_facts gl_policy_facts_here(void)
{
	struct gl_policy_facts facts = {.kernel = 0};
	struct utsname name;

	if (uname(&name) == 0 && !gl_kernel_parse(name.release, strlen(name.release), &facts.kernel))
		facts.kernel = gl_machine_calls()->through;
	return facts;
}

/* --- errors as findings ----------------------------------------------------------------------- */

static enum gl_code code_of(int errnum)
{
	switch (errnum) {
	case ENOENT:
		return GL_CODE_POLICY_UNKNOWN_NAME;
	case EINVAL:
	case E2BIG:
	case ELOOP:
	case EBADMSG:
	case ESTALE:
		return GL_CODE_POLICY_SYNTAX;
	default:
		return GL_CODE_NONE;
	}
}

/* "FILE:LINE:COLUMN: WHAT" of policy/policy.h: FILE, LINE and COLUMN for machines. */
static void add_place(struct gl_finding *f, const char *message)
{
	const char *colon = message;
	unsigned line, column;
	int len = 0;

	while ((colon = strchr(colon, ':')) != NULL) {
		if (sscanf(colon, ":%9u:%9u: %n", &line, &column, &len) == 2 && len > 0) {
			gl_autofree char *file = strndup(message, (size_t)(colon - message));

			gl_finding_evidence(f, "file", file);
			gl_finding_evidence_int(f, "line", line);
			gl_finding_evidence_int(f, "column", column);
			return;
		}
		colon++;
	}
}

struct gl_finding *gl_policy_finding(struct gl_findings *findings, const struct gl_err *err)
{
	enum gl_code code = code_of(err->errnum);
	size_t len = strcspn(err->msg, "\n");
	gl_autofree char *message = strndup(err->msg, len);
	gl_autofree char *shown = gl_escape_dup(message, 0);
	const char *line = err->msg[len] ? err->msg + len + 1 : NULL;
	const char *caret = line ? strchr(line, '\n') : NULL;
	struct gl_finding *f;

	if (code == GL_CODE_NONE || !message)
		return NULL;
	f = gl_findings_add(findings, code, "%s", shown);
	add_place(f, message);
	/* The line is printable (gl_policy_complain()), and must not change its length above the caret. */
	if (line)
		gl_finding_row(f, "line", "%.*s", (int)strcspn(line, "\n"), line);
	if (caret)
		gl_finding_row(f, "", "%s", caret + 1);
	return f;
}

static void warn(const char *line, void *arg)
{
	(void)arg;
	gl_log(GL_LOG_WARNING, "%s", line);
}

static void note(const char *line, void *arg)
{
	(void)arg;
	gl_log(GL_LOG_NOTE, "%s", line);
}

void gl_policy_say(const struct gl_buf *warnings, const struct gl_buf *notes)
{
	gl_policy_each_line(warnings, warn, NULL);
	gl_policy_each_line(notes, note, NULL);
}

int gl_policy_need(const struct gl_common *common, const char *name, struct gl_policy_source *ret_source)
{
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT, notes = GL_BUF_INIT;
	struct gl_findings findings = GL_FINDINGS_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r = gl_policy_open_word(name, &warnings, &notes, ret_source, &err);
	const struct gl_finding *f = r < 0 ? gl_policy_finding(&findings, &err) : NULL;

	gl_policy_say(&warnings, &notes);
	if (f)
		gl_cmd_say(common->format, f, -1);
	else if (r < 0)
		gl_log_err(&err);
	gl_findings_done(&findings);
	return r < 0 ? GL_EXIT_GOLAUNCH_FAILED : 0;
}
