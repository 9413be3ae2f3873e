/*
 * Facts to lines: see policy/learn_parts.h.
 *
 * A box is a product of sets of values.  Two boxes that differ in one argument only
 * become one, whose set for that argument is the union: what is allowed stays exactly
 * what was seen.  An argument of which some bits are looked at has one value in each
 * line, since the language has no more for it.
 */
#include "policy/learn_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/show.h"
#include "policy/vocabulary.h"

#define NARROW UINT32_MAX

void gl_learn_boxes_done(struct gl_learn_boxes *boxes)
{
	free(boxes->items);
	*boxes = GL_LEARN_BOXES_INIT;
}

/* --- facts in order ----------------------------------------------------------- */

static int compare_facts(const void *a, const void *b)
{
	const struct gl_learn_fact *x = *(const struct gl_learn_fact *const *)a;
	const struct gl_learn_fact *y = *(const struct gl_learn_fact *const *)b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	for (size_t i = 0; i < GL_LEARN_ARGUMENTS; i++)
		if (x->values[i] != y->values[i])
			return x->values[i] < y->values[i] ? -1 : 1;
	return x->foreign - y->foreign;
}

static void take_fact(const struct gl_learn_scheme *scheme, const struct gl_learn_fact *fact,
		      struct gl_learn_box *box)
{
	*box = (struct gl_learn_box){.call = fact->call,
				     .times = fact->count,
				     .phases = fact->phases,
				     .by = fact->by,
				     .more = fact->more};
	if (gl_call_is_exec(scheme->machine, fact->call))
		box->call = gl_syscall_find(scheme->machine, "execve", strlen("execve"));
	for (size_t i = 0; i < scheme->calls[fact->call].count; i++) {
		box->values[i][0] = fact->values[i];
		box->counts[i] = 1;
	}
}

/* --- two boxes to one ---------------------------------------------------------- */

/* The caller that is named is the first by its name, so that it is the same in each run. */
static void add_comment(struct gl_learn_box *to, const struct gl_learn_box *from)
{
	bool same = to->by && from->by && !strcmp(to->by, from->by);

	to->times += from->times;
	to->phases |= from->phases;
	to->more = same ? GL_MAX(to->more, from->more) : to->more + from->more + (to->by && from->by);
	if (from->by && (!to->by || strcmp(from->by, to->by) < 0))
		to->by = from->by;
}

static bool same_values(const struct gl_learn_box *a, const struct gl_learn_box *b, size_t i)
{
	return a->counts[i] == b->counts[i] &&
	       !memcmp(a->values[i], b->values[i], a->counts[i] * sizeof(a->values[i][0]));
}

static bool differ_at_most_in(const struct gl_learn_box *a, const struct gl_learn_box *b, size_t argument)
{
	if (a->call != b->call)
		return false;
	for (size_t i = 0; i < GL_LEARN_ARGUMENTS; i++)
		if (i != argument && !same_values(a, b, i))
			return false;
	return true;
}

static int compare_values(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Returns false if there is no room for the union. */
static bool unite(struct gl_learn_box *to, const struct gl_learn_box *from, size_t argument)
{
	uint64_t *values = to->values[argument];
	size_t count = to->counts[argument];

	for (size_t i = 0; i < from->counts[argument]; i++) {
		size_t j = 0;

		while (j < count && values[j] != from->values[argument][i])
			j++;
		if (j == GL_POLICY_MAX_VALUES)
			return false;
		values[j] = from->values[argument][i];
		count = GL_MAX(count, j + 1);
	}
	qsort(values, count, sizeof(*values), compare_values);
	to->counts[argument] = count;
	return true;
}

static bool is_masked(const struct gl_learn_argument *argument)
{
	return argument->mask != NARROW && argument->mask != UINT64_MAX;
}

static void remove_box(struct gl_learn_boxes *boxes, size_t i)
{
	memmove(&boxes->items[i], &boxes->items[i + 1], (boxes->count - i - 1) * sizeof(boxes->items[0]));
	boxes->count--;
}

/* Unites what differs in this argument alone, of one call: boxes from first on.  Returns whether any did. */
static bool unite_by(struct gl_learn_boxes *boxes, size_t first, size_t argument)
{
	bool united = false;

	for (size_t i = first; i < boxes->count; i++) {
		for (size_t j = i + 1; j < boxes->count;) {
			struct gl_learn_box before = boxes->items[i];

			if (!differ_at_most_in(&before, &boxes->items[j], argument) ||
			    !unite(&boxes->items[i], &boxes->items[j], argument)) {
				boxes->items[i] = before;
				j++;
				continue;
			}
			add_comment(&boxes->items[i], &boxes->items[j]);
			remove_box(boxes, j);
			united = true;
		}
	}
	return united;
}

/* The last argument first: it is the one that says least. */
static void unite_call(const struct gl_learn_scheme *scheme, struct gl_learn_boxes *boxes, size_t first)
{
	const struct gl_learn_call *call = &scheme->calls[boxes->items[first].call];
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = call->count; i-- > 0;)
			if (!is_masked(&call->arguments[i]))
				again |= unite_by(boxes, first, i);
	}
}

/* --- all of them ------------------------------------------------------------------ */

static const struct gl_learn_fact **sort(const struct gl_learned *learned)
{
	const struct gl_learn_fact **facts = calloc(learned->count + 1, sizeof(struct gl_learn_fact *));

	for (size_t i = 0; facts && i < learned->count; i++)
		facts[i] = &learned->facts[i];
	if (facts)
		qsort(facts, learned->count, sizeof(struct gl_learn_fact *), compare_facts);
	return facts;
}

/* The same call by another ABI, or by execve's other name, is the same line. */
static bool is_again(const struct gl_learn_boxes *boxes, const struct gl_learn_box *box)
{
	return boxes->count > 0 && differ_at_most_in(&boxes->items[boxes->count - 1], box, 0) &&
	       same_values(&boxes->items[boxes->count - 1], box, 0);
}

int gl_learn_boxes_make(const struct gl_learned *learned, bool (*takes)(const struct gl_learn_fact *fact),
			struct gl_learn_boxes *ret, struct gl_err *err)
{
	gl_autofree const struct gl_learn_fact **facts = sort(learned);
	gl_autoboxes struct gl_learn_boxes boxes = GL_LEARN_BOXES_INIT;
	size_t first = 0;

	boxes.items = calloc(learned->count + 1, sizeof(*boxes.items));
	if (!facts || !boxes.items)
		return gl_err_sys(err, ENOMEM, "cannot write what was learned");
	for (size_t i = 0; i < learned->count; i++) {
		struct gl_learn_box *box = &boxes.items[boxes.count];

		if (!takes(facts[i]))
			continue;
		boxes.foreign |= facts[i]->foreign;
		take_fact(learned->scheme, facts[i], box);
		if (boxes.count > 0 && boxes.items[first].call != box->call) {
			unite_call(learned->scheme, &boxes, first);
			first = boxes.count;
			take_fact(learned->scheme, facts[i], &boxes.items[first]);
			box = &boxes.items[first];
		}
		if (is_again(&boxes, box))
			add_comment(&boxes.items[boxes.count - 1], box);
		else
			boxes.count++;
	}
	if (boxes.count > 0)
		unite_call(learned->scheme, &boxes, first);
	*ret = boxes;
	boxes = GL_LEARN_BOXES_INIT;
	return 0;
}

/* --- in words ------------------------------------------------------------------------- */

static struct gl_policy_test test_of(const struct gl_learn_argument *argument, uint64_t *values, size_t count)
{
	return (struct gl_policy_test){
		.argument = argument->index,
		.wide = argument->mask == UINT64_MAX,
		.op = is_masked(argument) ? GL_POLICY_MASKED_EQUAL : GL_POLICY_IN,
		.mask = is_masked(argument) ? argument->mask : 0,
		.values = values,
		.value_count = count,
	};
}

void gl_learn_put_box(const struct gl_learn_scheme *scheme, const struct gl_learn_box *box,
		      struct gl_buf *text)
{
	const struct gl_policy policy = {.machine = scheme->machine};
	const struct gl_learn_call *call = &scheme->calls[box->call];
	struct gl_learn_box copy = *box;
	struct gl_policy_test tests[GL_LEARN_ARGUMENTS];
	struct gl_policy_rule rule = {
		.answer = {.action = GL_POLICY_ALLOW}, .tests = tests, .calls = &copy.call, .call_count = 1};

	for (size_t i = 0; i < call->count; i++)
		tests[rule.test_count++] = test_of(&call->arguments[i], copy.values[i], copy.counts[i]);
	gl_policy_show_rule(&policy, &rule, text);
}

/* Blanks stand between words only. */
static void put_wrapped(const char *statement, struct gl_buf *text)
{
	size_t left = strlen(statement);

	while (left > GL_LEARN_WIDTH) {
		size_t cut = GL_LEARN_WIDTH;

		while (cut > 0 && statement[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		gl_buf_put(text, statement, cut);
		gl_buf_puts(text, " \\\n   ");
		statement += cut;
		left -= cut;
	}
	gl_buf_puts(text, statement);
}

void gl_learn_put_line(const char *statement, const char *comment, struct gl_buf *text)
{
	size_t len = strlen(statement);

	if (len < GL_LEARN_COMMENT) {
		gl_buf_printf(text, "%-*s# %s\n", GL_LEARN_COMMENT, statement, comment);
		return;
	}
	gl_buf_printf(text, "# %s\n", comment);
	put_wrapped(statement, text);
	gl_buf_putc(text, '\n');
}

static const char *phases_text(unsigned phases)
{
	switch (phases) {
	case GL_LEARN_START:
		return ", start";
	case GL_LEARN_MAIN:
		return ", main";
	case GL_LEARN_START | GL_LEARN_MAIN:
		return ", start and main";
	default: /* not watched, or not from the begin */
		return "";
	}
}

void gl_learn_put_comment(const struct gl_learn_box *box, struct gl_buf *comment)
{
	gl_buf_puts(comment, box->by ? box->by : "caller unknown");
	if (box->more)
		gl_buf_printf(comment, " and %zu more", box->more);
	if (box->times == 1)
		gl_buf_puts(comment, ", once");
	else
		gl_buf_printf(comment, ", %llu times", (unsigned long long)box->times);
	gl_buf_puts(comment, phases_text(box->phases));
}

void gl_learn_put_box_line(const char *statement, const struct gl_learn_box *box, struct gl_buf *text)
{
	gl_autobuf struct gl_buf comment = GL_BUF_INIT;

	gl_learn_put_comment(box, &comment);
	gl_learn_put_line(statement, gl_buf_text(&comment), text);
	if (gl_buf_error(&comment))
		text->error = gl_buf_error(&comment);
}

void gl_learn_put_boxes(const struct gl_learn_scheme *scheme, const struct gl_learn_boxes *boxes,
			struct gl_buf *text)
{
	for (size_t i = 0; i < boxes->count; i++) {
		gl_autobuf struct gl_buf statement = GL_BUF_INIT;

		if (gl_call_is_exec(scheme->machine, boxes->items[i].call))
			continue;
		gl_learn_put_box(scheme, &boxes->items[i], &statement);
		gl_learn_put_box_line(gl_buf_text(&statement), &boxes->items[i], text);
		if (gl_buf_error(&statement))
			text->error = gl_buf_error(&statement);
	}
}

const struct gl_learn_box *gl_learn_find_exec(const struct gl_learn_scheme *scheme,
					      const struct gl_learn_boxes *boxes)
{
	for (size_t i = 0; i < boxes->count; i++)
		if (gl_call_is_exec(scheme->machine, boxes->items[i].call))
			return &boxes->items[i];
	return NULL;
}

void gl_learn_put_statement(const struct gl_learn_scheme *scheme, const struct gl_learn_fact *fact,
			    struct gl_buf *text)
{
	struct gl_learn_box box;

	if (gl_call_is_exec(scheme->machine, fact->call)) {
		gl_buf_puts(text, "exec allow");
		return;
	}
	take_fact(scheme, fact, &box);
	gl_learn_put_box(scheme, &box, text);
}
