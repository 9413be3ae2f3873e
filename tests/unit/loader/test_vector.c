/*
 * loader/vector.h: the vector stays where it is, or moves down whole.
 */
#include <linux/auxvec.h>
#include <stdint.h>
#include <string.h>

#include "loader/vector.h"
#include "tests/lib/unit.h"

#define ROOM  (GL_LD_VECTOR_ROOM / sizeof(uint64_t))
#define GUARD 0x5a5a5a5a5a5a5a5a

/* The free room, then a vector as the kernel makes it, then what lies behind. */
struct image {
	_Alignas(16) uint64_t words[ROOM + 32];
	size_t end; /* first word behind the vector */
};

static char strings[] = "prog\0arg\0A=1\0GCONV_PATHS=2\0";

static void push(struct image *m, uint64_t word)
{
	m->words[m->end++] = word;
}

static void make(struct image *m, int base_too)
{
	memset(m, 0x5a, sizeof(*m));
	m->end = ROOM;
	push(m, 2);
	push(m, (uint64_t)(uintptr_t)strings);
	push(m, (uint64_t)(uintptr_t)(strings + 5));
	push(m, 0);
	push(m, (uint64_t)(uintptr_t)(strings + 9));
	push(m, (uint64_t)(uintptr_t)(strings + 13));
	push(m, 0);
	push(m, AT_PHDR), push(m, 1);
	push(m, AT_ENTRY), push(m, 2);
	if (base_too)
		push(m, AT_BASE), push(m, 3);
	push(m, AT_NULL), push(m, 0);
}

static void check_strings(const struct gl_ld_vector *v)
{
	ck_assert_uint_eq(v->argc, 2);
	ck_assert_uint_eq(v->stack[0], 2);
	ck_assert_str_eq(v->argv[0], "prog");
	ck_assert_str_eq(v->argv[1], "arg");
	ck_assert_ptr_null(v->argv[2]);
	ck_assert_str_eq(v->envp[0], "A=1");
	ck_assert_str_eq(v->envp[1], "GCONV_PATHS=2");
	ck_assert_ptr_null(v->envp[v->envc]);
	ck_assert_ptr_eq(v->aux, v->envp + v->envc + 1);
	ck_assert_uint_eq(v->aux[v->auxc - 1].type, AT_NULL);
	ck_assert_uint_eq((uintptr_t)v->stack % 16, 0);
}

START_TEST(reads)
{
	struct image m;
	struct gl_ld_vector v;

	make(&m, 1);
	gl_ld_vector_read(m.words + ROOM, &v);
	check_strings(&v);
	ck_assert_uint_eq(v.envc, 2);
	ck_assert_uint_eq(v.auxc, 4);
	ck_assert_uint_eq(v.args, (uintptr_t)strings);
	ck_assert_uint_eq(v.args_end, (uintptr_t)strings + 9);
	ck_assert_uint_eq(v.env_end, (uintptr_t)strings + 27);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_ENTRY, 9), 2);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_SECURE, 9), 9);
	ck_assert(gl_ld_vector_has_env(&v, "A"));
	ck_assert(!gl_ld_vector_has_env(&v, "GCONV_PATH"));
	ck_assert(gl_ld_vector_has_env(&v, "GCONV_PATHS"));
}
END_TEST

START_TEST(empty)
{
	uint64_t words[] = {0, 0, 0, AT_NULL, 0};
	struct gl_ld_vector v;

	gl_ld_vector_read(words, &v);
	ck_assert_uint_eq(v.argc + v.envc, 0);
	ck_assert_uint_eq(v.auxc, 1);
	ck_assert_uint_eq(v.args, 0);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_PHDR, 7), 7);
}
END_TEST

START_TEST(changes_in_place)
{
	struct gl_ld_change change = {.aux = {{AT_PHDR, 10}, {AT_BASE, 30}}, .count = 2};
	struct gl_ld_vector v;
	struct image m;

	make(&m, 1);
	gl_ld_vector_read(m.words + ROOM, &v);
	gl_ld_vector_change(&v, &change);
	ck_assert_ptr_eq(v.stack, m.words + ROOM);
	check_strings(&v);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_PHDR, 0), 10);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_ENTRY, 0), 2);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_BASE, 0), 30);
	ck_assert_uint_eq(m.words[ROOM - 1], GUARD);
	ck_assert_uint_eq(m.words[m.end], GUARD);
}
END_TEST

/* _i: 1 a new auxiliary entry, 2 a new string, 3 both, 4 all there is room for. */
START_TEST(grows)
{
	static char env[] = "GCONV_PATH=/b/lib/gconv";
	struct gl_ld_change change = {
		.aux = {{AT_PHDR, 10}, {AT_BASE, 30}}, .count = 2, .env = _i >= 2 ? env : NULL};
	struct gl_ld_vector v;
	struct image m;
	size_t more;

	for (uint64_t type = 1000; _i == 4 && change.count < GL_LD_CHANGES_MAX; type++)
		change.aux[change.count++] = (struct gl_ld_aux){type, type};
	make(&m, _i == 2);
	more = change.count - (_i == 2 ? 2 : 1);
	gl_ld_vector_read(m.words + ROOM, &v);
	gl_ld_vector_change(&v, &change);
	check_strings(&v);
	ck_assert_ptr_eq(v.stack, m.words + ROOM - 2 * (more + (_i >= 2)));
	ck_assert_uint_eq(v.auxc, (_i == 2 ? 4 : 3) + more);
	ck_assert_uint_eq(v.envc, _i >= 2 ? 3 : 2);
	if (_i >= 2)
		ck_assert_ptr_eq(v.envp[2], env);
	for (size_t i = 0; i < change.count; i++)
		ck_assert_uint_eq(gl_ld_vector_aux(&v, change.aux[i].type, 0), change.aux[i].value);
	ck_assert_uint_eq(gl_ld_vector_aux(&v, AT_ENTRY, 0), 2);
	ck_assert_uint_eq(v.env_end, (uintptr_t)strings + 27); /* where the kernel's end, not ours */
	ck_assert_uint_eq(m.words[m.end], GUARD);
	ck_assert(v.stack >= m.words);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loader/vector");
	TCase *t = tcase_create("vector");

	tcase_add_test(t, reads);
	tcase_add_test(t, empty);
	tcase_add_test(t, changes_in_place);
	tcase_add_loop_test(t, grows, 1, 5);
	suite_add_tcase(s, t);
	return gl_unit_main(s);
}
