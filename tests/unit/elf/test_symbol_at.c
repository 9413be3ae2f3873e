/*
 * Which function holds a place: in this very program, and in files that do not say.
 */
#include <elf.h>
#include <fcntl.h>

#include "base/fd.h"
#include "elf/symbol_at.h"
#include "tests/lib/unit.h"

extern const char __ehdr_start[]; /* the linker's: where the file's first byte is mapped */

/* Never inlined, so that it has a symbol and a size. */
static __attribute__((noinline, noclone)) int known_function(int a)
{
	__asm__ volatile("nop; nop; nop");
	return a + 1;
}

static struct gl_image *open_self(int *ret_fd)
{
	struct gl_image *image;
	struct gl_err err = GL_ERR_INIT;

	*ret_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(*ret_fd, 0);
	ck_assert_int_eq(gl_image_open(*ret_fd, &image, &err), 0);
	return image;
}

/* The place in the file of an address of this process. */
static uint64_t offset_of(const struct gl_image *image, const void *address)
{
	bool moved = gl_image_header(image)->type == ET_DYN;
	uint64_t vaddr = (uintptr_t)address - (moved ? (uintptr_t)__ehdr_start : 0);
	size_t count;
	const struct gl_segment *s = gl_image_segments(image, &count);

	for (size_t i = 0; i < count; i++)
		if (s[i].type == PT_LOAD && vaddr - s[i].vaddr < s[i].filesz)
			return vaddr - s[i].vaddr + s[i].offset;
	ck_abort_msg("no segment has it");
}

START_TEST(finds_a_function_of_this_program)
{
	int fd;
	struct gl_image *image = open_self(&fd);
	uint64_t offset = offset_of(image, (const void *)(uintptr_t)known_function), distance = 99;
	char name[64], cut[6];

	ck_assert_int_eq(known_function(1), 2);
	ck_assert_int_eq(gl_image_symbol_at(image, offset, name, sizeof(name), &distance), 0);
	ck_assert_str_eq(name, "known_function");
	ck_assert_uint_eq(distance, 0);
	ck_assert_int_eq(gl_image_symbol_at(image, offset + 3, cut, sizeof(cut), &distance), 0);
	ck_assert_str_eq(cut, "known");
	ck_assert_uint_eq(distance, 3);
	gl_image_free(image);
	gl_fd_close(&fd);
}
END_TEST

START_TEST(finds_nothing_where_nothing_is_said)
{
	int fd;
	struct gl_image *image = open_self(&fd);
	uint64_t distance;
	char name[64];

	/* the ELF header is no function; behind the end there is nothing */
	ck_assert_int_eq(gl_image_symbol_at(image, 0, name, sizeof(name), &distance), 1);
	ck_assert_int_eq(gl_image_symbol_at(image, UINT64_MAX, name, sizeof(name), &distance), 1);
	ck_assert_int_eq(gl_image_symbol_at(image, gl_image_size(image), name, sizeof(name), &distance), 1);
	gl_image_free(image);
	gl_fd_close(&fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbol_at");
	TCase *tcase = tcase_create("symbol_at");

	tcase_add_test(tcase, finds_a_function_of_this_program);
	tcase_add_test(tcase, finds_nothing_where_nothing_is_said);
	suite_add_tcase(suite, tcase);
	return gl_unit_main(suite);
}
