/*
 * Unwinding over made memory: frames of each machine, changes of stacks, signal
 * frames, C code, the main goroutine; and stacks that lie.
 */
#include "gobin/unwind.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "gobin/goroutine.h"
#include "tests/lib/elfimage.h"
#include "tests/lib/gotable.h"
#include "tests/lib/unit.h"

#define STACK  UINT64_C(0xc000100000)
#define SYSTEM UINT64_C(0x7fff00000000) /* the system's stack */
#define WORDS  4096
#define C_TEXT UINT64_C(0x7f0000001000)
#define BIAS   UINT64_C(0x10000000)

/* The first 4 bytes are the entry, the last 4 the exit; between them there is a frame of 32 bytes. */
static const struct gotable_span framed[] = {{4, 1, 0, -1}, {60, 2, 32, -1}, {64, 3, 0, -1}};
static const struct gotable_span frameless[] = {{64, 1, 0, -1}};

enum { EXIT, OS_EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, SYSTEMSTACK, SIGPANIC, SIGRETURN, C_CODE, FUNCS };
static unsigned char main_code[64];
static const struct gotable_func funcs[] = {
	{"runtime.exit", "sys.s", 64, frameless, NULL, NULL},
	{"os.Exit", "proc.go", 64, framed, NULL, NULL},
	{"conf.init", "conf.go", 64, framed, NULL, NULL},
	{"runtime.main", "proc.go", 64, framed, NULL, main_code},
	{"runtime.goexit", "asm.s", 64, frameless, NULL, NULL},
	{"runtime.systemstack", "asm.s", 64, framed, NULL, NULL},
	{"runtime.sigpanic", "signal.go", 64, framed, NULL, NULL},
	{"runtime.sigreturn__sigaction", "sys.s", 64, frameless, NULL, NULL},
	{"crosscall", NULL, 64, NULL, NULL, NULL},
	{NULL, NULL, 0, NULL, NULL, NULL},
};

struct region {
	uint64_t address;
	uint64_t words[WORDS];
};

struct process {
	struct gotable spec;
	struct elfgen_file file;
	struct elfimage elf;
	struct gl_pclntab *table;
	struct region regions[3]; /* stack, system's stack, data or C code */
	struct gl_unwind_memory memory;
	struct gl_unwind unwind;
};

static int read_memory(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct process *p = arg;

	for (size_t i = 0; i < GL_ARRAY_SIZE(p->regions); i++) {
		uint64_t at = address - p->regions[i].address;

		if (at < sizeof(p->regions[i].words) && len <= sizeof(p->regions[i].words) - at) {
			memcpy(bytes, (const char *)p->regions[i].words + at, len);
			return 0;
		}
	}
	return -1;
}

static struct process *start(uint16_t machine)
{
	struct process *p = calloc(1, sizeof(*p));
	struct gl_err err = GL_ERR_INIT;

	ck_assert_ptr_nonnull(p);
	p->spec = (struct gotable){.layout = GOTABLE_120, .machine = machine, .funcs = funcs};
	gotable_make(&p->spec, &p->file);
	elfimage_of_bytes(p->file.bytes, p->file.len, &p->elf);
	ck_assert_int_eq(gl_pclntab_open(p->elf.image, &p->table, &err), GL_PCLNTAB_OPEN);
	p->regions[0].address = STACK;
	p->regions[1].address = SYSTEM;
	p->regions[2].address = C_TEXT;
	p->memory = (struct gl_unwind_memory){read_memory, p, BIAS};
	return p;
}

static void end(struct process *p)
{
	gl_pclntab_free(p->table);
	elfimage_done(&p->elf);
	elfgen_done(&p->file);
	free(p);
}

/* Where a call in the middle of the function returns to, in the process. */
static uint64_t in(const struct process *p, size_t function)
{
	return gotable_entry(&p->spec, function) + 32 + BIAS;
}

static void poke(struct process *p, uint64_t address, uint64_t value)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(p->regions); i++)
		if (address - p->regions[i].address < sizeof(p->regions[i].words)) {
			p->regions[i].words[(address - p->regions[i].address) / 8] = value;
			return;
		}
	ck_abort_msg("no memory there");
}

static void run(struct process *p, struct gl_unwind_registers regs)
{
	ck_assert_int_eq(gl_unwind(p->table, &regs, &p->memory, &p->unwind), 0);
}

/* -1 ends; -2 is a frame that is no Go function */
static void check_frames(const struct process *p, enum gl_unwind_end end_wanted, const int *functions)
{
	size_t i;

	for (i = 0; functions[i] != -1; i++) {
		const struct gl_unwind_frame *f = &p->unwind.frames[i];

		ck_assert_uint_lt(i, p->unwind.count);
		ck_assert_int_eq(f->foreign, functions[i] == -2);
		if (functions[i] >= 0)
			ck_assert_uint_eq((f->place - GOTABLE_TEXT) / 64, (uint64_t)functions[i]);
	}
	ck_assert_uint_eq(p->unwind.count, i);
	ck_assert_int_eq(p->unwind.end, end_wanted);
}

static const int whole[] = {EXIT, OS_EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};

/* -- amd64 -- */

/* Frames of conf.init and so on from sp upwards, with frame pointers; returns RBP of the first. */
static uint64_t push_amd64(struct process *p, uint64_t sp)
{
	static const int callers[] = {RUNTIME_MAIN, GOEXIT};
	uint64_t fp = sp + 24;

	for (size_t i = 0; i < GL_ARRAY_SIZE(callers); i++, sp += 40) {
		poke(p, sp + 24, i + 1 < GL_ARRAY_SIZE(callers) ? sp + 40 + 24 : 0);
		poke(p, sp + 32, in(p, (size_t)callers[i]));
	}
	return fp;
}

START_TEST(amd64_without_frame)
{
	struct process *p = start(EM_X86_64);

	poke(p, STACK, in(p, OS_EXIT));
	poke(p, STACK + 8 + 32, in(p, CONF_INIT));
	push_amd64(p, STACK + 48);
	/* no frame pointer is needed */
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = STACK});
	check_frames(p, GL_UNWIND_TOP, whole);
	ck_assert_uint_eq(p->unwind.frames[0].place, in(p, EXIT) - BIAS);
	ck_assert_uint_eq(p->unwind.frames[1].place, in(p, OS_EXIT) - BIAS - 1);
	ck_assert_uint_eq(p->unwind.left_out, 0);
	end(p);
}
END_TEST

/* In the first and the last instructions the frame is not there. */
START_TEST(amd64_entry_and_exit)
{
	static const int frames[] = {OS_EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_X86_64);

	poke(p, STACK, in(p, CONF_INIT));
	push_amd64(p, STACK + 8);
	run(p, (struct gl_unwind_registers){.pc = gotable_entry(&p->spec, OS_EXIT) + BIAS + (_i ? 62 : 0),
					    .sp = STACK});
	check_frames(p, GL_UNWIND_TOP, frames);
	end(p);
}
END_TEST

START_TEST(amd64_change_of_stacks)
{
	static const int frames[] = {EXIT, SYSTEMSTACK, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_X86_64);
	uint64_t fp = STACK + 40;

	poke(p, SYSTEM, in(p, SYSTEMSTACK));
	poke(p, fp, push_amd64(p, fp + 16));
	poke(p, fp + 8, in(p, CONF_INIT));
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = SYSTEM, .fp = fp});
	check_frames(p, GL_UNWIND_TOP, frames);
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = SYSTEM});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_LOST);
	end(p);
}
END_TEST

/* A fault is not a call: its instruction is looked up itself. */
START_TEST(amd64_fault)
{
	static const int frames[] = {SIGPANIC, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_X86_64);

	poke(p, STACK + 32, in(p, CONF_INIT));
	push_amd64(p, STACK + 40);
	run(p, (struct gl_unwind_registers){.pc = in(p, SIGPANIC), .sp = STACK});
	check_frames(p, GL_UNWIND_TOP, frames);
	ck_assert_uint_eq(p->unwind.frames[1].place, in(p, CONF_INIT) - BIAS);
	ck_assert_uint_eq(p->unwind.frames[2].place, in(p, RUNTIME_MAIN) - BIAS - 1);
	end(p);
}
END_TEST

/* The handler returns to mov $15, %rax; syscall, behind which is the interrupted state. */
START_TEST(amd64_signal_frame)
{
	static const int frames[] = {OS_EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_X86_64);

	memcpy(p->regions[2].words, "\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9);
	poke(p, SYSTEM + 32, C_TEXT);
	poke(p, SYSTEM + 40 + 168, in(p, CONF_INIT));
	poke(p, SYSTEM + 40 + 160, STACK);
	push_amd64(p, STACK);
	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = SYSTEM});
	check_frames(p, GL_UNWIND_TOP, frames);
	ck_assert_uint_eq(p->unwind.frames[1].place, in(p, CONF_INIT) - BIAS);
	end(p);
}
END_TEST

/* A signal frame that returns to itself. */
START_TEST(amd64_endless_signals)
{
	struct process *p = start(EM_X86_64);

	memcpy(p->regions[2].words, "\xb8\x0f\0\0\0\x0f\x05", 7);
	poke(p, SYSTEM + 168, C_TEXT);
	poke(p, SYSTEM + 160, SYSTEM);
	run(p, (struct gl_unwind_registers){.pc = C_TEXT, .sp = SYSTEM});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_DEEP);
	ck_assert_uint_eq(p->unwind.count, 0);
	end(p);
}
END_TEST

START_TEST(c_code)
{
	static const int lost[] = {-2, -1}, kept[] = {-2, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_X86_64);

	/* RBP is used for something else, or for a frame that leads to no return address */
	run(p, (struct gl_unwind_registers){.pc = C_TEXT, .sp = SYSTEM, .fp = 4711});
	check_frames(p, GL_UNWIND_FOREIGN, lost);
	poke(p, SYSTEM + 8, gotable_entry(&p->spec, CONF_INIT) + BIAS);
	run(p, (struct gl_unwind_registers){.pc = C_TEXT, .sp = SYSTEM, .fp = SYSTEM});
	check_frames(p, GL_UNWIND_FOREIGN, lost);
	/* two frames of C, then Go */
	poke(p, SYSTEM, SYSTEM + 64);
	poke(p, SYSTEM + 8, C_TEXT + 100);
	poke(p, SYSTEM + 64, SYSTEM + 256);
	poke(p, SYSTEM + 72, in(p, CONF_INIT));
	push_amd64(p, SYSTEM + 80);
	run(p, (struct gl_unwind_registers){.pc = C_TEXT, .sp = SYSTEM, .fp = SYSTEM});
	check_frames(p, GL_UNWIND_TOP, kept);
	/* C code that the Go linker put into the table */
	run(p, (struct gl_unwind_registers){.pc = in(p, C_CODE), .sp = SYSTEM});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_FOREIGN);
	end(p);
}
END_TEST

START_TEST(memory_that_is_not_there)
{
	static const int frames[] = {OS_EXIT, -1};
	struct process *p = start(EM_X86_64);

	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = 0x1000});
	check_frames(p, GL_UNWIND_UNREADABLE, frames);
	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = STACK + 1});
	check_frames(p, GL_UNWIND_UNREADABLE, frames);
	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = UINT64_MAX - 15});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_UNREADABLE);
	end(p);
}
END_TEST

/* A recursion: the innermost and the outermost frames stay. */
START_TEST(deep_stacks)
{
	enum { DEEP = 300 };
	struct process *p = start(EM_X86_64);
	uint64_t sp = STACK;

	for (size_t i = 0; i < DEEP; i++, sp += 40)
		poke(p, sp + 32, in(p, CONF_INIT));
	push_amd64(p, sp);
	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = STACK});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_TOP);
	ck_assert_uint_eq(p->unwind.count, GL_UNWIND_INNER + GL_UNWIND_OUTER);
	ck_assert_uint_eq(p->unwind.count + p->unwind.left_out, DEEP + 3);
	ck_assert_uint_eq(p->unwind.frames[0].place, in(p, OS_EXIT) - BIAS);
	ck_assert_uint_eq(p->unwind.frames[p->unwind.count - 1].pc, in(p, GOEXIT));
	ck_assert_uint_eq(p->unwind.frames[p->unwind.count - 2].pc, in(p, RUNTIME_MAIN));
	for (size_t i = 1; i < p->unwind.count - 2; i++)
		ck_assert_uint_eq(p->unwind.frames[i].pc, in(p, CONF_INIT));
	end(p);
}
END_TEST

/* Every word of memory leads to the end of the function whose table is long. */
static int read_long(void *arg, uint64_t address, void *bytes, size_t len)
{
	const uint64_t *word = arg;

	(void)address;
	for (size_t i = 0; i < len; i++)
		((unsigned char *)bytes)[i] = (unsigned char)(*word >> i % 8 * 8);
	return 0;
}

/* A stack of calls that each cost the decoding of all but a MiB. */
START_TEST(long_tables)
{
	enum { SPANS = 500000 };
	struct gotable_span *spans = calloc(SPANS, sizeof(*spans));
	const struct gotable_func endless[] = {{"runtime.main", "proc.go", SPANS, spans, NULL, NULL},
					       {NULL, NULL, 0, NULL, NULL, NULL}};
	struct gotable spec = {.layout = GOTABLE_120, .funcs = endless};
	uint64_t pc = GOTABLE_TEXT + SPANS - 8;
	struct gl_unwind_memory memory = {read_long, &pc, 0};
	struct gl_unwind_registers regs = {.pc = pc, .sp = STACK};
	struct gl_err err = GL_ERR_INIT;
	struct process *p = calloc(1, sizeof(*p));

	ck_assert(spans && p);
	for (uint32_t i = 0; i < SPANS; i++)
		spans[i] = (struct gotable_span){i + 1, 1, i % 2 ? 8 : 16, -1};
	gotable_make(&spec, &p->file);
	elfimage_of_bytes(p->file.bytes, p->file.len, &p->elf);
	ck_assert_int_eq(gl_pclntab_open(p->elf.image, &p->table, &err), GL_PCLNTAB_OPEN);
	ck_assert_int_eq(gl_unwind(p->table, &regs, &memory, &p->unwind), 0);
	ck_assert_uint_ge(p->unwind.count + p->unwind.left_out, GL_PCLNTAB_MAX_WORK / (2 * SPANS));
	ck_assert_uint_lt(p->unwind.count + p->unwind.left_out, GL_PCLNTAB_MAX_WORK / SPANS);
	free(spans);
	end(p);
}
END_TEST

/* -- arm64 -- */

/* LR at the stack pointer, X29 below it. */
static void push_arm64(struct process *p, uint64_t sp)
{
	poke(p, sp, in(p, RUNTIME_MAIN));
	poke(p, sp + 32, in(p, GOEXIT));
}

START_TEST(arm64_without_frame)
{
	struct process *p = start(EM_AARCH64);

	poke(p, STACK, in(p, CONF_INIT));
	push_arm64(p, STACK + 32);
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = STACK, .lr = in(p, OS_EXIT)});
	check_frames(p, GL_UNWIND_TOP, whole);
	/* where LR is not known it ends */
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = STACK});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_LOST);
	ck_assert_uint_eq(p->unwind.count, 1);
	end(p);
}
END_TEST

START_TEST(arm64_change_of_stacks)
{
	static const int frames[] = {EXIT, SYSTEMSTACK, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_AARCH64);

	poke(p, STACK + 64, in(p, CONF_INIT)); /* systemstack's own frame, on the goroutine's stack */
	push_arm64(p, STACK + 64 + 32);
	run(p, (struct gl_unwind_registers){
		       .pc = in(p, EXIT), .sp = SYSTEM, .fp = STACK + 56, .lr = in(p, SYSTEMSTACK)});
	check_frames(p, GL_UNWIND_TOP, frames);
	run(p, (struct gl_unwind_registers){.pc = in(p, EXIT), .sp = SYSTEM, .lr = in(p, SYSTEMSTACK)});
	ck_assert_int_eq(p->unwind.end, GL_UNWIND_LOST);
	end(p);
}
END_TEST

/* The handler put LR on the stack, as the function that faulted has no frame. */
START_TEST(arm64_fault)
{
	static const int frames[] = {SIGPANIC, EXIT, OS_EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_AARCH64);

	poke(p, STACK, in(p, EXIT));
	poke(p, STACK + 32, in(p, OS_EXIT));
	poke(p, STACK + 48, in(p, CONF_INIT));
	push_arm64(p, STACK + 80);
	run(p, (struct gl_unwind_registers){.pc = in(p, SIGPANIC), .sp = STACK});
	check_frames(p, GL_UNWIND_TOP, frames);
	ck_assert_uint_eq(p->unwind.frames[1].place, in(p, EXIT) - BIAS);
	end(p);
}
END_TEST

/* mov x8, #139; svc #0 */
START_TEST(arm64_signal_frame)
{
	static const int frames[] = {OS_EXIT, EXIT, CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start(EM_AARCH64);

	memcpy(p->regions[2].words, "\x68\x11\x80\xd2\x01\x00\x00\xd4", 8);
	poke(p, SYSTEM, C_TEXT);
	poke(p, SYSTEM + 32 + 568, in(p, EXIT));
	poke(p, SYSTEM + 32 + 560, STACK);
	poke(p, SYSTEM + 32 + 552, in(p, CONF_INIT));
	push_arm64(p, STACK);
	run(p, (struct gl_unwind_registers){.pc = in(p, OS_EXIT), .sp = SYSTEM});
	check_frames(p, GL_UNWIND_TOP, frames);
	end(p);
}
END_TEST

START_TEST(other_machines)
{
	struct process *p = start(EM_RISCV);
	struct gl_unwind_registers regs = {.pc = in(p, EXIT), .sp = STACK};

	ck_assert_int_eq(gl_unwind(p->table, &regs, &p->memory, &p->unwind), 1);
	end(p);
}
END_TEST

/* -- the main goroutine -- */

enum { M0 = 0, G0 = 0x800, G1 = 0x900 }; /* offsets in the program's data, which is the third region */

/* m0 with its g0, and g1 in the word of m0 that a test likes. */
static struct process *start_scheduler(size_t word)
{
	uint32_t way = (uint32_t)(GOTABLE_MODULE + M0 -
				  (gotable_entry(&(struct gotable){.funcs = funcs}, RUNTIME_MAIN) + 7));
	struct process *p;
	uint64_t data = GOTABLE_MODULE + BIAS;

	memcpy(main_code, "\x48\x8d\x05", 3);
	memcpy(main_code + 3, &way, 4);
	p = start(EM_X86_64);
	p->regions[2].address = data;
	poke(p, data + M0, data + G0);
	poke(p, data + M0 + 8 * word, data + G1);
	poke(p, data + G0 + 48, data + M0);
	poke(p, data + G1, STACK);
	poke(p, data + G1 + 8, STACK + 0x1000);
	poke(p, data + G1 + 56, STACK + 0x100);
	poke(p, data + G1 + 64, in(p, CONF_INIT));
	poke(p, data + G1 + 72, data + G1);
	push_amd64(p, STACK + 0x100);
	return p;
}

START_TEST(main_goroutine_waits)
{
	static const int frames[] = {CONF_INIT, RUNTIME_MAIN, GOEXIT, -1};
	struct process *p = start_scheduler(_i ? 100 : 23);
	struct gl_unwind_registers regs;

	ck_assert_int_eq(gl_goroutine_main(p->table, &p->memory, SYSTEM, &regs), GL_GOROUTINE_SAVED);
	run(p, regs);
	check_frames(p, GL_UNWIND_TOP, frames);
	ck_assert_uint_eq(p->unwind.frames[0].place, in(p, CONF_INIT) - BIAS - 1);
	ck_assert_int_eq(gl_goroutine_main(p->table, &p->memory, STACK + 0x80, &regs), GL_GOROUTINE_RUNNING);
	end(p);
}
END_TEST

START_TEST(main_goroutine_that_lies)
{
	static const struct {
		uint64_t at, value;
	} rows[] = {
		{M0, 0},	 /* no g0 */
		{G0 + 48, 0},	 /* one of another m */
		{G1 + 72, 0},	 /* one that was never saved */
		{G1 + 56, 64},	 /* saved out of its stack */
		{G1 + 8, STACK}, /* no stack */
	};
	struct process *p = start_scheduler(23);
	struct gl_unwind_registers regs;

	poke(p, GOTABLE_MODULE + BIAS + rows[_i].at, rows[_i].value);
	ck_assert_int_eq(gl_goroutine_main(p->table, &p->memory, SYSTEM, &regs), GL_GOROUTINE_UNKNOWN);
	end(p);
}
END_TEST

/* Stacks of random words, most of them pointers to code or stack: it ends. */
START_TEST(random_stacks)
{
	struct process *p = start(_i ? EM_AARCH64 : EM_X86_64);
	unsigned seed = 42;

	for (unsigned round = 0; round < 300; round++) {
		struct gl_unwind_registers regs = {.pc = in(p, (size_t)rand_r(&seed) % FUNCS),
						   .sp = STACK + 8 * ((unsigned)rand_r(&seed) % WORDS),
						   .fp = STACK + 8 * ((unsigned)rand_r(&seed) % WORDS),
						   .lr = in(p, (size_t)rand_r(&seed) % FUNCS)};

		for (size_t i = 0; i < WORDS; i++)
			p->regions[0].words[i] = rand_r(&seed) % 3
							 ? in(p, (size_t)rand_r(&seed) % FUNCS)
							 : STACK + 8 * ((unsigned)rand_r(&seed) % WORDS);
		run(p, regs);
		ck_assert_uint_le(p->unwind.count, GL_ARRAY_SIZE(p->unwind.frames));
	}
	end(p);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gobin/unwind");
	TCase *c = tcase_create("unwind");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, amd64_without_frame);
	tcase_add_loop_test(c, amd64_entry_and_exit, 0, 2);
	tcase_add_test(c, amd64_change_of_stacks);
	tcase_add_test(c, amd64_fault);
	tcase_add_test(c, amd64_signal_frame);
	tcase_add_test(c, amd64_endless_signals);
	tcase_add_test(c, c_code);
	tcase_add_test(c, memory_that_is_not_there);
	tcase_add_test(c, deep_stacks);
	tcase_add_test(c, long_tables);
	tcase_add_test(c, arm64_without_frame);
	tcase_add_test(c, arm64_change_of_stacks);
	tcase_add_test(c, arm64_fault);
	tcase_add_test(c, arm64_signal_frame);
	tcase_add_test(c, other_machines);
	tcase_add_loop_test(c, main_goroutine_waits, 0, 2);
	tcase_add_loop_test(c, main_goroutine_that_lies, 0, 5);
	tcase_add_loop_test(c, random_stacks, 0, 2);
	suite_add_tcase(s, c);
	return gl_unit_main(s);
}
