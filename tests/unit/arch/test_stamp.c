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
	for (size_t i = 0; i < GL_ARRAY_SIZE(stamp.tables); i++)
		memcpy(code + stamp.tables[i], &address, sizeof(address));
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

static uint64_t seen_argument;

__attribute__((noinline)) static uint64_t target(uint64_t argument)
{
	seen_argument = argument;
	return argument + 1;
}

/* As Go's compiler calls: the registers that the code may use are not ours. */
static uint64_t call_at(const uint8_t *place, uint64_t argument)
{
	uint64_t result;

#if defined(__x86_64__)
	__asm__ volatile("sub $128, %%rsp; call *%[place]; add $128, %%rsp"
			 : "=a"(result)
			 : [place] "b"(place), "D"(argument)
			 : "rdx", "rcx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "memory", "cc");
#elif defined(__aarch64__)
	register uint64_t x0 __asm__("x0") = argument;

	__asm__ volatile("blr %[place]"
			 : "+r"(x0)
			 : [place] "r"(place)
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
			   "x14", "x15", "x16", "x17", "x18", "x27", "x30", "memory", "cc");
	result = x0;
#endif
	return result;
}

START_TEST(direct_calls_are_noted)
{
	struct gl_stamp_code stamp = gl_stamp_code();
	uint64_t before = gl_stamp_ticks();

	for (size_t i = 0; i < GL_STAMP_CALLS; i++)
		table.head.targets[i] = (uintptr_t)target;
	ck_assert_uint_eq(call_at(code + stamp.calls[_i], 1000 + (uint64_t)_i), 1001 + (uint64_t)_i);
	ck_assert_uint_eq(seen_argument, 1000 + (uint64_t)_i);
	for (size_t i = 0; i < GL_STAMP_CALLS; i++) {
		if (i == (size_t)_i)
			ck_assert(table.head.ticks[i] >= before && table.head.ticks[i] <= gl_stamp_ticks());
		else
			ck_assert_uint_eq(table.head.ticks[i], 0);
	}
}
END_TEST

START_TEST(a_direct_call_may_end_at_the_breakpoint)
{
	struct gl_stamp_code stamp = gl_stamp_code();

	table.head.targets[2] = (uintptr_t)code + stamp.trap;
	call_at(code + stamp.calls[2], 0);
}
END_TEST

START_TEST(calls_are_encoded)
{
	uint64_t far = UINT64_C(1) << 40;
	uint8_t bytes[GL_STAMP_MAX_CALL] = {0};
#if defined(__x86_64__)
	const uint8_t forth[] = {0xe8, 0xfb, 0x0f, 0, 0}, back[] = {0xe8, 0xfb, 0xef, 0xff, 0xff};
#elif defined(__aarch64__)
	const uint8_t forth[] = {0, 4, 0, 0x94}, back[] = {0, 0xfc, 0xff, 0x97};
#endif

	ck_assert_uint_eq(gl_stamp_call(0x400000, 0x401000, bytes), sizeof(forth));
	ck_assert_mem_eq(bytes, forth, sizeof(forth));
	ck_assert_uint_eq(gl_stamp_call(0x401000, 0x400000, bytes), sizeof(back));
	ck_assert_mem_eq(bytes, back, sizeof(back));
	ck_assert_uint_eq(gl_stamp_call(0x400000, far, bytes), 0);
	ck_assert_uint_eq(gl_stamp_call(far, 0x400000, bytes), 0);
	ck_assert_uint_gt(gl_stamp_call(far, far - 0x1000, bytes), 0);
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
	tcase_add_loop_test(tcase, direct_calls_are_noted, 0, GL_STAMP_CALLS);
	tcase_add_test_raise_signal(tcase, a_direct_call_may_end_at_the_breakpoint, SIGTRAP);
	tcase_add_test(tcase, calls_are_encoded);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return gl_unit_main(stamp_suite());
}
