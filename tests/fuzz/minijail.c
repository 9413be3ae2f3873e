/*
 * Fuzzes gl_minijail_read() with damaged policies.  What it makes of whatever it
 * accepts is a policy of golaunch's own language, with its lines in the original.
 */
#include "policy/minijail.h"

#include <errno.h>

#include "tests/fuzz/fuzz.h"

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "fuzz: not so: %s\n", #condition);                                   \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

static unsigned count_lines(const char *text)
{
	unsigned lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void check(const struct gl_converted *converted, const char *text)
{
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	struct gl_err err = GL_ERR_INIT;
	unsigned lines = count_lines(text);
	int r = gl_converted_parse(converted, gl_machine_calls(), "p", text, &policy, &err);

	if (r < 0)
		fprintf(stderr, "%s\n%s\n", err.msg, gl_buf_text(&converted->text));
	REQUIRE(r == 0);
	for (size_t i = 0; i < policy.rule_count; i++)
		REQUIRE(policy.rules[i].place.line <= lines);
}

static bool one(const unsigned char *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r;

	REQUIRE(text);
	(void)gl_minijail_is(text);
	r = gl_minijail_read(gl_machine_calls(), "p", text, &converted, &err);
	REQUIRE(r == 0 || r == -EINVAL || r == -ENOENT || r == -E2BIG);
	REQUIRE(r == 0 || err.msg[0]);
	if (r == 0)
		check(&converted, text);
	free(text);
	return r == 0;
}

static const char *const words[] = {
	"read",	   "socket", "execve", "exit_group", ": ",	    "1",	 "allow", "kill",
	"return ", "EPERM",  "; ",     "arg0",	     "arg5 ",	    "== ",	 "!= ",	  "& ",
	"in ",	   "~",	     "|",      "&& ",	     "|| ",	    "AF_UNIX",	 "0xff",  "-1",
	"\\\n",	   "#",	     "\n",     "@default ",  "@frequency ", "@include ", NULL};

int main(int argc, char **argv)
{
	return fuzz_main(&(struct fuzz){"minijail", one, words}, argc, argv);
}
