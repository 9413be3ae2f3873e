/*
 * Reading of lists: see policy/tool/tables.h.  The tool lives for a second, so
 * nothing is freed.
 */
#include <stdarg.h>

#include "base/file.h"
#include "policy/tool/tables.h"

#define MAX_LIST ((size_t)1 << 20)

void tables_fail(const struct tables_list *list, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", list->path, list->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void *tables_more(void *items, size_t count, size_t size)
{
	/* Doubled whenever a power of two is full. */
	if (count > 0 && (count & (count - 1)))
		return items;
	items = reallocarray(items, count ? count * 2 : 1, size);
	if (!items) {
		fputs("policy-tables: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return items;
}

void tables_open(struct tables_list *list, const char *path)
{
	struct gl_err err = GL_ERR_INIT;
	size_t len;

	*list = (struct tables_list){.path = path, .line = 1, .ended_with = '\n'};
	if (gl_file_slurp(path, MAX_LIST, &list->text, &len, &err) < 0) {
		fprintf(stderr, "policy-tables: %s\n", err.msg);
		exit(EXIT_FAILURE);
	}
	list->next = list->text;
	list->line = 0;
}

char *tables_word(struct tables_list *list)
{
	char *word;

	list->begins = list->ended_with == '\n';
	list->line += list->begins;
	for (;; list->next++) {
		list->next += strspn(list->next, " \t");
		if (*list->next == '#')
			list->next += strcspn(list->next, "\n");
		if (*list->next != '\n')
			break;
		list->line++;
		list->begins = true;
	}
	if (!*list->next)
		return NULL;
	word = list->next;
	list->next += strcspn(list->next, " \t\n#");
	list->ended_with = *list->next;
	if (list->ended_with == '#') { /* glued to the word: the comment ends with its line */
		*list->next++ = '\0';
		list->next += strcspn(list->next, "\n");
		list->ended_with = '\n';
		list->next += *list->next == '\n';
		return word;
	}
	if (*list->next)
		*list->next++ = '\0';
	return word;
}
