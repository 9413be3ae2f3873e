/*
 * OCI profiles to text of golaunch's own language, the whole: see policy/oci.h.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/oci_parts.h"
#include "policy/show.h"

#define MAX_ERRNO  4095
#define SHOWN_NAME 200

/* The profile's own fields, before it is known what they mean. */
struct top {
	const char *action, *errno_name;
	uint64_t errno_ret;
	const json_t *syscalls;
	size_t flat, mapped; /* elements of architectures and archMap */
	bool second, x32;    /* ABIs besides the machine's own that are served */
};

bool gl_oci_is(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '{';
}

static int take_text(struct gl_oci *oci, const json_t *value, const char *field, const char **ret)
{
	*ret = json_string_value(value);
	return *ret ? 0 : gl_oci_complain(oci, EINVAL, field, "must be a string");
}

static int take_action(struct gl_oci *oci, const json_t *value, void *into)
{
	return take_text(oci, value, "defaultAction", &((struct top *)into)->action);
}

static int take_errno(struct gl_oci *oci, const json_t *value, void *into)
{
	return take_text(oci, value, "defaultErrno", &((struct top *)into)->errno_name);
}

static int take_errno_ret(struct gl_oci *oci, const json_t *value, void *into)
{
	uint64_t *number = &((struct top *)into)->errno_ret;

	return gl_oci_number(value, MAX_ERRNO, number) && *number > 0
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "defaultErrnoRet",
					 "must be the number of an error, from 1 to %d", MAX_ERRNO);
}

static int take_syscalls(struct gl_oci *oci, const json_t *value, void *into)
{
	(void)oci;
	((struct top *)into)->syscalls = value;
	return 0;
}

static int serve(struct gl_oci *oci, const char *arch, void *into)
{
	struct top *top = into;

	top->second |= !strcmp(arch, gl_oci_second_arch(oci->machine));
	top->x32 |= !strcmp(arch, "SCMP_ARCH_X32");
	return gl_oci_arch(oci, arch);
}

static int take_architectures(struct gl_oci *oci, const json_t *value, void *into)
{
	((struct top *)into)->flat = json_array_size(value);
	return gl_oci_strings(oci, value, "architectures", serve, into);
}

static int check_arch(struct gl_oci *oci, const char *arch, void *into)
{
	(void)into;
	return gl_oci_arch(oci, arch);
}

/* An element of archMap; it counts where its architecture is the machine's own. */
struct mapping {
	const char *arch;
	const json_t *others;
};

static int take_mapped_arch(struct gl_oci *oci, const json_t *value, void *into)
{
	return take_text(oci, value, "archMap.architecture", &((struct mapping *)into)->arch);
}

static int take_others(struct gl_oci *oci, const json_t *value, void *into)
{
	((struct mapping *)into)->others = value;
	return gl_oci_strings(oci, value, "archMap.subArchitectures", check_arch, into);
}

static int take_arch_map(struct gl_oci *oci, const json_t *value, void *into)
{
	static const struct gl_oci_field fields[] = {{"architecture", take_mapped_arch},
						     {"subArchitectures", take_others}};
	const json_t *item;
	size_t i;
	int r = json_is_array(value) ? 0 : gl_oci_complain(oci, EINVAL, "archMap", "must be an array");

	((struct top *)into)->mapped = json_array_size(value);
	json_array_foreach(value, i, item)
	{
		struct mapping mapping = {.arch = NULL};

		r = gl_oci_fields(oci, item, "an element of 'archMap'", fields, GL_ARRAY_SIZE(fields),
				  &mapping);
		if (r == 0 && mapping.arch)
			r = gl_oci_arch(oci, mapping.arch);
		if (r == 0 && mapping.arch && mapping.others &&
		    !strcmp(mapping.arch, gl_oci_own_arch(oci->machine)))
			r = gl_oci_strings(oci, mapping.others, "archMap.subArchitectures", serve, into);
		if (r < 0)
			return r;
	}
	return r;
}

/* Flags of seccomp(2): what golaunch makes of them. */
static int take_flag(struct gl_oci *oci, const char *flag, void *into)
{
	static const struct {
		const char *name, *note;
	} flags[] = {
		{"SECCOMP_FILTER_FLAG_TSYNC", NULL}, /* there is one thread */
		{"SECCOMP_FILTER_FLAG_LOG", "is not set: denials are not in the kernel's log"},
		{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "is not set: it would turn off a protection of the CPU"},
		{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "is golaunch's own choice"},
	};
	gl_autofree char *shown = gl_escape_dup(flag, 60);

	(void)into;
	for (size_t i = 0; i < GL_ARRAY_SIZE(flags); i++) {
		if (strcmp(flags[i].name, flag) != 0)
			continue;
		if (flags[i].note)
			gl_converted_note(oci->converted, "%.80s: %s %s", oci->name, flag, flags[i].note);
		return 0;
	}
	return gl_oci_complain(oci, ENOENT, "flags", "unknown flag '%s'", shown);
}

static int take_flags(struct gl_oci *oci, const json_t *value, void *into)
{
	return gl_oci_strings(oci, value, "flags", take_flag, into);
}

static int take_listener(struct gl_oci *oci, const json_t *value, void *into)
{
	(void)into;
	if (json_is_string(value) && !*json_string_value(value))
		return 0;
	return gl_oci_complain(oci, EINVAL, "listenerPath",
			       "an agent that decides is not supported: golaunch explains denials itself");
}

static int pass_over(struct gl_oci *oci, const json_t *value, void *into)
{
	(void)oci;
	(void)value;
	(void)into;
	return 0;
}

static const struct gl_oci_field top_fields[] = {
	{"defaultAction", take_action},	 {"defaultErrnoRet", take_errno_ret},
	{"defaultErrno", take_errno},	 {"architectures", take_architectures},
	{"archMap", take_arch_map},	 {"flags", take_flags},
	{"listenerPath", take_listener}, {"listenerMetadata", pass_over}, /* for the agent */
	{"syscalls", take_syscalls},
};

/* --- the whole ----------------------------------------------------------------------------------- */

static int settle_default(struct gl_oci *oci, const struct top *top)
{
	int errnum = (int)top->errno_ret, r = 0;

	if (!top->action)
		return gl_oci_complain(oci, EINVAL, NULL, "has no 'defaultAction'");
	if (top->errno_name && *top->errno_name)
		r = gl_oci_errno(oci, top->errno_name, "defaultErrno", &errnum);
	return r < 0 ? r : gl_oci_answer(oci, top->action, "defaultAction", errnum, &oci->fallback);
}

/*
 * One switch for all other ABIs is what a policy has, so those of one machine
 * that are not all served are closed together.
 */
static int settle_abis(struct gl_oci *oci, const struct top *top)
{
	if (top->flat && top->mapped)
		return gl_oci_complain(oci, EINVAL, NULL, "has both 'architectures' and 'archMap'");
	oci->foreign_abis_killed = !top->second;
	if (top->x32 && !strcmp(oci->machine->name, "x86_64"))
		gl_converted_note(oci->converted, "%.80s: x32 calls are not served: they %s", oci->name,
				  top->second ? "answer ENOSYS" : "kill");
	return 0;
}

static void put_head(struct gl_oci *oci)
{
	struct gl_buf *text = &oci->converted->text;

	gl_buf_puts(text, "# from ");
	gl_escape_text(text, oci->name, strlen(oci->name), SHOWN_NAME);
	gl_buf_puts(text, ", an OCI seccomp profile");
	gl_converted_end(oci->converted, 1);
	gl_buf_puts(text, "default ");
	gl_policy_show_answer(&oci->fallback, text);
	gl_converted_end(oci->converted, 1);
	gl_buf_printf(text, "abis %s", oci->foreign_abis_killed ? "native" : "all");
	gl_converted_end(oci->converted, 1);
}

static int convert(struct gl_oci *oci, const char *json)
{
	struct top top = {.action = NULL};
	int r = gl_oci_load(oci, json);

	if (r == 0)
		r = gl_oci_fields(oci, oci->document, "the profile", top_fields, GL_ARRAY_SIZE(top_fields),
				  &top);
	if (r == 0)
		r = settle_default(oci, &top);
	if (r == 0)
		r = settle_abis(oci, &top);
	if (r == 0 && top.syscalls)
		r = gl_oci_entries(oci, top.syscalls, oci);
	if (r < 0)
		return r;
	put_head(oci);
	r = gl_oci_rules(oci);
	if (r == 0 && gl_buf_error(&oci->converted->text))
		return gl_err_sys(oci->err, gl_buf_error(&oci->converted->text), "cannot convert '%.200s'",
				  oci->name);
	return r;
}

int gl_oci_read(const struct gl_machine_calls *machine, const char *name, const char *json,
		struct gl_converted *converted, struct gl_err *err)
{
	struct gl_oci oci = {.machine = machine, .name = name, .converted = converted, .err = err};
	int r = convert(&oci, json);

	for (size_t i = 0; oci.entries && i < oci.entry_count; i++)
		free(oci.entries[i].tests);
	free(oci.entries);
	free(oci.lines);
	free(oci.named);
	json_decref(oci.document);
	return r;
}
