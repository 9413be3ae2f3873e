/*
 * A trace of a start for people: where it spent its time, at a glance.
 *
 *	golaunch: start of ./app: main.main after 52.3 ms, 344 packages in 44.9 ms
 *	        ms
 *	     0.350  #                     exec
 *	    44.900  ####################  packages
 *	  slowest packages
 *	    15.020  ####################  github.com/mattn/go-runewidth   init.0 runewidth.go:123
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "report/init_trace.h"

#define BAR	    20
#define SLOWEST	    10 /* packages that are shown by default */
#define WAITING	    8  /* likewise */
#define NS_PER_MS   1e6
#define WORST_FIRST 1

static double ms(uint64_t ns)
{
	return (double)ns / NS_PER_MS;
}

static void put_row(struct gl_buf *b, uint64_t ns, uint64_t longest)
{
	static const char bar[] = "####################";
	int length = longest ? (int)((double)ns * BAR / (double)longest + 0.5) : 0;

	gl_buf_printf(b, "  %10.3f  %-*.*s  ", ms(ns), BAR, length, bar);
}

static void put_name(struct gl_buf *b, const char *name)
{
	gl_escape_text(b, name, strlen(name), 0);
}

static void put_phases(struct gl_buf *b, const struct gl_init_trace *t)
{
	uint64_t longest = 0;

	for (unsigned i = 0; i < GL_INIT_PHASE_MAIN_MAIN; i++)
		longest = GL_MAX(longest, t->phases[i].ns);
	gl_buf_puts(b, "          ms\n");
	for (unsigned i = 0; i < GL_INIT_PHASE_MAX; i++) {
		if (!t->reached[i])
			continue;
		/* not part of the start, and often much longer */
		if (i == GL_INIT_PHASE_MAIN_MAIN)
			gl_buf_printf(b, "  %10.3f  %-*s  ", ms(t->phases[i].ns), BAR, "");
		else
			put_row(b, t->phases[i].ns, longest);
		gl_buf_printf(b, "%s\n", gl_init_phase_name(i));
	}
}

static const struct gl_init_function *slowest_function(const struct gl_init_trace *t,
						       const struct gl_init_package *p)
{
	const struct gl_init_function *slowest = &t->functions[p->first];

	for (size_t i = 1; i < p->count; i++)
		if (t->functions[p->first + i].span.ns > slowest->span.ns)
			slowest = &t->functions[p->first + i];
	return slowest;
}

/* "  init.0 conf.go:8" */
static void put_place(struct gl_buf *b, const struct gl_init_trace *t, const struct gl_init_package *p,
		      const struct gl_init_function *f)
{
	struct gl_position position;
	const char *file;
	size_t skip = strlen(p->name);

	gl_buf_puts(b, "  ");
	put_name(b, f->name[skip] == '.' ? f->name + skip + 1 : f->name);
	if (gl_init_trace_place(t, f, &position)) {
		file = strrchr(position.file, '/');
		gl_buf_puts(b, " ");
		put_name(b, file ? file + 1 : position.file);
		gl_buf_printf(b, ":%" PRIu32, position.line);
	}
}

static void put_package(struct gl_buf *b, const struct gl_init_trace *t, const struct gl_init_package *p,
			uint64_t longest)
{
	const struct gl_init_function *f = slowest_function(t, p);

	put_row(b, p->span.ns, longest);
	put_name(b, p->name);
	put_place(b, t, p, f);
	if (p->count > 1)
		gl_buf_printf(b, " (%.3f of %zu functions)", ms(f->span.ns), p->count);
	gl_buf_puts(b, "\n");
}

static int worst_first(const void *a, const void *b)
{
	const struct gl_init_package *const *x = a, *const *y = b;

	if ((*x)->span.ns != (*y)->span.ns)
		return (*x)->span.ns < (*y)->span.ns ? WORST_FIRST : -WORST_FIRST;
	return (*x)->first < (*y)->first ? -1 : 1;
}

static void put_slowest(struct gl_buf *b, const struct gl_init_trace *t)
{
	gl_autofree const struct gl_init_package **order = calloc(t->package_count + 1, sizeof(*order));
	size_t shown = GL_MIN(t->package_count, (size_t)SLOWEST);
	uint64_t rest = 0;

	if (!order || !t->package_count)
		return;
	for (size_t i = 0; i < t->package_count; i++)
		order[i] = &t->packages[i];
	qsort(order, t->package_count, sizeof(*order), worst_first);
	gl_buf_puts(b, "  slowest packages\n");
	for (size_t i = 0; i < shown; i++)
		put_package(b, t, order[i], order[0]->span.ns);
	for (size_t i = shown; i < t->package_count; i++)
		rest += order[i]->span.ns;
	if (t->package_count > shown) {
		put_row(b, rest, order[0]->span.ns > rest ? order[0]->span.ns : rest);
		gl_buf_printf(b, "%zu more together (-v: all, in their order)\n", t->package_count - shown);
	}
}

static void put_all(struct gl_buf *b, const struct gl_init_trace *t)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < t->package_count; i++)
		longest = GL_MAX(longest, t->packages[i].span.ns);
	gl_buf_puts(b, "  packages in their order\n");
	for (size_t i = 0; i < t->package_count; i++)
		put_package(b, t, &t->packages[i], longest);
}

/* Where it ended, and what it had not come to. */
static void put_end(struct gl_buf *b, const struct gl_init_trace *t, bool all)
{
	size_t shown = all ? t->waiting_count : GL_MIN(t->waiting_count, (size_t)WAITING);
	const struct gl_init_package *last = t->package_count ? &t->packages[t->package_count - 1] : NULL;

	if (last) {
		const struct gl_init_function *f = &t->functions[t->function_count - 1];

		gl_buf_puts(b, "  running when it ended: ");
		put_name(b, last->name);
		put_place(b, t, last, f);
		gl_buf_printf(b, ", for %.3f ms\n", ms(f->span.ns));
	}
	if (!t->waiting_count)
		return;
	gl_buf_printf(b, "  not begun: %zu packages:", t->waiting_count);
	for (size_t i = 0; i < shown; i++) {
		gl_buf_puts(b, i ? ", " : " ");
		put_name(b, t->waiting[i]);
	}
	gl_buf_puts(b, shown < t->waiting_count ? ", ...\n" : "\n");
}

static void put_headline(struct gl_buf *b, const struct gl_init_trace *t, const struct gl_init_trace_end *end)
{
	const uint64_t *marks = t->start->marks;

	gl_buf_puts(b, "start of ");
	put_name(b, end->program);
	if (t->ended)
		gl_buf_printf(b, ": main.main after %.3f ms", ms(marks[GL_START_END]));
	else
		gl_buf_printf(b, ": ended before main.main, after %.3f ms", ms(marks[GL_START_EXIT]));
	if (t->start->answer == GL_START_SEEN)
		gl_buf_printf(b, ", %zu packages in %.3f ms", t->package_count,
			      ms(t->phases[GL_INIT_PHASE_PACKAGES].ns));
	gl_buf_puts(b, "\n");
}

void gl_init_trace_text(struct gl_buf *b, const struct gl_init_trace *t, const struct gl_init_trace_end *end,
			const char *prefix, bool all)
{
	const struct gl_start *s = t->start;

	gl_buf_puts(b, prefix);
	put_headline(b, t, end);
	put_phases(b, t);
	if (s->answer != GL_START_SEEN)
		gl_buf_printf(b, "  packages are not shown: %s%s%s\n", gl_start_answer_text(s->answer),
			      s->errnum ? ": " : "", s->errnum ? strerror(s->errnum) : "");
	put_slowest(b, t);
	if (all)
		put_all(b, t);
	if (s->left_out)
		gl_buf_printf(b, "  %zu init functions more than are looked after\n", s->left_out);
	if (!t->ended)
		put_end(b, t, all);
}
