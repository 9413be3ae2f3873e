/*
 * Init tasks: lists of slices and graphs, in made programs; and lists that lie.
 */
#include "gobin/inittasks.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

static const struct gotable_span one_line[] = {{64, 1, 0, -1}};

enum { RUNTIME_MAIN, OS_INIT, CONF_INIT, CONF_INIT_0, MAP_INIT, OTHER, FUNCS };

/* A program whose runtime.main refers to the first two of these addresses of its data. */
struct program {
	unsigned char code[64];
	struct gotable_func funcs[FUNCS + 1];
	uint64_t data[8192];
	struct gotable spec;
	struct elfgen_file file;
	struct elfimage elf;
	struct gl_pclntab *table;
	struct gl_inittasks tasks;
};

static uint64_t address_of(size_t word)
{
	return GOTABLE_DATA + 8 * word;
}

/* lea to the word of data, as instruction number i of runtime.main */
static void refer(struct program *p, unsigned i, size_t word)
{
	uint32_t way = (uint32_t)(address_of(word) - (GOTABLE_TEXT + 7 * i + 7));

	memcpy(p->code + 7 * i, "\x48\x8d\x05", 3);
	memcpy(p->code + 7 * i + 3, &way, 4);
}

static void init(struct program *p, enum gotable_layout layout)
{
	static const char *const names[FUNCS] = {"runtime.main",	  "os.init",
						 "example.com/conf.init", "example.com/conf.init.0",
						 "a%2eb.map.init.0",	  "main.other"};

	*p = (struct program){.tasks = GL_INITTASKS_INIT};
	for (size_t i = 0; i < FUNCS; i++)
		p->funcs[i] = (struct gotable_func){names[i], "a.go", 64, one_line, NULL, i ? NULL : p->code};
	p->spec = (struct gotable){
		.layout = layout, .funcs = p->funcs, .data = p->data, .data_len = sizeof(p->data)};
}

static uint64_t entry(const struct program *p, size_t index)
{
	return gotable_entry(&p->spec, index);
}

static int read_tasks(struct program *p)
{
	struct gl_err err = GL_ERR_INIT;
	int r;

	gotable_make(&p->spec, &p->file);
	elfimage_of_bytes(p->file.bytes, p->file.len, &p->elf);
	ck_assert_int_eq(gl_pclntab_open(p->elf.image, &p->table, &err), GL_PCLNTAB_OPEN);
	r = gl_inittasks_read(p->table, &p->tasks, &err);
	ck_assert_msg(r >= 0, "%s", err.msg);
	return r;
}

static void done(struct program *p)
{
	gl_inittasks_done(&p->tasks);
	gl_pclntab_free(p->table);
	elfimage_done(&p->elf);
	elfgen_done(&p->file);
}

static void check_task(struct program *p, size_t index, size_t word, uint32_t count, const char *package)
{
	char name[GL_PCLNTAB_NAME];
	int r;

	ck_assert_uint_lt(index, p->tasks.count);
	ck_assert_uint_eq(p->tasks.items[index].address, address_of(word));
	ck_assert_uint_eq(p->tasks.items[index].count, count);
	r = gl_inittask_package(p->table, &p->tasks.items[index], name);
	ck_assert_int_eq(r, package == NULL);
	if (package)
		ck_assert_str_eq(name, package);
}

/* -- Go 1.21 and later -- */

/* A task at that word; returns the word behind. */
static size_t put_flat(struct program *p, size_t word, const size_t *funcs, size_t count)
{
	p->data[word] = (uint64_t)count << 32;
	for (size_t i = 0; i < count; i++)
		p->data[word + 1 + i] = entry(p, funcs[i]);
	return word + 1 + count;
}

/*
 * data: [0..2] the runtime's slice, [8..] its pointer, [16..] the main slice's
 * pointers, tasks from [32].
 */
static void make_lists(struct program *p)
{
	static const size_t os[] = {OS_INIT}, conf[] = {CONF_INIT, CONF_INIT_0}, map[] = {MAP_INIT};

	init(p, GOTABLE_120);
	p->data[0] = address_of(8);
	p->data[1] = p->data[2] = 1;
	p->data[8] = p->data[16] = address_of(32);
	p->data[17] = address_of(40);
	p->data[18] = address_of(48);
	put_flat(p, 32, os, 1);
	put_flat(p, 40, conf, 2);
	put_flat(p, 48, map, 1);
	refer(p, 0, 100); /* nothing of use */
	refer(p, 1, 0);
	p->spec.slice_at = 464;
	p->spec.slice = address_of(16);
	p->spec.slice_len = 3;
}

/* Wherever the field is; the runtime's own come first, and once. */
START_TEST(lists)
{
	static const uint16_t places[] = {464, 472, 448, 520};
	uint64_t pc;
	struct program p;

	make_lists(&p);
	p.spec.slice_at = places[_i];
	ck_assert_int_eq(read_tasks(&p), 0);
	ck_assert_uint_eq(p.tasks.count, 3);
	check_task(&p, 0, 32, 1, "os");
	check_task(&p, 1, 40, 2, "example.com/conf");
	check_task(&p, 2, 48, 1, "a%2eb");
	ck_assert_int_eq(gl_inittask_function(p.table, &p.tasks.items[1], 1, &pc), 0);
	ck_assert_uint_eq(pc, entry(&p, CONF_INIT_0));
	ck_assert_int_eq(gl_inittask_function(p.table, &p.tasks.items[1], 2, &pc), 1);
	done(&p);
}
END_TEST

/* What is wrong with one word of it makes the main slice none; then only the runtime's own is left. */
START_TEST(lists_that_lie)
{
	static const struct {
		size_t word;
		uint64_t value;
	} rows[] = {
		{17, 0},		     /* no task */
		{17, GOTABLE_TEXT},	     /* one that nobody can write to */
		{17, GOTABLE_DATA + 321},    /* not aligned */
		{40, 2},		     /* run already, and no functions */
		{40, UINT64_C(2) << 32 | 1}, /* half run */
		{40, UINT64_C(0xffffffff) << 32},
		{49, 0},			 /* the last one's function is none */
		{49, GOTABLE_TEXT + 5 * 64 + 1}, /* not the start of one */
		{49, GOTABLE_TEXT + 5 * 64},	 /* or not one that initialises */
	};
	struct program p;

	make_lists(&p);
	p.data[rows[_i].word] = rows[_i].value;
	ck_assert_int_eq(read_tasks(&p), 0);
	ck_assert_uint_eq(p.tasks.count, 1);
	check_task(&p, 0, 32, 1, "os");
	done(&p);
}
END_TEST

START_TEST(no_list)
{
	struct program p;

	make_lists(&p);
	p.spec.slice_at = 0;
	p.data[0] = 0;
	ck_assert_int_eq(read_tasks(&p), 1);
	done(&p);
}
END_TEST

/* -- until Go 1.20 -- */

/* {state, dependencies, functions, tasks, pcs} at that word; both are ended by 0. */
static void put_node(struct program *p, size_t word, const size_t *tasks, const size_t *funcs)
{
	size_t at = word + 3;

	for (; tasks && *tasks; tasks++, p->data[word + 1]++)
		p->data[at++] = address_of(*tasks);
	for (; funcs && *funcs; funcs++, p->data[word + 2]++)
		p->data[at++] = entry(p, *funcs);
}

static const enum gotable_layout graph_layouts[] = {GOTABLE_115, GOTABLE_116, GOTABLE_118, GOTABLE_120};

START_TEST(graph)
{
	static const size_t os[] = {OS_INIT, 0}, conf[] = {CONF_INIT, CONF_INIT_0, 0};
	static const size_t to_os[] = {32, 0}, to_conf[] = {64, 32, 48, 0};
	struct program p;

	init(&p, graph_layouts[_i]);
	put_node(&p, 32, NULL, os);
	put_node(&p, 48, to_os, NULL); /* only passes on */
	put_node(&p, 64, to_os, conf);
	put_node(&p, 80, to_conf, NULL);
	refer(&p, 0, 200); /* nothing there */
	refer(&p, 1, 32);
	refer(&p, 2, 80);
	ck_assert_int_eq(read_tasks(&p), 0);
	ck_assert_uint_eq(p.tasks.count, 4);
	check_task(&p, 0, 32, 1, "os");
	check_task(&p, 1, 64, 2, "example.com/conf");
	check_task(&p, 2, 48, 0, NULL);
	check_task(&p, 3, 80, 0, NULL);
	done(&p);
}
END_TEST

/* Each leads to the next and the last to the first: ends, each once, the deepest first. */
START_TEST(graph_in_a_circle)
{
	enum { LENGTH = 500 };
	static const size_t conf[] = {CONF_INIT, 0};
	struct program p;

	init(&p, GOTABLE_115);
	for (size_t i = 0; i < LENGTH; i++) {
		const size_t next[] = {32 + 8 * ((i + 1) % LENGTH), 0};

		put_node(&p, 32 + 8 * i, next, conf);
	}
	refer(&p, 0, 32);
	ck_assert_int_eq(read_tasks(&p), 0);
	ck_assert_uint_eq(p.tasks.count, LENGTH);
	check_task(&p, 0, 32 + 8 * (LENGTH - 1), 1, "example.com/conf");
	check_task(&p, LENGTH - 1, 32, 1, "example.com/conf");
	done(&p);
}
END_TEST

/*
 * Hundreds of tasks side by side, each with thousands of dependencies behind it,
 * most of them the same for all: over the limit, then nothing is believed.
 */
START_TEST(graph_of_too_many_edges)
{
	enum { TASKS = 400, EACH = 4000, FIRST = 32 };
	static const size_t conf[] = {CONF_INIT, 0}, to_first[] = {FIRST, 0};
	struct program p;

	init(&p, GOTABLE_115);
	put_node(&p, 8, to_first, conf);
	for (size_t i = FIRST; i < GL_ARRAY_SIZE(p.data); i++)
		p.data[i] = address_of(FIRST + 3 * (i % TASKS));
	for (size_t i = FIRST; i < FIRST + 3 * TASKS; i += 3) {
		p.data[i] = p.data[i + 2] = 0;
		p.data[i + 1] = EACH;
	}
	refer(&p, 0, 8);
	ck_assert_int_eq(read_tasks(&p), 1);
	done(&p);
}
END_TEST

START_TEST(names_of_packages)
{
	static const struct {
		const char *function;
		size_t len;
	} rows[] = {
		{"os.init", 2},
		{"os.init.0", 2},
		{"os.init.12", 2},
		{"a/b%2ec.init", 7},
		{"x.map.init.3", 1},
		{"x/map.init", 5},
		{"init", 0},
		{".init", 0},
		{"os.inits", 0},
		{"os.init.", 0},
		{"os.init.0.func1", 0},
		{"os.Exit", 0},
		{"", 0},
		{"0", 0},
		{".0", 0},
		{"a.init.x", 0},
		{"init.init", 4},
		{"x.map.init", 1},
	};

	for (size_t i = 0; i < GL_ARRAY_SIZE(rows); i++)
		ck_assert_msg(gl_inittask_package_length(rows[i].function) == rows[i].len, "%s",
			      rows[i].function);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#define RANDOM_ROUNDS 400

/* Words changed at random: an answer, whatever it is, and names that end. */
START_TEST(words_changed)
{
	uint32_t state = 88172645u + (uint32_t)_i;

	for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
		static const size_t conf[] = {CONF_INIT, 0}, to[] = {32, 48, 0};
		char name[GL_PCLNTAB_NAME];
		struct program p;

		if (_i) {
			make_lists(&p);
		} else {
			init(&p, GOTABLE_118);
			put_node(&p, 32, NULL, conf);
			put_node(&p, 48, to, conf);
			refer(&p, 0, 48);
		}
		for (unsigned i = 1 + next_random(&state) % 4; i > 0; i--) {
			uint64_t *word = &p.data[next_random(&state) % 60];

			*word = next_random(&state) % 2
					? *word + next_random(&state) % 64 - 32
					: (uint64_t)next_random(&state) << (next_random(&state) % 33);
		}
		if (read_tasks(&p) == 0)
			for (size_t i = 0; i < p.tasks.count; i++)
				ck_assert_int_ge(gl_inittask_package(p.table, &p.tasks.items[i], name), 0);
		done(&p);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin/inittasks");
	TCase *c = tcase_create("inittasks");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, lists, 0, 4);
	tcase_add_loop_test(c, lists_that_lie, 0, 9);
	tcase_add_test(c, no_list);
	tcase_add_loop_test(c, graph, 0, 4);
	tcase_add_test(c, graph_in_a_circle);
	tcase_add_test(c, graph_of_too_many_edges);
	tcase_add_test(c, names_of_packages);
	tcase_add_loop_test(c, words_changed, 0, 2);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
