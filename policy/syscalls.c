/*
 * Look-ups in the tables of system calls, which policy-tables makes.
 */
#include "policy/syscalls.h"

#include <linux/audit.h>
#include <string.h>

#include "policy/suggest.h"

const struct gl_machine_calls *gl_machine_calls(void)
{
	return &gl_machine_table[0];
}

const struct gl_machine_calls *gl_machine_calls_of(const char *name)
{
	for (size_t i = 0; i < gl_machine_table_count; i++)
		if (!strcmp(gl_machine_table[i].name, name))
			return &gl_machine_table[i];
	return NULL;
}

/* As strcmp(), of a name that is cut out of a text. */
static int compare(const char *name, size_t len, const char *whole)
{
	int r = strncmp(name, whole, len);

	return r ? r : -(whole[len] != '\0');
}

uint16_t gl_syscall_find(const struct gl_machine_calls *m, const char *name, size_t len)
{
	size_t low = 0, high = m->call_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = compare(name, len, m->calls[middle].name);

		if (r == 0)
			return (uint16_t)middle;
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return GL_CALL_NONE;
}

int gl_syscall_number(const struct gl_abi *abi, uint16_t call)
{
	for (size_t i = 0; i < abi->number_count; i++)
		if (abi->numbers[i].call == call)
			return abi->numbers[i].number;
	return -1;
}

uint16_t gl_syscall_at(const struct gl_abi *abi, unsigned number)
{
	size_t low = 0, high = abi->number_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (abi->numbers[middle].number == number)
			return abi->numbers[middle].call;
		if (number < abi->numbers[middle].number)
			high = middle;
		else
			low = middle + 1;
	}
	return GL_CALL_NONE;
}

/* Functions of libc whose call has another name. */
static const struct {
	const char *function, *call;
} functions[] = {
	{"fstatat", "newfstatat"},  {"posix_fadvise", "fadvise64"}, {"posix_fallocate", "fallocate"},
	{"pread", "pread64"},	    {"prlimit", "prlimit64"},	    {"pwrite", "pwrite64"},
	{"sched_getcpu", "getcpu"},
};

const char *gl_syscall_suggest(const struct gl_machine_calls *m, const char *name, size_t len)
{
	struct gl_suggest suggest = GL_SUGGEST(name, len);

	for (size_t i = 0; i < GL_ARRAY_SIZE(functions); i++)
		if (!compare(name, len, functions[i].function))
			return functions[i].call;
	for (size_t i = 0; i < m->call_count; i++)
		gl_suggest_offer(&suggest, m->calls[i].name);
	return suggest.best;
}

const struct gl_abi *gl_abi_of(const struct gl_machine_calls *m, uint32_t arch, uint32_t number)
{
	bool is_x32 = number >= GL_X32_BIT && number <= GL_X32_LAST;

	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name; i++) {
		const struct gl_abi *abi = &m->abis[i];

		/* Only where there is an x32 is the bit no part of the number. */
		if (abi->arch == arch && abi->x32 == (arch == AUDIT_ARCH_X86_64 && is_x32))
			return abi;
	}
	return NULL;
}
