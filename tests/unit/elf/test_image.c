/*
 * Headers, segments, interpreter and every defect.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

static const unsigned char data[] = "0123456789abcdef";

/* What a program of many parts looks like. */
static const struct elfgen full = {
	.interp = "/lib64/ld-linux-x86-64.so.2",
	.needed = (const char *const[]){"libc.so.6", NULL},
	.data = data,
	.data_len = sizeof(data),
	.data_section = ".data",
};

static void assert_defect(struct elfimage *e, enum gl_image_defect defect, const char *text)
{
	elfimage_open(e);
	ck_assert_str_eq(gl_image_defect_text(e->image), text);
	ck_assert_int_eq(gl_image_defect(e->image), defect);
	elfimage_done(e);
}

START_TEST(static_program)
{
	struct elfimage e;
	const struct gl_image_header *h;
	const struct gl_segment *s;
	size_t count;

	elfimage_init(&(struct elfgen){.osabi = ELFOSABI_GNU}, &e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	h = gl_image_header(e.image);
	ck_assert_uint_eq(h->elf_class, ELFCLASS64);
	ck_assert_uint_eq(h->data, ELFDATA2LSB);
	ck_assert_uint_eq(h->osabi, ELFOSABI_GNU);
	ck_assert_uint_eq(h->type, ET_EXEC);
	ck_assert_uint_eq(h->machine, EM_X86_64);
	ck_assert_uint_eq(h->phnum, 1);
	s = gl_image_segments(e.image, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(s[0].type, PT_LOAD);
	ck_assert_uint_eq(s[0].flags, PF_R | PF_X);
	ck_assert_uint_eq(s[0].vaddr, ELFGEN_BASE);
	ck_assert_uint_eq(s[0].filesz, e.file.len);
	ck_assert_uint_eq(gl_image_size(e.image), e.file.len);
	ck_assert_ptr_null(gl_image_interpreter(e.image));
	ck_assert(!gl_image_has_dynamic(e.image));
	ck_assert(!gl_image_has_sections(e.image));
	elfimage_done(&e);
}
END_TEST

/* 64 and 32 bit, both byte orders. */
START_TEST(every_layout)
{
	struct elfgen spec = full;
	struct elfimage e;
	const struct gl_image_header *h;
	size_t count;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = EM_MIPS;
	elfimage_init(&spec, &e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	h = gl_image_header(e.image);
	ck_assert_uint_eq(h->elf_class, spec.narrow ? ELFCLASS32 : ELFCLASS64);
	ck_assert_uint_eq(h->data, spec.big_endian ? ELFDATA2MSB : ELFDATA2LSB);
	ck_assert_uint_eq(h->machine, EM_MIPS);
	ck_assert_uint_eq(h->shnum, 5);
	ck_assert_str_eq(gl_image_interpreter(e.image), spec.interp);
	ck_assert_uint_eq(gl_image_dynamic(e.image)->needed_count, 1);
	ck_assert_str_eq(gl_image_dynamic(e.image)->needed[0], "libc.so.6");
	ck_assert_uint_eq(gl_image_segments(e.image, &count)[2].filesz, sizeof(data));
	ck_assert_uint_eq(count, 4);
	elfimage_done(&e);
}
END_TEST

/* The kernel looks at none of these bytes in a program for this machine. */
START_TEST(odd_ident_is_read_as_the_kernel_does)
{
	static const struct {
		size_t at;
		unsigned char value;
	} rows[] = {
		{EI_CLASS, 0}, {EI_CLASS, ELFCLASS32}, {EI_CLASS, 9},	{EI_DATA, 0},
		{EI_DATA, 2},  {EI_VERSION, 0},	       {EI_VERSION, 7},
	};
	struct elfimage e;

	elfimage_make(&full, &e);
	e.file.bytes[rows[_i].at] = rows[_i].value;
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert_uint_eq(gl_image_header(e.image)->elf_class, ELFCLASS64);
	ck_assert_uint_eq(gl_image_header(e.image)->ident_class, e.file.bytes[EI_CLASS]);
	ck_assert_uint_eq(gl_image_header(e.image)->ident_data, e.file.bytes[EI_DATA]);
	ck_assert_uint_eq(gl_image_header(e.image)->ident_version, e.file.bytes[EI_VERSION]);
	ck_assert_str_eq(gl_image_interpreter(e.image), full.interp);
	elfimage_done(&e);
}
END_TEST

START_TEST(x32_is_read_as_32_bit)
{
	struct elfimage e;

	elfimage_init(&(struct elfgen){.narrow = true}, &e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	ck_assert_uint_eq(gl_image_header(e.image)->elf_class, ELFCLASS32);
	elfimage_done(&e);
}
END_TEST

START_TEST(not_elf)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum gl_image_defect defect;
		const char *text;
	} rows[] = {
		{"", 0, GL_IMAGE_EMPTY, "the file is empty"},
		{"#!/bin/sh\n", 10, GL_IMAGE_NOT_ELF, "the file does not start with the ELF magic"},
		{"\x7f"
		 "EL",
		 3, GL_IMAGE_NOT_ELF, "the file does not start with the ELF magic"},
		{"\x7f"
		 "ELF",
		 4, GL_IMAGE_HEADER_TRUNCATED, "the file ends at 4, inside the ELF header"},
	};
	struct elfimage e;

	elfimage_of_bytes(rows[_i].bytes, rows[_i].len, &e);
	ck_assert_int_eq(gl_image_defect(e.image), rows[_i].defect);
	ck_assert_str_eq(gl_image_defect_text(e.image), rows[_i].text);
	ck_assert_uint_eq(gl_image_header(e.image)->elf_class, ELFCLASSNONE);
	elfimage_done(&e);
}
END_TEST

START_TEST(header_truncated)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	e.file.len = 63;
	assert_defect(&e, GL_IMAGE_HEADER_TRUNCATED,
		      "the file ends at 63, inside the ELF header of 64 bytes");
}
END_TEST

START_TEST(header_invalid)
{
	struct elfimage e;

	elfimage_make(&(struct elfgen){.machine = EM_RISCV}, &e);
	e.file.bytes[EI_CLASS] = 3;
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_HEADER_INVALID);
	ck_assert_str_eq(gl_image_defect_text(e.image), "class 3 and byte order 1 are none that exist");
	ck_assert(!gl_image_has_symtab(e.image));
	elfimage_done(&e);
}
END_TEST

START_TEST(no_segments)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phnum), 2, 0);
	assert_defect(&e, GL_IMAGE_NO_SEGMENTS, "the file has no program headers");
}
END_TEST

START_TEST(segments_invalid)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_machine), 2, EM_RISCV);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phentsize), 2, 55);
	assert_defect(&e, GL_IMAGE_SEGMENTS_INVALID, "a program header of 55 bytes, instead of 56");
}
END_TEST

/* 1170 * 56 is the last size below 64 KiB: what lacks then is the table. */
START_TEST(segments_too_many)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phnum), 2, 1171);
	assert_defect(&e, GL_IMAGE_SEGMENTS_INVALID, "1171 program headers, at most 1170 are taken");
	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phnum), 2, 1170);
	assert_defect(&e, GL_IMAGE_SEGMENTS_TRUNCATED,
		      "65520 bytes of program headers at 64, but the file ends at 4464");
}
END_TEST

START_TEST(segments_extended_number)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phnum), 2, PN_XNUM);
	elfgen_poke(&full, &e.file, e.file.shoff + offsetof(Elf64_Shdr, sh_info), 4, 70000);
	assert_defect(&e, GL_IMAGE_SEGMENTS_INVALID, "70000 program headers, at most 1170 are taken");
}
END_TEST

START_TEST(segments_offset_wraps)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX - 8);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SEGMENTS_TRUNCATED);
	elfimage_done(&e);
}
END_TEST

START_TEST(load_truncated)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	e.file.len = e.file.data + sizeof(data) - 1;
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_LOAD_TRUNCATED);
	ck_assert_str_eq(gl_image_defect_text(e.image), "segment 2 ends at 4113, the file at 4112");
	/* the rest is still told */
	ck_assert_str_eq(gl_image_interpreter(e.image), full.interp);
	ck_assert_uint_eq(gl_image_dynamic(e.image)->needed_count, 1);
	elfimage_done(&e);
}
END_TEST

#define FIELD64(field) offsetof(Elf64_Phdr, field), 8

START_TEST(load_invalid)
{
	static const struct {
		size_t field, size;
		uint64_t value;
		const char *text;
	} rows[] = {
		{FIELD64(p_memsz), 8, "segment 1 has 425 bytes in the file and only 8 in memory"},
		{FIELD64(p_vaddr), UINT64_MAX - 0xfff,
		 NULL /* 4 KiB less 1 from there do not wrap: the segment is small */},
		{FIELD64(p_vaddr), UINT64_MAX - 15,
		 "segment 1, 0x1a9 bytes at address 0xfffffffffffffff0, wraps around"},
		{FIELD64(p_offset), UINT64_MAX - 15,
		 "segment 1, 0x1a9 bytes at offset 0xfffffffffffffff0, wraps around"},
		{FIELD64(p_offset), 16, "segment 1 cannot be mapped: offset 0x10, address 0x400000"},
	};
	struct elfimage e;

	elfimage_make(&full, &e);
	elfimage_poke_phdr(&e, PT_LOAD, rows[_i].field, rows[_i].size, rows[_i].value);
	elfimage_poke_phdr(&e, PT_DYNAMIC, offsetof(Elf64_Phdr, p_type), 4, PT_NULL);
	if (rows[_i].text)
		assert_defect(&e, GL_IMAGE_LOAD_INVALID, rows[_i].text);
	else
		assert_defect(&e, GL_IMAGE_SOUND, "");
}
END_TEST

START_TEST(nothing_to_load)
{
	struct elfimage e;

	elfimage_make(&(struct elfgen){.interp = NULL}, &e);
	elfimage_poke_phdr(&e, PT_LOAD, offsetof(Elf64_Phdr, p_type), 4, PT_NOTE);
	assert_defect(&e, GL_IMAGE_LOAD_INVALID, "the file has no segment to load");
}
END_TEST

/* Overlapping and unordered segments run (tried on Linux 6.18), so they are sound. */
START_TEST(odd_loads_are_sound)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfimage_poke_phdr(&e, PT_INTERP, offsetof(Elf64_Phdr, p_type), 4, PT_LOAD);
	elfimage_poke_phdr(&e, PT_LOAD, FIELD64(p_vaddr), ELFGEN_BASE + 0x10000 + e.file.interp);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	elfimage_done(&e);
}
END_TEST

START_TEST(interpreter_invalid)
{
	static const struct {
		size_t field, size;
		uint64_t value;
		const char *text;
	} rows[] = {
		{FIELD64(p_filesz), 0, "the interpreter's path takes 0 bytes, 2 to 4096 are taken"},
		{FIELD64(p_filesz), 1, "the interpreter's path takes 1 bytes, 2 to 4096 are taken"},
		{FIELD64(p_filesz), 4097, "the interpreter's path takes 4097 bytes, 2 to 4096 are taken"},
		{FIELD64(p_filesz), 27, "the interpreter's path, 27 bytes at 288, is not terminated"},
		{FIELD64(p_offset), 5000,
		 "the interpreter's path is 28 bytes at 5000, but the file ends at 4464"},
		{FIELD64(p_offset), UINT64_MAX,
		 "the interpreter's path is 28 bytes at 18446744073709551615, but the file ends at 4464"},
	};
	struct elfimage e;

	elfimage_make(&full, &e);
	elfimage_poke_phdr(&e, PT_INTERP, rows[_i].field, rows[_i].size, rows[_i].value);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), rows[_i].text);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_INTERPRETER_INVALID);
	ck_assert_ptr_null(gl_image_interpreter(e.image));
	elfimage_done(&e);
}
END_TEST

/* The kernel demands the NUL at the end and then takes the path to the first one. */
START_TEST(interpreter_with_bytes_behind_the_nul)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	e.file.bytes[e.file.interp + 6] = '\0';
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
	ck_assert_str_eq(gl_image_interpreter(e.image), "/lib64");
	elfimage_done(&e);
}
END_TEST

START_TEST(reading_is_bounded)
{
	struct elfimage e;
	char bytes[16];

	elfimage_init(&full, &e);
	ck_assert_int_eq(gl_image_read(e.image, e.file.data, bytes, 4), 0);
	ck_assert_mem_eq(bytes, "0123", 4);
	ck_assert_int_eq(gl_image_read(e.image, e.file.len - 4, bytes, 4), 0);
	ck_assert_int_eq(gl_image_read(e.image, e.file.len, bytes, 0), 0);
	ck_assert_int_eq(gl_image_read(e.image, e.file.len - 3, bytes, 4), -ERANGE);
	ck_assert_int_eq(gl_image_read(e.image, UINT64_MAX, bytes, 4), -ERANGE);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, ELFGEN_BASE + e.file.data + 10, bytes, 6), 0);
	ck_assert_mem_eq(bytes, "abcdef", 6);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, ELFGEN_BASE + e.file.data + 10, bytes, 8), -ERANGE);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, 0, bytes, 1), -ERANGE);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, UINT64_MAX, bytes, 1), -ERANGE);
	elfimage_done(&e);
}
END_TEST

/* What p_memsz adds is not in the file, whatever bytes follow there. */
START_TEST(reading_ends_with_filesz)
{
	struct elfimage e;
	char bytes[4];
	size_t at;

	elfimage_make(&full, &e);
	at = e.file.phoff + 2 * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_memsz);
	elfgen_poke(&full, &e.file, at, 8, 0x2000);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, ELFGEN_BASE + e.file.data + sizeof(data), bytes, 4),
			 -ERANGE);
	elfimage_done(&e);
}
END_TEST

/* The later of overlapping segments is mapped over the earlier one. */
START_TEST(reading_where_segments_overlap)
{
	struct elfimage e;
	char bytes[4] = "";
	size_t at;

	elfimage_make(&full, &e);
	at = e.file.phoff + 2 * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_vaddr);
	elfgen_poke(&full, &e.file, at, 8, ELFGEN_BASE);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, ELFGEN_BASE, bytes, 4), 0);
	ck_assert_mem_eq(bytes, data, 4);
	ck_assert_int_eq(gl_image_read_vaddr(e.image, ELFGEN_BASE + sizeof(data), bytes, 4), 0);
	elfimage_done(&e);
}
END_TEST

/* Across pages, and so much at once that it bypasses the cache. */
START_TEST(reading_across_pages)
{
	static unsigned char bytes[5 * 4096], back[sizeof(bytes)];
	struct elfimage e;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251);
	elfimage_init(&(struct elfgen){.data = bytes, .data_len = sizeof(bytes)}, &e);
	ck_assert_int_eq(gl_image_read(e.image, e.file.data, back, sizeof(back)), 0);
	ck_assert_mem_eq(back, bytes, sizeof(bytes));
	ck_assert_int_eq(gl_image_read(e.image, e.file.data + 2000, back, 4096), 0);
	ck_assert_mem_eq(back, bytes + 2000, 4096);
	elfimage_done(&e);
}
END_TEST

/* Of the file: the last byte, and the one behind it. */
static void at_the_end(const struct elfimage *e)
{
	uint64_t size = gl_image_size(e->image);
	unsigned char back, last = ((const unsigned char *)e->file.bytes)[size - 1];

	ck_assert_int_eq(gl_image_read(e->image, size - 1, &back, 1), 0);
	ck_assert_uint_eq(back, last);
	ck_assert_int_eq(gl_image_read(e->image, size, &back, 1), -ERANGE);
}

/* More pages than are kept, to and fro; the last one is not whole. */
START_TEST(reading_more_pages_than_are_kept)
{
	static unsigned char bytes[25 * 4096 + 100];
	unsigned char back[16];
	struct elfimage e;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251);
	elfimage_init(&(struct elfgen){.data = bytes, .data_len = sizeof(bytes)}, &e);
	for (size_t i = 0; i < 500; i++) {
		size_t at = i * 7919 % (sizeof(bytes) - sizeof(back));

		ck_assert_int_eq(gl_image_read(e.image, e.file.data + at, back, sizeof(back)), 0);
		ck_assert_mem_eq(back, bytes + at, sizeof(back));
		ck_assert_int_eq(gl_image_read(e.image, e.file.data, back, 1), 0);
		ck_assert_uint_eq(back[0], bytes[0]);
	}
	at_the_end(&e);
	elfimage_done(&e);
}
END_TEST

START_TEST(file_that_shrinks)
{
	struct elfimage e;
	char bytes[4];

	elfimage_init(&full, &e);
	ck_assert_int_eq(ftruncate(e.fd, 100), 0);
	ck_assert_int_eq(gl_image_read(e.image, e.file.data, bytes, 4), -ERANGE);
	elfimage_done(&e);
}
END_TEST

START_TEST(not_a_file)
{
	struct gl_err err = GL_ERR_INIT;
	struct gl_image *image = NULL;
	gl_autoclose int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(gl_image_open(dir, &image, &err), -EINVAL);
	ck_assert_int_eq(gl_image_open(-1, &image, &err), -EBADF);
	ck_assert_ptr_null(image);
}
END_TEST

START_TEST(sections)
{
	struct elfimage e;
	uint64_t offset = 0, vaddr = 0, size = 0;

	elfimage_init(&full, &e);
	ck_assert(gl_image_has_sections(e.image));
	ck_assert(!gl_image_has_symtab(e.image));
	ck_assert_int_eq(gl_image_section(e.image, ".data", &offset, &vaddr, &size), 0);
	ck_assert_uint_eq(offset, e.file.data);
	ck_assert_uint_eq(vaddr, ELFGEN_BASE + e.file.data);
	ck_assert_uint_eq(size, sizeof(data));
	ck_assert_int_eq(gl_image_section(e.image, ".dat", &offset, &vaddr, &size), 1);
	ck_assert_int_eq(gl_image_section(e.image, "", &offset, &vaddr, &size), 1);
	elfimage_done(&e);
}
END_TEST

START_TEST(symtab_is_found)
{
	struct elfimage e;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, e.file.shoff + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_type), 4,
		    SHT_SYMTAB);
	elfimage_open(&e);
	ck_assert(gl_image_has_symtab(e.image));
	elfimage_done(&e);
}
END_TEST

START_TEST(section_without_bytes)
{
	static const struct {
		size_t field, size;
		uint64_t value;
	} rows[] = {
		{offsetof(Elf64_Shdr, sh_type), 4, SHT_NOBITS},
		{offsetof(Elf64_Shdr, sh_size), 8, UINT64_MAX},
		{offsetof(Elf64_Shdr, sh_offset), 8, 1 << 20},
	};
	struct elfimage e;
	uint64_t offset, vaddr, size;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, e.file.shoff + 3 * sizeof(Elf64_Shdr) + rows[_i].field, rows[_i].size,
		    rows[_i].value);
	elfimage_open(&e);
	ck_assert_int_eq(gl_image_section(e.image, ".data", &offset, &vaddr, &size), 1);
	ck_assert_int_eq(gl_image_section(e.image, ".text", &offset, &vaddr, &size), 0);
	elfimage_done(&e);
}
END_TEST

/* A damaged section table is no defect: nothing is found, nothing else changes. */
START_TEST(sections_damaged)
{
	static const struct {
		size_t at, size;
		uint64_t value;
	} rows[] = {
		{offsetof(Elf64_Ehdr, e_shoff), 8, 0},	  {offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX - 63},
		{offsetof(Elf64_Ehdr, e_shoff), 8, 4464}, {offsetof(Elf64_Ehdr, e_shentsize), 2, 40},
		{offsetof(Elf64_Ehdr, e_shstrndx), 2, 5}, {offsetof(Elf64_Ehdr, e_shstrndx), 2, SHN_XINDEX},
	};
	struct elfimage e;
	uint64_t offset, vaddr, size;

	elfimage_make(&full, &e);
	elfgen_poke(&full, &e.file, rows[_i].at, rows[_i].size, rows[_i].value);
	elfimage_open(&e);
	ck_assert_str_eq(gl_image_defect_text(e.image), "");
	ck_assert(!gl_image_has_sections(e.image));
	ck_assert_int_eq(gl_image_section(e.image, ".data", &offset, &vaddr, &size), 1);
	elfimage_done(&e);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/image");
	TCase *headers = tcase_create("headers"), *defects = tcase_create("defects"),
	      *reading = tcase_create("reading");

	tcase_add_test(headers, static_program);
	tcase_add_loop_test(headers, every_layout, 0, 4);
	tcase_add_loop_test(headers, odd_ident_is_read_as_the_kernel_does, 0, 7);
	tcase_add_test(headers, x32_is_read_as_32_bit);
	tcase_add_loop_test(defects, not_elf, 0, 4);
	tcase_add_test(defects, header_truncated);
	tcase_add_test(defects, header_invalid);
	tcase_add_test(defects, no_segments);
	tcase_add_test(defects, segments_invalid);
	tcase_add_test(defects, segments_too_many);
	tcase_add_test(defects, segments_extended_number);
	tcase_add_test(defects, segments_offset_wraps);
	tcase_add_test(defects, load_truncated);
	tcase_add_loop_test(defects, load_invalid, 0, 5);
	tcase_add_test(defects, nothing_to_load);
	tcase_add_test(defects, odd_loads_are_sound);
	tcase_add_loop_test(defects, interpreter_invalid, 0, 6);
	tcase_add_test(defects, interpreter_with_bytes_behind_the_nul);
	tcase_add_test(reading, reading_is_bounded);
	tcase_add_test(reading, reading_ends_with_filesz);
	tcase_add_test(reading, reading_where_segments_overlap);
	tcase_add_test(reading, reading_across_pages);
	tcase_add_test(reading, reading_more_pages_than_are_kept);
	tcase_add_test(reading, file_that_shrinks);
	tcase_add_test(reading, not_a_file);
	tcase_add_test(reading, sections);
	tcase_add_test(reading, symtab_is_found);
	tcase_add_loop_test(reading, section_without_bytes, 0, 3);
	tcase_add_loop_test(reading, sections_damaged, 0, 6);
	suite_add_tcase(s, headers);
	suite_add_tcase(s, defects);
	suite_add_tcase(s, reading);
	return gl_unit_main(s);
}
