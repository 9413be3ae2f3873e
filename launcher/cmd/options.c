/*
 * The option parser: see cmd/options.h.
 *
 * Two passes: the command line first, then the environment for what it left
 * open.  So an .env file can never weaken what stands on the line.
 */
#include "cmd/options.h"

#include <ctype.h>
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"

#define NAME_MAX_LENGTH 64
#define HELP_COLUMN	30

static struct gl_buf from_environment = {.data = NULL};

struct parser {
	const struct gl_option_table *table;
	void *into;
	bool seen[GL_OPTIONS_MAX];
	bool security_seen;
	bool no_env;
};

static int usage_error(struct gl_err *err, int errnum, const char *what, const char *hostile)
{
	gl_autofree char *shown = gl_escape_dup(hostile, 80);

	return gl_err_set(err, errnum, "%s '%s'", what, shown ? shown : "?");
}

static int take(struct parser *p, size_t i, const char *value, struct gl_err *err)
{
	const struct gl_option *o = &p->table->options[i];
	int r;

	if (p->seen[i] && o->value && !(o->flags & GL_OPTION_REPEAT))
		return gl_err_set(err, EINVAL, "option '--%s' is given twice", o->name);
	p->seen[i] = true;
	p->security_seen |= (o->flags & GL_OPTION_SECURITY) != 0;
	p->no_env |= (o->flags & GL_OPTION_NO_ENV) != 0;
	r = o->take(p->into, value ? value : "", err);
	if (r && o->name)
		return gl_err_wrap(err, "option '--%s'", o->name);
	if (r)
		return gl_err_wrap(err, "option '-%c'", o->letter);
	return 0;
}

static int find_long(const struct gl_option_table *table, const char *name, size_t len)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->options[i].name && strlen(table->options[i].name) == len &&
		    !strncmp(table->options[i].name, name, len))
			return (int)i;
	return -1;
}

static int find_letter(const struct gl_option_table *table, char letter)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->options[i].letter == letter)
			return (int)i;
	return -1;
}

/* Takes argv[0], a word that begins with "--"; *used counts the words. */
static int parse_long(struct parser *p, int argc, char *const *argv, int *used, struct gl_err *err)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '='), *value = equals ? equals + 1 : NULL;
	int i = find_long(p->table, name, equals ? (size_t)(equals - name) : strlen(name));

	*used = 1;
	if (i < 0)
		return usage_error(err, EINVAL, "unknown option", argv[0]);
	if (value && !p->table->options[i].value)
		return gl_err_set(err, EINVAL, "option '--%s' takes no value", p->table->options[i].name);
	if (!value && p->table->options[i].value) {
		if (argc < 2)
			return gl_err_set(err, EINVAL, "option '--%s' needs a value: %s",
					  p->table->options[i].name, p->table->options[i].value);
		value = argv[1];
		*used = 2;
	}
	return take(p, (size_t)i, value, err);
}

/* Takes argv[0], letters behind one "-"; the last may take a value, attached or as the next word. */
static int parse_letters(struct parser *p, int argc, char *const *argv, int *used, struct gl_err *err)
{
	const char *value;
	int i, r;

	*used = 1;
	for (const char *letter = argv[0] + 1; *letter; letter++) {
		i = find_letter(p->table, *letter);
		if (i < 0)
			return usage_error(err, EINVAL, "unknown option", argv[0]);
		if (!p->table->options[i].value) {
			r = take(p, (size_t)i, NULL, err);
			if (r)
				return r;
			continue;
		}
		value = letter[1] ? letter + 1 : argc > 1 ? argv[1] : NULL;
		*used = letter[1] ? 1 : 2;
		if (!value)
			return gl_err_set(err, EINVAL, "option '-%c' needs a value: %s", *letter,
					  p->table->options[i].value);
		return take(p, (size_t)i, value, err);
	}
	return 0;
}

static void env_name(const struct gl_option *o, char name[NAME_MAX_LENGTH])
{
	snprintf(name, NAME_MAX_LENGTH, "%s%s", GL_OPTION_ENV_PREFIX, o->name);
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* The value of an environment string of that name, or NULL. */
static const char *env_value(const char *string, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(string, name, len) && string[len] == '=' ? string + len + 1 : NULL;
}

/* A flag from the environment: 1 set, 0 not, -EINVAL neither word. */
static int parse_flag(const char *value)
{
	static const struct {
		const char *word;
		int set;
	} words[] = {{"1", 1}, {"true", 1},  {"yes", 1}, {"on", 1}, {"", 0},
		     {"0", 0}, {"false", 0}, {"no", 0},	 {"off", 0}};

	for (size_t i = 0; i < GL_ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, value))
			return words[i].set;
	return -EINVAL;
}

static int take_from_environment(struct parser *p, size_t i, const char *name, const char *value,
				 struct gl_err *err)
{
	int set = p->table->options[i].value ? *value != '\0' : parse_flag(value), r;

	if (set < 0)
		return gl_err_set(err, EINVAL, "environment variable '%s' must be 1 or 0", name);
	if (!set)
		return 0;
	r = take(p, i, value, err);
	if (r)
		return gl_err_wrap(err, "environment variable '%s'", name);
	gl_buf_printf(&from_environment, "%s--%s (%s)", from_environment.len ? ", " : "",
		      p->table->options[i].name, name);
	return 0;
}

/* Most environments have none of ours: told by one look, since a launch should cost little. */
static bool is_ours(const char *env_string)
{
	return !strncmp(env_string, GL_OPTION_ENV_PREFIX, strlen(GL_OPTION_ENV_PREFIX));
}

static int parse_environment(struct parser *p, char *const *env, struct gl_err *err)
{
	bool security_closed = p->security_seen;
	char name[NAME_MAX_LENGTH];
	const char *value;
	int r;

	while (*env && !is_ours(*env))
		env++;
	for (size_t i = 0; *env && i < p->table->count; i++) {
		if (!(p->table->options[i].flags & GL_OPTION_ENV) || p->seen[i])
			continue;
		if ((p->table->options[i].flags & GL_OPTION_SECURITY) && security_closed)
			continue;
		env_name(&p->table->options[i], name);
		for (size_t k = 0; env[k] && !p->seen[i]; k++) {
			value = env_value(env[k], name);
			r = value ? take_from_environment(p, i, name, value, err) : 0;
			if (r)
				return r;
		}
	}
	return 0;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* The option that argv begins with, or the "--" that ends them; *ret_used: how many words it is. */
static int parse_option(struct parser *p, int argc, char *const *argv, int *ret_used, bool *ret_ended,
			struct gl_err *err)
{
	*ret_ended = !strcmp(argv[0], "--");
	*ret_used = 1;
	if (*ret_ended)
		return 0;
	return argv[0][1] == '-' ? parse_long(p, argc, argv, ret_used, err)
				 : parse_letters(p, argc, argv, ret_used, err);
}

int gl_options_parse(const struct gl_option_table *table, int argc, char *const *argv, char *const *env,
		     void *into, int *ret_used, bool *ret_ended, struct gl_err *err)
{
	struct parser p = {.table = table, .into = into};
	bool ended = false;
	int used, at = 0, r = 0;

	while (!r && !ended && at < argc && is_option(argv[at])) {
		r = parse_option(&p, argc - at, argv + at, &used, &ended, err);
		at += used;
	}
	if (!r && env && !p.no_env)
		r = parse_environment(&p, env, err);
	if (r)
		return r;
	*ret_used = at;
	*ret_ended = ended;
	return 0;
}

/* Moves the `count` words at argv[from] to argv[to], before those that stood between. */
static void bring_forward(char **argv, int to, int from, int count)
{
	for (; count > 0; count--, to++, from++) {
		char *word = argv[from];

		memmove(argv + to + 1, argv + to, (size_t)(from - to) * sizeof(*argv));
		argv[to] = word;
	}
}

int gl_options_parse_anywhere(const struct gl_option_table *table, int argc, char **argv, char *const *env,
			      void *into, int *ret_used, struct gl_err *err)
{
	struct parser p = {.table = table, .into = into};
	int used, done = 0, at = 0, r = 0;
	bool ended = false;

	while (!r && !ended && at < argc) {
		if (!is_option(argv[at])) {
			at++;
			continue;
		}
		r = parse_option(&p, argc - at, argv + at, &used, &ended, err);
		if (r)
			break;
		bring_forward(argv, done, at, used);
		done += used;
		at += used;
	}
	if (!r && env && !p.no_env)
		r = parse_environment(&p, env, err);
	if (!r)
		*ret_used = done;
	return r;
}

int gl_values_add(struct gl_values *values, const char *value, struct gl_err *err)
{
	if (values->count == GL_VALUES_MAX)
		return gl_err_set(err, E2BIG, "given more than %d times", GL_VALUES_MAX);
	values->items[values->count++] = value;
	return 0;
}

int gl_option_choose(const char *value, const char *const *words, int count, struct gl_err *err)
{
	char list[128] = "";
	size_t len = 0;

	for (int i = 0; i < count; i++) {
		if (!strcmp(words[i], value))
			return i;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "", words[i]);
	}
	return gl_err_set(err, EINVAL, "must be one of %s", list);
}

const char *gl_options_from_environment(void)
{
	return gl_buf_text(&from_environment);
}

bool gl_options_owns(const struct gl_option_table *table, const char *env_string)
{
	char name[NAME_MAX_LENGTH];

	for (size_t i = 0; is_ours(env_string) && i < table->count; i++) {
		if (!(table->options[i].flags & GL_OPTION_ENV))
			continue;
		env_name(&table->options[i], name);
		if (env_value(env_string, name))
			return true;
	}
	return false;
}

void gl_options_help(const struct gl_option_table *table, struct gl_buf *b)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct gl_option *o = &table->options[i];
		size_t start = b->len;

		gl_buf_puts(b, "  ");
		if (o->letter)
			gl_buf_printf(b, "-%c", o->letter);
		if (o->name)
			gl_buf_printf(b, "%s--%s", o->letter ? ", " : "", o->name);
		if (o->value)
			gl_buf_printf(b, " %s", o->value);
		if (b->len - start >= HELP_COLUMN) {
			gl_buf_putc(b, '\n');
			start = b->len;
		}
		gl_buf_printf(b, "%*s%s\n", (int)(HELP_COLUMN - (b->len - start)), "", o->help);
	}
}

void gl_options_synopsis(const struct gl_option_table *table, struct gl_buf *b)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct gl_option *o = &table->options[i];

		gl_buf_printf(b, " [%s", o->name ? "--" : "");
		if (o->name)
			gl_buf_puts(b, o->name);
		else
			gl_buf_printf(b, "-%c", o->letter);
		gl_buf_printf(b, "%s%s]", o->value ? " " : "", o->value ? o->value : "");
	}
}
