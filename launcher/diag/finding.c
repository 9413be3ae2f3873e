/*
 * Building findings: see diag/finding.h.
 *
 * A finding that cannot be built for want of memory is left out; the list
 * remembers that (the caller must not take an empty list for health).
 */
#include "diag/finding.h"

#include "base/escape.h"
#include "base/mem.h"

static char *format(const char *fmt, va_list ap) GL_PRINTF(1, 0);

static char *format(const char *fmt, va_list ap)
{
	struct gl_buf b = GL_BUF_INIT;

	gl_buf_vprintf(&b, fmt, ap);
	return gl_buf_take(&b);
}

static void finding_free(struct gl_finding *f)
{
	free(f->message);
	for (size_t i = 0; i < f->row_count; i++)
		free(f->rows[i].text);
	for (size_t i = 0; i < f->fix_count; i++)
		free(f->fixes[i]);
	json_decref(f->evidence);
	free(f);
}

struct gl_finding *gl_findings_add(struct gl_findings *list, enum gl_code code, const char *fmt, ...)
{
	struct gl_finding **slot, *f;
	va_list ap;

	slot = gl_mem_grow(&list->items, &list->room, list->count, sizeof(struct gl_finding *),
			   GL_FINDINGS_MAX);
	f = slot ? calloc(1, sizeof(*f)) : NULL;
	if (!f) {
		list->incomplete = true;
		return NULL;
	}
	va_start(ap, fmt);
	f->message = format(fmt, ap);
	va_end(ap);
	f->code = code;
	f->severity = gl_code_info(code)->severity;
	*slot = f;
	list->count++;
	return f;
}

void gl_findings_done(struct gl_findings *list)
{
	for (size_t i = 0; i < list->count; i++)
		finding_free(list->items[i]);
	free(list->items);
	*list = GL_FINDINGS_INIT;
}

void gl_findings_move(struct gl_findings *list, struct gl_findings *from,
		      bool (*wanted)(const struct gl_finding *))
{
	size_t kept = 0;

	for (size_t i = 0; i < from->count; i++) {
		struct gl_finding *f = from->items[i], **slot = NULL;

		if (wanted(f)) {
			slot = gl_mem_grow(&list->items, &list->room, list->count,
					   sizeof(struct gl_finding *), GL_FINDINGS_MAX);
			list->incomplete |= !slot;
		}
		if (slot) {
			*slot = f;
			list->count++;
		} else {
			from->items[kept++] = f;
		}
	}
	from->count = kept;
}

enum gl_severity gl_findings_worst(const struct gl_findings *list)
{
	enum gl_severity worst = GL_SEVERITY_NOTE;

	for (size_t i = 0; i < list->count; i++)
		worst = GL_MAX(worst, list->items[i]->severity);
	return worst;
}

const struct gl_finding *gl_findings_find(const struct gl_findings *list, enum gl_code code)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->code == code)
			return list->items[i];
	return NULL;
}

void gl_finding_row(struct gl_finding *f, const char *label, const char *fmt, ...)
{
	va_list ap;

	if (!f || f->row_count == GL_FINDING_MAX_ROWS)
		return;
	va_start(ap, fmt);
	f->rows[f->row_count].label = label;
	f->rows[f->row_count].text = format(fmt, ap);
	va_end(ap);
	if (f->rows[f->row_count].text)
		f->row_count++;
}

void gl_finding_fix(struct gl_finding *f, const char *fmt, ...)
{
	va_list ap;

	if (!f || f->fix_count == GL_FINDING_MAX_FIXES)
		return;
	va_start(ap, fmt);
	f->fixes[f->fix_count] = format(fmt, ap);
	va_end(ap);
	if (f->fixes[f->fix_count])
		f->fix_count++;
}

static void evidence(struct gl_finding *f, const char *key, json_t *value)
{
	if (!f) {
		json_decref(value);
		return;
	}
	if (!f->evidence)
		f->evidence = json_object();
	json_object_set_new(f->evidence, key, value);
}

void gl_finding_evidence(struct gl_finding *f, const char *key, const char *value)
{
	evidence(f, key, gl_json_text(value));
}

void gl_finding_evidence_int(struct gl_finding *f, const char *key, long long value)
{
	evidence(f, key, json_integer(value));
}

void gl_finding_evidence_list(struct gl_finding *f, const char *key, char *const *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, gl_json_text(values[i]));
	evidence(f, key, array);
}
