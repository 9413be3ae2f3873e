/*
 * A trace of a start whose names somebody else chose: what is shown holds no byte
 * that a terminal or a reader of lines or of JSON would obey.
 */
#include "report/init_trace.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

static const struct gotable_span one_line[] = {{16, 7, 0, -1}};

/* As the linker writes them: %XX is a byte in the last element of an import path. */
static const struct gotable_func funcs[] = {
	{"\x1b[31mred.init", "ev\x1b]0;il\a.go", 16, one_line, NULL, NULL},
	{"two\nlines.init", "li\nnes.go", 16, one_line, NULL, NULL},
	{"esc%0aaped.init", "a.go", 16, one_line, NULL, NULL},
	{"\"quo\\ted\".init", "\"q\".go", 16, one_line, NULL, NULL},
	{"\xff\xfe\xc3.init", "\xff.go", 16, one_line, NULL, NULL},
	{"right\xe2\x80\xae-to-left.init", "b.go", 16, one_line, NULL, NULL},
	{".init", "c.go", 16, one_line, NULL, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL},
};
#define FUNCS (GL_ARRAY_SIZE(funcs) - 1)

static struct elfgen_file file;
static struct elfimage elf;
static struct gl_pclntab *table;
static struct gl_init_trace trace;
static struct gl_init_function functions[FUNCS];
static struct gl_init_package packages[FUNCS];
static char *waiting[FUNCS];
static struct gl_start start;

static void setup(void)
{
	const struct gotable spec = {.layout = GOTABLE_120, .funcs = funcs};
	struct gl_err err = GL_ERR_INIT;

	gotable_make(&spec, &file);
	elfimage_of_bytes(file.bytes, file.len, &elf);
	ck_assert_int_eq(gl_pclntab_open(elf.image, &table, &err), GL_PCLNTAB_OPEN);
	start = (struct gl_start){.answer = GL_START_SEEN};
	trace = (struct gl_init_trace){.start = &start,
				       .table = table,
				       .functions = functions,
				       .function_count = FUNCS,
				       .packages = packages,
				       .package_count = FUNCS,
				       .waiting = waiting,
				       .waiting_count = FUNCS};
	for (size_t i = 0; i < FUNCS; i++) {
		const char *name = funcs[i].name;
		struct gl_init_span span = {.at_ns = 1000 * i, .ns = 1000};

		functions[i] = (struct gl_init_function){
			.pc = gotable_entry(&spec, i), .name = strdup(name), .span = span};
		packages[i] =
			(struct gl_init_package){.name = strndup(name, gl_inittask_package_length(name)),
						 .span = span,
						 .first = i,
						 .count = 1};
		waiting[i] = strdup(packages[i].name);
	}
	for (unsigned i = 0; i < GL_INIT_PHASE_MAX; i++)
		trace.reached[i] = true;
}

static void teardown(void)
{
	for (size_t i = 0; i < FUNCS; i++) {
		free(functions[i].name);
		free(packages[i].name);
		free(waiting[i]);
	}
	gl_pclntab_free(table);
	elfimage_done(&elf);
	elfgen_done(&file);
}

static const struct gl_init_trace_end end = {
	.program = "./\x1b[2Jprogram\n", .outcome = {.kind = GL_OUTCOME_EXIT}, .go = "go1.27\x1b[0m\n"};

static void check_bytes(const char *text)
{
	for (const char *at = text; *at; at++)
		ck_assert_msg((unsigned char)*at >= 0x20 || *at == '\n', "byte 0x%02x in '%s'",
			      (unsigned)(unsigned char)*at, text);
	ck_assert_ptr_null(strstr(text, "\xff"));
	ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

START_TEST(text)
{
	gl_autobuf struct gl_buf b = GL_BUF_INIT;

	gl_init_trace_text(&b, &trace, &end, "golaunch: ", true);
	ck_assert_int_eq(gl_buf_error(&b), 0);
	check_bytes(gl_buf_text(&b));
	/* head, ms, phases; slowest; in order; where it ended, what had not begun */
	ck_assert_uint_eq(count_lines(gl_buf_text(&b)), 2 + GL_INIT_PHASE_MAX + 1 + FUNCS + 1 + FUNCS + 2);
	ck_assert_ptr_nonnull(strstr(gl_buf_text(&b), "\\x1b[31mred"));
	ck_assert_ptr_nonnull(strstr(gl_buf_text(&b), "two\\x0alines"));
}
END_TEST

START_TEST(json)
{
	json_t *document = gl_init_trace_json(&trace, &end), *again, *list;
	char *line;

	ck_assert_ptr_nonnull(document);
	line = json_dumps(document, JSON_COMPACT);
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strchr(line, '\n'));
	for (const char *at = line; *at; at++)
		ck_assert_uint_ge((unsigned char)*at, 0x20);
	again = json_loads(line, 0, NULL);
	ck_assert(json_equal(document, again));
	list = json_object_get(again, "packages");
	ck_assert_uint_eq(json_array_size(list), 2 * FUNCS);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 3), "package")),
			 "\"quo\\ted\"");
	free(line);
	json_decref(again);
	json_decref(document);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report/init_trace");
	TCase *c = tcase_create("hostile");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, text);
	tcase_add_test(c, json);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
