/*
 * Policies as lines of a systemd unit, what is no filter: limits, environment, user.
 *
 * systemd reads values with rules of its own: "%" begins a specifier, numbers with a
 * leading zero are octal, names of variables are a shell's, and a variable that one
 * line unsets is unset whatever the others say.  What it would pass over with a word
 * in its log is not written, and is told here.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/show.h"
#include "policy/systemd_parts.h"

#define SHOWN	   60
#define NICE_RANGE "40" /* of RLIMIT_NICE: setrlimit(2); systemd takes no infinity for it */

void gl_systemd_lose(struct gl_buf *losses, const char *fmt, ...)
{
	va_list ap;

	if (!losses)
		return;
	va_start(ap, fmt);
	gl_buf_vprintf(losses, fmt, ap);
	va_end(ap);
	gl_buf_putc(losses, '\n');
}

/* --- limits ------------------------------------------------------------------------------------ */

/* "unlimited" is called infinity; systemd takes a number with a leading zero for octal. */
static void put_amount(struct gl_buf *text, const char *amount, size_t len, bool nice)
{
	if (len == strlen("unlimited") && !memcmp(amount, "unlimited", len)) {
		gl_buf_puts(text, nice ? NICE_RANGE : "infinity");
		return;
	}
	while (len > 1 && *amount == '0' && isdigit((unsigned char)amount[1])) {
		amount++;
		len--;
	}
	gl_buf_put(text, amount, len);
}

/* "nofile=4096:65536" */
static void put_limit(struct gl_buf *text, const char *limit)
{
	size_t name = strcspn(limit, "="), soft = strcspn(limit + name + 1, ":");
	const char *value = limit + name + 1;
	bool nice = !strncmp(limit, "nice=", strlen("nice="));

	gl_buf_puts(text, "Limit");
	for (size_t i = 0; i < name; i++)
		gl_buf_putc(text, (char)toupper((unsigned char)limit[i]));
	gl_buf_putc(text, '=');
	put_amount(text, value, soft, nice);
	if (value[soft]) {
		gl_buf_putc(text, ':');
		put_amount(text, value + soft + 1, strlen(value + soft + 1), nice);
	}
	gl_buf_putc(text, '\n');
}

/* --- environment ----------------------------------------------------------------------------------- */

/* Within double quotes; "%" begins a specifier. */
static void put_quoted(struct gl_buf *text, const char *value)
{
	gl_buf_putc(text, '"');
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			gl_buf_printf(text, "\\%c", c);
		else if (c == '%')
			gl_buf_puts(text, "%%");
		else if (c < ' ' || c > 0x7e)
			gl_buf_printf(text, "\\x%02x", c);
		else
			gl_buf_putc(text, (char)c);
	}
	gl_buf_putc(text, '"');
}

/* A name as systemd has them, with src/basic/env-util.c: letters, digits and "_", no digit first. */
static bool is_name(const char *name, size_t len)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

	if (len == 0 || !memchr(first, *name, sizeof(first) - 1))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!memchr(first, name[i], sizeof(first) - 1) && (name[i] < '0' || name[i] > '9'))
			return false;
	return true;
}

static bool is_utf8(const char *value)
{
	gl_autobuf struct gl_buf clean = GL_BUF_INIT;

	gl_escape_utf8(&clean, value, strlen(value), 0);
	return !gl_buf_error(&clean) && !strcmp(gl_buf_text(&clean), value);
}

/* A line about something that a unit has no words for. */
static void lose_named(struct gl_buf *losses, const char *what, const char *name)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);

	gl_systemd_lose(losses, "%s '%s'", what, shown ? shown : "");
}

/* Does a later line decide about this variable?  One that sets it goes over "drop" wherever it stands. */
static bool is_overridden(const struct gl_policy *policy, size_t at)
{
	const struct gl_policy_setting *own = &policy->settings[at];
	size_t len = strlen(own->text);

	for (size_t i = 0; i < policy->setting_count; i++) {
		const struct gl_policy_setting *s = &policy->settings[i];
		bool chooses = s->kind == GL_POLICY_ENV_KEEP || s->kind == GL_POLICY_ENV_DROP;

		if (chooses && i > at && s->kind != own->kind && !fnmatch(s->text, own->text, 0))
			return true;
		if (s->kind == GL_POLICY_ENV_SET && own->kind == GL_POLICY_ENV_DROP &&
		    !strncmp(s->text, own->text, len) && s->text[len] == '=')
			return true;
	}
	return false;
}

static void put_choice(const struct gl_policy *policy, size_t at, struct gl_buf *text, struct gl_buf *losses)
{
	const struct gl_policy_setting *s = &policy->settings[at];

	if (strpbrk(s->text, "*?[\\"))
		lose_named(losses, "env: a unit has no patterns:", s->text);
	else if (!is_name(s->text, strlen(s->text)))
		lose_named(losses, "env: systemd has no variables of such a name:", s->text);
	else if (!is_overridden(policy, at))
		gl_buf_printf(text, "%sEnvironment=%s\n", s->kind == GL_POLICY_ENV_KEEP ? "Pass" : "Unset",
			      s->text);
}

static void put_variable(struct gl_buf *text, struct gl_buf *losses, const char *variable)
{
	if (!is_name(variable, strcspn(variable, "="))) {
		lose_named(losses, "env: systemd has no variables of such a name:", variable);
	} else if (!is_utf8(variable)) {
		lose_named(losses, "env: systemd refuses values that are not UTF-8:", variable);
	} else {
		gl_buf_puts(text, "Environment=");
		put_quoted(text, variable);
		gl_buf_putc(text, '\n');
	}
}

/* --- user --------------------------------------------------------------------------------------------- */

static void put_id(struct gl_buf *text, const char *key, const char *name, size_t len)
{
	gl_buf_puts(text, key);
	for (size_t i = 0; i < len; i++)
		gl_buf_printf(text, name[i] == '%' ? "%c%%" : "%c", name[i]);
	gl_buf_putc(text, '\n');
}

/* The last line counts, with its group or without. */
static void put_user(const struct gl_policy *policy, struct gl_buf *text)
{
	const char *user = NULL;
	size_t len;

	for (size_t i = 0; i < policy->setting_count; i++)
		if (policy->settings[i].kind == GL_POLICY_USER)
			user = policy->settings[i].text;
	if (!user)
		return;
	len = strcspn(user, ":");
	put_id(text, "User=", user, len);
	if (user[len])
		put_id(text, "Group=", user + len + 1, strlen(user + len + 1));
}

/* --- all ------------------------------------------------------------------------------------------------ */

static void lose_landlock(struct gl_buf *losses, const struct gl_policy_setting *s)
{
	gl_autofree char *shown = gl_escape_dup(s->text, SHOWN);

	gl_systemd_lose(losses, "%s %s: a unit has no Landlock rules", gl_policy_setting_word(s->kind),
			shown ? shown : "");
}

static void put_setting(const struct gl_policy *policy, size_t at, struct gl_buf *text, struct gl_buf *losses)
{
	const struct gl_policy_setting *s = &policy->settings[at];

	switch (s->kind) {
	case GL_POLICY_LIMIT:
		put_limit(text, s->text);
		break;
	case GL_POLICY_ENV_KEEP:
	case GL_POLICY_ENV_DROP:
		put_choice(policy, at, text, losses);
		break;
	case GL_POLICY_ENV_SET:
		put_variable(text, losses, s->text);
		break;
	case GL_POLICY_READ:
	case GL_POLICY_WRITE:
	case GL_POLICY_EXECUTE:
	case GL_POLICY_BIND:
	case GL_POLICY_CONNECT:
		lose_landlock(losses, s);
		break;
	case GL_POLICY_CAPABILITIES: /* all together: systemd.c */
	case GL_POLICY_USER:
	case GL_POLICY_SETTING_MAX:
		break;
	}
}

void gl_systemd_settings(const struct gl_policy *policy, struct gl_buf *text, struct gl_buf *losses)
{
	put_user(policy, text);
	for (size_t i = 0; i < policy->setting_count; i++)
		put_setting(policy, i, text, losses);
}
