/*
 * OCI profiles, the names in them.
 *
 * Profiles are shared between machines and written for runtimes of many ages, so
 * an unknown name is one of two: near to a known one it is a typing error, and an
 * error; else it is later than this golaunch, and is passed over with a word.
 */
#include "policy/oci_parts.h"

#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/suggest.h"
#include "policy/vocabulary.h"

#define SHOWN 60

/* --- actions and errno ------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum gl_policy_action action;
	const char *refusal; /* NULL: there is such an action */
} actions[] = {
	{"SCMP_ACT_ALLOW", GL_POLICY_ALLOW, NULL},
	{"SCMP_ACT_ERRNO", GL_POLICY_DENY, NULL},
	{"SCMP_ACT_KILL_PROCESS", GL_POLICY_KILL, NULL},
	{"SCMP_ACT_KILL", GL_POLICY_KILL, NULL},
	{"SCMP_ACT_KILL_THREAD", GL_POLICY_KILL, NULL},
	{"SCMP_ACT_TRAP", GL_POLICY_TRAP, NULL},
	{"SCMP_ACT_LOG", GL_POLICY_LOG, NULL},
	{"SCMP_ACT_TRACE", GL_POLICY_ACTION_MAX, "needs a tracer, which golaunch is not"},
	{"SCMP_ACT_NOTIFY", GL_POLICY_ACTION_MAX,
	 "needs an agent that decides, which golaunch does not start"},
};

static int refuse_action(const struct gl_oci *oci, const char *name, const char *field)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));

	for (size_t i = 0; i < GL_ARRAY_SIZE(actions); i++)
		gl_suggest_offer(&suggest, actions[i].name);
	if (suggest.best)
		return gl_oci_complain(oci, ENOENT, field, "unknown action '%s'; did you mean '%s'?", shown,
				       suggest.best);
	return gl_oci_complain(oci, ENOENT, field, "unknown action '%s'", shown);
}

int gl_oci_answer(const struct gl_oci *oci, const char *action, const char *field, int errnum,
		  struct gl_policy_answer *ret_answer)
{
	size_t i = 0;

	while (i < GL_ARRAY_SIZE(actions) && strcmp(actions[i].name, action) != 0)
		i++;
	if (i == GL_ARRAY_SIZE(actions))
		return refuse_action(oci, action, field);
	if (actions[i].refusal)
		return gl_oci_complain(oci, EINVAL, field, "%s %s", action, actions[i].refusal);
	if (errnum != 0 && actions[i].action != GL_POLICY_DENY)
		return gl_oci_complain(oci, EINVAL, field, "%s answers no errno, but one is given", action);
	if (errnum != 0 && !gl_vocabulary_errno_name(errnum))
		return gl_oci_complain(oci, EINVAL, field, "no error has the number %d", errnum);
	if (!strcmp(action, "SCMP_ACT_KILL") || !strcmp(action, "SCMP_ACT_KILL_THREAD"))
		gl_converted_note(
			oci->converted,
			"%s: kills the whole process: without one of its threads a Go program hangs", action);
	*ret_answer = (struct gl_policy_answer){actions[i].action, actions[i].action != GL_POLICY_DENY ? 0
								   : errnum != 0 ? errnum
										 : EPERM};
	return 0;
}

int gl_oci_errno(const struct gl_oci *oci, const char *name, const char *field, int *ret_errnum)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));

	if (gl_vocabulary_errno(name, strlen(name), ret_errnum))
		return 0;
	gl_vocabulary_suggest_errno(&suggest);
	if (suggest.best)
		return gl_oci_complain(oci, ENOENT, field, "unknown errno name '%s'; did you mean '%s'?",
				       shown, suggest.best);
	return gl_oci_complain(oci, ENOENT, field, "unknown errno name '%s'", shown);
}

/* --- calls and capabilities --------------------------------------------------------------------- */

/* Calls that only arm has and no filter sees: see GL_ARM_PRIVATE_FIRST. */
static const char *const arm_calls[] = {"breakpoint", "cacheflush", "usr26", "usr32", "set_tls", "get_tls"};

static bool is_arm_call(const char *name)
{
	for (size_t i = 0; i < GL_ARRAY_SIZE(arm_calls); i++)
		if (!strcmp(arm_calls[i], name))
			return true;
	return false;
}

/* "openat3" is near "openat2", but what differs is the number that new forms of a call get. */
static bool is_next_form(const char *name, const char *known)
{
	size_t stem = strlen(known);

	while (stem > 0 && known[stem - 1] >= '0' && known[stem - 1] <= '9')
		stem--;
	return !strncmp(name, known, stem) && name[stem] &&
	       strspn(name + stem, "0123456789") == strlen(name + stem);
}

int gl_oci_call(const struct gl_oci *oci, const char *name, uint16_t *ret_call)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);
	const char *near;

	*ret_call = gl_syscall_find(oci->machine, name, strlen(name));
	if (*ret_call != GL_CALL_NONE || is_arm_call(name))
		return 0;
	near = gl_syscall_suggest(oci->machine, name, strlen(name));
	if (near && !is_next_form(name, near))
		return gl_oci_complain(oci, ENOENT, "names",
				       "no machine has a system call '%s'; did you mean '%s'?", shown, near);
	if (!oci->entries[oci->entry].selected) /* for another machine */
		return 0;
	gl_converted_warn(oci->converted,
			  "%.80s:%u: no Linux up to %u.%u has a system call '%s': it answers ENOSYS",
			  oci->name, oci->lines[oci->entry], oci->machine->through >> 16,
			  oci->machine->through & 0xffff, shown);
	return 0;
}

int gl_oci_capability(const struct gl_oci *oci, const char *name, uint64_t *ret_bit)
{
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);
	char near[GL_CAPABILITY_NAME];
	unsigned capability;

	*ret_bit = 0;
	if (gl_vocabulary_capability(name, strlen(name), &capability)) {
		*ret_bit = UINT64_C(1) << capability;
		return 0;
	}
	if (gl_vocabulary_suggest_capability(name, strlen(name), near))
		return gl_oci_complain(oci, ENOENT, "caps", "unknown capability '%s'; did you mean 'CAP_%s'?",
				       shown, near);
	gl_converted_warn(oci->converted, "%.80s:%u: no capability is called '%s': nobody has it", oci->name,
			  oci->lines[oci->entry], shown);
	return 0;
}

/* --- machines --------------------------------------------------------------------------------------- */

static const struct {
	const char *machine; /* as uname(2) says */
	const char *goarch, *arch, *second;
} machines[] = {
	{"x86_64", "amd64", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86"},
	{"aarch64", "arm64", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"},
};

static size_t find_machine(const struct gl_machine_calls *machine)
{
	size_t i = 0;

	while (i < GL_ARRAY_SIZE(machines) - 1 && strcmp(machines[i].machine, machine->name) != 0)
		i++;
	return i;
}

const char *gl_oci_own_goarch(const struct gl_machine_calls *machine)
{
	return machines[find_machine(machine)].goarch;
}

const char *gl_oci_own_arch(const struct gl_machine_calls *machine)
{
	return machines[find_machine(machine)].arch;
}

const char *gl_oci_second_arch(const struct gl_machine_calls *machine)
{
	return machines[find_machine(machine)].second;
}

/* As profiles have them: GOARCH, and what Docker says for ABIs that Go has no name for. */
static const char *const goarches[] = {
	"386",	  "amd64",    "arm",	  "arm64",     "armbe",	  "arm64be",  "loong64",     "m68k",
	"mips",	  "mips64",   "mips64le", "mips64n32", "mipsel",  "mipsel64", "mipsel64n32", "mipsle",
	"parisc", "parisc64", "ppc",	  "ppc64",     "ppc64le", "riscv",    "riscv64",     "s390",
	"s390x",  "sh",	      "sheb",	  "sparc",     "sparc64", "x32",      "x86",
};

static const char *const arches[] = {
	"SCMP_ARCH_NATIVE",	 "SCMP_ARCH_X86",     "SCMP_ARCH_X86_64",   "SCMP_ARCH_X32",
	"SCMP_ARCH_ARM",	 "SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPS",	    "SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",	 "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC",	 "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",  "SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",	 "SCMP_ARCH_PARISC",  "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64",
	"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",    "SCMP_ARCH_SH",	    "SCMP_ARCH_SHEB",
};

static int check_name(const struct gl_oci *oci, const char *name, const char *field, const char *const *names,
		      size_t count)
{
	struct gl_suggest suggest = GL_SUGGEST(name, strlen(name));
	gl_autofree char *shown = gl_escape_dup(name, SHOWN);

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return 0;
		gl_suggest_offer(&suggest, names[i]);
	}
	if (suggest.best)
		return gl_oci_complain(oci, ENOENT, field, "unknown architecture '%s'; did you mean '%s'?",
				       shown, suggest.best);
	gl_converted_note(oci->converted, "%.80s: unknown architecture '%s'", oci->name, shown);
	return 0;
}

int gl_oci_goarch(const struct gl_oci *oci, const char *name)
{
	return check_name(oci, name, "arches", goarches, GL_ARRAY_SIZE(goarches));
}

int gl_oci_arch(const struct gl_oci *oci, const char *name)
{
	return check_name(oci, name, "architectures", arches, GL_ARRAY_SIZE(arches));
}
