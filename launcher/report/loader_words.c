/*
 * Reading the dynamic loader's last words: see report/loader_words.h.
 *
 * The forms stand in one table.  The first line of the stream that is neither
 * a final word nor one of the loader's warnings ends the search: from there on
 * the program, or what it started, is speaking.
 */
#include "report/loader_words.h"

enum manner {
	FINAL,	 /* the loader gives up */
	WARNING, /* it goes on */
};

static const struct form {
	const char *start; /* behind "ARGV0: " where named is set; NULL: anything */
	const char *part;  /* that the line has besides; NULL: nothing */
	bool named;	   /* glibc puts argv[0] in front */
	enum manner manner;
	int status;
} forms[] = {
	/* glibc: elf/rtld.c, dl-error-skeleton.c (status 127) and dl-version.c (status 1) */
	{"error while loading shared libraries: ", NULL, true, FINAL, 127},
	{"symbol lookup error: ", NULL, true, FINAL, 127},
	{"relocation error: ", NULL, true, FINAL, 127},
	{NULL, "' not found (required by ", true, FINAL, 1},
	{NULL, ": no version information available (required by ", true, WARNING, 0},
	{"ERROR: ld.so: object '", NULL, false, WARNING, 0},
	{"FATAL: kernel too old", NULL, false, FINAL, 127},
	{"Fatal glibc error: ", NULL, false, FINAL, 127},
	/* musl: ldso/dynlink.c */
	{"Error loading shared library ", NULL, false, FINAL, 127},
	{"Error relocating ", NULL, false, FINAL, 127},
};

static struct gl_slice basename_of(struct gl_slice path)
{
	const char *slash = memrchr(path.text, '/', path.len);

	return slash ? gl_slice_skip(path, (size_t)(slash + 1 - path.text)) : path;
}

/* Takes "NAME: " off the line if NAME is the program, by its last component. */
static bool take_name(struct gl_slice *line, const char *program)
{
	struct gl_slice whole = {.text = program, .len = strlen(program)}, name = *line;
	long colon = gl_slice_find(*line, ": ");

	if (colon <= 0)
		return false;
	name.len = (size_t)colon;
	if (basename_of(name).len != basename_of(whole).len ||
	    memcmp(basename_of(name).text, basename_of(whole).text, basename_of(name).len) != 0)
		return false;
	*line = gl_slice_skip(*line, (size_t)colon + 2);
	return true;
}

static bool has_form(struct gl_slice line, const struct form *form)
{
	return (!form->start || gl_slice_starts(line, form->start)) &&
	       (!form->part || gl_slice_find(line, form->part) >= 0);
}

/* The form of a line, the name in front of it taken off; NULL: none of the loader's. */
static const struct form *find_form(struct gl_slice *line, const char *program)
{
	struct gl_slice rest = *line;
	bool named = take_name(&rest, program);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].named && !named)
			continue;
		if (has_form(forms[i].named ? rest : *line, &forms[i])) {
			if (forms[i].named)
				*line = rest;
			return &forms[i];
		}
	}
	return NULL;
}

bool gl_loader_words_parse(const char *head, size_t len, const char *program, struct gl_loader_words *ret)
{
	struct gl_loader_words words = {.line_count = 0};
	const char *end = head + len;
	const struct form *form;
	struct gl_slice line;

	while (gl_lines_next(&head, end, &line)) {
		form = find_form(&line, program);
		if (!form)
			break;
		if (form->manner == WARNING)
			continue;
		words.status = form->status;
		if (words.line_count < GL_LOADER_MAX_LINES)
			words.lines[words.line_count++] = line;
		else
			words.lines_left_out++;
	}
	if (!words.line_count)
		return false;
	*ret = words;
	return true;
}
