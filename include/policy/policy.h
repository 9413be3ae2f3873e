/*
 * A policy as read from its text: the model that everything else works from
 * (compiler, interpreter, show, converters).
 *
 * The language, one statement a line ("\" joins lines, "#" before a word begins a
 * comment; in "double quotes" paths and the like may hold any byte, \xNN as well):
 *
 *	known-through 6.12
 *	include NAME | ./FILE
 *	default ACTION
 *	ACTION CALL|@GROUP... [if CONDITION] [unless cap NAME, ...]
 *	    ACTION := allow | deny [errno NAME] | kill | trap | log
 *	abis native|all			(by default native for allow-lists: others kill)
 *	exec allow|deny
 *	no-new-privs on|off
 *	capabilities none|keep|[+-]NAME ...
 *	limit NAME SOFT[:HARD]			(policy/limits.h)
 *	env keep|drop PATTERN ... | env set NAME=VALUE
 *	user U[:G]
 *	read|write|execute PATH ...		[optional]	(Landlock)
 *	bind|connect PORT|PORT-PORT ...		[optional]	(Landlock)
 *
 *	CONDITION := TERM && TERM ...
 *	TERM := kernel < V | kernel >= V
 *	      | ARGUMENT OP VALUE | ARGUMENT [not] in {VALUE, ...} | ARGUMENT & BITS [== VALUE]
 *	OP := == | != | < | <= | > | >=
 *	ARGUMENT := a name (domain, flags ...) | arg0 ... arg5
 *	VALUE, BITS := ATOM | (ATOM | ATOM ...)	ATOM := constant | number
 *
 * Of the statements that name a call, the last one whose conditions hold decides
 * (an included text stands where its include stands); where none does, the
 * default.  Before any of this, what no statement changes:
 *
 *	- calls newer than known-through answer ENOSYS, as on a kernel that has
 *	  not got them; they are left out of the rules
 *	- exit_group, rt_sigreturn and the like (struct gl_syscall, always) pass
 *	- execve and execveat follow "exec" alone
 *	- clone3 answers ENOSYS where "default deny" would answer it: its flags are
 *	  in memory, and libc takes clone then (rules[0], built in)
 *
 * What can be said only once (known-through, default, abis, exec, no-new-privs)
 * may be said once in each text, and counts over what included texts say.
 *
 * Comparisons are unsigned.  A named argument of which the kernel reads 32 bits is
 * compared in its low 32 bits; argN is the register, all 64 of it.
 *
 * Names of calls are resolved when read: one that no Linux machine has is an
 * error, one that this machine lacks is passed over by the compiler.  Reading
 * does no I/O of its own: includes come through a function.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/syscalls.h"

#define GL_POLICY_MAX_BYTES  ((size_t)1 << 20) /* of each text */
#define GL_POLICY_MAX_FILES  64
#define GL_POLICY_MAX_DEPTH  8
#define GL_POLICY_MAX_RULES  16384
#define GL_POLICY_MAX_CALLS  65536 /* in all rules, groups expanded */
#define GL_POLICY_MAX_TESTS  6	   /* in one condition */
#define GL_POLICY_MAX_VALUES 64	   /* in one test */
#define GL_POLICY_MAX_ITEMS  1024  /* of each kind of setting */

/* Where something stands: the origin of every rule is kept to the end. */
struct gl_policy_place {
	uint16_t file;	 /* index into policy->files */
	uint16_t column; /* from 1; 0: unknown */
	unsigned line;	 /* from 1; 0: the file as a whole, or built in */
};

enum gl_policy_action {
	GL_POLICY_ALLOW,
	GL_POLICY_DENY, /* answers errnum */
	GL_POLICY_KILL, /* the process, never one thread */
	GL_POLICY_TRAP, /* SIGSYS, which the Go runtime turns into a traceback */
	GL_POLICY_LOG,	/* allowed, and in the kernel's log */
	GL_POLICY_ACTION_MAX
};

struct gl_policy_answer {
	enum gl_policy_action action;
	int errnum; /* DENY */
};

enum gl_policy_op {
	GL_POLICY_IN, /* the argument equals one of the values ("==" too) */
	GL_POLICY_NOT_IN,
	GL_POLICY_LESS,
	GL_POLICY_LESS_EQUAL,
	GL_POLICY_GREATER,
	GL_POLICY_GREATER_EQUAL,
	GL_POLICY_ANY_BIT,	/* argument & mask is not 0 */
	GL_POLICY_MASKED_EQUAL, /* argument & mask equals values[0] */
	GL_POLICY_OP_MAX
};

struct gl_policy_test {
	uint8_t argument; /* 0 to 5 */
	bool wide;	  /* all 64 bits; else the low 32, which is what the kernel reads of it */
	enum gl_policy_op op;
	uint64_t mask;
	uint64_t *values; /* owned by the rule */
	size_t value_count;
};

/* One statement about calls. */
struct gl_policy_rule {
	struct gl_policy_answer answer;
	struct gl_policy_place place;
	struct gl_policy_test *tests; /* owned; all must hold */
	size_t test_count;
	uint64_t unless_caps;	  /* bit = CAP_*; any one of them makes the rule not hold */
	uint32_t if_kernel_below; /* GL_KERNEL(); 0: any */
	uint32_t if_kernel_from;  /* 0: any */
	uint16_t *calls;	  /* owned; indices of the machine's calls, groups expanded, ascending */
	size_t call_count;
};

enum gl_policy_toggle { GL_POLICY_UNSAID, GL_POLICY_NO, GL_POLICY_YES };

/* A line of a setting that is kept as text until it is used: capabilities, limit, env, user, Landlock. */
enum gl_policy_setting_kind {
	GL_POLICY_CAPABILITIES, /* text: "none", "keep", "+X", "-X": as --cap takes them */
	GL_POLICY_LIMIT,	/* "nofile=4096:65536": as --limit takes them */
	GL_POLICY_ENV_KEEP,	/* a pattern */
	GL_POLICY_ENV_DROP,
	GL_POLICY_ENV_SET, /* "NAME=VALUE" */
	GL_POLICY_USER,
	GL_POLICY_READ, /* a path */
	GL_POLICY_WRITE,
	GL_POLICY_EXECUTE,
	GL_POLICY_BIND, /* "8080" or "8000-8999" */
	GL_POLICY_CONNECT,
	GL_POLICY_SETTING_MAX
};

struct gl_policy_setting {
	enum gl_policy_setting_kind kind;
	char *text; /* owned */
	bool optional;
	struct gl_policy_place place;
};

struct gl_policy_file {
	char *name;	/* owned; for messages: "go-server" (a preset) or a path */
	char *text;	/* owned */
	char *location; /* owned; of compiled policies (policy/compiled.h); NULL: not known */
	unsigned depth; /* 0: the policy itself; 1: included by it; ... */
	bool is_file;	/* read from a file, called name: no preset, and no text that came otherwise */
};

struct gl_policy {
	const struct gl_machine_calls *machine;
	struct gl_policy_file *files; /* owned */
	size_t file_count, file_room;
	/*
	 * GL_KERNEL().  Where it is not said: of an allow-list the newest call that it
	 * names, of others the last release known.
	 */
	uint32_t known_through;
	struct gl_policy_place known_through_place;
	struct gl_policy_answer fallback; /* "default" */
	struct gl_policy_place fallback_place;
	bool foreign_abis_killed; /* calls by another ABI of the machine kill; else the same rules (x32: ENOSYS) */
	struct gl_policy_place abis_place;
	struct gl_policy_rule *rules; /* owned; in the order of the text, includes in place */
	size_t rule_count, rule_room;
	enum gl_policy_toggle exec, no_new_privs; /* exec: NO is "deny" */
	struct gl_policy_place exec_place, no_new_privs_place;
	struct gl_policy_setting *settings; /* owned; in the order of the text */
	size_t setting_count, setting_room;
};
#define GL_POLICY_INIT ((struct gl_policy){.rules = NULL})

/*
 * The text behind an include.  from: the including file's name; name: as it
 * stands there.  Returns 0 with *ret_name and *ret_text (the caller's to free()),
 * or -errno with err.
 */
typedef int gl_policy_reader(void *arg, const char *from, const char *name, char **ret_name, char **ret_text,
			     struct gl_err *err);

/*
 * Reads a policy.  name stands for it in messages; text is copied.  reader may be
 * NULL: then only presets can be included.
 *
 * On failure (-EINVAL: the text is wrong; -ENOENT: a name in it is unknown
 * (GL5002); -E2BIG: beyond a limit above; -ELOOP: includes; -ENOMEM) the message
 * is "file:line:column: what", the line, a caret below the place, and "did you
 * mean" where a name is near.  ret_policy must be GL_POLICY_INIT.
 */
int gl_policy_parse(const struct gl_machine_calls *machine, const char *name, const char *text,
		    gl_policy_reader *reader, void *arg, struct gl_policy *ret_policy,
		    struct gl_err *err) GL_MUST_CHECK;
void gl_policy_done(struct gl_policy *policy) GL_NONNULL;
#define gl_autopolicy GL_CLEANUP(gl_policy_done)
void gl_policy_remove_rule(struct gl_policy *policy, size_t index) GL_NONNULL;

/* Fills err with a message about a place of the policy, as above.  Returns -errnum. */
int gl_policy_complain(const struct gl_policy *policy, struct gl_policy_place place, int errnum,
		       struct gl_err *err, const char *fmt, ...) GL_PRINTF(5, 6);
