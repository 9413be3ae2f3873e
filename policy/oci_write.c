/*
 * Policies as OCI seccomp profiles: see policy/oci.h.
 *
 * A profile's entries have no order, so each must be right by itself: for every
 * call the values of its arguments are shared out among the rules, the last first,
 * and what each of them gets is written (policy/cubes.h).  Where a rule waits for
 * capabilities or a kernel, that is done for each case of these.
 *
 * A policy that allows by default becomes a profile that denies by default and
 * lists all calls there are: as an allow-all profile it would let later calls
 * pass.
 */
#include <errno.h>

#include "base/mem.h"
#include "policy/cubes.h"
#include "policy/decide.h"
#include "policy/oci_parts.h"
#include "policy/show.h"
#include "policy/vocabulary.h"

#define MAX_CAPS    6 /* on which one call hangs */
#define MAX_KERNELS 8
#define LINE_WIDTH  96

/* The conditions of an entry besides the arguments. */
struct gate {
	uint64_t caps, not_caps;
	uint32_t kernel_from, kernel_below;
};

struct entry {
	struct gate gate;
	struct gl_policy_answer answer;
	struct gl_cube cube;
	uint16_t *calls; /* owned */
	size_t call_count, call_room;
};

struct writer {
	const struct gl_policy *policy;
	struct gl_policy_answer fallback; /* of the profile */
	struct entry *entries;		  /* owned */
	size_t entry_count, entry_room;
	struct gl_buf *losses;
};

static void writer_done(struct writer *w)
{
	for (size_t i = 0; i < w->entry_count; i++)
		free(w->entries[i].calls);
	free(w->entries);
}

static void lose(const struct writer *w, const char *fmt, ...) GL_PRINTF(2, 3);

static void lose(const struct writer *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->losses)
		return;
	va_start(ap, fmt);
	gl_buf_vprintf(w->losses, fmt, ap);
	va_end(ap);
	gl_buf_putc(w->losses, '\n');
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool same_answer(const struct gl_policy_answer *a, const struct gl_policy_answer *b)
{
	return a->action == b->action && a->errnum == b->errnum;
}

static struct entry *find_entry(const struct writer *w, const struct gate *gate,
				const struct gl_policy_answer *answer, const struct gl_cube *cube)
{
	for (size_t i = 0; i < w->entry_count; i++) {
		struct entry *e = &w->entries[i];

		if (same_answer(&e->answer, answer) && e->gate.caps == gate->caps &&
		    e->gate.not_caps == gate->not_caps && e->gate.kernel_from == gate->kernel_from &&
		    e->gate.kernel_below == gate->kernel_below && !memcmp(&e->cube, cube, sizeof(*cube)))
			return e;
	}
	return NULL;
}

static int add(struct writer *w, uint16_t call, const struct gate *gate,
	       const struct gl_policy_answer *answer, const struct gl_cube *cube)
{
	struct entry *e;
	uint16_t *slot;

	if (same_answer(answer, &w->fallback))
		return 0;
	e = find_entry(w, gate, answer, cube);
	if (!e) {
		e = gl_mem_grow(&w->entries, &w->entry_room, w->entry_count, sizeof(*e), GL_OCI_MAX_ENTRIES);
		if (!e)
			return -errno;
		e->gate = *gate;
		e->answer = *answer;
		e->cube = *cube;
		w->entry_count++;
	}
	slot = gl_mem_grow(&e->calls, &e->call_room, e->call_count, sizeof(*slot), GL_POLICY_MAX_CALLS);
	if (!slot)
		return -errno;
	*slot = call;
	e->call_count++;
	return 0;
}

static int add_all(struct writer *w, uint16_t call, const struct gate *gate,
		   const struct gl_policy_answer *answer, const struct gl_cubes *cubes)
{
	int r = 0;

	for (size_t i = 0; i < cubes->count && r == 0; i++)
		r = add(w, call, gate, answer, &cubes->items[i]);
	return r;
}

/* --- one call ------------------------------------------------------------------------------------ */

/* Does the rule hold in this case, arguments aside? */
static bool may_hold(const struct gl_policy_rule *rule, const struct gate *gate)
{
	const struct gl_policy_facts facts = {gate->caps, gate->kernel_from};
	struct gl_policy_rule without = *rule;
	const uint64_t args[6] = {0};

	without.test_count = 0;
	return gl_policy_rule_holds(&without, &facts, args);
}

/* Shares the values that are left out to one rule. */
static int serve(struct writer *w, uint16_t call, const struct gate *gate, const struct gl_policy_rule *rule,
		 struct gl_cubes *left)
{
	gl_autocubes struct gl_cubes held = GL_CUBES_INIT, hit = GL_CUBES_INIT;
	int r = gl_cubes_of_rule(rule, &held);

	if (r == 0)
		r = gl_cubes_intersect(left, &held, &hit);
	if (r == 0)
		r = add_all(w, call, gate, &rule->answer, &hit);
	return r < 0 ? r : gl_cubes_subtract(left, &held);
}

/* The call in one case of capabilities and kernel. */
static int add_case(struct writer *w, uint16_t call, const struct gate *gate)
{
	gl_autocubes struct gl_cubes left = GL_CUBES_INIT;
	int r = gl_cubes_all(&left);

	for (size_t i = w->policy->rule_count; i-- > 0 && r == 0 && left.count > 0;) {
		const struct gl_policy_rule *rule = &w->policy->rules[i];

		if (gl_policy_rule_names(rule, call) && may_hold(rule, gate))
			r = serve(w, call, gate, rule, &left);
	}
	return r < 0 ? r : add_all(w, call, gate, &w->policy->fallback, &left);
}

/* What the rules about a call wait for. */
struct waits {
	unsigned caps[MAX_CAPS];
	size_t cap_count;
	uint32_t kernels[MAX_KERNELS + 1]; /* ascending; the first is 0 */
	size_t kernel_count;
};

static int add_kernel(struct waits *waits, uint32_t kernel)
{
	size_t at = 0;

	while (at < waits->kernel_count && waits->kernels[at] < kernel)
		at++;
	if (at < waits->kernel_count && waits->kernels[at] == kernel)
		return 0;
	if (waits->kernel_count == GL_ARRAY_SIZE(waits->kernels))
		return -E2BIG;
	memmove(&waits->kernels[at + 1], &waits->kernels[at],
		(waits->kernel_count - at) * sizeof(*waits->kernels));
	waits->kernels[at] = kernel;
	waits->kernel_count++;
	return 0;
}

static int find_waits(const struct gl_policy *policy, uint16_t call, struct waits *waits)
{
	uint64_t caps = 0;
	int r = add_kernel(waits, 0);

	for (size_t i = 0; i < policy->rule_count && r == 0; i++) {
		const struct gl_policy_rule *rule = &policy->rules[i];

		if (!gl_policy_rule_names(rule, call))
			continue;
		caps |= rule->unless_caps;
		r = add_kernel(waits, rule->if_kernel_below);
		if (r == 0)
			r = add_kernel(waits, rule->if_kernel_from);
	}
	for (unsigned i = 0; i < 64 && r == 0; i++) {
		if (!(caps >> i & 1))
			continue;
		if (waits->cap_count == MAX_CAPS)
			return -E2BIG;
		waits->caps[waits->cap_count++] = i;
	}
	return r;
}

/* Of the capabilities that are waited for, those of which the bit is set in chosen. */
static void choose_caps(const struct waits *waits, unsigned chosen, struct gate *gate)
{
	for (size_t i = 0; i < waits->cap_count; i++) {
		uint64_t bit = UINT64_C(1) << waits->caps[i];

		if (chosen >> i & 1)
			gate->caps |= bit;
		else
			gate->not_caps |= bit;
	}
}

static int add_call(struct writer *w, uint16_t call)
{
	struct waits waits = {.cap_count = 0};
	int r = find_waits(w->policy, call, &waits);

	for (unsigned chosen = 0; r == 0 && chosen < 1u << waits.cap_count; chosen++) {
		for (size_t k = 0; k < waits.kernel_count && r == 0; k++) {
			struct gate gate = {.kernel_from = waits.kernels[k],
					    .kernel_below =
						    k + 1 < waits.kernel_count ? waits.kernels[k + 1] : 0};

			choose_caps(&waits, chosen, &gate);
			r = add_case(w, call, &gate);
		}
	}
	return r;
}

/* --- all calls -------------------------------------------------------------------------------------- */

/* Does an ABI that the policy serves have it? */
static bool is_served(const struct gl_policy *policy, uint16_t call)
{
	const struct gl_machine_calls *m = policy->machine;

	if (m->calls[call].since > policy->known_through && !m->calls[call].always)
		return false;
	for (size_t i = 0; i < GL_MACHINE_ABIS && m->abis[i].name; i++)
		if (!m->abis[i].x32 && (i == 0 || !policy->foreign_abis_killed) &&
		    gl_syscall_number(&m->abis[i], call) >= 0)
			return true;
	return false;
}

static int add_calls(struct writer *w)
{
	static const struct gl_policy_answer allow = {GL_POLICY_ALLOW, 0};
	const struct gl_machine_calls *m = w->policy->machine;
	const struct gate gate = {0};
	const struct gl_cube all = {.mask = {0}};
	int r = 0;

	for (size_t i = 0; i < m->call_count && r == 0; i++) {
		uint16_t call = (uint16_t)i;

		if (!is_served(w->policy, call))
			continue;
		if (m->calls[i].always || gl_call_is_exec(m, call))
			r = add(w, call, &gate, &allow, &all);
		else
			r = add_call(w, call);
	}
	return r;
}

/* --- JSON ---------------------------------------------------------------------------------------------- */

static const char *const action_names[GL_POLICY_ACTION_MAX] = {
	[GL_POLICY_ALLOW] = "SCMP_ACT_ALLOW",	    [GL_POLICY_DENY] = "SCMP_ACT_ERRNO",
	[GL_POLICY_KILL] = "SCMP_ACT_KILL_PROCESS", [GL_POLICY_TRAP] = "SCMP_ACT_TRAP",
	[GL_POLICY_LOG] = "SCMP_ACT_LOG",
};

static void put_answer(struct gl_buf *json, const char *action, const char *errno_ret,
		       const struct gl_policy_answer *answer)
{
	gl_buf_printf(json, "\"%s\": \"%s\"", action, action_names[answer->action]);
	if (answer->action == GL_POLICY_DENY)
		gl_buf_printf(json, ", \"%s\": %d", errno_ret, answer->errnum);
}

static void put_names(struct gl_buf *json, const struct gl_machine_calls *m, const struct entry *e)
{
	size_t line = json->len;

	gl_buf_puts(json, "\t\t{\"names\": [");
	for (size_t i = 0; i < e->call_count; i++) {
		const char *name = m->calls[e->calls[i]].name;

		if (json->len - line + strlen(name) > LINE_WIDTH) {
			gl_buf_puts(json, "\n\t\t\t");
			line = json->len;
		}
		gl_buf_printf(json, "\"%s\"%s", name, i + 1 < e->call_count ? ", " : "");
	}
	gl_buf_puts(json, "], ");
}

static void put_args(struct gl_buf *json, const struct gl_cube *cube)
{
	const char *before = ", \"args\": [";
	bool any = false;

	for (size_t i = 0; i < GL_ARRAY_SIZE(cube->mask); i++) {
		if (cube->mask[i] == 0)
			continue;
		gl_buf_printf(
			json, "%s{\"index\": %zu, \"value\": %llu", before, i,
			(unsigned long long)(cube->mask[i] == UINT64_MAX ? cube->value[i] : cube->mask[i]));
		if (cube->mask[i] != UINT64_MAX)
			gl_buf_printf(json, ", \"valueTwo\": %llu", (unsigned long long)cube->value[i]);
		gl_buf_printf(json, ", \"op\": \"SCMP_CMP_%s\"}",
			      cube->mask[i] == UINT64_MAX ? "EQ" : "MASKED_EQ");
		before = ", ";
		any = true;
	}
	gl_buf_puts(json, any ? "]" : "");
}

static void put_gate(struct gl_buf *json, const char *field, uint64_t caps, uint32_t kernel)
{
	char name[GL_CAPABILITY_NAME];
	const char *before = "";

	if (!caps && !kernel)
		return;
	gl_buf_printf(json, ", \"%s\": {", field);
	for (unsigned i = 0; caps && i < 64; i++) {
		if (!(caps >> i & 1) || !gl_vocabulary_capability_name(i, name))
			continue;
		gl_buf_printf(json, "%s\"CAP_%s\"", *before ? before : "\"caps\": [", name);
		before = ", ";
	}
	gl_buf_puts(json, caps ? "]" : "");
	if (kernel)
		gl_buf_printf(json, "%s\"minKernel\": \"%u.%u\"", caps ? ", " : "", kernel >> 16,
			      kernel & 0xffff);
	gl_buf_putc(json, '}');
}

static void put_entry(struct gl_buf *json, const struct writer *w, size_t at)
{
	const struct entry *e = &w->entries[at];

	put_names(json, w->policy->machine, e);
	put_answer(json, "action", "errnoRet", &e->answer);
	put_args(json, &e->cube);
	put_gate(json, "includes", e->gate.caps, e->gate.kernel_from);
	put_gate(json, "excludes", e->gate.not_caps, e->gate.kernel_below);
	gl_buf_printf(json, "}%s\n", at + 1 < w->entry_count ? "," : "");
}

static void put_profile(struct gl_buf *json, const struct writer *w)
{
	const struct gl_machine_calls *m = w->policy->machine;

	gl_buf_puts(json, "{\n\t");
	put_answer(json, "defaultAction", "defaultErrnoRet", &w->fallback);
	gl_buf_printf(json, ",\n\t\"architectures\": [\"%s\"", gl_oci_own_arch(m));
	if (!w->policy->foreign_abis_killed)
		gl_buf_printf(json, ", \"%s\"", gl_oci_second_arch(m));
	gl_buf_puts(json, "],\n\t\"syscalls\": [\n");
	for (size_t i = 0; i < w->entry_count; i++)
		put_entry(json, w, i);
	gl_buf_puts(json, "\t]\n}\n");
}

/* --- the whole --------------------------------------------------------------------------------------------- */

static void tell_losses(const struct writer *w)
{
	const struct gl_policy *policy = w->policy;
	unsigned told = 0;

	if (policy->exec == GL_POLICY_NO)
		lose(w,
		     "exec deny: a profile is in force before the program's own start, so execve is allowed");
	if (policy->no_new_privs != GL_POLICY_UNSAID)
		lose(w, "no-new-privs: is not of a profile (\"noNewPrivileges\" in config.json)");
	for (size_t i = 0; i < policy->setting_count; i++) {
		enum gl_policy_setting_kind kind = policy->settings[i].kind;

		if (told >> kind & 1)
			continue;
		told |= 1u << kind;
		lose(w, "%s: is not of a profile", gl_policy_setting_word(kind));
	}
}

int gl_oci_write(const struct gl_policy *policy, struct gl_buf *json, struct gl_buf *losses,
		 struct gl_err *err)
{
	bool allows = policy->fallback.action == GL_POLICY_ALLOW || policy->fallback.action == GL_POLICY_LOG;
	GL_CLEANUP(writer_done)
	struct writer w = {.policy = policy,
			   .fallback = allows ? (struct gl_policy_answer){GL_POLICY_DENY, EPERM}
					      : policy->fallback,
			   .losses = losses};
	int r = add_calls(&w);

	if (r == -E2BIG)
		return gl_err_set(err, E2BIG, "too many tests of arguments for an OCI profile");
	if (r < 0)
		return gl_err_sys(err, -r, "cannot write the profile");
	put_profile(json, &w);
	tell_losses(&w);
	return gl_buf_error(json) ? gl_err_sys(err, gl_buf_error(json), "cannot write the profile") : 0;
}
