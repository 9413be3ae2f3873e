/*
 * Who starts the Go runtime, told from a made program's entry and functions.
 */
#include "gobin/starter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <elf.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

#define SIZE	32
#define C_ENTRY (GOTABLE_TEXT + 0x800) /* behind all functions of Go */

static const struct gotable_span line[] = {{SIZE, 1, 0, -1}};
static const struct gotable_func by_linker[] = {{"runtime.main", "proc.go", SIZE, line, NULL, NULL},
						{"_rt0_amd64_linux", "rt0.s", SIZE, line, NULL, NULL},
						{NULL, NULL, 0, NULL, NULL, NULL}};
static const struct gotable_func by_c_linker[] = {{"runtime.main", "proc.go", SIZE, line, NULL, NULL},
						  {"main", "asm.s", SIZE, line, NULL, NULL},
						  {"main.main", "main.go", SIZE, line, NULL, NULL},
						  {NULL, NULL, 0, NULL, NULL, NULL}};
static const struct gotable_func archive[] = {{"runtime.main", "proc.go", SIZE, line, NULL, NULL},
					      {"_rt0_amd64_linux_lib", "rt0.s", SIZE, line, NULL, NULL},
					      {"main.main", "main.go", SIZE, line, NULL, NULL},
					      {NULL, NULL, 0, NULL, NULL, NULL}};

static const struct scene {
	const struct gotable_func *funcs;
	uint64_t entry;
	int wanted;
} scenes[] = {
	{by_linker, GOTABLE_TEXT + SIZE, 0},
	{by_c_linker, C_ENTRY, 0},
	{archive, C_ENTRY, 1},
	{by_linker, C_ENTRY, 1},	/* nobody can tell */
	{archive, GOTABLE_TEXT + 4, 1}, /* in the midst of a function: no entry of Go's */
	{archive, 0, 1},
};

START_TEST(tells)
{
	const struct scene *s = &scenes[_i / GOTABLE_LAYOUT_MAX];
	struct gotable spec = {.layout = (enum gotable_layout)(_i % GOTABLE_LAYOUT_MAX), .funcs = s->funcs};
	struct gl_pclntab *table = NULL;
	struct elfgen_file file;
	struct elfimage elf;
	struct gl_err err = GL_ERR_INIT;

	gotable_make(&spec, &file);
	memcpy(file.bytes + offsetof(Elf64_Ehdr, e_entry), &s->entry, sizeof(s->entry));
	elfimage_of_bytes(file.bytes, file.len, &elf);
	ck_assert_int_eq(gl_pclntab_open(elf.image, &table, &err), GL_PCLNTAB_OPEN);
	ck_assert_int_eq(gl_starter_is_main_thread(table), s->wanted);
	gl_pclntab_free(table);
	elfimage_done(&elf);
	elfgen_done(&file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("starter");
	TCase *tcase = tcase_create("starter");

	tcase_add_loop_test(tcase, tells, 0, (int)GL_ARRAY_SIZE(scenes) * GOTABLE_LAYOUT_MAX);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
