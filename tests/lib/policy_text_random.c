/*
 * Random policy texts: see tests/lib/policy_text_random.h.
 */
#include "tests/lib/policy_text_random.h"

#include <errno.h>

#include "policy/decide.h"
#include "policy/group.h"
#include "policy/vocabulary.h"

#define DEPTH		    3 /* of includes */
#define INCLUDED_STATEMENTS 4
#define INCLUDES	    2 /* in one text: 1 + 2 + 4 + 8 texts at most */

struct maker {
	const struct gl_machine_calls *m;
	struct gl_random *random;
	struct gl_buf *text;
	uint32_t through; /* no newer call is named */
	unsigned depth;	  /* of the includes */
	bool includes;
};

/* What a statement is about, for the terms of its condition. */
struct subject {
	const struct gl_argument *argument; /* NULL: the calls have none with a name */
	bool alone;			    /* one call: it may be tested by its other arguments too */
};

static size_t below(const struct maker *maker, size_t bound)
{
	return gl_random_below(maker->random, (uint32_t)bound);
}

static const char *one_of(const struct maker *maker, const char *const *words, size_t count)
{
	return words[below(maker, count)];
}
#define ONE_OF(maker, ...)                                                                                   \
	one_of(maker, (const char *const[]){__VA_ARGS__}, GL_ARRAY_SIZE(((const char *const[]){__VA_ARGS__})))

/* Blanks of several kinds, now and then a joined line. */
static void put_blank(const struct maker *maker)
{
	gl_buf_puts(maker->text, ONE_OF(maker, " ", " ", " ", "  ", "\t", " \\\n\t"));
}

static void put_word(const struct maker *maker, const char *word)
{
	put_blank(maker);
	gl_buf_puts(maker->text, word);
}

static void put_end(const struct maker *maker)
{
	gl_buf_puts(maker->text, ONE_OF(maker, "\n", "\n", "\n\n", " \n", " # why\n", "\t# \xc3\xa9 \\\n"));
}

/* --- calls ---------------------------------------------------------------------------------- */

static bool may_name(const struct maker *maker, uint16_t call)
{
	const struct gl_syscall *c = &maker->m->calls[call];

	return !c->always && !gl_call_is_exec(maker->m, call) && c->since <= maker->through;
}

static uint16_t any_call(const struct maker *maker)
{
	uint16_t call;

	do
		call = (uint16_t)below(maker, maker->m->call_count);
	while (!may_name(maker, call));
	return call;
}

/* A call that has an argument to be tested, and that argument. */
static const struct gl_argument *any_argument(const struct maker *maker)
{
	const struct gl_argument *a;

	do
		a = &maker->m->arguments[below(maker, maker->m->argument_count)];
	while (a->kind == GL_ARGUMENT_POINTER || !may_name(maker, a->call));
	return a;
}

/* --- conditions --------------------------------------------------------------------------------- */

static void put_number(const struct maker *maker, bool wide)
{
	uint64_t value = gl_random_next(maker->random) >> below(maker, 64);

	if (!wide)
		value = (uint32_t)value;
	switch (below(maker, 4)) {
	case 0:
		gl_buf_printf(maker->text, "%llu", (unsigned long long)value);
		break;
	case 1:
		gl_buf_printf(maker->text, "%s%llo", value ? "0" : "", (unsigned long long)value);
		break;
	case 2:
		gl_buf_printf(maker->text, "-%u", (unsigned)value >> 1);
		break;
	default:
		gl_buf_printf(maker->text, "0x%llx", (unsigned long long)value);
	}
}

/* argument NULL: a register */
static void put_atom(const struct maker *maker, const struct gl_argument *argument)
{
	for (int tries = 0; tries < 200 && below(maker, 4) > 0; tries++) {
		const struct gl_constant *c = &maker->m->constants[below(maker, maker->m->constant_count)];

		if (argument && !gl_vocabulary_takes(argument, gl_constant_family(c)))
			continue;
		gl_buf_puts(maker->text, gl_constant_name(c));
		return;
	}
	put_number(maker, !argument || argument->kind == GL_ARGUMENT_WIDE);
}

static void put_joined(const struct maker *maker, const struct gl_argument *argument, bool parentheses)
{
	gl_buf_puts(maker->text, parentheses ? "(" : "");
	put_atom(maker, argument);
	while (below(maker, 2)) {
		gl_buf_puts(maker->text, " | ");
		put_atom(maker, argument);
	}
	gl_buf_puts(maker->text, parentheses ? ")" : "");
}

static void put_value(const struct maker *maker, const struct gl_argument *argument)
{
	if (below(maker, 2))
		put_atom(maker, argument);
	else
		put_joined(maker, argument, true);
}

static void put_bits(const struct maker *maker, const struct gl_argument *argument)
{
	unsigned bit = (unsigned)below(maker, argument ? 16 : 64), other = (unsigned)below(maker, 16);

	gl_buf_printf(maker->text, " & (0x%llx", 1ULL << bit);
	if (below(maker, 2)) {
		gl_buf_puts(maker->text, " | ");
		put_atom(maker, argument);
	}
	gl_buf_putc(maker->text, ')');
	if (below(maker, 2))
		gl_buf_printf(maker->text, " == 0x%llx", other & 1 ? 1ULL << bit : 0ULL);
}

static void put_operator(const struct maker *maker, const struct gl_argument *argument)
{
	size_t kind = argument && argument->kind == GL_ARGUMENT_SHORT ? 0 : below(maker, 3);

	if (kind == 0) {
		put_bits(maker, argument);
		return;
	}
	if (kind == 1) {
		gl_buf_printf(maker->text, " %s ", ONE_OF(maker, "==", "!=", "<", "<=", ">", ">="));
		put_value(maker, argument);
		return;
	}
	gl_buf_puts(maker->text, ONE_OF(maker, " in {", " not in { "));
	put_joined(maker, argument, false);
	for (size_t n = below(maker, 6); n > 0; n--) {
		gl_buf_puts(maker->text, ONE_OF(maker, ",", ", ", " , "));
		put_joined(maker, argument, below(maker, 2));
	}
	gl_buf_putc(maker->text, '}');
}

/* Another argument of the same call, or the same one. */
static const struct gl_argument *other_argument(const struct maker *maker, const struct gl_argument *argument)
{
	const struct gl_argument *end = maker->m->arguments + maker->m->argument_count;

	for (const struct gl_argument *a = maker->m->arguments; a < end; a++)
		if (a->call == argument->call && a->kind != GL_ARGUMENT_POINTER && below(maker, 2))
			return a;
	return argument;
}

static void put_term(const struct maker *maker, const struct subject *subject)
{
	const struct gl_argument *argument = subject->argument;
	bool named = argument && below(maker, 3);

	if (named && subject->alone)
		argument = other_argument(maker, argument);
	if (named)
		gl_buf_puts(maker->text, gl_argument_name(argument));
	else
		gl_buf_printf(maker->text, "arg%zu", below(maker, 6));
	put_operator(maker, named ? argument : NULL);
}

/* What stands before a term: "if", "&&". */
static void put_joint(const struct maker *maker, size_t *terms)
{
	put_word(maker, (*terms)++ == 0 ? "if " : "&& ");
}

/* A kernel is compared before, behind or without tests of arguments. */
static void put_if(const struct maker *maker, const struct subject *subject)
{
	size_t tests = below(maker, GL_POLICY_MAX_TESTS), terms = 0;

	tests = below(maker, 4) == 0 ? tests : GL_MIN(tests, (size_t)2);
	if (below(maker, 3) == 0) {
		put_joint(maker, &terms);
		gl_buf_printf(maker->text, "kernel < %zu.%zu", 4 + below(maker, 3), below(maker, 20));
	}
	for (; tests > 0; tests--) {
		put_joint(maker, &terms);
		put_term(maker, subject);
	}
	if (terms == 0 || below(maker, 3) == 0) {
		put_joint(maker, &terms);
		gl_buf_printf(maker->text, "kernel >= 3.%zu", 1 + below(maker, 19));
	}
}

static void put_unless(const struct maker *maker)
{
	static const char *const names[] = {"SYS_ADMIN", "cap_net_raw", "CAP_BPF", "Sys_Time", "CHOWN"};

	put_word(maker, "unless cap ");
	gl_buf_puts(maker->text, one_of(maker, names, GL_ARRAY_SIZE(names)));
	while (below(maker, 2)) {
		gl_buf_puts(maker->text, ", ");
		gl_buf_puts(maker->text, one_of(maker, names, GL_ARRAY_SIZE(names)));
	}
}

static void put_conditions(const struct maker *maker, const struct subject *subject)
{
	bool unless_first = below(maker, 2), test = below(maker, 2), unless = below(maker, 3) == 0;

	if (unless && unless_first)
		put_unless(maker);
	if (test)
		put_if(maker, subject);
	if (unless && !unless_first)
		put_unless(maker);
}

/* --- statements -------------------------------------------------------------------------------------- */

static void put_action(const struct maker *maker)
{
	gl_buf_puts(maker->text, ONE_OF(maker, "allow", "deny", "deny errno EACCES", "deny\terrno ENOSYS",
					"deny errno EOPNOTSUPP", "kill", "trap", "log"));
}

static void put_members(const struct maker *maker)
{
	for (size_t n = 1 + below(maker, 8); n > 0; n--) {
		put_blank(maker);
		if (below(maker, 8) == 0)
			gl_buf_printf(maker->text, "@%s",
				      gl_policy_group_table[below(maker, gl_policy_group_table_count)].name);
		else
			gl_buf_puts(maker->text, maker->m->calls[any_call(maker)].name);
	}
}

/* Other calls that have the very same argument.  Returns how many. */
static size_t put_alike(const struct maker *maker, const struct gl_argument *argument)
{
	const struct gl_argument *end = maker->m->arguments + maker->m->argument_count;
	size_t count = 0;

	for (const struct gl_argument *a = maker->m->arguments; a < end; a++) {
		if (a->call == argument->call || a->index != argument->index || a->kind != argument->kind ||
		    strcmp(gl_argument_name(a), gl_argument_name(argument)) != 0 ||
		    strcmp(gl_argument_families(a), gl_argument_families(argument)) != 0 ||
		    !may_name(maker, a->call) || below(maker, 2))
			continue;
		put_word(maker, maker->m->calls[a->call].name);
		count++;
	}
	return count;
}

static void put_rule(const struct maker *maker)
{
	struct subject subject = {.argument = below(maker, 2) ? any_argument(maker) : NULL, .alone = true};

	put_action(maker);
	if (subject.argument)
		put_word(maker, maker->m->calls[subject.argument->call].name);
	else
		put_members(maker);
	if (subject.argument && below(maker, 4) == 0)
		subject.alone = put_alike(maker, subject.argument) == 0;
	put_conditions(maker, &subject);
}

/* A preset, or a text that gl_policy_text_random_include() makes: its name says of what. */
static void put_include(const struct maker *maker)
{
	if (below(maker, 4) == 0)
		gl_buf_printf(maker->text, "include %s",
			      gl_preset_texts[below(maker, gl_preset_texts_count)].name);
	else
		gl_buf_printf(maker->text, "include ./%llu/%u",
			      (unsigned long long)gl_random_next(maker->random), maker->depth + 1);
	put_end(maker);
}

static void put_setting(const struct maker *maker)
{
	static const char *const lines[] = {
		"capabilities none",
		"capabilities keep",
		"capabilities +NET_BIND_SERVICE -cap_chown",
		"limit nofile 4096:65536",
		"limit as 2G",
		"limit core unlimited:unlimited",
		"env keep PATH GO* ?X",
		"env drop LD_*",
		"env set A=b",
		"env set \"A=b c \\\"d\\\" \\\\ \\x0a\\xff\"",
		"env set EMPTY=",
		"user 1000:1000",
		"user nobody",
		"read /etc \"/a b#c\" optional",
		"write /tmp /var/x",
		"execute \"/\xc3\xa9\\x01\"",
		"bind 80 8000-8999",
		"connect 443 optional",
	};

	gl_buf_puts(maker->text, one_of(maker, lines, GL_ARRAY_SIZE(lines)));
}

static void put_statement(const struct maker *maker)
{
	if (below(maker, 6))
		put_rule(maker);
	else
		put_setting(maker);
	put_end(maker);
}

static void put_once(const struct maker *maker, bool known_through)
{
	gl_buf_printf(maker->text, "default %s\n",
		      ONE_OF(maker, "allow", "deny", "deny errno ENOENT", "kill", "trap", "log"));
	if (known_through)
		gl_buf_printf(maker->text, "known-through %u.%u\n", maker->through >> 16,
			      maker->through & 0xffff);
	if (below(maker, 4) == 0)
		gl_buf_printf(maker->text, "abis %s\n", ONE_OF(maker, "all", "native"));
	if (below(maker, 4) == 0)
		gl_buf_printf(maker->text, "exec %s\n", ONE_OF(maker, "allow", "deny"));
	if (below(maker, 4) == 0)
		gl_buf_printf(maker->text, "no-new-privs %s\n", ONE_OF(maker, "on", "off"));
}

static void put_statements(const struct maker *maker, size_t max_statements)
{
	size_t includes = maker->includes ? below(maker, INCLUDES + 1) : 0;

	for (size_t n = below(maker, max_statements + 1); n > 0; n--) {
		put_statement(maker);
		if (includes > 0 && below(maker, 4) == 0) {
			put_include(maker);
			includes--;
		}
	}
}

/*
 * What an included text says once counts nowhere, and it need say nothing.  A text
 * with includes says known-through: else what they say were the border of its own
 * names.
 */
static void put_text(struct maker *maker, size_t max_statements)
{
	static const uint32_t through[] = {3 << 16, 4 << 16 | 9, 5 << 16 | 1, 6 << 16 | 7};
	bool known_through = below(maker, 2) || (maker->includes && maker->depth == 0);
	bool once = maker->depth == 0 || below(maker, 2), first = below(maker, 2);

	if (known_through)
		maker->through = through[below(maker, GL_ARRAY_SIZE(through))];
	if (once && first)
		put_once(maker, known_through);
	put_statements(maker, max_statements);
	if (once && !first)
		put_once(maker, known_through);
}

void gl_policy_text_random(const struct gl_machine_calls *machine, struct gl_random *random,
			   size_t max_statements, struct gl_buf *text)
{
	struct maker maker = {.m = machine, .random = random, .text = text, .through = machine->through};

	maker.includes = below(&maker, 4) == 0;
	put_text(&maker, max_statements);
}

int gl_policy_text_random_include(void *arg, const char *from, const char *name, char **ret_name,
				  char **ret_text, struct gl_err *err)
{
	const struct gl_machine_calls *machine = arg;
	gl_autobuf struct gl_buf text = GL_BUF_INIT;
	struct gl_random random = {0};
	struct maker maker = {.m = machine, .random = &random, .text = &text, .through = machine->through};
	unsigned long long seed;

	(void)from;
	if (sscanf(name, "./%llu/%u", &seed, &maker.depth) != 2)
		return gl_err_set(err, ENOENT, "no random text is called '%.80s'", name);
	random.state = seed;
	maker.includes = maker.depth < DEPTH && below(&maker, 2);
	put_text(&maker, INCLUDED_STATEMENTS);
	*ret_name = strdup(name);
	*ret_text = strdup(gl_buf_text(&text));
	if (*ret_name && *ret_text)
		return 0;
	free(*ret_name);
	free(*ret_text);
	return gl_err_sys(err, ENOMEM, "cannot make a random text");
}
