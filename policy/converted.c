/*
 * Text made from another format, statement by statement, and its places in the
 * original: see policy/converted.h.
 *
 * The policy keeps both texts: its first file is the converted one, which can be
 * read again by itself (a compiled policy carries it along), the second the
 * original, which all places are in.
 */
#include "policy/converted.h"

#include <errno.h>

#include "base/mem.h"

#define LINE_WIDTH 90
#define MAX_LINES  GL_POLICY_MAX_BYTES
#define SUFFIX	   " (converted)"

void gl_converted_done(struct gl_converted *converted)
{
	gl_buf_done(&converted->text);
	free(converted->lines);
	*converted = GL_CONVERTED_INIT;
}

static void add_line(struct gl_converted *converted, unsigned line)
{
	unsigned *slot = gl_mem_grow(&converted->lines, &converted->line_room, converted->line_count,
				     sizeof(*slot), MAX_LINES);

	if (!slot) {
		converted->text.error = errno;
		return;
	}
	*slot = line;
	converted->line_count++;
}

void gl_converted_end(struct gl_converted *converted, unsigned line)
{
	gl_buf_putc(&converted->text, '\n');
	while (!gl_buf_error(&converted->text) && converted->ended < converted->text.len)
		if (converted->text.data[converted->ended++] == '\n')
			add_line(converted, line);
}

void gl_converted_names(struct gl_converted *converted, const struct gl_machine_calls *machine,
			const uint16_t *calls, size_t count)
{
	struct gl_buf *text = &converted->text;
	size_t line = converted->ended;

	for (size_t i = 0; i < count; i++) {
		const char *name = machine->calls[calls[i]].name;

		if (text->len - line + strlen(name) > LINE_WIDTH) {
			gl_buf_puts(text, " \\\n    ");
			line = text->len;
		}
		gl_buf_printf(text, " %s", name);
	}
}

static void put_line(struct gl_buf *lines, const char *fmt, va_list ap) GL_PRINTF(2, 0);

static void put_line(struct gl_buf *lines, const char *fmt, va_list ap)
{
	if (!lines)
		return;
	gl_buf_vprintf(lines, fmt, ap);
	gl_buf_putc(lines, '\n');
}

void gl_converted_warn(struct gl_converted *converted, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(converted->warnings, fmt, ap);
	va_end(ap);
}

void gl_converted_note(struct gl_converted *converted, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_line(converted->notes, fmt, ap);
	va_end(ap);
}

/* --- reading ----------------------------------------------------------------------------- */

static int add_original(struct gl_policy *policy, const char *name, const char *original)
{
	struct gl_policy_file *file = gl_mem_grow(&policy->files, &policy->file_room, policy->file_count,
						  sizeof(*file), GL_POLICY_MAX_FILES);

	if (!file)
		return -errno;
	*file = (struct gl_policy_file){.name = strdup(name), .text = strdup(original)};
	policy->file_count++;
	return file->name && file->text ? 0 : -ENOMEM;
}

static void move_place(const struct gl_converted *converted, uint16_t file, struct gl_policy_place *place)
{
	if (place->line == 0 || place->line > converted->line_count)
		return;
	/* Line 0 is what golaunch itself puts in. */
	*place =
		(struct gl_policy_place){.file = file, .line = GL_MAX(converted->lines[place->line - 1], 1u)};
}

static void move_places(const struct gl_converted *converted, struct gl_policy *policy)
{
	uint16_t file = (uint16_t)(policy->file_count - 1);
	struct gl_policy_place *const once[] = {&policy->known_through_place, &policy->fallback_place,
						&policy->abis_place, &policy->exec_place,
						&policy->no_new_privs_place};

	for (size_t i = 0; i < GL_ARRAY_SIZE(once); i++)
		move_place(converted, file, once[i]);
	for (size_t i = 0; i < policy->rule_count; i++)
		move_place(converted, file, &policy->rules[i].place);
	for (size_t i = 0; i < policy->setting_count; i++)
		move_place(converted, file, &policy->settings[i].place);
}

bool gl_converted_is_name(const char *name, const char *original)
{
	size_t len = strlen(original);

	return !strncmp(name, original, len) && !strcmp(name + len, SUFFIX);
}

int gl_converted_parse(const struct gl_converted *converted, const struct gl_machine_calls *machine,
		       const char *name, const char *original, struct gl_policy *ret_policy,
		       struct gl_err *err)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autofree char *own_name = NULL;
	int r;

	if (asprintf(&own_name, "%s" SUFFIX, name) < 0)
		return gl_err_sys(err, ENOMEM, "cannot read policy '%.200s'", name);
	r = gl_policy_parse(machine, own_name, gl_buf_text(&converted->text), NULL, NULL, &policy, err);
	if (r < 0)
		return r;
	r = add_original(&policy, name, original);
	if (r < 0)
		return gl_err_sys(err, -r, "cannot read policy '%.200s'", name);
	move_places(converted, &policy);
	*ret_policy = policy;
	policy = GL_POLICY_INIT;
	return 0;
}
