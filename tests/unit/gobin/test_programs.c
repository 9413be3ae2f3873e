/*
 * Programs of every Go that is there, linked in every way, stripped: what their
 * pclntab says against what is known from elsewhere: the symbols of the program
 * before it was stripped, the stack trace that its runtime prints, the order of
 * initialisation that GODEBUG=inittrace=1 tells, and a breakpoint at the end of
 * init.
 *
 * Programs come from tests/setup/gobuild; what is not there is left out.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/arch.h"
#include "gobin/insn.h"
#include "gobin/inittasks.h"
#include "gobin/pclntab.h"
#include "gobin/unwind.h"
#include "tests/lib/unit.h"

#define OUTPUT_MAX 65536

static const char *const versions[] = {"1.15", "1.19", "1.21", "1.22", "1.23",
				       "1.24", "1.25", "1.26", "1.27"};
/* Go's linker, the same position-independent, the C compiler's linker twice. */
static const char *const variants[] = {"static '-ldflags=-s -w'", "pie", "cgo -ldflags=-linkmode=external",
				       "cgo-pie -ldflags=-linkmode=external"};

struct program {
	const char *version;
	char whole[512], stripped[64];
};

static struct program programs[GL_ARRAY_SIZE(versions) * GL_ARRAY_SIZE(variants)];
static int program_count;

/* The last line that the shell command prints, without its newline.  Returns its exit status. */
static int ask_shell(const char *command, char *line, size_t size)
{
	FILE *f = popen(command, "r");
	int status;

	if (!f)
		return -1;
	while (fgets(line, (int)size, f))
		line[strcspn(line, "\n")] = '\0';
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Builds one, and strips a copy of it. */
static bool prepare(const char *version, const char *variant, struct program *ret)
{
	char command[1024], line[1024] = "";
	int fd;

	*ret = (struct program){.version = version, .stripped = "/tmp/gl-test-programs.XXXXXX"};
	snprintf(command, sizeof(command), "tests/setup/gobuild %s fail %s 2>/dev/null", version, variant);
	if (ask_shell(command, line, sizeof(line)) != 0)
		return false;
	snprintf(ret->whole, sizeof(ret->whole), "%s", line);
	fd = mkstemp(ret->stripped);
	if (fd < 0)
		return false;
	close(fd);
	snprintf(command, sizeof(command), "strip -o '%s' '%s'", ret->stripped, ret->whole);
	if (ask_shell(command, line, sizeof(line)) == 0)
		return true;
	unlink(ret->stripped);
	return false;
}

struct opened {
	int fd;
	struct gl_image *image;
	struct gl_pclntab *table;
};

static void open_program(const char *path, struct opened *ret)
{
	struct gl_err err = GL_ERR_INIT;

	ret->fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(ret->fd, 0);
	ck_assert_msg(gl_image_open(ret->fd, &ret->image, &err) == 0, "%s", err.msg);
	ck_assert_msg(gl_pclntab_open(ret->image, &ret->table, &err) == GL_PCLNTAB_OPEN, "%s: %s", path,
		      err.msg);
}

static void close_program(struct opened *o)
{
	gl_pclntab_free(o->table);
	gl_image_free(o->image);
	close(o->fd);
}

/* -- symbols -- */

static bool is_of_go(const char *name)
{
	static const char *const prefixes[] = {"runtime.", "main.", "example.com/", "os.", "fmt.", "sync."};

	for (size_t i = 0; i < GL_ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])) && !strchr(name, '[') &&
		    !strstr(name, ".abi0") && !strstr(name, "text"))
			return true;
	return false;
}

static int is_entry(const struct gl_pclntab_entry *entry, void *arg)
{
	return entry->entry == *(const uint64_t *)arg;
}

/* Calls check for each function in the symbol table; returns how many there were. */
static unsigned each_symbol(Elf *elf,
			    void (*check)(struct gl_pclntab *table, const char *name, const GElf_Sym *),
			    struct gl_pclntab *table)
{
	unsigned count = 0;

	for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
		Elf_Data *data = elf_getdata(scn, NULL);
		GElf_Shdr shdr;
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		for (int i = 0; gelf_getsym(data, i, &sym); i++) {
			const char *name = elf_strptr(elf, shdr.sh_link, sym.st_name);

			if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_size == 0 || !name ||
			    !is_of_go(name))
				continue;
			check(table, name, &sym);
			count++;
		}
	}
	return count;
}

static void check_symbol(struct gl_pclntab *table, const char *name, const GElf_Sym *sym)
{
	uint64_t value = sym->st_value, entry;
	char got[GL_PCLNTAB_NAME];

	ck_assert_int_eq(gl_pclntab_bounds(table, value + sym->st_size / 2, &entry, NULL), 0);
	ck_assert_msg(entry == value, "%s", name);
	ck_assert_int_eq(gl_pclntab_name(table, value, got), 0);
	ck_assert_str_eq(got, name);
	ck_assert_msg(gl_pclntab_find_each(table, name, is_entry, &value) == 1, "%s is not found", name);
}

START_TEST(symbols)
{
	const struct program *p = &programs[_i];
	struct opened o, whole;
	unsigned count;
	Elf *elf;

	open_program(p->stripped, &o);
	open_program(p->whole, &whole);
	elf = elf_begin(whole.fd, ELF_C_READ, NULL);
	ck_assert_ptr_nonnull(elf);
	count = each_symbol(elf, check_symbol, o.table);
	/* built with -s it has none to compare with */
	ck_assert(count > 1000 || !gl_image_has_symtab(whole.image));
	elf_end(elf);
	close_program(&whole);
	close_program(&o);
}
END_TEST

/* -- the process -- */

/* Where the registers are in NT_PRSTATUS, and what a breakpoint is. */
static const struct machine {
	uint16_t elf_machine;
	unsigned pc, sp, fp;
	const char *breakpoint;
	size_t breakpoint_len, after; /* bytes that pc is behind it */
} machines[] = {
	{EM_X86_64, 16, 19, 4, "\xcc", 1, 1},
};

static const struct machine *own_machine(void)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(machines); i++)
		if (machines[i].elf_machine == gl_arch_native()->elf_machine)
			return &machines[i];
	return NULL;
}

struct process {
	pid_t pid;
	int mem;
	uint64_t bias;
};

static int read_process(void *arg, uint64_t address, void *bytes, size_t len)
{
	const struct process *p = arg;

	return pread(p->mem, bytes, len, (off_t)address) == (ssize_t)len ? 0 : -1;
}

/* Starts it stopped behind its execve, stderr to a file.  Killed when this program ends. */
static bool start(const struct program *program, char *const env[], int output, struct process *ret)
{
	const char *const argv[] = {program->stripped, NULL};
	char path[64];
	int status;

	*ret = (struct process){.pid = fork(), .mem = -1};
	if (ret->pid == 0) {
		dup2(output, STDERR_FILENO);
		dup2(output, STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execve(argv[0], (char *const *)(uintptr_t)argv, env);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(ret->pid, &status, 0), ret->pid);
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, ret->pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/mem", ret->pid);
	ret->mem = open(path, O_RDWR | O_CLOEXEC);
	return ret->mem >= 0;
}

static void stop(struct process *p)
{
	kill(p->pid, SIGKILL);
	/* one that exits already does not hear the signal, but must be let go */
	ptrace(PTRACE_CONT, p->pid, NULL, NULL);
	waitpid(p->pid, NULL, 0);
	if (p->mem >= 0)
		close(p->mem);
}

/* What was added to the file's addresses: where its first mapping is. */
static uint64_t find_bias(pid_t pid, const struct program *program, const struct gl_image *image)
{
	size_t count;
	const struct gl_segment *s = gl_image_segments(image, &count);
	char path[64], line[1024];
	uint64_t at = 0;
	FILE *f;

	if (gl_image_header(image)->type != ET_DYN)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (at == 0 && fgets(line, sizeof(line), f))
		if (strstr(line, program->stripped))
			at = strtoull(line, NULL, 16);
	fclose(f);
	while (s->type != PT_LOAD)
		s++;
	return at - (s->vaddr & ~(uint64_t)0xfff);
}

/* Lets it run until it is about to exit, or to the breakpoint.  Returns the wait status, 0 when it is gone. */
static int run_on(const struct process *p)
{
	int status, sig = 0;

	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_CONT, p->pid, NULL, (void *)(long)sig), 0);
		ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
		if (!WIFSTOPPED(status))
			return 0;
		if (status >> 16 == PTRACE_EVENT_EXIT || WSTOPSIG(status) == SIGTRAP)
			return status;
		sig = WSTOPSIG(status);
	}
}

static struct gl_unwind_registers registers_of(const struct process *p)
{
	const struct machine *m = own_machine();
	uint64_t words[64];
	struct iovec io = {words, sizeof(words)};

	ck_assert_int_eq(ptrace(PTRACE_GETREGSET, p->pid, (void *)NT_PRSTATUS, &io), 0);
	return (struct gl_unwind_registers){.pc = words[m->pc], .sp = words[m->sp], .fp = words[m->fp]};
}

/* -- stack traces -- */

/* Reads a file from its start into room bytes. */
static void read_output(int fd, char *text, size_t room)
{
	ssize_t n = pread(fd, text, room - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
}

/*
 * One frame of the runtime's own trace: "conf.check(...)\n\t/src/conf.go:44 +0x12\n".
 * Returns false at its end, which is an empty line.
 */
static bool next_printed(char **at, char **ret_function, char **ret_file, unsigned *ret_line)
{
	char *line = *at, *place = strchr(line, '\n'), *end, *colon, *paren;

	if (*line == '\n' || !place || place[1] != '\t')
		return false;
	*place = '\0';
	place += 2;
	end = strchr(place, '\n');
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	colon = strchr(place, ':');
	paren = strrchr(line, '(');
	ck_assert(colon && paren);
	*colon = *paren = '\0';
	*ret_function = line;
	*ret_file = place;
	*ret_line = (unsigned)strtoul(colon + 1, NULL, 10);
	*at = end + 1;
	return true;
}

/* The frames from gopanic on are what the trace starts with. */
struct told {
	struct gl_pclntab *table;
	const struct gl_unwind *unwind;
	size_t frame;
	struct gl_position_walk walk;
};

static bool next_told(struct told *t, struct gl_position *ret)
{
	while (gl_position_next(t->table, &t->walk, ret) != 0) {
		if (t->frame == t->unwind->count)
			return false;
		t->walk = gl_position_walk_at(t->unwind->frames[t->frame++].place);
	}
	return true;
}

static void compare_traces(char *text, struct told *told)
{
	char *at = strstr(text, "\npanic("), *function, *file;
	struct gl_position s = {.line = 0};
	unsigned line, count = 0;

	ck_assert_msg(at != NULL, "no trace in: %s", text);
	at++;
	while (strcmp(s.function, "runtime.gopanic") != 0)
		ck_assert(next_told(told, &s));
	for (; next_printed(&at, &function, &file, &line); count++) {
		/* the runtime calls it by the name of the language */
		if (strcmp(function, "panic") != 0)
			ck_assert_str_eq(s.function, function);
		ck_assert_str_eq(s.file, file);
		ck_assert_uint_eq(s.line, line);
		if (!next_told(told, &s))
			s.function[0] = '\0';
	}
	ck_assert_uint_ge(count, 7);
	ck_assert_str_eq(s.function, "");
}

/* A fault in init: the stack at the exit of the process is what the runtime printed. */
START_TEST(traces)
{
	const struct program *program = &programs[_i];
	char *const env[] = {"FAIL=init:nilderef", "GOTRACEBACK=system", NULL};
	int output = memfd_create("output", MFD_CLOEXEC);
	static struct gl_unwind unwind;
	static char text[OUTPUT_MAX];
	struct gl_unwind_registers regs;
	struct gl_unwind_memory memory;
	struct process process;
	struct opened o;
	struct told told;

	open_program(program->stripped, &o);
	ck_assert(start(program, env, output, &process));
	ck_assert_int_eq(run_on(&process) >> 16, PTRACE_EVENT_EXIT);
	memory = (struct gl_unwind_memory){read_process, &process, find_bias(process.pid, program, o.image)};
	regs = registers_of(&process);
	ck_assert_int_eq(gl_unwind(o.table, &regs, &memory, &unwind), 0);
	ck_assert_int_eq(unwind.end, GL_UNWIND_TOP);
	read_output(output, text, sizeof(text));
	told = (struct told){.table = o.table, .unwind = &unwind, .walk = {.done = true}};
	compare_traces(text, &told);
	stop(&process);
	close(output);
	close_program(&o);
}
END_TEST

/* -- init -- */

/* Every init task of the process is in that state. */
static void check_states(struct process *process, const struct gl_inittasks *tasks, uint64_t bias,
			 uint32_t wanted)
{
	uint32_t state;

	for (size_t i = 0; i < tasks->count; i++) {
		ck_assert_int_eq(read_process(process, tasks->items[i].address + bias, &state, sizeof(state)),
				 0);
		ck_assert_uint_eq(state, wanted);
	}
}

/* At the end of init every task is done and main has printed nothing. */
START_TEST(init_end)
{
	const struct program *program = &programs[_i];
	const struct machine *m = own_machine();
	char *const env[] = {NULL};
	int output = memfd_create("output", MFD_CLOEXEC);
	gl_autoinittasks struct gl_inittasks tasks = GL_INITTASKS_INIT;
	struct gl_err err = GL_ERR_INIT;
	struct process process;
	uint64_t address, bias;
	struct opened o;
	char text[64];

	open_program(program->stripped, &o);
	ck_assert_int_eq(gl_inittasks_read(o.table, &tasks, &err), 0);
	ck_assert_int_eq(gl_insn_init_end(o.table, &address), 0);
	ck_assert(start(program, env, output, &process));
	bias = find_bias(process.pid, program, o.image);
	check_states(&process, &tasks, bias, GL_INITTASK_WAITING);
	ck_assert_int_eq(pwrite(process.mem, m->breakpoint, m->breakpoint_len, (off_t)(address + bias)),
			 (ssize_t)m->breakpoint_len);
	ck_assert_int_eq(WSTOPSIG(run_on(&process)), SIGTRAP);
	ck_assert_uint_eq(registers_of(&process).pc, address + bias + m->after);
	check_states(&process, &tasks, bias, GL_INITTASK_DONE);
	read_output(output, text, sizeof(text));
	ck_assert_str_eq(text, "");
	stop(&process);
	close(output);
	close_program(&o);
}
END_TEST

/* The next package of "init PACKAGE @0.1 ms, ...". */
static bool next_traced(char **at, char *package, size_t room)
{
	char *line = strstr(*at, "init "), *end;

	if (!line)
		return false;
	end = strstr(line, " @");
	ck_assert_ptr_nonnull(end);
	snprintf(package, room, "%.*s", (int)(end - line - 5), line + 5);
	*at = end;
	return true;
}

START_TEST(init_order)
{
	const struct program *program = &programs[_i];
	char *const env[] = {"GODEBUG=inittrace=1", NULL};
	int output = memfd_create("output", MFD_CLOEXEC);
	gl_autoinittasks struct gl_inittasks tasks = GL_INITTASKS_INIT;
	static char text[OUTPUT_MAX];
	char package[GL_PCLNTAB_NAME], name[GL_PCLNTAB_NAME], *at = text;
	struct gl_err err = GL_ERR_INIT;
	struct process process;
	struct opened o;

	open_program(program->stripped, &o);
	ck_assert_int_eq(gl_inittasks_read(o.table, &tasks, &err), 0);
	ck_assert(start(program, env, output, &process));
	while (run_on(&process) != 0)
		;
	read_output(output, text, sizeof(text));
	for (size_t i = 0; i < tasks.count; i++) {
		if (tasks.items[i].count == 0)
			continue;
		ck_assert_int_eq(gl_inittask_package(o.table, &tasks.items[i], name), 0);
		/* Go 1.15 traces nothing */
		if (strcmp(program->version, "1.15") != 0) {
			ck_assert_msg(next_traced(&at, package, sizeof(package)), "%s is too much", name);
			ck_assert_str_eq(name, package);
		}
	}
	ck_assert_str_eq(name, "example.com/fail/conf");
	ck_assert(!next_traced(&at, package, sizeof(package)));
	close(process.mem);
	close(output);
	close_program(&o);
}
END_TEST

static void add_loop(Suite *s, const char *name, const TTest *test)
{
	TCase *c = tcase_create(name);

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, test, 0, program_count);
	suite_add_tcase(s, c);
}

static void remove_programs(void)
{
	for (int i = 0; i < program_count; i++)
		unlink(programs[i].stripped);
}

int main(void)
{
	Suite *s = suite_create("gobin/programs");
	int status;

	for (size_t v = 0; v < GL_ARRAY_SIZE(versions); v++)
		for (size_t i = 0; i < GL_ARRAY_SIZE(variants); i++)
			program_count += prepare(versions[v], variants[i], &programs[program_count]);
	if (program_count == 0 || !own_machine()) {
		puts("1..0 # skip no Go is there that builds for this machine");
		return 0;
	}
	elf_version(EV_CURRENT);
	add_loop(s, "symbols", symbols);
	add_loop(s, "traces", traces);
	add_loop(s, "init_end", init_end);
	add_loop(s, "init_order", init_order);
	status = gl_unit_main(s);
	remove_programs();
	return status;
}
