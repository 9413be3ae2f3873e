/*
 * OCI profiles, the elements of "syscalls": which calls, which answer, which
 * tests, and whether the entry is for this machine at all.
 */
#include "policy/oci_parts.h"

#include <errno.h>

#include "base/mem.h"
#include "policy/kernel.h"
#include "policy/suggest.h"

#define MAX_ERRNO 4095 /* of a filter's answer: kernel/seccomp.c */

/* What an entry says, before it is known what it means. */
struct said {
	struct gl_oci_entry *entry;
	const json_t *names;
	const char *name, *action;
	uint64_t errno_ret; /* 0: not said */
	const char *errno_name;
	bool excluded;	       /* by its machine, or by what nobody has */
	bool arches, own_arch; /* includes.arches: there are some; ours among them */
};

static int expect_string(struct gl_oci *oci, const json_t *value, const char *field, const char **ret)
{
	if (!json_is_string(value))
		return gl_oci_complain(oci, EINVAL, field, "must be a string");
	*ret = json_string_value(value);
	return 0;
}

/* --- tests ------------------------------------------------------------------------------------ */

struct raw_test {
	uint64_t index, value, value_two;
	const char *op;
	bool has_index;
};

static int take_index(struct gl_oci *oci, const json_t *value, void *into)
{
	struct raw_test *raw = into;

	raw->has_index = true;
	return gl_oci_number(value, 5, &raw->index)
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "args.index", "must be a number from 0 to 5");
}

static int take_value(struct gl_oci *oci, const json_t *value, void *into)
{
	return gl_oci_number(value, UINT64_MAX, &((struct raw_test *)into)->value)
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "args.value", "must be a number of 64 bits");
}

static int take_value_two(struct gl_oci *oci, const json_t *value, void *into)
{
	return gl_oci_number(value, UINT64_MAX, &((struct raw_test *)into)->value_two)
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "args.valueTwo", "must be a number of 64 bits");
}

static int take_op(struct gl_oci *oci, const json_t *value, void *into)
{
	return expect_string(oci, value, "args.op", &((struct raw_test *)into)->op);
}

static const struct gl_oci_field test_fields[] = {
	{"index", take_index}, {"value", take_value}, {"valueTwo", take_value_two}, {"op", take_op}};

static const struct {
	const char *name;
	enum gl_policy_op op;
} ops[] = {
	{"SCMP_CMP_NE", GL_POLICY_NOT_IN},
	{"SCMP_CMP_LT", GL_POLICY_LESS},
	{"SCMP_CMP_LE", GL_POLICY_LESS_EQUAL},
	{"SCMP_CMP_EQ", GL_POLICY_IN},
	{"SCMP_CMP_GE", GL_POLICY_GREATER_EQUAL},
	{"SCMP_CMP_GT", GL_POLICY_GREATER},
	{"SCMP_CMP_MASKED_EQ", GL_POLICY_MASKED_EQUAL},
};

static int settle_test(struct gl_oci *oci, const struct raw_test *raw, struct gl_oci_test *ret)
{
	struct gl_suggest suggest = GL_SUGGEST(raw->op ? raw->op : "", raw->op ? strlen(raw->op) : 0);
	size_t i = 0;

	if (!raw->has_index || !raw->op)
		return gl_oci_complain(oci, EINVAL, "args", "needs 'index' and 'op'");
	while (i < GL_ARRAY_SIZE(ops) && strcmp(ops[i].name, raw->op) != 0)
		gl_suggest_offer(&suggest, ops[i++].name);
	if (i == GL_ARRAY_SIZE(ops))
		return gl_oci_complain(oci, ENOENT, "args.op", "unknown operator%s%s%s",
				       suggest.best ? "; did you mean '" : "",
				       suggest.best ? suggest.best : "", suggest.best ? "'?" : "");
	*ret = (struct gl_oci_test){.argument = (uint8_t)raw->index, .op = ops[i].op, .value = raw->value};
	if (ret->op == GL_POLICY_MASKED_EQUAL) {
		ret->mask = raw->value;
		ret->value = raw->value_two & raw->value; /* as libseccomp has it */
	}
	return 0;
}

/* Is one argument tested twice? */
static bool has_repeated(const struct gl_oci_entry *entry)
{
	unsigned seen = 0;

	for (size_t i = 0; i < entry->test_count; i++) {
		if (seen >> entry->tests[i].argument & 1)
			return true;
		seen |= 1u << entry->tests[i].argument;
	}
	return false;
}

static int take_args(struct gl_oci *oci, const json_t *value, void *into)
{
	struct gl_oci_entry *entry = ((struct said *)into)->entry;
	const json_t *item;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > GL_OCI_MAX_TESTS)
		return gl_oci_complain(oci, EINVAL, "args", "must be an array of at most %d",
				       GL_OCI_MAX_TESTS);
	entry->tests = calloc(json_array_size(value) + 1, sizeof(*entry->tests));
	if (!entry->tests)
		return gl_err_sys(oci->err, ENOMEM, "cannot read '%.200s'", oci->name);
	json_array_foreach(value, i, item)
	{
		struct raw_test raw = {.has_index = false};
		int r = gl_oci_fields(oci, item, "an argument's test", test_fields,
				      GL_ARRAY_SIZE(test_fields), &raw);

		if (r == 0)
			r = settle_test(oci, &raw, &entry->tests[i]);
		if (r < 0)
			return r;
		entry->test_count++;
	}
	entry->any = has_repeated(entry);
	return 0;
}

/* --- includes, excludes --------------------------------------------------------------------------- */

static int include_cap(struct gl_oci *oci, const char *text, void *into)
{
	struct said *said = into;
	uint64_t bit = 0;
	int r = gl_oci_capability(oci, text, &bit);

	said->entry->needs_caps |= bit;
	said->excluded |= bit == 0;
	return r;
}

static int exclude_cap(struct gl_oci *oci, const char *text, void *into)
{
	uint64_t bit = 0;
	int r = gl_oci_capability(oci, text, &bit);

	((struct said *)into)->entry->unless_caps |= bit;
	return r;
}

static int include_arch(struct gl_oci *oci, const char *text, void *into)
{
	struct said *said = into;

	said->arches = true;
	said->own_arch |= !strcmp(text, gl_oci_own_goarch(oci->machine));
	return gl_oci_goarch(oci, text);
}

static int exclude_arch(struct gl_oci *oci, const char *text, void *into)
{
	((struct said *)into)->excluded |= !strcmp(text, gl_oci_own_goarch(oci->machine));
	return gl_oci_goarch(oci, text);
}

static int take_kernel(struct gl_oci *oci, const json_t *value, uint32_t *ret)
{
	const char *text = NULL;
	int r = expect_string(oci, value, "minKernel", &text);

	if (r < 0)
		return r;
	return gl_kernel_parse_exact(text, strlen(text), ret) && *ret != 0
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "minKernel", "must be a kernel version such as 4.8");
}

#define TAKE_STRINGS(kind, field)                                                                            \
	static int take_##kind##_##field##s(struct gl_oci *oci, const json_t *value, void *into)             \
	{                                                                                                    \
		return gl_oci_strings(oci, value, #kind "s", kind##_##field, into);                          \
	}
TAKE_STRINGS(include, cap)
TAKE_STRINGS(include, arch)
TAKE_STRINGS(exclude, cap)
TAKE_STRINGS(exclude, arch)

static int take_include_kernel(struct gl_oci *oci, const json_t *value, void *into)
{
	return take_kernel(oci, value, &((struct said *)into)->entry->kernel_from);
}

static int take_exclude_kernel(struct gl_oci *oci, const json_t *value, void *into)
{
	return take_kernel(oci, value, &((struct said *)into)->entry->kernel_below);
}

static const struct gl_oci_field include_fields[] = {{"caps", take_include_caps},
						     {"arches", take_include_archs},
						     {"minKernel", take_include_kernel}},
				 exclude_fields[] = {{"caps", take_exclude_caps},
						     {"arches", take_exclude_archs},
						     {"minKernel", take_exclude_kernel}};

static int take_includes(struct gl_oci *oci, const json_t *value, void *into)
{
	return gl_oci_fields(oci, value, "'includes'", include_fields, GL_ARRAY_SIZE(include_fields), into);
}

static int take_excludes(struct gl_oci *oci, const json_t *value, void *into)
{
	return gl_oci_fields(oci, value, "'excludes'", exclude_fields, GL_ARRAY_SIZE(exclude_fields), into);
}

/* --- the entry ---------------------------------------------------------------------------------------- */

static int take_names(struct gl_oci *oci, const json_t *value, void *into)
{
	(void)oci;
	((struct said *)into)->names = value;
	return 0;
}

static int take_name(struct gl_oci *oci, const json_t *value, void *into)
{
	return expect_string(oci, value, "name", &((struct said *)into)->name);
}

static int take_action(struct gl_oci *oci, const json_t *value, void *into)
{
	return expect_string(oci, value, "action", &((struct said *)into)->action);
}

static int take_errno_ret(struct gl_oci *oci, const json_t *value, void *into)
{
	uint64_t *number = &((struct said *)into)->errno_ret;

	return gl_oci_number(value, MAX_ERRNO, number) && *number > 0
		       ? 0
		       : gl_oci_complain(oci, EINVAL, "errnoRet",
					 "must be the number of an error, from 1 to %d", MAX_ERRNO);
}

static int take_errno(struct gl_oci *oci, const json_t *value, void *into)
{
	return expect_string(oci, value, "errno", &((struct said *)into)->errno_name);
}

static int take_comment(struct gl_oci *oci, const json_t *value, void *into)
{
	return expect_string(oci, value, "comment", &((struct said *)into)->entry->comment);
}

static const struct gl_oci_field entry_fields[] = {
	{"names", take_names},	      {"name", take_name},	   {"action", take_action},
	{"errnoRet", take_errno_ret}, {"errno", take_errno},	   {"args", take_args},
	{"comment", take_comment},    {"includes", take_includes}, {"excludes", take_excludes},
};

static int add_named(struct gl_oci *oci, const char *text, void *into)
{
	const struct gl_oci_entry *entry = into;
	struct gl_oci_named *named;
	uint16_t call = GL_CALL_NONE;
	int r = gl_oci_call(oci, text, &call);

	if (r < 0 || call == GL_CALL_NONE || !entry->selected)
		return r;
	if (oci->machine->calls[call].always && entry->answer.action != GL_POLICY_ALLOW &&
	    entry->answer.action != GL_POLICY_LOG)
		return gl_oci_complain(
			oci, EINVAL, "names",
			"'%s' can never be denied: without it a program hangs or dies unexplained", text);
	named = gl_mem_grow(&oci->named, &oci->named_room, oci->named_count, sizeof(*named),
			    GL_POLICY_MAX_CALLS);
	if (!named)
		return gl_oci_complain(oci, errno, "names", "no room for more calls");
	*named = (struct gl_oci_named){call, entry->test_count > 0, (uint16_t)oci->entry};
	oci->named_count++;
	return 0;
}

static int settle_names(struct gl_oci *oci, const struct said *said)
{
	if (said->name && *said->name && json_array_size(said->names) > 0)
		return gl_oci_complain(oci, EINVAL, NULL, "has both 'name' and 'names'");
	if (said->name && *said->name)
		return add_named(oci, said->name, said->entry);
	if (!said->names)
		return gl_oci_complain(oci, EINVAL, NULL, "has no 'names'");
	return gl_oci_strings(oci, said->names, "names", add_named, said->entry);
}

static bool is_same_answer(const struct gl_policy_answer *a, const struct gl_policy_answer *b)
{
	return a->action == b->action && a->errnum == b->errnum;
}

static int settle(struct gl_oci *oci, const struct said *said)
{
	struct gl_oci_entry *entry = said->entry;
	int errnum = (int)said->errno_ret, r = 0;

	if (!said->action)
		return gl_oci_complain(oci, EINVAL, NULL, "has no 'action'");
	if (said->errno_name && *said->errno_name)
		r = gl_oci_errno(oci, said->errno_name, "errno", &errnum);
	if (r == 0)
		r = gl_oci_answer(oci, said->action, "action", errnum, &entry->answer);
	if (r < 0)
		return r;
	entry->selected = !said->excluded && (!said->arches || said->own_arch) &&
			  (!entry->kernel_below || entry->kernel_from < entry->kernel_below) &&
			  !(entry->needs_caps & entry->unless_caps) &&
			  !is_same_answer(&entry->answer, &oci->fallback);
	return settle_names(oci, said);
}

int gl_oci_entries(struct gl_oci *oci, const json_t *array, void *into)
{
	const json_t *item;
	int r = 0;

	(void)into;
	if (!json_is_array(array))
		return gl_oci_complain(oci, EINVAL, "syscalls", "must be an array");
	for (oci->entry = 0; oci->entry < oci->entry_count && r == 0; oci->entry++) {
		struct said said = {.entry = &oci->entries[oci->entry]};

		item = json_array_get(array, oci->entry);
		said.entry->line = oci->lines[oci->entry];
		r = gl_oci_fields(oci, item, "an entry", entry_fields, GL_ARRAY_SIZE(entry_fields), &said);
		if (r == 0)
			r = settle(oci, &said);
	}
	return r;
}
