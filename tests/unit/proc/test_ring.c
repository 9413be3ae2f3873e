/*
 * The byte ring against a model: every byte comes out once, in order.
 */
#include <stdlib.h>
#include <string.h>

#include "proc/ring.h"
#include "tests/lib/unit.h"

START_TEST(empty_and_full)
{
	char memory[8];
	struct gl_ring ring = {.bytes = memory, .size = sizeof(memory)};
	size_t len;

	ck_assert_uint_eq(gl_ring_used(&ring), 0);
	gl_ring_data(&ring, &len);
	ck_assert_uint_eq(len, 0);
	gl_ring_space(&ring, &len);
	ck_assert_uint_eq(len, 8);
	gl_ring_filled(&ring, 8);
	gl_ring_space(&ring, &len);
	ck_assert_uint_eq(len, 0);
	gl_ring_data(&ring, &len);
	ck_assert_uint_eq(len, 8);
}
END_TEST

START_TEST(wraps_in_two_pieces)
{
	char memory[8];
	struct gl_ring ring = {.bytes = memory, .size = sizeof(memory)};
	size_t len;

	gl_ring_filled(&ring, 6);
	gl_ring_taken(&ring, 4);
	ck_assert_ptr_eq(gl_ring_space(&ring, &len), memory + 6);
	ck_assert_uint_eq(len, 2);
	gl_ring_filled(&ring, 2);
	ck_assert_ptr_eq(gl_ring_space(&ring, &len), memory);
	ck_assert_uint_eq(len, 4);
	gl_ring_filled(&ring, 4);
	ck_assert_ptr_eq(gl_ring_data(&ring, &len), memory + 4);
	ck_assert_uint_eq(len, 4);
}
END_TEST

START_TEST(random_operations_keep_order)
{
	char memory[64];
	struct gl_ring ring = {.bytes = memory, .size = sizeof(memory)};
	unsigned char next_in = 0;
	unsigned char next_out = 0;

	srandom(4711);
	for (int i = 0; i < 20000; i++) {
		size_t len;

		if (random() & 1) {
			char *space = gl_ring_space(&ring, &len);

			len = len ? (size_t)random() % (len + 1) : 0;
			for (size_t k = 0; k < len; k++)
				space[k] = (char)next_in++;
			gl_ring_filled(&ring, len);
		} else {
			const char *data = gl_ring_data(&ring, &len);

			len = len ? (size_t)random() % (len + 1) : 0;
			for (size_t k = 0; k < len; k++)
				ck_assert_int_eq((unsigned char)data[k], next_out++);
			gl_ring_taken(&ring, len);
		}
		ck_assert_uint_le(gl_ring_used(&ring), sizeof(memory));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc/ring");
	TCase *tc = tcase_create("ring");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, empty_and_full);
	tcase_add_test(tc, wraps_in_two_pieces);
	tcase_add_test(tc, random_operations_keep_order);
	suite_add_tcase(suite, tc);
	return gl_unit_main(suite);
}
