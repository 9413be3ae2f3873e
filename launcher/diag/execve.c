/*
 * From execve's errno to a cause: see diag/execve.h.  The table says which
 * findings can stand behind which errno, likeliest first (fs/exec.c,
 * fs/binfmt_elf.c, fs/binfmt_script.c).
 */
#include "diag/execve.h"

#include <errno.h>
#include <sys/resource.h>

#include "base/escape.h"
#include "base/mem.h"
#include "diag/rules.h"

#define MAX_CAUSES	   12
#define ONE_STRING_MAX	   (32 * 4096)	 /* MAX_ARG_STRLEN */
#define ALL_STRINGS_MAX	   (6ul << 20)	 /* 3/4 of _STK_LIM */
#define ALL_STRINGS_ALWAYS (32ul * 4096) /* ARG_MAX */

static const struct {
	int errnum;
	enum gl_code causes[MAX_CAUSES]; /* GL_CODE_NONE ends it */
} table[] = {
	{ENOENT,
	 {GL_CODE_NOT_FOUND, GL_CODE_SYMLINK_BROKEN, GL_CODE_INTERPRETER_MISSING,
	  GL_CODE_SCRIPT_CARRIAGE_RETURN, GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{ENOTDIR, {GL_CODE_NOT_FOUND, GL_CODE_INTERPRETER_MISSING, GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{ENAMETOOLONG, {GL_CODE_NOT_FOUND}},
	{ELOOP, {GL_CODE_SYMLINK_BROKEN, GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{EACCES,
	 {GL_CODE_PATH_UNSEARCHABLE, GL_CODE_NOT_A_REGULAR_FILE, GL_CODE_NOT_EXECUTABLE, GL_CODE_NOEXEC_MOUNT,
	  GL_CODE_INTERPRETER_NOT_EXECUTABLE, GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{EPERM, {GL_CODE_FILE_CAPABILITY_UNAVAILABLE}},
	{ENOEXEC,
	 {GL_CODE_EMPTY_FILE, GL_CODE_SCRIPT_WITHOUT_SHEBANG, GL_CODE_MACHO, GL_CODE_PE, GL_CODE_ARCHIVE,
	  GL_CODE_WEBASSEMBLY, GL_CODE_NOT_EXECUTABLE_FORMAT, GL_CODE_WRONG_MACHINE,
	  GL_CODE_NOT_AN_EXECUTABLE_TYPE, GL_CODE_TRUNCATED, GL_CODE_MALFORMED_HEADERS,
	  GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{ELIBBAD,
	 {GL_CODE_INTERPRETER_WRONG_MACHINE, GL_CODE_INTERPRETER_INVALID,
	  GL_CODE_SCRIPT_INTERPRETER_MISSING}},
	{EIO, {GL_CODE_INTERPRETER_INVALID, GL_CODE_TRUNCATED}},
	{EINVAL, {GL_CODE_MALFORMED_HEADERS, GL_CODE_INTERPRETER_INVALID}},
	{ETXTBSY, {GL_CODE_BUSY}},
};

static const struct gl_finding *find_cause(const struct gl_examination *x, int errnum)
{
	const struct gl_finding *f;

	for (size_t i = 0; i < GL_ARRAY_SIZE(table); i++) {
		if (table[i].errnum != errnum)
			continue;
		for (const enum gl_code *code = table[i].causes; *code != GL_CODE_NONE; code++) {
			f = gl_findings_find(&x->findings, *code);
			if (f)
				return f;
		}
	}
	return NULL;
}

struct string_sizes {
	size_t total;	/* with NULs and pointers, as the kernel counts */
	size_t largest; /* the longest string, with its NUL */
	char name[64];	/* the variable it belongs to, or "an argument" */
};

static void add_strings(struct string_sizes *sizes, char *const *strings, bool is_env)
{
	size_t len, name_len;

	for (size_t i = 0; strings && strings[i]; i++) {
		len = strlen(strings[i]) + 1;
		sizes->total += len + sizeof(char *);
		if (len <= sizes->largest)
			continue;
		sizes->largest = len;
		name_len = strcspn(strings[i], "=");
		if (is_env)
			snprintf(sizes->name, sizeof(sizes->name), "%.*s",
				 (int)GL_MIN(name_len, sizeof(sizes->name) - 1), strings[i]);
		else
			snprintf(sizes->name, sizeof(sizes->name), "argument %zu", i);
	}
}

/* fs/exec.c, bprm_stack_limits(): a quarter of the stack limit, at most 6 MiB, at least 128 KiB. */
static size_t strings_limit(rlim_t stack_limit)
{
	size_t limit = ALL_STRINGS_MAX;

	if (stack_limit != RLIM_INFINITY)
		limit = GL_MIN(limit, (size_t)stack_limit / 4);
	return GL_MAX(limit, (size_t)ALL_STRINGS_ALWAYS);
}

static const struct gl_finding *say_too_big(struct gl_examination *x, const struct gl_execve *call)
{
	size_t limit = strings_limit(call->stack_limit);
	struct string_sizes sizes = {0};
	gl_autofree char *shown = NULL;
	struct gl_finding *f;

	add_strings(&sizes, call->argv, false);
	add_strings(&sizes, call->env, true);
	shown = gl_escape_dup(sizes.name, 0);
	f = gl_findings_add(&x->findings, GL_CODE_ARGUMENTS_TOO_BIG,
			    "arguments and environment of %s are too big", x->shown);
	gl_finding_row(f, "size",
		       "%zu bytes in all; the kernel takes %zu with this stack limit, %d in one string",
		       sizes.total, limit, ONE_STRING_MAX);
	gl_finding_row(f, "largest", "%s, %zu bytes", shown, sizes.largest);
	gl_finding_row(f, "why", "execve says \"Argument list too long\"");
	gl_finding_evidence_int(f, "size", (long long)sizes.total);
	gl_finding_evidence_int(f, "limit", (long long)limit);
	gl_finding_evidence(f, "largest", sizes.name);
	gl_finding_fix(f, "make the environment smaller, or pass on less of it: --env-keep");
	gl_finding_fix(f, "raise the stack limit: ulimit -s");
	return f;
}

/* What can be said of an errno that no finding about the file explains. */
static const struct {
	int errnum;
	enum gl_code code;
	const char *why, *fix;
} unexplained[] = {
	{EACCES, GL_CODE_EXEC_DENIED,
	 "modes, mounts and file capabilities allow it: a security module or a filter does not",
	 "look into the audit log: journalctl -k | grep -i -e denied -e audit"},
	{EPERM, GL_CODE_EXEC_DENIED,
	 "modes, mounts and file capabilities allow it: a security module or a filter does not",
	 "look into the audit log: journalctl -k | grep -i -e denied -e audit"},
	{ENOENT, GL_CODE_NOT_FOUND, "it, or something on the way to it, is not there",
	 "check the spelling and the working directory"},
	{EAGAIN, GL_CODE_EXEC_FAILED, "its user has as many processes as the limit allows (RLIMIT_NPROC)",
	 "raise the limit: --limit nproc=N, LimitNPROC= in a unit"},
	{ENOMEM, GL_CODE_EXEC_FAILED, "there is not enough memory for it", "look at memory limits"},
	{EMFILE, GL_CODE_EXEC_FAILED, "the limit of open files leaves no room (RLIMIT_NOFILE)",
	 "raise it: --limit nofile=N"},
	{ENFILE, GL_CODE_EXEC_FAILED, "the system has no room for more open files", "raise fs.file-max"},
};

static const struct gl_finding *say_unexplained(struct gl_examination *x, int errnum)
{
	size_t i = 0;
	bool known;
	struct gl_finding *f;

	while (i < GL_ARRAY_SIZE(unexplained) && unexplained[i].errnum != errnum)
		i++;
	known = i < GL_ARRAY_SIZE(unexplained);
	f = gl_findings_add(&x->findings, known ? unexplained[i].code : GL_CODE_EXEC_FAILED,
			    "%s cannot be started: %s", x->shown, strerror(errnum));
	gl_finding_row(f, "why", "%s",
		       known ? unexplained[i].why : "execve said so, and golaunch has no rule for it");
	gl_finding_evidence_int(f, "errno", errnum);
	if (known)
		gl_finding_fix(f, "%s", unexplained[i].fix);
	return f;
}

int gl_execve_explain(struct gl_host *host, const struct gl_execve *call, struct gl_examination *x,
		      const struct gl_finding **ret, struct gl_err *err)
{
	int r = gl_examine(host, call->file, GL_SCOPE_CHECK, x, err);

	if (r < 0)
		return r;
	*ret = find_cause(x, call->errnum);
	if (!*ret)
		*ret = call->errnum == E2BIG ? say_too_big(x, call) : say_unexplained(x, call->errnum);
	return *ret ? 0 : gl_err_sys(err, ENOMEM, "cannot explain why '%s' does not start", x->shown);
}
