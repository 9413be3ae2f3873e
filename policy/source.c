/*
 * Policies of any form: see policy/source.h.
 *
 * A file is read once to see what it is; a policy in golaunch's own language is
 * then read by policy/read.c, which knows about includes.  A compiled policy
 * carries its texts along, so its includes are found in it; the files that these
 * came from are looked at only to see that they are the same.
 */
#include "policy/source.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/group.h"
#include "policy/minijail.h"
#include "policy/oci.h"

void gl_policy_source_done(struct gl_policy_source *source)
{
	gl_policy_done(&source->policy);
	gl_compiled_done(&source->compiled);
}

static enum gl_policy_form form_of(const char *bytes, size_t len)
{
	if (gl_compiled_is(bytes, len))
		return GL_FORM_COMPILED;
	if (gl_oci_is(bytes))
		return GL_FORM_OCI;
	return gl_minijail_is(bytes) ? GL_FORM_MINIJAIL : GL_FORM_TEXT;
}

/* --- converted ------------------------------------------------------------------------------ */

typedef int converter(const struct gl_machine_calls *machine, const char *name, const char *text,
		      struct gl_converted *converted, struct gl_err *err);

/* NULL: it is golaunch's own. */
static converter *converter_of(enum gl_policy_form form)
{
	return form == GL_FORM_OCI ? gl_oci_read : form == GL_FORM_MINIJAIL ? gl_minijail_read : NULL;
}

static int read_converted(const struct gl_policy_reading *reading, const char *name, const char *text,
			  converter *convert, struct gl_policy *policy, struct gl_err *err)
{
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	int r;

	converted.warnings = reading->warnings;
	converted.notes = reading->notes;
	r = convert(reading->machine, name, text, &converted, err);
	return r < 0 ? r : gl_converted_parse(&converted, reading->machine, name, text, policy, err);
}

/* --- compiled ------------------------------------------------------------------------------------ */

/* A gl_policy_reader of the texts that a compiled policy carries. */
static int read_carried(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
			struct gl_err *err)
{
	const struct gl_compiled *compiled = arg;
	gl_autofree char *whole = gl_policy_include_name(from, name);
	size_t i = 0;

	if (!whole)
		return gl_err_sys(err, ENOMEM, "cannot read '%.200s'", name);
	while (i < compiled->file_count && strcmp(compiled->files[i].name, whole) != 0)
		i++;
	if (i == compiled->file_count)
		return gl_err_set(err, EBADMSG, "'%.200s' is not in the compiled policy", whole);
	*ret_text = strdup(compiled->files[i].text);
	if (!*ret_text)
		return gl_err_sys(err, ENOMEM, "cannot read '%.200s'", name);
	*ret_name = GL_TAKE_PTR(whole);
	return 0;
}

/*
 * One that was made from another format carries the original, which is converted
 * once more: its lines are what denials are explained by.  Nobody warns again.
 */
static int read_original(const struct gl_policy_reading *reading, const struct gl_compiled *compiled,
			 struct gl_policy *policy, struct gl_err *err)
{
	const struct gl_policy_reading quiet = {.machine = reading->machine};
	const struct gl_policy_file *original = &compiled->files[1];
	int r = read_converted(&quiet, original->name, original->text,
			       converter_of(form_of(original->text, strlen(original->text))), policy, err);

	if (r < 0 || !strcmp(policy->files[0].text, compiled->files[0].text))
		return r;
	gl_policy_done(policy);
	*policy = GL_POLICY_INIT;
	return gl_err_set(err, EBADMSG, "its filter was made from another text than '%.200s'",
			  original->name);
}

static bool has_original(const struct gl_compiled *compiled)
{
	const struct gl_policy_file *files = compiled->files;

	return compiled->file_count == 2 && gl_converted_is_name(files[0].name, files[1].name) &&
	       converter_of(form_of(files[1].text, strlen(files[1].text)));
}

static int read_compiled(const struct gl_policy_reading *reading, const char *name, const char *bytes,
			 size_t len, struct gl_policy_source *source, struct gl_err *err)
{
	struct gl_compiled *compiled = &source->compiled;
	int r = gl_compiled_read(bytes, len, reading->machine, compiled, err);

	if (r == 0 && has_original(compiled))
		r = read_original(reading, compiled, &source->policy, err);
	else if (r == 0)
		r = gl_policy_parse(reading->machine, compiled->files[0].name, compiled->files[0].text,
				    read_carried, compiled, &source->policy, err);
	return r < 0 ? gl_err_wrap(err, "policy '%.200s'", name) : 0;
}

/* --- any -------------------------------------------------------------------------------------------- */

static int check_text(const char *name, const char *bytes, size_t len, struct gl_err *err)
{
	if (len > GL_POLICY_MAX_BYTES)
		return gl_err_set(err, EFBIG, "'%.200s' has more than %zu bytes", name, GL_POLICY_MAX_BYTES);
	if (strlen(bytes) != len)
		return gl_err_set(err, EINVAL, "'%.200s' is no text: it holds a NUL byte", name);
	return 0;
}

/* Any form; a policy in golaunch's own language is only recognised. */
static int read_form(const struct gl_policy_reading *reading, const char *name, const char *bytes, size_t len,
		     struct gl_policy_source *source, struct gl_err *err)
{
	int r;

	source->form = form_of(bytes, len);
	if (source->form == GL_FORM_COMPILED)
		return read_compiled(reading, name, bytes, len, source, err);
	r = check_text(name, bytes, len, err);
	if (r < 0 || source->form == GL_FORM_TEXT)
		return r;
	return read_converted(reading, name, bytes, converter_of(source->form), &source->policy, err);
}

/* What only a file has: a name under which the text, and those that it was compiled from, can be found again. */
static int look_at_file(const char *name, struct gl_policy_source *source, struct gl_err *err)
{
	struct gl_policy *policy = &source->policy;
	int r = 0;

	if (source->form == GL_FORM_COMPILED)
		r = gl_compiled_check_files(&source->compiled, name, err);
	else if (source->form != GL_FORM_TEXT)
		policy->files[policy->file_count - 1].is_file = true; /* the original */
	return r < 0 ? gl_err_wrap(err, "policy '%.200s'", name) : 0;
}

static int read_file(const struct gl_policy_reading *reading, const char *name,
		     struct gl_policy_source *source, struct gl_err *err)
{
	gl_autofree char *bytes = NULL;
	size_t len = 0;
	int r = gl_policy_read_bytes(reading, name, GL_COMPILED_MAX_BYTES, &bytes, &len, err);

	if (r == 0)
		r = read_form(reading, name, bytes, len, source, err);
	if (r == 0)
		r = look_at_file(name, source, err);
	return r < 0 || source->form != GL_FORM_TEXT
		       ? r
		       : gl_policy_read_file(reading, name, &source->policy, err);
}

int gl_policy_source_bytes(const struct gl_policy_reading *reading, const char *name, const char *bytes,
			   size_t len, struct gl_policy_source *ret_source, struct gl_err *err)
{
	gl_autosource struct gl_policy_source source = GL_POLICY_SOURCE_INIT;
	int r = read_form(reading, name, bytes, len, &source, err);

	if (r == 0 && source.form == GL_FORM_TEXT)
		r = gl_policy_read_text(reading, name, bytes, &source.policy, err);
	if (r < 0)
		return r;
	*ret_source = source;
	source = GL_POLICY_SOURCE_INIT;
	return 0;
}

/* Is it a preset's name, or none that can be opened: policy/read.h knows what to say. */
static bool is_plain_name(const char *name)
{
	return gl_preset_text_find(name, strlen(name)) ||
	       (!strchr(name, '/') && access(name, F_OK) < 0 && errno == ENOENT);
}

int gl_policy_source_read(const struct gl_policy_reading *reading, const char *name,
			  struct gl_policy_source *ret_source, struct gl_err *err)
{
	gl_autosource struct gl_policy_source source = {.form = GL_FORM_PRESET};
	int r = is_plain_name(name) ? gl_policy_read(reading, name, &source.policy, err)
				    : read_file(reading, name, &source, err);

	if (r < 0)
		return r;
	*ret_source = source;
	source = GL_POLICY_SOURCE_INIT;
	return 0;
}
