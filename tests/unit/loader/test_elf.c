/*
 * loader/elf.h: what a program and a loader must be, one damaged field after
 * the other.
 */
#include <errno.h>
#include <stddef.h>

#include "tests/lib/unit.h"
#include "tests/unit/loader/kit.h"

static struct kit kit;
static struct gl_ld_elf elf;

#define HEADER(field) offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field)
#define SEGMENT(i, field)                                                                                    \
	sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field),                         \
		sizeof(((Elf64_Phdr *)0)->field)

struct damage {
	size_t at, size;
	uint64_t value;
	int want;
};

/* Of a program at address 0, ET_DYN. */
static const struct damage damages[] = {
	{HEADER(e_ident[0]), 0x7e, GL_LD_NOT_ELF},
	{HEADER(e_ident[EI_CLASS]), ELFCLASS32, GL_LD_WRONG_CLASS},
	{HEADER(e_ident[EI_DATA]), ELFDATA2MSB, GL_LD_WRONG_CLASS},
	{HEADER(e_machine), EM_386, GL_LD_WRONG_MACHINE},
	{HEADER(e_type), ET_REL, GL_LD_WRONG_TYPE},
	{HEADER(e_type), ET_CORE, GL_LD_WRONG_TYPE},
	{HEADER(e_type), ET_EXEC, GL_LD_BAD_SEGMENTS}, /* at address 0 */
	{HEADER(e_phentsize), 55, GL_LD_BAD_HEADERS},
	{HEADER(e_phnum), 0, GL_LD_BAD_HEADERS},
	{HEADER(e_phnum), 0xffff, GL_LD_BAD_HEADERS},
	{HEADER(e_phoff), KIT_LEN - 8, GL_LD_TRUNCATED},
	{HEADER(e_phoff), UINT64_MAX, GL_LD_TRUNCATED},
	{HEADER(e_phoff), UINT64_MAX - 100, GL_LD_TRUNCATED},
	{HEADER(e_entry), 0, GL_LD_BAD_ENTRY},
	{HEADER(e_entry), KIT_RW_AT, GL_LD_BAD_ENTRY},
	{HEADER(e_entry), KIT_CODE_AT + KIT_PAGE, GL_LD_BAD_ENTRY},
	{HEADER(e_entry), UINT64_MAX, GL_LD_BAD_ENTRY},
	{SEGMENT(KIT_CODE, p_flags), PF_R, GL_LD_BAD_ENTRY},
	{SEGMENT(KIT_RO, p_flags), 0, GL_LD_BAD_HEADERS},
	{SEGMENT(KIT_RO, p_filesz), 64, GL_LD_BAD_HEADERS}, /* does not hold the program headers */
	{SEGMENT(KIT_RO, p_type), PT_NULL, GL_LD_BAD_HEADERS},
	{SEGMENT(KIT_PHDR, p_vaddr), 0x4000, GL_LD_BAD_HEADERS},
	{SEGMENT(KIT_RW, p_filesz), KIT_RW_FILESZ + 1, GL_LD_TRUNCATED},
	{SEGMENT(KIT_RW, p_filesz), KIT_RW_MEMSZ + 1, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_RW, p_filesz), UINT64_MAX, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_RW, p_memsz), UINT64_MAX, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_RW, p_memsz), UINT64_MAX - KIT_RW_AT, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_RW, p_memsz), GL_LD_TASK_END, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_RW, p_offset), UINT64_MAX - 0xfff, GL_LD_TRUNCATED},
	{SEGMENT(KIT_RW, p_offset), KIT_RW_AT + 8, GL_LD_TRUNCATED},
	{SEGMENT(KIT_RW, p_vaddr), KIT_RW_AT + 8, GL_LD_BAD_SEGMENTS},	/* not where the file's page has it */
	{SEGMENT(KIT_RW, p_vaddr), 0, GL_LD_BAD_SEGMENTS},		/* not ascending */
	{SEGMENT(KIT_CODE, p_memsz), KIT_PAGE + 1, GL_LD_BAD_SEGMENTS}, /* reaches into the next one */
	{SEGMENT(KIT_RW, p_vaddr), UINT64_MAX - 0xfff, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_CODE, p_align), 1ull << 62, GL_LD_BAD_SEGMENTS},
	{SEGMENT(KIT_INTERP_HEADER, p_type), PT_NULL, GL_LD_NO_INTERP},
	{SEGMENT(KIT_INTERP_HEADER, p_filesz), 1, GL_LD_BAD_INTERP},
	{SEGMENT(KIT_INTERP_HEADER, p_filesz), 4097, GL_LD_BAD_INTERP},
	{SEGMENT(KIT_INTERP_HEADER, p_filesz), sizeof(KIT_INTERP) - 1, GL_LD_BAD_INTERP}, /* no NUL */
	{SEGMENT(KIT_INTERP_HEADER, p_offset), UINT64_MAX, GL_LD_TRUNCATED},
	{SEGMENT(KIT_STACK, p_type), PT_INTERP, GL_LD_BAD_INTERP}, /* a second one */
	{SEGMENT(KIT_DYNAMIC, p_type), PT_NULL, GL_LD_BAD_DYNAMIC},
	{SEGMENT(KIT_STACK, p_type), PT_DYNAMIC, GL_LD_BAD_DYNAMIC}, /* a second one */
	{SEGMENT(KIT_DYNAMIC, p_vaddr), KIT_DYNAMIC_AT + 4, GL_LD_BAD_DYNAMIC},
	{SEGMENT(KIT_DYNAMIC, p_vaddr), KIT_RW_AT + KIT_RW_MEMSZ, GL_LD_BAD_DYNAMIC},
	{SEGMENT(KIT_DYNAMIC, p_vaddr), UINT64_MAX - 7, GL_LD_BAD_DYNAMIC},
	{SEGMENT(KIT_DYNAMIC, p_memsz), UINT64_MAX, GL_LD_BAD_DYNAMIC},
	{SEGMENT(KIT_RW, p_flags), PF_W, GL_LD_BAD_DYNAMIC}, /* cannot be read */
	/* and what is no damage */
	{HEADER(e_ident[EI_OSABI]), 9, 0},
	{HEADER(e_version), 77, 0},
	{HEADER(e_shoff), UINT64_MAX, 0},
	{SEGMENT(KIT_PHDR, p_type), PT_NULL, 0},
	{SEGMENT(KIT_CODE, p_align), 3, 0},
	{SEGMENT(KIT_CODE, p_align), 0, 0},
	{SEGMENT(KIT_STACK, p_memsz), UINT64_MAX, 0},
	{SEGMENT(KIT_STACK, p_type), PT_LOAD, 0}, /* an empty one, which the kernel skips */
};

START_TEST(a_damaged_program)
{
	const struct damage *d = &damages[_i];

	kit_make(&kit, ET_DYN, 0);
	memcpy(kit.bytes + d->at, &d->value, d->size);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf), d->want);
}
END_TEST

START_TEST(a_sound_program)
{
	kit_make(&kit, _i ? ET_EXEC : ET_DYN, _i ? 0x400000 : 0);
	kit_segment(&kit, KIT_CODE)->p_align = 0x200000;
	kit_segment(&kit, KIT_STACK)->p_flags = PF_R | PF_W | PF_X;
	ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf), 0);
	ck_assert_str_eq(elf.interp, "ld-test.so.2");
	ck_assert_uint_eq(elf.low, kit.base);
	ck_assert_uint_eq(elf.high, kit.base + KIT_RW_AT + 2 * KIT_PAGE);
	ck_assert_uint_eq(elf.align, 0x200000);
	ck_assert_uint_eq(elf.phdrs, kit.base + sizeof(Elf64_Ehdr));
	ck_assert_uint_eq(elf.stack_flags, PF_R | PF_W | PF_X);
	ck_assert_uint_eq(elf.dynamic->p_vaddr, kit.base + KIT_DYNAMIC_AT);
}
END_TEST

START_TEST(interpreters_are_files)
{
	static const struct {
		const char *path;
		int want;
	} rows[] = {{"ld.so", 0},
		    {"/", GL_LD_BAD_INTERP},
		    {"/lib/", GL_LD_BAD_INTERP},
		    {".", GL_LD_BAD_INTERP},
		    {"/lib/..", GL_LD_BAD_INTERP},
		    {"/lib/...", 0},
		    {"/lib/.a", 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kit_make(&kit, ET_DYN, 0);
		memcpy(kit.bytes + KIT_INTERP_AT, rows[i].path, strlen(rows[i].path) + 1);
		kit_segment(&kit, KIT_INTERP_HEADER)->p_filesz = strlen(rows[i].path) + 1;
		ck_assert_msg(kit_elf(&kit, GL_LD_PROGRAM, &elf) == rows[i].want, "%s", rows[i].path);
	}
	/* One byte longer than a file name can be. */
	for (size_t len = GL_LD_NAME_MAX; len <= GL_LD_NAME_MAX + 1; len++) {
		kit_make(&kit, ET_DYN, 0);
		memset(kit.bytes + KIT_INTERP_AT, 'x', len);
		kit_segment(&kit, KIT_INTERP_HEADER)->p_filesz = len + 1;
		ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf),
				 len > GL_LD_NAME_MAX ? GL_LD_BAD_INTERP : 0);
	}
}
END_TEST

START_TEST(loaders)
{
	kit_make(&kit, ET_DYN, 0);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_LOADER, &elf), GL_LD_NOT_A_LOADER); /* has PT_INTERP */
	kit_segment(&kit, KIT_INTERP_HEADER)->p_type = PT_NULL;
	ck_assert_int_eq(kit_elf(&kit, GL_LD_LOADER, &elf), 0);
	ck_assert_str_eq(elf.interp, "");
	kit_segment(&kit, KIT_DYNAMIC)->p_type = PT_NULL;
	ck_assert_int_eq(kit_elf(&kit, GL_LD_LOADER, &elf), GL_LD_NOT_A_LOADER);
	kit_make(&kit, ET_EXEC, 0x400000);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_LOADER, &elf), GL_LD_NOT_A_LOADER);
	kit_header(&kit)->e_machine = EM_S390;
	ck_assert_int_eq(kit_elf(&kit, GL_LD_LOADER, &elf), GL_LD_WRONG_MACHINE);
}
END_TEST

START_TEST(cut_at_every_byte)
{
	kit_make(&kit, ET_DYN, 0);
	for (kit.len = 0; kit.len < KIT_LEN; kit.len++)
		ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf),
				 kit.len < SELFMAG ? GL_LD_NOT_ELF : GL_LD_TRUNCATED);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf), 0);
}
END_TEST

/* Segments that only share a page where pages are large. */
START_TEST(page_sizes)
{
	struct gl_ld_source source = {.read = kit_read, .size = KIT_LEN, .bytes = kit.bytes};

	kit_make(&kit, ET_DYN, 0);
	ck_assert_int_eq(gl_ld_elf_read(&source, GL_LD_PROGRAM, 0x10000, &elf), GL_LD_BAD_PAGES);
	kit_segment(&kit, KIT_CODE)->p_vaddr += 0x11000;
	kit_segment(&kit, KIT_RW)->p_vaddr += 0x21000;
	ck_assert_int_eq(gl_ld_elf_read(&source, GL_LD_PROGRAM, 0x10000, &elf), GL_LD_BAD_PAGES);
}
END_TEST

static long failing_read(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	(void)source, (void)to, (void)len, (void)offset;
	return -EIO;
}

static long short_read(const struct gl_ld_source *source, void *to, size_t len, uint64_t offset)
{
	return kit_read(source, to, len > 0 ? len - 1 : 0, offset);
}

START_TEST(readers_that_fail)
{
	struct gl_ld_source source = {.read = failing_read, .size = KIT_LEN, .bytes = kit.bytes};

	kit_make(&kit, ET_DYN, 0);
	ck_assert_int_eq(gl_ld_elf_read(&source, GL_LD_PROGRAM, KIT_PAGE, &elf), -EIO);
	/* The file became shorter since its size was asked for. */
	source.read = short_read;
	ck_assert_int_gt(gl_ld_elf_read(&source, GL_LD_PROGRAM, KIT_PAGE, &elf), 0);
}
END_TEST

START_TEST(memory)
{
	uint64_t bias = (uint64_t)(uintptr_t)kit.bytes;

	kit_make(&kit, ET_DYN, 0);
	ck_assert_int_eq(kit_elf(&kit, GL_LD_PROGRAM, &elf), 0);
	ck_assert_ptr_eq(gl_ld_elf_at(&elf, bias, KIT_RW_AT, 8, PF_R | PF_W), kit.bytes + KIT_RW_AT);
	ck_assert_ptr_nonnull(gl_ld_elf_at(&elf, bias, KIT_RW_AT, KIT_RW_MEMSZ, PF_R));
	ck_assert_ptr_null(gl_ld_elf_at(&elf, bias, KIT_RW_AT, KIT_RW_MEMSZ + 1, PF_R));
	ck_assert_ptr_null(gl_ld_elf_at(&elf, bias, KIT_RW_AT + 1, UINT64_MAX, PF_R));
	ck_assert_ptr_null(gl_ld_elf_at(&elf, bias, KIT_CODE_AT, 8, PF_W));
	ck_assert_ptr_null(gl_ld_elf_at(&elf, bias, KIT_CODE_AT - 1, 2, PF_R)); /* over a border */
	ck_assert_str_eq(gl_ld_elf_string(&elf, bias, KIT_INTERP_AT, 100), KIT_INTERP);
	ck_assert_ptr_nonnull(gl_ld_elf_string(&elf, bias, KIT_INTERP_AT, sizeof(KIT_INTERP)));
	ck_assert_ptr_null(gl_ld_elf_string(&elf, bias, KIT_INTERP_AT, sizeof(KIT_INTERP) - 1));
	ck_assert_ptr_null(gl_ld_elf_string(&elf, bias, KIT_CODE_AT, KIT_LEN)); /* no NUL in its segment */
	ck_assert_ptr_null(gl_ld_elf_string(&elf, bias, UINT64_MAX, 100));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/elf");
	TCase *t = tcase_create("elf");

	tcase_add_loop_test(t, a_damaged_program, 0, sizeof(damages) / sizeof(damages[0]));
	tcase_add_loop_test(t, a_sound_program, 0, 2);
	tcase_add_test(t, interpreters_are_files);
	tcase_add_test(t, loaders);
	tcase_add_test(t, cut_at_every_byte);
	tcase_add_test(t, page_sizes);
	tcase_add_test(t, readers_that_fail);
	tcase_add_test(t, memory);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
