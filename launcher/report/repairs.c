/*
 * The repair of an outer filter in words: see report/repairs.h.
 */
#include "report/repairs.h"

#include <stdint.h>

static void put_names(struct gl_buf *b, const struct gl_repair *repair)
{
	for (size_t i = 0; i < repair->call_count; i++)
		gl_buf_printf(b, "%s%s", i ? ", " : "", repair->calls[i].call->name);
}

static void add_harms(struct gl_finding *f, const struct gl_repair *repair)
{
	for (size_t i = 0; i < repair->call_count; i++)
		if (*repair->calls[i].call->harm)
			gl_finding_row(f, "for", "%s: %s", repair->calls[i].call->name,
				       repair->calls[i].call->harm);
}

static void add_evidence(struct gl_finding *f, const struct gl_repair *repair)
{
	char *all[GL_REPAIR_MAX_CALLS], *policy[GL_REPAIR_MAX_CALLS];
	size_t policy_count = 0;

	for (size_t i = 0; i < repair->call_count; i++) {
		all[i] = (char *)(uintptr_t)repair->calls[i]
				 .call->name; /* the interface's type; nobody writes */
		if (repair->calls[i].by_policy)
			policy[policy_count++] = all[i];
	}
	gl_finding_evidence_list(f, "calls", all, repair->call_count);
	gl_finding_evidence_list(f, "by_policy", policy, policy_count);
	gl_finding_evidence(f, "denied_by", "outer-filter");
	gl_finding_evidence(f, "errno", "EPERM");
	gl_finding_evidence(f, "repaired", repair->state == GL_REPAIR_DONE ? "ENOSYS" : NULL);
	gl_finding_evidence(f, "obstacle", repair->obstacle);
}

/* How it came about, and at what price. */
static void add_means(struct gl_finding *f, const struct gl_repair *repair)
{
	size_t by_policy = 0;

	for (size_t i = 0; i < repair->call_count; i++)
		by_policy += repair->calls[i].by_policy;
	if (by_policy && by_policy == repair->call_count)
		gl_finding_row(f, "by", "golaunch's policy, which answers ENOSYS itself");
	else
		gl_finding_row(f, "by", "a filter of golaunch's inside of the outer one%s; it allows nothing",
			       repair->no_new_privs ? ", and no_new_privs, which that needs" : "");
}

const struct gl_finding *gl_findings_add_repair(struct gl_findings *list, const struct gl_repair *repair)
{
	gl_autobuf struct gl_buf names = GL_BUF_INIT;
	bool done = repair->state == GL_REPAIR_DONE;
	struct gl_finding *f;

	if (!done && repair->state != GL_REPAIR_IMPOSSIBLE)
		return NULL;
	put_names(&names, repair);
	f = gl_findings_add(list, GL_CODE_OUTER_FILTER_REPAIRED,
			    done ? "the outer filter's EPERM is now ENOSYS: %s"
				 : "the outer filter answers EPERM, which cannot be repaired: %s",
			    gl_buf_text(&names));
	if (!f)
		return NULL;
	if (!done)
		f->severity = GL_SEVERITY_WARNING;
	add_harms(f, repair);
	if (done)
		add_means(f, repair);
	else
		gl_finding_row(f, "why", "%s", repair->obstacle);
	add_evidence(f, repair);
	gl_finding_fix(
		f, "a newer container engine or profile: one that knows these calls, or answers ENOSYS to "
		   "those that it does not know (Docker since 20.10.10)");
	return f;
}
