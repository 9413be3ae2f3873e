/*
 * minijail policies to text of golaunch's own language: see policy/minijail.h.
 *
 * Each call is said once, so the order of the lines does not matter; of the
 * statements of one line that for the filter that does not hold stands first.
 */
#include "policy/minijail.h"

#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/decide.h"
#include "policy/minijail_parts.h"
#include "policy/show.h"
#include "policy/vocabulary.h"

#define SHOWN_NAME 200
#define MAX_ERRNO  4095

/* --- what is one --------------------------------------------------------------------------------- */

/* The first line that is neither blank nor a comment. */
static const char *first_line(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (*text != '#')
			return text;
		text += strcspn(text, "\n");
	}
}

bool gl_minijail_is(const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *line = first_line(text), *end = line + strspn(line, name);

	if (*line == '@')
		return !strncmp(line, "@default", 8) || !strncmp(line, "@include", 8) ||
		       !strncmp(line, "@frequency", 10);
	return end > line && end[strspn(end, " \t")] == ':';
}

/* --- actions -------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum gl_policy_action action;
	const char *refusal; /* NULL: there is such an action */
} actions[] = {
	{"1", GL_POLICY_ALLOW, NULL},
	{"allow", GL_POLICY_ALLOW, NULL},
	{"kill", GL_POLICY_KILL, NULL},
	{"kill-process", GL_POLICY_KILL, NULL},
	{"kill-thread", GL_POLICY_KILL, NULL},
	{"log", GL_POLICY_LOG, NULL},
	{"trap", GL_POLICY_TRAP, NULL},
	{"trace", GL_POLICY_ACTION_MAX, "needs a tracer, which golaunch is not"},
	{"user-notify", GL_POLICY_ACTION_MAX, "needs an agent that decides, which golaunch does not start"},
};

/* The errno behind "return": a name or a number. */
static int parse_return(struct gl_minijail *mj, struct gl_policy_answer *ret)
{
	const struct gl_minijail_token *token = &mj->token;
	struct gl_suggest suggest;
	char *end;
	int errnum = 0, r = gl_minijail_advance(mj);

	if (r < 0)
		return r;
	suggest = gl_minijail_suggest(mj);
	if (token->kind != GL_MINIJAIL_WORD)
		return gl_minijail_complain(mj, EINVAL, "expected an errno", NULL);
	if (!gl_vocabulary_errno(token->text, token->len, &errnum)) {
		unsigned long number = strtoul(token->text, &end, 10);

		gl_vocabulary_suggest_errno(&suggest);
		if (end != token->text + token->len || number > MAX_ERRNO)
			return gl_minijail_complain(mj, ENOENT, "unknown errno name", suggest.best);
		errnum = (int)number;
	}
	if (!gl_vocabulary_errno_name(errnum))
		return gl_minijail_complain(mj, EINVAL, "no error has this number", NULL);
	*ret = (struct gl_policy_answer){GL_POLICY_DENY, errnum};
	return gl_minijail_advance(mj);
}

/* An action; returns 1 where the token is none. */
static int parse_action(struct gl_minijail *mj, struct gl_policy_answer *ret)
{
	if (gl_minijail_at(mj, "return"))
		return parse_return(mj, ret);
	for (size_t i = 0; i < GL_ARRAY_SIZE(actions); i++) {
		if (!gl_minijail_at(mj, actions[i].word))
			continue;
		if (actions[i].refusal)
			return gl_minijail_complain(mj, EINVAL, actions[i].refusal, NULL);
		*ret = (struct gl_policy_answer){actions[i].action, 0};
		return gl_minijail_advance(mj);
	}
	return 1;
}

/* --- lines ----------------------------------------------------------------------------------------- */

static int check_said(struct gl_minijail *mj, uint16_t call)
{
	unsigned *line = &mj->said[call];

	if (*line)
		return gl_policy_complain(&mj->source, mj->token.place, EINVAL, mj->err,
					  "'%s' is said twice, in line %u already",
					  mj->machine->calls[call].name, *line);
	*line = mj->token.place.line;
	return 0;
}

static int parse_name(struct gl_minijail *mj, uint16_t *ret_call)
{
	const struct gl_minijail_token *token = &mj->token;
	int r;

	if (token->kind != GL_MINIJAIL_WORD)
		return gl_minijail_complain(mj, EINVAL, "expected the name of a system call", NULL);
	*ret_call = gl_syscall_find(mj->machine, token->text, token->len);
	if (*ret_call == GL_CALL_NONE)
		return gl_minijail_complain(mj, ENOENT, "no machine has a system call of this name",
					    gl_syscall_suggest(mj->machine, token->text, token->len));
	r = check_said(mj, *ret_call);
	return r < 0 ? r : gl_minijail_advance(mj);
}

static void put_answer(struct gl_minijail *mj, const struct gl_policy_answer *answer, uint16_t call,
		       unsigned line)
{
	gl_policy_show_answer(answer, &mj->converted->text);
	gl_buf_printf(&mj->converted->text, " %s", mj->machine->calls[call].name);
	gl_converted_end(mj->converted, line);
}

/* "; return X", where there is one, is the answer where the filter does not hold; it must stand before it. */
static int parse_filter(struct gl_minijail *mj, uint16_t call, unsigned line)
{
	struct gl_policy_answer answer = mj->fallback;
	struct gl_minijail ahead;
	int r;

	ahead = *mj;
	while (ahead.token.kind != GL_MINIJAIL_NEWLINE && ahead.token.kind != GL_MINIJAIL_END &&
	       !gl_minijail_at(&ahead, ";")) {
		r = gl_minijail_advance(&ahead);
		if (r < 0)
			return r;
	}
	if (gl_minijail_at(&ahead, ";")) {
		r = gl_minijail_advance(&ahead);
		if (r == 0)
			r = parse_action(&ahead, &answer);
		if (r != 0)
			return r < 0 ? r
				     : gl_minijail_complain(&ahead, EINVAL, "expected 'return ERRNO'", NULL);
	}
	put_answer(mj, &answer, call, line);
	r = gl_minijail_filter(mj, call, line);
	if (r < 0 || !gl_minijail_at(mj, ";"))
		return r;
	r = gl_minijail_advance(mj);
	return r < 0 ? r : parse_action(mj, &answer);
}

static bool denies(const struct gl_policy_answer *answer)
{
	return answer->action != GL_POLICY_ALLOW && answer->action != GL_POLICY_LOG;
}

/* execve or execveat is said. */
static void take_exec(struct gl_minijail *mj, uint16_t call, const struct gl_policy_answer *answer,
		      unsigned line)
{
	enum gl_policy_toggle toggle = denies(answer) ? GL_POLICY_NO : GL_POLICY_YES;

	if (!strcmp(mj->machine->calls[call].name, "execveat")) {
		mj->execveat = toggle;
		return;
	}
	mj->exec = toggle;
	mj->exec_line = line;
}

/* What no filter can be about, and no denial: returns what is wrong with the line, or NULL. */
static const char *find_fault(const struct gl_minijail *mj, uint16_t call,
			      const struct gl_policy_answer *answer)
{
	if (!answer && gl_call_is_exec(mj->machine, call))
		return "cannot be filtered: a policy lets every program be executed, or none";
	if (mj->machine->calls[call].always && (!answer || denies(answer)))
		return "can never be denied: without it a program hangs or dies unexplained";
	return NULL;
}

/* NAME: ACTION | FILTER */
static int parse_line(struct gl_minijail *mj)
{
	struct gl_policy_answer answer = {GL_POLICY_ALLOW, 0};
	unsigned line = mj->token.place.line;
	uint16_t call = GL_CALL_NONE;
	const char *fault;
	int r = parse_name(mj, &call);

	if (r == 0)
		r = gl_minijail_expect(mj, ":");
	if (r < 0)
		return r;
	r = parse_action(mj, &answer);
	if (r < 0)
		return r;
	fault = find_fault(mj, call, r == 0 ? &answer : NULL);
	if (fault)
		return gl_policy_complain(&mj->source, (struct gl_policy_place){.line = line, .column = 1},
					  EINVAL, mj->err, "'%s' %s", mj->machine->calls[call].name, fault);
	if (r > 0)
		return parse_filter(mj, call, line);
	if (gl_call_is_exec(mj->machine, call))
		take_exec(mj, call, &answer, line);
	else
		put_answer(mj, &answer, call, line);
	return 0;
}

/* @default ACTION; the default must be known before the first filter. */
static int parse_default(struct gl_minijail *mj)
{
	int r;

	if (mj->term_total > 0)
		return gl_minijail_complain(mj, EINVAL, "must stand before the first filter", NULL);
	r = gl_minijail_advance(mj);
	if (r == 0)
		r = parse_action(mj, &mj->fallback);
	return r > 0 ? gl_minijail_complain(mj, EINVAL, "expected an action", NULL) : r;
}

static int parse_at(struct gl_minijail *mj)
{
	int r = 0;

	if (gl_minijail_at(mj, "@default"))
		return parse_default(mj);
	if (!gl_minijail_at(mj, "@frequency"))
		return gl_minijail_complain(mj, EINVAL,
					    gl_minijail_at(mj, "@include")
						    ? "includes are not followed: put the text in its place"
						    : "expected the name of a system call",
					    NULL);
	/* How often calls are made: golaunch's filters search, and need not know. */
	while (r == 0 && mj->token.kind != GL_MINIJAIL_NEWLINE && mj->token.kind != GL_MINIJAIL_END)
		r = gl_minijail_advance(mj);
	return r;
}

static int parse_lines(struct gl_minijail *mj)
{
	int r = gl_minijail_advance(mj);

	while (r == 0 && mj->token.kind != GL_MINIJAIL_END) {
		if (mj->token.kind == GL_MINIJAIL_NEWLINE)
			r = 0;
		else if (*mj->token.text == '@')
			r = parse_at(mj);
		else
			r = parse_line(mj);
		if (r == 0 && mj->token.kind == GL_MINIJAIL_NEWLINE)
			r = gl_minijail_advance(mj);
		else if (r == 0 && mj->token.kind != GL_MINIJAIL_END)
			r = gl_minijail_complain(mj, EINVAL, "expected the end of the line", NULL);
	}
	return r;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

/* What is said once for all, behind the calls: the default may be said by any line. */
static void put_rest(struct gl_minijail *mj)
{
	struct gl_buf *text = &mj->converted->text;
	enum gl_policy_toggle otherwise = denies(&mj->fallback) ? GL_POLICY_NO : GL_POLICY_YES;
	enum gl_policy_toggle exec = mj->exec ? mj->exec : otherwise;

	if (mj->execveat && mj->execveat != exec)
		gl_converted_warn(mj->converted, "%.80s: execveat is decided as execve is: %s", mj->file.name,
				  exec == GL_POLICY_NO ? "denied" : "allowed");
	gl_buf_puts(text, "default ");
	gl_policy_show_answer(&mj->fallback, text);
	gl_converted_end(mj->converted, 1);
	gl_buf_puts(text, exec == GL_POLICY_NO ? "exec deny" : "exec allow");
	gl_converted_end(mj->converted, GL_MAX(mj->exec_line, 1u));
}

static void put_head(struct gl_minijail *mj)
{
	struct gl_buf *text = &mj->converted->text;

	gl_buf_puts(text, "# from ");
	gl_escape_text(text, mj->file.name, strlen(mj->file.name), SHOWN_NAME);
	gl_buf_puts(text, ", a minijail policy");
	gl_converted_end(mj->converted, 1);
}

int gl_minijail_read(const struct gl_machine_calls *machine, const char *name, const char *text,
		     struct gl_converted *converted, struct gl_err *err)
{
	gl_autofree unsigned *said = calloc(machine->call_count, sizeof(*said));
	struct gl_minijail mj = {.machine = machine,
				 .next = text,
				 .line_start = text,
				 .line = 1,
				 .said = said,
				 .fallback = {GL_POLICY_KILL, 0},
				 .converted = converted,
				 .err = err};
	int r;

	if (!said)
		return gl_err_sys(err, ENOMEM, "cannot read '%.200s'", name);
	/* Only shown in messages: neither is written to. */
	mj.file = (struct gl_policy_file){.name = (char *)(uintptr_t)name, .text = (char *)(uintptr_t)text};
	mj.source = (struct gl_policy){.machine = machine, .files = &mj.file, .file_count = 1};
	put_head(&mj);
	r = parse_lines(&mj);
	if (r < 0)
		return r;
	put_rest(&mj);
	if (gl_buf_error(&converted->text))
		return gl_err_sys(err, gl_buf_error(&converted->text), "cannot convert '%.200s'", name);
	return 0;
}
