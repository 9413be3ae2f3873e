/*
 * Fuzzes gl_policy_parse() with damaged policies.  Whatever it accepts is within
 * the limits, decides every call, and is read as the same from what is shown of it.
 */
#include <errno.h>

#include "policy/decide.h"
#include "policy/kernel.h"
#include "policy/show.h"
#include "tests/fuzz/fuzz.h"

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "fuzz: not so: %s\n", #condition);                                   \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

#define CALLS_ASKED 600

/* A file that is there under any name, and includes itself by another one. */
static int read_any(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
		    struct gl_err *err)
{
	(void)arg;
	(void)err;
	if (asprintf(ret_name, "%s%.10s", name, strrchr(from, '/') ? strrchr(from, '/') : "") < 0)
		return -ENOMEM;
	*ret_text = strdup(*name == '/' ? "include ./x/y\ndeny read\n" : "log write\nenv keep A\n");
	return *ret_text ? 0 : -ENOMEM;
}

static void check_rules(const struct gl_policy *p)
{
	size_t calls = 0;

	REQUIRE(p->rule_count <= GL_POLICY_MAX_RULES + 1 && p->file_count <= GL_POLICY_MAX_FILES);
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct gl_policy_rule *rule = &p->rules[i];

		calls += rule->call_count;
		REQUIRE(rule->call_count > 0 && rule->test_count <= GL_POLICY_MAX_TESTS);
		REQUIRE(rule->place.line > 0 || i == 0);
		REQUIRE((rule->answer.action == GL_POLICY_DENY) == (rule->answer.errnum > 0));
		for (size_t j = 0; j < rule->call_count; j++) {
			REQUIRE(rule->calls[j] < p->machine->call_count);
			REQUIRE(j == 0 || rule->calls[j - 1] < rule->calls[j]);
			REQUIRE(!gl_call_is_exec(p->machine, rule->calls[j]));
			REQUIRE(p->machine->calls[rule->calls[j]].since <= p->known_through);
		}
		for (size_t j = 0; j < rule->test_count; j++)
			REQUIRE(rule->tests[j].argument < 6 &&
				rule->tests[j].value_count <= GL_POLICY_MAX_VALUES);
	}
	REQUIRE(calls <= GL_POLICY_MAX_CALLS + 1);
}

static void check_decisions(const struct gl_policy *p)
{
	const struct gl_policy_facts facts = {1 << 21, GL_KERNEL(6, 1)};
	const uint64_t args[6] = {1, UINT64_MAX, 0, 3, 4, 5};

	for (uint32_t n = 0; n < CALLS_ASKED; n++) {
		struct gl_policy_decision d =
			gl_policy_decide(p, &facts, p->machine->abis[n & 1].arch, n / 2, args);

		REQUIRE(d.zone < GL_ZONE_MAX && d.answer.action < GL_POLICY_ACTION_MAX);
		REQUIRE((d.zone == GL_ZONE_RULE) == (d.rule != NULL));
		REQUIRE(d.place.file < p->file_count);
	}
}

static void check_again(const struct gl_policy *p)
{
	struct gl_policy again = GL_POLICY_INIT;
	struct gl_buf text = GL_BUF_INIT;
	int r;

	gl_policy_show(p, true, &text);
	REQUIRE(gl_buf_error(&text) == 0);
	r = gl_policy_parse(p->machine, "again", gl_buf_text(&text), NULL, NULL, &again, NULL);
	/* What is short in groups may be too long when it is written out. */
	REQUIRE(r == 0 || (r == -E2BIG && text.len > GL_POLICY_MAX_BYTES));
	REQUIRE(r < 0 || gl_policy_equal(p, &again));
	gl_buf_done(&text);
	gl_policy_done(&again);
}

static bool one(const unsigned char *bytes, size_t len)
{
	struct gl_policy p = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	char *text = malloc(len + 1);
	int r;

	REQUIRE(text);
	memcpy(text, bytes, len);
	text[len] = '\0';
	r = gl_policy_parse(gl_machine_calls(), "fuzz", text, read_any, NULL, &p, &err);
	free(text);
	REQUIRE(r == 0 || r == -EINVAL || r == -ENOENT || r == -E2BIG || r == -ELOOP || r == -ENOMEM);
	REQUIRE(r == 0 || (err.msg[0] && !p.files));
	if (r)
		return false;
	check_rules(&p);
	check_decisions(&p);
	check_again(&p);
	gl_policy_done(&p);
	return true;
}

static const char *const words[] = {"\n",
				    "default deny\n",
				    "default allow\n",
				    "known-through 6.1\n",
				    "allow ",
				    "deny errno ENOENT ",
				    "kill ",
				    "@known ",
				    "@default ",
				    "@system-service ",
				    " openat ",
				    " clone3 ",
				    " if flags & O_CREAT ",
				    " && arg5 in {1, 2, 0x7fffffffffffffff} ",
				    " not in {",
				    "(",
				    ")",
				    "}",
				    " == -1",
				    " unless cap SYS_ADMIN, BPF",
				    " if kernel < 4.8",
				    "include ./x\n",
				    "include /y\n",
				    "include default\n",
				    "env set \"A=\\x01\"\n",
				    "capabilities +KILL none\n",
				    "limit as 1:2\n",
				    "read /a optional\n",
				    "exec deny\n",
				    "abis all\n",
				    "\\\n",
				    "#",
				    "\"",
				    "\xff",
				    NULL};

int main(int argc, char **argv)
{
	return fuzz_main(&(struct fuzz){"policy", one, words}, argc, argv);
}
