/*
 * The code that notes when functions are called, in pages of our own: calls go
 * through a word, with the word's address in the register that Go uses for it.
 */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/stamp.h"
#include "base/macros.h"
#include "tests/lib/unit.h"

#define FUNCTIONS 3

static struct {
	struct gl_stamp_table head;
	struct gl_stamp_entry entries[FUNCTIONS];
} table;

static uint64_t words[FUNCTIONS];
static unsigned called[FUNCTIONS];
static uint8_t *code;

static void first(void)
{
	called[0]++;
}

static void second(void)
{
	called[1]++;
}

static void third(void)
{
	called[2]++;
}

static void (*const functions[FUNCTIONS])(void) = {first, second, third};

/* As the runtime calls a func(): the code pointer is read from where the context points. */
static void call(size_t i)
{
#if defined(__x86_64__)
	uint64_t *context = &words[i];

	__asm__ volatile("sub $128, %%rsp; call *(%%rdx); add $128, %%rsp"
			 : "+d"(context)
			 :
			 : "rax", "rcx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	ck_assert_ptr_eq(context, &words[i]);
#elif defined(__aarch64__)
	register uint64_t *context __asm__("x26") = &words[i];

	__asm__ volatile("ldr x9, [x26]; blr x9"
			 : "+r"(context)
			 :
			 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x18", "x30", "memory", "cc");
#endif
}

static void setup(void)
{
	struct gl_stamp_code stamp = gl_stamp_code();
	uint64_t address = (uintptr_t)&table;

	ck_assert_uint_le(stamp.size, GL_STAMP_MAX_CODE);
	ck_assert_uint_eq(stamp.size % 8, 0);
	code = mmap(NULL, GL_STAMP_MAX_CODE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	ck_assert_ptr_ne(code, MAP_FAILED);
	memcpy(code, stamp.bytes, stamp.size);
	memcpy(code + stamp.table, &address, sizeof(address));
	__builtin___clear_cache((char *)code, (char *)code + stamp.size);
	table.head = (struct gl_stamp_table){
		.next = (uintptr_t)table.entries,
		.first = (uintptr_t)table.entries,
		.end = (uintptr_t)(table.entries + FUNCTIONS),
		.count = FUNCTIONS,
	};
	memset(called, 0, sizeof(called));
	for (size_t i = 0; i < FUNCTIONS; i++) {
		words[i] = (uintptr_t)code;
		table.entries[i] = (struct gl_stamp_entry){(uintptr_t)&words[i], (uintptr_t)functions[i], 0};
	}
}

static void teardown(void)
{
	munmap(code, GL_STAMP_MAX_CODE);
}

/* Every order: what is expected next, what is behind it, what is before it. */
static const size_t orders[][FUNCTIONS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

START_TEST(calls_are_noted_in_any_order)
{
	const size_t *order = orders[_i];
	uint64_t last = gl_stamp_ticks();

	for (size_t n = 0; n < FUNCTIONS; n++) {
		size_t i = order[n];

		call(i);
		ck_assert_uint_eq(called[i], 1);
		ck_assert_uint_ge(table.entries[i].ticks, last);
		last = table.entries[i].ticks;
	}
	ck_assert_uint_le(last, gl_stamp_ticks());
}
END_TEST

START_TEST(a_word_leads_there_but_once)
{
	uint64_t ticks;

	call(1);
	ticks = table.entries[1].ticks;
	ck_assert_uint_eq(words[1], (uintptr_t)functions[1]);
	ck_assert_uint_eq(words[0], (uintptr_t)code);
	call(1);
	ck_assert_uint_eq(called[1], 2);
	ck_assert_uint_eq(table.entries[1].ticks, ticks);
	ck_assert_uint_eq(table.entries[0].ticks, 0);
}
END_TEST

START_TEST(an_unknown_word_gives_up)
{
	table.entries[1].word = 0;
	call(1);
}
END_TEST

static Suite *stamp_suite(void)
{
	Suite *suite = suite_create("stamp");
	TCase *tcase = tcase_create("stamp");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, calls_are_noted_in_any_order, 0, GL_ARRAY_SIZE(orders));
	tcase_add_test(tcase, a_word_leads_there_but_once);
	tcase_add_test_raise_signal(tcase, an_unknown_word_gives_up, SIGILL);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(stamp_suite());
}
