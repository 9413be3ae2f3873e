/*
 * What was learned as a policy of its own: see policy/learn.h.
 *
 * Groups come instead of their calls' lines where every call of the group that the
 * machine has was seen, without regard to arguments, and where that saves lines; their
 * calls' comments are kept above them.
 */
#include "policy/learn_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/group.h"

#define GROUP_SAVES 3 /* calls that a group must stand for */

static const char head[] =
	"#\n"
	"# An allow-list.  What every Go program calls is in it unseen; each other line was called at least\n"
	"# once.  Behind a line: who called it, how often, and when (start: before main.main).  A use that\n"
	"# was not seen is denied: see golaunch-policy(1), \"learn\".\n\n";

struct writer {
	const struct gl_learned *learned;
	struct gl_learn_boxes boxes;
	bool *base;    /* owned; [call]: allowed unseen, whatever its arguments */
	bool *seen;    /* owned; [call]: has a line without conditions */
	bool *grouped; /* owned; [call]: a group stands for it */
};

static void writer_done(struct writer *w)
{
	gl_learn_boxes_done(&w->boxes);
	free(w->base);
	free(w->seen);
	free(w->grouped);
}

/* --- groups ------------------------------------------------------------------------ */

static bool has_call(const struct writer *w, uint16_t call)
{
	const struct gl_abi *abis = w->learned->scheme->machine->abis;

	for (size_t i = 0; i < GL_MACHINE_ABIS && abis[i].name && (i == 0 || w->boxes.foreign); i++)
		if (gl_syscall_number(&abis[i], call) >= 0)
			return true;
	return false;
}

static void mark_base(struct writer *w)
{
	const struct gl_machine_calls *m = w->learned->scheme->machine;
	const struct gl_policy_group *base = gl_policy_group_find(GL_LEARN_BASE, strlen(GL_LEARN_BASE));

	for (size_t i = 0; i < base->call_count; i++)
		w->base[base->calls[i]] = w->learned->scheme->calls[base->calls[i]].count == 0;
	for (size_t i = 0; i < m->call_count; i++)
		w->base[i] |= m->calls[i].always;
}

static void mark_seen(struct writer *w)
{
	for (size_t i = 0; i < w->boxes.count; i++) {
		uint16_t call = w->boxes.items[i].call;

		w->seen[call] = w->learned->scheme->calls[call].count == 0;
	}
}

/* The calls it would stand for; 0: a call of it was not seen. */
static size_t worth_of(const struct writer *w, const struct gl_policy_group *group)
{
	size_t worth = 0;

	for (size_t i = 0; i < group->call_count; i++) {
		uint16_t call = group->calls[i];

		if (gl_call_is_exec(w->learned->scheme->machine, call) || !has_call(w, call))
			continue;
		if (!w->base[call] && !w->seen[call])
			return 0;
		worth += w->seen[call] && !w->grouped[call];
	}
	return worth;
}

static const struct gl_policy_group *best_group(const struct writer *w)
{
	const struct gl_policy_group *best = NULL;
	size_t most = GROUP_SAVES - 1;

	for (size_t i = 0; i < gl_policy_group_table_count; i++) {
		size_t worth = worth_of(w, &gl_policy_group_table[i]);

		if (worth > most) {
			most = worth;
			best = &gl_policy_group_table[i];
		}
	}
	return best;
}

static bool has_member(const struct gl_policy_group *group, uint16_t call)
{
	for (size_t i = 0; i < group->call_count; i++)
		if (group->calls[i] == call)
			return true;
	return false;
}

/* What is known of its calls stands above it. */
static void put_group(struct writer *w, const struct gl_policy_group *group, struct gl_buf *text)
{
	for (size_t i = 0; i < w->boxes.count; i++) {
		const struct gl_learn_box *box = &w->boxes.items[i];

		if (!w->seen[box->call] || w->grouped[box->call] || !has_member(group, box->call))
			continue;
		gl_buf_printf(text, "# %s: ", w->learned->scheme->machine->calls[box->call].name);
		gl_learn_put_comment(box, text);
		gl_buf_putc(text, '\n');
		w->grouped[box->call] = true;
	}
	gl_buf_printf(text, "allow @%s\n", group->name);
}

static void put_groups(struct writer *w, struct gl_buf *text)
{
	const struct gl_policy_group *group;

	while ((group = best_group(w)))
		put_group(w, group, text);
}

/* --- the text ------------------------------------------------------------------------ */

static void put_head(const struct writer *w, struct gl_buf *text)
{
	const struct gl_learned *l = w->learned;
	uint32_t known = gl_learn_known_through(l->scheme->machine, l->kernel);

	gl_buf_printf(text, "# What %s was seen to call, learned on Linux %u.%u (%s)\n%s", l->program,
		      l->kernel >> 16, l->kernel & 0xffff, l->scheme->machine->name, head);
	if (l->lost)
		gl_buf_printf(
			text,
			"# NOT WHOLE: at least %llu more distinct calls were seen, and not recorded.\n\n",
			(unsigned long long)l->lost);
	gl_buf_printf(text, "known-through %u.%u\ndefault deny\n", known >> 16, known & 0xffff);
}

static void put_settings(const struct writer *w, struct gl_buf *text)
{
	const struct gl_learn_box *exec = gl_learn_find_exec(w->learned->scheme, &w->boxes);

	if (w->boxes.foreign)
		gl_learn_put_line("abis all", "a call by another ABI was seen", text);
	if (exec)
		gl_learn_put_box_line("exec allow", exec, text);
	else if (w->learned->script)
		gl_learn_put_line("exec allow", "it is a script", text);
	else
		gl_learn_put_line("exec deny", "no program was executed", text);
	gl_buf_putc(text, '\n');
}

static bool has_sockets(const struct writer *w)
{
	for (size_t i = 0; i < w->boxes.count; i++)
		if (gl_learn_is_socket_source(w->learned->scheme->machine, w->boxes.items[i].call))
			return true;
	return false;
}

/* What groups stand for leaves the list. */
static void remove_grouped(struct writer *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->boxes.count; i++)
		if (!w->grouped[w->boxes.items[i].call])
			w->boxes.items[kept++] = w->boxes.items[i];
	w->boxes.count = kept;
}

static bool takes_all(const struct gl_learn_fact *fact)
{
	(void)fact;
	return true;
}

static int prepare(struct writer *w, struct gl_err *err)
{
	size_t calls = w->learned->scheme->machine->call_count;

	w->base = calloc(calls, sizeof(*w->base));
	w->seen = calloc(calls, sizeof(*w->seen));
	w->grouped = calloc(calls, sizeof(*w->grouped));
	if (!w->base || !w->seen || !w->grouped)
		return gl_err_sys(err, ENOMEM, "cannot write what was learned");
	return gl_learn_boxes_make(w->learned, takes_all, &w->boxes, err);
}

int gl_learn_write(const struct gl_learned *learned, struct gl_buf *text, struct gl_err *err)
{
	GL_CLEANUP(writer_done) struct writer w = {.learned = learned, .boxes = GL_LEARN_BOXES_INIT};
	int r = prepare(&w, err);

	if (r < 0)
		return r;
	mark_base(&w);
	mark_seen(&w);
	put_head(&w, text);
	put_settings(&w, text);
	gl_learn_put_base("deny", text);
	if (!learned->connections && has_sockets(&w))
		gl_learn_put_connections(text);
	gl_buf_putc(text, '\n');
	put_groups(&w, text);
	remove_grouped(&w);
	gl_learn_put_boxes(learned->scheme, &w.boxes, text);
	return gl_buf_error(text) ? gl_err_sys(err, gl_buf_error(text), "cannot write what was learned") : 0;
}
