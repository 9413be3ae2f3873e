/*
 * loader/map.h: a real file in real memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/file.h"
#include "loader/map.h"
#include "tests/lib/unit.h"
#include "tests/unit/loader/kit.h"

#define FIXED_AT 0x40000000 /* free in a PIE, also under AddressSanitizer */

static struct kit kit;
static struct gl_ld_elf elf;
static int fd = -1;

/* The kit's bytes as a file, open as the stub opens it; elf is read from it. */
static void open_kit(void)
{
	struct gl_ld_source source;
	char path[64];
	int file = memfd_create("kit", MFD_CLOEXEC);

	ck_assert_int_eq(write(file, kit.bytes, KIT_LEN), KIT_LEN);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	ck_assert_int_eq(gl_ld_file_open(path, &source), 0);
	close(file);
	ck_assert_uint_eq(source.size, KIT_LEN);
	ck_assert_int_eq(gl_ld_elf_read(&source, GL_LD_PROGRAM, KIT_PAGE, &elf), 0);
	fd = source.fd;
}

static void setup(void)
{
	kit_make(&kit, ET_DYN, 0);
}

static void teardown(void)
{
	close(fd);
}

static const unsigned char *at(uint64_t bias, uint64_t vaddr)
{
	return (const unsigned char *)(uintptr_t)(bias + vaddr);
}

/* The protection of a page as /proc/self/maps has it ("rw-p"); "" if nothing is there. */
static const char *protection(uint64_t address)
{
	static char found[8], line[512];
	unsigned long begin, end;
	FILE *f = fopen("/proc/self/maps", "re");

	found[0] = '\0';
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &begin, &end) == 2 && address >= begin && address < end)
			sscanf(line, "%*s %7s", found);
	fclose(f);
	return found;
}

static void check_contents(uint64_t bias)
{
	ck_assert_mem_eq(at(bias, kit.base), kit.bytes, KIT_PAGE);
	ck_assert_mem_eq(at(bias, kit.base + KIT_RW_AT), kit.bytes + KIT_RW_AT, KIT_RW_FILESZ);
	/* The bss: the rest of the file's page, and one of its own. */
	for (uint64_t i = KIT_RW_FILESZ; i < 2 * KIT_PAGE; i++)
		ck_assert_uint_eq(*at(bias, kit.base + KIT_RW_AT + i), 0);
	ck_assert_str_eq(protection(bias + kit.base), "r--p");
	ck_assert_str_eq(protection(bias + kit.base + KIT_CODE_AT), "r-xp");
	ck_assert_str_eq(protection(bias + kit.base + KIT_RW_AT), "rw-p");
	ck_assert_str_eq(protection(bias + kit.base + KIT_RW_AT + KIT_PAGE), "rw-p");
}

START_TEST(position_independent)
{
	uint64_t bias, hint = 0x540000000000, other;

	open_kit();
	ck_assert_int_eq(gl_ld_map(fd, &elf, hint, KIT_PAGE, &bias), 0);
	ck_assert_uint_eq(bias, hint);
	check_contents(bias);
	/* Taken: somewhere else. */
	ck_assert_int_eq(gl_ld_map(fd, &elf, hint, KIT_PAGE, &other), 0);
	ck_assert_uint_ne(other, bias);
	check_contents(other);
}
END_TEST

START_TEST(where_it_must_be)
{
	uint64_t bias = 1;

	kit_make(&kit, ET_EXEC, FIXED_AT);
	open_kit();
	ck_assert_int_eq(gl_ld_map(fd, &elf, 0, KIT_PAGE, &bias), 0);
	ck_assert_uint_eq(bias, 0);
	check_contents(0);
	bias = 1;
	ck_assert_int_eq(gl_ld_map(fd, &elf, 0, KIT_PAGE, &bias), GL_LD_ADDRESS_TAKEN);
	ck_assert_uint_eq(bias, 1);
	check_contents(0); /* what was there is untouched */
}
END_TEST

/* _i: the first address modulo the alignment. */
START_TEST(alignment)
{
	uint64_t align = 0x200000, bias;

	kit_make(&kit, ET_DYN, (uint64_t)_i * KIT_PAGE);
	kit_segment(&kit, KIT_CODE)->p_align = align;
	open_kit();
	for (int n = 0; n < 3; n++) {
		ck_assert_int_eq(gl_ld_map(fd, &elf, 0x540000001000, KIT_PAGE, &bias), 0);
		ck_assert_uint_eq(bias % align, 0);
		check_contents(bias);
		/* Nothing is left of the slack; later ones may have neighbours. */
		if (n == 0)
			ck_assert_str_eq(protection(bias + kit.base + KIT_RW_AT + 2 * KIT_PAGE), "");
	}
}
END_TEST

START_TEST(holes_are_free)
{
	uint64_t bias;

	kit_segment(&kit, KIT_RW)->p_vaddr += 16 * KIT_PAGE;
	kit_segment(&kit, KIT_DYNAMIC)->p_vaddr += 16 * KIT_PAGE;
	open_kit();
	ck_assert_int_eq(gl_ld_map(fd, &elf, 0x540000000000, KIT_PAGE, &bias), 0);
	ck_assert_str_eq(protection(bias + KIT_CODE_AT + KIT_PAGE), "");
	ck_assert_str_eq(protection(bias + 17 * KIT_PAGE), "");
	ck_assert_str_eq(protection(bias + 18 * KIT_PAGE), "rw-p");
}
END_TEST

START_TEST(bss_alone)
{
	Elf64_Phdr *p = kit_segment(&kit, KIT_STACK);
	uint64_t bias;

	*p = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x10008, .p_memsz = 0x1000};
	open_kit();
	ck_assert_int_eq(gl_ld_map(fd, &elf, 0, KIT_PAGE, &bias), 0);
	for (uint64_t i = 0; i < 2 * KIT_PAGE; i++)
		ck_assert_uint_eq(*at(bias, 0x10000 + i), 0);
	ck_assert_str_eq(protection(bias + 0x10000), "rw-p");
	ck_assert_str_eq(protection(bias + 0x11000), "rw-p");
}
END_TEST

START_TEST(read_only_sections_for_a_moment)
{
	uint64_t bias;

	open_kit();
	ck_assert_int_eq(gl_ld_map(fd, &elf, 0, KIT_PAGE, &bias), 0);
	ck_assert_int_eq(gl_ld_map_writable(&elf, bias, KIT_PAGE, 0xff8, 8, true), 0);
	ck_assert_str_eq(protection(bias), "rw-p");
	ck_assert_int_eq(gl_ld_map_writable(&elf, bias, KIT_PAGE, 0xff8, 8, false), 0);
	check_contents(bias);
	ck_assert_int_eq(gl_ld_map_writable(&elf, bias, KIT_PAGE, KIT_RW_AT, 8, false), 0);
	check_contents(bias); /* what was writable stays so */
}
END_TEST

START_TEST(too_much_memory)
{
	uint64_t bias;

	kit_segment(&kit, KIT_RW)->p_memsz = GL_LD_TASK_END - 0x100000;
	open_kit();
	ck_assert_int_lt(gl_ld_map(fd, &elf, 0, KIT_PAGE, &bias), 0);
}
END_TEST

START_TEST(files_that_are_none)
{
	struct gl_ld_source source;

	ck_assert_int_eq(gl_ld_file_open("/", &source), GL_LD_NOT_REGULAR);
	ck_assert_int_eq(gl_ld_file_open("/dev/null", &source), GL_LD_NOT_REGULAR);
	ck_assert_int_eq(gl_ld_file_open("/nowhere", &source), -ENOENT);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/map");
	TCase *t = tcase_create("map");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, position_independent);
	tcase_add_test(t, where_it_must_be);
	tcase_add_loop_test(t, alignment, 0, 3);
	tcase_add_test(t, holes_are_free);
	tcase_add_test(t, bss_alone);
	tcase_add_test(t, read_only_sections_for_a_moment);
	tcase_add_test(t, too_much_memory);
	tcase_add_test(t, files_that_are_none);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
