/*
 * Calls and references in the code of made functions, for each machine that is known.
 */
#include "gobin/insn.h"

#include <elf.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

static const struct gotable_span one_line[] = {{16, 1, 0, -1}};

struct made {
	struct elfgen_file file;
	struct elfimage elf;
	struct gl_pclntab *table;
};

static int open_made(const struct gotable *spec, struct made *m)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	gotable_make(spec, &m->file);
	elfimage_of_bytes(m->file.bytes, m->file.len, &m->elf);
	r = gl_pclntab_open(m->elf.image, &m->table, &err);
	ck_assert_msg(r >= 0, "%s", err.msg);
	return r;
}

static void close_made(struct made *m)
{
	gl_pclntab_free(m->table);
	elfimage_done(&m->elf);
	elfgen_done(&m->file);
}

/* A call at that place of the code to the function at `to`. */
static void put_call(unsigned char *code, uint16_t machine, uint32_t at, uint32_t to)
{
	uint32_t way = machine == EM_AARCH64 ? 0x25u << 26 | (to - at) / 4 : to - at - 5;

	code[at] = 0xe8;
	memcpy(code + at + (machine != EM_AARCH64), &way, 4);
}

/* closechan is called so often, then unlockOSThread; wanted: where the end is, 0: it is not found. */
static void init_end_of(uint16_t machine, unsigned closing, unsigned unlocking, uint32_t wanted)
{
	unsigned char code[64] = {0};
	static const struct gotable_span spans[] = {{64, 1, 0, -1}};
	const struct gotable_func four[] = {{"runtime.main", "proc.go", 64, spans, NULL, code},
					    {"runtime.closechan", "chan.go", 64, spans, NULL, NULL},
					    {"runtime.unlockOSThread", "proc.go", 64, spans, NULL, NULL},
					    {"main.main", "main.go", 64, spans, NULL, NULL},
					    {NULL, NULL, 0, NULL, NULL, NULL}};
	struct gotable spec = {.layout = GOTABLE_120, .machine = machine, .funcs = four};
	uint64_t address;
	struct made m;
	int r;

	for (uint32_t i = 0; i < closing; i++)
		put_call(code, machine, 4 + 8 * i, 64);
	for (uint32_t i = 0; i < unlocking; i++)
		put_call(code, machine, 36 + 8 * i, 128);
	ck_assert_int_eq(open_made(&spec, &m), GL_PCLNTAB_OPEN);
	r = gl_insn_init_end(m.table, &address);
	ck_assert_int_eq(r, wanted == 0);
	if (!r)
		ck_assert_uint_eq(address, GOTABLE_TEXT + wanted);
	close_made(&m);
}

START_TEST(the_end_of_init)
{
	static const struct {
		unsigned closing, unlocking;
		uint32_t wanted;
	} rows[] = {{1, 1, 4}, {1, 0, 4}, {1, 2, 4}, {0, 1, 36}, {2, 1, 36}, {0, 0, 0}, {2, 0, 0}, {0, 2, 0}};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++)
		init_end_of(_i ? EM_AARCH64 : EM_X86_64, rows[i].closing, rows[i].unlocking, rows[i].wanted);
}
END_TEST

START_TEST(code_of_other_machines_is_not_read)
{
	const struct gotable_func one[] = {{"runtime.main", "proc.go", 16, one_line, NULL, NULL},
					   {NULL, NULL, 0, NULL, NULL, NULL}};
	struct gotable spec = {.layout = GOTABLE_120, .machine = EM_RISCV, .funcs = one};
	uint64_t address, addresses[4];
	size_t count;
	struct made m;

	ck_assert_int_eq(open_made(&spec, &m), GL_PCLNTAB_OPEN);
	ck_assert_int_eq(gl_insn_init_end(m.table, &address), 1);
	ck_assert_int_eq(gl_insn_references(m.table, GOTABLE_TEXT, addresses, 4, &count), 1);
	close_made(&m);
}
END_TEST

/* lea 0x100(%rip),%rcx; mov 0x200(%rip),%r9; and for arm64 adrp x1, +1 page; add x1, x1, #0x18; adrp x2; ldr x3, [x2, #0x20] */
START_TEST(references)
{
	static const unsigned char amd64[16] = "\x48\x8d\x0d\x00\x01\x00\x00\x4c\x8b\x0d\x00\x02\x00\x00\xc3";
	static const uint32_t arm64[4] = {0xb0000001, 0x91006021, 0xb0000002, 0xf9401043};
	const struct gotable_func two[] = {
		{"a.f", "a.go", 16, one_line, NULL, _i ? (const void *)arm64 : (const void *)amd64},
		{NULL, NULL, 0, NULL, NULL, NULL}};
	struct gotable spec = {.layout = GOTABLE_120, .machine = _i ? EM_AARCH64 : EM_X86_64, .funcs = two};
	uint64_t addresses[4];
	size_t count;
	struct made m;

	ck_assert_int_eq(open_made(&spec, &m), GL_PCLNTAB_OPEN);
	ck_assert_int_eq(gl_insn_references(m.table, GOTABLE_TEXT, addresses, 4, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(addresses[0], _i ? GOTABLE_TEXT + 0x1018 : GOTABLE_TEXT + 7 + 0x100);
	ck_assert_uint_eq(addresses[1], _i ? GOTABLE_TEXT + 0x1020 : GOTABLE_TEXT + 14 + 0x200);
	ck_assert_int_eq(gl_insn_references(m.table, GOTABLE_TEXT, addresses, 1, &count), 0);
	ck_assert_uint_eq(count, 1);
	close_made(&m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin/insn");
	TCase *c = tcase_create("code");

	tcase_add_loop_test(c, the_end_of_init, 0, 2);
	tcase_add_test(c, code_of_other_machines_is_not_read);
	tcase_add_loop_test(c, references, 0, 2);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
