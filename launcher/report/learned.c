/*
 * Records to facts: see report/learned.h.
 *
 * Of several callers the first by name is told, not the first that came: which
 * goroutine is first differs from run to run.  Places in libraries are told without
 * addresses where there is a name, since those change with each build.
 */
#include "report/learned.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "report/frame_text.h"

#define MAX_NAME   80
#define MAX_CALLER 160

void gl_learned_facts_done(struct gl_learned_facts *facts)
{
	for (size_t i = 0; facts->callers && i < facts->count; i++)
		free(facts->callers[i]);
	free(facts->callers);
	free(facts->items);
	*facts = GL_LEARNED_FACTS_INIT;
}

static struct gl_slice slice_of(const char *text)
{
	return (struct gl_slice){.text = text, .len = strlen(text)};
}

static void put_escaped(struct gl_buf *b, const char *text)
{
	gl_escape_text(b, text, strlen(text), MAX_NAME);
}

static void put_foreign(const struct gl_caller *caller, struct gl_buf *b)
{
	const char *slash = strrchr(caller->file, '/');

	if (*caller->function) {
		put_escaped(b, caller->function);
		gl_buf_puts(b, " in ");
	}
	put_escaped(b, slash ? slash + 1 : caller->file);
	if (!*caller->function)
		gl_buf_printf(b, "+0x%" PRIx64, caller->offset);
}

void gl_learned_put_caller(const struct gl_learn_caller *caller, struct gl_buf *text)
{
	const struct gl_frame frame = {.function = slice_of(caller->caller.function),
				       .file = slice_of(caller->caller.file),
				       .line = caller->caller.line};
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	if (*caller->program) {
		put_escaped(&b, caller->program);
		gl_buf_puts(&b, ": ");
	}
	if (caller->caller.kind == GL_CALLER_GO)
		gl_frame_text(&b, &frame, true);
	else
		put_foreign(&caller->caller, &b);
	/* Twice escaped is once: what was is printable. */
	gl_escape_text(text, gl_buf_text(&b), b.len, MAX_CALLER);
	if (gl_buf_error(&b))
		text->error = gl_buf_error(&b);
}

static char *caller_text(const struct gl_learn_caller *caller)
{
	struct gl_buf b = GL_BUF_INIT;
	char *text;

	gl_learned_put_caller(caller, &b);
	text = gl_buf_take(&b);
	gl_buf_done(&b);
	return text;
}

/* The first by name; false: out of memory. */
static bool choose_caller(const struct gl_learn_record *record, char **ret_text)
{
	char *first = NULL;

	for (size_t i = 0; i < record->caller_count; i++) {
		char *text = caller_text(&record->callers[i]);

		if (!text) {
			free(first);
			return false;
		}
		if (!first || strcmp(text, first) < 0) {
			free(first);
			first = text;
		} else {
			free(text);
		}
	}
	*ret_text = first;
	return true;
}

static bool add_fact(const struct gl_learn_record *record, struct gl_learned_facts *facts)
{
	struct gl_learn_fact *fact = &facts->items[facts->count];

	if (!choose_caller(record, &facts->callers[facts->count]))
		return false;
	fact->call = record->call;
	fact->foreign = record->foreign;
	memcpy(fact->values, record->values, sizeof(fact->values));
	fact->count = record->count;
	fact->phases = record->phases;
	fact->by = facts->callers[facts->count];
	fact->more = record->caller_count > 1 ? record->caller_count - 1 + record->more_callers : 0;
	fact->decision = record->decision;
	facts->count++;
	return true;
}

int gl_learned_facts_read(const struct gl_learn *learn, struct gl_learned_facts *ret, struct gl_err *err)
{
	gl_autofacts struct gl_learned_facts facts = GL_LEARNED_FACTS_INIT;
	size_t count;
	const struct gl_learn_record *records = gl_learn_records(learn, &count);
	bool ok;

	facts.items = calloc(count + 1, sizeof(*facts.items));
	facts.callers = calloc(count + 1, sizeof(*facts.callers));
	ok = facts.items && facts.callers;
	for (size_t i = 0; i < count && ok; i++)
		if (records[i].count > 0)
			ok = add_fact(&records[i], &facts);
	if (!ok)
		return gl_err_sys(err, ENOMEM, "cannot write what was learned");
	*ret = facts;
	facts = GL_LEARNED_FACTS_INIT;
	return 0;
}
