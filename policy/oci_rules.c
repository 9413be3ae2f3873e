/*
 * OCI profiles, from entries to statements.
 *
 * Calls that the same entries name get the same statements, so they are made once
 * for each such group.  Of a group's entries the first that holds decides, those
 * without tests before those with; of statements the last that holds.  So the
 * entries are added from the last to the first.
 *
 * A statement can be lifted by a capability, but none waits for one.  An entry
 * that needs capabilities therefore comes with its opposite: behind it follows,
 * for each capability it needs, "unless" that capability all that stood there
 * before, with the default in front:
 *
 *	allow ptrace			# the entry, which needs SYS_PTRACE
 *	deny ptrace unless cap SYS_PTRACE
 *
 * Neighbours with the same answer that each need one capability are one: any of
 * these will do.
 */
#include <errno.h>

#include "base/escape.h"
#include "base/mem.h"
#include "policy/decide.h"
#include "policy/oci_parts.h"
#include "policy/show.h"

#define SHOWN_COMMENT  200
#define MAX_STATEMENTS 512 /* about one group of calls */

/* A statement in the making. */
struct statement {
	const struct gl_oci_entry *entry; /* NULL: the default */
	const struct gl_oci_test *only;	  /* of its tests this one alone; NULL: all */
	uint64_t unless_caps;
};

struct list {
	struct statement *items; /* owned */
	size_t count, room;
};

/* --- one group's statements -------------------------------------------------------------------- */

static int add(struct list *list, struct statement statement)
{
	struct statement *slot =
		gl_mem_grow(&list->items, &list->room, list->count, sizeof(*slot), MAX_STATEMENTS);

	if (!slot)
		return -errno;
	*slot = statement;
	list->count++;
	return 0;
}

static int add_entry(struct list *list, const struct gl_oci_entry *entry)
{
	struct statement statement = {entry, NULL, entry->unless_caps};
	int r = 0;

	if (!entry->any)
		return add(list, statement);
	for (size_t i = 0; i < entry->test_count && r == 0; i++) {
		statement.only = &entry->tests[i];
		r = add(list, statement);
	}
	return r;
}

/* What stood there before (count statements), for a program that has none of these capabilities. */
static int add_opposite(struct list *list, size_t count, uint64_t caps)
{
	int r = add(list, (struct statement){NULL, NULL, caps});

	for (size_t i = 0; i < count && r == 0; i++) {
		struct statement statement = list->items[i];

		statement.unless_caps |= caps;
		r = add(list, statement);
	}
	return r;
}

/* Does one hold wherever the other does?  Capabilities aside. */
static bool covers(const struct statement *later, const struct statement *earlier)
{
	const struct gl_oci_entry *entry = later->entry;

	if (entry == earlier->entry && later->only == earlier->only)
		return true;
	return !entry || (entry->test_count == 0 && !entry->kernel_from && !entry->kernel_below);
}

/* Is there always a later one that decides? */
static bool is_dead(const struct list *list, size_t at)
{
	for (size_t i = at + 1; i < list->count; i++)
		if (!(list->items[i].unless_caps & ~list->items[at].unless_caps) &&
		    covers(&list->items[i], &list->items[at]))
			return true;
	return false;
}

static void drop_dead(struct list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!is_dead(list, i))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static bool needs_one_cap(const struct gl_oci_entry *entry)
{
	return entry->needs_caps && !(entry->needs_caps & (entry->needs_caps - 1)) && !entry->unless_caps &&
	       !entry->kernel_from && !entry->kernel_below && entry->test_count == 0;
}

static bool are_one(const struct gl_oci_entry *a, const struct gl_oci_entry *b)
{
	return needs_one_cap(a) && needs_one_cap(b) && a->answer.action == b->answer.action &&
	       a->answer.errnum == b->answer.errnum;
}

/* The entries that decide first stand first. */
static int make_list(const struct gl_oci_entry *const *entries, size_t count, struct list *list)
{
	int r = 0;

	while (count > 0 && r == 0) {
		const struct gl_oci_entry *entry = entries[--count];
		uint64_t any_of = entry->needs_caps;
		size_t before = list->count;

		while (count > 0 && are_one(entry, entries[count - 1]))
			any_of |= entries[--count]->needs_caps;
		r = add_entry(list, entry);
		if (r == 0 && any_of && needs_one_cap(entry))
			r = add_opposite(list, before, any_of);
		for (unsigned cap = 0; cap < 64 && r == 0 && !needs_one_cap(entry); cap++)
			if (any_of >> cap & 1)
				r = add_opposite(list, before, UINT64_C(1) << cap);
		if (any_of)
			drop_dead(list);
	}
	return r;
}

/* --- as text ------------------------------------------------------------------------------------------- */

static const char *const op_words[GL_POLICY_OP_MAX] = {
	[GL_POLICY_IN] = "==",	   [GL_POLICY_NOT_IN] = "!=",	   [GL_POLICY_LESS] = "<",
	[GL_POLICY_GREATER] = ">", [GL_POLICY_LESS_EQUAL] = "<=",  [GL_POLICY_GREATER_EQUAL] = ">=",
	[GL_POLICY_ANY_BIT] = "&", [GL_POLICY_MASKED_EQUAL] = "&",
};

/* Returns what stands before the next term. */
static const char *put_test(struct gl_buf *text, const char *before, const struct gl_oci_test *test)
{
	if (test->op == GL_POLICY_MASKED_EQUAL && test->mask == 0) /* holds always */
		return before;
	gl_buf_printf(text, "%sarg%u %s ", before, test->argument, op_words[test->op]);
	if (test->op == GL_POLICY_MASKED_EQUAL)
		gl_buf_printf(text, "%#llx == ", (unsigned long long)test->mask);
	gl_buf_printf(text, test->value < 10 ? "%llu" : "%#llx", (unsigned long long)test->value);
	return " && ";
}

static void put_conditions(struct gl_buf *text, const struct statement *statement)
{
	const struct gl_oci_entry *entry = statement->entry;
	const char *before = " if ";

	for (size_t i = 0; i < entry->test_count; i++)
		if (!statement->only || statement->only == &entry->tests[i])
			before = put_test(text, before, &entry->tests[i]);
	if (entry->kernel_from) {
		gl_buf_printf(text, "%skernel >= %u.%u", before, entry->kernel_from >> 16,
			      entry->kernel_from & 0xffff);
		before = " && ";
	}
	if (entry->kernel_below)
		gl_buf_printf(text, "%skernel < %u.%u", before, entry->kernel_below >> 16,
			      entry->kernel_below & 0xffff);
}

static void put_comment(struct gl_oci *oci, const struct gl_oci_entry *entry)
{
	if (!entry || !entry->comment || !*entry->comment)
		return;
	gl_buf_puts(&oci->converted->text, "# ");
	gl_escape_text(&oci->converted->text, entry->comment, strlen(entry->comment), SHOWN_COMMENT);
	gl_converted_end(oci->converted, entry->line);
}

static void put_statement(struct gl_oci *oci, const struct statement *statement, const uint16_t *calls,
			  size_t count, unsigned line)
{
	const struct gl_oci_entry *entry = statement->entry;
	struct gl_buf *text = &oci->converted->text;

	put_comment(oci, entry);
	gl_policy_show_answer(entry ? &entry->answer : &oci->fallback, text);
	gl_converted_names(oci->converted, oci->machine, calls, count);
	if (entry)
		put_conditions(text, statement);
	gl_policy_show_caps(statement->unless_caps, text);
	gl_converted_end(oci->converted, entry ? entry->line : line);
}

/* --- groups of calls ---------------------------------------------------------------------------------------- */

/* Calls that the same entries name. */
struct group {
	const struct gl_oci_named *named; /* of its first call */
	size_t entry_count;
	uint16_t *calls; /* owned */
	size_t call_count, call_room;
};

struct groups {
	struct group *items; /* owned */
	size_t count, room;
};

static void groups_done(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		free(groups->items[i].calls);
	free(groups->items);
}

static bool same_entries(const struct group *group, const struct gl_oci_named *named, size_t count)
{
	if (group->entry_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (group->named[i].entry != named[i].entry)
			return false;
	return true;
}

/* The call of these count names joins its group. */
static int join(struct groups *groups, const struct gl_oci_named *named, size_t count)
{
	struct group *group = NULL;
	uint16_t *call;

	for (size_t i = 0; i < groups->count && !group; i++)
		if (same_entries(&groups->items[i], named, count))
			group = &groups->items[i];
	if (!group) {
		group = gl_mem_grow(&groups->items, &groups->room, groups->count, sizeof(*group),
				    GL_POLICY_MAX_CALLS);
		if (!group)
			return -errno;
		group->named = named;
		group->entry_count = count;
		groups->count++;
	}
	call = gl_mem_grow(&group->calls, &group->call_room, group->call_count, sizeof(*call),
			   GL_POLICY_MAX_CALLS);
	if (!call)
		return -errno;
	*call = named->call;
	group->call_count++;
	return 0;
}

/* By call, then by entry: in the order in which they decide. */
static int compare(const void *a, const void *b)
{
	const struct gl_oci_named *x = a, *y = b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (x->tests != y->tests)
		return x->tests ? 1 : -1;
	return (x->entry > y->entry) - (x->entry < y->entry);
}

static size_t drop_repeated(struct gl_oci_named *named, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare(&named[kept - 1], &named[i]) != 0)
			named[kept++] = named[i];
	return kept;
}

/* How many names from at on are of the same call. */
static size_t count_same(const struct gl_oci *oci, size_t at)
{
	size_t count = 1;

	while (at + count < oci->named_count && oci->named[at + count].call == oci->named[at].call)
		count++;
	return count;
}

static int list_of(const struct gl_oci *oci, const struct gl_oci_named *named, size_t count,
		   struct list *list)
{
	gl_autofree const struct gl_oci_entry **entries = calloc(count + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		entries[i] = &oci->entries[named[i].entry];
	return make_list(entries, count, list);
}

static int put_group(struct gl_oci *oci, const struct group *group)
{
	struct list list = {.items = NULL};
	int r = list_of(oci, group->named, group->entry_count, &list);
	unsigned line = oci->entries[group->named->entry].line;

	for (size_t i = 0; i < list.count && r == 0; i++)
		put_statement(oci, &list.items[i], group->calls, group->call_count, line);
	free(list.items);
	return r;
}

/* --- execve and execveat --------------------------------------------------------------------------------- */

static bool lets_pass(enum gl_policy_action action)
{
	return action == GL_POLICY_ALLOW || action == GL_POLICY_LOG;
}

/* What the profile says of one of the two. */
static int decide_exec(struct gl_oci *oci, const char *name, bool *ret_allowed, unsigned *ret_line)
{
	uint16_t call = gl_syscall_find(oci->machine, name, strlen(name));
	const struct gl_oci_entry *entry = NULL;
	size_t named = 0;

	for (size_t i = 0; i < oci->named_count; i++) {
		if (oci->named[i].call != call)
			continue;
		entry = named == 0 ? &oci->entries[oci->named[i].entry] : entry;
		named++;
	}
	*ret_allowed = lets_pass(entry ? entry->answer.action : oci->fallback.action);
	*ret_line = entry ? entry->line : 1;
	if (!entry || (entry->test_count == 0 && !entry->needs_caps && !entry->unless_caps &&
		       !entry->kernel_from && !entry->kernel_below))
		return 0;
	return gl_err_set(oci->err, EINVAL,
			  "%.80s:%u: conditions on %s are not supported: a policy lets every program be "
			  "executed, or none",
			  oci->name, entry->line, name);
}

static int put_exec(struct gl_oci *oci)
{
	bool execve = false, execveat = false;
	unsigned line, other;
	int r = decide_exec(oci, "execveat", &execveat, &other);

	if (r == 0)
		r = decide_exec(oci, "execve", &execve, &line);
	if (r < 0)
		return r;
	if (execve != execveat)
		gl_converted_warn(oci->converted, "%.80s: execveat is decided as execve is: %s", oci->name,
				  execve ? "allowed" : "denied");
	gl_buf_printf(&oci->converted->text, "exec %s", execve ? "allow" : "deny");
	gl_converted_end(oci->converted, line);
	return 0;
}

int gl_oci_rules(struct gl_oci *oci)
{
	GL_CLEANUP(groups_done) struct groups groups = {.items = NULL};
	int r = 0;

	if (oci->named_count > 0)
		qsort(oci->named, oci->named_count, sizeof(*oci->named), compare);
	oci->named_count = drop_repeated(oci->named, oci->named_count);
	for (size_t i = 0, n; i < oci->named_count && r == 0; i += n) {
		n = count_same(oci, i);
		if (!gl_call_is_exec(oci->machine, oci->named[i].call) &&
		    !oci->machine->calls[oci->named[i].call].always)
			r = join(&groups, &oci->named[i], n);
	}
	for (size_t i = 0; i < groups.count && r == 0; i++)
		r = put_group(oci, &groups.items[i]);
	if (r == -E2BIG)
		return gl_err_set(oci->err, E2BIG, "%.80s: more than %d statements about one call", oci->name,
				  MAX_STATEMENTS);
	if (r < 0)
		return gl_err_sys(oci->err, -r, "cannot convert '%.200s'", oci->name);
	return put_exec(oci);
}
