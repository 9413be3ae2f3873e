/*
 * policy-tables: from the lists in policy/data, the groups and the presets to
 * C.  A host tool: it runs where golaunch is built, and the machine that
 * golaunch is built for is its first argument.
 *
 * Lists are made of words; "#" begins a comment.  What is wrong in one ends the
 * tool with file:line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* --- words ------------------------------------------------------------------- */

struct tables_list {
	const char *path;
	char *text; /* cut into words while it is read */
	char *next;
	unsigned line;	 /* of the word returned last */
	bool begins;	 /* that word is the first on its line */
	char ended_with; /* what stood behind it */
};

void tables_open(struct tables_list *list, const char *path);
/* The next word, or NULL at the end.  It lives as long as the list's text, which is never freed. */
char *tables_word(struct tables_list *list);
/* Says what is wrong where the list is, and ends the tool. */
void tables_fail(const struct tables_list *list, const char *fmt, ...) GL_PRINTF(2, 3) GL_NORETURN;
/* Fresh memory or the end of the tool. */
void *tables_more(void *items, size_t count, size_t size);

/* --- the lists ---------------------------------------------------------------- */

#define TABLES_ABIS 3

struct tables_machine {
	const char *name, *elf_machine; /* uname(2); EM_* */
	struct {
		const char *name, *audit; /* AUDIT_ARCH_* */
		uint32_t arch;		  /* libseccomp's */
		bool private_calls, x32;
	} abis[TABLES_ABIS];
};
extern const struct tables_machine tables_machines[];
extern const size_t tables_machine_count;

struct tables_call {
	const char *name;
	unsigned major, minor; /* since; 0.0: before 3.0 */
	bool always;
	int number;	 /* -1: libseccomp's alone */
	const char *abi; /* the number is for this one only; NULL: all */
};

struct tables_calls {
	struct tables_call *items; /* by name */
	size_t count;
	unsigned major, minor; /* through */
};

void tables_calls_read(const char *path, struct tables_calls *calls);
/* The index of a call; SIZE_MAX if there is none of that name. */
size_t tables_calls_find(const struct tables_calls *calls, const char *name);
/* The calls, and their numbers in all ABIs. */
void tables_calls_print(const struct tables_calls *calls);
/* The entry of gl_machine_table; all it refers to must stand before. */
void tables_machine_print(const struct tables_machine *machine, const struct tables_calls *calls);

/* Prints the constants of one machine, and the arguments of all. */
void tables_constants_print(const char *path, const struct tables_machine *machine);
void tables_arguments_print(const char *path, const struct tables_calls *calls);
/* The text that both refer to: after them. */
void tables_text_print(void);

/* Groups and presets: files named after them. */
void tables_groups_print(char **paths, size_t count, const struct tables_calls *calls);
void tables_presets_print(char **paths, size_t count);

/* What calls and groups grant; groups are the paths of their files. */
void tables_grants_print(const char *path, char **groups, size_t group_count,
			 const struct tables_calls *calls);
