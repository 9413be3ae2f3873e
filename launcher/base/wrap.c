/*
 * Breaking text into lines: see base/wrap.h.
 */
#include "base/wrap.h"

#include <stdbool.h>

void gl_wrap_text(struct gl_buf *b, const char *text, const char *first, const char *rest)
{
	size_t column = strlen(first), len;
	bool begun = false;

	gl_buf_puts(b, first);
	for (; *text; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (!len)
			break;
		if (begun && column + 1 + len > GL_WRAP_WIDTH) {
			gl_buf_printf(b, "\n%s", rest);
			column = strlen(rest);
			begun = false;
		}
		gl_buf_puts(b, begun ? " " : "");
		gl_buf_put(b, text, len);
		column += len + begun;
		begun = true;
	}
	gl_buf_putc(b, '\n');
}
