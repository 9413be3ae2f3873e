/*
 * A run that learns: what is to be recorded, before the program starts, and the policy
 * that comes of it, when the program has ended.
 *
 * What can fail is found out before: the policy to be added to is read, and the place of
 * the new one looked at.  What was learned is written however the program ended; where
 * that fails it is said on standard error, so that it is not lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/escape.h"
#include "base/exitcode.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/policy.h"
#include "cmd/replace.h"
#include "cmd/run.h"
#include "policy/show.h"
#include "report/learned.h"

#define OBSERVER      "what is observed"
#define PROGRAM_SHOWN 80

void gl_run_learning_done(struct gl_run_learning *learning)
{
	gl_learn_free(learning->learn);
	gl_learn_scheme_done(&learning->scheme);
	gl_policy_source_done(&learning->into);
	gl_filter_done(&learning->observer);
	gl_fd_close(&learning->special);
	free(learning->target);
	*learning = GL_RUN_LEARNING_INIT;
}

/* --- before --------------------------------------------------------------------- */

/* What --merge names, in golaunch's own language: the others have no place for lines. */
static int read_merge(struct gl_run *run, struct gl_err *err)
{
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT, notes = GL_BUF_INIT;
	struct gl_policy_source *into = &run->learning.into;
	const char *name = run->o.learn.merge;
	const struct gl_finding *f = NULL;
	int r;

	if (!name)
		return 0;
	r = gl_policy_open(name, &warnings, &notes, into, err);
	gl_policy_say(&warnings, &notes);
	if (r < 0)
		f = gl_policy_finding(&run->findings, err);
	if (f)
		return gl_run_end_unstarted(run, f, GL_OUTCOME_REFUSED, GL_EXIT_GOLAUNCH_FAILED);
	if (r == 0 && into->form != GL_FORM_TEXT)
		return gl_err_set(err, EINVAL,
				  "--merge: '%.200s' is no policy file in golaunch's own language", name);
	return r;
}

/*
 * A link is followed: what it leads to is replaced, not the link.  Now, and not at the
 * end: whatever the program puts there meanwhile leads nowhere.
 */
static int find_target(struct gl_run *run, struct gl_err *err)
{
	const char *named = run->o.learn.output ? run->o.learn.output : run->o.learn.merge;
	gl_autofree char *folder = NULL;
	int r;

	if (!named)
		return 0;
	run->learning.target = realpath(named, NULL);
	if (!run->learning.target && errno == ENOENT)
		run->learning.target = strdup(named);
	folder = run->learning.target ? strdup(run->learning.target) : NULL;
	if (!folder)
		return gl_err_sys(err, errno, "cannot write '%.200s'", named);
	r = gl_replace_open_special(run->learning.target, &run->learning.special, err);
	if (r < 0)
		return r;
	if (run->learning.special >= 0)
		return gl_fd_raise(&run->learning.special, err);
	if (access(dirname(folder), W_OK | X_OK) < 0)
		return gl_err_sys(err, errno, "cannot write '%.200s'", named);
	return 0;
}

static int make_observer(struct gl_run *run, struct gl_err *err)
{
	const struct gl_machine_calls *m = gl_machine_calls();
	struct gl_run_learning *l = &run->learning;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	gl_autopolicy struct gl_policy observer = GL_POLICY_INIT;
	const struct gl_policy *policy = run->o.learn.merge ? &l->into.policy : &observer;
	int r = 0;

	/* Of an inherited socket nobody sees where it came from. */
	l->connections = run->o.learn.merge || gl_fds_pass_socket();
	if (!run->o.learn.merge) {
		gl_learn_put_observer(gl_learn_known_through(m, gl_policy_facts_here().kernel),
				      l->connections, &text);
		r = gl_policy_parse(m, OBSERVER, gl_buf_text(&text), NULL, NULL, &observer, err);
	}
	return r < 0 ? r : gl_policy_compile(policy, GL_FILTER_EXPLAIN, NULL, &l->observer, err);
}

static int make_table(struct gl_run *run, struct gl_err *err)
{
	struct gl_run_learning *l = &run->learning;
	const struct gl_policy *into = run->o.learn.merge ? &l->into.policy : NULL;
	const struct gl_learn_config config = {.scheme = &l->scheme, .into = into, .facts = &run->plan.facts};
	int r = gl_learn_scheme_init(&l->scheme, gl_machine_calls(), into, err);

	return r < 0 ? r : gl_learn_new(&config, &l->learn, err);
}

int gl_run_prepare_learning(struct gl_run *run, struct gl_err *err)
{
	static int (*const steps[])(struct gl_run * run, struct gl_err * err) = {read_merge, find_target,
										 make_observer, make_table};
	int r = 0;

	if (!run->form->learns || run->o.learn.dry)
		return 0;
	for (size_t i = 0; i < GL_ARRAY_SIZE(steps) && r == 0; i++)
		r = steps[i](run, err);
	return r;
}

enum gl_observe gl_run_observes(const struct gl_run *run)
{
	if (!run->form->learns)
		return GL_OBSERVE_NOTHING;
	return run->o.learn.dry ? GL_OBSERVE_DRY : GL_OBSERVE_LEARN;
}

/* --- after ------------------------------------------------------------------------ */

/* The new file is read as it will be, and gets the old one's owner and mode. */
static int look(void *arg, int fd, const char *temporary, struct gl_err *err)
{
	const struct gl_run *run = arg;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	const struct gl_policy_reading reading = {.machine = gl_machine_calls()};
	struct stat old;
	int r = gl_policy_read_file(&reading, temporary, &policy, err);

	if (r < 0)
		return gl_err_wrap(err, "what was learned is no policy");
	if (lstat(run->learning.target, &old) < 0 || !S_ISREG(old.st_mode))
		return 0;
	if ((old.st_uid != geteuid() || old.st_gid != getegid()) && fchown(fd, old.st_uid, old.st_gid) < 0)
		gl_log(GL_LOG_WARNING, "cannot keep the owner of '%.200s': %s", run->learning.target,
		       strerror(errno));
	return fchmod(fd, old.st_mode & 0777) < 0 ? gl_err_sys(err, errno, "cannot write '%.200s'", temporary)
						  : 0;
}

static int write_out(struct gl_run *run, const struct gl_buf *text, struct gl_err *err)
{
	int r;

	if (!run->learning.target) {
		gl_log_block(gl_buf_text(text));
		return 0;
	}
	r = run->learning.special >= 0
		    ? gl_replace_write_special(run->learning.special, run->learning.target, text, err)
		    : gl_replace_file(run->learning.target, text, look, run, err);
	if (r < 0)
		gl_log_block(gl_buf_text(text));
	return r;
}

static const char *conflict_text(enum gl_learn_conflict conflict, enum gl_policy_action action)
{
	switch (conflict) {
	case GL_LEARN_NEWER:
		return "answers ENOSYS, as it is later than known-through, to";
	case GL_LEARN_EXEC:
	case GL_LEARN_FOREIGN:
	case GL_LEARN_DENIED:
	case GL_LEARN_ADDED:
		break;
	}
	return action == GL_POLICY_KILL ? "kills for" : action == GL_POLICY_TRAP ? "traps" : "denies";
}

static void say_conflict(const struct gl_run *run, const struct gl_learn_fact *fact)
{
	enum gl_learn_conflict conflict = gl_learn_conflict_of(fact);
	gl_autobuf struct gl_buf place = GL_BUF_INIT, line = GL_BUF_INIT;

	if (conflict == GL_LEARN_ADDED)
		return;
	gl_policy_show_place(&run->learning.into.policy, fact->decision.place, &place);
	if (conflict == GL_LEARN_FOREIGN)
		gl_buf_puts(&line, "abis all");
	else
		gl_learn_put_statement(&run->learning.scheme, fact, &line);
	gl_log(GL_LOG_WARNING,
	       "%s %s %s, called by %s, %" PRIu64 " %s: it stays; what would allow it: \"%s\"",
	       gl_buf_text(&place), conflict_text(conflict, fact->decision.answer.action),
	       run->learning.scheme.machine->calls[fact->call].name,
	       fact->by ? fact->by : "an unknown caller", fact->count, fact->count == 1 ? "time" : "times",
	       gl_buf_text(&line));
}

static int make_text(struct gl_run *run, const struct gl_learned *learned, struct gl_buf *text,
		     struct gl_err *err)
{
	size_t added = 0;
	int r;

	if (!run->o.learn.merge)
		return gl_learn_write(learned, text, err);
	for (size_t i = 0; i < learned->count; i++)
		say_conflict(run, &learned->facts[i]);
	r = gl_learn_merge(learned, &run->learning.into.policy, text, &added, err);
	if (r == 0)
		gl_log(GL_LOG_NOTE, "%zu lines added", added);
	return r;
}

static int write_learned(struct gl_run *run, struct gl_err *err)
{
	gl_autofacts struct gl_learned_facts facts = GL_LEARNED_FACTS_INIT;
	gl_autofree char *program = gl_escape_dup(run->argv[0], PROGRAM_SHOWN);
	char interpreter[GL_SCRIPT_LINE_MAX + 1];
	gl_autobuf struct gl_buf text = {.limit = GL_POLICY_MAX_BYTES};
	struct gl_learned learned = {
		.scheme = &run->learning.scheme,
		.kernel = gl_policy_facts_here().kernel,
		.connections = run->learning.connections,
		.script = gl_run_read_interpreter(run->path, interpreter),
		.program = program ? program : "",
		.lost = gl_learn_lost(run->learning.learn),
	};
	int r = gl_learned_facts_read(run->learning.learn, &facts, err);

	if (r < 0)
		return r;
	learned.facts = facts.items;
	learned.count = facts.count;
	r = make_text(run, &learned, &text, err);
	if (r == 0)
		r = write_out(run, &text, err);
	if (r == 0 && learned.lost)
		return gl_err_set(err, E2BIG,
				  "the policy is not whole: at least %" PRIu64
				  " more distinct calls were seen than the %d that are recorded",
				  learned.lost, GL_LEARN_RECORDS);
	return r;
}

int gl_run_end_learning(struct gl_run *run)
{
	struct gl_err err = GL_ERR_INIT;

	if (!run->learning.learn || write_learned(run, &err) == 0)
		return 0;
	gl_log_err(&err);
	return -err.errnum;
}
