/*
 * Files cut short at every byte, and files with bytes changed at random: no
 * crash, no hang, no read out of bounds.  Whether the answers are right is what
 * the other tests ask; these are worth most with the sanitizers.
 */
#include <elf.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "elf/notes.h"
#include "elf/versions.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/unit.h"

#define FUZZ_SECONDS	  2
#define FUZZ_ROUNDS_LEAST 200

static const unsigned char data[64];

static const struct elfgen full = {
	.type = ET_DYN,
	.interp = "/lib64/ld-linux-x86-64.so.2",
	.needed = (const char *const[]){"libc.so.6", NULL},
	.soname = "self",
	.runpath = "$ORIGIN",
	.needs = (const struct elfgen_need[]){{"libc.so.6", "GLIBC_2.34", 3, false},
					      {"libc.so.6", "GLIBC_2.2.5", 4, true},
					      {NULL, NULL, 0, false}},
	.defs = (const char *const[]){"SELF_1", NULL},
	.symbols = (const struct elfgen_symbol[]){{"pthread_create", 3, false},
						  {"mine", 2, true},
						  {NULL, 0, false}},
	.notes = (const struct elfgen_note[]){{"GNU", NT_GNU_ABI_TAG, data, 16, false},
					      {"GNU", NT_GNU_PROPERTY_TYPE_0, data, 32, false},
					      {NULL, 0, NULL, 0, false}},
	.data = data,
	.data_len = sizeof(data),
	.data_section = ".data",
	.rela_at = 0x400008,
	.rela_value = 1,
};

static int any_note(const char *name, uint32_t type, const unsigned char *desc, size_t desc_len, void *arg)
{
	unsigned *sum = arg;

	*sum += (unsigned)strlen(name) + type;
	for (size_t i = 0; i < desc_len; i++)
		*sum += desc[i];
	return 0;
}

static int any_symbol(const char *name, unsigned version_index, bool defined, void *arg)
{
	*(unsigned *)arg += (unsigned)strlen(name) + version_index + defined;
	return 0;
}

/* Asks everything there is to ask.  Returns the number of questions that were answered. */
static unsigned ask_everything(struct gl_image *image)
{
	const struct gl_version_need *needs;
	const struct gl_version_def *defs;
	uint64_t offset, vaddr, size, value;
	unsigned sum = 0, answers = 0, version[3];
	struct gl_err err = GL_ERR_INIT;
	size_t count;

	answers += gl_image_version_needs(image, &needs, &count, &err) == 0;
	answers += gl_image_version_defs(image, &defs, &count, &err) == 0;
	answers += gl_image_each_symbol(image, any_symbol, &sum, &err) == 0;
	answers += gl_image_each_note(image, any_note, &sum) == 0;
	answers += gl_image_abi_kernel(image, version) == 0;
	answers += gl_image_isa_level(image) <= 4;
	answers += gl_image_section(image, ".data", &offset, &vaddr, &size) == 0;
	answers += gl_image_has_symtab(image);
	answers += gl_image_relative(image, 0x400008, &value) == 0;
	return answers;
}

START_TEST(truncated_at_every_byte)
{
	struct elfgen spec = full;
	struct elfgen_file file;

	spec.narrow = _i & 1;
	spec.big_endian = _i & 2;
	spec.machine = _i ? EM_MIPS : EM_X86_64;
	spec.rela_at = spec.narrow ? 0 : spec.rela_at;
	elfgen_make(&spec, &file);
	for (size_t len = 0; len < file.len; len++) {
		struct elfimage e;

		elfimage_of_bytes(file.bytes, len, &e);
		ask_everything(e.image);
		if (len < file.data + sizeof(data))
			ck_assert_int_ne(gl_image_defect(e.image), GL_IMAGE_SOUND);
		else
			ck_assert_int_eq(gl_image_defect(e.image), GL_IMAGE_SOUND);
		elfimage_done(&e);
	}
	elfgen_done(&file);
}
END_TEST

/* xorshift: the same bytes on every machine. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Values that sit on the edges of checks. */
static const uint64_t edges[] = {0,	     1,		 0x7f,	     0xff,	0xffff,
				 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, UINT64_MAX};

static void damage(unsigned char *bytes, size_t len, uint32_t *state)
{
	unsigned changes = 1 + next_random(state) % 4;

	for (unsigned i = 0; i < changes; i++) {
		size_t at = next_random(state) % len, size = (size_t)1 << next_random(state) % 4;
		uint64_t value = edges[next_random(state) % (sizeof(edges) / sizeof(edges[0]))];

		if (next_random(state) % 2)
			bytes[at] ^= (unsigned char)(1u << next_random(state) % 8);
		else
			memcpy(bytes + at, &value, size < len - at ? size : len - at);
	}
}

/* All but the padding before the data: that is where the interesting bytes are. */
static size_t interesting(const struct elfgen_file *file)
{
	return file->dynamic + 20 * sizeof(Elf64_Dyn);
}

START_TEST(bytes_changed)
{
	uint32_t state = 2463534242u + (uint32_t)_i;
	struct timespec start, now;
	struct elfgen_file file;
	unsigned answers = 0;

	elfgen_make(&full, &file);
	clock_gettime(CLOCK_MONOTONIC, &start);
	now = start;
	for (unsigned round = 0; round < FUZZ_ROUNDS_LEAST || now.tv_sec - start.tv_sec < FUZZ_SECONDS;
	     round++) {
		unsigned char *bytes = malloc(file.len);
		struct elfimage e;

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, file.bytes, file.len);
		damage(bytes, interesting(&file), &state);
		elfimage_of_bytes(bytes, file.len, &e);
		answers += ask_everything(e.image);
		elfimage_done(&e);
		free(bytes);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	ck_assert_uint_gt(answers, FUZZ_ROUNDS_LEAST);
	elfgen_done(&file);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("elf/hostile");
	TCase *c = tcase_create("hostile");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, truncated_at_every_byte, 0, 4);
	tcase_add_test(c, bytes_changed);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
