/*
 * What was learned, added to a policy that there is: see policy/learn.h.
 *
 * The new lines stand in front of the text.  The last statement that holds decides, so
 * none of the text's own is overridden: what it denies by name stays denied, and is for
 * a person to change.  Only what its default denies is allowed now.
 */
#include "policy/learn_parts.h"

#include <errno.h>
#include <string.h>

enum gl_learn_conflict gl_learn_conflict_of(const struct gl_learn_fact *fact)
{
	const struct gl_policy_decision *d = &fact->decision;

	switch (d->zone) {
	case GL_ZONE_NEWER:
		return GL_LEARN_NEWER;
	case GL_ZONE_EXEC:
		return GL_LEARN_EXEC;
	case GL_ZONE_FOREIGN:
		return d->place.line ? GL_LEARN_FOREIGN : GL_LEARN_ADDED;
	case GL_ZONE_RULE:
		return GL_LEARN_DENIED;
	case GL_ZONE_ALWAYS:
	case GL_ZONE_DEFAULT:
	case GL_ZONE_MAX:
		break;
	}
	return GL_LEARN_ADDED;
}

static bool is_added(const struct gl_learn_fact *fact)
{
	return gl_learn_conflict_of(fact) == GL_LEARN_ADDED;
}

/* Does the text begin with a comment that stands for itself: an empty line behind it?  Its bytes. */
static size_t head_of(const char *text)
{
	const char *at = text;

	while (*at == '#') {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return at > text && *at == '\n' ? (size_t)(at - text) + 1 : 0;
}

int gl_learn_merge(const struct gl_learned *learned, const struct gl_policy *into, struct gl_buf *text,
		   size_t *ret_added, struct gl_err *err)
{
	gl_autoboxes struct gl_learn_boxes boxes = GL_LEARN_BOXES_INIT;
	const char *old = into->files[0].text;
	size_t head = head_of(old);
	int r = gl_learn_boxes_make(learned, is_added, &boxes, err);

	if (r < 0)
		return r;
	gl_buf_put(text, old, head);
	if (boxes.count > 0) {
		gl_buf_printf(text, "# Learned from %s on Linux %u.%u\n", learned->program,
			      learned->kernel >> 16, learned->kernel & 0xffff);
		if (boxes.foreign)
			gl_buf_puts(text, "abis all\n");
		gl_learn_put_boxes(learned->scheme, &boxes, text);
		gl_buf_putc(text, '\n');
	}
	gl_buf_puts(text, old + head);
	*ret_added = boxes.count;
	return gl_buf_error(text) ? gl_err_sys(err, gl_buf_error(text), "cannot write what was learned") : 0;
}
