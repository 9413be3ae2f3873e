/*
 * The table of denials: what is known again, by its stack, its caller or its
 * arguments, and what happens when there is no more room.
 */
#include "proc/denial.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit.h"

#define ARCH 0xc000003eu
#define SP   UINT64_C(0xc000100000)
#define PC   UINT64_C(0x401000)

static struct gl_denials *denials;
static struct gl_stack stack;

static void setup(void)
{
	denials = calloc(1, sizeof(*denials));
	ck_assert_ptr_nonnull(denials);
	stack = (struct gl_stack){.pc = PC, .sp = SP, .len = 256};
}

static void teardown(void)
{
	free(denials);
}

static void put(size_t offset, uint64_t word)
{
	memcpy(stack.bytes + offset, &word, sizeof(word));
}

static struct gl_trail trail_of(size_t offset, uint64_t word)
{
	struct gl_trail trail = {.known = true, .pc = PC};

	put(offset, word);
	ck_assert(gl_trail_add(&trail, &stack, SP + offset, word));
	return trail;
}

START_TEST(trails)
{
	struct gl_trail trail = trail_of(16, 0x1111), far = {.known = true, .pc = PC};

	ck_assert(gl_trail_fits(&trail, &stack));
	/* the same frames on another stack, with other data between them */
	stack.sp = SP + 4096;
	put(8, 99);
	ck_assert(gl_trail_fits(&trail, &stack));
	put(16, 0x2222);
	ck_assert(!gl_trail_fits(&trail, &stack));
	put(16, 0x1111);
	stack.pc++;
	ck_assert(!gl_trail_fits(&trail, &stack));
	stack.pc--;
	stack.len = 20;
	ck_assert_msg(!gl_trail_fits(&trail, &stack), "the word was not read");
	ck_assert(!gl_trail_add(&far, &stack, stack.sp + 16, 1));
	ck_assert(!gl_trail_add(&far, &stack, stack.sp - 8, 1));
	stack.len = 0;
	ck_assert(!gl_trail_add(&far, &stack, stack.sp, 1));
	stack.len = 256;
	for (size_t i = 0; i < GL_TRAIL_WORDS; i++)
		ck_assert(gl_trail_add(&far, &stack, stack.sp + 8 * i, 1));
	ck_assert(!gl_trail_add(&far, &stack, stack.sp, 1));
}
END_TEST

START_TEST(known_again)
{
	const struct gl_call call = {.arch = ARCH, .number = 165}, other = {.arch = ARCH, .number = 166};
	struct gl_caller caller = {.kind = GL_CALLER_GO, .place = 0x4000, .ino = 7};
	struct gl_denial *d = gl_denials_add(denials, &call);

	d->caller = caller;
	d->trail = trail_of(24, 0x5555);
	ck_assert_ptr_eq(gl_denials_on_trail(denials, &call, &stack), d);
	ck_assert_ptr_null(gl_denials_on_trail(denials, &other, &stack));
	ck_assert_ptr_eq(gl_denials_of_caller(denials, &call, &caller), d);
	ck_assert_ptr_null(gl_denials_of_caller(denials, &other, &caller));
	caller.place++;
	ck_assert_ptr_null(gl_denials_of_caller(denials, &call, &caller));
	caller.place--;
	caller.ino++;
	ck_assert_ptr_null(gl_denials_of_caller(denials, &call, &caller));
	d->trail.known = false;
	ck_assert_ptr_null(gl_denials_on_trail(denials, &call, &stack));
}
END_TEST

START_TEST(recents)
{
	struct gl_call call = {.arch = ARCH, .number = 165, .arguments = {1, 2, 3, 4, 5, 6}};
	struct gl_denial *first = gl_denials_add(denials, &call), *second = gl_denials_add(denials, &call);

	ck_assert_ptr_null(gl_denials_recent(denials, &call, PC));
	gl_denials_remember(denials, &call, PC, first);
	ck_assert_ptr_eq(gl_denials_recent(denials, &call, PC), first);
	ck_assert_ptr_null(gl_denials_recent(denials, &call, PC + 1));
	gl_denials_remember(denials, &call, PC, second);
	ck_assert_ptr_eq(gl_denials_recent(denials, &call, PC), second);
	/* other arguments: the same call last; but the same arguments count for more */
	call.arguments[5] = 7;
	ck_assert_ptr_eq(gl_denials_recent(denials, &call, PC), second);
	gl_denials_remember(denials, &call, PC, first);
	call.arguments[5] = 6;
	ck_assert_ptr_eq(gl_denials_recent(denials, &call, PC), second);
	call.number++;
	ck_assert_ptr_null(gl_denials_recent(denials, &call, PC));
}
END_TEST

START_TEST(full)
{
	struct gl_call call = {.arch = ARCH};

	for (size_t i = 0; i < GL_DENIALS_MAX; i++, call.number++)
		ck_assert_ptr_nonnull(gl_denials_add(denials, &call));
	ck_assert_ptr_null(gl_denials_add(denials, &call));
	ck_assert_uint_eq(denials->count, GL_DENIALS_MAX);
	/* many more keys than places: each answer is right, or none */
	for (call.number = 0; call.number < 10000; call.number++) {
		gl_denials_remember(denials, &call, PC, &denials->items[call.number % GL_DENIALS_MAX]);
		ck_assert_ptr_eq(gl_denials_recent(denials, &call, PC),
				 &denials->items[call.number % GL_DENIALS_MAX]);
	}
	call.number = 0;
	ck_assert_ptr_null(gl_denials_recent(denials, &call, PC));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("denial");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, teardown);
	tcase_add_test(all, trails);
	tcase_add_test(all, known_again);
	tcase_add_test(all, recents);
	tcase_add_test(all, full);
	suite_add_tcase(suite, all);
	return gl_unit_main(suite);
}
