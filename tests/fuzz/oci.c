/*
 * Fuzzes gl_oci_read() with damaged profiles.  What it makes of whatever it
 * accepts is a policy of golaunch's own language, within the limits; and what is
 * written of that is a profile again.
 */
#include "policy/oci.h"

#include <errno.h>

#include "tests/fuzz/fuzz.h"

#define REQUIRE(condition)                                                                                   \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "fuzz: not so: %s\n", #condition);                                   \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

static void check_written(const struct gl_policy *policy)
{
	gl_autoconverted struct gl_converted again = GL_CONVERTED_INIT;
	gl_autobuf struct gl_buf json = GL_BUF_INIT, losses = GL_BUF_INIT;
	int r = gl_oci_write(policy, &json, &losses, NULL);

	REQUIRE(r == 0 || r == -E2BIG);
	REQUIRE(r < 0 || gl_oci_is(gl_buf_text(&json)));
	if (r == 0)
		r = gl_oci_read(policy->machine, "again", gl_buf_text(&json), &again, NULL);
	REQUIRE(r == 0 || r == -E2BIG);
}

static bool one(const unsigned char *bytes, size_t len)
{
	char *text = strndup((const char *)bytes, len);
	gl_autoconverted struct gl_converted converted = GL_CONVERTED_INIT;
	gl_autopolicy struct gl_policy policy = GL_POLICY_INIT;
	gl_autobuf struct gl_buf warnings = GL_BUF_INIT, notes = GL_BUF_INIT;
	struct gl_err err = GL_ERR_INIT;
	int r;

	REQUIRE(text);
	converted.warnings = &warnings;
	converted.notes = &notes;
	r = gl_oci_read(gl_machine_calls(), "p", text, &converted, &err);
	REQUIRE(r == 0 || r == -EINVAL || r == -ENOENT || r == -E2BIG);
	REQUIRE(r == 0 || err.msg[0]);
	if (r == 0) {
		r = gl_converted_parse(&converted, gl_machine_calls(), "p", text, &policy, &err);
		if (r < 0 && r != -E2BIG)
			fprintf(stderr, "%s\n%s\n", err.msg, gl_buf_text(&converted.text));
		REQUIRE(r == 0 || r == -E2BIG);
	}
	if (r == 0)
		check_written(&policy);
	free(text);
	return r == 0;
}

static const char *const words[] = {"{",
				    "}",
				    "[",
				    "]",
				    ",",
				    ":",
				    "\"",
				    "\\",
				    "null",
				    "18446744073709551615",
				    "18446744073709551616",
				    "1e9",
				    "-1",
				    "\"#18446744073709551615\"",
				    "\"syscalls\"",
				    "\"names\"",
				    "\"action\"",
				    "\"args\"",
				    "\"includes\"",
				    "\"excludes\"",
				    "\"caps\"",
				    "\"minKernel\"",
				    "\"SCMP_ACT_ALLOW\"",
				    "\"SCMP_ACT_ERRNO\"",
				    "\"SCMP_CMP_MASKED_EQ\"",
				    "\"SCMP_CMP_NE\"",
				    "\"CAP_SYS_ADMIN\"",
				    "\"read\"",
				    "\"execve\"",
				    "\"clone3\"",
				    "\xff",
				    NULL};

int main(int argc, char **argv)
{
	return fuzz_main(&(struct fuzz){"oci", one, words}, argc, argv);
}
