/*
 * The descriptor that a goroutine waits for: FDs and pollDescs as each Go version has
 * them, in made memory, and memory that only looks like them.
 */
#include "gobin/netpoll.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

#define STACK UINT64_C(0xc000100000)
#define HEAP  UINT64_C(0xc000200000)
#define WORDS 1024

/* In the heap. */
enum { FD = 0x100, RECORD = 0x400, G = 0x800 };

static const struct gotable_span span[] = {{64, 1, 32, -1}};
enum { GOPARK, POLL_WAIT, CHANRECV };
static const struct gotable_func funcs[] = {
	{"runtime.gopark", "proc.go", 64, span, NULL, NULL},
	{"internal/poll.runtime_pollWait", "netpoll.go", 64, span, NULL, NULL},
	{"runtime.chanrecv", "chan.go", 64, span, NULL, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL},
};

struct process {
	struct gotable spec;
	struct elfgen_file file;
	struct elfimage elf;
	struct gl_pclntab *table;
	uint64_t stack[WORDS], heap[WORDS];
	struct gl_unwind_memory memory;
	struct gl_unwind_registers goroutine;
	struct gl_unwind unwound;
};

static int read_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct process *p = arg;

	if (address - STACK < sizeof(p->stack) && len <= sizeof(p->stack) - (address - STACK))
		memcpy(bytes, (const char *)p->stack + (address - STACK), len);
	else if (address - HEAP < sizeof(p->heap) && len <= sizeof(p->heap) - (address - HEAP))
		memcpy(bytes, (const char *)p->heap + (address - HEAP), len);
	else
		return -1;
	return 0;
}

static void poke(struct process *p, uint64_t offset, uint64_t value)
{
	p->heap[offset / 8] = value;
}

/* Where each version has what (in words). */
static const struct version {
	const char *name;
	unsigned record, descriptor, waker; /* in the FD; in the record, which goroutine of the two */
} versions[] = {
	{"1.15 reads", 3, 2, 5},  {"1.15 writes", 3, 2, 17}, {"1.19 reads", 3, 1, 3},
	{"1.19 writes", 3, 1, 4}, {"1.21 reads", 4, 1, 4},   {"1.27 writes", 4, 1, 5},
};

static struct process *start(const struct version *v, int descriptor)
{
	struct process *p = calloc(1, sizeof(*p));
	struct gl_err err = GL_ERR_INIT;

	ck_assert_ptr_nonnull(p);
	p->spec = (struct gotable){.layout = GOTABLE_120, .machine = EM_X86_64, .funcs = funcs};
	gotable_make(&p->spec, &p->file);
	elfimage_of_bytes(p->file.bytes, p->file.len, &p->elf);
	ck_assert_int_eq(gl_pclntab_open(p->elf.image, &p->table, &err), GL_PCLNTAB_OPEN);
	p->memory = (struct gl_unwind_memory){read_memory, p, 0};
	p->goroutine = (struct gl_unwind_registers){.pc = 0x4711, .sp = STACK, .saved = true};
	p->unwound.count = 2;
	p->unwound.frames[0].place = gotable_entry(&p->spec, GOPARK) + 8;
	p->unwound.frames[1].place = gotable_entry(&p->spec, POLL_WAIT) + 8;
	p->stack[40] = HEAP + FD;
	poke(p, FD + 16, (uint64_t)descriptor);
	poke(p, FD + 8 * v->record, HEAP + RECORD);
	poke(p, RECORD + 8 * v->descriptor, (uint64_t)descriptor);
	poke(p, RECORD + 8 * v->waker, HEAP + G);
	poke(p, G + 56, STACK);
	poke(p, G + 64, 0x4711);
	poke(p, G + 72, HEAP + G);
	return p;
}

static void end(struct process *p)
{
	gl_pclntab_free(p->table);
	elfimage_done(&p->elf);
	elfgen_done(&p->file);
	free(p);
}

static int find(struct process *p, int *ret_fd)
{
	return gl_netpoll_descriptor(p->table, &p->memory, &p->goroutine, &p->unwound, ret_fd);
}

START_TEST(finds)
{
	struct process *p = start(&versions[_i], 7);
	int fd = -1;

	ck_assert_msg(find(p, &fd) == 0, "%s", versions[_i].name);
	ck_assert_int_eq(fd, 7);
	end(p);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		uint64_t at, value;
	} rows[] = {
		{FD + 16, 8},			 /* the record is another descriptor's */
		{FD + 16, UINT64_C(1) << 40},	 /* no descriptor */
		{FD + 32, HEAP + 8 * WORDS - 8}, /* a record that ends outside of memory */
		{FD + 32, STACK},		 /* a record on the stack */
		{FD + 32, HEAP + RECORD + 1},	 /* not aligned */
		{RECORD + 32, 0},		 /* nobody waits */
		{RECORD + 32, 1},		 /* ready (pdReady) */
		{RECORD + 32, HEAP + G + 8},	 /* another goroutine */
		{G + 56, STACK + 8},		 /* it has gone on */
		{G + 64, 0},			 /* saved elsewhere */
		{G + 72, HEAP},			 /* no goroutine */
	};
	struct process *p = start(&versions[4], 7);
	int fd = -1;

	poke(p, rows[_i].at, rows[_i].value);
	ck_assert_int_eq(find(p, &fd), 1);
	ck_assert_int_eq(fd, -1);
	end(p);
}
END_TEST

/* What is not in the poller's wait is not looked for; nor a stack that cannot be read. */
START_TEST(only_in_the_poller)
{
	struct process *p = start(&versions[4], 7);
	int fd = -1;

	p->unwound.frames[1].place = gotable_entry(&p->spec, CHANRECV) + 8;
	ck_assert_int_eq(find(p, &fd), 1);
	p->unwound.count = 0;
	ck_assert_int_eq(find(p, &fd), 1);
	p->unwound.count = 2;
	p->unwound.frames[1].place = gotable_entry(&p->spec, POLL_WAIT) + 8;
	p->goroutine.sp = 0x1000;
	ck_assert_int_eq(find(p, &fd), 1);
	end(p);
}
END_TEST

/* Every word leads somewhere: it ends, and soon. */
START_TEST(random_memory)
{
	struct process *p = start(&versions[0], 7);
	int fd;

	srandom((unsigned)_i);
	for (size_t i = 0; i < WORDS; i++) {
		p->stack[i] = HEAP + (uint64_t)random() % WORDS * 8;
		p->heap[i] = random() % 2 ? HEAP + (uint64_t)random() % WORDS * 8 : (uint64_t)random() % 8;
	}
	(void)!find(p, &fd);
	end(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("netpoll");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, finds, 0, (int)GL_ARRAY_SIZE(versions));
	tcase_add_loop_test(c, refuses, 0, 11);
	tcase_add_test(c, only_in_the_poller);
	tcase_add_loop_test(c, random_memory, 0, 50);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
