/*
 * The #! line, by what Linux's fs/binfmt_script.c makes of it.
 */
#include <string.h>

#include "base/macros.h"
#include "diag/script.h"
#include "tests/lib/unit.h"

static const struct {
	const char *line, *interpreter; /* NULL: none */
} lines[] = {
	{"#!/bin/sh\n", "/bin/sh"},
	{"#! \t/bin/sh \t\n/bin/false", "/bin/sh"},
	{"#!/usr/bin/env -S a b\n", "/usr/bin/env"},
	{"#!/bin/sh", "/bin/sh"},
	{"#!/bin/sh\r\n", "/bin/sh\r"},
	{"#!sh\n", "sh"},
	{"#!\n/bin/sh\n", NULL},
	{"#! \t \n", NULL},
	{"#!", NULL},
};

START_TEST(interpreters)
{
	char interpreter[GL_SCRIPT_LINE_MAX + 1] = "";
	const char *want = lines[_i].interpreter;

	ck_assert_int_eq(gl_script_interpreter(lines[_i].line, strlen(lines[_i].line), interpreter),
			 want != NULL);
	ck_assert_str_eq(interpreter, want ? want : "");
}
END_TEST

START_TEST(long_lines_are_cut)
{
	char line[2 * GL_SCRIPT_LINE_MAX] = "#!", interpreter[GL_SCRIPT_LINE_MAX + 1];

	memset(line + 2, 'a', sizeof(line) - 2);
	ck_assert(gl_script_interpreter(line, sizeof(line), interpreter));
	ck_assert_uint_eq(strlen(interpreter), GL_SCRIPT_LINE_MAX - 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("script");
	TCase *c = tcase_create("script");

	tcase_add_loop_test(c, interpreters, 0, GL_ARRAY_SIZE(lines));
	tcase_add_test(c, long_lines_are_cut);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
