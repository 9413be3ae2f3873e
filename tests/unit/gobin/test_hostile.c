/*
 * Go programs cut short at every byte and with bytes changed at random: no
 * crash, no hang, no read out of bounds.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gobin/gobin.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/gogen.h"
#include "tests/lib/unit.h"

#define FUZZ_SECONDS	  1
#define FUZZ_ROUNDS_LEAST 200

static const char text[] = "path\tp\nmod\tm\tv1\nbuild\t-ldflags=\"\\u20ac\\x41\"\nbuild\tCGO_ENABLED=1\n";

static const struct elfgen_note notes[] = {{"Go", 4, "id", 2, false}, {NULL, 0, NULL, 0, false}};

static void make(bool sections, struct elfgen_file *ret)
{
	struct gl_buf data = GL_BUF_INIT;
	struct elfgen spec = {.notes = notes, .data_section = sections ? ".go.buildinfo" : NULL};

	gogen_inline(&data, "go1.22.5", text);
	spec.data = gl_buf_text(&data);
	spec.data_len = data.len;
	elfgen_make(&spec, ret);
	gl_buf_done(&data);
}

/* Is it still known for Go? */
static bool ask(const unsigned char *bytes, size_t len)
{
	struct gl_gobin g = GL_GOBIN_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct elfimage e;
	bool is_go;

	elfimage_of_bytes(bytes, len, &e);
	ck_assert_msg(gl_gobin_read(e.image, &g, &err) == 0, "%s", err.msg);
	(void)gl_gobin_kernel_floor(&g, e.image);
	is_go = g.kind == GL_GOBIN_YES || g.kind == GL_GOBIN_BARE;
	gl_gobin_done(&g);
	elfimage_done(&e);
	return is_go;
}

START_TEST(truncated_at_every_byte)
{
	struct elfgen_file file;

	make(_i, &file);
	for (size_t len = 0; len < file.len; len++) {
		unsigned char *bytes = malloc(len + 1);

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, file.bytes, len);
		/* the note is in the file's first page */
		ck_assert_int_eq(ask(bytes, len), len >= 0x1000 || (len >= file.notes + 20));
		free(bytes);
	}
	elfgen_done(&file);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

START_TEST(bytes_changed)
{
	uint32_t state = 88172645u + (uint32_t)_i;
	struct timespec start, now;
	struct elfgen_file file;
	unsigned known = 0;

	make(_i, &file);
	clock_gettime(CLOCK_MONOTONIC, &start);
	now = start;
	for (unsigned round = 0; round < FUZZ_ROUNDS_LEAST || now.tv_sec - start.tv_sec < FUZZ_SECONDS;
	     round++) {
		unsigned char *bytes = malloc(file.len);

		ck_assert_ptr_nonnull(bytes);
		memcpy(bytes, file.bytes, file.len);
		for (unsigned i = 1 + next_random(&state) % 4; i > 0; i--) {
			size_t at = next_random(&state) % (file.len - 0x1000);

			bytes[next_random(&state) % 4 ? 0x1000 + at : at % 0x100] =
				(unsigned char)next_random(&state);
		}
		known += ask(bytes, file.len);
		free(bytes);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	ck_assert_uint_gt(known, FUZZ_ROUNDS_LEAST / 2);
	elfgen_done(&file);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin/hostile");
	TCase *c = tcase_create("hostile");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, truncated_at_every_byte, 0, 2);
	tcase_add_loop_test(c, bytes_changed, 0, 2);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
