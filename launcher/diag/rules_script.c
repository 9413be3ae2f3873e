/*
 * Scripts: the #! line as the kernel reads it (fs/binfmt_script.c: at most 256
 * bytes, 128 before Linux 5.1) and the interpreter it names, which is examined
 * like any program.
 */
#include <errno.h>
#include <linux/limits.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"
#include "diag/script.h"
#include "host/root.h"

struct shebang {
	char interpreter[GL_SCRIPT_LINE_MAX + 1];
	char argument[GL_SCRIPT_LINE_MAX + 1]; /* one, blanks included, as the kernel passes it */
};

/* Splits the line behind "#!".  Returns false where no interpreter is named. */
static bool parse(const char *line, size_t len, struct shebang *ret)
{
	size_t end = GL_MIN(len, (size_t)GL_SCRIPT_LINE_MAX), at = 2, name_len;
	const char *newline = memchr(line, '\n', end);

	if (newline)
		end = (size_t)(newline - line);
	while (end > at && (line[end - 1] == ' ' || line[end - 1] == '\t'))
		end--;
	while (at < end && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (name_len = 0; at + name_len < end; name_len++)
		if (strchr(" \t", line[at + name_len])) /* also ends at NUL */
			break;
	snprintf(ret->interpreter, sizeof(ret->interpreter), "%.*s", (int)name_len, line + at);
	at += name_len;
	while (at < end && (line[at] == ' ' || line[at] == '\t'))
		at++;
	snprintf(ret->argument, sizeof(ret->argument), "%.*s", (int)(end - at), line + at);
	return name_len > 0;
}

bool gl_script_interpreter(const char *line, size_t len, char ret_interpreter[GL_SCRIPT_LINE_MAX + 1])
{
	struct shebang shebang;

	if (!parse(line, len, &shebang))
		return false;
	memcpy(ret_interpreter, shebang.interpreter, sizeof(shebang.interpreter));
	return true;
}

static void say_carriage_return(struct gl_examination *x, const struct shebang *line)
{
	gl_autofree char *shown = gl_escape_dup(line->interpreter, 0);
	struct gl_finding *f = gl_findings_add(
		&x->findings, GL_CODE_SCRIPT_CARRIAGE_RETURN,
		"%s has Windows line ends: its interpreter's name ends with a carriage return", x->shown);

	gl_finding_row(f, "needs", "%s   (not here)", shown);
	gl_finding_row(f, "why", "execve says \"No such file or directory\" and means that name");
	gl_finding_evidence(f, "interpreter", line->interpreter);
	gl_finding_fix(f, "sed -i 's/\\r$//' %s", x->shown);
	gl_finding_fix(f, "in git: *.sh text eol=lf in .gitattributes");
}

static struct gl_finding *say_missing(struct gl_examination *x, const char *name, const char *reason)
{
	gl_autofree char *shown = gl_escape_dup(name, 0);
	struct gl_finding *f =
		gl_findings_add(&x->findings, GL_CODE_SCRIPT_INTERPRETER_MISSING,
				"%s is a script for %s, which cannot be started here", x->shown, shown);

	gl_finding_row(f, "why", "%s", reason);
	gl_finding_evidence(f, "interpreter", name);
	gl_finding_fix(f, "install it, or name an interpreter that is there");
	return f;
}

/* "#!/usr/bin/env NAME": env is there, but is NAME in its PATH? */
static bool in_search_path(const struct gl_examination *x, const char *name)
{
	const char *path = gl_host_env(x->host, "PATH");
	char candidate[PATH_MAX];
	struct stat st;
	size_t len;

	for (; path; path = path[len] ? path + len + 1 : NULL) {
		len = strcspn(path, ":");
		snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)len, path, name);
		if (!gl_root_stat(x->host, candidate, &st) && S_ISREG(st.st_mode) &&
		    gl_root_may(x->host, &st, X_OK))
			return true;
	}
	return false;
}

static void check_env(struct gl_examination *x, const struct shebang *line)
{
	const char *base = strrchr(line->interpreter, '/');

	if (strcmp(base ? base + 1 : line->interpreter, "env") || !line->argument[0] ||
	    strpbrk(line->argument, " \t=/-") || in_search_path(x, line->argument))
		return;
	say_missing(x, line->argument, "env looks it up in PATH, finds none and ends with status 127");
}

static int examine_interpreter(struct gl_examination *x, const struct shebang *line, struct gl_err *err)
{
	struct gl_examination inner;
	struct gl_finding *f;
	int r = gl_examine_at_depth(x->host, line->interpreter, x->depth + 1, &inner, err);

	for (size_t i = 0; !r && i < inner.findings.count; i++) {
		if (inner.findings.items[i]->severity != GL_SEVERITY_ERROR)
			continue;
		f = say_missing(x, line->interpreter, inner.findings.items[i]->message);
		gl_finding_row(f, "because", "%s", gl_code_info(inner.findings.items[i]->code)->code);
		break;
	}
	x->unknown |= inner.unknown;
	x->emulated |= inner.emulated;
	gl_examination_done(&inner);
	return r;
}

int gl_rules_script(struct gl_examination *x, const char *line, size_t len, struct gl_err *err)
{
	struct shebang shebang;
	struct gl_finding *f;
	struct stat st;
	size_t end;
	int r;

	if (!parse(line, len, &shebang)) {
		f = gl_findings_add(&x->findings, GL_CODE_NOT_EXECUTABLE_FORMAT,
				    "%s names no interpreter after #!", x->shown);
		gl_finding_fix(f, "make #!/bin/sh its first line");
		return GL_RULES_STOP;
	}
	if (x->depth >= GL_EXAMINE_MAX_DEPTH) {
		f = gl_findings_add(&x->findings, GL_CODE_SYMLINK_BROKEN,
				    "%s: scripts name scripts more than %d deep", x->shown,
				    GL_EXAMINE_MAX_DEPTH);
		gl_finding_row(f, "why", "execve says \"Too many levels of symbolic links\"");
		return GL_RULES_STOP;
	}
	end = strlen(shebang.interpreter);
	if (shebang.interpreter[end - 1] == '\r' && gl_root_stat(x->host, shebang.interpreter, &st)) {
		say_carriage_return(x, &shebang);
		return GL_RULES_STOP;
	}
	r = examine_interpreter(x, &shebang, err);
	if (r < 0)
		return r;
	if (gl_findings_worst(&x->findings) != GL_SEVERITY_ERROR)
		check_env(x, &shebang);
	return GL_RULES_STOP;
}
